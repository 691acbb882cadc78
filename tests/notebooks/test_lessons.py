"""What each notebook exists to show, on the sample and on ml-latest-small, with a margin.

Both sets' numbers are the recorded ones; that they are what the notebooks compute is tested by
nbval (test_notebooks) and by papermill (test_real_data).
"""

import json
from collections.abc import Callable, Mapping
from typing import NamedTuple

import nbformat
import pytest

from nbhelpers.files import PROJECT
from nbhelpers.teaching.lesson import REAL_RESULTS
from nbhelpers.tools.running import read_metrics

NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))
SAMPLE = {path.stem[:2]: read_metrics(nbformat.read(path, as_version=4)) for path in NOTEBOOKS}
REAL = {
    name[:2]: metrics
    for name, metrics in json.loads(REAL_RESULTS.read_text(encoding="utf-8"))["metrics"].items()
}


class Lesson(NamedTuple):
    notebook: str
    claim: str
    holds: Callable[[Mapping[str, float]], bool]


LESSONS = [
    Lesson("01", "titles cut at the first comma are lost", lambda m: m["titles_cut_percent"] > 1),
    Lesson("01", "most pairs of user and film are empty", lambda m: m["density_percent"] < 5),
    Lesson(
        "01",
        "typed columns take a fraction of Python's objects",
        lambda m: m["bytes_per_rating"] <= 24,
    ),
    Lesson("02", "a few films draw most ratings", lambda m: m["head_share_percent"] > 55),
    Lesson("02", "the median says another thing than the mean", lambda m: m["gini_movies"] > 0.6),
    Lesson(
        "03",
        "features that know the future look better on a time split",
        lambda m: m["auc_leak_time"] - m["auc_honest_time"] > 0.03,
    ),
    Lesson(
        "03",
        "and on a random split",
        lambda m: m["auc_leak_random"] - m["auc_honest_random"] > 0.01,
    ),
    Lesson(
        "03",
        "leave-one-out encoding leaks: trees are worse with it than out of fold",
        lambda m: m["auc_trees_out_of_fold"] - m["auc_trees_leave_one_out"] > 0.02,
    ),
    Lesson("03", "shuffled answers teach nothing", lambda m: abs(m["auc_shuffled"] - 0.5) < 0.03),
    Lesson(
        "04",
        "tuned biases beat every mean",
        lambda m: (
            m["rmse_biases"]
            < min(m["rmse_user_mean"], m["rmse_movie_mean"], m["rmse_global_mean"]) - 0.02
        ),
    ),
    Lesson(
        "04", "neighbours beat tuned biases", lambda m: m["rmse_best_knn"] < m["rmse_biases"] - 0.01
    ),
    Lesson(
        "04",
        "what predicts stars well makes poor lists",
        lambda m: m["ndcg_popularity"] > 2 * m["ndcg_tuned_biases"],
    ),
    Lesson(
        "05",
        "SVD with its defaults loses to tuned biases",
        lambda m: m["rmse_svd_defaults"] > m["rmse_biases"] + 0.003,
    ),
    Lesson("05", "tuned SVD beats tuned biases", lambda m: m["svd_minus_biases"] < -0.005),
    Lesson(
        "05",
        "filling with zeros loses stars, filling with means some",
        lambda m: (
            m["rmse_filled_with_zeros"] - 1 > m["rmse_filled_with_means"] > m["rmse_svd"] + 0.02
        ),
    ),
    Lesson("05", "taste has more than two axes", lambda m: m["taste_on_two_axes"] < 0.45),
    Lesson(
        "06",
        "a random split flatters",
        lambda m: m["rmse_svd_time"] - m["rmse_svd_random"] > 0.05,
    ),
    Lesson(
        "06",
        "on a time split factors and biases are hardly apart",
        lambda m: abs(m["rmse_svd_time"] - m["rmse_biases_time"]) < 0.02,
    ),
    Lesson(
        "06",
        "sampled negatives flatter a list",
        lambda m: m["hit_rate_svd_sampled"] > 5 * m["hit_rate_svd_all"],
    ),
    Lesson(
        "06",
        "SVD's stars make worse lists than popularity",
        lambda m: m["ndcg_popularity_time"] > 5 * m["ndcg_svd_random"],
    ),
    Lesson(
        "06",
        "what was liked lately beats what was liked most",
        lambda m: m["ndcg_popularity_lately_time"] > m["ndcg_popularity_time"] + 0.01,
    ),
    Lesson(
        "07",
        "filtering flatters by who is asked: on the same rows it gains nothing",
        lambda m: (
            m["ndcg_filtered_wrong"] > 1.08 * m["ndcg_filtered_right"]
            and m["ndcg_filtered_wrong"] < m["ndcg_unfiltered_same_rows"]
        ),
    ),
    Lesson(
        "07",
        "what a random split knows of the future is worth some error",
        lambda m: m["rmse_random_as_future_right"] - m["rmse_random_as_future_wrong"] > 0.02,
    ),
    Lesson(
        "07",
        "whoever leaves out newcomers finds a tenth more, or better",
        lambda m: m["found_without_cold_wrong"] > 1.1 * m["found_without_cold_right"],
    ),
    Lesson(
        "07",
        "a missing file costs films",
        lambda m: m["ndcg_file_missing_wrong"] < 0.92 * m["ndcg_file_missing_right"],
    ),
    Lesson(
        "07",
        "the best of twelve is partly the luckiest",
        lambda m: m["ndcg_tuned_on_test_wrong"] > 1.01 * m["ndcg_tuned_on_test_right"],
    ),
    Lesson(
        "07",
        "a rating in its own mean gives itself away",
        lambda m: m["rmse_own_rating_right"] - m["rmse_own_rating_wrong"] > 0.015,
    ),
    Lesson(
        "07",
        "vectors remember the test part",
        lambda m: m["ndcg_fitted_on_test_wrong"] > 1.1 * m["ndcg_fitted_on_test_right"],
    ),
    Lesson(
        "07",
        "in-sample weights believe whoever remembers most",
        lambda m: m["rmse_stacked_wrong"] - m["rmse_stacked_right"] > 0.03,
    ),
    Lesson("07", "zeros lose stars", lambda m: m["rmse_zeros_wrong"] > 2 * m["rmse_zeros_right"]),
    Lesson(
        "07",
        "an order is lost by isin",
        lambda m: m["ndcg_isin_wrong"] < 0.9 * m["ndcg_isin_right"],
    ),
    Lesson(
        "07",
        "sampled rivals are easily beaten",
        lambda m: m["hit_rate_sampled_wrong"] > 2 * m["hit_rate_sampled_right"],
    ),
    Lesson(
        "07",
        "ties make hits of nothing",
        lambda m: m["hit_rate_ties_wrong"] > 10 * m["hit_rate_ties_right"],
    ),
    Lesson(
        "07",
        "one name, two recalls",
        lambda m: m["recall_capped_wrong"] > 1.1 * m["recall_capped_right"],
    ),
    Lesson(
        "08",
        "zeros lose stars and win lists",
        lambda m: (
            m["rmse_zeros"] > 2
            and m["ndcg_zeros"] > 1.3 * m["ndcg_most_rated"]
            and m["ndcg_zeros"] > 10 * m["ndcg_svd_stars"]
        ),
    ),
    Lesson(
        "08",
        "models made for lists find far more than popularity",
        lambda m: min(m["ndcg_ease"], m["ndcg_ials"]) > 1.5 * m["ndcg_most_rated"],
    ),
    Lesson("08", "fitting again is worth its seconds", lambda m: m["fitting_again_ease"] > 0.005),
    Lesson(
        "09",
        "a random split flatters a classifier, too",
        lambda m: m["auc_honest_random"] - m["auc_honest_time"] > 0.03,
    ),
    Lesson(
        "09",
        "what comes right before the test is worth a refit",
        lambda m: m["auc_honest_time"] - m["auc_before_refit_time"] > 0.01,
    ),
    Lesson("09", "and so does a leak", lambda m: m["auc_leak_time"] - m["auc_honest_time"] > 0.03),
    Lesson(
        "10",
        "caution makes better lists of predicted stars",
        lambda m: m["ndcg_svd"] > 2 * m["ndcg_svd_as_predicted"],
    ),
    Lesson(
        "10",
        "the blend of chances and stars does not beat most rated",
        lambda m: m["ndcg_blend"] < m["ndcg_most_rated"] + 0.005,
    ),
    Lesson(
        "10",
        "two stages find far more than most rated",
        lambda m: m["ndcg_two_stages"] > m["ndcg_most_rated"] + 0.05,
    ),
    Lesson(
        "10",
        "and lose little of what EASE finds",
        lambda m: m["ndcg_two_stages"] > m["ndcg_ease"] - 0.015,
    ),
    Lesson(
        "10",
        "five ratings of a newcomer are worth having",
        lambda m: m["rmse_newcomer_popular"] - m["rmse_newcomer_5"] > 0.01,
    ),
    Lesson(
        "11",
        "a blend with held-out weights is better than SVD and than neighbours",
        lambda m: m["blend_minus_svd"] < -0.02 and m["rmse_blend"] < m["rmse_neighbours"] - 0.02,
    ),
    Lesson(
        "11",
        "a factorisation machine with more columns is better than SVD++",
        lambda m: m["rmse_fm_day"] < m["rmse_svdpp"] - 0.02,
    ),
    Lesson(
        "11",
        "what wins the Prize makes no lists",
        lambda m: m["ndcg_blend"] < m["ndcg_ease"] / 2,
    ),
    Lesson(
        "12",
        "SVD learns more than the mean",
        lambda m: m["rmse_svd_probe"] < m["rmse_mean_probe"] - 0.05,
    ),
    Lesson(
        "12",
        "two threads and half the digits cost no accuracy",
        lambda m: abs(m["rmse_two_threads"] - m["rmse_float64"]) < 0.005,
    ),
]
# Real ratings have no known truth.
ONLY_ON_THE_SAMPLE = [
    Lesson(
        "06", "no model reaches the truth", lambda m: m["oracle_rmse"] < m["rmse_svd_random"] - 0.05
    ),
    # On ml-latest-small 27 known people decide nothing.
    Lesson(
        "08",
        "for people known before, EASE beats what was liked lately",
        lambda m: m["ease_minus_lately_known"] > 0.04,
    ),
    Lesson(
        "08",
        "what finds most is not what pleases most",
        lambda m: m["true_stars_gained"] > 0.05,
    ),
]


@pytest.mark.parametrize(
    "lesson", LESSONS + ONLY_ON_THE_SAMPLE, ids=lambda x: f"{x.notebook} {x.claim}"
)
def test_on_the_sample(lesson):
    assert lesson.holds(SAMPLE[lesson.notebook])


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda x: f"{x.notebook} {x.claim}")
def test_on_real_ratings(lesson):
    assert lesson.holds(REAL[lesson.notebook])


def test_every_notebook_has_a_lesson():
    assert {lesson.notebook for lesson in LESSONS} == set(SAMPLE) == set(REAL)
