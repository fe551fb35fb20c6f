"""What a user hands to a classifier: layers, callbacks, numbers of NumPy, weights."""

import pickle
import random
import warnings
from copy import deepcopy

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

import skwbc
from skwbc import CNNClassifier, CNNRNNClassifier, CompactCNNClassifier
from skwbc.networks._backbone import build_backbone_classifier

pytestmark = pytest.mark.usefixtures("untraced")

SMALL = {"filters": (4,), "dense_units": 8, "epochs": 2, "random_state": 0, "dtype": "float32"}
COMPACT = {"filters": (4,), "view": "plain", "epochs": 1, "random_state": 0, "dtype": "float32"}


def test_a_layer_draws_by_the_seed_of_the_classifier(images):
    X, y = images
    state = random.getstate()
    answers = [
        CNNClassifier(**SMALL, augmentation=keras.Sequential([layer])).fit(X, y).predict_proba(X)
        for layer in (keras.layers.RandomFlip(seed=1), keras.layers.RandomFlip(seed=2))
    ]
    np.testing.assert_array_equal(*answers)
    random.setstate(state)
    layer = keras.layers.RandomFlip()
    state = random.getstate()
    CNNClassifier(**SMALL, augmentation=layer).fit(X, y)
    assert random.getstate() == state


def test_a_backbone_draws_by_its_seed():
    state = random.getstate()
    networks = [
        build_backbone_classifier((32, 32, 3), 2, backbone="EfficientNetB0", seed=0)
        for _ in range(2)
    ]
    assert random.getstate() == state
    drawn = [
        [v.numpy() for v in network.variables if v.path.endswith("seed_generator_state")]
        for network in networks
    ]
    assert len(drawn[0]) > 2
    np.testing.assert_array_equal(*drawn)


def test_a_layer_keeps_its_weights(images):
    X, y = images
    layer = keras.layers.Normalization()
    layer.adapt(X.astype("float32"))
    before = [weight.copy() for weight in layer.get_weights()]
    classifier = CNNClassifier(**SMALL, augmentation=layer, warm_start=True).fit(X, y)
    copied = classifier._training.network.layers[1]
    assert copied is not layer
    np.testing.assert_allclose(np.mean(copied(X.astype("float32"))), 0, atol=1e-3)
    for old, new in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize(
    ("classifier", "grid"),
    [
        (
            CNNClassifier(**SMALL),
            {"dense_units": 2 ** np.arange(3, 4), "kernel_size": np.ones(1, int)},
        ),
        (CNNRNNClassifier(**SMALL), {"lstm_units": np.arange(2, 3), "filters": [np.array([4])]}),
        (CompactCNNClassifier(**COMPACT), {"filters": [2 ** np.arange(3, 5)]}),
    ],
)
def test_grids_of_numpy(images, classifier, grid):
    search = GridSearchCV(classifier, grid, cv=2, error_score="raise").fit(*images)
    assert search.predict(images[0]).shape == (24,)


@pytest.mark.parametrize("cls", [CNNClassifier, CNNRNNClassifier, CompactCNNClassifier])
@pytest.mark.parametrize("filters", [(), (4.5,), (8, 0)])
def test_widths_are_positive_integers(images, cls, filters):
    with pytest.raises(ValueError, match="Expected filters as positive integers"):
        cls(filters=filters, epochs=1).fit(*images)


@pytest.mark.parametrize("filters", [(20, 28), (50, 7)])
def test_compact_networks_of_any_width(images, filters):
    assert CompactCNNClassifier(**COMPACT | {"filters": filters}).fit(*images).n_epochs_ == 1


def test_callbacks_of_the_caller_are_free_after_the_fit(images, tmp_path):
    stop = keras.callbacks.EarlyStopping("val_loss")
    classifier = CNNClassifier(**SMALL, callbacks=[stop]).fit(*images)
    assert stop.model is None
    expected = classifier.predict_proba(images[0])
    for copied in (pickle.loads(pickle.dumps(classifier)), deepcopy(classifier)):
        np.testing.assert_array_equal(copied.predict_proba(images[0]), expected)
    clone(classifier).fit(*images)


