import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbhelpers.spark import splits

INTS = st.integers(-(2**31), 2**31 - 1)


def xxh64_of_four_bytes(number, seed):
    """The published algorithm in whole numbers without bounds."""
    bits = 2**64
    p1, p2, p3, p5 = (
        11400714785074694791,
        14029467366897019727,
        1609587929392839161,
        2870177450012600261,
    )
    x = (seed + p5 + 4) % bits ^ (number % 2**32 * p1) % bits
    x = (((x << 23) | (x >> 41)) % bits * p2 + p3) % bits
    x = ((x ^ (x >> 33)) * p2) % bits
    x = ((x ^ (x >> 29)) * p3) % bits
    return x ^ (x >> 32)


@settings(deadline=None)  # the first call compiles
@given(INTS, INTS, INTS)
def test_it_is_the_published_hash_chained(seed, user, movie):
    expected = 42
    for number in (seed, user, movie):
        expected = xxh64_of_four_bytes(number, expected)
    assert splits.xxhash64(seed, [user], [movie]).tolist() == [expected]


def test_a_value_that_spark_gave():
    assert splits.xxhash64(1, [2], [3]).astype(np.int64).tolist() == [8592097078962733837]


def test_the_share_held_out_is_that_asked_for_in_every_row_and_column():
    users, movies = np.divmod(np.arange(1_000_000), 1000)
    chosen = splits.held_out(users, movies, 0.2).reshape(1000, 1000)
    assert chosen.mean() == pytest.approx(0.2, abs=0.002)
    for axis in (0, 1):  # binomial: a standard deviation of .0126
        assert chosen.mean(axis=axis).std() == pytest.approx(0.0126, abs=0.001)


def test_seeds_choose_independently_and_smaller_shares_are_part_of_larger_ones():
    users, movies = np.divmod(np.arange(1_000_000), 1000)
    first, other = (splits.held_out(users, movies, 0.2, seed) for seed in (1, 2))
    assert (first & other).mean() == pytest.approx(0.04, abs=0.001)
    assert first[splits.held_out(users, movies, 0.1, 1)].all()
