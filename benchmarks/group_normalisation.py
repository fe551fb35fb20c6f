"""Time training steps with our group normalisation beside the same steps with Keras' layer.

python benchmarks/group_normalisation.py --dtype float32 --steps 100

The networks are that for crops and the GAN's generator, both for 64x64 pixels, 32 made-up images a
step, in turns in one process. A step is a pass forward and back, without that of an optimiser.
"""

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

from skwbc.networks._compact_cnn import build_compact_cnn
from skwbc.networks._conditional_gan import build_conditional_generator
from skwbc.networks._group_normalisation import ChannelGroupNormalization

SHAPE, N_CLASSES, LATENT_DIM, BATCH_SIZE = (64, 64, 3), 4, 64, 32
N_FIRST = 3  # steps that are not counted: they are traced, or warm the machine up


def main():
    """Print the median milliseconds of both for each network, and the ratio within a turn."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--dtype", default="float32", help="float32 (default) or mixed_bfloat16")
    parser.add_argument("--steps", type=int, default=100)
    arguments = parser.parse_args()
    for name, (network, inputs) in make_networks(arguments.dtype).items():
        seconds = time_turns([network, with_layers_of_keras(network)], inputs, arguments.steps)
        ours, theirs = 1000 * np.median(seconds, axis=0)
        ratio = np.median(seconds[:, 1] / seconds[:, 0])
        print(f"{name}: {ours:.1f} ms a step, with Keras' layer {theirs:.1f}, ratio {ratio:.2f}")


def make_networks(dtype):
    """Build each network, and draw what it is given."""
    rng = np.random.default_rng(0)
    images = tf.constant(rng.random((BATCH_SIZE, *SHAPE)), "float32")
    latent = tf.constant(rng.normal(size=(BATCH_SIZE, LATENT_DIM)), "float32")
    one_hot = tf.one_hot(np.arange(BATCH_SIZE) % N_CLASSES, N_CLASSES)
    return {
        "network for crops": (build_compact_cnn(SHAPE, N_CLASSES, dtype=dtype), images),
        "generator": (
            build_conditional_generator(SHAPE, N_CLASSES, latent_dim=LATENT_DIM, dtype=dtype),
            [latent, one_hot],
        ),
    }


def with_layers_of_keras(network):
    """Copy a network, Keras' group normalisation in the place of ours."""

    def copy(layer):
        ours = isinstance(layer, ChannelGroupNormalization)
        kind = keras.layers.GroupNormalization if ours else type(layer)
        return kind.from_config(layer.get_config())

    twin = keras.models.clone_model(network, clone_function=copy)
    twin.set_weights(network.get_weights())
    return twin


def time_turns(networks, inputs, n_steps):
    """Give the seconds of each step: (n_steps, n_networks)."""
    steps = [make_step(network, inputs) for network in networks]
    seconds = np.empty((n_steps + N_FIRST, len(steps)))
    for turn in seconds:
        for i, step in enumerate(steps):
            start = time.perf_counter()
            step()
            turn[i] = time.perf_counter() - start
    return seconds[N_FIRST:]


def make_step(network, inputs):
    """Trace a pass forward and back; what it gives is small, so that none is left out."""

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(tf.cast(network(inputs, training=True), "float32")))
        gradients = tape.gradient(loss, network.trainable_variables)
        return [tf.reduce_sum(gradient) for gradient in gradients]

    return step


if __name__ == "__main__":
    main()
