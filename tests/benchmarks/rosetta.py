"""What other libraries compute for the same small lists, recorded for a test of ours.

    python tests/benchmarks/rosetta.py tests/evaluation/rosetta.json

It runs in an environment of its own, without `nbhelpers`, and adds to the file what the libraries
that are installed there say: ``pip install cornac lenskit rectools pandas``, then with
``--no-deps`` because they ask for much that their metrics do not use, ``recbole recommenders``.
Of a library that is not there, what the file holds is kept.

A case is what is left to recommend to each user, the best first, and what is relevant. The films
that are not in a list are those that its user has rated; so a library that ranks by scores can be
asked the same, unless a relevant film is in no list, or a film in it twice. What is no package but
a script that many people have copied is written down here as it was read there.
"""

import argparse
import json
import math
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

Lists = dict[int, list[int]]


def case(n: int, lists: Lists, relevant: Lists, films: int = 12) -> dict[str, Any]:
    return {"n": n, "lists": lists, "relevant": relevant, "films": films}


ALL = list(range(1, 13))
CASES = {
    "every place a hit": case(3, {1: ALL}, {1: [1, 2, 3]}),
    "no hit": case(3, {1: ALL}, {1: [9, 11]}),
    "one relevant, found first": case(5, {1: ALL}, {1: [1]}),
    "one relevant, found last": case(5, {1: ALL}, {1: [5]}),
    "one relevant, just missed": case(5, {1: ALL}, {1: [6]}),
    "more relevant than places, all places hit": case(3, {1: ALL}, {1: [1, 2, 3, 4, 5, 6]}),
    "more relevant than places, some hit": case(4, {1: ALL}, {1: [2, 4, 7, 8, 9, 12]}),
    "fewer relevant than places, all at the top": case(10, {1: ALL}, {1: [1, 2]}),
    "hits at 1 and 3": case(5, {1: ALL}, {1: [1, 3]}),
    "hits at 2 and 3": case(5, {1: ALL}, {1: [2, 3]}),
    "a list of one": case(1, {1: ALL}, {1: [1, 4]}),
    "fewer films left than places": case(10, {1: [4, 9, 2]}, {1: [2, 9]}),
    "nothing left but what is relevant": case(5, {1: [3, 8]}, {1: [3, 8]}),
    "two users who like few and many": case(
        4, {1: ALL, 2: ALL[::-1]}, {1: [2], 2: [12, 11, 9, 5, 3, 1]}
    ),
    "a user without anything relevant": case(4, {1: ALL, 2: ALL[::-1]}, {1: [1, 3]}),
    "a user without a list": case(4, {1: ALL}, {1: [1, 3], 2: [2, 4]}),
    "a relevant film that no list can name": case(4, {1: ALL[:6]}, {1: [2, 11]}),
    "a relevant film named twice": case(4, {1: ALL}, {1: [2, 2, 5]}),
    "a film twice in a list": case(4, {1: [2, 2, 5, 1]}, {1: [2, 5]}),
    "seven users": case(
        5,
        {u: [(u * m) % 13 for m in (ALL if u < 7 else ALL[:3])] for u in range(1, 8)},
        {
            u: [(u * m) % 13 for m in found]
            for u, found in enumerate(
                [[1, 2, 4, 6, 7, 9, 11, 12], [3], [2, 8], [], [1, 5, 6], [9], [2, 3]], start=1
            )
        },
    ),
}
METRICS = ("precision", "recall", "ndcg", "mrr", "hit")


class NotAsked(Exception):
    """The library cannot be asked this."""


def frame(lists: Lists, **columns: Callable[[int], Any]):
    """Return (user, film) rows; other columns are made of a film's rank."""
    import pandas as pd

    rows = [
        {"user": u, "film": film} | {name: of(k) for name, of in columns.items()}
        for u, films in lists.items()
        for k, film in enumerate(films, start=1)
    ]
    return pd.DataFrame(rows)


def scores(one: dict[str, Any]) -> dict[int, np.ndarray]:
    """Return each user's scores of all films, -inf for films that are rated."""
    lists = one["lists"]
    if any(len(set(films)) < len(films) for films in lists.values()):
        raise NotAsked("a film has one score")
    if any(set(films) - set(lists.get(u, films)) for u, films in one["relevant"].items()):
        raise NotAsked("every unrated film is ranked")
    found = {}
    for user in sorted(lists.keys() | one["relevant"].keys()):
        if user not in lists:
            raise NotAsked("everybody has scores")
        found[user] = np.full(one["films"] + 1, -np.inf)
        found[user][lists[user]] = 0 if "equal" in one else -np.arange(len(lists[user]))
    return found


