import pickle

import made
import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from nbhelpers.evaluation.classification import auc
from nbhelpers.evaluation.splits import random_split
from nbhelpers.features.builder import FeatureBuilder
from nbhelpers.features.meanings import MEANINGS

GENRES = ["Action", "Comedy", "Drama", "Western"]
WORDS = ["shark", "love", "space", "train", "ghost", "war"]


@pytest.fixture
def movies():
    rng = np.random.default_rng(1)
    ids = np.arange(1, 45, 2)  # the last two are never rated
    return pd.DataFrame(
        {
            "movie_id": ids.astype("int32"),
            "year": pd.array([None, *rng.integers(1950, 2000, len(ids) - 1)], dtype="Int16"),
            "genres": [sorted(rng.choice(GENRES, rng.integers(0, 3), False)) for _ in ids],
            "overview": [" ".join(rng.choice(WORDS, 3)) for _ in ids],
            "keywords": [[str(rng.choice(WORDS))] for _ in ids],
        }
    )


@pytest.fixture
def ratings():
    return made.ratings(users=30, movies=20)


@pytest.fixture
def built(ratings, movies):
    return FeatureBuilder(n_text=4).fit(ratings, movies)


def test_every_feature_has_a_meaning(built):
    assert [name for name in built.names if not name.startswith("nlp_")] == list(MEANINGS)


def every_pair(ratings, movies) -> pd.DataFrame:
    users = pd.Series([*ratings["user_id"].unique(), 9999], name="user_id")
    ids = pd.Series([*movies["movie_id"], 8888], name="movie_id")
    return pd.merge(users, ids, how="cross")


def unseen(pairs: pd.DataFrame, ratings: pd.DataFrame) -> pd.DataFrame:
    known = pd.MultiIndex.from_frame(ratings[["user_id", "movie_id"]])
    return pairs[~pd.MultiIndex.from_frame(pairs[["user_id", "movie_id"]]).isin(known)]


def test_user_features_are_those_of_pandas(ratings, movies):
    built = FeatureBuilder(shrinkage=0).fit(ratings, movies)
    rows = ratings.merge(movies).assign(like=lambda r: r["rating"] >= 4)
    mean_of_movie = ratings.groupby("movie_id")["rating"].mean()
    rows["residual"] = rows["rating"] - rows["movie_id"].map(mean_of_movie)
    rows["year"] = rows["year"].astype("float64")
    users = rows.groupby("user_id")
    liked = rows[rows["like"]].groupby("user_id")["year"].mean()
    expected = pd.DataFrame(
        {
            "user_mean": users["rating"].mean(),
            "user_std": users["rating"].std(ddof=0),
            "user_count": users.size(),
            "user_like_ratio": users["like"].mean(),
            "user_newer": liked.sub(users["year"].mean()).fillna(0),
            "user_strictness": -users["residual"].mean(),
        }
    )
    table = built.user_features.drop(columns="favourite_genre")
    pd.testing.assert_frame_equal(
        table, expected, check_dtype=False, check_names=False, check_index_type=False, atol=1e-6
    )


def test_movie_features_are_those_of_pandas(ratings, movies):
    built = FeatureBuilder(shrinkage=0, recent_days=30).fit(ratings, movies)
    last = ratings["timestamp"].max()
    ago = (last - ratings["timestamp"]).dt.days
    rows = ratings.assign(like=ratings["rating"] >= 4, ago=ago, recent=ago < 30)
    by_movie = rows.groupby("movie_id")
    table = built.movie_features.loc[ratings["movie_id"].unique()]
    for column, values in {
        "movie_mean": by_movie["rating"].mean(),
        "movie_count": by_movie.size(),
        "movie_log_popularity": np.log(1 + by_movie.size()),
        "movie_like_ratio": by_movie["like"].mean(),
        "movie_days_ago": by_movie["ago"].mean(),
        "movie_recent_share": by_movie["recent"].mean(),
        "movie_trending": (by_movie["recent"].mean() > 2 * rows["recent"].mean())
        & (by_movie.size() >= 10),
    }.items():
        np.testing.assert_allclose(table[column], values, atol=1e-6, err_msg=column)
    age = last.year - movies.set_index("movie_id")["year"].dropna().astype(int)
    assert built.movie_features.loc[age.index, "movie_age"].tolist() == age.tolist()
    assert built.movie_features.loc[1, "movie_age"] == age.median()  # whose year is missing


