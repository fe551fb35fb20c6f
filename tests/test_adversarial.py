import keras
import numpy as np
import pytest

from skwbc._adversarial import (
    CLASS_LOSS,
    ConditionalAdversarialModel,
    VanillaAdversarialModel,
)
from skwbc._game_state import restore_game, save_game


class Linear(keras.layers.Layer):
    """A discriminator that can be worked out by hand: w times the sum of the pixels."""

    def build(self, input_shape):
        self.w = self.add_weight(shape=(), initializer=keras.initializers.Constant(2.0))

    def call(self, images):
        return self.w * keras.ops.sum(images, axis=(1, 2, 3))[:, None]


class Constant(keras.layers.Layer):
    """A generator that can be worked out by hand: all pixels are b."""

    def build(self, input_shape):
        self.b = self.add_weight(shape=(), initializer=keras.initializers.Constant(-0.5))

    def call(self, latent):
        return keras.ops.ones((keras.ops.shape(latent)[0], 2, 2, 1)) * self.b


def softplus(x):
    return np.log1p(np.exp(x))


def build_vanilla():
    latent, image = keras.Input((3,)), keras.Input((2, 2, 1))
    generator = keras.Model(latent, Constant()(latent))
    model = VanillaAdversarialModel(generator, keras.Model(image, Linear()(image)), seed=0)
    model.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
    return model


def build_conditional(*, discriminator=None, **settings):
    """Build a game in which the score of each of two classes is half of that of none."""
    latent, image, one_hot = keras.Input((3,)), keras.Input((2, 2, 1)), keras.Input((2,))
    nothing = 0 * keras.ops.sum(one_hot, axis=1, keepdims=True)
    generator, averaged = (
        keras.Model([latent, one_hot], Constant()(latent) + nothing[:, :, None, None])
        for _ in range(2)
    )
    if discriminator is None:
        score = Linear()(image)
        scores = keras.ops.concatenate([score, score / 2, score / 2], axis=1)
        discriminator = keras.Model(image, [scores, 0 * scores[:, 1:]])
    defaults = {
        "augmentation_probability": 0.0,
        "penalty": (0.0, 0.0),
        "penalty_interval": 1,
        "averaging_images": 6,
        "n_images": 600,
    }
    model = ConditionalAdversarialModel(
        generator, discriminator, averaged, seed=0, **{**defaults, **settings}
    )
    model.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
    return model


def take_step(model):
    """Take a step on three images of the first class of which all pixels are 0.25."""
    one_hot = keras.ops.convert_to_tensor([[1.0, 0.0]] * 3)
    return model.train_step((keras.ops.full((3, 2, 2, 1), 0.25), one_hot))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def weights(model):
    return model.discriminator.get_weights()[0], model.generator.get_weights()[0]


def test_one_step_of_the_vanilla_game_by_hand():
    model = build_vanilla()
    real = np.full((3, 2, 2, 1), 0.25, dtype="float32")  # scores 2 * 1; fakes score 2 * -2
    losses = model.train_step((keras.ops.convert_to_tensor(real),))
    assert float(losses["discriminator_loss"]) == pytest.approx(
        softplus(-2) + softplus(-4), rel=1e-5
    )
    assert float(losses["generator_loss"]) == pytest.approx(softplus(4), rel=1e-5)
    slope_w = -sigmoid(-2) * 1 + sigmoid(-4) * -2
    slope_b = -sigmoid(4) * 2 * 4
    w, b = weights(model)
    assert w == pytest.approx(2 - 0.1 * slope_w, rel=1e-5)
    assert b == pytest.approx(-0.5 - 0.1 * slope_b, rel=1e-5)


