"""Train a generator against a discriminator, in Keras' own loop.

These models exist while a sampler is fitted and no longer; what stays is the generator.
"""

import keras
import tensorflow as tf
from keras import ops

from skwbc._differentiable_augmentation import augment_pairs
from skwbc._optimizers import settle_optimizer

LARGEST_MARGIN = 40.0  # of scores: exp of it, by which a slope is multiplied, has to be a float32
LATE_CLASS = 0.1  # of the training: until then the class's score has less than its full weight
CLASS_LOSS = 0.2  # weight of the names of real images beside the game
RAMP = 0.05  # of the images seen: the longest half-life of the average so far
TARGET_WON = 0.7  # share of the pairs that the discriminator should tell
ADAPTING_IMAGES = 16_000  # seen while the probability of a change goes from 0 to 1
MOST_AUGMENTED = 0.9


class AdversarialModel(keras.Model):
    """What both games share: two networks, two optimisers, noise from one seed.

    A subclass plays in `train_step`, and lists in `reported` what its history holds.

    Parameters
    ----------
    generator, discriminator : keras.Model
        Functional networks that fit each other.
    seed : int
        Of the noise.
    """

    reported: tuple[str, ...] = ("discriminator_loss", "generator_loss")

    def __init__(self, generator, discriminator, *, seed):
        super().__init__()
        self.generator = generator
        self.discriminator = discriminator
        self.noise = keras.random.SeedGenerator(seed)
        self.latent_dim = tf.nest.flatten(generator.input)[0].shape[-1]
        self.means = {name: keras.metrics.Mean(name) for name in self.reported}

    @property
    def metrics(self):
        """Means, which Keras resets at each epoch."""
        return list(self.means.values())

    def compile(self, generator_optimizer, discriminator_optimizer):
        """Take one optimiser for each network."""
        super().compile()
        self.generator_optimizer = generator_optimizer
        self.discriminator_optimizer = discriminator_optimizer
        settle_optimizer(generator_optimizer, self.generator.trainable_variables)
        settle_optimizer(discriminator_optimizer, self.discriminator.trainable_variables)

    def draw_latent(self, n):
        """Draw standard normal noise: (n, latent_dim)."""
        return keras.random.normal((n, self.latent_dim), seed=self.noise, dtype="float32")

    def update(self, tape, discriminator_loss, generator_loss):
        """Take a step of both optimisers."""
        for network, optimizer, loss in (
            (self.discriminator, self.discriminator_optimizer, discriminator_loss),
            (self.generator, self.generator_optimizer, generator_loss),
        ):
            variables = network.trainable_variables
            optimizer.apply(tape.gradient(loss, variables), variables)

    def report(self, **values):
        """Update the means and return them for the history."""
        for name, value in values.items():
            self.means[name].update_state(value)
        return {name: mean.result() for name, mean in self.means.items()}


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
        return self.report(discriminator_loss=discriminator_loss, generator_loss=generator_loss)


