import made
import numpy as np
import pytest
import surprise

from nbhelpers.models.surprise_bridge import Surprise

ALGORITHMS = {
    "SVD": lambda: surprise.SVD(n_factors=5, random_state=1),
    "unbiased SVD": lambda: surprise.SVD(n_factors=5, biased=False, random_state=1),
    "SVDpp": lambda: surprise.SVDpp(n_factors=5, random_state=1),
    "KNNBaseline": lambda: surprise.KNNBaseline(verbose=False),
    "KNNBasic": lambda: surprise.KNNBasic(verbose=False),
    "SlopeOne": surprise.SlopeOne,
    "NMF": lambda: surprise.NMF(n_factors=3, random_state=1),
    "BaselineOnly": lambda: surprise.BaselineOnly(verbose=False),
}


@pytest.mark.parametrize("name", ALGORITHMS)
def test_surprise_predicts_what_surprise_predicts(name):
    ratings = made.ratings(share=0.3)
    adapter = Surprise(ALGORITHMS[name]()).fit(ratings)
    data = surprise.Dataset.load_from_df(
        ratings[["user_id", "movie_id", "rating"]], surprise.Reader(rating_scale=(1, 5))
    )
    direct = ALGORITHMS[name]().fit(data.build_full_trainset())
    pairs = [(u, m) for u in [*adapter.user_ids.tolist(), -5] for m in (1, 5, 11, -5)]
    expected = [direct.predict(u, m, clip=False).est for u, m in pairs]
    predicted = adapter.predict([u for u, _ in pairs], [m for _, m in pairs])
    np.testing.assert_allclose(predicted, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ["SVD", "unbiased SVD", "KNNBasic"])
def test_surprise_scores_are_its_predictions(name):
    adapter = Surprise(ALGORITHMS[name]()).fit(made.ratings())
    users = [*adapter.user_ids[:3].tolist(), -5]
    scores = adapter.scores(users)
    for user, row in zip(users, scores, strict=True):
        np.testing.assert_allclose(row, adapter.predict(user, adapter.movie_ids), atol=1e-12)


def test_surprise_is_not_clipped():
    ratings = made.frame_of([1, 1, 2, 2, 3], [1, 2, 1, 2, 1], [5, 5, 5, 5, 1])
    options = {"reg_u": 0, "reg_i": 0}
    adapter = Surprise(surprise.BaselineOnly(bsl_options=options, verbose=False)).fit(ratings)
    assert adapter.predict(1, 2)[0] > 5
