"""The exercises of notebook 11: a day's bias, two heads, who can leave, and a blend too good."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from nbhelpers.evaluation.metrics import rmse
from nbhelpers.models.base import Model
from nbhelpers.teaching.exercises.task import Task

TRIO = ("neighbours", "SVD++", "FM")


def exercise_1() -> Task:
    """Write the shrunk bias of a single day."""
    return Task(
        lambda left, strength: sum(left) / (len(left) + strength),
        cases=[([-0.5, -0.5, -0.5], 10), ([1.0], 3), ([], 10), ([0.5, -1.5], 2)],
        mistakes={
            "that is the plain mean: where is the strength?": (
                lambda left, strength: sum(left) / max(1, len(left))
            ),
            "the strength belongs to the count, not to the sum.": (
                lambda left, strength: (sum(left) + strength) / max(1, len(left))
            ),
            "the strength alone is not the count: the day's own ratings count, too.": (
                lambda left, strength: sum(left) / strength
            ),
            "the mean is shrunk twice: the sum is what belongs above the line.": (
                lambda left, strength: sum(left) / max(1, len(left)) / (len(left) + strength)
            ),
        },
    )


def exercise_2(on_blending: np.ndarray, names: Sequence[str], stars: np.ndarray) -> Task:
    """The RMSE of the mean of two models' predictions."""
    pair = on_blending[:, [names.index("SVD++"), names.index("RBM")]]
    each = [rmse(stars, column) for column in pair.T]
    return Task(
        rmse(stars, pair.mean(axis=1)),
        mistakes={
            "that is the mean of the two errors: average the predictions.": float(np.mean(each)),
            "that is the sum of the two: halve it.": rmse(stars, pair.sum(axis=1)),
            "that is the mean of *all* models.": rmse(stars, on_blending.mean(axis=1)),
            "that is SVD++ alone.": each[0],
            "that is the RBM alone.": each[1],
        },
    )


def exercise_3(names: Sequence[str], halves: Callable[[list[str]], tuple[float, float]]) -> Task:
    """The model without which the blend has the smallest error."""
    errors = {n: halves([other for other in names if other != n]) for n in names}
    where_chosen, elsewhere = (
        pd.Series({name: pair[side] for name, pair in errors.items()}) for side in (0, 1)
    )
    alone = pd.Series({name: halves([name])[1] for name in names})
    return Task(
        where_chosen.idxmin(),
        label=True,
        mistakes={
            "that is the one that is missed the most.": where_chosen.idxmax(),
            "that was chosen on the half that judges: mistake 6 of notebook 07.": (
                elsewhere.idxmin()
            ),
            "that is the weakest on its own, which the blend may miss all the same.": (
                alone.idxmax()
            ),
        },
    )


def exercise_4(
    models: Mapping[str, Model],
    final: Mapping[str, Model],
    ask_all: Callable[[Mapping[str, Model], pd.DataFrame], np.ndarray],
    weigh: Callable[[np.ndarray, pd.Series], np.ndarray],
    average: float,
    blending: pd.DataFrame,
    validation: pd.DataFrame,
) -> Task:
    """The RMSE of three models on validation, which neither they nor their weights have seen."""
    honest, leaky = ({name: each[name] for name in TRIO} for each in (models, final))

    def error(members: Mapping[str, Model], chosen_on: pd.DataFrame) -> float:
        weights = weigh(ask_all(members, chosen_on), chosen_on["rating"])
        mixed = average + (ask_all(members, validation) - average) @ weights
        return rmse(validation["rating"], mixed)

    plain = ask_all(honest, validation).mean(axis=1)
    return Task(
        error(honest, blending),
        mistakes={
            "both bugs are still there.": error(leaky, validation),
            "the members are mended; the weights still come from `validation`.": (
                error(honest, validation)
            ),
            "the weights are mended; the members have still learned `validation`.": (
                error(leaky, blending)
            ),
            "that is the plain mean of the three; weigh them on `blending`.": (
                rmse(validation["rating"], plain)
            ),
        },
    )