def test_a_callback_may_look_at_its_model(images):
    told = []

    class Looking(keras.callbacks.Callback):
        def set_model(self, model):
            super().set_model(model)
            told.append(model.count_params())

    looking = Looking()
    CNNClassifier(**SMALL, callbacks=[looking]).fit(*images)
    assert len(told) == 1
    assert looking.model is None


def test_a_network_is_saved_after_scikeras_pickled_another(images, tmp_path):
    classifier = CNNClassifier(**SMALL).fit(*images)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        deepcopy(classifier.network_)  # scikeras registers its class
    skwbc.save(classifier, tmp_path / "model.skwbc")
    loaded = skwbc.load(tmp_path / "model.skwbc")
    np.testing.assert_array_equal(
        loaded.predict_proba(images[0]), classifier.predict_proba(images[0])
    )


def test_a_callback_that_wants_logs_gets_them_after_ctrl_c(images):
    told = []

    class Strict(keras.callbacks.Callback):
        def on_train_end(self, logs):
            told.append(logs)

        def on_epoch_end(self, epoch, logs):
            raise KeyboardInterrupt

    with pytest.warns(UserWarning, match="interrupted"):
        CNNClassifier(**SMALL, callbacks=[Strict()]).fit(*images)
    assert told == [{}]


def test_a_part_has_the_augmentation_of_the_moment(images):
    classifier = CNNClassifier(**SMALL).partial_fit(*images, classes=[0, 1])
    same = deepcopy(classifier)
    for each in (classifier, same):
        each.set_params(augmentation=keras.layers.Rescaling(0.0)).partial_fit(*images)
    assert classifier.history_["loss"] == same.history_["loss"]


def test_a_refit_that_fails_keeps_the_classifier(images):
    def fail(epoch, logs):
        raise OSError("The disk is gone.")

    classifier = CNNClassifier(**SMALL)
    failing = [keras.callbacks.LambdaCallback(on_epoch_begin=fail)]
    with pytest.raises(OSError, match="gone"):
        classifier.set_params(callbacks=failing).fit(*images)
    assert not hasattr(classifier, "network_")
    expected = classifier.set_params(callbacks=None).fit(*images).predict_proba(images[0])
    with pytest.raises(OSError, match="gone"):
        classifier.set_params(callbacks=failing).fit(images[0], 3 + images[1])
    assert classifier.classes_.tolist() == [0, 1]
    np.testing.assert_array_equal(classifier.predict_proba(images[0]), expected)


def test_class_weights_of_classes_that_are_not_at_hand(images):
    X, y = images
    classifier = CNNClassifier(**SMALL, class_weight={0: 5.0})
    classifier.partial_fit(X, y, classes=[0, 1, 2]).partial_fit(X[1::2], y[1::2])
    weights = np.where(y == 0, 0.0, 1.0)
    classifier = CNNClassifier(**SMALL, class_weight={0: 5.0, 1: 2.0})
    y = np.where(np.arange(24) % 4 == 0, 2, y)
    assert classifier.fit(X, y, sample_weight=weights).classes_.tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match=r"names \['rare'\]; expected classes among \[0, 1, 2\]"):
        classifier.set_params(class_weight={"rare": 2}).fit(X, y)


def test_validation_classes_are_one_for_each_image(images):
    X, y = images
    classifier = CNNClassifier(**SMALL)
    for n in (3, 20):
        with pytest.raises(ValueError, match="inconsistent numbers of samples"):
            classifier.fit(X, y, X_val=X[:8], y_val=y[:n])
    with pytest.warns(UserWarning, match="column-vector"):
        classifier.fit(X, y, X_val=X[:8], y_val=y[:8, None])


def test_a_warm_start_goes_on_with_the_views_it_has(images):
    classifier = CompactCNNClassifier(**COMPACT, warm_start=True).fit(*images)
    classifier.set_params(view="both", augmentation="laboratories").fit(*images)
    assert classifier.n_epochs_ == 2
