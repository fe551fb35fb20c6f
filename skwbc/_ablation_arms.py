"""What a study does to the training images: its arms, and the pipelines of each."""

import functools
from typing import Any

import joblib
import numpy as np
from sklearn.base import clone

from skwbc._ablation_names import PUBLISHED_ARMS
from skwbc._augmentation import AugmentationOverSampler
from skwbc._gan_over_sampler import GANOverSampler
from skwbc._pixel_smote import PixelSMOTE
from skwbc.pipeline import Pipeline

OF_CLASSIFIER = "classifier__"  # before the names of its parameters in a pipeline


def ablation_arms(
    *, gan: Any = None, samples_per_class: int | None = 300
) -> dict[str, dict[str, Any]]:
    """List what a study can do about few images: the four published arms, and eight more.

    The published ones are those of [1]_.

    Parameters
    ----------
    gan : sampler, default=None
        Over-sampler of images; copied, not fitted. By default :class:`GANOverSampler`.
    samples_per_class : int or None, default=300
        Images that every sampler brings each class to, unless the class has more. None leaves
        the samplers their own `sampling_strategy`.

    Returns
    -------
    dict of str to dict
        For each arm the parameters of the classifier that it sets, such as `augmentation` or
        `class_weight`, and under "sampler" an over-sampler or a list of steps ``(name, step)``
        that ends with one. In this order: the published "original", "traditional" (a horizontal
        flip and a rotation within 10 degrees, anew for each image in each epoch), "GAN" and "GAN
        + traditional"; then "class weights", "copies" (repeated images), "augmented copies" (see
        :class:`AugmentationOverSampler`), "SMOTE" [2]_ (between the pixels of neighbours; needs 2
        images of each class that it fills), "cells" (all flips and quarter turns, shifts, more or
        less of each dye and of light, anew for each image in each epoch), "GAN + cells",
        "laboratories" (what :class:`CompactCNNClassifier` does by default: also other sizes, bare
        surroundings, blur, far other dyes and light) and "GAN + laboratories".

    References
    ----------
    .. [1] A. Sangal and H. Krishnan, "Enhancing White Blood Cell Classification through
       GAN-based Data Augmentation", ECE 176, University of California San Diego.
    .. [2] N. Chawla et al., "SMOTE: Synthetic Minority Over-sampling Technique", Journal of
       Artificial Intelligence Research 16, 2002.

    Examples
    --------
    >>> from skwbc import ablation_arms
    >>> arms = ablation_arms(samples_per_class=100)
    >>> list(arms)[:4]
    ['original', 'traditional', 'GAN', 'GAN + traditional']
    >>> arms["class weights"]
    {'class_weight': 'balanced', 'augmentation': None}
    """
    samplers = {
        "GAN": GANOverSampler() if gan is None else clone(gan),
        "copies": AugmentationOverSampler(horizontal_flip=False, rotation=0.0),
        "augmented copies": AugmentationOverSampler(),
        "SMOTE": PixelSMOTE(),
    }
    if samples_per_class is not None:
        strategy = functools.partial(at_least, n_images=samples_per_class)
        for sampler in samplers.values():
            sampler.set_params(sampling_strategy=strategy)
    kinds = (None, "traditional", "cells", "laboratories")
    plain, traditional, cells, laboratories = ({"augmentation": kind} for kind in kinds)
    return {
        "original": plain,
        "traditional": traditional,
        "GAN": {"sampler": samplers["GAN"], **plain},
        "GAN + traditional": {"sampler": samplers["GAN"], **traditional},
        "class weights": {"class_weight": "balanced", **plain},
        "copies": {"sampler": samplers["copies"], **plain},
        "augmented copies": {"sampler": samplers["augmented copies"], **plain},
        "SMOTE": {"sampler": samplers["SMOTE"], **plain},
        "cells": cells,
        "GAN + cells": {"sampler": samplers["GAN"], **cells},
        "laboratories": laboratories,
        "GAN + laboratories": {"sampler": samplers["GAN"], **laboratories},
    }


def ablation_pipelines(
    classifier: Any,
    *,
    arms: dict[str, Any] | None = None,
    gan: Any = None,
    samples_per_class: int | None = 300,
    memory: str | joblib.Memory | None = None,
) -> dict[str, Any]:
    """Build the pipeline of each arm of a study.

    The study is no more than these, evaluated on the same splits.

    Parameters
    ----------
    classifier : estimator
        With the parameters that the arms set, such as `augmentation` of :class:`CNNClassifier`;
        copied, not fitted. It keeps what an arm does not set, and need not have what an arm sets
        to None.
    arms : dict of str to dict, default=None
        As :func:`ablation_arms` gives them. By default the four published ones.
    gan : sampler, default=None
        Over-sampler of images; copied, not fitted. By default :class:`GANOverSampler`. Not used
        if `arms` are given.
    samples_per_class : int or None, default=300
        Images that the sampler brings each class to, unless the class has more. None leaves
        the sampler its own `sampling_strategy`. Not used if `arms` are given.
    memory : str or joblib.Memory, default=None
        Cache of the pipelines. With it, and an integer `random_state`, a GAN is trained once
        for all pipelines that are fitted on the same rows.

    Returns
    -------
    dict of str to Pipeline
        For each arm, not fitted: the steps of its sampler, if it has one, then "classifier".

    Raises
    ------
    ValueError
        If an arm sets a parameter that the classifier does not have, to another value than None.

    Examples
    --------
    >>> from skwbc import CNNClassifier, ablation_pipelines
    >>> for name, pipeline in ablation_pipelines(CNNClassifier()).items():
    ...     print(name, list(pipeline.named_steps), pipeline[-1].augmentation)
    original ['classifier'] None
    traditional ['classifier'] traditional
    GAN ['sampler', 'classifier'] None
    GAN + traditional ['sampler', 'classifier'] traditional
    """
    if arms is None:
        arms = published_arms(gan=gan, samples_per_class=samples_per_class)
    known = classifier.get_params()
    pipelines = {}
    for name, arm in arms.items():
        last = ("classifier", clone(classifier).set_params(**_list_settings(arm, known)))
        pipelines[name] = clone(Pipeline([*list_samplers(arm), last], memory=memory))
    return pipelines


def _list_settings(arm, known):
    """Give the parameters that an arm sets, without those of None that are not `known`."""
    return {
        key: value
        for key, value in arm.items()
        if key != "sampler" and (value is not None or key in known)
    }


def published_arms(**settings):
    """Give those of :func:`ablation_arms`, made with `settings`, that the publication has."""
    arms = ablation_arms(**settings)
    return {name: arms[name] for name in PUBLISHED_ARMS}


def list_samplers(arm):
    """List the steps before the classifier in an arm's pipeline."""
    sampler = arm.get("sampler")
    if sampler is None:
        return []
    return list(sampler) if isinstance(sampler, (list, tuple)) else [("sampler", sampler)]


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
