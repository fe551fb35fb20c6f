"""What a study found, in plain words."""

import math

from skwbc._ablation_arms import list_samplers

REFERENCES = ("augmented copies", "traditional")  # what a GAN has to beat
FEWEST_SPLITS = 5  # of which an interval tells something
LEVEL = 0.05


def choose_reference(arms):
    """Choose the arm that the others have to beat: changed copies, or else the first.

    Examples
    --------
    >>> choose_reference({"original": {}, "traditional": {}, "GAN": {}})
    'traditional'
    """
    return next((name for name in REFERENCES if name in arms), next(iter(arms)))


def tell_verdict(study):
    """Say of each arm with synthetic images whether it beats the reference.

    Parameters
    ----------
    study : AblationStudy
        Fitted.

    Returns
    -------
    list of str
        A sentence for each such arm and model; of all other arms if there is none.
    """
    reference = choose_reference(study.arms_)
    others = {name: arm for name, arm in study.arms_.items() if name != reference}
    told = [name for name, arm in others.items() if list_samplers(arm)] or list(others)
    if not told:
        return ["One arm alone was run: there is nothing to compare it with."]
    table = study.compare(reference).loc["balanced_accuracy"]
    names = {model: f" ({model})" if len(study.models_) > 1 else "" for model in study.models_}
    return [
        f"{arm}{name}: {_tell_difference(table.loc[(model, arm)], reference)}"
        for arm in told
        for model, name in names.items()
    ]


def _tell_difference(row, reference):
    if math.isnan(row["difference"]):
        return f"could not be compared with {reference}, because fits failed."
    points = f"{100 * row['difference']:+.1f} points of balanced accuracy"
    n_splits = int(row["n_folds"])
    if n_splits < FEWEST_SPLITS:
        number = "one split" if n_splits == 1 else f"{n_splits} splits"
        return f"{points} against {reference}, on {number}: too few to tell anything."
    interval = f"95 % interval {100 * row['low']:+.1f} to {100 * row['high']:+.1f}"
    if row["p_adjusted"] < LEVEL:
        better = "better" if row["difference"] > 0 else "worse"
        return f"{points}, {interval}: {better} than {reference}."
    return (
        f"{points}, {interval}: not distinguishable from {reference}. This study could have found "
        f"{100 * row['smallest_difference']:.1f} points."
    )