def recommenders(one: dict[str, Any]) -> dict[str, float]:
    from recommenders.evaluation import python_evaluation as pe

    names = {"col_user": "user", "col_item": "film", "col_rating": "rating"}
    true = frame(one["relevant"], rating=lambda k: 1.0)
    said = frame(one["lists"], prediction=lambda k: 0.0 if "equal" in one else -float(k))
    asked = {"k": one["n"], "col_prediction": "prediction", **names}
    return {
        "precision": pe.precision_at_k(true, said, **asked),
        "recall": pe.recall_at_k(true, said, **asked),
        "ndcg": pe.ndcg_at_k(true, said, **asked),
    }


def recbole(one: dict[str, Any]) -> dict[str, float]:
    import torch
    from recbole.evaluator import Collector, Evaluator

    vars(np)["float"] = float  # it was written before NumPy 1.24
    table, relevant = scores(one), one["relevant"]
    users = [user for user in table if relevant.get(user)]  # its loaders hold nobody else
    config = {
        "metrics": ["Precision", "Recall", "NDCG", "MRR", "Hit"],
        "topk": [one["n"]],
        "metric_decimal_place": 12,
        "device": "cpu",
        "eval_args": {"mode": "full"},
    }
    pairs = [(row, film) for row, user in enumerate(users) for film in set(relevant[user])]
    rows, films = (torch.tensor(column) for column in zip(*pairs, strict=True))
    collector = Collector(config)
    given = torch.tensor(np.array([table[user] for user in users]))
    collector.eval_batch_collect(given, None, rows, films)
    found = Evaluator(config).evaluate(collector.get_data_struct())
    return {name: float(found[f"{name}@{one['n']}"]) for name in METRICS}


def lenskit(one: dict[str, Any]) -> dict[str, float]:
    from lenskit.data import ItemList, ItemListCollection, UserIDKey
    from lenskit.metrics import NDCG, Hit, Precision, Recall, RecipRank, RunAnalysis

    def collection(lists: Lists, ordered: bool):
        made = ItemListCollection(UserIDKey)
        for user, films in lists.items():
            if not ordered and not films:
                continue
            made.add(ItemList(item_ids=films, ordered=ordered), user_id=user)
        return made

    n = one["n"]
    kinds = {"precision": Precision, "recall": Recall, "ndcg": NDCG, "mrr": RecipRank, "hit": Hit}
    analysis = RunAnalysis()
    for name, kind in kinds.items():
        analysis.add_metric(kind(n), name)
    found = analysis.measure(collection(one["lists"], True), collection(one["relevant"], False))
    means = found.list_summary()["mean"]
    return {name: float(means[name]) for name in kinds}


def rectools(one: dict[str, Any]) -> dict[str, float]:
    from rectools import metrics

    reco = frame(one["lists"], rank=lambda k: k)
    names = {"user": "user_id", "film": "item_id"}
    kinds = {
        "precision": metrics.Precision,
        "recall": metrics.Recall,
        "ndcg": metrics.NDCG,
        "mrr": metrics.MRR,
        "hit": metrics.HitRate,
    }
    asked = {name: kind(k=one["n"]) for name, kind in kinds.items()}
    true = frame(one["relevant"]).rename(columns=names)
    found = metrics.calc_metrics(asked, reco.rename(columns=names), true)
    return {name: float(value) for name, value in found.items()}


def cornac(one: dict[str, Any]) -> dict[str, float]:
    from collections import OrderedDict

    from cornac.data import Dataset
    from cornac.eval_methods.base_method import ranking_eval
    from cornac.metrics import NDCG, HitRatio, Precision, Recall
    from cornac.models import Recommender

    table = scores(one)
    users, films = OrderedDict(), OrderedDict((film, film) for film in range(one["films"] + 1))
    # Films without a score are what a user has rated, number 0 among them.
    rated = [(u, film, 1.0) for u in table for film in np.flatnonzero(table[u] == -np.inf)]
    train = Dataset.build(rated, "UIR", users, films, exclude_unknowns=False)
    wanted = [(u, film, 1.0) for u, relevant in one["relevant"].items() for film in set(relevant)]
    test = Dataset.build(wanted, "UIR", users, films, exclude_unknowns=False)

    class Given(Recommender):
        def score(self, user_idx, item_idx=None):
            return table[list(users)[user_idx]]

    model = Given("given").fit(train)
    n = one["n"]
    kinds = {
        "precision": Precision(n),
        "recall": Recall(n),
        "ndcg": NDCG(n),
        "hit": HitRatio(n),
    }
    means, _ = ranking_eval(model, list(kinds.values()), train, test)
    return {name: float(value) for name, value in zip(kinds, means, strict=True)}


