"""Equal steps of the optimiser, whatever a sampler makes of the rows."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import GridSearchCV

from skwbc import AugmentationOverSampler
from skwbc._ablation_pipeline import LevelPipeline, count_level_epochs

Y = np.repeat(["a", "b"], [60, 30])
FITTED = []  # images and epochs of each call of Network.fit


class Network(DummyClassifier):
    """Learns nothing; tells how many images it was given, and for how many epochs."""

    def __init__(self, epochs=50, batch_size=32):
        super().__init__()
        self.epochs = epochs
        self.batch_size = batch_size

    def fit(self, X, y, sample_weight=None):
        FITTED.append((len(X), self.epochs))
        return super().fit(X, y)


def make_pipeline(classifier, n_per_class=300):
    sampler = AugmentationOverSampler(sampling_strategy=dict.fromkeys("ab", n_per_class))
    return LevelPipeline([("sampler", sampler), ("classifier", classifier)])


def fit(estimator):
    """Fit; give images and epochs of each fit of the classifier."""
    FITTED.clear()
    estimator.fit(np.random.default_rng(0).integers(0, 256, (90, 4, 4, 1), dtype=np.uint8), Y)
    return list(FITTED)


def test_epochs_are_levelled_in_each_fit_and_given_back():
    pipeline = make_pipeline(Network())
    assert fit(pipeline) == [(600, 8)]  # 150 steps of 90 images; 600 images are 19 steps an epoch
    assert fit(pipeline) == [(600, 8)]
    assert pipeline[-1].epochs == 50


def test_epochs_are_given_back_after_an_error():
    class Failing(Network):
        def fit(self, X, y, sample_weight=None):
            raise RuntimeError("it was told to")

    pipeline = make_pipeline(Failing())
    with pytest.raises(RuntimeError, match="it was told to"):
        fit(pipeline)
    assert pipeline[-1].epochs == 50


def test_epochs_of_a_candidate_are_levelled_in_its_folds_and_in_the_end():
    grid = {"classifier__epochs": [10, 50]}
    search = GridSearchCV(make_pipeline(Network(epochs=1)), grid, cv=3)
    # 60 images of a fold are 2 steps an epoch: 20 and 100 in all; 90 images are 3: 30
    assert fit(search) == [(600, 2)] * 3 + [(600, 6)] * 3 + [(600, 2)]
    assert search.best_params_ == {"classifier__epochs": 10}


def test_a_classifier_without_epochs_is_left_alone():
    pipeline = make_pipeline(DummyClassifier())
    before = clone(pipeline[-1]).get_params()
    fit(pipeline)
    assert pipeline[-1].get_params() == before


@pytest.mark.parametrize(
    ("batch_size", "n_images", "expected"),
    [
        (32, 90, 50),
        (32, 600, 8),
        (np.int64(32), 600, 8),
        (32, 30, 150),
        (None, 600, 8),
        ("auto", 180, 25),
    ],
)
def test_level_epochs_by_hand(batch_size, n_images, expected):
    assert count_level_epochs(50, batch_size, 90, n_images) == expected
