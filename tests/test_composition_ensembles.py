"""Ours inside scikit-learn's ensembles and what else wraps a classifier."""

import inspect

import numpy as np
import pytest
from composition_cases import LEARNING, make_case, make_cnn, make_rnn
from scipy.special import logit
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import TunedThresholdClassifierCV, cross_val_predict
from sklearn.multiclass import OneVsRestClassifier

pytestmark = pytest.mark.usefixtures("untraced")

KNOWS_TEMPERATURE = "temperature" in inspect.getdoc(CalibratedClassifierCV)


def calibrate(method, X, y):
    """Give calibrated probabilities, and those of the classifier alone."""
    calibrated = CalibratedClassifierCV(make_cnn(), method=method, cv=2, ensemble=False).fit(X, y)
    return calibrated.predict_proba(X), make_cnn().fit(X, y).predict_proba(X)


def test_sigmoid_calibration_draws_a_line_through_the_log_odds():
    calibrated, alone = calibrate("sigmoid", *make_case("4-D", "str", 2))
    line = np.polynomial.Polynomial.fit(alone[:, 1], logit(calibrated[:, 1]), 1)
    np.testing.assert_allclose(line(alone[:, 1]), logit(calibrated[:, 1]), atol=1e-5)
    np.testing.assert_allclose(calibrated.sum(axis=1), 1)


def test_isotonic_calibration_keeps_the_order():
    calibrated, alone = calibrate("isotonic", *make_case("flat", "int", 2))
    assert (np.diff(calibrated[np.argsort(alone[:, 1]), 1]) >= 0).all()
    np.testing.assert_allclose(calibrated.sum(axis=1), 1)


@pytest.mark.skipif(not KNOWS_TEMPERATURE, reason="came with scikit-learn 1.8")
def test_temperature_calibration_scales_the_log_odds():
    X, y = make_case("frame", "str", 4)
    y = y.to_numpy()  # of a Series scikit-learn 1.9 takes y[0], a label of the index
    calibrated, alone = calibrate("temperature", X, y)
    assert calibrated.shape == (24, 4)
    before, after = (np.log(p[:, 1:] / p[:, :1]) for p in (alone, calibrated))
    factor = np.vdot(before, after) / np.vdot(before, before)
    np.testing.assert_allclose(after, factor * before, atol=1e-5)


def test_a_soft_vote_is_the_mean():
    X, y = make_case("4-D", "int", 4)
    members = [("cnn", make_cnn()), ("rnn", make_rnn())]
    vote = VotingClassifier(members, voting="soft", weights=[3, 1]).fit(X, y)
    each = [member.predict_proba(X) for member in vote.estimators_]
    np.testing.assert_allclose(vote.predict_proba(X), (3 * each[0] + each[1]) / 4, rtol=1e-6)
    np.testing.assert_array_equal(each[0], make_cnn().fit(X, y).predict_proba(X))


def test_a_hard_vote_is_the_majority():
    X, y = make_case("frame", "str", 2)
    members = [(f"cnn{seed}", make_cnn(random_state=seed)) for seed in range(3)]
    vote = VotingClassifier(members).fit(X, y)
    each = [clone(member).fit(X, y).predict(X) == "neutrophil" for _, member in members]
    expected = np.where(np.sum(each, axis=0) > 1.5, "neutrophil", "basophil")
    np.testing.assert_array_equal(vote.predict(X), expected)


def test_a_stack_learns_from_answers_to_unseen_images():
    X, y = make_case("flat", "str", 4)
    stack = StackingClassifier([("cnn", make_cnn())], LogisticRegression(), cv=2).fit(X, y)
    unseen = cross_val_predict(make_cnn(), X, y, cv=2, method="predict_proba")
    final = LogisticRegression().fit(unseen, y)
    np.testing.assert_allclose(stack.final_estimator_.coef_, final.coef_)
    alone = make_cnn().fit(X, y).predict_proba(X)
    np.testing.assert_allclose(stack.predict_proba(X), final.predict_proba(alone))


def test_bagging_seeds_each_member_and_gives_the_mean():
    X, y = make_case("flat", "int", 2)
    bag = BaggingClassifier(make_cnn(), n_estimators=2, random_state=0).fit(X, y)
    each = [member.predict_proba(X) for member in bag.estimators_]
    np.testing.assert_allclose(bag.predict_proba(X), np.mean(each, axis=0), rtol=1e-6)
    assert bag.estimators_[0].random_state != bag.estimators_[1].random_state
    weights = np.bincount(bag.estimators_samples_[0], minlength=24)
    by_hand = clone(bag.estimators_[0]).fit(X, y, sample_weight=weights)
    np.testing.assert_allclose(by_hand.predict_proba(X), each[0], rtol=1e-4)


def test_boosting_weighs_what_went_wrong():
    X, y = make_case("flat", "int", 2, n=32)
    y[:4] = 1 - y[:4]
    classifier = make_cnn(**{**LEARNING, "learning_rate": 0.01, "epochs": 5})
    boost = AdaBoostClassifier(classifier, n_estimators=2, random_state=2).fit(X, y)
    first, second = boost.estimators_
    wrong = first.predict(X) != y
    assert 0 < wrong.mean() < 0.5
    assert boost.estimator_errors_[0] == pytest.approx(wrong.mean())
    factor = 1 / wrong.mean() - 1
    assert boost.estimator_weights_[0] == pytest.approx(np.log(factor))
    by_hand = clone(second).fit(X, y, sample_weight=np.where(wrong, factor, 1))
    np.testing.assert_allclose(by_hand.predict_proba(X), second.predict_proba(X), rtol=1e-3)


def test_one_against_the_rest_fits_a_classifier_for_each_class():
    X, y = make_case("frame", "int", 4)
    ovr = OneVsRestClassifier(make_cnn()).fit(X, y)
    by_hand = [make_cnn().fit(X, (y == c).astype(int)).predict_proba(X)[:, 1] for c in range(4)]
    expected = np.transpose(by_hand) / np.sum(by_hand, axis=0)[:, None]
    np.testing.assert_allclose(ovr.predict_proba(X), expected, rtol=1e-6)
    np.testing.assert_array_equal(ovr.predict(X), np.argmax(by_hand, axis=0))


def test_a_tuned_threshold_is_where_the_answer_turns():
    X, y = make_case("4-D", "str", 2)
    classifier = make_cnn(**LEARNING)
    tuned = TunedThresholdClassifierCV(
        classifier, scoring="balanced_accuracy", thresholds=[0.2, 0.5, 0.8], cv=2
    ).fit(X, y)
    probabilities = classifier.fit(X, y).predict_proba(X)[:, 1]
    expected = np.where(probabilities >= tuned.best_threshold_, "neutrophil", "basophil")
    np.testing.assert_array_equal(tuned.predict(X), expected)
    unseen = cross_val_predict(classifier, X, y, cv=2, method="predict_proba")[:, 1]
    scores = [
        np.mean([((unseen >= t) == (y == "neutrophil"))[half].mean() for half in halves(y)])
        for t in (0.2, 0.5, 0.8)
    ]
    assert tuned.best_score_ == pytest.approx(max(scores))


def halves(y):
    """Give the rows of either fold, of which the classes are of one size."""
    return np.split(np.arange(len(y)), 2)
