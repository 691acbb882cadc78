"""Parts that do not fit are refused, whoever sealed them; harms as attackers and disks do them."""

import copy
from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from nbhelpers.engine import engine_checks


def nan(array):
    array[len(array) // 2] = np.nan
    return array


def infinite(array):
    array[-1] = np.inf
    return array


def short(array):
    return array[:-1]


def floats(array):
    return array.astype("float64")


def nan_starts(array):
    return nan(floats(array))


def texts(array):
    return array.astype(str)


def others(array):
    return array + 1


def swapped(array):
    array[[0, 1]] = array[[1, 0]]
    return array


def backwards(array):
    array[1] = array[2] + 1
    return array


def far(array):
    array[3] = 10**6
    return array


def nan_inside(matrix):
    return csr_array((nan(matrix.data.copy()), matrix.indices, matrix.indptr), shape=matrix.shape)


def narrow(matrix):
    return matrix[:, :-1]


HARMS = [
    *[("svd", name, harm) for name in ("bu", "bi", "pu", "qi") for harm in (nan, short, texts)],
    *[("knn", name, harm) for name in ("bu", "bi", "similarities") for harm in (infinite, short)],
    *[("knn", "by_y", (0, harm)) for harm in (nan_starts, floats, backwards, short, others)],
    *[("knn", "by_y", (1, harm)) for harm in (far, floats, short)],
    *[("knn", "by_y", (2, harm)) for harm in (nan, short)],
    *[
        (part, ids, harm)
        for part in ("svd", "knn", "rated", "lists", "popular")
        for ids in ("user_ids", "movie_ids")
        for harm in (others, swapped, floats, short)
    ],
    ("likeness", "movie_ids", others),
    ("likeness", "vectors", nan),
    ("likeness", "vectors", short),
    ("likeness", "means", infinite),
    ("likeness", "counts", floats),
    ("likeness", "near", nan_inside),
    ("likeness", "near", narrow),
    ("likeness", "series", short),
    ("likeness", "themes", lambda texts: [None, *texts[1:]]),
    ("likeness", "genres", tuple),
    ("rated", "means", nan),
    ("popular", "recent", floats),
    ("popular", "counts", short),
    ("lists", "weights", nan),
    ("lists", "weights", short),
    ("lists", "popularity", infinite),
    ("lists", "likes", nan_inside),
    ("lists", "likes", narrow),
    ("lists", "seen", narrow),
    ("builder", "_text", nan),
    ("builder", "_text", short),
    ("svd", "n_factors", others),
    ("svd", "global_mean", lambda mean: np.nan),
    ("knn", "caution", lambda caution: float("inf")),
    ("knn", "by", lambda by: "user"),
]


def harmed(trained, part, name, harm):
    model = copy.copy(getattr(trained, part))
    value = copy.deepcopy(getattr(model, name))
    if isinstance(harm, tuple):
        at, harm = harm
        value = (*value[:at], harm(value[at]), *value[at + 1 :])
    else:
        value = harm(value)
    vars(model)[name] = value
    return replace(trained, **{part: model})


@pytest.mark.parametrize(("part", "name", "harm"), HARMS)
def test_parts_that_do_not_fit_are_refused(engine, part, name, harm):
    with pytest.raises((ValueError, TypeError, LookupError, AttributeError)):
        engine_checks.check(harmed(engine.trained, part, name, harm), engine.data)


def test_an_engine_as_it_is_passes(engine):
    engine_checks.check(engine.trained, engine.data)
    engine_checks.check_manifest(engine.manifest)


def test_a_missing_part_is_refused(engine):
    svd = copy.copy(engine.trained.svd)
    del svd.pu
    with pytest.raises(AttributeError):
        engine_checks.check(replace(engine.trained, svd=svd), engine.data)


def test_a_favourite_genre_that_is_none_is_refused(engine):
    builder = copy.copy(engine.trained.builder)
    last = builder._tables[-1]
    far = last.users._replace(favourite=last.users.favourite + 1000)
    builder._tables = [*builder._tables[:-1], last._replace(users=far)]
    with pytest.raises(ValueError, match="favourite"):
        engine_checks.check(replace(engine.trained, builder=builder), engine.data)


def test_classifiers_in_each_others_place_are_refused(engine):
    held = engine.trained.classifiers
    swapped = held | {"forest": held["logistic"], "logistic": held["forest"]}
    with pytest.raises(ValueError, match="The classifier"):
        engine_checks.check(replace(engine.trained, classifiers=swapped), engine.data)


@pytest.mark.parametrize("width", [33, 99])
def test_classifiers_of_another_width_are_refused(engine, width):
    held = engine.trained.classifiers
    logistic = copy.deepcopy(held["logistic"])
    rng = np.random.default_rng(0)
    logistic.fit(rng.random((20, width)), np.arange(20) % 2 == 0)
    with pytest.raises(ValueError, match="other features"):
        engine_checks.check(
            replace(engine.trained, classifiers=held | {"logistic": logistic}), engine.data
        )


@pytest.mark.parametrize(
    "harm",
    [
        {"made": 3},
        {"label": None},
        {"versions": []},
        {"boards": {"random": {"columns": ["a"], "data": [[1, 2]]}}},
        {"boards": {"random": {"columns": ["a", "a"], "data": [[1, 2]]}}},
        {"boards": {"random": {"columns": ["a"], "data": [[{}]]}}},
        {"boards": {"random": {"columns": [1], "data": [[1]]}}},
        {"boards": {"random": {}}},
        {"boards": {"random": []}},
    ],
)
def test_a_manifest_that_people_cannot_be_shown_is_refused(engine, harm):
    with pytest.raises((ValueError, TypeError, LookupError)):
        engine_checks.check_manifest(engine.manifest | harm)


def test_whoever_is_trusted_is_asked_whatever_a_visitor_would(engine):
    engine_checks.ask(engine)
    broken = replace(engine.trained, best="nobody")
    with pytest.raises((ValueError, TypeError, LookupError)):
        engine_checks.ask(replace_trained(engine, broken))


def replace_trained(engine, trained):
    return type(engine)(engine.data, trained, engine.boards, engine.manifest)
