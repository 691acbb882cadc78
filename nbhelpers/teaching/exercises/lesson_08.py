"""What the exercises of notebook 08 expect."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from nbhelpers.evaluation.metrics import ranking
from nbhelpers.models.base import Model
from nbhelpers.models.ease import EASE
from nbhelpers.teaching.exercises.task import Task

LENGTH = 50  # of the lists whose films are counted; the notebook shows lists of ten
TOO_GOOD = 0.95  # nDCG that nobody reaches who has not seen the answers


def exercise_1() -> Task:
    """Recall as Liang and others count it."""
    mistakes: dict[str, Callable[[int, int, int], float]] = {
        "that is recall by all likes: ten places find ten at most.": lambda f, w, n: f / w,
        "that is precision: with few likes, a perfect list would not have 1.": (
            lambda f, w, n: f / n
        ),
        "take the smaller of the two, not the larger.": lambda f, w, n: f / max(n, w),
        "the fraction is upside down.": lambda f, w, n: min(n, w) / f,
        "it is the number of likes that is capped, not the share.": (lambda f, w, n: min(1, f / w)),
        "divide: what was found, by what could be found.": lambda f, w, n: min(n, w),
    }
    cases = [(6, 40, 10), (2, 4, 10), (10, 10, 10), (1, 3, 2)]
    return Task(lambda f, w, n: f / min(n, w), mistakes=mistakes, cases=cases)


def exercise_2(lists: Mapping[str, Model], judged: np.ndarray) -> Task:
    """How many times as many films EASE names as popularity does."""
    both = lists["EASE"], lists["most rated"]
    named = {model: model.top_n(judged, LENGTH)["movie_id"] for model in both}
    own, popular = (films.nunique() for films in named.values())
    of_ten = [model.top_n(judged)["movie_id"].nunique() for model in both]
    mistakes = {
        "the fraction is upside down.": popular / own,
        "that is the number of films that EASE names: divide it.": own,
        "that is the number of films that the most rated lists name.": popular,
        "that is the difference; asked for is the quotient.": own - popular,
        "those are the places in the lists; count *different* films.": (
            len(named[both[0]]) / len(named[both[1]])
        ),
        "those are lists of ten: ask `top_n` for fifty.": of_ten[0] / of_ten[1],
        "the most rated films are still in lists of ten: fifty for both.": own / of_ten[1],
        "that is the share of all films; divide by what popularity names.": (
            own / len(lists["EASE"].movie_ids)
        ),
    }
    return Task(own / popular, mistakes=mistakes)


def exercise_3(train: pd.DataFrame, judge: Callable[[Model], pd.Series], plain: EASE) -> Task:
    """What EASE gains if ratings below four stars count as a half."""
    before = judge(plain)
    half, one, other = (
        judge(EASE(reg, weight_other=weight).fit(train))
        for reg, weight in ((plain.reg, 0.5), (plain.reg, 1), (EASE().reg, 0.5))
    )
    mistakes = {
        "that is the nDCG of the new model: subtract the old one's.": half.mean(),
        "the sign is the other way round: new minus old.": (before - half).mean(),
        "with weight 1, every rating is a like: take 0.5.": (one - before).mean(),
        "keep the λ of the old model, or two things change at once.": (other - before).mean(),
        "that is the gain in per cent; asked for is the difference.": (
            100 * (half.mean() / before.mean() - 1)
        ),
    }
    return Task((half - before).mean(), mistakes=mistakes)


def exercise_4(
    scores: np.ndarray | pd.DataFrame,
    ten_best: Callable[[np.ndarray], pd.DataFrame],
    hidden: pd.DataFrame,
    judged: np.ndarray,
    plain: EASE,
) -> Task:
    """Whether lists drawn from `scores` have a higher nDCG than those of EASE."""
    own = plain.scores(judged)
    scores = scores.to_numpy() if isinstance(scores, pd.DataFrame) else scores
    if np.shape(scores) == own.T.shape != own.shape:
        return Task(own, mistakes={"films are columns here, and people are rows.": scores})
    if np.shape(scores) != own.shape:
        return Task(own)  # its form is not right, which `verdict` says
    if np.isnan(scores).any():
        return Task("scores", mistakes={"some scores are missing (NaN).": scores})
    found, bar = (
        ranking(ten_best(np.asarray(table, float)), hidden)["ndcg"].mean()
        for table in (scores, own)
    )
    if found > TOO_GOOD:
        return Task("scores", mistakes={"too good: did you look at `hidden`?": scores})
    if found > bar:
        return Task(scores)
    told = f"these lists have an nDCG of {found:.4f}, those of EASE {bar:.4f}."
    return Task("scores", mistakes={told: scores})
