"""Train and test one pipeline of a study."""

from dataclasses import dataclass
from time import perf_counter

import numpy as np
import pandas as pd
from imblearn import FunctionSampler
from sklearn.metrics import classification_report, confusion_matrix

from skwbc._ablation_scores import score_predictions
from skwbc._ablation_statistics import wilson_interval
from skwbc._images import as_images
from skwbc.pipeline import Pipeline

N_EXAMPLES = 6  # images of each class that are kept to look at


@dataclass(frozen=True)
class Evaluation:
    """What one pipeline did.

    Attributes
    ----------
    metrics : dict of str to dict of str to float
        By split ("train", "validation", "test", "fit") and name.
    predictions : DataFrame
        Of the test images: "true", "predicted" and "proba_<class>".
    report : dict
        scikit-learn's classification report of the test images.
    confusion_matrix : ndarray of shape (n_classes, n_classes)
        Of the test images.
    history : dict of list of float
        Of the classifier.
    best_epoch : int
        Of the classifier, counted from 0.
    real, synthetic : tuple of (ndarray, ndarray)
        The first images of each class that were trained on, 4-D, and their classes.
    fallback : dict of class to str
        Why the synthetic images of a class are not the GAN's, where they are not.
    """

    metrics: dict
    predictions: pd.DataFrame
    report: dict
    confusion_matrix: np.ndarray
    history: dict
    best_epoch: int
    real: tuple
    synthetic: tuple
    fallback: dict


def evaluate_pipeline(pipeline, parts, classes, memory):
    """Fit a pipeline to the training rows, and score it.

    Parameters
    ----------
    pipeline : Pipeline
        Samplers, then a classifier of images.
    parts : dict of str to tuple of (array-like, ndarray)
        Images and classes of "train", "validation" and "test".
    classes : ndarray of shape (n_classes,)
        The classes, sorted.
    memory : joblib.Memory
        The cache of the pipeline.

    Returns
    -------
    Evaluation

    Raises
    ------
    KeyboardInterrupt
        If Ctrl-C ended the training of the classifier, which keeps what it has learnt.
    """
    X, y = parts["train"]
    resample = memory.cache(_resample, ignore=["memory"])
    X_fit, y_fit, gan_seconds, fallback = resample(pipeline.steps[:-1], X, y, memory=memory)
    start = perf_counter()
    pipeline.fit(X, y, X_val=parts["validation"][0], y_val=parts["validation"][1])
    seconds = perf_counter() - start
    classifier = pipeline[-1]
    if getattr(classifier, "interrupted_", False):
        raise KeyboardInterrupt  # a classifier that was cut short is no result
    predicted = {part: pipeline.predict(images) for part, (images, _) in parts.items()}
    true = parts["test"][1]
    shape = classifier.image_shape_
    return Evaluation(
        metrics={
            **{part: _score_part(part, y, predicted[part]) for part, (_, y) in parts.items()},
            "fit": {
                "n_images": len(y_fit),
                "n_synthetic_images": len(y_fit) - len(y),
                "gan_seconds": gan_seconds,
                "classifier_seconds": seconds,
                "n_epochs": classifier.n_epochs_,
                "best_epoch": classifier.best_epoch_,
            },
        },
        predictions=_tabulate(pipeline, parts["test"][0], true, predicted["test"], classes),
        report=classification_report(true, predicted["test"], output_dict=True, zero_division=0),
        confusion_matrix=confusion_matrix(true, predicted["test"], labels=classes),
        history=classifier.history_,
        best_epoch=classifier.best_epoch_,
        real=_first_of_each(X, y, classes, shape),
        synthetic=_first_of_each(X_fit[len(y) :], y_fit[len(y) :], classes, shape),
        fallback=fallback,
    )


def _resample(samplers, X, y, memory):
    """Run what stands before the classifier; give rows, classes, seconds and fallbacks.

    The pipeline finds the result in its memory when it is fitted: so the time of a GAN is known
    apart from that of the classifier, and its images can be shown.
    """
    start = perf_counter()
    unchanged = ("unchanged", FunctionSampler(validate=False))
    pipeline = Pipeline([*samplers, unchanged], memory=memory)
    X, y = pipeline.fit_resample(X, y)
    seconds = perf_counter() - start if samplers else 0.0
    fallback = {c: why for step in pipeline for c, why in getattr(step, "fallback_", {}).items()}
    return X, y, seconds, fallback


def _score_part(part, true, predicted):
    scores = score_predictions(true, predicted)
    if part == "test":
        low, high = wilson_interval(int(np.sum(true == predicted)), len(true))
        scores |= {"accuracy_low": low, "accuracy_high": high}
    return scores


def _tabulate(pipeline, X, true, predicted, classes):
    probabilities = pd.DataFrame(pipeline.predict_proba(X), columns=[f"proba_{c}" for c in classes])
    return pd.concat([pd.DataFrame({"true": true, "predicted": predicted}), probabilities], axis=1)


def _first_of_each(X, y, classes, image_shape):
    rows = np.concatenate([np.flatnonzero(y == c)[:N_EXAMPLES] for c in classes])
    return as_images(np.asarray(X)[rows], image_shape), np.asarray(y)[rows]
