"""A seeded share of the users."""

import numpy as np
import pytest

from nbhelpers.data.sampling import chosen

IDS = np.arange(1, 20_001)


def by_hand(user: int, share: float, seed: int) -> bool:
    def mix(x):
        x = (x * 0x9E3779B97F4A7C15 + 0x9E3779B97F4A7C15) % 2**64
        x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        x = (x ^ x >> 27) * 0x94D049BB133111EB % 2**64
        return x ^ x >> 31

    return (mix(user ^ mix(seed % 2**64)) >> 11) / 2**53 < share


@pytest.mark.parametrize("seed", [0, 42, -1, 2**70])
def test_choice_is_the_stated_hash(seed):
    expected = [by_hand(user, 0.3, seed) for user in range(1, 500)]
    np.testing.assert_array_equal(chosen(np.arange(1, 500, dtype=np.int32), 0.3, seed), expected)


def test_share_is_kept_and_nested_and_every_user_stands_alone():
    small, large = chosen(IDS, 0.1), chosen(IDS, 0.4)
    assert abs(small.mean() - 0.1) < 0.01 and abs(large.mean() - 0.4) < 0.02
    assert not (small & ~large).any()
    assert chosen(IDS, 1.0).all()
    np.testing.assert_array_equal(chosen(IDS[::-1], 0.1), small[::-1])


def test_seeds_choose_independently():
    first, second = chosen(IDS, 0.5, 1), chosen(IDS, 0.5, 2)
    assert abs((first == second).mean() - 0.5) < 0.02
    assert abs((first[1:] == second[:-1]).mean() - 0.5) < 0.02  # nor is one a shift of the other


@pytest.mark.parametrize("share", [0, -0.1, 1.1, float("nan")])
def test_shares_outside_0_to_1_are_refused(share):
    with pytest.raises(ValueError, match="share"):
        chosen(IDS, share)


@pytest.mark.parametrize("share", ["5%", 5, 0, None])
def test_a_share_that_is_none_is_refused_in_words(share):
    with pytest.raises(ValueError, match=r"such as 0.05 for 5 %"):
        chosen([1, 2], share)
