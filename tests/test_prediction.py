import gc

import numpy as np
import pytest
from noise_images import make_images

from skwbc import CNNClassifier
from skwbc._batches import ImageBatches
from skwbc._prediction import _EMBEDDINGS, cut_before_read_out, predict_images

pytestmark = pytest.mark.usefixtures("untraced")

SMALL = {"filters": (4,), "dense_units": 8, "epochs": 1, "random_state": 0, "dtype": "float32"}


@pytest.fixture
def classifier(images):
    return CNNClassifier(**SMALL).fit(*images)


@pytest.mark.parametrize("size", [4, 24, 100])
def test_answers_are_in_the_order_of_poses_and_images(classifier, monkeypatch, size):
    monkeypatch.setattr("skwbc._prediction.PREDICTION_BATCH_SIZE", size)
    X, _ = make_images()
    poses = [(False, 0), (True, 0), (False, 3)]
    answers = predict_images(classifier.network_, X.reshape(24, -1), (8, 8, 3), poses=poses)
    posed = [X, X[:, :, ::-1], np.rot90(X, 3, axes=(1, 2))]
    assert answers.shape == (3, 24, 2)
    for answer, images in zip(answers, posed, strict=True):
        np.testing.assert_allclose(answer, classifier.predict_proba(images), rtol=1e-5)


def test_large_images_come_a_few_at_a_time(classifier, images, monkeypatch):
    sizes = []

    def count(*arguments, batch_size, **settings):
        sizes.append(batch_size)
        return ImageBatches(*arguments, batch_size=batch_size, **settings)

    monkeypatch.setattr("skwbc._prediction.ImageBatches", count)
    expected = classifier.predict_proba(images[0])
    monkeypatch.setattr("skwbc._prediction.MOST_VALUES", 5 * 192)
    np.testing.assert_allclose(classifier.predict_proba(images[0]), expected, rtol=1e-5)
    assert sizes == [256, 5]


def test_a_classifier_is_cut_once_for_each_network(classifier, images):
    X, y = images
    attributes = set(vars(classifier))
    embedded, cut = classifier.embed(X), cut_before_read_out(classifier)
    assert cut_before_read_out(classifier) is cut
    assert set(vars(classifier)) == attributes
    classifier.partial_fit(X, y)
    assert cut_before_read_out(classifier) is cut
    assert not np.array_equal(classifier.embed(X), embedded)
    classifier.fit(X, y)
    assert cut_before_read_out(classifier) is not cut
    np.testing.assert_array_equal(classifier.embed(X), embedded)


def test_what_was_cut_goes_with_its_classifier(classifier, images):
    classifier.embed(images[0])
    gc.collect()
    before = len(_EMBEDDINGS)
    other = CNNClassifier(**SMALL).fit(*images)
    other.embed(images[0])
    assert len(_EMBEDDINGS) == before + 1
    del other
    gc.collect()
    assert len(_EMBEDDINGS) == before
