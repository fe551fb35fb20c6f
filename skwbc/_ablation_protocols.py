"""A replay of the published study beside an honest one."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from skwbc._ablation_arms import list_samplers
from skwbc._ablation_mixture import TEST_REAL, TEST_SYNTHETIC
from skwbc._ablation_names import HONEST, PUBLISHED
from skwbc._ablation_splits import TEST
from skwbc._ablation_tables import find_interval

# test accuracy in %, table 2 of the publication
PUBLISHED_ACCURACY = {
    ("original", "CNN"): 48.21,
    ("original", "CNN-RNN"): 58.92,
    ("traditional", "CNN"): 62.50,
    ("traditional", "CNN-RNN"): 66.07,
    ("GAN", "CNN"): 83.33,
    ("GAN", "CNN-RNN"): 87.22,
    ("GAN + traditional", "CNN"): 86.67,
    ("GAN + traditional", "CNN-RNN"): 87.77,
}


def compare_protocols(replay: Any, honest: Any) -> pd.DataFrame:
    """Set what was published, its replay, and an honest study side by side.

    Parameters
    ----------
    replay : AblationStudy
        Fitted with ``protocol="published"``.
    honest : AblationStudy
        Fitted with ``protocol="honest"``; of its arms and models, those that the replay has
        are shown.

    Returns
    -------
    DataFrame
        By arm and model, test accuracies in [0, 1], means over the splits: "published", on BCCD
        [1]_ (NaN for other arms and models); "replay", the share of synthetic images among those
        that it tests on, and its accuracy "on synthetic" and "on real" ones; "honest" with the ends
        "low" and "high" of its 95 % interval, and "honest, balanced", the balanced accuracy. The
        last row, "constant guess", is the most frequent class of the real test images every time.

    Raises
    ------
    ValueError
        If the studies are not of these protocols, or have no arm and model in common.

    References
    ----------
    .. [1] A. Sangal and H. Krishnan, "Enhancing White Blood Cell Classification through
       GAN-based Data Augmentation", ECE 176, University of California San Diego.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> from skwbc import AblationStudy, AugmentationOverSampler, compare_protocols
    >>> from skwbc.datasets import make_blood_cells
    >>> cells = make_blood_cells(60, image_shape=(16, 16, 3), random_state=0)
    >>> models = {"dummy": DummyClassifier()}
    >>> arms = {"original": {}, "copies": {"sampler": AugmentationOverSampler()}}
    >>> replay = AblationStudy(models, arms, protocol="published").fit(cells.images, cells.target)
    >>> honest = AblationStudy(models, arms).fit(cells.images, cells.target)
    >>> table = compare_protocols(replay, honest)
    >>> table["synthetic share"].dropna().round(2).to_dict()
    {('original', 'dummy'): 0.0, ('copies', 'dummy'): 0.67}
    """
    for study, protocol in ((replay, PUBLISHED), (honest, HONEST)):
        check_is_fitted(study, "results_")
        if study.protocol != protocol:
            raise ValueError(
                f"Expected a study with protocol={protocol!r}, {study.protocol!r} came."
            )
    parts, scores = _average(replay), _average(honest)
    fits = [fit for fit in scores.index if fit in parts.index]
    if not fits:
        raise ValueError(
            "The studies have no arm and model in common: "
            f"{parts.index.tolist()} and {scores.index.tolist()}."
        )
    shares = replay.predictions_.groupby(["arm", "model"])["synthetic"].mean()
    rows = {fit: _arrange(fit, parts.loc[fit], scores.loc[fit], honest) for fit in fits}
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.insert(2, "synthetic share", shares.reindex(fits).to_numpy())
    guess = {"on real": replay.majority_rate_, "honest": honest.majority_rate_}
    guess["honest, balanced"] = 1 / len(honest.classes_)
    table.loc[("constant guess", ""), list(guess)] = list(guess.values())
    table.index = pd.MultiIndex.from_tuples(table.index, names=["arm", "model"])
    return table


def _average(study):
    """Average the scores of each arm and model, a column for each split and score."""
    scores = study.results_[study.results_["split"] != "fit"]
    means = scores.groupby(["arm", "model", "split", "metric"], sort=False)["value"].mean()
    return means.unstack(["split", "metric"], sort=False).reindex(
        columns=pd.MultiIndex.from_product(
            [[TEST, TEST_REAL, TEST_SYNTHETIC], ["accuracy", "balanced_accuracy"]]
        )
    )


def _arrange(fit, parts, scores, honest):
    tested = honest.predictions_
    tested = tested[(tested["arm"] == fit[0]) & (tested["model"] == fit[1])]
    low, high = find_interval(honest, tested)
    return {
        "published": PUBLISHED_ACCURACY.get(fit, np.nan) / 100,
        "replay": parts[TEST, "accuracy"],
        "on synthetic": parts[TEST_SYNTHETIC, "accuracy"],
        "on real": parts[TEST_REAL, "accuracy"],
        "honest": scores[TEST, "accuracy"],
        "low": low,
        "high": high,
        "honest, balanced": scores[TEST, "balanced_accuracy"],
    }


def describe_samplers(replay, honest):
    """Say whose images the rows of both protocols hold, which the table of them does not.

    Parameters
    ----------
    replay, honest : dict of str to list of str
        By arm, the classes of its samplers, as :func:`name_classes` gives them.

    Returns
    -------
    list of str
        A sentence for each pair of samplers, of the arms that both studies have.

    Examples
    --------
    >>> describe_samplers({"copies": ["SMOTE"]}, {"original": [], "copies": ["SMOTE"]})
    ["In 'copies' the sampler is SMOTE in the replay and in the honest study."]
    >>> describe_samplers({"GAN": ["VanillaGANOverSampler"]}, {"GAN": ["GANOverSampler"]})[0][:79]
    "In 'GAN' the sampler is VanillaGANOverSampler in the replay, but GANOverSampler"
    """
    arms = {}
    for arm in [name for name in honest if name in replay]:
        arms.setdefault((" + ".join(replay[arm]), " + ".join(honest[arm])), []).append(arm)
    return [
        f"In {' and '.join(map(repr, names))} {_compare_samplers(*pair)}"
        for pair, names in arms.items()
        if any(pair)
    ]


def _compare_samplers(of_replay, of_honest):
    if of_replay == of_honest:
        return f"the sampler is {of_replay} in the replay and in the honest study."
    return (
        f"the sampler is {of_replay or 'none'} in the replay, but {of_honest or 'none'} in the "
        "honest study. The scores differ by the sampler, too, not by the protocol alone."
    )


def name_classes(study):
    """Name the classes of the samplers of each arm of a study."""
    return {
        arm: [type(step).__name__ for _, step in list_samplers(settings)]
        for arm, settings in study.arms_.items()
    }


def format_protocols(table):
    """Write the table of :func:`compare_protocols` as text, in percent, blank where there is none.

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"replay": 0.8333, "honest": 0.5, "low": 0.4, "high": 0.6}
    >>> format_protocols(pd.DataFrame([row])).to_dict("records")
    [{'replay': '83.3', 'honest': '50.0', 'honest, 95 %': '40.0 to 60.0'}]
    """
    text = (100 * table.drop(columns=["low", "high"])).map("{:.1f}".format)
    ends = zip(100 * table["low"], 100 * table["high"], strict=True)
    interval = [f"{low:.1f} to {high:.1f}" for low, high in ends]
    text.insert(text.columns.get_loc("honest") + 1, "honest, 95 %", interval)
    return text.replace({"nan": "", "nan to nan": ""})
