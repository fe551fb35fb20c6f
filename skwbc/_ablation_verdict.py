"""What a study found, in plain words."""

import math

from skwbc._ablation_arms import list_samplers
from skwbc._ablation_mixture import TEST_REAL, TEST_SYNTHETIC
from skwbc._ablation_splits import PUBLISHED, TEST

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
        A sentence for each such arm and model; of all other arms if there is none. Under the
        published protocol, of every arm and model, what its score is made of.
    """
    if study.protocol == PUBLISHED:
        return _take_apart(study)
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


def _take_apart(study):
    """Say of each arm and model what it scores on real and on synthetic test images."""
    scores = study.results_[study.results_["metric"] == "accuracy"]
    scores = scores.groupby(["arm", "model", "split"])["value"].mean()
    shares = study.predictions_.groupby(["arm", "model"], sort=False)["synthetic"].mean()
    told = []
    for arm, model in shares.sort_values(ascending=False, kind="stable").index:
        score, share = scores[arm, model], shares[arm, model]
        text = f"{arm} ({model}): {score[TEST]:.1%} of the test images are told right"
        if TEST_SYNTHETIC in score:
            text += (
                f", but {share:.0%} of them are synthetic: {score[TEST_SYNTHETIC]:.1%} of these, "
                f"and {score.get(TEST_REAL, math.nan):.1%} of the real ones"
            )
        told.append(f"{text}.")
    return told


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