def test_a_trending_movie_is_out_and_has_been_rated_often_enough():
    old, new = np.datetime64("2000-01-01", "s"), np.datetime64("2005-12-01", "s")
    counts = {1: (200, 0), 2: (1, 9), 3: (0, 9), 4: (0, 12), 5: (0, 1)}  # earlier, recent
    frames = [
        made.frame_of(range(n), [movie] * n, [3] * n).assign(timestamp=when)
        for movie, both in counts.items()
        for n, when in zip(both, (old, new), strict=True)
    ]
    ratings = pd.concat(frames, ignore_index=True)
    ratings["user_id"] = range(len(ratings))
    movies = pd.DataFrame({"movie_id": range(1, 7), "year": [1990, 2005, 2005, 2031, 2005, 2005]})
    movies["genres"], movies["overview"], movies["keywords"] = [[]] * 6, "", ""
    table = FeatureBuilder().fit(ratings, movies).movie_features
    share = table["movie_recent_share"]
    assert (share[[2, 3, 4]] > 2 * (ratings["timestamp"] == new).mean()).all()
    assert table["movie_trending"].tolist() == [0, 1, 0, 0, 0, 0]


def test_favourite_genre_is_rated_highest_above_the_movies_means():
    ratings = made.frame_of([1, 1, 1, 2, 2, 2], [1, 2, 3] * 2, [5, 5, 1, 3, 3, 3])
    ratings["timestamp"] = np.datetime64("2005-01-01", "s")
    movies = pd.DataFrame({"movie_id": [1, 2, 3], "year": pd.array([1990] * 3, dtype="Int16")})
    movies["genres"] = [["Western"], ["Western", "Drama"], ["Drama"]]
    movies[["overview", "keywords"]] = ""
    built = FeatureBuilder(folds=2, shrinkage=1).fit(ratings, movies)
    assert built.user_features["favourite_genre"].tolist() == ["Western", "Drama"]
    new = built.transform(pd.DataFrame({"user_id": [1, 2, 1], "movie_id": [99] * 3}))
    assert (new[["favourite_match", "genre_taste"]] == 0).all(axis=None)
    tables = built._tables[-1].users
    # The residuals of the first user are 1, 1, -1, so 1/3 is usual; Drama has the last two.
    assert tables.taste[0].tolist() == pytest.approx([(0 - 2 / 3) / 3, (2 - 2 / 3) / 3])


def test_means_of_few_ratings_are_drawn_to_the_mean_of_all(ratings, movies):
    user = ratings["user_id"].iloc[0]
    own = ratings.loc[ratings["user_id"] == user, "rating"]
    built = FeatureBuilder(shrinkage=7).fit(ratings, movies)
    expected = (own.sum() + 7 * ratings["rating"].mean()) / (len(own) + 7)
    assert built.user_features.loc[user, "user_mean"] == pytest.approx(expected)


def test_unknown_users_and_movies_get_the_means_of_all_and_a_flag(built, ratings):
    row = built.transform(pd.DataFrame({"user_id": [9999], "movie_id": [8888]})).iloc[0]
    mean, likes = ratings["rating"].mean(), (ratings["rating"] >= 4).mean()
    for name in ("user_mean", "movie_mean"):
        assert row[name] == pytest.approx(mean)
    for name in ("user_like_ratio", "movie_like_ratio"):
        assert row[name] == pytest.approx(likes)
    assert row["user_std"] == pytest.approx(ratings["rating"].std(ddof=0))
    zero = "user_count user_newer user_strictness user_known movie_count movie_known genre_taste"
    assert (row[[*zero.split(), "nlp_0"]] == 0).all()


def test_training_pairs_get_what_the_other_folds_say(built, ratings, movies):
    keys = ratings.sort_values(["user_id", "movie_id"])
    for fold in range(built.folds):
        own = keys[built._fold == fold]
        rest = FeatureBuilder(n_text=0).fit(ratings.drop(own.index), movies)
        wanted = rest.transform(own)
        # The end of the data and the texts are the same for all folds.
        late = [name for name in rest.names if "ago" in name or "recent" in name]
        wanted = wanted.drop(columns=[*late, "movie_trending", "movie_age"])
        pd.testing.assert_frame_equal(built.transform(own)[wanted.columns], wanted, atol=1e-6)


