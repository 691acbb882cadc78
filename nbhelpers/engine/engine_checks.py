"""Whether what an engine has on disk fits together, and fits its data.

Compiled code follows positions without looking where they lead, and a number that is none spoils
every list. The seal keeps strangers out; this keeps damage, and strangers who are trusted, from
more than an error in words.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from nbhelpers.data.datasets import Dataset
from nbhelpers.engine.engine import Engine
from nbhelpers.engine.scoring import MODELS, Trained

FLOATS = "float64", "float32"
WHOLE = "int64", "int32"
CLASSES = {  # of each kind of classifier; boosting does without XGBoost, if it has to
    "logistic": {"Pipeline"},
    "forest": {"RandomForestClassifier"},
    "boosting": {"XGBClassifier", "HistGradientBoostingClassifier"},
}
TEXTS = "label", "licence", "made"  # of the manifest, if it has them: people are shown them


class Wanted(NamedTuple):
    """An array, the types that it may have, its shape, and whether numbers may be missing."""

    name: str
    array: Any
    types: tuple[str, ...]
    shape: tuple[int, ...]
    missing: bool = False


def check(trained: Trained, data: Dataset) -> None:
    """Refuse parts that do not fit each other or the data.

    That is any array of another type, shape or range, with what is no number, or of other users and
    films: a ValueError, LookupError, TypeError or AttributeError. Not looked into are the trees of
    scikit-learn's and XGBoost's classifiers beyond what `classifier_files` checks, and whether
    numbers are those that were learned.
    """
    _check_ids(trained, data)
    for wanted in (*_of_stars(trained, data), *_of_lists(trained, data), *_of_films(trained, data)):
        _check_array(wanted)
    _check_neighbours(trained, data)
    _check_numbers(trained)
    _check_classifiers(trained)


def check_manifest(manifest: dict[str, Any]) -> None:
    """Refuse boards that are no tables, and what should be text but is not."""
    for key in TEXTS:
        if not isinstance(manifest.get(key, ""), str):
            raise TypeError(f"In the manifest, {key} is no text.")
    if not isinstance(manifest["versions"], dict) or not isinstance(manifest["boards"], dict):
        raise TypeError("Versions and boards are tables by name.")
    for title, board in manifest["boards"].items():
        columns = board["columns"]
        if not all(isinstance(name, str) for name in columns) or len(set(columns)) < len(columns):
            raise ValueError(f"The columns of the board {title!r} are no names.")
        cells = [cell for row in board["data"] for cell in row]
        if any(len(row) != len(columns) for row in board["data"]) or not all(map(_is_cell, cells)):
            raise ValueError(f"The board {title!r} is no table.")


def ask(engine: Engine) -> None:
    """Ask an engine whatever a visitor would, for an engine whose maker is only trusted.

    Whatever goes wrong is raised; a score that is no number as a ValueError.
    """
    films = engine.movies["movie_id"].to_numpy()
    ratings = engine.data.ratings.drop_duplicates("movie_id").head(8)
    stranger = ratings[["movie_id", "rating"]].astype({"rating": float})
    for user in (int(engine.users(1)["user_id"].iloc[0]), stranger):
        for model in MODELS:
            listed = engine.recommend(user, 5, model)
            if not np.isfinite(listed["score"].to_numpy(float)).all():
                raise ValueError(f"A score of {model} is no number.")
        engine.recommend(user, 5, surprise=0.5, variety=0.5, series=True)
        engine.predict(user, films[:5].tolist())
        engine.profile(user)
    for movie in (int(films[0]), int(films[-1])):
        for by in ("both", "content", "behaviour"):
            engine.similar(movie, 5, by)
        engine.movie(movie)
    engine.explore(5)
    engine.find("the", 5)


def _check_ids(trained: Trained, data: Dataset) -> None:
    users, films = np.unique(data.ratings["user_id"]), np.unique(data.ratings["movie_id"])
    listed = data.movies["movie_id"].to_numpy()
    for name in ("svd", "knn", "rated", "lists", "popular"):
        model = getattr(trained, name)
        if not (_same(model.user_ids, users) and _same(model.movie_ids, films)):
            raise ValueError(f"The part {name} is of other users or films than the data.")
    builder = trained.builder
    own = (trained.likeness.movie_ids, builder.movies.ids, builder.users.ids)
    for found, expected in zip(own, (listed, listed, users), strict=True):
        if not _same(found, expected):
            raise ValueError("Features or likeness are of other users or films than the data.")


def _same(found: Any, expected: np.ndarray) -> bool:
    """Whether ids are whole numbers, and the same."""
    array = np.asarray(found)
    return array.dtype.name in WHOLE and np.array_equal(array, expected)


def _of_stars(trained: Trained, data: Dataset) -> Iterator[Wanted]:
    users, films, n = data.n_users, data.n_movies, len(data.ratings)
    svd, knn = trained.svd, trained.knn
    factors = svd.n_factors
    starts, columns, residuals = knn.by_y
    yield Wanted("svd/bu", svd.bu, FLOATS, (users,))
    yield Wanted("svd/bi", svd.bi, FLOATS, (films,))
    yield Wanted("svd/pu", svd.pu, FLOATS, (users, factors))
    yield Wanted("svd/qi", svd.qi, FLOATS, (films, factors))
    yield Wanted("svd/_prior", svd._prior[0], FLOATS, (factors + 1,))
    axes = min(users, factors + 1)  # as many as a decomposition of the users' parameters has
    yield Wanted("svd/_prior", svd._prior[1], FLOATS, (factors + 1, axes))
    yield Wanted("knn/bu", knn.bu, FLOATS, (users,))
    yield Wanted("knn/bi", knn.bi, FLOATS, (films,))
    yield Wanted("knn/similarities", knn.similarities, FLOATS, (films, films))
    yield Wanted("knn/by_y", starts, WHOLE, (users + 1,))
    yield Wanted("knn/by_y", columns, WHOLE, (n,))
    yield Wanted("knn/by_y", residuals, FLOATS, (n,))
    yield Wanted("rated/means", trained.rated.means, FLOATS, (films,))
    for name in ("svd", "knn", "rated", "lists", "popular"):
        yield from _sparse(f"{name}/seen", getattr(trained, name).seen, ("int8",), (users, films))


def _of_lists(trained: Trained, data: Dataset) -> Iterator[Wanted]:
    users, films = data.n_users, data.n_movies
    lists, recent = trained.lists, trained.popular
    yield from _sparse("lists/likes", lists.likes, FLOATS, (users, films))
    yield Wanted("lists/popularity", lists.popularity, FLOATS, (films,))
    yield Wanted("popular/recent", recent.recent, WHOLE, (films,))
    yield Wanted("popular/counts", recent.counts, WHOLE, (films,))
    held = vars(lists)
    if "solved" in held:
        yield Wanted("lists/solved", held["solved"], FLOATS, (users, films))
        yield Wanted("lists/diagonal", held["diagonal"], FLOATS, (films,))
    elif isinstance(held["weights"], np.ndarray):
        yield Wanted("lists/weights", held["weights"], FLOATS, (films, films))
    else:
        yield from _sparse("lists/weights", held["weights"], FLOATS, (films, films))


def _of_films(trained: Trained, data: Dataset) -> Iterator[Wanted]:
    likeness, builder = trained.likeness, trained.builder
    films, names = len(data.movies), len(builder.genres)
    columns = likeness.vectors.shape[1]
    yield Wanted("likeness/counts", likeness.counts, WHOLE, (films,))
    yield Wanted("likeness/means", likeness.means, FLOATS, (films,), missing=True)
    yield Wanted("likeness/vectors", likeness.vectors, FLOATS, (films, columns))
    yield from _sparse("likeness/near", likeness.near, FLOATS, (films, films))
    yield Wanted("builder/_text", builder._text, FLOATS, (films + 1, len(builder._text_names)))
    made = builder._summariser
    yield Wanted("builder/year", made.year, FLOATS, (films + 1,), missing=True)
    yield Wanted("builder/age", made.age, FLOATS, (films + 1,), missing=True)
    yield Wanted("builder/has_genre", made.has_genre, ("bool",), (films + 1, names + 1))
    for table in builder._tables:
        own, of_films = table.users, table.movies
        rows = data.n_users + 1
        yield Wanted("builder/users", own.table, FLOATS, (rows, own.table.shape[1]))
        yield Wanted("builder/taste", own.taste, FLOATS, (rows, names))
        yield Wanted("builder/favourite", own.favourite, WHOLE, (rows,))
        shape = (films + 1, of_films.table.shape[1])
        yield Wanted("builder/movies", of_films.table, FLOATS, shape)
        yield Wanted("builder/level", of_films.level, FLOATS, (films + 1,), missing=True)
        if own.favourite.min() < 0 or own.favourite.max() > names:
            raise ValueError("A favourite genre is none of the genres.")


def _sparse(
    name: str, matrix: csr_array, types: tuple[str, ...], shape: tuple[int, int]
) -> Iterator[Wanted]:
    """Yield the values of a sparse array; `packing` has checked its positions."""
    if not isinstance(matrix, csr_array) or matrix.shape != shape:
        raise ValueError(f"{name} is no sparse array of the shape {shape}.")
    yield Wanted(name, matrix.data, types, matrix.data.shape)


def _check_array(wanted: Wanted) -> None:
    name, array, types, shape, missing = wanted
    if not isinstance(array, np.ndarray) or array.dtype.name not in types:
        raise ValueError(f"{name} is no array of {' or '.join(types)}.")
    if array.shape != shape:
        raise ValueError(f"{name} has the shape {array.shape}, and not {shape}.")
    if array.dtype.kind != "f":
        return
    if (np.isinf(array) if missing else ~np.isfinite(array)).any():
        raise ValueError(f"{name} holds what is no number.")


def _check_neighbours(trained: Trained, data: Dataset) -> None:
    starts, columns, _ = trained.knn.by_y
    if starts[0] != 0 or (np.diff(starts) < 0).any() or starts[-1] != len(columns):
        raise ValueError("The rows of the neighbours overlap.")
    if columns.min() < 0 or columns.max() >= data.n_movies:
        raise ValueError("Neighbours lie outside the catalogue.")
    if trained.knn.by != "movie":
        raise ValueError("The neighbours are no films.")


def _check_numbers(trained: Trained) -> None:
    """Single numbers are finite; lists of text are text, and as long as they have to be."""
    parts = [vars(part) for part in (trained.svd, trained.knn, trained.rated, trained.popular)]
    parts += [vars(part) for part in (trained.lists, trained.likeness, trained.builder)]
    for name, value in ((name, value) for part in parts for name, value in part.items()):
        if isinstance(value, float) and not np.isfinite(value):
            raise ValueError(f"{name} is no number.")
    if not np.isfinite(trained.stack).all():
        raise ValueError("The stack holds what is no number.")
    likeness, films = trained.likeness, len(trained.likeness.movie_ids)
    for texts in (likeness.series, likeness.themes, likeness.genres, trained.builder.genres):
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise TypeError("Series, themes and genres are lists of text.")
    if not len(likeness.series) == len(likeness.themes) == films:
        raise ValueError("There are not as many series and themes as films.")


def _check_classifiers(trained: Trained) -> None:
    width = len(trained.builder.names)
    for kind, estimator in trained.classifiers.items():
        if type(estimator).__name__ not in CLASSES[kind]:
            raise ValueError(f"The classifier {kind} is a {type(estimator).__name__}.")
        if estimator.n_features_in_ != width or list(estimator.classes_) != [0, 1]:
            raise ValueError(f"The classifier {kind} is of other features or answers.")
        chances = estimator.predict_proba(np.zeros((1, width), "float32"))
        if chances.shape != (1, 2) or not ((chances >= 0) & (chances <= 1)).all():
            raise ValueError(f"The classifier {kind} gives no chances.")


def _is_cell(cell: object) -> bool:
    return cell is None or isinstance(cell, str | int | float)
