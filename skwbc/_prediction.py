"""Put images through a fitted network, batch by batch."""

import weakref

import keras
import numpy as np

from skwbc._batches import AS_IT_IS, ImageBatches, failures_as_raised

PREDICTION_BATCH_SIZE = 256  # images at most
MOST_VALUES = 2**22  # of a batch: large images come fewer at a time

# of classifiers: their networks, and those cut short
_EMBEDDINGS: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


def predict_images(network, rows, image_shape, *, poses=(AS_IT_IS,)):
    """Give what a network answers to images in each of some poses.

    Parameters
    ----------
    network : keras.Model
        Maps images to rows of values.
    rows : ndarray or LazyImages of shape (n_images, n_features)
        Flat images, in the units that the network takes. Each is read once.
    image_shape : tuple of int
        ``(height, width, channels)``.
    poses : list of (bool, int), default=((False, 0),)
        Whether images are mirrored, and by how many quarters they are turned then.

    Returns
    -------
    ndarray of shape (n_poses, n_images, n_values)

    Raises
    ------
    OSError
        If an image is in a file that can't be read.
    """
    n_at_once = int(np.clip(MOST_VALUES // np.prod(image_shape), 1, PREDICTION_BATCH_SIZE))
    batches = ImageBatches(
        rows,
        image_shape,
        batch_size=n_at_once,
        dtype=network.inputs[0].dtype,
        poses=poses,
    )
    is_alone = network.distribute_strategy.num_replicas_in_sync == 1
    if is_alone and len(batches) == len(poses):  # several devices would each give all answers
        return np.stack([np.asarray(network.predict_on_batch(batch[0])) for batch in batches])
    with failures_as_raised(batches):
        answers = network.predict(batches, verbose=0)
    size = n_at_once * len(poses)
    of_batches = np.split(answers, np.arange(size, len(answers), size))
    return np.concatenate(
        [each.reshape(len(poses), -1, answers.shape[-1]) for each in of_batches], axis=1
    )


def cut_before_read_out(classifier):
    """Give the network of a classifier without its last layer.

    It shares its layers with the classifier's network. It is made once for each network: Keras'
    layers keep what is built on them, so that another one for each call would never be forgotten.
    It is no attribute of the classifier, which would be saved with it.

    Parameters
    ----------
    classifier : ImageClassifier
        Fitted.

    Returns
    -------
    keras.Model
        Maps images in the units of `fit` to what the class probabilities are read from.
    """
    whole, embedding = _EMBEDDINGS.get(classifier, (None, None))
    if whole is not classifier.network_:
        whole = classifier.network_
        *before, network = whole.layers
        seen = [layer.output for layer in before[-len(network.inputs) :]]
        before_read_out = keras.Model(network.inputs, network.layers[-1].input)
        embedding = keras.Model(whole.input, before_read_out(seen))
        _EMBEDDINGS[classifier] = whole, embedding
    return embedding
