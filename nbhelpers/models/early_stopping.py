"""Epoch after epoch, until enough: how models are trained, watched and stopped."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from tqdm import tqdm

Factors = tuple[np.ndarray, ...]


class Training(Protocol):
    """What can be trained: see `sgd_exact`, `sgd_threads` and `als_kernels`."""

    def epoch(self) -> float: ...
    def mean_square(self) -> float: ...
    def factors(self) -> Factors: ...
    def put(self, factors: Factors) -> None: ...


def learn(
    training: Training,
    n_epochs: int,
    watch: Callable[[Factors], float] | None = None,
    patience: int | None = None,
    progress: bool = False,
) -> list[dict[str, float]]:
    """Train for some epochs, or until others' ratings are no longer predicted better.

    That is after `patience` epochs in which `watch`, the validation error of factors, was not
    smaller than ever; then the training has the best factors, otherwise the last ones. What is
    returned are the ``train`` and maybe ``validation`` errors of each epoch. A ValueError refuses
    patience that has nothing to watch.
    """
    if patience is not None and (watch is None or patience < 1):
        raise ValueError("Patience is a number of epochs, at least 1, and needs a validation part.")
    errors, best, kept = [], np.inf, None
    with tqdm(total=n_epochs, unit="epoch", disable=not progress) as bar:
        for epoch in range(n_epochs):
            errors.append({"train": training.epoch()})
            if watch is not None:
                errors[-1]["validation"] = watch(training.factors())
            bar.set_postfix({name: f"{error:.4f}" for name, error in errors[-1].items()})
            bar.update()
            if patience is None:
                continue
            if errors[-1]["validation"] < best:
                best, at = errors[-1]["validation"], epoch
                kept = tuple(array.copy() for array in training.factors())
            elif epoch - at >= patience:
                break
    if kept is not None:
        training.put(kept)
    return errors
