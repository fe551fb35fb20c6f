"""A small classifier of crops, the same for every sampler that is compared.

The published networks are no good judge of training images: their dense layer often dies (see the
results page). This one is a common small network: strided convolutions, group normalisation and
global pooling.
"""

import math

import keras
from keras import layers, ops

from skwbc._image_classifier import ImageClassifier
from skwbc._seeding import seed_stream
from skwbc.networks._blocks import class_probabilities, full_precision

BATCH_SIZE = 32
LEARNING_RATE = 2e-3  # of Adam at the first step; half a cosine takes it to zero
FILTERS = (32, 64, 96, 128)


class SmallCNNClassifier(ImageClassifier):
    """Train for `n_steps` batches, however many images there are.

    Parameters
    ----------
    n_steps : int, default=800
        Steps of the optimiser, rounded up to whole epochs.
    class_weight : dict, "balanced" or None, default=None
        As in scikit-learn.
    random_state : int, default=0
        Of weights, order and changes.
    """

    learning_rate, batch_size, patience, validation_fraction = LEARNING_RATE, BATCH_SIZE, None, 0
    augmentation, dtype, image_shape, warm_start, verbose = None, "auto", None, False, 0

    _parameter_constraints = {  # noqa: RUF012
        name: ImageClassifier._parameter_constraints[name]
        for name in ("class_weight", "random_state")
    }

    def __init__(self, *, n_steps=800, class_weight=None, random_state=0):
        self.n_steps = n_steps
        self.class_weight = class_weight
        self.random_state = random_state

    def fit(self, X, y):
        """Train, with as many epochs as make the steps."""
        steps_an_epoch = -(-len(y) // self.batch_size)
        self.epochs = -(-self.n_steps // steps_an_epoch)
        self.callbacks = [keras.callbacks.LearningRateScheduler(self._give_rate)]
        return super().fit(X, y)

    def _give_rate(self, epoch):
        return LEARNING_RATE * (1 + math.cos(math.pi * epoch / self.epochs)) / 2

    def _build_network(self, image_shape, n_classes, dtype, seed):
        seeds = seed_stream(seed)
        inputs = keras.Input(image_shape)
        x = RandomPose(next(seeds), dtype=full_precision(dtype))(inputs)
        for n_filters in FILTERS:
            x = layers.Conv2D(
                n_filters,
                3,
                strides=2,
                padding="same",
                kernel_initializer=keras.initializers.HeNormal(next(seeds)),
                dtype=dtype,
            )(x)
            x = layers.GroupNormalization(8, dtype=dtype)(x)
            x = layers.ReLU(dtype=dtype)(x)
        x = layers.GlobalAveragePooling2D(dtype=dtype)(x)
        x = layers.Dropout(0.3, seed=next(seeds), dtype=dtype)(x)
        outputs = class_probabilities(x, n_classes, seed=next(seeds), dtype=dtype)
        return keras.Model(inputs, outputs, name="small_cnn")


class RandomPose(layers.Layer):
    """Flip and turn square images into any of the eight poses, in training alone."""

    def __init__(self, seed, **settings):
        super().__init__(**settings)
        self.draws = keras.random.SeedGenerator(seed)

    def call(self, images, training=False):
        """Change the images: (batch, side, side, channels)."""
        if not training:
            return images
        draws = keras.random.uniform((ops.shape(images)[0], 3), seed=self.draws) < 0.5
        draws = draws[:, :, None, None, None]
        images = ops.where(draws[:, 0], images[:, :, ::-1], images)
        images = ops.where(draws[:, 1], images[:, ::-1], images)
        return ops.where(draws[:, 2], ops.transpose(images, (0, 2, 1, 3)), images)
