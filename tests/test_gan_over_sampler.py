"""What the shared GAN does when images are few, alike, or won't be learned."""

import copy
import warnings
from collections import Counter

import keras
import numpy as np
import pytest
from noise_images import make_images
from sklearn.base import clone
from tiny_samplers import TINY_GAN, TINY_VANILLA_GAN, make_classes, make_sampler, sharply

from skwbc._gan_base import AFTER_CTRL_C
from skwbc._gan_training import TrainingLog, train_adversarial
from skwbc._latent_interpolation import train_autoencoder
from skwbc._synthetic_quality import FIGURES

pytestmark = pytest.mark.usefixtures("untraced")


def test_every_row_tells_where_it_comes_from(unbalanced):
    sampler = make_sampler().fit(*unbalanced)
    X, y = sampler.fit_resample(*unbalanced)
    assert sampler.provenance_.tolist() == ["original"] * 30 + ["GAN"] * 24
    assert sampler.synthetic_mask_.tolist() == [False] * 30 + [True] * 24
    assert len(sampler.provenance_) == len(sampler.synthetic_mask_) == len(X) == len(y)
    assert sampler.fallback_ == {}


def test_labels_that_are_no_classes_are_refused():
    X, y = make_classes(*[2] * 1_000)
    with pytest.raises(ValueError, match="at most 100 classes, received 1000 in 2000 images"):
        make_sampler(sampling_strategy="all").fit_resample(X, y)


def test_the_ratio_of_synthetic_to_real_has_a_cap(unbalanced):
    sampler = make_sampler(max_ratio=1.5)
    _, y_new = sampler.fit_resample(*unbalanced)
    assert Counter(y_new.tolist()) == {"a": 18, "b": 18, "c": 10}
    assert sampler.sampling_strategy_ == {"b": 10, "c": 6}
    assert clone(sampler).fit(*unbalanced).sampling_strategy_ == {"b": 10, "c": 6}


def test_a_gan_that_diverges_is_tried_again_and_then_replaced(unbalanced, monkeypatch):
    rates = []

    def train(model, *args, **settings):
        rates.append(float(model.generator_optimizer.learning_rate))
        return train_adversarial(model, *args, **settings)

    monkeypatch.setattr("skwbc._conditional_training.train_adversarial", train)
    sampler = make_sampler(learning_rate=1e30)
    with pytest.warns(UserWarning, match="GAN was not used, because its training diverged 2 t"):
        X_new, _ = sampler.fit_resample(*unbalanced)
    assert rates == pytest.approx([1e30, 2.5e29])
    assert set(sampler.provenance_[30:]) <= {"interpolation", "copies"}
    assert X_new.dtype == np.uint8


def test_a_second_attempt_has_the_time_that_is_left(unbalanced, monkeypatch):
    seconds = []

    def train(model, *args, max_seconds, **settings):
        seconds.append(max_seconds)
        return train_adversarial(model, *args, max_seconds=max_seconds, **settings)

    monkeypatch.setattr("skwbc._conditional_training.train_adversarial", train)
    with pytest.warns(UserWarning, match="diverged 2 times"):
        make_sampler(learning_rate=1e30, max_seconds=1e4).fit_resample(*unbalanced)
    assert seconds[1] < seconds[0] <= 1e4


def test_a_warm_start_that_diverges_keeps_the_generator_before(unbalanced):
    sampler = make_sampler(warm_start=True)
    sampler.fit_resample(*unbalanced)
    before = sampler.generator_.get_weights()
    sampler.set_params(learning_rate=1e30)
    with pytest.warns(UserWarning, match="The generator of the fit before is kept"):
        sampler.fit_resample(*unbalanced)
    for kept, then in zip(sampler.generator_.get_weights(), before, strict=True):
        np.testing.assert_array_equal(kept, then)
    assert set(sampler.provenance_[30:]) == {"GAN"}
    assert sampler.n_images_seen_ == 8


