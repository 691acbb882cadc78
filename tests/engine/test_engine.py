import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbhelpers.engine.engine import MODELS, UnknownModel, UnknownMovie, UnknownUser

COLUMNS = [
    *("rank", "movie_id", "title", "year", "genres", "poster_url", "score", "evidence", "estimate"),
    *("unit", "source", "reason", "because_id", "content_share", "because"),
]


@pytest.fixture(scope="module")
def user(engine) -> int:
    users = engine.users()
    return int(users.loc[(users["count"] > 30) & (users["count"] < 60), "user_id"].iloc[0])


def taste(engine, user: int, n: int | None = None) -> pd.DataFrame:
    return engine.history(user)[["movie_id", "rating"]].head(n or 1000)


@pytest.mark.parametrize("model", [*MODELS, "ml"])
def test_lists_are_new_to_the_user_in_order_and_explained(engine, user, model):
    films = engine.recommend(user, 20, model)
    assert list(films) == COLUMNS
    assert films["rank"].tolist() == list(range(1, 21))
    assert films["movie_id"].is_unique
    assert not films["movie_id"].isin(engine.history(user)["movie_id"]).any()
    assert films["score"].is_monotonic_decreasing
    assert films["reason"].str.len().min() > 10
    unit = MODELS[engine.answering(user, model)].unit
    assert set(films["unit"]) == {unit}
    assert films["score"].between(0, {"stars": 6, "likes lately": 1e6}.get(unit, 1)).all()
    pd.testing.assert_frame_equal(engine.recommend(user, 20, model), films)


def test_a_longer_list_begins_with_the_shorter(engine, user):
    short, long = engine.recommend(user, 5), engine.recommend(user, 50)
    assert long["movie_id"].tolist()[:5] == short["movie_id"].tolist()


def test_users_get_lists_of_their_own(engine):
    counts = engine.users()
    users = counts.loc[counts["count"] >= 3, "user_id"].head(20)  # who may have rated the same one
    assert len({tuple(engine.order(int(user))) for user in users}) == 20


def test_the_weight_leads_from_one_model_to_the_other(engine, user):
    best = engine.recommend(user, 10, "ml")["movie_id"].tolist()
    assert engine.recommend(user, 10, "blend", weight=1)["movie_id"].tolist() == best
    assert engine.recommend(user, 10, "blend", weight=0)["movie_id"].tolist() != best


def test_what_is_predicted_is_what_is_recommended(engine, user):
    films = engine.recommend(user, 10)
    predicted = engine.predict(user, films["movie_id"])
    np.testing.assert_allclose(predicted["chance"], films["estimate"])
    assert predicted["known"].isna().all()
    seen = engine.history(user).head(3)
    assert engine.predict(user, seen["movie_id"])["known"].tolist() == seen["rating"].tolist()


def test_pages_follow_each_other(engine, user):
    whole = engine.recommend(user, 30)
    page = engine.recommend(user, 10, skip=20)
    assert page["movie_id"].tolist() == whole["movie_id"].tolist()[20:]
    assert page["rank"].tolist() == list(range(21, 31))
    assert engine.order(user, 10, skip=20).tolist() == page["movie_id"].tolist()
    with pytest.raises(ValueError, match="skip has to be 0 or more"):
        engine.recommend(user, skip=-1)


@pytest.mark.parametrize("model", ["two-stage", "svd", "blend"])
@pytest.mark.parametrize("knobs", [{"surprise": 1}, {"variety": 1}, {"own_genres": 0.5}])
def test_knobs_change_the_list_and_scores_still_fall(engine, user, model, knobs):
    films = engine.recommend(user, 50, model, **knobs)
    assert films["score"].is_monotonic_decreasing
    assert films["movie_id"].tolist() != engine.order(user, 50, model).tolist()


