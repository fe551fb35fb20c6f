"""What the compact network does beyond the contract that all classifiers share."""

import pickle

import numpy as np
import pytest
from noise_images import make_images
from numpy.testing import assert_allclose, assert_array_equal

from skwbc import CompactCNNClassifier
from skwbc._calibration import apply_temperature, fit_temperature

pytestmark = pytest.mark.usefixtures("untraced")

SMALL = {"filters": (4, 8), "epochs": 2, "random_state": 0, "dtype": "float32"}


@pytest.fixture(scope="module")
def fitted():
    return CompactCNNClassifier(**SMALL).fit(*make_images(24, (8, 8, 3)))


def list_poses_of(images):
    mirrored = images[:, :, ::-1]
    return [np.rot90(each, k, axes=(1, 2)) for each in (images, mirrored) for k in range(4)]


def test_it_is_small():
    classifier = CompactCNNClassifier(epochs=1).fit(*make_images(8, (64, 64, 3)))
    assert classifier.network_.count_params() < 1_000_000


@pytest.mark.parametrize("shape", [(2, 2, 3), (33, 70, 1), (9, 5, 4)])
def test_images_of_any_shape(shape):
    X, y = make_images(12, shape)
    classifier = CompactCNNClassifier(**SMALL | {"epochs": 1}).fit(X, y)
    assert classifier.predict_proba(X).shape == (12, 2)


def test_every_pose_has_the_same_answer(fitted):
    X, _ = make_images(6, (8, 8, 3))
    expected = fitted.predict_proba(X)
    for posed in list_poses_of(X):
        assert_allclose(fitted.predict_proba(posed), expected, rtol=1e-4)
    poses = [fitted.network_.predict_on_batch(posed) for posed in list_poses_of(X)]
    assert not np.allclose(poses[1], poses[0], rtol=1e-3)
    mean = np.mean(poses, axis=0)
    assert_allclose(apply_temperature(mean, fitted.temperature_), expected, rtol=1e-5)
    alone = CompactCNNClassifier(**SMALL, tta=False).fit(*make_images(24, (8, 8, 3)))
    assert_allclose(alone.predict_proba(X), apply_temperature(poses[0], alone.temperature_))


def test_oblong_images_have_four_poses():
    X, y = make_images(12, (8, 12, 3))
    classifier = CompactCNNClassifier(**SMALL).fit(X, y)
    expected = classifier.predict_proba(X)
    assert_allclose(classifier.predict_proba(X[:, ::-1]), expected, rtol=1e-4)
    assert_allclose(classifier.predict_proba(X[:, :, ::-1]), expected, rtol=1e-4)
    assert len(classifier._list_poses()) == 4


def test_rows_of_a_table_have_one_pose():
    X, y = make_images(12, (1, 12, 1))
    classifier = CompactCNNClassifier(**SMALL).fit(X.reshape(12, -1), y)
    assert classifier._list_poses() == [(False, 0)]


def test_temperature_is_that_of_the_validation_images():
    X, y = make_images(40, (8, 8, 3))
    wrong = 1 - y[:20]
    classifier = CompactCNNClassifier(**SMALL | {"epochs": 5})
    misled = classifier.fit(X, y, X_val=X[:20], y_val=wrong).temperature_
    assert misled != 1
    raw = classifier._average_poses(X[:20].reshape(20, -1))
    assert misled == pytest.approx(fit_temperature(raw, wrong))
    assert_allclose(classifier.predict_proba(X[:20]), apply_temperature(raw, misled))
    assert CompactCNNClassifier(**SMALL, validation_fraction=0).fit(X, y).temperature_ == 1


def test_few_images_that_are_all_right_make_none_certain():
    right = np.array([[0.6, 0.4], [0.7, 0.3], [0.55, 0.45]])
    assert 0.5 < fit_temperature(right, np.zeros(3, int)) < 1
    many = fit_temperature(np.tile(right, (200, 1)), np.zeros(600, int))
    assert many < 0.25  # which many images outweigh


def test_temperature_of_many_images_is_the_likeliest():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(5000, 3))
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    codes = (shares.cumsum(axis=1) < rng.random((5000, 1))).sum(axis=1)
    sharp = apply_temperature(shares, 1 / 3)
    assert fit_temperature(sharp, codes) == pytest.approx(3, rel=0.05)


def test_weights_need_a_backbone():
    X, y = make_images(12, (8, 8, 3))
    with pytest.raises(ValueError, match="weights=None without a backbone, received 'imagenet'"):
        CompactCNNClassifier(**SMALL, weights="imagenet").fit(X, y)