def test_a_rating_does_not_change_its_own_features(ratings, movies):
    before = FeatureBuilder().fit(ratings, movies).transform(ratings)
    for row in (0, 40, len(ratings) - 1):
        other = ratings.copy()
        other.loc[row, "rating"] = 6 - other.loc[row, "rating"]
        after = FeatureBuilder().fit(other, movies).transform(other)
        assert after.loc[row].to_numpy().tobytes() == before.loc[row].to_numpy().tobytes()
        assert not after.equals(before)


def test_what_happens_in_the_test_part_does_not_reach_training(ratings, movies):
    train, test = random_split(ratings)
    other = ratings.merge(test[["user_id", "movie_id"]], how="left", indicator=True)
    held_out = other.pop("_merge") == "both"
    other.loc[held_out, "rating"] = 1.0
    other.loc[held_out, "timestamp"] += pd.Timedelta(days=999)
    features = [
        FeatureBuilder().fit(part, movies).transform(part)
        for part in (train, random_split(other).train)
    ]
    assert features[0].to_numpy().tobytes() == features[1].to_numpy().tobytes()


def test_serving_one_by_one_gives_what_training_got_at_once(built, ratings, movies):
    pairs = every_pair(ratings, movies).sample(1000, random_state=3, replace=True)
    pairs = pairs.reset_index(drop=True)
    at_once = built.transform(pairs.assign(rating=1.0))
    served = pickle.loads(pickle.dumps(built))
    one_by_one = pd.concat([served.transform(pairs.iloc[[row]]) for row in range(len(pairs))])
    assert at_once.to_numpy().tobytes() == one_by_one.to_numpy().tobytes()
    assert list(at_once.columns) == built.names == list(one_by_one.columns)
    assert (at_once.dtypes == np.float32).all()
    assert np.isfinite(at_once).all(axis=None)


def test_new_pairs_get_what_the_tables_say(built, ratings, movies):
    pairs = unseen(every_pair(ratings, movies), ratings)
    pairs = pairs[(pairs["user_id"] != 9999) & (pairs["movie_id"] != 8888)]
    rows = built.transform(pairs)
    for table, key in (
        (built.user_features.drop(columns="favourite_genre"), "user_id"),
        (built.movie_features, "movie_id"),
        (built.text_features, "movie_id"),
    ):
        expected = table.loc[pairs[key]].to_numpy("float32")
        np.testing.assert_array_equal(rows[list(table)].to_numpy(), expected)
    favourite = built.user_features["favourite_genre"].loc[pairs["user_id"]]
    genres = movies.set_index("movie_id")["genres"].loc[pairs["movie_id"]]
    match = [g in listed for g, listed in zip(favourite, genres, strict=True)]
    assert rows["favourite_match"].tolist() == match
    assert 0 < sum(match) < len(match)


def test_the_order_of_rows_does_not_matter(built, ratings, movies):
    other = FeatureBuilder(n_text=4).fit(ratings.sample(frac=1, random_state=0), movies)
    pd.testing.assert_frame_equal(other.transform(ratings), built.transform(ratings), atol=1e-6)


def test_what_a_set_lacks_is_left_out(ratings, movies):
    movies["genres"] = [[] for _ in range(len(movies))]
    movies["keywords"] = movies["genres"]
    movies["overview"], movies["year"] = "", pd.array([None] * len(movies), dtype="Int16")
    built = FeatureBuilder().fit(ratings, movies)
    rows = built.transform(ratings)
    assert not any(name.startswith("nlp_") for name in built.names)
    assert (built.user_features["favourite_genre"] == "").all()
    constant = rows[["favourite_match", "genre_taste", "user_newer", "movie_age"]]
    assert (constant == 0).all(axis=None)


def test_a_movie_that_the_catalogue_lacks_is_rated_all_the_same(ratings, movies):
    built = FeatureBuilder().fit(ratings, movies.iloc[5:])
    assert built.movie_features["movie_count"].sum() == len(ratings)


def test_double_ratings_and_too_few_are_refused(ratings, movies):
    with pytest.raises(ValueError, match="twice"):
        FeatureBuilder().fit(pd.concat([ratings, ratings.iloc[[3]]]), movies)
    with pytest.raises(ValueError, match="only 4 ratings"):
        FeatureBuilder().fit(ratings.iloc[:4], movies)


