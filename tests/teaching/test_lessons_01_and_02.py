"""What the exercises of notebooks 01 and 02 are asked of is as they say."""

import pytest

from nbhelpers import load
from nbhelpers.teaching import genres, puzzles
from nbhelpers.teaching.exercises import lesson_01

DATA = load("sample")


@pytest.mark.parametrize("seed", [1, 42])
def test_the_suspects_pass_the_usual_checks(seed):
    suspect = puzzles.suspect(DATA.ratings, seed)
    assert not suspect.duplicated(["user_id", "movie_id"]).any()
    assert suspect["rating"].between(*DATA.scale).all()
    robot, *double = sorted(
        lesson_01.exercise_4(suspect).expected,
        key=lambda user: suspect["rating"][suspect["user_id"] == user].std(),
    )
    assert suspect["rating"][suspect["user_id"] == robot].nunique() == 1
    one, other = (suspect[suspect["user_id"] == user].sort_values("movie_id") for user in double)
    assert one["rating"].tolist() == other["rating"].tolist()


def test_one_site_has_a_season_whatever_the_seed():
    for seed in range(5):
        sites = puzzles.sites(seed)
        trends = sites.rolling(12).mean().rolling(2).mean().shift(-6)
        against = (sites / trends).dropna()
        typical = against.groupby(against.index.month).median()
        assert list(typical.stack().idxmax()) == list(reversed(puzzles.SEASON))


def test_a_set_with_genres_keeps_its_own():
    assert genres.of(DATA) is DATA.movies
    assert "of the ratings are of films with genres" in genres.coverage(DATA, DATA.movies)
