import numpy as np

from nbhelpers.teaching import costs


def _filled(megabytes: int) -> int:
    return int(np.ones(megabytes * 10**6, np.int8).sum())


def test_seconds_come_with_the_value():
    took, value = costs.seconds(lambda: "done")
    assert took >= 0 and value == "done"


def test_the_peak_counts_what_was_freed_again_and_belongs_to_the_task_alone():
    little, small = costs.alone(_filled, 1)
    much, large = costs.alone(_filled, 300)
    again, after = costs.alone(_filled, 1)
    assert (little, much, again) == (10**6, 300 * 10**6, 10**6)
    assert 280 < large - small < 330
    assert after < large - 200
