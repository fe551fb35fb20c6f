"""One classifier for the colours of an image, one for its shapes, and the mean of both."""

import keras
from keras import layers, ops

from skwbc._seeding import seed_stream
from skwbc.networks._blocks import full_precision

N_VIEWS = 2
TWO_VIEWS = "two_views"  # the name of the network


def build_two_views(build, image_shapes, n_classes, *, dtype="float32", seed=0):
    """Build two networks side by side, one for each view of the same image.

    Colours differ between laboratories more than shapes do: where one view fails, the other need
    not.

    Parameters
    ----------
    build : callable
        Builds a network of which the last layer reads the classes out, given an image shape,
        `n_classes`, `dtype` and `seed`.
    image_shapes : list of tuple of int
        ``(height, width, channels)`` of each view.
    n_classes : int
        Number of classes.
    dtype : str
        Keras dtype policy of every layer but the one that reads out.
    seed : int
        Of the initial weights and the dropout.

    Returns
    -------
    keras.Model
        List of (batch, height, width, channels) in [0, 1] -> (batch, n_classes).
    """
    seeds = seed_stream(seed)
    full = full_precision(dtype)
    views, embeddings = [], []
    for image_shape in image_shapes:
        network = build(image_shape, n_classes, dtype=dtype, seed=next(seeds))
        body = keras.Model(network.inputs, network.layers[-1].input)
        views.append(keras.Input(image_shape, dtype=full))
        embeddings.append(body(views[-1]))
    both = layers.Concatenate(dtype=full)(embeddings)
    read_out = MeanOfViews(
        n_classes,
        kernel_initializer=keras.initializers.GlorotUniform(next(seeds)),
        dtype=full,
    )
    return keras.Model(views, read_out(both), name=TWO_VIEWS)


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
        n_units = input_shape[-1] // N_VIEWS
        self.kernel = self.add_weight(
            shape=(N_VIEWS, n_units, self.n_classes),
            initializer=self.kernel_initializer,
            name="kernel",
        )
        self.bias = self.add_weight(
            shape=(N_VIEWS, 1, self.n_classes), initializer="zeros", name="bias"
        )

    def call(self, embeddings, training=False):
        """Give probabilities: (batch, n_views * n_units) -> (batch, n_classes)."""
        by_view = ops.stack(ops.split(embeddings, N_VIEWS, axis=-1))
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
