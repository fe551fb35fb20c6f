"""Scores of one set of predictions."""

import numpy as np
from sklearn.metrics import accuracy_score, f1_score, recall_score


def score_predictions(true, predicted):
    """Compute accuracy, balanced accuracy and macro-F1.

    Parameters
    ----------
    true, predicted : array-like of shape (n_images,)
        Classes.

    Returns
    -------
    dict of str to float
        "accuracy", "balanced_accuracy" (mean recall) and "macro_f1" (0 for a class that is never
        predicted), means over the classes that `true` holds.

    Examples
    --------
    >>> scores = score_predictions(["a", "a", "a", "b"], ["a", "a", "a", "a"])
    >>> {name: round(score, 3) for name, score in scores.items()}
    {'accuracy': 0.75, 'balanced_accuracy': 0.5, 'macro_f1': 0.429}
    """
    means = {"labels": np.unique(true), "average": "macro", "zero_division": 0}
    return {
        "accuracy": float(accuracy_score(true, predicted)),
        "balanced_accuracy": float(recall_score(true, predicted, **means)),
        "macro_f1": float(f1_score(true, predicted, **means)),
    }
