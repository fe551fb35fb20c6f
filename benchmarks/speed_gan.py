"""Speed of the GAN's training: skwbc's step beside a plain one, and the rate of the machine."""

import math
import time
from itertools import product

import numpy as np
from gan_step_parts import PARTS, time_part
from speed_trial import choose_as_usual, read_peak_memory

BATCH_SIZE, N_CLASSES = 16, 4
N_STEPS, N_PARTS = 20, 9  # a part is timed; the first, which traces, is left out
TITLE = "Training the GAN"
ABOUT = f"""
Steps of `GANOverSampler` on made-up images of its default size, and of plain `train_step`s that
play the same game with the same number of weights: up-sampling and convolution apart, and two
passes back through the discriminator, one for each player. Images a second are those of the fastest
of {N_PARTS - 1} stretches of {N_STEPS} steps. The share compares the multiplications a second that
the plain networks would need, a pass forward and back counted as three passes forward, with those
of large products of matrices of the same type on this machine. The networks of skwbc need fewer, so
that their true share is lower. Trials of commit bb71a20 are of a slow and unsteady hour of the
machine.
"""
ABOUT_PARTS = """
The parts of skwbc's step, each run alone, forward and back, at its fastest. The penalty comes every
fourth time, and is not in the whole step.
"""
CASES = {"64x64": (64, 64, 3), "96x96": (96, 96, 3)}
REFERENCE, PLAIN_SHORT, PLAIN = "skwbc", "plain, bfloat16", "plain, float32"
N_REPEATS = 3
ARMS = {REFERENCE: "mixed_bfloat16", PLAIN_SHORT: "mixed_bfloat16", PLAIN: "float32"}
OF_A_STEP = "parts of a step, 64x64"
TRIALS = [*product(CASES, ARMS), *product([OF_A_STEP], PARTS)]
APART = [OF_A_STEP]  # cases with a table of their own
MATRIX_SIDE = 2048


def run(case, arm):
    """Train for some steps; give "images a second", the share of the matrix rate, and the peak.

    Of a part of a step, give "ms".
    """
    if case == OF_A_STEP:
        model = build_model(CASES["64x64"], ARMS[REFERENCE], plain=False)
        return {"ms": time_part(model, CASES["64x64"], N_CLASSES, BATCH_SIZE, arm)}
    if arm != REFERENCE:
        choose_as_usual()
    shape, dtype = CASES[case], ARMS[arm]
    model = build_model(shape, dtype, plain=arm != REFERENCE)
    n_multiplications = count_multiplications(model)
    if arm == REFERENCE:
        n_multiplications = count_multiplications(build_model(shape, dtype, plain=True))
    images_a_second = count_speed(train(model, shape))
    rate = images_a_second * n_multiplications
    return {
        "images a second": images_a_second,
        "share of matrix rate (%)": 100 * rate / measure_matrix_rate(dtype),
        "peak memory (MB)": read_peak_memory(),
    }


def build_model(shape, dtype, *, plain):
    """Build and compile the game with the defaults of the sampler."""
    import keras

    from skwbc._adversarial import ConditionalAdversarialModel
    from skwbc._conditional_training import BETAS
    from skwbc._gan_over_sampler import GANOverSampler
    from skwbc._optimizers import FusedAdam
    from skwbc.networks._conditional_gan import (
        build_conditional_discriminator,
        build_conditional_generator,
    )

    defaults = GANOverSampler()
    build, kind, adam = build_conditional_generator, ConditionalAdversarialModel, FusedAdam
    if plain:
        from plain_gan import PlainAdversarialModel, build_plain_generator

        build, kind, adam = build_plain_generator, PlainAdversarialModel, keras.optimizers.Adam
    model = kind(
        build(shape, N_CLASSES, dtype=dtype),
        build_conditional_discriminator(shape, N_CLASSES, dtype=dtype),
        build(shape, N_CLASSES, dtype=dtype),
        seed=0,
        augmentation_probability=defaults.augmentation_probability,
        penalty=defaults.penalty,
        penalty_interval=defaults.penalty_interval,
        averaging_images=defaults.averaging_images,
        n_images=defaults.max_images,
    )
    model.compile(*(adam(defaults.learning_rate, **BETAS) for _ in range(2)))
    return model


def train(model, shape):
    """Train for `N_PARTS` parts in Keras' loop; give the moments at which they ended."""
    import keras

    from skwbc._gan_batches import GANBatches
    from skwbc._images import PixelRange

    rng = np.random.default_rng(0)
    rows = rng.integers(0, 256, (256, math.prod(shape)), dtype=np.uint8)
    batches = GANBatches(
        rows,
        shape,
        np.arange(256) % N_CLASSES,
        PixelRange(0, 255, True),
        batch_size=BATCH_SIZE,
        n_steps=N_STEPS,
        seed=0,
    )
    ends = []
    note = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: ends.append(time.perf_counter())
    )
    model.fit(batches, epochs=N_PARTS, shuffle=False, verbose=0, callbacks=[note])
    return ends


def count_speed(ends):
    """Give the images a second of the fastest stretch."""
    return N_STEPS * BATCH_SIZE / float(np.min(np.diff(ends)))


def count_multiplications(model):
    """Count the multiplications of a step for each real image, in the layers with kernels."""
    generator, discriminator = (
        sum(map(count_layer, network.layers)) for network in (model.generator, model.discriminator)
    )
    penalty = 2 * 2 * 3 * discriminator / model.penalty_interval  # a pass back through two passes
    return 3 * generator + 2 * 3 * discriminator + penalty


def count_layer(layer):
    """Count the multiplications of a layer for one image; its output has a kernel at each place."""
    if not hasattr(layer, "kernel"):
        return 0
    places = math.prod(layer.output.shape[1:-1])
    return places * math.prod(layer.kernel.shape)


def measure_matrix_rate(dtype):
    """Measure the multiplications a second of a large product of matrices."""
    import tensorflow as tf

    kind = "bfloat16" if dtype == "mixed_bfloat16" else dtype
    matrix = tf.cast(tf.random.normal((MATRIX_SIDE, MATRIX_SIDE)), kind)
    multiply = tf.function(tf.matmul)
    seconds = []
    for _ in range(8):
        start = time.perf_counter()
        multiply(matrix, matrix).numpy()
        seconds.append(time.perf_counter() - start)
    return MATRIX_SIDE**3 / min(seconds)
