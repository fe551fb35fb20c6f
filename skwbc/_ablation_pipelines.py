"""The four pipelines of the published study."""

import functools

import numpy as np
from sklearn.base import clone

from skwbc._gan_over_sampler import GANOverSampler
from skwbc.pipeline import Pipeline


def ablation_pipelines(classifier, *, gan=None, samples_per_class=300, memory=None):
    """Build the four pipelines of the published study [1]_.

    The study is no more than these, evaluated on one split.

    Parameters
    ----------
    classifier : estimator
        With a parameter `augmentation`, such as :class:`CNNClassifier`; copied, not fitted.
    gan : sampler, default=None
        Over-sampler of images; copied, not fitted. By default :class:`GANOverSampler`.
    samples_per_class : int or None, default=300
        Images that the sampler brings each class to, unless the class has more. None leaves
        the sampler its own `sampling_strategy`.
    memory : str or joblib.Memory, default=None
        Cache of the pipelines. With it, and an integer `random_state`, a GAN is trained once
        for all pipelines that are fitted on the same rows.

    Returns
    -------
    dict of str to Pipeline
        "original", "traditional", "GAN" and "GAN + traditional", not fitted. "traditional" is
        a horizontal flip and a rotation within 10 degrees, anew for each image in each epoch.

    References
    ----------
    .. [1] A. Sangal and H. Krishnan, "Enhancing White Blood Cell Classification through
       GAN-based Data Augmentation", ECE 176, University of California San Diego.

    Examples
    --------
    >>> from skwbc import CNNClassifier, ablation_pipelines
    >>> for name, pipeline in ablation_pipelines(CNNClassifier()).items():
    ...     print(name, list(pipeline.named_steps), pipeline[-1].augmentation)
    original ['classifier'] None
    traditional ['classifier'] traditional
    GAN ['gan', 'classifier'] None
    GAN + traditional ['gan', 'classifier'] traditional
    """
    gan = GANOverSampler() if gan is None else clone(gan)
    if samples_per_class is not None:
        gan.set_params(sampling_strategy=functools.partial(at_least, n_images=samples_per_class))
    plain, augmented = (
        ("classifier", clone(classifier).set_params(augmentation=augmentation))
        for augmentation in (None, "traditional")
    )
    arms = {
        "original": [plain],
        "traditional": [augmented],
        "GAN": [("gan", gan), plain],
        "GAN + traditional": [("gan", gan), augmented],
    }
    return {name: clone(Pipeline(steps, memory=memory)) for name, steps in arms.items()}


def at_least(y, *, n_images):
    """Bring each class to `n_images`: a sampling strategy, once `n_images` is filled in.

    Parameters
    ----------
    y : array-like
        Classes.
    n_images : int
        Total of each class that has not more.

    Returns
    -------
    dict of class to int

    Examples
    --------
    >>> at_least(["a", "a", "a", "b"], n_images=2)
    {'a': 3, 'b': 2}
    """
    classes, counts = np.unique(y, return_counts=True)
    return {c: max(n, n_images) for c, n in zip(classes.tolist(), counts.tolist(), strict=True)}
