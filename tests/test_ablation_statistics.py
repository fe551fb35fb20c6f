"""Intervals and tests against hand values, other formulas and simulation."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score

from skwbc import _ablation_statistics
from skwbc._ablation_scores import score_predictions
from skwbc._ablation_statistics import (
    adjust_holm,
    bootstrap_scores,
    corrected_t_test,
    count_trials,
    share_interval,
    smallest_difference,
    tabulate_shares,
    wilson_interval,
)

ANIMALS = np.array(["cat", "dog", "emu"])


def test_corrected_t_test_by_hand():
    # variance 1, times 1/3 + 1/4; t with two degrees of freedom has a closed form
    error = math.sqrt(7 / 12)
    reach, t = 4.302653 * error, 2 / error
    p = 1 - t / math.sqrt(2 + t**2)
    found = corrected_t_test([1, 2, 3], 0.25)
    assert found == pytest.approx((2, 2 - reach, 2 + reach, p, 3))


def test_without_overlap_it_is_the_common_t_test():
    values = np.random.default_rng(0).normal(0.3, 1, 12)
    expected = stats.ttest_1samp(values, 0)
    found = corrected_t_test(values, 0.0)
    assert found.p == pytest.approx(expected.pvalue)
    assert found[1:3] == pytest.approx(tuple(expected.confidence_interval(0.95)))


@pytest.mark.parametrize(("values", "mean"), [([], math.nan), ([0.5], 0.5)])
def test_one_fold_has_no_interval(values, mean):
    found = corrected_t_test(values, 0.25)
    assert found[:4] == pytest.approx((mean, *[math.nan] * 3), nan_ok=True)
    assert math.isnan(smallest_difference(values, 0.25))


def test_folds_that_are_all_zero_do_not_differ():
    assert corrected_t_test([0.0, 1e-17], 0.25) == (0.0, 0.0, 0.0, 1.0, 2)


def test_folds_with_one_value_tell_of_no_spread():
    values = [0.4 - 0.3, 0.3 - 0.2, 0.5 - 0.4]  # but for rounding
    found = corrected_t_test(values, 0.25)
    assert found == pytest.approx((0.1, *[math.nan] * 3, 3), nan_ok=True)
    assert math.isnan(smallest_difference(values, 0.25))


def test_smallest_difference_is_found_four_times_in_five():
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(4000, 15))
    noise = noise / noise.std(axis=1, ddof=1, keepdims=True)  # so that all have one such difference
    wanted = smallest_difference(noise[0], 0.0)
    raw = rng.normal(wanted, 1, size=(4000, 15))
    found = np.mean(stats.ttest_1samp(raw, 0, axis=1).pvalue < 0.05)
    assert found == pytest.approx(0.8, abs=0.05)


@pytest.mark.parametrize(("n_folds", "n_tests"), [(2, 1), (5, 9), (25, 3)])
def test_power_of_the_smallest_difference(n_folds, n_tests):
    values = np.random.default_rng(0).normal(size=n_folds)
    values /= np.std(values, ddof=1)
    shift = smallest_difference(values, 0.0, n_tests) * math.sqrt(n_folds)
    rng = np.random.default_rng(1)  # of t by its definition, for folds that are independent
    spread = np.sqrt(rng.chisquare(n_folds - 1, 100_000) / (n_folds - 1))
    t = (rng.normal(size=100_000) + shift) / spread
    found = np.mean(t > stats.t.isf(0.025 / n_tests, n_folds - 1))
    assert found == pytest.approx(0.8, abs=0.005)


def test_nothing_is_known_of_a_spread_of_none():
    assert math.isnan(smallest_difference([0.1, 0.1, 0.1], 0.25))


def test_holm():
    adjusted = adjust_holm([0.04, 0.01, math.nan, 0.03, 0.9])
    np.testing.assert_allclose(adjusted, [0.09, 0.04, math.nan, 0.09, 0.9])


def test_wilson_by_its_formula():
    n, share, z = 53, 40 / 53, stats.norm.ppf(0.975)
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z / (1 + z**2 / n) * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    assert wilson_interval(40, n) == pytest.approx((centre - reach, centre + reach))


def test_share_of_nothing():
    assert all(map(math.isnan, wilson_interval(0, 0)))


def test_a_share_of_all_lies_in_its_interval():
    low, high = wilson_interval(1, 1)
    assert (low, high) == pytest.approx((1 / (1 + stats.norm.ppf(0.975) ** 2), 1))
    assert wilson_interval(0, 7)[0] == 0


def test_a_group_is_one_trial():
    right = np.repeat([True, True, True, False], 3)
    assert share_interval(right, np.repeat(range(4), 3)) == wilson_interval(3, 4)


def answer(table):
    """List the classes and answers that a confusion matrix counts."""
    rows, columns = np.indices(table.shape)
    return ANIMALS[np.repeat(rows, table.ravel())], ANIMALS[np.repeat(columns, table.ravel())]


def test_shares_of_classes():
    true, predicted = answer(np.array([[3, 1, 0], [1, 2, 0], [1, 1, 0]]))
    shares = tabulate_shares(true, predicted, ANIMALS, range(9))
    assert shares["recall"].tolist() == [3 / 4, 2 / 3, 0]
    assert shares["precision"].tolist()[:2] == [3 / 5, 2 / 4]
    assert math.isnan(shares["precision"]["emu"])
    assert shares[["images", "predictions"]].to_numpy().tolist() == [[4, 5], [3, 4], [2, 0]]
    assert shares.loc["dog", ["recall_low", "recall_high"]].tolist() == list(wilson_interval(2, 3))


def test_repeats_make_no_interval_narrower():
    true, predicted = answer(np.array([[3, 1, 0], [1, 2, 0], [1, 1, 0]]))
    once, thrice = (
        tabulate_shares(np.tile(true, n), np.tile(predicted, n), ANIMALS, np.tile(range(9), n))
        for n in (1, 3)
    )
    ends = ["recall", "recall_low", "recall_high", "precision_low", "precision_high"]
    pd.testing.assert_frame_equal(once[ends], thrice[ends])


def test_bootstrap_against_plain_drawing():
    rng = np.random.default_rng(0)
    true = rng.choice(ANIMALS, 300, p=[0.6, 0.3, 0.1])
    predicted = np.where(rng.random(300) < 0.7, true, rng.choice(ANIMALS, 300))
    scores = {"accuracy": [], "balanced_accuracy": [], "macro_f1": []}
    for _ in range(400):
        drawn = rng.integers(0, 150, 150)
        rows = np.concatenate([2 * drawn, 2 * drawn + 1])
        t, p = true[rows], predicted[rows]
        scores["accuracy"].append(accuracy_score(t, p))
        scores["balanced_accuracy"].append(balanced_accuracy_score(t, p))
        scores["macro_f1"].append(f1_score(t, p, average="macro"))
    found = bootstrap_scores(true, predicted, np.arange(300) // 2)
    for name, values in scores.items():
        np.testing.assert_allclose(found[name], np.quantile(values, [0.025, 0.975]), atol=0.02)


@pytest.mark.parametrize(
    ("counts", "recalls"),
    [([60, 8], [0.98, 0.9]), ([30, 30], [0.98, 0.98]), ([31, 13, 5, 3], [0.95, 0.85, 0.9, 0.7])],
)
def test_intervals_of_few_errors_cover(counts, recalls):
    rng = np.random.default_rng(0)
    true = np.repeat(np.arange(len(counts)), counts)
    wanted = {
        "accuracy": np.average(recalls, weights=counts),
        "balanced_accuracy": np.mean(recalls),
    }
    covered = dict.fromkeys(wanted, 0)
    for _ in range(200):
        right = rng.random(len(true)) < np.take(recalls, true)
        predicted = np.where(right, true, (true + 1) % len(counts))
        found = bootstrap_scores(true, predicted, range(len(true)), n_resamples=400)
        for name, score in wanted.items():
            covered[name] += found[name][0] <= score <= found[name][1]
    assert min(covered.values()) > 0.88 * 200


@pytest.mark.parametrize(
    ("counts", "sizes", "between"), [((400, 4), (1, 25), (0.7, 0.8)), ((20, 40), (30, 1), (0.9, 1))]
)
def test_a_class_is_as_certain_as_its_own_groups(counts, sizes, between):
    sizes = np.repeat(sizes, counts)
    groups = np.repeat(np.arange(sum(counts)), sizes)
    true = np.repeat(np.repeat(["a", "b"], counts), sizes)
    low, high = bootstrap_scores(true, true, groups)["balanced_accuracy"]
    assert between[0] < low < between[1]
    assert high == 1


def test_many_images_are_drawn_in_parts(monkeypatch):
    rng = np.random.default_rng(0)
    true, predicted = rng.choice(ANIMALS, (2, 90))
    whole = bootstrap_scores(true, predicted, range(90), n_resamples=50)
    monkeypatch.setattr(_ablation_statistics, "DRAWN_AT_ONCE", 7 * 90)
    assert bootstrap_scores(true, predicted, range(90), n_resamples=50) == whole


def test_a_class_of_one_image_leaves_its_recall_open():
    true = np.repeat(["cat", "dog"], [40, 1])
    low, high = bootstrap_scores(true, true, range(41))["balanced_accuracy"]
    assert low < 0.6
    assert high == 1


def test_scores_lie_in_their_intervals():
    true = np.repeat(["cat", "dog", "emu", "gnu"], [30, 10, 4, 1])
    for name, score in score_predictions(true, ["cat"] * 45).items():
        low, high = bootstrap_scores(true, ["cat"] * 45, range(45))[name]
        assert low <= score < high


def test_a_repeated_image_is_no_second_image():
    true, predicted = np.repeat(ANIMALS, 10), np.tile(ANIMALS, 10)
    once = bootstrap_scores(true, predicted, np.arange(30))
    thrice = bootstrap_scores(np.tile(true, 3), np.tile(predicted, 3), np.tile(np.arange(30), 3))
    for name, ends in once.items():
        assert thrice[name] == pytest.approx(ends)


def test_answers_that_are_no_class_are_wrong():
    found = bootstrap_scores(["cat"] * 10, ["zebu"] * 5 + ["ant"] * 5, range(10))
    for low, high in found.values():
        assert low < 0.01
        assert 0.1 < high < 0.4


def test_same_seed_same_interval():
    true, predicted = np.repeat(ANIMALS, 10), np.tile(ANIMALS, 10)
    first, again, other = (
        bootstrap_scores(true, predicted, range(30), n_resamples=50, random_state=seed)
        for seed in (0, 0, 1)
    )
    assert first == again != other


def test_groups_of_unequal_size_are_worth_fewer_trials():
    groups = np.repeat(np.arange(21), [30, *[1] * 20])
    assert count_trials(groups) == pytest.approx(50**2 / (900 + 20))
    assert count_trials([]) == 0
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(400):
        right = (rng.random(21) < 0.75)[groups]
        low, high = share_interval(right, groups)
        covered += low <= 0.75 <= high
    assert covered > 0.95 * 400
