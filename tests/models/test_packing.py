import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.sparse import csr_array

from nbhelpers.features.encodings import Encoding
from nbhelpers.models.packing import pack, unpack

numbers = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
dtypes = hnp.integer_dtypes() | hnp.floating_dtypes() | hnp.boolean_dtypes()
arrays = hnp.arrays(dtypes, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0))
values = st.recursive(
    numbers | arrays,
    lambda v: st.lists(v) | st.lists(v).map(tuple) | st.dictionaries(st.text() | st.integers(), v),
    max_leaves=20,
)


def same(a, b) -> bool:
    if isinstance(a, np.ndarray):
        alike = np.array_equal(a, b, equal_nan=a.dtype.kind == "f")  # a zero has no sign
        return a.dtype == b.dtype and alike
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


def returned(value):
    held = {}
    return unpack(pack(value, "value", held), held)


@given(values)
def test_values_come_back_as_they_were(value):
    back = returned(value)
    assert type(back) is type(value) and same(value, back)


@pytest.mark.parametrize("kind", ["float16", ">f8", ">i4", "float32", "bool"])
def test_arrays_of_zeros_come_back_as_they_were(kind):
    assert same(np.zeros((4, 5), kind), returned(np.zeros((4, 5), kind)))


def test_tables_and_ids_come_back_as_they_were():
    table = pd.DataFrame({"a": [1, 2], "b": [0.5, np.nan], "c": ["x", "y"]})
    pd.testing.assert_frame_equal(returned(table), table, check_dtype=False)
    assert returned(table.set_index("a")).index.name == "a"
    assert returned(Encoding(["b", "a"])).encode(["a", "z"]).tolist() == [0, -1]
    assert returned(pd.Timestamp("2005-12-31 23:59:59")) == pd.Timestamp("2005-12-31 23:59:59")


def test_what_is_mostly_zero_takes_little():
    table, held = np.zeros((300, 200), "float32"), {}
    table[5, 7], table[9, 0] = 1.5, -2
    packed = pack(table, "table", held)
    assert sum(array.nbytes for array in held.values()) < table.nbytes / 50
    back = unpack(packed, held)
    assert back.dtype == table.dtype and back.tobytes() == table.tobytes()
    sparse = csr_array(table)
    assert (returned(sparse) != sparse).nnz == 0


class Summary:
    """A stranger who has the name of one of ours."""


@pytest.mark.parametrize(
    "value",
    [object(), Summary(), open, {1, 2}, np.array([object()]), np.array([["a"]], dtype=object)],
    ids=lambda value: type(value).__name__,
)
def test_everything_else_is_refused(value):
    with pytest.raises(TypeError, match="pickle"):
        pack([value], "value", {})
