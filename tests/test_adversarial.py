import keras
import numpy as np
import pytest

from skwbc._adversarial import ConditionalAdversarialModel, VanillaAdversarialModel


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


def build(cls, conditional, **more):
    latent, image, one_hot = keras.Input((3,)), keras.Input((2, 2, 1)), keras.Input((2,))
    nothing = 0 * keras.ops.sum(one_hot, axis=1, keepdims=True)  # a class without effect
    model = cls(
        keras.Model([latent, one_hot], Constant()(latent) + nothing[:, :, None, None])
        if conditional
        else keras.Model(latent, Constant()(latent)),
        keras.Model([image, one_hot], Linear()(image) + nothing)
        if conditional
        else keras.Model(image, Linear()(image)),
        seed=0,
        **more,
    )
    model.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
    return model


def weights(model):
    return model.discriminator.get_weights()[0], model.generator.get_weights()[0]


def test_one_step_of_the_vanilla_game_by_hand():
    model = build(VanillaAdversarialModel, conditional=False)
    real = np.full((3, 2, 2, 1), 0.25, dtype="float32")  # scores 2 * 1; fakes score 2 * -2
    losses = model.train_step((keras.ops.convert_to_tensor(real),))
    assert float(losses["discriminator_loss"]) == pytest.approx(
        softplus(-2) + softplus(-4), rel=1e-5
    )
    assert float(losses["generator_loss"]) == pytest.approx(softplus(4), rel=1e-5)
    sigmoid = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731
    slope_w = -sigmoid(-2) * 1 + sigmoid(-4) * -2
    slope_b = -sigmoid(4) * 2 * 4
    w, b = weights(model)
    assert w == pytest.approx(2 - 0.1 * slope_w, rel=1e-5)
    assert b == pytest.approx(-0.5 - 0.1 * slope_b, rel=1e-5)


@pytest.mark.parametrize(("interval", "steps_done", "due"), [(1, 0, 1), (4, 0, 4), (4, 1, 0)])
def test_one_step_of_the_relativistic_game_by_hand(interval, steps_done, due):
    model = build(
        ConditionalAdversarialModel,
        conditional=True,
        augmentation_probability=0.0,
        penalty=(1.0, 0.0),
        penalty_interval=interval,
        n_steps=10,
    )
    model.discriminator_optimizer.iterations.assign(steps_done)
    real = keras.ops.full((3, 2, 2, 1), 0.25)
    losses = model.train_step((real, keras.ops.ones((3, 2))))
    margin = 2 * 1 - 2 * -2
    assert float(losses["discriminator_loss"]) == pytest.approx(softplus(-margin), rel=1e-5)
    assert float(losses["generator_loss"]) == pytest.approx(softplus(margin), rel=1e-5)
    sigmoid = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731
    gamma = 1.0 - steps_done / 10
    # R1 + R2 = 2 * 4 w^2, weighed by gamma / 2 and by the steps left out
    slope_w = -sigmoid(-margin) * (1 + 2) + due * gamma / 2 * 2 * 4 * 2 * 2
    slope_b = -sigmoid(margin) * 2 * 4
    w, b = weights(model)
    assert w == pytest.approx(2 - 0.1 * slope_w, rel=1e-5)
    assert b == pytest.approx(-0.5 - 0.1 * slope_b, rel=1e-5)
