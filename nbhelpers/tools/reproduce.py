"""Published results, reproduced on one's own copy of the data: ours beside theirs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import psutil

from nbhelpers.data import datasets
from nbhelpers.errors import DataError
from nbhelpers.evaluation.protocols import SEED, StrongSplit, eligible, judged, strong_split
from nbhelpers.models.base import Model
from nbhelpers.models.ease import EASE
from nbhelpers.models.implicit_als import IALS
from nbhelpers.models.implicit_knn import ItemKNN
from nbhelpers.models.list_model import FULL_PRECISION
from nbhelpers.models.popularity import Popularity

TOLERANCE = 0.005
CHOSEN_BY = "ndcg@100"
MEASURES = ("recall@20", "recall@50", CHOSEN_BY)
MODELS: dict[str, tuple[Callable[..., Model], dict[str, list[Any]]]] = {
    "popularity": (Popularity, {}),
    "item-knn": (ItemKNN, {"k": [100, 200]}),
    "ease": (EASE, {"reg": [250, 500, 1000]}),
    "ials": (IALS, {"reg": [0.003, 0.01]}),
}
USUAL = ("popularity", "item-knn", "ease")


@dataclass(frozen=True)
class Published:
    """What was published for one data set."""

    held_out: int  # users in the validation part, and in the test part
    users: int  # before the split
    likes: int  # before the split
    figures: Mapping[str, Mapping[str, float]]  # by model, and by the columns of `judged`


def _figures(ease: tuple[float, ...], popularity: tuple[float, ...]) -> dict[str, dict[str, float]]:
    """Name figures: of Steck (2019), and of Ferrari Dacrema et al. (2021), who divide plainly."""
    plain = ("plain recall@20", "plain recall@50", CHOSEN_BY)
    return {
        "ease": dict(zip(MEASURES, ease, strict=True)),
        "popularity": dict(zip(plain, popularity, strict=True)),
    }


PUBLISHED = {
    "ml-20m": Published(
        10_000, 136_677, 9_990_682, _figures((0.391, 0.521, 0.420), (0.144, 0.232, 0.190))
    ),
    "netflix": Published(
        40_000, 463_435, 56_880_037, _figures((0.362, 0.445, 0.393), (0.079, 0.164, 0.157))
    ),
}


@dataclass(frozen=True)
class Row:
    """A model on the test part: the columns of `judged`, and those published of this set."""

    model: str
    settings: str
    measured: dict[str, float]  # averaged over users
    published: Mapping[str, float]

    @property
    def ok(self) -> bool:
        """Whether every figure is as near to the published one as `TOLERANCE`."""
        return all(
            abs(self.measured[name] - value) <= TOLERANCE for name, value in self.published.items()
        )


@dataclass(frozen=True)
class Task:
    """What is to be reproduced."""

    dataset: str
    split: StrongSplit
    published: Published | None  # where these very users were held out by the authors

    @property
    def as_published(self) -> bool:
        """Whether as many users and likes are split as were by the authors."""
        theirs = self.published
        return theirs is None or (self.split.users, self.split.likes) == (
            theirs.users,
            theirs.likes,
        )


def prepare(name: str, held_out: int | None = None, seed: int = SEED) -> Task:
    """Load a data set and split it: as published, or with a tenth of the users held out.

    A DataError says that the set is not there, or too small.
    """
    dataset = datasets.load(name)
    known = None if dataset.simulated else PUBLISHED.get(name)
    usual = known.held_out if known else max(1, eligible(dataset.ratings) // 10)
    try:
        split = strong_split(dataset.ratings, held_out or usual, seed)
    except ValueError as error:
        raise DataError(str(error), remedy="choose fewer with --held-out.") from None
    return Task(name, split, known if held_out is None and seed == SEED else None)


def described(task: Task) -> str:
    """Say what was split, and whether that is what the authors had."""
    split, theirs = task.split, task.published
    judged_users = split.test.hidden["user_id"].nunique()
    said = (
        f"{split.likes:,} likes of {split.users:,} users; {len(split.train):,} to learn from, "
        f"{judged_users:,} other users to judge by."
    )
    if theirs is None:
        return f"{said} No published figures belong to this split of {task.dataset}."
    if task.as_published:
        return f"{said} The paper had as many."
    return f"{said} FAIL: the paper had {theirs.likes:,} of {theirs.users:,}; is the set complete?"


def steps(models: Sequence[str]) -> int:
    """Return how many fits there will be."""
    return sum(len(_settings(name)) for name in models)


def memory(split: StrongSplit, models: Sequence[str]) -> str:
    """Say what is needed beside the ratings, before a fit; a DataError if it is not free."""
    films, users = (split.train[column].nunique() for column in ("movie_id", "user_id"))
    if "ease" not in models:
        return "Beside the ratings, less than a gigabyte of memory is needed."
    width = 8 if min(films, users) <= FULL_PRECISION else 4
    # The best weights so far are kept while others are found.
    need = 2 * width * films * min(films, users) / 1e9
    free = psutil.virtual_memory().available / 1e9
    said = f"EASE needs up to {need:,.1f} GB for {films:,} films, and {free:,.1f} GB are free."
    if need > free:
        remedy = "leave it out: --model popularity --model item-knn"
        raise DataError(said, remedy=remedy)
    return said


def rows(
    task: Task,
    models: Sequence[str],
    n_threads: int = 1,
    tell: Callable[[str], None] = lambda text: None,
) -> Iterator[Row]:
    """Choose each model's settings on the validation part, and judge it on the test part.

    Models are keys of `MODELS`; `tell` is called with what begins, at each fit.
    """
    split, figures = task.split, task.published.figures if task.published else {}
    for name in models:
        chosen: tuple[float, dict[str, Any], Model] | None = None
        choices = _settings(name)
        for settings in choices:
            tell(f"{name} {_said(settings)}".strip())
            model = _made(name, settings, n_threads).fit(split.train)
            found = 0.0
            if len(choices) > 1:
                found = judged(model, split.validation)[CHOSEN_BY].mean()
            if chosen is None or found > chosen[0]:
                chosen = found, settings, model
            del model  # or it stays while the next one is fitted
        assert chosen is not None
        _, settings, best = chosen
        measured = {str(measure): mean for measure, mean in judged(best, split.test).mean().items()}
        yield Row(name, _said(settings), measured, figures.get(name, {}))


def lines(row: Row) -> Iterator[tuple[str, ...]]:
    """Yield a row as lines of a table: a figure each, ours and the published one."""
    for name in dict.fromkeys([*MEASURES, *row.published]):
        ours, theirs = row.measured[name], row.published.get(name)
        cells = row.model, row.settings, name, f"{ours:.4f}"
        if theirs is None:
            yield *cells, "", ""
        else:
            away = ours - theirs
            verdict = "ok" if abs(away) <= TOLERANCE else "FAIL"
            yield *cells, f"{theirs:.3f}", f"{verdict} {away:+.4f}"


def _settings(name: str) -> list[dict[str, Any]]:
    grid = MODELS[name][1]
    return [dict(zip(grid, values, strict=True)) for values in product(*grid.values())]


def _made(name: str, settings: dict[str, Any], n_threads: int) -> Model:
    make = MODELS[name][0]
    threads = {} if make is Popularity else {"n_threads": n_threads}
    return make(**settings, **threads)


def _said(settings: dict[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in settings.items())
