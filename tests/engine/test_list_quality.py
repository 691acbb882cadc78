"""Lists from real ratings: what they find, what they say, and whether fans get their genres."""

import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def board(real_data):
    """The measures of `tests/benchmarks/engine_lists.py` with usual settings, on one split."""
    scripts = str(Path(__file__).parents[1] / "benchmarks")
    sys.path.insert(0, scripts)
    try:
        import engine_lists
    finally:
        sys.path.remove(scripts)
    return engine_lists.table("ml-latest-small", 1, 1000, usual=True)


@pytest.mark.slow
def test_real_lists_find_what_people_like_and_differ(board):
    ours = board.loc["two stages"]
    assert ours["ndcg"] >= 0.3
    assert ours["diff_low"] > 0.05  # above the most rated films, from person to person
    assert ours["films"] >= 450


@pytest.mark.slow
def test_real_lists_say_why_and_hold_favourite_genres(board):
    ours = board.loc["two stages"]
    assert ours["lists named"] >= 0.8
    assert ours["favourites"] >= 3
    assert ours["falls"]
