"""The classifier that every sampler is judged by: the same network, and as many steps for all."""

from skwbc import CompactCNNClassifier

BATCH_SIZE = 32


def build_classifier(n_images, n_steps, *, seed, class_weight=None):
    """Build a :class:`CompactCNNClassifier` that will train for `n_steps`, however many images.

    The published networks are no good judge of training images: their dense layer often dies (see
    the results page). No image is held out, as the samplers' images must not be what chooses.

    Parameters
    ----------
    n_images : int
        That it will be trained on.
    n_steps : int
        Steps of the optimiser, rounded up to whole epochs.
    seed : int
        Of weights, order and changes.
    class_weight : dict, "balanced" or None, default=None
        As in scikit-learn.

    Returns
    -------
    CompactCNNClassifier
    """
    steps_an_epoch = -(-n_images // BATCH_SIZE)
    return CompactCNNClassifier(
        epochs=-(-n_steps // steps_an_epoch),
        batch_size=BATCH_SIZE,
        validation_fraction=0,
        class_weight=class_weight,
        random_state=seed,
    )