def test_the_best_moment_is_that_of_the_least_distance(monkeypatch):
    X, y = make_classes(60, 30)
    distances = iter([5.0, 1.0, 4.0, 3.0])
    monkeypatch.setattr(
        "skwbc._conditional_training.ValidationDistance",
        lambda *_, **__: lambda _: sharply(next(distances)),
    )
    moments = []

    class Listen(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            moments.append(self.model.averaged.get_weights())

    def train(model, *args, callbacks, **settings):
        return train_adversarial(model, *args, callbacks=[*callbacks, Listen()], **settings)

    monkeypatch.setattr("skwbc._conditional_training.train_adversarial", train)
    sampler = make_sampler(validation_fraction=0.2, max_images=16)
    sampler.fit_resample(X, y)
    assert sampler.history_["distance"] == [5.0, 1.0, 4.0, 3.0]
    for kept, then in zip(sampler.generator_.get_weights(), moments[1], strict=True):
        np.testing.assert_array_equal(kept, then)


def test_too_few_held_out_images_choose_no_moment(unbalanced):
    sampler = make_sampler(validation_fraction=0.1)
    sampler.fit_resample(*unbalanced)
    assert "distance" not in sampler.history_


@pytest.mark.parametrize(
    ("gan", "seen"),
    [(TINY_GAN, 4), (TINY_VANILLA_GAN, {"b": 4, "c": 4})],
    ids=["shared", "vanilla"],
)
def test_time_can_be_up_before_the_images_are(gan, seen, unbalanced):
    sampler = clone(gan).set_params(max_images=4_000, max_seconds=1e-3)
    X_new, _ = sampler.fit_resample(*unbalanced)
    assert sampler.n_images_seen_ == seen
    assert len(X_new) == 54


def test_a_warm_start_goes_on(unbalanced):
    sampler = make_sampler(warm_start=True)
    first, _ = sampler.fit_resample(*unbalanced)
    again = copy.deepcopy(sampler)
    second, _ = sampler.fit_resample(*unbalanced)
    assert sampler.n_images_seen_ == 16
    assert len(sampler.history_["won"]) == 4
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(again.fit_resample(*unbalanced)[0], second)
    cold, _ = make_sampler().fit_resample(*unbalanced)
    np.testing.assert_array_equal(cold, first)


@pytest.mark.parametrize("sampler", [TINY_GAN, TINY_VANILLA_GAN])
def test_widths_and_sizes_may_be_arrays(sampler):
    X, y = make_classes(9, 4)
    arrays = {"generator_filters": np.array(sampler.generator_filters)}
    arrays["discriminator_filters"] = np.array(sampler.discriminator_filters)
    arrays |= {"latent_dim": np.int64(3), "learning_rate": np.float32(1e-4)}
    if sampler is TINY_VANILLA_GAN:
        arrays["train_shape"] = np.array([8, 8])
    images, _ = clone(sampler).set_params(**arrays).fit_resample(X, y)
    assert len(images) == 18


def test_a_size_of_numpy_serves_an_interpolation():
    sampler = make_sampler(latent_dim=np.int64(3), min_class_size=5)
    with pytest.warns(UserWarning, match="filled by interpolation"):
        sampler.fit_resample(*make_classes(9, 4))
    assert sampler.report_["source"].tolist() == ["interpolation"]


@pytest.mark.parametrize("sampler", [TINY_GAN, TINY_VANILLA_GAN])
@pytest.mark.parametrize("floatx", ["float16", "float64"])
def test_a_default_of_keras_changes_no_training(sampler, floatx):
    X, y = make_classes(9, 4)
    sampler = clone(sampler).set_params(dtype="float32")
    expected, _ = sampler.fit_resample(X, y)
    before = keras.config.floatx()
    keras.config.set_floatx(floatx)
    try:
        images, _ = sampler.fit_resample(X, y)
    finally:
        keras.config.set_floatx(before)
    np.testing.assert_allclose(images, expected, rtol=0, atol=2)  # learning rates are in floatx


@pytest.mark.parametrize("name", ["latent_dim", "generator_filters", "discriminator_filters"])
def test_a_warm_start_refuses_other_networks(unbalanced, name):
    sampler = make_sampler(warm_start=True)
    sampler.fit_resample(*unbalanced)
    before = sampler.sample(2, "b", random_state=0)
    sampler.set_params(**{name: 5 if name == "latent_dim" else (8, 8)})
    with pytest.raises(ValueError, match="goes on with the networks of the fit before"):
        sampler.fit_resample(*unbalanced)
    np.testing.assert_array_equal(sampler.sample(2, "b", random_state=0), before)
    with pytest.raises(ValueError, match=r"received \(\(16, 16, 3\)"):
        sampler.fit_resample(make_images(30, (16, 16, 3))[0], unbalanced[1])
    np.testing.assert_array_equal(sampler.sample(2, "b", random_state=0), before)


def test_a_warm_start_goes_on_from_the_last_moment_and_not_from_the_best(monkeypatch):
    distances = iter([1.0, 5.0, 1.0, 6.0, 0.5])  # the third is of the generator kept
    monkeypatch.setattr(
        "skwbc._conditional_training.ValidationDistance",
        lambda *_, **__: lambda _: sharply(next(distances)),
    )
    begun, ended = [], []

    class Listen(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            begun.append(self.model.averaged.get_weights())

        def on_epoch_end(self, epoch, logs=None):
            ended.append(self.model.averaged.get_weights())

    def train(model, *args, callbacks, **settings):
        return train_adversarial(model, *args, callbacks=[*callbacks, Listen()], **settings)

    monkeypatch.setattr("skwbc._conditional_training.train_adversarial", train)
    sampler = make_sampler(validation_fraction=0.3, warm_start=True)
    X, y = make_classes(40, 20)
    for best in (0, 3):
        sampler.fit_resample(X, y)
        for kept, then in zip(sampler.generator_.get_weights(), ended[best], strict=True):
            np.testing.assert_array_equal(kept, then)
    for new, last in zip(begun[1], ended[1], strict=True):
        np.testing.assert_array_equal(new, last)


def test_a_warm_start_takes_a_new_augmentation(unbalanced):
    sampler = make_sampler(warm_start=True)
    sampler.fit_resample(*unbalanced)
    sampler.set_params(augmentation_probability=0.75).fit_resample(*unbalanced)
    assert sampler.history_["augmentation"][-2:] == [0.75] * 2


def test_a_warm_start_that_makes_it_worse_keeps_the_generator_before(monkeypatch):
    distances = iter([2.0, 1.0, 1.0, 5.0, 6.0])  # the third is of the generator kept
    monkeypatch.setattr(
        "skwbc._conditional_training.ValidationDistance",
        lambda *_, **__: lambda _: sharply(next(distances)),
    )
    sampler = make_sampler(validation_fraction=0.3, warm_start=True)
    X, y = make_classes(40, 20)
    sampler.fit_resample(X, y)
    weights = sampler.generator_.get_weights()
    sampler.fit_resample(X, y)
    assert sampler.history_["distance"] == [2, 1, 5, 6]
    for old, new in zip(weights, sampler.generator_.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_warm_start_refuses_other_classes(unbalanced):
    X, y = unbalanced
    sampler = make_sampler(warm_start=True)
    sampler.fit_resample(X, y)
    with pytest.raises(ValueError, match=r"goes on with classes \['a', 'b', 'c'\]; received"):
        sampler.fit_resample(X, np.where(y == "c", "d", y))


def test_ctrl_c_keeps_the_best_generator_so_far(monkeypatch):
    X, y = make_classes(60, 30)
    distances = iter([1.0, 5.0])
    monkeypatch.setattr(
        "skwbc._conditional_training.ValidationDistance",
        lambda *_, **__: lambda _: sharply(next(distances)),
    )
    moments = []

    class PressCtrlC(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            moments.append(self.model.averaged.get_weights())
            if epoch == 1:
                raise KeyboardInterrupt

    def train(model, *args, callbacks, **settings):
        return train_adversarial(model, *args, callbacks=[*callbacks, PressCtrlC()], **settings)

    monkeypatch.setattr("skwbc._conditional_training.train_adversarial", train)
    sampler = make_sampler(validation_fraction=0.2, max_images=40)
    told = (
        "^The training of the GAN was interrupted after 8 of 40 images. The best generator so far "
        f"is kept. {AFTER_CTRL_C}$"
    )
    with pytest.warns(UserWarning, match=told):
        X_new, _ = sampler.fit_resample(X, y)
    assert sampler.interrupted_
    assert sampler.n_images_seen_ == 8
    assert len(X_new) == 120
    for kept, then in zip(sampler.generator_.get_weights(), moments[0], strict=True):
        np.testing.assert_array_equal(kept, then)


@pytest.mark.parametrize("verbose", [0, 1])
def test_ctrl_c_before_the_first_step(verbose):
    class Game:
        def fit(self, *_, **__):
            raise KeyboardInterrupt

    settings = {"max_images": 8, "batch_size": 4, "verbose": verbose, "description": "GAN"}
    log = train_adversarial(Game(), lambda n_steps: None, callbacks=[], **settings)
    assert log == TrainingLog({}, 0, interrupted=True)


def test_after_ctrl_c_no_other_training_begins(monkeypatch):
    def fail(*_, **__):
        raise AssertionError

    monkeypatch.setattr("skwbc._class_filler.train_autoencoder", fail)
    interrupted = TrainingLog({"won": [1.0]}, 4, interrupted=True)
    monkeypatch.setattr(
        "skwbc._conditional_training.train_adversarial", lambda *_, **__: interrupted
    )
    sampler = make_sampler(min_class_size=10)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sampler.fit_resample(*make_classes(30, 3))
    assert sampler.report_["source"].tolist() == ["copies"]
    told = "Interpolation was not used, because the training was interrupted"
    assert told in sampler.fallback_["class 1"]


def test_ctrl_c_in_an_interpolation_leaves_copies(monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("skwbc._class_filler.train_autoencoder", interrupt)
    sampler = make_sampler(min_class_size=10)
    with pytest.warns(UserWarning, match="its training was interrupted"):
        sampler.fit_resample(*make_classes(30, 3))
    assert sampler.report_["source"].tolist() == ["copies"]
    assert sampler.interrupted_


def test_an_interpolation_has_the_time_that_is_left(monkeypatch):
    limits = []

    def train(*_, max_seconds, **settings):
        limits.append(max_seconds)
        return train_autoencoder(*_, max_seconds=max_seconds, **settings)

    monkeypatch.setattr("skwbc._class_filler.train_autoencoder", train)
    sampler = make_sampler(max_images=10**6, max_seconds=0.1, min_class_size=10)
    with pytest.warns(UserWarning, match="Class class 1 was filled by interpolation"):
        sampler.fit_resample(*make_classes(30, 3))
    assert limits == [0.1 / 4]  # the GAN had all, without a quarter


def test_ctrl_c_while_filling_leaves_a_gan_to_draw_from(unbalanced, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("skwbc._gan_over_sampler.ClassFiller.fill", interrupt)
    sampler = make_sampler()
    with pytest.raises(KeyboardInterrupt):
        sampler.fit_resample(*unbalanced)
    assert sampler.sample(3, "b", random_state=0).shape == (3, 8, 8, 3)


def test_a_cold_start_forgets_what_a_warm_one_kept(unbalanced):
    sampler = make_sampler(warm_start=True)
    sampler.fit_resample(*unbalanced)
    sampler.set_params(warm_start=False).fit_resample(*unbalanced)
    sampler.set_params(warm_start=True).fit_resample(*unbalanced)
    assert sampler.n_images_seen_ == 8


def test_the_report_has_the_figures_of_each_class():
    X, y = make_classes(30, 12)
    sampler = make_sampler()
    sampler.fit_resample(X, y)
    figures = sampler.report_.loc["class 1"]
    assert figures["n_synthetic"] == figures["n_drawn"] == 18
    assert figures["diversity"] > 0
    assert figures["nearest_real_ratio"] > 0
    assert figures["kernel_distance_low"] < figures["kernel_distance_high"]
    assert figures["closest_class"] in ("class 0", "class 1")


@pytest.mark.parametrize("counts", [(18, 16), (16, 16)])
def test_the_report_of_few_synthetic_images_has_all_columns(counts):
    sampler = make_sampler()
    sampler.fit_resample(*make_classes(*counts))
    assert sampler.report_.columns.tolist() == ["source", *FIGURES]
    assert sampler.report_["kernel_distance"].isna().all()
    assert len(sampler.report_) == (counts[0] > counts[1])


@pytest.mark.parametrize(
    ("gan", "change", "message"),
    [
        (TINY_GAN, {"generator_filters": ()}, "generator_filters as positive integers"),
        (TINY_VANILLA_GAN, {"discriminator_filters": (4, 0.5)}, "discriminator_filters as posi"),
        (TINY_GAN, {"penalty": (1.0,)}, "penalty as two numbers from 0"),
        (TINY_VANILLA_GAN, {"train_shape": (8,)}, r"train_shape as \(height, width\)"),
    ],
)
def test_networks_that_can_not_be_built_are_refused(unbalanced, gan, change, message):
    with pytest.raises(ValueError, match=message):
        clone(gan).set_params(**change).fit_resample(*unbalanced)


def test_ctrl_c_ends_a_vanilla_gan(unbalanced, monkeypatch):
    """Of the last class the GAN is kept; before, the others have none."""
    X, y = unbalanced
    interrupted = TrainingLog({"won": [1.0]}, 4, interrupted=True)
    monkeypatch.setattr(
        "skwbc._vanilla_gan_over_sampler.train_adversarial", lambda *_, **__: interrupted
    )
    sampler = clone(TINY_VANILLA_GAN)
    with pytest.raises(KeyboardInterrupt):
        sampler.fit_resample(X, y)
    assert sampler.classes_.tolist() == ["b"]
    with pytest.raises(ValueError, match="No GAN was trained for class 'c'"):
        sampler.sample(1, "c")
    sampler = clone(TINY_VANILLA_GAN).set_params(sampling_strategy={"b": 10})
    told = f"interrupted after 4 images of class b, the last. Its .* {AFTER_CTRL_C}$"
    with pytest.warns(UserWarning, match=told) as caught:
        sampler.fit_resample(X, y)
    assert sampler.interrupted_
    assert [warning.filename for warning in caught] == [__file__]


def test_many_classes_share_one_gan():
    X, y = make_classes(*[12] * 19, 6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sampler = make_sampler(min_class_size=10, sampling_strategy="not majority")
        _, y_new = sampler.fit_resample(X, y)
    assert set(Counter(y_new.tolist()).values()) == {12}
    assert sampler.generator_.input[1].shape == (None, 19)