@pytest.mark.parametrize(("interval", "steps_done", "due"), [(1, 0, 1), (4, 0, 4), (4, 1, 0)])
@pytest.mark.parametrize("n_seen", [0, 30, 300])
def test_one_step_of_the_relativistic_game_by_hand(interval, steps_done, due, n_seen):
    model = build_conditional(penalty=(1.0, 0.0), penalty_interval=interval)
    model.discriminator_optimizer.iterations.assign(steps_done)
    model.n_seen.assign(n_seen)
    losses = take_step(model)
    both = 1 + min(n_seen / 60, 1) / 2  # the class counts fully after a tenth of 600 images
    margin = both * (2 * 1 - 2 * -2)
    assert float(losses["discriminator_loss"]) == pytest.approx(softplus(-margin), rel=1e-5)
    assert float(losses["generator_loss"]) == pytest.approx(softplus(margin), rel=1e-5)
    assert float(losses["won"]) == 1
    gamma = 1.0 - n_seen / 600
    # R1 + R2 = 2 * 4 w^2, weighed by gamma / 2 and by the steps left out
    slope_w = -sigmoid(-margin) * both * (1 + 2) + due * gamma / 2 * both**2 * 2 * 4 * 2 * 2
    slope_b = -sigmoid(margin) * both * 2 * 4
    w, b = weights(model)
    assert w == pytest.approx(2 - 0.1 * slope_w, rel=1e-5)
    assert b == pytest.approx(-0.5 - 0.1 * slope_b, rel=1e-4)


def test_a_game_nearly_lost_still_teaches_the_generator():
    model = build_conditional()
    model.discriminator.trainable_variables[0].assign(10.0)
    take_step(model)
    margin = 10 * 1 - 10 * -2
    assert weights(model)[1] == pytest.approx(-0.5 + 0.1 * sigmoid(margin) * 10 * 4, rel=1e-4)


def test_the_discriminator_learns_the_names_of_real_images():
    image = keras.Input((2, 2, 1))
    logit = Linear()(image)  # of the first class; all else is zero, the scores of the game too
    names = keras.ops.concatenate([logit, 0 * logit], axis=1)
    scores = keras.ops.concatenate([0 * logit, 0 * names], axis=1)
    model = build_conditional(discriminator=keras.Model(image, [scores, names]))
    take_step(model)
    slope_w = -CLASS_LOSS * sigmoid(-2) * 1
    w, b = weights(model)
    assert w == pytest.approx(2 - 0.1 * slope_w, rel=1e-5)
    assert b == -0.5


@pytest.mark.parametrize(("n_seen", "half_life"), [(0, 0.15), (1_000, 6)])
def test_the_average_has_its_half_life_in_images(n_seen, half_life):
    model = build_conditional()
    model.n_seen.assign(n_seen)
    take_step(model)
    now, before = model.generator.get_weights()[0], -0.5
    expected = now + (before - now) * 0.5 ** (3 / half_life)
    assert model.averaged.get_weights()[0] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("start", "w", "moved"), [(0.5, 2.0, 1), (0.5, -2.0, -1), (0.0, -2.0, 0)])
def test_the_augmentation_follows_the_share_of_pairs_won(start, w, moved):
    model = build_conditional(augmentation_probability="adaptive")
    model.augmentation.assign(start)
    model.discriminator.trainable_variables[0].assign(w)
    take_step(model)
    assert float(model.augmentation) == pytest.approx(start + moved * 3 / 16_000, rel=1e-5)


def test_a_fixed_augmentation_stays():
    model = build_conditional(augmentation_probability=0.4)
    take_step(model)
    assert float(model.augmentation) == pytest.approx(0.4)


def test_a_game_goes_on_from_its_values():
    model, twin = build_conditional(), build_conditional()
    take_step(model)
    twin.discriminator_optimizer.learning_rate = 0.05
    restore_game(twin, save_game(model))
    assert weights(twin) == weights(model)
    assert float(twin.n_seen) == 3
    assert float(twin.discriminator_optimizer.learning_rate) == pytest.approx(0.05)
    assert float(twin.generator_optimizer.learning_rate) == pytest.approx(0.1)
