import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from skwbc.networks._group_normalisation import ChannelGroupNormalization


def make_pair(n_groups, n_channels, dtype="float32"):
    """Give our layer and Keras', with the same weights."""
    rng = np.random.default_rng(0)
    pair = [
        kind(n_groups, dtype=dtype)
        for kind in (ChannelGroupNormalization, layers.GroupNormalization)
    ]
    weights = [rng.normal(size=n_channels) for _ in range(2)]
    for layer in pair:
        layer.build((None, 4, 6, n_channels))
        layer.set_weights(weights)
    return pair


@pytest.mark.parametrize(("n_groups", "n_channels"), [(1, 1), (1, 5), (2, 6), (4, 4)])
def test_values_and_gradients_are_those_of_keras(n_groups, n_channels):
    rng = np.random.default_rng(1)
    images = tf.constant(rng.normal(2, 3, size=(3, 4, 6, n_channels)), "float32")
    weights = rng.normal(size=images.shape)
    found = []
    for layer in make_pair(n_groups, n_channels):
        with tf.GradientTape() as tape:
            tape.watch(images)
            normalised = layer(images)
            loss = tf.reduce_sum(weights * normalised)
        found.append([normalised, *tape.gradient(loss, [images, *layer.trainable_variables])])
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4)


def test_one_value_everywhere_stays_finite():
    layer, _ = make_pair(2, 4)
    images = np.full((1, 4, 6, 4), 1000.0, dtype="float32")
    np.testing.assert_allclose(layer(images)[0, 0, 0], layer.beta, atol=2e-3)


@pytest.mark.parametrize("dtype", ["float64", "mixed_bfloat16"])
def test_the_policy_decides_on_the_type(dtype):
    layer, theirs = make_pair(2, 4, dtype)
    images = np.random.default_rng(1).normal(size=(2, 4, 6, 4))
    assert layer(images).dtype == theirs(images).dtype
    tolerance = 1e-12 if dtype == "float64" else 0.05
    np.testing.assert_allclose(
        tf.cast(layer(images), "float64"), tf.cast(theirs(images), "float64"), atol=tolerance
    )


def test_it_comes_back_from_its_settings():
    layer = ChannelGroupNormalization(2, epsilon=0.5, dtype="float64", name="normal")
    again = ChannelGroupNormalization.from_config(layer.get_config())
    assert (again.groups, again.epsilon, again.compute_dtype) == (2, 0.5, "float64")
