import numpy as np
import pytest

from nbhelpers.data.id_index import positions


@pytest.mark.parametrize("kind", ["int8", "uint8", "int16", "int32", "int64", "uint64", "object"])
def test_positions_are_those_in_the_sorted_ids(kind):
    rng = np.random.default_rng(0)
    low, high = (0, 255) if kind.startswith("u") else (-128, 127)
    ids = rng.integers(low, high, 1000, endpoint=True).astype(kind)
    known, at = positions(ids)
    expected, inverse = np.unique(ids, return_inverse=True)
    np.testing.assert_array_equal(known, expected)
    np.testing.assert_array_equal(at, inverse)


def test_positions_of_ids_far_apart():
    known, at = positions(np.array([2**40, -5, 2**40, 7]))
    assert known.tolist() == [-5, 7, 2**40] and at.tolist() == [2, 0, 2, 1]
