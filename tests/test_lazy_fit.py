"""Classifiers train and predict from a folder as from an array, and read a batch at a time."""

import pickle

import numpy as np
import pytest
from noise_images import make_images
from numpy.testing import assert_array_equal
from PIL import Image
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import (
    GridSearchCV,
    cross_val_predict,
    cross_val_score,
    train_test_split,
)

from skwbc import (
    AblationStudy,
    AugmentationOverSampler,
    CellCropper,
    CNNClassifier,
    CNNRNNClassifier,
    CompactCNNClassifier,
    Pipeline,
    StainNormalizer,
)
from skwbc.datasets import load_image_folder
from skwbc.datasets._image_files import ImageFiles

pytestmark = pytest.mark.usefixtures("untraced")

N, SHAPE = 40, (8, 8, 3)
MOST = 7  # images at a time
SMALL = {"filters": (4,), "epochs": 1, "batch_size": 5, "random_state": 0, "dtype": "float32"}
PUBLISHED = {**SMALL, "dense_units": 8}
CLASSIFIERS = {
    "CNN": CNNClassifier(**PUBLISHED),
    "CNN-RNN": CNNRNNClassifier(**PUBLISHED, lstm_units=3),
    "compact": CompactCNNClassifier(**SMALL),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cells")
    for i, (image, c) in enumerate(zip(*make_images(N, SHAPE), strict=True)):
        path = folder / "ab"[c] / f"{i:02}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(image).save(path)
    return folder


@pytest.fixture(scope="module")
def eager(folder):
    return load_image_folder(folder, image_shape=SHAPE)


@pytest.fixture
def lazy(folder):
    return load_image_folder(folder, image_shape=SHAPE, lazy=True)


@pytest.fixture
def reads(monkeypatch):
    """List the row numbers of each read, and lower the size of batches without labels."""
    numbers = []
    read = ImageFiles.read

    def list_and_read(files, indices):
        numbers.append(indices.tolist())
        return read(files, indices)

    monkeypatch.setattr(ImageFiles, "read", list_and_read)
    monkeypatch.setattr("skwbc._prediction.PREDICTION_BATCH_SIZE", MOST)
    return numbers


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_fits_and_answers_are_those_on_arrays(name, eager, lazy, reads):
    expected = clone(CLASSIFIERS[name]).fit(eager.images, eager.target)
    found = clone(CLASSIFIERS[name]).fit(lazy.images, lazy.target)
    assert found.history_ == expected.history_
    assert found.n_features_in_ == 192
    assert found.pixel_range_ == expected.pixel_range_
    for method in ("predict_proba", "predict", "embed"):
        answer = getattr(expected, method)(eager.images)
        assert_array_equal(getattr(found, method)(lazy.images), answer)
    assert found.score(lazy.images, lazy.target) == expected.score(eager.images, eager.target)
    assert 0 < max(map(len, reads)) <= MOST


def test_flat_images(eager, lazy, reads):
    classifier = CNNClassifier(**PUBLISHED, image_shape=SHAPE)
    expected = clone(classifier).fit(eager.data, eager.target).predict_proba(eager.data)
    classifier.fit(lazy.data, lazy.target)
    for images in (lazy.data, lazy.images):
        assert_array_equal(classifier.predict_proba(images), expected)
    assert 0 < max(map(len, reads)) <= MOST


def test_parts_weights_and_validation_images(eager, lazy, reads):
    weights = np.where(np.arange(N) % 4 == 0, 0.0, 1.0 + np.arange(N) % 3)
    probabilities = []
    for cells in (eager, lazy):
        validation = {"X_val": cells.images[:6], "y_val": cells.target[[0, 1, 2, 37, 38, 39]]}
        classifier = CNNClassifier(**PUBLISHED, class_weight="balanced")
        classifier.fit(cells.images, cells.target, weights, **validation)
        classifier.set_params(class_weight=None)
        classifier.partial_fit(cells.data[3:], cells.target[3:], sample_weight=weights[3:])
        probabilities.append(classifier.predict_proba(cells.images))
    assert_array_equal(*probabilities)
    assert max(map(len, reads)) <= MOST


def test_images_of_weight_zero_are_never_read(lazy, reads):
    weights = np.where(np.arange(N) % 4 == 0, 0.0, 1.0)
    CNNClassifier(**PUBLISHED).fit(lazy.images, lazy.target, sample_weight=weights)
    assert set(np.concatenate(reads)) == set(np.flatnonzero(weights))


def test_each_image_is_read_once_for_all_poses(lazy, reads):
    classifier = CompactCNNClassifier(**SMALL, validation_fraction=0).fit(lazy.images, lazy.target)
    reads.clear()
    classifier.predict(lazy.images)
    assert max(np.bincount(np.concatenate(reads)[MOST:])) <= 2  # Keras looks at two batches before
    assert len(np.concatenate(reads)) <= N + 2 * MOST


def score_on_a_split(cells):
    X, X_test, y, y_test = train_test_split(
        cells.images, cells.target, stratify=cells.target, random_state=0
    )
    return CNNClassifier(**PUBLISHED).fit(X, y).predict_proba(X_test), y_test


def search(cells):
    grid = {"dropout": [0.1, 0.4]}
    found = GridSearchCV(CNNClassifier(**PUBLISHED), grid, cv=2, error_score="raise")
    found.fit(cells.images, cells.target)
    return found.cv_results_["mean_test_score"], found.predict_proba(cells.images)


def calibrate(cells):
    calibrated = CalibratedClassifierCV(CNNClassifier(**PUBLISHED), cv=2)
    return calibrated.fit(cells.images, cells.target).predict_proba(cells.images)


def fit_a_pipeline(cells):
    pipeline = Pipeline([("classifier", CNNClassifier(**PUBLISHED))])
    pipeline.fit(cells.images, cells.target, groups=cells.groups)
    return pipeline.predict_proba(cells.images)


def cross_validate(cells):
    classifier = CNNClassifier(**PUBLISHED)
    return cross_val_score(classifier, cells.images, cells.target, cv=2, error_score="raise")


def predict_out_of_fold(cells):
    classifier = CNNClassifier(**PUBLISHED)
    return cross_val_predict(classifier, cells.data, cells.target, cv=2, method="predict_proba")


@pytest.mark.parametrize(
    "work",
    [score_on_a_split, search, calibrate, fit_a_pipeline, cross_validate, predict_out_of_fold],
)
def test_scikit_learn_takes_it_as_an_array(work, eager, lazy, reads):
    for found, expected in zip(work(lazy), work(eager), strict=True):
        assert_array_equal(found, expected)
    assert 0 < max(map(len, reads)) <= MOST


@pytest.mark.usefixtures("traced")
@pytest.mark.slow
def test_worker_processes_take_it(eager, lazy):
    scores = [
        cross_val_score(CNNClassifier(**PUBLISHED), cells.images, cells.target, cv=2, n_jobs=2)
        for cells in (lazy, eager)
    ]
    assert_array_equal(*scores)


def test_it_pickles_without_pixels(lazy):
    text = pickle.dumps(lazy.images)
    assert len(text) < 10_000
    assert_array_equal(np.asarray(pickle.loads(text)[3:5]), np.asarray(lazy.images[3:5]))


@pytest.fixture
def damaged(tmp_path):
    """Images of which one turns out to be truncated."""
    for i, (image, c) in enumerate(zip(*make_images(12, SHAPE), strict=True)):
        (tmp_path / "ab"[c]).mkdir(exist_ok=True)
        Image.fromarray(image).save(tmp_path / "ab"[c] / f"{i:02}.png")
    path = tmp_path / "b" / "07.png"
    path.write_bytes(path.read_bytes()[:-60])
    return load_image_folder(tmp_path, image_shape=SHAPE, lazy=True)


@pytest.mark.parametrize("validation_fraction", [0, 0.3])
def test_a_truncated_file_is_named_by_fit(damaged, validation_fraction):
    classifier = CNNClassifier(**PUBLISHED, validation_fraction=validation_fraction)
    with pytest.raises(OSError, match=r"07\.png: .*[Tt]runcated"):
        classifier.fit(damaged.images, damaged.target)


@pytest.mark.parametrize("batch_size", [2, 100])
def test_a_truncated_file_is_named_by_predict(damaged, monkeypatch, batch_size):
    monkeypatch.setattr("skwbc._prediction.PREDICTION_BATCH_SIZE", batch_size)
    whole = damaged.images[[0, 1, 2, 6, 7, 8]]
    classifier = CNNClassifier(**PUBLISHED).fit(whole, [0, 0, 0, 1, 1, 1])
    for predict in (classifier.predict, classifier.embed):
        with pytest.raises(OSError, match=r"07\.png: .*[Tt]runcated"):
            predict(damaged.images)


def test_what_does_not_fit_is_refused_before_a_file_is_read(eager, lazy, reads, folder):
    of_fractions = CNNClassifier(**PUBLISHED).fit(eager.images / 255, eager.target)
    other = load_image_folder(folder, image_shape=(4, 8, 3), lazy=True)
    for images, message in (
        (lazy.images, "range like that of fit, 0 to 0.97"),
        (other.images, r"images of shape \(8, 8, 3\).*\(4, 8, 3\)"),
        (lazy.images[:0], "0 sample"),
    ):
        with pytest.raises(ValueError, match=message):
            of_fractions.predict(images)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        CNNClassifier().fit(lazy.images, lazy.target[1:])
    assert reads == []


@pytest.mark.filterwarnings("ignore:.* photos show:UserWarning")
def test_other_steps_read_all(eager, lazy):
    for step in (CellCropper((6, 6)), StainNormalizer()):
        expected = clone(step).fit_transform(eager.images)
        assert_array_equal(step.fit_transform(lazy.images), expected)
    sampler = AugmentationOverSampler(sampling_strategy={0: 25, 1: 22}, random_state=0)
    expected = sampler.fit_resample(eager.images, eager.target)
    for found, each in zip(sampler.fit_resample(lazy.images, lazy.target), expected, strict=True):
        assert_array_equal(found, each)


def test_a_study_reads_each_file_once(lazy, monkeypatch):
    read_indices, read = [], ImageFiles.read
    monkeypatch.setattr(
        ImageFiles,
        "read",
        lambda self, indices: read_indices.extend(indices) or read(self, indices),
    )
    study = AblationStudy({"dummy": DummyClassifier()}, {"plain": {}}, cv=2)
    study.fit(lazy.images, lazy.target)
    assert sorted(read_indices) == list(range(N))
