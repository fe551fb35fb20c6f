"""What the verdict compares, and how it says what was found."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from skwbc import _ablation_verdict, ablation_arms
from skwbc._ablation_verdict import choose_reference, pair_arms


@pytest.fixture
def tell(monkeypatch):
    """Tell the verdict on a study of which all that is known are its differences."""

    def tell(
        arms=("traditional", "GAN"),
        models=("CNN",),
        n_splits=15,
        fallbacks=None,
        say=_ablation_verdict.tell_verdict,
        **row,
    ):
        known = {"difference": 0.012, "low": -0.02, "high": 0.041, "p_adjusted": 0.5}
        known |= {"n_folds": 15, "smallest_difference": 0.043} | row

        def compare(study, pairs):
            scores = ("accuracy", "balanced_accuracy")
            index = [(s, m, *pair) for s in scores for m in study.models_ for pair in pairs]
            table = pd.DataFrame([known] * len(index), index=pd.MultiIndex.from_tuples(index))
            if "accuracy" in known:
                table.loc["accuracy", "difference"] = known["accuracy"]
            return table

        monkeypatch.setattr(_ablation_verdict, "compare_pairs", compare)
        arms = {name: {"sampler": "any"} if name == "GAN" else {} for name in arms}
        named = {"protocol": "honest", "models_": dict.fromkeys(models)}
        return say(
            SimpleNamespace(
                arms_=arms, splits_=[None] * n_splits, fallback_counts_=fallbacks or {}, **named
            )
        )

    return tell


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (
            {},
            "+1.2 points of balanced accuracy, 95 % interval -2.0 to +4.1: not distinguishable "
            "from traditional (p 0.500 among all that is compared here). A true difference of "
            "4.3 points would have been found four times in five, a smaller one less often. In "
            "accuracy it is +1.2 points.",
        ),
        (
            {"low": -1.285, "high": 1.482, "smallest_difference": 4.817},
            "+1.2 points of balanced accuracy, 95 % interval -100.0 to +100.0: not distinguishable "
            "from traditional (p 0.500 among all that is compared here). With so few splits, no "
            "true difference would have been found four times in five. In accuracy it is +1.2 "
            "points.",
        ),
        (
            {"p_adjusted": 0.04, "low": 0.001},
            "+1.2 points of balanced accuracy, 95 % interval +0.1 to +4.1: better than "
            "traditional (p 0.040 among all that is compared here). In accuracy it is +1.2 points.",
        ),
        (
            {"p_adjusted": 0.04, "difference": -0.012, "high": -0.001},
            "-1.2 points of balanced accuracy, 95 % interval -2.0 to -0.1: worse than traditional "
            "(p 0.040 among all that is compared here). In accuracy it is -1.2 points.",
        ),
        (
            {"difference": 0.0, "low": 0.0, "high": 0.0, "smallest_difference": np.nan},
            "in every split the balanced accuracy of traditional: no difference.",
        ),
        (
            dict.fromkeys(("low", "high", "p_adjusted", "smallest_difference"), np.nan),
            "+1.2 points of balanced accuracy against traditional in every split: nothing tells "
            "how far they spread.",
        ),
        (
            {"n_folds": 4, "p_adjusted": 0.001},
            "+1.2 points of balanced accuracy against traditional, on 4 splits: too few to tell "
            "anything.",
        ),
        (
            {"n_folds": 1},
            "+1.2 points of balanced accuracy against traditional, on one split: too few to tell "
            "anything.",
        ),
        (
            {"difference": np.nan, "n_folds": 0},
            "could not be compared with traditional, because fits failed.",
        ),
        (
            {"difference": np.nan, "accuracy": 0.03},
            "the balanced accuracy could not be compared with traditional: of the splits that both "
            "were fitted on, none tests every class. In accuracy the difference is +3.0 points.",
        ),
    ],
)
def test_verdict(row, verdict, tell):
    assert tell(**row) == [f"GAN: {verdict}"]


def test_verdict_says_where_there_was_no_gan(tell):
    told = tell(fallbacks={"GAN": {"a": 8, "b": 7, "c": 15}})
    assert told[1].startswith(
        "GAN: the images of a, c were in most splits not its GAN's but others"
    )
    assert len(tell(fallbacks={"GAN": {"b": 7}})) == 1


def test_verdict_of_several_models_names_them(tell):
    told = tell(models=("CNN", "CNN-RNN"))
    assert [sentence.split(":")[0] for sentence in told] == ["GAN (CNN)", "GAN (CNN-RNN)"]


def test_without_a_sampler_all_arms_are_told(tell):
    told = tell(arms=("original", "traditional", "class weights"))
    assert [sentence.split(":")[0] for sentence in told] == ["original", "class weights"]


def test_arms_without_a_line_are_named_where_there_is_a_table(tell):
    arms = ("traditional", "class weights", "cells", "original", "GAN")
    *lines, others = tell(arms, n_splits=2)
    assert all(line.startswith("GAN: ") for line in lines)  # against traditional and original
    assert others == "The other arms stand in the table of differences: class weights, cells."
    assert tell(arms, n_splits=1) == lines


def test_a_sampler_is_not_credited_with_the_augmentation_beside_it():
    arms = ablation_arms()
    names = ["traditional", "cells", "GAN + cells", "augmented copies"]
    assert pair_arms({name: arms[name] for name in names}) == [
        ("GAN + cells", "cells"),
        ("GAN + cells", "augmented copies"),
    ]
    assert pair_arms({name: arms[name] for name in ("original", "augmented copies")}) == [
        ("augmented copies", "original")
    ]


def test_reference_is_what_a_gan_has_to_beat():
    arms = ["original", "traditional", "augmented copies", "GAN"]
    assert choose_reference(dict.fromkeys(arms)) == "augmented copies"
    assert choose_reference(dict.fromkeys(arms[:2])) == "traditional"
    assert choose_reference(dict.fromkeys(["none", "GAN"])) == "none"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, "Of 2 comparisons by balanced accuracy, none stands out from chance."),
        (
            {"p_adjusted": 0.04},
            "Of 2 comparisons by balanced accuracy, 2 stand out from chance: GAN (CNN) is better "
            "than traditional; GAN (RNN) is better than traditional.",
        ),
        ({"n_folds": 4}, ""),
        ({"p_adjusted": float("nan")}, ""),
    ],
)
def test_one_sentence_says_what_stands_out(tell, row, expected):
    say = _ablation_verdict.summarise_verdict
    assert tell(models=("CNN", "RNN"), say=say, **row) == expected


def test_one_comparison_needs_no_summary(tell):
    assert tell(say=_ablation_verdict.summarise_verdict, p_adjusted=0.01) == ""
