"""Scores of one set of predictions."""

from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score


def score_predictions(true, predicted):
    """Compute accuracy, balanced accuracy and macro-F1.

    Parameters
    ----------
    true, predicted : array-like of shape (n_images,)
        Classes.

    Returns
    -------
    dict of str to float
        "accuracy", "balanced_accuracy" (mean recall) and "macro_f1" (mean over the classes; 0
        for a class that is never predicted).

    Examples
    --------
    >>> scores = score_predictions(["a", "a", "a", "b"], ["a", "a", "a", "a"])
    >>> {name: round(score, 3) for name, score in scores.items()}
    {'accuracy': 0.75, 'balanced_accuracy': 0.5, 'macro_f1': 0.429}
    """
    return {
        "accuracy": float(accuracy_score(true, predicted)),
        "balanced_accuracy": float(balanced_accuracy_score(true, predicted)),
        "macro_f1": float(f1_score(true, predicted, average="macro", zero_division=0)),
    }
