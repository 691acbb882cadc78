"""The exercises of notebook 07: in each of them, something is broken."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from nbhelpers.evaluation.metrics import ranking, rmse
from nbhelpers.models.base import Model
from nbhelpers.models.popularity import Popularity
from nbhelpers.models.pure_svd import PureSVD
from nbhelpers.teaching.exercises.task import Task

NUMBERS = [1, 6, 19, 8, 9, 3]
# What else sounds likely, by the letter of its sentence, and why it is not it.
ELSE = {
    "A": ([2], "the split by date is as it should be; look at what came before it."),
    "B": ([9], "no blend is fitted here; one of twenty is chosen. By what?"),
    "C": ([20, 21], "neither ties nor a definition are spoken of; count the rivals."),
    "D": ([7], "no mean holds a test rating here; it is a `fit` that has seen the test part."),
    "E": ([6], "the test part is not spoken of; which rows did the members learn from?"),
    "F": ([1, 2], "nothing was filtered before the split; who is missing after it?"),
}


def exercise_1() -> Task:
    """Which mistakes six sentences give away."""
    mistakes = {
        f"{letter}: not number {number}: {why}": _with(place, number)
        for place, (letter, (numbers, why)) in enumerate(ELSE.items())
        for number in numbers
    }
    return Task(NUMBERS, mistakes=mistakes)


def _with(place: int, number: int) -> list[int]:
    return [*NUMBERS[:place], number, *NUMBERS[place + 1 :]]


def exercise_2(
    bench: pd.DataFrame, train: pd.DataFrame, test: pd.DataFrame, wanted: pd.DataFrame
) -> Task:
    """The nDCG of the most rated films, with a model that does not know the test part."""
    mended = Popularity().fit(train)
    known = test[(test["rating"] >= 4) & test["user_id"].isin(train["user_id"])]
    most_liked = Popularity(like_from=4).fit(train)
    return Task(
        _ndcg(mended, wanted),
        mistakes={
            "that is the colleague's number: what was the model fitted on?": 0.0,
            "these are the lists of everybody; judge those of `wanted`.": _ndcg(mended, known),
            "these films are the most *liked*; take the most rated.": _ndcg(most_liked, wanted),
        },
    )


def exercise_3(bench: pd.DataFrame, train: pd.DataFrame, test: pd.DataFrame) -> Task:
    """The RMSE of film means that have not seen the test part, with every row counted."""
    of_train, of_all, of_test = (_means(part, test) for part in (train, bench, test))
    rating, mean = test["rating"], train["rating"].mean()
    known = of_train.notna()
    return Task(
        rmse(rating, of_train.fillna(mean)),
        tolerance=1e-9,  # the two means to fill in with are nearly the same
        mistakes={
            "that is the colleague's number.": rmse(rating, of_all),
            "the means are mended, but rows of unknown films are still dropped.": rmse(
                rating[known], of_train[known]
            ),
            "unknown films got the mean of *all* ratings; the test part is among them.": rmse(
                rating, of_train.fillna(bench["rating"].mean())
            ),
            "unknown films got the mean of the films' means, not that of all training ratings.": (
                rmse(rating, of_train.fillna(train.groupby("movie_id")["rating"].mean().mean()))
            ),
            "unknown films got 0 stars, as in number 11.": rmse(rating, of_train.fillna(0)),
            "the means come from the test part itself.": rmse(rating, of_test),
        },
    )


def exercise_4() -> Task:
    """Write a precision that cuts the list before it counts, and divides by all places."""
    return Task(
        lambda top, liked, n: len(set(top[:n]) & set(liked)) / n,
        cases=[([1, 2, 3, 4], {4}, 2), ([5], {5}, 10), ([7, 8, 9], {1, 2, 7, 9}, 2)],
        mistakes={
            "both bugs are still there.": _theirs,
            "it still counts hits below place n.": lambda top, liked, n: (
                len([movie for movie in top if movie in liked][:n]) / n
            ),
            "it still counts all hits, wherever they stand.": lambda top, liked, n: (
                len(set(top) & set(liked)) / n
            ),
            "it still divides by the films that are there, not by the places.": _by_length,
            "it divides by the length of the list, not by the places.": lambda top, liked, n: (
                len(set(top[:n]) & set(liked)) / len(top)
            ),
            "divided by the liked films it is a recall.": lambda top, liked, n: (
                len(set(top[:n]) & set(liked)) / len(liked)
            ),
        },
    )


def _by_length(recommended: list, liked: set, n: int) -> float:
    return len(set(recommended[:n]) & liked) / min(n, len(recommended))


def _theirs(recommended: list, liked: set, n: int) -> float:
    hits = [movie for movie in recommended if movie in liked]
    return len(hits[:n]) / min(n, len(recommended))


def exercise_5(
    bench: pd.DataFrame,
    train: pd.DataFrame,
    wanted: pd.DataFrame,
    own_likes: np.ndarray,
    list_ten: Callable[[np.ndarray], pd.DataFrame],
) -> Task:
    """The nDCG of lists from vectors without the two bugs that nearly cancel."""
    films = np.unique(train["movie_id"])
    by_library = PureSVD(20).fit(train)
    honest, leaky = (_from_vectors(rows, films, own_likes, list_ten) for rows in (train, bench))
    values = {
        "both bugs are still there.": _by_number(leaky),
        "the vectors are mended; the films still come in another order than they were ranked.": (
            _by_number(honest)
        ),
        "the order is mended; the vectors still know the test part.": leaky,
    }
    return Task(
        _mean_ndcg(honest, wanted),
        tolerance=1e-4,
        mistakes={why: _mean_ndcg(lists, wanted) for why, lists in values.items()}
        | {
            "those are the library's lists, popular ones where somebody has no likes; "
            "mend the colleague's lines.": _ndcg(by_library, wanted),
            "exactly 0: a model that knows `bench` leaves the hidden films out, as in 07.2.": 0.0,
        },
    )


def _means(part: pd.DataFrame, test: pd.DataFrame) -> pd.Series:
    return test["movie_id"].map(part.groupby("movie_id")["rating"].mean())


def _ndcg(model: Model, liked: pd.DataFrame) -> float:
    return _mean_ndcg(model.top_n(liked["user_id"].unique()), liked)


def _mean_ndcg(lists: pd.DataFrame, liked: pd.DataFrame) -> float:
    return float(ranking(lists, liked)["ndcg"].mean())


def _from_vectors(
    ratings: pd.DataFrame,
    films: np.ndarray,
    own_likes: np.ndarray,
    list_ten: Callable[[np.ndarray], pd.DataFrame],
) -> pd.DataFrame:
    model = PureSVD(20).fit(ratings)
    vectors = model.axes[np.isin(model.movie_ids, films)]
    return list_ten(own_likes @ vectors @ vectors.T)


def _by_number(lists: pd.DataFrame) -> pd.DataFrame:
    sorted_lists = lists.sort_values(["user_id", "movie_id"])
    return sorted_lists.assign(rank=sorted_lists.groupby("user_id").cumcount() + 1)
