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

    Parameters
    ----------
    training : Training
        Afterwards it has the last factors, or with `patience` the best.
    n_epochs : int
    watch : callable, optional
        Returns the validation error of factors.
    patience : int, optional
        Number of epochs without a smaller validation error after which to stop.
    progress : bool
        Show a bar.

    Returns
    -------
    list of dict
        ``train`` and maybe ``validation`` error of each epoch.

    Raises
    ------
    ValueError
        If there is patience, but nothing to watch.
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