def implicit(one: dict[str, Any]) -> dict[str, float]:
    from implicit.evaluation import ranking_metrics_at_k
    from scipy.sparse import csr_matrix

    table = scores(one)
    rows = {user: row for row, user in enumerate(table)}

    class Given:
        def recommend(self, users, rated, N, **_):
            given = np.array(list(table.values()))[users]
            best = np.argsort(-given, axis=1)[:, :N]  # rated films last, as of its own models
            return best.astype(np.int32), np.take_along_axis(given, best, axis=1)

    shape = len(rows), one["films"] + 1
    pairs = [(rows[u], film) for u, films in one["relevant"].items() for film in set(films)]
    wanted = csr_matrix((np.ones(len(pairs)), tuple(zip(*pairs, strict=True))), shape=shape)
    found = ranking_metrics_at_k(Given(), csr_matrix(shape), wanted, one["n"], show_progress=False)
    return {name: float(found[name]) for name in ("precision", "ndcg")}


def liang2018(one: dict[str, Any]) -> dict[str, float]:
    """As read in the notebook of the paper's authors."""
    table, n = scores(one), one["n"]
    found = []
    for user, relevant in one["relevant"].items():
        if not relevant:  # there it would be 0 / 0, and is avoided by the split
            continue
        best = np.argsort(-table[user], kind="stable")[:n]
        places = [k for k, film in enumerate(best.tolist()) if film in relevant]
        most = min(n, len(set(relevant)))
        gain = sum(1 / math.log2(k + 2) for k in places)
        found.append((len(places) / most, gain / sum(1 / math.log2(k + 2) for k in range(most))))
    return dict(zip(("recall", "ndcg"), map(float, np.mean(found, axis=0)), strict=True))


def surprise(one: dict[str, Any]) -> dict[str, float]:
    """As read in Surprise's example; all films of a list count as recommended, or as tested."""
    if one["relevant"].keys() - one["lists"].keys():
        raise NotAsked("only what is ranked can be relevant")
    found = []
    for user, films in one["lists"].items():
        relevant = set(one["relevant"].get(user, []))
        if relevant - set(films):
            raise NotAsked("only what is ranked can be relevant")
        if len(set(films)) < len(films):
            raise NotAsked("a film has one prediction")
        hits = len(relevant & set(films[: one["n"]]))
        shown = min(one["n"], len(films))
        found.append((hits / shown, hits / len(relevant) if relevant else 0.0))
    return dict(zip(("precision", "recall"), map(float, np.mean(found, axis=0)), strict=True))


RUN = (recommenders, recbole, lenskit, rectools, cornac, implicit)
READ = (surprise, liang2018)
SORTING = (recommenders, recbole, cornac)  # the others are given ranks, or leave it to a model


def answers(ask: Callable[[dict[str, Any]], dict[str, float]]) -> dict[str, Any]:
    """Return what a library says to each case: figures, or why it says none."""
    said: dict[str, Any] = {}
    for name, one in CASES.items():
        try:
            said[name] = ask(one)
        except ImportError:
            raise
        except NotAsked as reason:
            said[name] = f"cannot be asked: {reason}"
        except Exception as error:
            said[name] = f"{type(error).__name__}: {str(error)[:120]}"
    return said


def first_of_equals(ask: Callable[[dict[str, Any]], dict[str, float]]) -> int:
    """Return which of twelve films with the same score is put first."""
    asked = {film: case(1, {1: ALL}, {1: [film]}) | {"equal": True} for film in ALL}
    return next(film for film, one in asked.items() if ask(one)["precision"] > 0)


def version(name: str) -> str:
    for package in (name, f"pm-{name}"):  # a fork that has wheels for newer Pythons
        try:
            return f"{package} {metadata.version(package)}"
        except metadata.PackageNotFoundError:
            continue
    return ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=Path)
    output = parser.parse_args().output
    kept = json.loads(output.read_text("utf-8")) if output.exists() else {}
    libraries = kept.get("libraries", {})
    for ask in (*RUN, *READ):
        name = ask.__name__
        try:
            said = answers(ask)
        except ImportError as error:
            print(f"{name} is not here ({error}): its answers are kept.")
            continue
        how = version(name) if ask in RUN else "read, not run"
        libraries[name] = {"version": how, "answers": said}
        if ask in SORTING:
            libraries[name]["first of equals"] = first_of_equals(ask)
        odd = {text for text in said.values() if isinstance(text, str)}
        print(f"{name} ({how}): {len(said)} cases", *odd, sep="\n  ")
    text = json.dumps({"cases": CASES, "libraries": libraries}, indent=1)
    output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