def test_temperature_makes_even_and_keeps_the_order():
    probabilities = np.array([[0.7, 0.2, 0.1]])
    assert apply_temperature(probabilities, 1) is probabilities
    warm, cold = apply_temperature(probabilities, 2), apply_temperature(probabilities, 0.5)
    assert warm.max() < 0.7 < cold.max()
    assert_array_equal(np.argsort(warm), np.argsort(probabilities))
    assert_allclose(warm, np.sqrt(probabilities) / np.sqrt(probabilities).sum())


def test_of_many_classes_low_temperatures_leave_numbers():
    even = np.full((1, 200), 0.005, dtype="float32")
    assert_allclose(apply_temperature(even, 0.05), even, rtol=1e-5)


def test_learning_rate_falls_to_zero():
    rates = []

    class Watch(CompactCNNClassifier):
        def _list_schedules(self, n_steps):
            (decay,) = super()._list_schedules(n_steps)
            begin = decay.on_train_batch_begin

            def note(batch, logs=None):
                begin(batch, logs)
                rates.append(float(decay.model.optimizer.learning_rate))

            decay.on_train_batch_begin = note
            return [decay]

    X, y = make_images(16, (8, 8, 3))
    Watch(**SMALL, batch_size=4, validation_fraction=0, learning_rate=0.1).fit(X, y)
    expected = 0.1 * (1 + np.cos(np.pi * np.arange(8) / 8)) / 2
    assert_allclose(rates, expected, rtol=1e-6)
    assert CompactCNNClassifier(schedule=None)._list_schedules(8) == []


def test_label_smoothing_is_that_of_the_formula():
    X, y = make_images(8, (8, 8, 3))
    settings = {**SMALL, "epochs": 1, "batch_size": 8, "validation_fraction": 0, "dropout": 0}
    settings |= {"augmentation": None, "dtype": "float64", "learning_rate": 1e-12}
    settings |= {"view": "plain"}  # of both views, the loss is the mean
    for smoothing in (0.0, 0.2):
        classifier = CompactCNNClassifier(**settings, label_smoothing=smoothing, tta=False)
        classifier.fit(X, y)
        target = (1 - smoothing) * np.eye(2)[y] + smoothing / 2
        loss = -(target * np.log(classifier.predict_proba(X))).sum(axis=1).mean()
        assert classifier.history_["loss"][0] == pytest.approx(loss, rel=1e-6)


def test_the_epoch_of_the_lowest_loss_is_kept():
    X, y = make_images(24, (8, 8, 3))
    settings = SMALL | {"epochs": 8, "learning_rate": 0.03, "validation_fraction": 0.5}
    classifier = CompactCNNClassifier(**settings).fit(X, y)
    history = classifier.history_
    assert classifier.best_epoch_ == np.argmin(history["val_loss"])
    assert history["val_accuracy"][classifier.best_epoch_] < max(history["val_accuracy"])


def test_only_kernels_decay():
    X, y = make_images(8, (8, 8, 3))
    settings = {**SMALL, "validation_fraction": 0, "schedule": None, "learning_rate": 1e-3}
    plain = CompactCNNClassifier(**settings, weight_decay=0).fit(X, y)
    decayed = CompactCNNClassifier(**settings, weight_decay=100).fit(X, y)
    for before, after in zip(plain.network_.weights, decayed.network_.weights, strict=True):
        shrinks = np.abs(after).sum() < 0.95 * np.abs(before).sum()
        assert shrinks == ("kernel" in before.path), before.path


@pytest.mark.usefixtures("traced")
def test_it_learns():
    rng = np.random.default_rng(0)
    y = np.arange(32) % 2
    X = rng.integers(0, 100, (32, 8, 8, 3)) + 100 * y[:, None, None, None]
    X = X.astype(np.uint8)
    settings = {**SMALL, "epochs": 30, "learning_rate": 0.01, "validation_fraction": 0}
    settings |= {"view": "plain"}  # others don't see how bright an image is
    assert CompactCNNClassifier(**settings, augmentation=None).fit(X, y).score(X, y) == 1


def test_backbone_in_the_place_of_the_network(tmp_path):
    X, y = make_images(12, (32, 32, 3))
    settings = {"backbone": "MobileNetV3Small", "view": "plain", "tta": False}
    settings |= {"epochs": 1, "random_state": 0}
    classifier = CompactCNNClassifier(**settings).fit(X, y)
    again = CompactCNNClassifier(**settings).fit(X, y)
    assert_allclose(classifier.predict_proba(X), again.predict_proba(X), rtol=1e-5)
    loaded = pickle.loads(pickle.dumps(classifier))
    assert_array_equal(loaded.predict_proba(X), classifier.predict_proba(X))
    assert classifier.embed(X).shape == (12, 576)
