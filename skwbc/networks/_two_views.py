"""One classifier for the colours of an image, one for its shapes, and the mean of both."""

import keras
from keras import layers, ops

from skwbc._seeding import seed_stream
from skwbc.networks._blocks import full_precision
from skwbc.networks._grey_levels import GreyLevels
from skwbc.networks._white_balance import WhiteBalance

VIEWS = {"colour": WhiteBalance, "grey": GreyLevels}


def build_two_views(build, image_shape, n_classes, *, dtype="float32", seed=0):
    """Build two networks side by side, one of `WhiteBalance` and one of `GreyLevels`.

    What colours teach is not the same in another laboratory; what shapes teach is, more or less.
    The errors of the two differ within a laboratory too, so that the mean of both has fewer.

    Parameters
    ----------
    build : callable
        Builds a network of which the last layer reads the classes out, given an image shape,
        `n_classes`, `dtype` and `seed`.
    image_shape : tuple of int
        ``(height, width, channels)``.
    n_classes : int
        Number of classes.
    dtype : str
        Keras dtype policy of every layer but those that prepare the views and read out.
    seed : int
        Of the initial weights and the dropout.

    Returns
    -------
    keras.Model
        (batch, height, width, channels) in [0, 1] -> (batch, n_classes).
    """
    seeds = seed_stream(seed)
    full = full_precision(dtype)
    images = keras.Input(image_shape, dtype=full)
    embeddings = []
    for name, layer in VIEWS.items():
        seen = layer(dtype=full)(images)
        network = build(seen.shape[1:], n_classes, dtype=dtype, seed=next(seeds))
        body = keras.Model(network.inputs, network.layers[-1].input, name=name)
        embeddings.append(body(seen))
    both = layers.Concatenate(dtype=full)(embeddings)
    read_out = MeanOfViews(
        n_classes,
        kernel_initializer=keras.initializers.GlorotUniform(next(seeds)),
        dtype=full,
    )
    return keras.Model(images, read_out(both), name="two_views")


@keras.saving.register_keras_serializable("skwbc")
class MeanOfViews(layers.Layer):
    """Read probabilities out of two embeddings, each by itself, and give their geometric mean.

    In training the mean is not scaled to a sum of one, so that its cross-entropy is the mean of
    those of both views: each learns as if it were alone, and none waits for the other.

    Parameters
    ----------
    n_classes : int
        Number of classes.
    kernel_initializer : keras.initializers.Initializer
        Of the weights, of shape (n_views, n_units, n_classes).
    """

    def __init__(self, n_classes, kernel_initializer="glorot_uniform", **settings):
        super().__init__(**settings)
        self.n_classes = n_classes
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, input_shape):
        """Make the weights, for an input of (batch, n_views * n_units)."""
        n_units = input_shape[-1] // len(VIEWS)
        self.kernel = self.add_weight(
            shape=(len(VIEWS), n_units, self.n_classes),
            initializer=self.kernel_initializer,
            name="kernel",
        )
        self.bias = self.add_weight(
            shape=(len(VIEWS), 1, self.n_classes), initializer="zeros", name="bias"
        )

    def call(self, embeddings, training=False):
        """Give probabilities: (batch, n_views * n_units) -> (batch, n_classes)."""
        by_view = ops.stack(ops.split(embeddings, len(VIEWS), axis=-1))
        logs = ops.log_softmax(ops.matmul(by_view, self.kernel) + self.bias)
        mean = ops.mean(logs, axis=0)
        return ops.exp(mean) if training else ops.softmax(mean)

    def compute_output_shape(self, input_shape):
        """Say that there is one number for each class."""
        return (input_shape[0], self.n_classes)

    def get_config(self):
        """Give what builds the layer anew."""
        kernel = keras.initializers.serialize(self.kernel_initializer)
        return {
            **super().get_config(),
            "n_classes": self.n_classes,
            "kernel_initializer": kernel,
        }