def test_a_newcomer_is_described_as_somebody_from_training(built, ratings, movies):
    pairs = unseen(every_pair(ratings, movies), ratings)
    for user, own in ratings.groupby("user_id"):
        wanted = built.transform(pairs[pairs["user_id"] == user])
        ids = pairs.loc[pairs["user_id"] == user, "movie_id"]
        found = built.newcomer(own.sample(frac=1, random_state=0)[["movie_id", "rating"]], ids)
        assert found.to_numpy().tobytes() == wanted.to_numpy().tobytes()
        assert found.index.tolist() == ids.tolist()
        assert list(found.columns) == built.names and (found.dtypes == np.float32).all()


def test_a_newcomer_to_training_changes_no_more_than_the_movies_means(ratings, movies):
    own = ratings[ratings["user_id"] == ratings["user_id"].iloc[0]]
    without = FeatureBuilder(n_text=4, shrinkage=0).fit(ratings.drop(own.index), movies)
    found = without.newcomer(own, movies["movie_id"])
    assert (found["user_mean"] == np.float32(own["rating"].mean())).all()
    assert (found["user_count"] == len(own)).all() and (found["user_known"] == 1).all()
    means = without.movie_features["movie_mean"].loc[own["movie_id"]].to_numpy()
    strict = (means - own["rating"]).mean()
    assert found["user_strictness"].iloc[0] == pytest.approx(strict, rel=1e-5)
    films = without.transform(pd.DataFrame({"user_id": -1, "movie_id": movies["movie_id"]}))
    kept = [name for name in without.names if name.startswith(("movie_", "nlp_"))]
    assert found[kept].to_numpy().tobytes() == films[kept].to_numpy().tobytes()


def test_a_newcomer_without_ratings_is_an_unknown_user(built, movies):
    nothing = made.frame_of([], [], [])
    ids = [*movies["movie_id"], 8888]
    unknown = built.transform(pd.DataFrame({"user_id": 9999, "movie_id": ids}))
    found = built.newcomer(nothing, ids)
    assert found.to_numpy().tobytes() == unknown.to_numpy().tobytes()


def test_a_newcomers_ratings_of_unrated_movies_count_but_show_no_strictness(built, movies):
    unrated = made.frame_of([1, 1], [movies["movie_id"].iloc[-1], 8888], [1, 1])
    row = built.newcomer(unrated, [1]).iloc[0]
    stranger = built.newcomer(unrated[:0], [1]).iloc[0]
    assert row["user_count"] == 2 and row["user_mean"] < stranger["user_mean"]
    assert row["user_strictness"] == 0 and np.isfinite(row).all()


def test_a_newcomer_rates_each_movie_once(built):
    with pytest.raises(ValueError, match="each movie once"):
        built.newcomer(made.frame_of([1, 1], [3, 3], [5, 4]), [1])
    with pytest.raises(ValueError, match="missing"):
        built.newcomer(made.frame_of([1], [3], [np.nan]), [1])


@pytest.fixture(scope="module")
def meaningless():
    """Return stars dealt out at random, and movies for them."""
    ratings, rng = made.ratings(users=600, movies=100), np.random.default_rng(0)
    ratings["rating"] = rng.permutation(ratings["rating"].to_numpy())
    movies = pd.DataFrame({"movie_id": ratings["movie_id"].unique()})
    movies["year"] = pd.array(rng.integers(1950, 2000, len(movies)), dtype="Int16")
    movies["genres"] = [list(rng.choice(GENRES, 2, False)) for _ in range(len(movies))]
    movies[["overview", "keywords"]] = ""
    return *random_split(ratings, test=0.5), movies


def auc_of_trees(built, train, test) -> float:
    trees = HistGradientBoostingClassifier(max_iter=50, random_state=0)
    trees.fit(built.transform(train), train["rating"] >= 4)
    return auc(test["rating"] >= 4, trees.predict_proba(built.transform(test))[:, 1])


def test_stars_at_random_teach_nothing(meaningless):
    train, test, movies = meaningless
    built = FeatureBuilder().fit(train, movies)
    assert auc_of_trees(built, train, test) == pytest.approx(0.5, abs=0.02)
    assert auc_of_trees(built, *random_split(train, test=0.5)) == pytest.approx(0.5, abs=0.02)


def test_with_their_own_ratings_in_them_features_would_seem_to_know_stars_at_random(meaningless):
    train, _, movies = meaningless
    leaking = FeatureBuilder().fit(train, movies)
    leaking._fold[:] = -1
    assert auc_of_trees(leaking, *random_split(train, test=0.5)) > 0.65
