"""What the exercises of notebook 09 expect."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score, f1_score, precision_score

from nbhelpers.classifiers.kinds import builder, chance, estimator
from nbhelpers.data.datasets import Dataset
from nbhelpers.evaluation.classification import auc
from nbhelpers.evaluation.splits import three_way
from nbhelpers.teaching.exercises.task import Task

Told = tuple[np.ndarray, np.ndarray]  # which ratings are likes, and their chances


def exercise_1(liked: np.ndarray, chances: np.ndarray) -> Task:
    """Log-loss by hand."""
    happened = np.where(liked, chances, 1 - chances)
    mistakes = {
        "the others count as well: of a film that was not liked, the model said 1 - chance.": (
            -np.log(chances[liked]).mean()
        ),
        "for a film that was not liked, what happened had 1 - chance.": -np.log(chances).mean(),
        "that is the wrong way round: likes have the chance, the others 1 - chance.": (
            -np.log(1 - np.where(liked, chances, 1 - chances)).mean()
        ),
        "use the natural logarithm, `np.log`.": -np.log10(happened).mean(),
        "use the natural logarithm, not that of base 2.": -np.log2(happened).mean(),
        "it has to be positive: mind the minus.": np.log(happened).mean(),
        "that is the sum; take the mean.": -np.log(happened).sum(),
        "that is the mean chance of what happened; take logarithms first.": happened.mean(),
        "first the logarithm of each, then the mean: not the other way round.": (
            -np.log(happened.mean())
        ),
        "that is the squared error of the chances, the Brier score.": (
            np.square(1 - happened).mean()
        ),
    }
    return Task(-np.log(happened).mean(), tolerance=1e-4, mistakes=mistakes)


def exercise_2(liked: np.ndarray, chances: np.ndarray) -> Task:
    """AUC and log-loss of chances cut in half."""
    order = auc(liked, chances)
    before, after = _log_loss(liked, chances), _log_loss(liked, chances / 2)
    mistakes = {
        "that is half the AUC; but does halving every chance change who is above whom?": (
            order / 2,
            after,
        ),
        "an AUC of 0.5 would be guessing, but the order still tells the likes.": (0.5, after),
        "that is the log-loss of the chances as they were: halve them.": (order, before),
        "half the log-loss is not the log-loss of half the chances.": (order, before / 2),
        "the AUC comes first, then the log-loss.": (after, order),
        "what was not liked had 1 - chances / 2, not (1 - chances) / 2.": (
            order,
            before + np.log(2),
        ),
    }
    return Task((order, after), tolerance=1e-4, mistakes=mistakes)


def exercise_3(thresholds: np.ndarray, early: Told, late: Told) -> Task:
    """The threshold of the highest F1 on validation."""
    quality = _over(thresholds, early, f1_score)
    mistakes = {
        "that is the highest F1 itself; asked for is the threshold.": quality.max(),
        "that is the place in the list; asked for is the threshold.": int(quality.argmax()),
        "that threshold was chosen on the test part.": thresholds[
            _over(thresholds, late, f1_score).argmax()
        ],
        "that is the threshold of the lowest F1.": thresholds[quality.argmin()],
        "that threshold has the highest accuracy; asked for is F1.": (
            thresholds[_over(thresholds, early, accuracy_score).argmax()]
        ),
        "that threshold has the highest precision; F1 looks at recall as well.": (
            thresholds[_over(thresholds, early, precision_score).argmax()]
        ),
        "that is where we began; try the thresholds.": 0.5,
    }
    return Task(thresholds[quality.argmax()], mistakes=mistakes, label=True)


def exercise_4(data: Dataset, seed: int) -> Task:
    """The AUC of the next day's likes, without the two bugs."""
    train, validation, test = three_way(data.ratings, "time", seed=seed)
    before = pd.concat([train, validation])

    def area(known: pd.DataFrame, decided: bool, learn: pd.DataFrame = before) -> float:
        built = builder(seed).fit(known, data.movies)
        model = estimator("logistic", seed)
        model.fit(built.transform(learn), learn["rating"] >= 4)
        asked = built.transform(test)
        said = model.predict(asked) if decided else chance(model, asked)
        return auc(test["rating"] >= 4, said)

    mistakes = {
        "both bugs are still there.": area(data.ratings, decided=True),
        "one is mended; but what the builder knows still comes from the test part, too.": (
            area(data.ratings, decided=False)
        ),
        "one is mended; but AUC still sees decisions: give it chances.": (
            area(before, decided=True)
        ),
        "right about both bugs, but the validation part was not to be left out.": (
            area(train, decided=False, learn=train)
        ),
        "the builder may look at validation as well: it lies before the test.": (
            area(train, decided=False)
        ),
    }
    return Task(area(before, decided=False), tolerance=1e-4, mistakes=mistakes)


def _log_loss(liked: np.ndarray, chances: np.ndarray) -> float:
    return float(-np.log(np.where(liked, chances, 1 - chances)).mean())


def _over(thresholds: np.ndarray, told: Told, measure: Callable[..., float]) -> np.ndarray:
    """Return a measure of the calls from each threshold on."""
    liked, chances = told
    options = {"zero_division": 0} if measure is not accuracy_score else {}
    return np.array([measure(liked, chances >= threshold, **options) for threshold in thresholds])