def test_a_series_has_one_film_in_a_list_unless_asked_for(engine):
    trilogy = engine.find("toy story", 1)[["movie_id"]].assign(rating=5)
    own = pd.concat([trilogy, engine.find("finding nemo", 1)[["movie_id"]].assign(rating=5)])
    own = pd.concat([own, engine.find("the godfather", 1)[["movie_id"]].assign(rating=5)])
    one, several = engine.recommend(own, 60), engine.recommend(own, 60, series=True)
    assert set(one["movie_id"]) != set(several["movie_id"])
    names = [engine.likeness.series[engine.likeness.position(m)] for m in several["movie_id"]]
    assert len(set(names)) < 60


@pytest.mark.parametrize("knob", ["surprise", "variety", "own_genres", "weight"])
def test_knobs_out_of_range_are_refused(engine, user, knob):
    name = knob.replace("own_genres", "weight of own genres")
    with pytest.raises(ValueError, match=f"The {name} has to be between 0 and 1, but is 'much'"):
        engine.recommend(user, **{knob: "much"})
    with pytest.raises(ValueError, match=f"The {name} has to be between 0 and 1, but is 2"):
        engine.recommend(user, **{knob: 2})


def test_reasons_name_who_is_meant(engine, user):
    theirs, own = engine.recommend(user, 20), engine.recommend(taste(engine, user), 20)
    for films, who in ((theirs, "they"), (own, "you")):
        named = films[films["because"].map(len) > 0]
        assert len(named)
        assert named["reason"].str.contains(f"ecause {who} liked").all()
        assert (named["because"].map(lambda some: some[0]["movie_id"]) == named["because_id"]).all()


def test_two_stages_find_more_than_the_most_rated(engine):
    board = engine.boards["lists"].set_index("model")
    assert board.at["two stages", "diff_low"] > 0.05
    assert board.at["two stages", "true_stars"] > board.at["most rated", "true_stars"]
    knobs = engine.boards["knobs"]
    assert list(knobs) == ["knob", "value", "ndcg", "films", "novelty", "alike"]
    rare = knobs[knobs["knob"] == "surprise"]
    assert rare["novelty"].is_monotonic_increasing
    assert knobs.loc[knobs["knob"] == "variety", "alike"].is_monotonic_decreasing


def test_all_there_is_about_a_movie(engine):
    movie = engine.movie(1)
    assert movie["title"] == engine.movies["title"].iloc[0]
    assert type(movie["movie_id"]) is int
    assert movie["evidence"] == (engine.data.ratings["movie_id"] == 1).sum()
    assert set(movie["genres"]) <= set(engine.genres())
    with pytest.raises(UnknownMovie):
        engine.movie(99999)


def test_filters_hold(engine, user):
    films = engine.recommend(user, 20, genres=["Comedy"], years=(1980, 1999))
    assert len(films) == 20
    assert films["genres"].map(lambda genres: "Comedy" in genres).all()
    assert films["year"].between(1980, 1999).all()
    with pytest.raises(ValueError, match="Nothing here has the genre 'No such genre'"):
        engine.recommend(user, genres=["No such genre"])
    near = engine.similar(int(engine.movies["movie_id"].iloc[0]), years=(None, 1960))
    assert (near["year"] <= 1960).all()


def test_newcomers_with_three_ratings_are_folded_in(engine, user):
    own = taste(engine, user)
    films = engine.recommend(own, 50)
    assert set(films["source"]) == {"folded in"}
    assert not films["movie_id"].isin(own["movie_id"]).any()
    trained = engine.recommend(user, 50)
    assert len(set(films["movie_id"]) & set(trained["movie_id"])) > 30
    assert set(engine.recommend(own.head(3), 5)["source"]) == {"folded in"}


@pytest.mark.parametrize("n", [0, 1, 2])
def test_newcomers_with_less_get_what_is_popular(engine, user, n):
    own = taste(engine, user).head(n)
    films = engine.recommend(own, 5)
    assert set(films["source"]) == {"popular"}
    assert set(films["unit"]) == {"likes lately"}
    assert films["reason"].str.startswith("Popular lately").all()
    assert engine.answering(own, "svd") == "popular"
    everyone = engine.recommend(own.head(0), 10)
    kept = everyone[~everyone["movie_id"].isin(own["movie_id"])]
    assert films["movie_id"].tolist() == kept["movie_id"].tolist()[:5]
    assert engine.predict(own, films["movie_id"])["chance"].isna().all()


