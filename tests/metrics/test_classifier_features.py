import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.linear_model import LogisticRegression

from skwbc import CNNClassifier
from skwbc.metrics import ClassifierFeatures

pytestmark = pytest.mark.usefixtures("untraced")


@pytest.fixture
def classifier():
    return CNNClassifier(
        filters=(4,), dense_units=5, epochs=1, random_state=0, image_shape=(8, 8, 3)
    )


def test_features_are_what_the_classifier_embeds(classifier, images):
    X, y = images
    features = ClassifierFeatures(classifier).fit(X, y)
    expected = classifier.fit(X, y).embed(X)
    assert features.classifier_ is not classifier
    assert_array_equal(features.transform(X), expected)
    assert_array_equal(pickle.loads(pickle.dumps(features)).transform(X), expected)


def test_the_classifier_given_is_not_fitted(classifier, images):
    ClassifierFeatures(classifier).fit(*images)
    assert not hasattr(classifier, "network_")


def test_flat_and_not_are_the_same(classifier, images):
    X, y = images
    flat = pd.DataFrame(X.reshape(len(X), -1))
    features = ClassifierFeatures(classifier).fit(X, y)
    assert features.n_features_in_ == 192
    assert_array_equal(features.transform(flat), features.transform(X))
    assert_array_equal(ClassifierFeatures(classifier).fit_transform(flat, y), features.transform(X))


def test_names_number_the_units(classifier, images):
    X, y = images
    features = ClassifierFeatures(classifier).set_output(transform="pandas").fit(X, y)
    assert list(features.transform(X[:2])) == [f"classifierfeatures{i}" for i in range(5)]


def test_a_classifier_that_cannot_embed_is_named(images):
    X, y = images
    features = ClassifierFeatures(LogisticRegression())
    with pytest.raises(TypeError, match=r"'embed'.*Got LogisticRegression"):
        features.fit(X.reshape(len(X), -1), y)


def test_images_of_another_shape_are_named(classifier, images):
    features = ClassifierFeatures(classifier).fit(*images)
    with pytest.raises(ValueError, match="X has 108 features, but ClassifierFeatures is expecting"):
        features.transform(np.zeros((2, 6, 6, 3), np.uint8))


def test_the_link_leads_to_the_page_of_the_metrics(classifier):
    html = ClassifierFeatures(classifier)._repr_html_()
    assert "generated/skwbc.metrics.ClassifierFeatures.html" in html
