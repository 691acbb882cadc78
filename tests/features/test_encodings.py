import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbhelpers.features.encodings import Encoding, multi_hot

IDS = st.lists(st.integers(1, 2**31 - 1), min_size=1, max_size=50)
NAMES = st.lists(st.text(min_size=1, max_size=4), unique=True, max_size=4)


@given(IDS)
def test_ids_survive_the_round_trip(ids):
    encoding = Encoding(ids)
    positions = encoding.encode(ids)
    assert encoding.decode(positions).tolist() == ids
    assert sorted(set(positions.tolist())) == list(range(len(encoding)))


@given(IDS, IDS)
def test_unknown_ids_are_minus_one(known, others):
    positions = Encoding(known).encode(others)
    assert [p == -1 for p in positions] == [i not in set(known) for i in others]


# No loader lets a NUL pass; pandas 2 takes the text after one for nothing.
TEXT = st.text(st.characters(exclude_characters="\0" if pd.__version__ < "3" else ""), max_size=5)


@given(st.lists(TEXT, min_size=1))
def test_text_ids_work_as_well(ids):
    encoding = Encoding(ids)
    assert encoding.decode(encoding.encode(ids)).tolist() == ids


def test_positions_follow_the_order_of_the_ids():
    assert Encoding([30, 10, 20, 10]).encode([10, 20, 30]).tolist() == [0, 1, 2]


@pytest.mark.parametrize("position", [-1, 2])
def test_a_position_without_an_id_is_refused(position):
    with pytest.raises(IndexError, match=f"position {position}"):
        Encoding([5, 6]).decode([0, position])


@given(st.lists(NAMES, max_size=10))
def test_lists_survive_the_round_trip(lists):
    table = multi_hot(pd.Series(lists, dtype=object))
    found = [table.columns[row].tolist() for row in table.to_numpy(dtype=bool)]
    assert found == [sorted(names) for names in lists]


def test_multi_hot_marks_what_is_listed():
    lists = pd.Series([["Drama"], [], ["Comedy", "Drama"]], index=[7, 8, 9])
    table = multi_hot(lists)
    assert table.to_dict("list") == {"Comedy": [0, 0, 1], "Drama": [1, 0, 1]}
    assert table.index.tolist() == [7, 8, 9]
    assert (table.dtypes == np.uint8).all()