def test_opposite_tastes_get_other_lists(engine):
    movies = engine.movies
    has = {g: movies["genres"].map(lambda genres, g=g: g in genres) for g in ("Horror", "Romance")}
    horror = movies[has["Horror"] & ~has["Romance"]]["movie_id"].head(6)
    romance = movies[has["Romance"] & ~has["Horror"]]["movie_id"].head(6)

    def share_of_horror(loved, hated):
        stars = pd.concat([pd.Series(5, loved), pd.Series(1, hated)])
        own = stars.rename_axis("movie_id").rename("rating").reset_index()
        films = engine.recommend(own, 20, "logistic")
        return films["genres"].map(lambda genres: "Horror" in genres).mean()

    assert share_of_horror(horror, romance) > share_of_horror(romance, horror)


def test_similar_movies_differ_in_score_and_are_others(engine):
    for movie in engine.movies["movie_id"].iloc[::60]:
        near = engine.similar(int(movie), 10)
        assert movie not in near["movie_id"].tolist()
        assert near["score"].is_monotonic_decreasing
        assert near["score"].nunique() == len(near) == 10
        assert near["score"].between(0, 0.999).all()


def test_profile_of_a_user_is_that_of_the_same_ratings(engine, user):
    known, given_ = engine.profile(user), engine.profile(taste(engine, user))
    assert (known.n, known.mean) == (given_.n, pytest.approx(given_.mean))
    assert known.n == len(engine.history(user))


def test_history_is_newest_first(engine, user):
    assert engine.history(user)["timestamp"].is_monotonic_decreasing


@pytest.mark.parametrize("n", [0, -1, 101])
def test_lengths_out_of_range_are_refused(engine, user, n):
    for ask in (engine.recommend, engine.similar):
        with pytest.raises(ValueError, match=rf"from 1 to 100, but is {n}"):
            ask(user, n)


def test_what_is_unknown_is_refused_by_name(engine, user):
    with pytest.raises(UnknownUser, match=r"user 123456789.*from \d+ to \d+"):
        engine.recommend(123456789)
    with pytest.raises(UnknownMovie, match="no movie 99999"):
        engine.similar(99999)
    with pytest.raises(UnknownModel, match=r"'magic'.*blend, logistic"):
        engine.recommend(user, model="magic")
    with pytest.raises(UnknownMovie):
        engine.predict(user, [1, 99999])


@pytest.mark.parametrize(
    ("stars", "message"),
    [([0, 3, 3], "between 1 and 5"), ([3, np.nan, 3], "between 1 and 5"), ([6, 1, 1], "between")],
)
def test_impossible_ratings_are_refused(engine, stars, message):
    own = pd.DataFrame({"movie_id": engine.movies["movie_id"].head(3), "rating": stars})
    with pytest.raises(ValueError, match=message):
        engine.recommend(own)


def test_a_movie_rated_twice_is_refused(engine):
    own = pd.DataFrame({"movie_id": [1, 1, 2], "rating": [3, 4, 5]})
    with pytest.raises(ValueError, match="twice"):
        engine.recommend(own)


def test_titles_are_found_with_slips_accents_and_in_part(engine):
    def first(query):
        return engine.find(query, 5)["title"].iloc[0]

    title = engine.movies["title"].iloc[100]
    assert first(title) == title
    assert first(title.upper()) == title
    assert first("matrix") == "The Matrix"
    assert first("teh godfather") == "The Godfather"
    assert engine.find("zzzzqqqq xxxx").empty
    most = engine.evidence.argmax()
    assert engine.find("", 3)["movie_id"].iloc[0] == engine.movies["movie_id"].iloc[most]


@given(st.text(max_size=300))
def test_any_query_is_answered(engine, query):
    found = engine.find(query, 7)
    assert len(found) <= 7
    assert found["movie_id"].is_unique


def test_a_very_long_query_is_answered(engine):
    assert len(engine.find("(" * 10_000)) <= 20
