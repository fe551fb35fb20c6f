"""Train a generator against a discriminator, in Keras' own loop.

These models exist while a sampler is fitted and no longer; what stays is the generator.
"""

import keras
import tensorflow as tf
from keras import ops

from skwbc._differentiable_augmentation import augment_pairs


class AdversarialModel(keras.Model):
    """What both games share: two networks, two optimisers, noise from one seed.

    Parameters
    ----------
    generator, discriminator : keras.Model
        Functional networks that fit each other.
    seed : int
        Of the noise.
    """

    def __init__(self, generator, discriminator, *, seed):
        super().__init__()
        self.generator = generator
        self.discriminator = discriminator
        self.noise = keras.random.SeedGenerator(seed)
        self.latent_dim = tf.nest.flatten(generator.input)[0].shape[-1]
        self.means = [
            keras.metrics.Mean(f"{player}_loss") for player in ("discriminator", "generator")
        ]

    @property
    def metrics(self):
        """Mean losses, which Keras resets at each epoch."""
        return self.means

    def compile(self, generator_optimizer, discriminator_optimizer):
        """Take one optimiser for each network."""
        super().compile()
        self.generator_optimizer = generator_optimizer
        self.discriminator_optimizer = discriminator_optimizer
        generator_optimizer.build(self.generator.trainable_variables)
        discriminator_optimizer.build(self.discriminator.trainable_variables)

    def draw_latent(self, n):
        """Draw standard normal noise: (n, latent_dim)."""
        return keras.random.normal((n, self.latent_dim), seed=self.noise)

    def update(self, tape, discriminator_loss, generator_loss):
        """Take a step of both optimisers."""
        for network, optimizer, loss in (
            (self.discriminator, self.discriminator_optimizer, discriminator_loss),
            (self.generator, self.generator_optimizer, generator_loss),
        ):
            variables = network.trainable_variables
            optimizer.apply(tape.gradient(loss, variables), variables)

    def report(self, discriminator_loss, generator_loss):
        """Update the mean losses and return them for the history."""
        for mean, loss in zip(self.means, (discriminator_loss, generator_loss), strict=True):
            mean.update_state(loss)
        return {mean.name: mean.result() for mean in self.means}


class VanillaAdversarialModel(AdversarialModel):
    """The first GAN's game: tell real from generated, by binary cross-entropy.

    Both networks are updated from one pass, and the generator maximises the discriminator's
    error (the non-saturating loss of [1]_).

    References
    ----------
    .. [1] I. Goodfellow et al., "Generative Adversarial Nets", NeurIPS 2014.
    """

    def train_step(self, data):
        """Take one step on images, ``((batch, height, width, channels),)`` in [-1, 1]."""
        (real,) = data
        latent = self.draw_latent(ops.shape(real)[0])
        with tf.GradientTape(persistent=True) as tape:
            fake = self.generator(latent, training=True)
            real_logits = self.discriminator(real, training=True)
            fake_logits = self.discriminator(fake, training=True)
            discriminator_loss = ops.mean(ops.softplus(-real_logits)) + ops.mean(
                ops.softplus(fake_logits)
            )
            generator_loss = ops.mean(ops.softplus(-fake_logits))
        self.update(tape, discriminator_loss, generator_loss)
        return self.report(discriminator_loss, generator_loss)


class ConditionalAdversarialModel(AdversarialModel):
    """A relativistic game on pairs of one class, with gradient penalties on both sides [1]_.

    Real and generated images pass the same random, differentiable change before the
    discriminator sees them [2]_, so that it can't learn the few real images by heart.

    Parameters
    ----------
    generator, discriminator : keras.Model
        Class-conditional networks.
    seed : int
        Of the noise and the changes.
    augmentation_probability : float
        Probability of each change of an image, in [0, 1].
    penalty : tuple of (float, float)
        Weight of the gradient penalties at the first and the last step.
    penalty_interval : int
        The penalties are computed every so many steps, and weigh as much more.
    n_steps : int
        Length of the training.

    References
    ----------
    .. [1] N. Huang et al., "The GAN is dead; long live the GAN! A Modern GAN Baseline",
       NeurIPS 2024.
    .. [2] S. Zhao et al., "Differentiable Augmentation for Data-Efficient GAN Training",
       NeurIPS 2020.
    """

    def __init__(
        self,
        generator,
        discriminator,
        *,
        seed,
        augmentation_probability,
        penalty,
        penalty_interval,
        n_steps,
    ):
        super().__init__(generator, discriminator, seed=seed)
        self.augmentation_probability = augmentation_probability
        self.penalty = penalty
        self.penalty_interval = penalty_interval
        self.n_steps = n_steps

    def train_step(self, data):
        """Take one step on ``(images in [-1, 1], one-hot classes)``."""
        real, one_hot = data
        n = ops.shape(real)[0]
        latent = self.draw_latent(n)
        with tf.GradientTape(persistent=True) as tape:
            fake = self.generator([latent, one_hot], training=True)
            pairs = ops.concatenate([real, fake])
            pairs = augment_pairs(pairs, self.augmentation_probability, self.noise)
            scores = self.discriminator([pairs, ops.tile(one_hot, (2, 1))], training=True)
            margin = scores[:n] - scores[n:]
            generator_loss = ops.mean(ops.softplus(margin))
            discriminator_loss = ops.mean(ops.softplus(-margin))
            regularised = discriminator_loss + self._gradient_penalty(pairs, one_hot)
        self.update(tape, regularised, generator_loss)
        return self.report(discriminator_loss, generator_loss)

    def _gradient_penalty(self, pairs, one_hot):
        """Weigh R1 + R2 by the schedule; nothing on the steps between."""
        step = self.discriminator_optimizer.iterations.value
        first, last = self.penalty
        progress = tf.cast(step, "float32") / self.n_steps
        weight = (first + (last - first) * progress) * self.penalty_interval / 2
        images = tf.stop_gradient(pairs)

        def squared_slope():
            with tf.GradientTape() as tape:
                tape.watch(images)
                scores = self.discriminator([images, ops.tile(one_hot, (2, 1))], training=True)
                total = ops.sum(scores)
            slope = tape.gradient(total, images)
            return 2 * ops.mean(ops.sum(slope**2, axis=(1, 2, 3)))  # the mean is over both halves

        due = tf.equal(step % self.penalty_interval, 0)
        return weight * tf.cond(due, squared_slope, lambda: 0.0)