class ConditionalAdversarialModel(AdversarialModel):
    """A relativistic game on pairs of one class, with gradient penalties on both sides [1]_.

    Real and generated images pass the same random, differentiable change before the
    discriminator sees them [2]_, so that it can't learn the few real images by heart. How many are
    changed can adapt to how often the discriminator wins [3]_. The classes enter the game late
    [4]_. The discriminator also learns to name the class of real images [5]_, and of these alone:
    to play against a discriminator that can, a generator has to draw the classes. All schedules
    are counted in images seen. The names have a head of their own, so that the scores of the game
    tell real from generated, and not clear cases from others.

    Parameters
    ----------
    generator, discriminator : keras.Model
        Functional networks that fit each other. The generator takes one-hot classes, too; the
        discriminator gives a score of no class and one of each class, and logits of the classes.
    averaged : keras.Model
        A copy of the generator, which takes the moving average of its weights.
    seed : int
        Of noise and changes.
    augmentation_probability : float or "adaptive"
        Probability of each kind of change, in [0, 1].
    penalty : tuple of (float, float)
        Weight of the gradient penalties at the first and the last image.
    penalty_interval : int
        The penalties are computed every so many steps, and weigh as much more.
    averaging_images : int
        Half-life of the moving average, in images; shorter at the beginning.
    n_images : int
        Length of the training.

    References
    ----------
    .. [1] N. Huang et al., "The GAN is dead; long live the GAN! A Modern GAN Baseline",
       NeurIPS 2024.
    .. [2] S. Zhao et al., "Differentiable Augmentation for Data-Efficient GAN Training",
       NeurIPS 2020.
    .. [3] T. Karras et al., "Training Generative Adversarial Networks with Limited Data",
       NeurIPS 2020.
    .. [4] M. Shahbazi et al., "Collapse by Conditioning: Training Class-conditional GANs with
       Limited Data", ICLR 2022.
    .. [5] A. Odena, C. Olah and J. Shlens, "Conditional Image Synthesis with Auxiliary Classifier
       GANs", ICML 2017.
    """

    reported = (*AdversarialModel.reported, "won", "augmentation")

    def __init__(
        self,
        generator,
        discriminator,
        averaged,
        *,
        seed,
        augmentation_probability,
        penalty,
        penalty_interval,
        averaging_images,
        n_images,
    ):
        super().__init__(generator, discriminator, seed=seed)
        self.averaged = averaged
        self.adapts = augmentation_probability == "adaptive"
        self.augmentation = tf.Variable(
            0.0 if self.adapts else float(augmentation_probability), trainable=False
        )
        self.penalty = penalty
        self.penalty_interval = penalty_interval
        self.averaging_images = averaging_images
        self.n_images = n_images
        self.n_seen = tf.Variable(0.0, trainable=False)

    def train_step(self, data):
        """Take one step on ``(images in [-1, 1], one-hot classes)``.

        One pass back through the discriminator serves both players: their losses are functions of
        the same margin, so that each image's slope for the one is a multiple of that for the other.
        """
        real, one_hot = data
        n = ops.shape(real)[0]
        with tf.GradientTape() as making:
            fake = self.generator([self.draw_latent(n), one_hot], training=True)
        with tf.GradientTape() as judging:
            judging.watch(fake)
            pairs = augment_pairs(ops.concatenate([real, fake]), self.augmentation, self.noise)
            scores, names = self.discriminator(pairs, training=True)
            own = self._combine(scores, ops.tile(one_hot, (2, 1)))
            margin = own[:n] - own[n:]
            loss = ops.mean(ops.softplus(-margin))
            named = ops.categorical_crossentropy(one_hot, names[:n], from_logits=True)
            regularised = loss + CLASS_LOSS * ops.mean(named)
            regularised += self._gradient_penalty(pairs, one_hot)
        variables = self.discriminator.trainable_variables
        *slopes, fake_slope = judging.gradient(regularised, [*variables, fake])
        self.discriminator_optimizer.apply(slopes, variables)
        # softplus(margin) rises exp(margin) times as fast as softplus(-margin) falls
        factor = -ops.exp(ops.minimum(margin, LARGEST_MARGIN))[:, :, None, None]
        variables = self.generator.trainable_variables
        slopes = making.gradient(fake, variables, output_gradients=factor * fake_slope)
        self.generator_optimizer.apply(slopes, variables)
        self._advance(tf.cast(n, "float32"), margin)
        return self.report(
            discriminator_loss=loss,
            generator_loss=ops.mean(ops.softplus(margin)),
            won=ops.mean(ops.cast(margin > 0, "float32")),
            augmentation=self.augmentation,
        )

    def _combine(self, scores, one_hot):
        """Add the score of an image's class to that of none, by and by: (n, ...) -> (n, 1)."""
        weight = ops.minimum(self.n_seen / (LATE_CLASS * self.n_images), 1.0)
        of_class = ops.sum(scores[:, 1:] * one_hot, axis=1, keepdims=True)
        return scores[:, :1] + weight * of_class

    def _gradient_penalty(self, pairs, one_hot):
        """Weigh R1 + R2 by the schedule; nothing on the steps between."""
        first, last = self.penalty
        progress = ops.minimum(self.n_seen / self.n_images, 1.0)  # the last part may go over
        weight = (first + (last - first) * progress) * self.penalty_interval / 2
        images = tf.stop_gradient(pairs)

        def squared_slope():
            with tf.GradientTape() as tape:
                tape.watch(images)
                scores, _ = self.discriminator(images, training=True)
                total = ops.sum(self._combine(scores, ops.tile(one_hot, (2, 1))))
            slope = tape.gradient(total, images)
            return 2 * ops.mean(ops.sum(slope**2, axis=(1, 2, 3)))  # the mean is over both halves

        step = self.discriminator_optimizer.iterations.value
        due = tf.equal(step % self.penalty_interval, 0)
        return weight * tf.cond(due, squared_slope, lambda: 0.0)

    def _advance(self, n, margin):
        """Count the images, and move the average and the augmentation on by as many."""
        self.n_seen.assign_add(n)
        half_life = ops.minimum(float(self.averaging_images), RAMP * self.n_seen)
        share = 1 - 0.5 ** (n / half_life)
        networks = self.averaged, self.generator
        for mean, value in zip(*(net.trainable_variables for net in networks), strict=True):
            mean.assign_add(share * (value - mean))
        if self.adapts:
            won = ops.mean(ops.cast(margin > 0, "float32"))
            moved = self.augmentation + ops.sign(won - TARGET_WON) * n / ADAPTING_IMAGES
            self.augmentation.assign(ops.clip(moved, 0.0, MOST_AUGMENTED))
