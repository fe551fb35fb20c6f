"""What a study found, in plain words."""

import math

from skwbc._ablation_arms import list_samplers
from skwbc._ablation_compare import compare_pairs
from skwbc._ablation_mixture import TEST_REAL, TEST_SYNTHETIC
from skwbc._ablation_names import PUBLISHED
from skwbc._ablation_settings import hash_settings
from skwbc._ablation_splits import TEST
from skwbc.displays._ablation_display import POINTS

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


def pair_arms(arms):
    """List what the verdict compares: arms with a sampler, each with up to two others.

    Parameters
    ----------
    arms : dict of str to dict
        As :func:`ablation_arms` gives them.

    Returns
    -------
    list of tuple of (str, str)
        An arm, and what is subtracted: the arm that is the same without a sampler, then that of
        :func:`choose_reference`. Without any sampler, all other arms and the reference.

    Examples
    --------
    >>> from skwbc import ablation_arms
    >>> arms = ablation_arms()
    >>> pair_arms({name: arms[name] for name in ("original", "traditional", "GAN")})
    [('GAN', 'original'), ('GAN', 'traditional')]
    """
    reference = choose_reference(arms)
    plain = {_hash_settings(arm): name for name, arm in arms.items() if not list_samplers(arm)}
    pairs = []
    for name in (name for name, arm in arms.items() if list_samplers(arm)):
        same = plain.get(_hash_settings(arms[name]))
        pairs += [(name, other) for other in dict.fromkeys([same, reference])]
    pairs = [(name, other) for name, other in pairs if other not in (None, name)]
    return pairs or [(name, reference) for name in arms if name != reference]


def _hash_settings(arm):
    return hash_settings({name: value for name, value in arm.items() if name != "sampler"})


def tell_verdict(study):
    """Say of each arm with synthetic images whether they helped.

    Parameters
    ----------
    study : AblationStudy
        Fitted.

    Returns
    -------
    list of str
        A sentence for each pair of :func:`pair_arms` and each model, and from two splits on
        one that names the other arms. Under the published protocol, of every arm and model, what
        its score is made of.
    """
    if study.protocol == PUBLISHED:
        return _take_apart(study)
    pairs = pair_arms(study.arms_)
    if not pairs:
        return ["One arm alone was run: there is nothing to compare it with."]
    table = compare_pairs(study, pairs)
    balanced, accuracy = table.loc["balanced_accuracy"], table.loc["accuracy", "difference"]
    names = {model: f" ({model})" if len(study.models_) > 1 else "" for model in study.models_}
    told = [
        f"{arm}{name}: {_tell_difference(balanced.loc[fit], baseline, accuracy[fit])}"
        for arm, baseline in pairs
        for model, name in names.items()
        for fit in [(model, arm, baseline)]
    ]
    return [*told, *_tell_fallbacks(study), *_name_others(study, pairs)]


def summarise_verdict(study):
    """Say in one sentence which of the verdict's comparisons stand out from chance.

    Parameters
    ----------
    study : AblationStudy
        Fitted.

    Returns
    -------
    str
        Empty where fewer than two can be tested.
    """
    pairs = [] if study.protocol == PUBLISHED else pair_arms(study.arms_)
    if not pairs:
        return ""
    tested = compare_pairs(study, pairs).loc["balanced_accuracy"].dropna(subset=["p_adjusted"])
    tested = tested[tested["n_folds"] >= FEWEST_SPLITS]
    if len(tested) < 2:
        return ""
    found = [
        f"{arm}{f' ({model})' if len(study.models_) > 1 else ''} is "
        f"{'better' if row['difference'] > 0 else 'worse'} than {baseline}"
        for (model, arm, baseline), row in tested[tested["p_adjusted"] < LEVEL].iterrows()
    ]
    of_all = f"Of {len(tested)} comparisons by balanced accuracy"
    if not found:
        return f"{of_all}, none stands out from chance."
    stand = "stands" if len(found) == 1 else "stand"
    return f"{of_all}, {len(found)} {stand} out from chance: {'; '.join(found)}."


def _tell_fallbacks(study):
    """Say of which samplers a class has, in most splits, no image of the GAN."""
    most = len(study.splits_) / 2
    classes = {
        sampler: [str(c) for c, n_splits in counts.items() if n_splits > most]
        for sampler, counts in study.fallback_counts_.items()
    }
    often = " in most splits" if len(study.splits_) > 1 else ""
    return [
        f"{sampler}: the images of {', '.join(names)} were{often} not its GAN's but others, so "
        "that this does not judge the GAN for them. Why is said below the table."
        for sampler, names in classes.items()
        if names
    ]


def _name_others(study, pairs):
    """Name the arms that the verdict leaves to the table of differences, where there is one."""
    compared = {arm for pair in pairs for arm in pair}
    others = [arm for arm in study.arms_ if arm not in compared]
    if len(study.splits_) == 1 or not others:
        return []
    return [f"The other arms stand in the table of differences: {', '.join(others)}."]


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


def _tell_difference(row, baseline, accuracy):
    if math.isnan(row["difference"]):
        return _tell_missing(baseline, accuracy)
    points = f"{100 * row['difference']:+.1f} points of balanced accuracy"
    n_splits = int(row["n_folds"])
    if n_splits < FEWEST_SPLITS:
        number = "one split" if n_splits == 1 else f"{n_splits} splits"
        return f"{points} against {baseline}, on {number}: too few to tell anything."
    if row["low"] == row["high"] == 0:
        return f"in every split the balanced accuracy of {baseline}: no difference."
    if math.isnan(row["p_adjusted"]):
        return f"{points} against {baseline} in every split: nothing tells how far they spread."
    low, high = (POINTS * row[["low", "high"]]).clip(-POINTS, POINTS)
    interval = f"95 % interval {low:+.1f} to {high:+.1f}"
    p = f"p {row['p_adjusted']:.3f} among all that is compared here"
    accuracy = f"In accuracy it is {100 * accuracy:+.1f} points."
    if row["p_adjusted"] < LEVEL:
        better = "better" if row["difference"] > 0 else "worse"
        return f"{points}, {interval}: {better} than {baseline} ({p}). {accuracy}"
    return (
        f"{points}, {interval}: not distinguishable from {baseline} ({p}). "
        f"{_tell_detectable(POINTS * row['smallest_difference'])} {accuracy}"
    )


def _tell_missing(baseline, accuracy):
    """Say why there is no balanced accuracy to compare."""
    if math.isnan(accuracy):
        return f"could not be compared with {baseline}, because fits failed."
    return (
        f"the balanced accuracy could not be compared with {baseline}: of the splits that both "
        "were fitted on, none tests every class. In accuracy the difference is "
        f"{100 * accuracy:+.1f} points."
    )


def _tell_detectable(points):
    if points > POINTS:
        return "With so few splits, no true difference would have been found four times in five."
    return (
        f"A true difference of {points:.1f} points would have been found four times in five, a "
        "smaller one less often."
    )
