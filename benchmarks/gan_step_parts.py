"""Time the parts of a step of the GAN, each alone."""

import time

import numpy as np

N_CALLS = 60


def time_part(model, shape, n_classes, batch_size, part):
    """Give the least milliseconds of a part of `ConditionalAdversarialModel.train_step`.

    Parameters
    ----------
    model : ConditionalAdversarialModel
        Compiled.
    shape : tuple of int
        ``(height, width, channels)``.
    n_classes, batch_size : int
    part : str
        One of `PARTS`.
    """
    import tensorflow as tf

    rng = np.random.default_rng(0)
    real = tf.constant(rng.uniform(-1, 1, (batch_size, *shape)), tf.float32)
    one_hot = tf.one_hot(np.arange(batch_size) % n_classes, n_classes)
    call = tf.function(lambda: PARTS[part](model, real, one_hot), reduce_retracing=True)
    seconds = []
    for _ in range(N_CALLS):
        start = time.perf_counter()
        tf.nest.map_structure(np.asarray, call())
        seconds.append(time.perf_counter() - start)
    return 1000 * min(seconds)


def run_step(model, real, one_hot):
    """Take the whole step."""
    return model.train_step((real, one_hot))["won"]


def run_generator(model, real, one_hot):
    """Generate, and give the slopes of the weights."""
    import tensorflow as tf

    variables = model.generator.trainable_variables
    with tf.GradientTape() as tape:
        fake = model.generator([model.draw_latent(len(real)), one_hot], training=True)
    return sum_all(tape.gradient(fake, variables, output_gradients=real))


def run_discriminator(model, real, one_hot):
    """Judge real and generated images; give the slopes of the weights and of the images."""
    import tensorflow as tf

    variables = model.discriminator.trainable_variables
    pairs = tf.concat([real, real[::-1]], 0)
    with tf.GradientTape() as tape:
        tape.watch(pairs)
        scores, names = model.discriminator(pairs, training=True)
        total = tf.reduce_sum(scores) + tf.reduce_sum(names)
    return sum_all(tape.gradient(total, [*variables, pairs]))


def run_penalty(model, real, one_hot):
    """Compute the gradient penalty and its slopes."""
    import tensorflow as tf

    variables = model.discriminator.trainable_variables
    pairs = tf.concat([real, real[::-1]], 0)
    with tf.GradientTape() as tape:
        penalty = model._gradient_penalty(pairs, one_hot)  # due: no step was taken
    return sum_all(tape.gradient(penalty, variables))


def run_changes(model, real, one_hot):
    """Change both halves at random, and give the slopes of the images."""
    import tensorflow as tf

    from skwbc._differentiable_augmentation import augment_pairs

    pairs = tf.concat([real, real[::-1]], 0)
    with tf.GradientTape() as tape:
        tape.watch(pairs)
        changed = augment_pairs(pairs, model.augmentation, model.noise)
    return sum_all([tape.gradient(changed, pairs, output_gradients=pairs)])


def run_optimizers(model, real, one_hot):
    """Apply slopes to the weights of both networks, and move their average on."""
    import tensorflow as tf

    for network, optimizer in (
        (model.generator, model.generator_optimizer),
        (model.discriminator, model.discriminator_optimizer),
    ):
        variables = network.trainable_variables
        optimizer.apply([tf.zeros_like(each) for each in variables], variables)
    model._advance(tf.cast(len(real), tf.float32), tf.zeros((len(real), 1)))
    return model.n_seen.read_value()


def sum_all(tensors):
    """Give one number that needs all of them, so that none is left out of the graph."""
    import tensorflow as tf

    return tf.add_n(
        [tf.reduce_sum(tf.cast(each, tf.float32)) for each in tensors if each is not None]
    )


WHOLE = "skwbc"
PARTS = {
    WHOLE: run_step,
    "generator": run_generator,
    "discriminator": run_discriminator,
    "gradient penalty": run_penalty,
    "random changes": run_changes,
    "optimisers and moving average": run_optimizers,
}
