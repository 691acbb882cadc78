"""Ids are whole numbers, whatever they come as; all else is refused with what to do."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbhelpers.data.ids import whole
from nbhelpers.errors import DataError


@pytest.mark.parametrize(
    "ids",
    [
        [3, 17],
        ("3", "17"),
        ["3", 17],
        [3.0, 17.0],
        np.array([3, 17], "int8"),
        np.array(["3", "17"]),
        pd.Series(["3", "17"]),
        pd.Series([3, 17], dtype="Int64"),
        pd.Series([3, 17]).astype("category"),
        pd.Index([3, 17]),
    ],
    ids=repr,
)
def test_what_says_the_same_number_is_that_number(ids):
    found = whole(ids, "user")
    assert found.dtype.kind == "i" and found.tolist() == [3, 17]


def test_numbers_are_not_copied():
    ids = np.arange(5, dtype="int32")
    assert whole(ids, "user") is ids
    assert whole(7, "user").tolist() == [7] and whole([], "user").dtype.kind == "i"


@pytest.mark.parametrize(
    ("ids", "found"),
    [
        ([1, None], "place 1 (from 0) is missing"),
        (pd.Series([1, pd.NA], dtype="Int64"), "place 1 (from 0) is missing"),
        ([1.0, float("nan")], "place 1 (from 0) is missing"),
        (pd.to_datetime(["2000-01-01", None]), "place 0"),
        (np.array(["2000-01-01", "2000-01-02"], "datetime64[ns]"), "place 0"),
        (np.array([1, 2], "timedelta64[ns]"), "place 0"),
        ([1, 1.5], "is '1.5'"),
        ([2.0**60], "is '1.1529"),
        ([float("inf")], "is 'inf'"),
        ([True], "is 'True'"),
        (np.array([True, False]), "is 'True'"),
        (["007"], "is '007', a text"),
        ([" 7"], "is ' 7', a text"),
        (["7.0"], "is '7.0', a text"),
        (["٣"], "is '٣', a text"),
        (["U01", "U02"], "is 'U01', a text"),
        ([str(2**70)], "a text"),
        ([b"7"], "is \"b'7'\""),
    ],
    ids=repr,
)
def test_all_else_is_refused(ids, found):
    with pytest.raises(DataError, match="What to do") as refused:
        whole(ids, "user")
    assert found in str(refused.value)


@given(st.lists(st.integers(1 - 2**63, 2**63 - 1), min_size=1))
def test_numbers_survive_as_text(numbers):
    assert whole(list(map(str, numbers)), "movie").tolist() == numbers


def test_the_remedy_fits_what_was_given():
    with pytest.raises(DataError, match="factorize"):
        whole(["a", "b"], "user")
    with pytest.raises(DataError, match="dropna"):
        whole([1, None], "user")
    with pytest.raises(DataError, match="find"):
        whole("Alien", "movie")
