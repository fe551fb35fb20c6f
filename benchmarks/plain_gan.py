"""The GAN as one would write it first: nothing merged, and a pass back for each player."""

import math

import keras
import tensorflow as tf
from keras import layers, ops

from skwbc._adversarial import CLASS_LOSS, ConditionalAdversarialModel
from skwbc._differentiable_augmentation import augment_pairs
from skwbc.networks import _conditional_gan
from skwbc.networks._blocks import full_precision
from skwbc.networks._conditional_gan import CLASS_DIM, LAST_FILTERS, STYLE_DIM, connect, convolve
from skwbc.networks._vanilla_gan import SLOPE


def build_plain_generator(
    image_shape, n_classes, *, latent_dim=64, filters=(128, 96, 64), dtype="float32"
):
    """Build a generator like skwbc's, in which up-sampling and convolution are two layers."""
    height, width, channels = image_shape
    start = [side // 2 ** (len(filters) + 1) for side in (height, width)]
    latent, one_hot = keras.Input((latent_dim,)), keras.Input((n_classes,))
    settings = {"seed": 0, "dtype": dtype}
    style = layers.Concatenate(dtype=dtype)([latent, connect(one_hot, CLASS_DIM, **settings)])
    style = layers.LeakyReLU(SLOPE, dtype=dtype)(connect(style, STYLE_DIM, **settings))
    x = connect(latent, math.prod(start) * filters[0], **settings)
    x = layers.Reshape((*start, filters[0]), dtype=dtype)(x)
    for i, n_filters in enumerate(filters):
        x = layers.UpSampling2D(dtype=dtype)(x)
        if i > 0:
            detail = connect(latent, math.prod(x.shape[1:3]), **settings)
            detail = layers.Reshape((*x.shape[1:3], 1), dtype=dtype)(detail)
            x = layers.Concatenate(dtype=dtype)([x, detail])
        x = convolve(x, n_filters, 3, **settings)
        x = layers.GroupNormalization(math.gcd(8, n_filters), dtype=dtype)(x)
        x = _conditional_gan._modulate(x, style, dtype=dtype)
        x = layers.LeakyReLU(SLOPE, dtype=dtype)(x)
    x = convolve(x, LAST_FILTERS, 1, **settings)
    x = layers.UpSampling2D(interpolation="bilinear", dtype=dtype)(x)
    x = layers.LeakyReLU(SLOPE, dtype=dtype)(convolve(x, LAST_FILTERS, 3, **settings))
    x = convolve(x, channels, 3, seed=0, dtype=full_precision(dtype))
    x = _conditional_gan._modulate(x, style, dtype=full_precision(dtype))
    return keras.Model([latent, one_hot], ops.tanh(x))


class PlainAdversarialModel(ConditionalAdversarialModel):
    """The same game, with a step for the discriminator and then one for the generator."""

    def train_step(self, data):
        """Take one step on ``(images in [-1, 1], one-hot classes)``."""
        real, one_hot = data
        n = ops.shape(real)[0]
        fake = self.generator([self.draw_latent(n), one_hot], training=True)
        with tf.GradientTape() as tape:
            pairs = augment_pairs(ops.concatenate([real, fake]), self.augmentation, self.noise)
            margin, names = self.compare(pairs, one_hot)
            loss = ops.mean(ops.softplus(-margin))
            named = ops.categorical_crossentropy(one_hot, names[:n], from_logits=True)
            total = loss + CLASS_LOSS * ops.mean(named) + self._gradient_penalty(pairs, one_hot)
        self.take(tape, total, self.discriminator, self.discriminator_optimizer)
        with tf.GradientTape() as tape:
            fake = self.generator([self.draw_latent(n), one_hot], training=True)
            pairs = augment_pairs(ops.concatenate([real, fake]), self.augmentation, self.noise)
            margin, _ = self.compare(pairs, one_hot)
            generator_loss = ops.mean(ops.softplus(margin))
        self.take(tape, generator_loss, self.generator, self.generator_optimizer)
        self._advance(tf.cast(n, "float32"), margin)
        return self.report(discriminator_loss=loss, generator_loss=generator_loss)

    def compare(self, pairs, one_hot):
        """Give the scores of real images minus those of generated ones, and the names."""
        scores, names = self.discriminator(pairs, training=True)
        own = self._combine(scores, ops.tile(one_hot, (2, 1)))
        n = ops.shape(one_hot)[0]
        return own[:n] - own[n:], names

    def take(self, tape, loss, network, optimizer):
        """Take a step of one player."""
        variables = network.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)
