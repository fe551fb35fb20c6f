"""Classes that the GAN was no good for: what fills them instead, and what is told."""

import pickle
from collections import Counter

import numpy as np
import pytest
from imblearn import FunctionSampler
from tiny_samplers import make_classes, make_sampler

from skwbc import make_pipeline
from skwbc._gan_over_sampler import STAND_INS
from skwbc._images import PixelRange
from skwbc._synthetic_filter import Drawn
from skwbc._synthetic_quality import ClassJudge
from skwbc._synthetic_sources import SyntheticSources

pytestmark = pytest.mark.usefixtures("untraced")


@pytest.mark.parametrize(
    ("n", "source", "reason"),
    [
        (
            1,
            "copies",
            "1 image, fewer than min_class_size=10. Interpolation was not used, because "
            "it needs images that differ",
        ),
        (2, "interpolation", "2 images, fewer than min_class_size=10"),
        (9, "interpolation", "9 images, fewer than min_class_size=10"),
    ],
)
def test_a_class_too_small_for_a_gan_falls_back_and_says_so(n, source, reason):
    X, y = make_classes(30, n)
    sampler = make_sampler(min_class_size=10)
    with pytest.warns(UserWarning, match="was filled by") as caught:
        X_new, y_new = sampler.fit_resample(X, y)
    assert [str(warning.message) for warning in caught] == [
        f"Class class 1 was filled by {STAND_INS[source]}: the GAN was not used, because the class "
        f"has {reason}."
    ]
    assert Counter(y_new.tolist()) == {"class 0": 30, "class 1": 30}
    assert X_new.dtype == X.dtype
    np.testing.assert_array_equal(X_new[: len(X)], X)
    assert set(sampler.provenance_[len(X) :]) == {source}
    assert list(sampler.fallback_) == ["class 1"]
    assert sampler.report_.loc["class 1", ["source", "n_real", "n_synthetic"]].tolist() == [
        source,
        n,
        30 - n,
    ]
    drawn = sampler.sample(5, "class 1", random_state=0)
    assert drawn.shape == (5, 8, 8, 3)
    twin = pickle.loads(pickle.dumps(sampler))
    np.testing.assert_array_equal(twin.sample(5, "class 1", random_state=0), drawn)


@pytest.mark.parametrize("form", ["sampler", "pipeline"])
def test_a_warning_names_the_line_of_the_caller(form):
    X, y = make_classes(20, 4)
    sampler = make_sampler(min_class_size=10)
    if form == "pipeline":
        sampler = make_pipeline(sampler, FunctionSampler(validate=False))
    with pytest.warns(UserWarning, match="was filled by") as caught:
        sampler.fit_resample(X, y)
    assert {warning.filename for warning in caught} == {__file__}


def test_without_any_class_large_enough_there_is_no_gan():
    X, y = make_classes(6, 4)
    sampler = make_sampler(min_class_size=10)
    with pytest.warns(UserWarning, match="fewer than min_class_size"):
        X_new, _ = sampler.fit_resample(X, y)
    assert len(X_new) == 12
    assert sampler.generator_ is None
    assert sampler.n_images_seen_ == 0
    assert sampler.classes_.tolist() == ["class 1"]


def test_a_collapsed_class_falls_back(monkeypatch):
    X, y = make_classes(30, 12)
    grey = X.mean(axis=0).ravel()
    monkeypatch.setattr(
        SyntheticSources,
        "draw",
        lambda self, c, n, rng: (grey + rng.integers(0, 9, (n, grey.size))).astype(np.uint8),
    )
    with pytest.warns(UserWarning, match=r"GAN was not used, because its images are only 0\.0"):
        make_sampler(min_diversity=0.3).fit_resample(X, y)


def test_a_gan_that_draws_noise_is_replaced():
    X, y = make_classes(30, 12)
    X[:30] //= 16  # dark, and darker
    X[30:] //= 8
    sampler = make_sampler(max_distance=1)
    told = "because its images are too far from the real ones: their kernel distance is at"
    with pytest.warns(UserWarning, match=told):
        sampler.fit_resample(X, y)
    assert sampler.report_.source["class 1"] != "GAN"


def make_judge(X, y):
    """Make a judge that does not ask how diverse images are; give it behind the images, flat."""
    rows, among_real = X.reshape(len(X), -1), np.ones(len(X))
    settings = {"image_shape": X.shape[1:], "pixel_range": PixelRange.of(X)}
    settings |= {"min_diversity": 0, "max_distance": 1}
    return rows, ClassJudge(rows, y, among_real=among_real, **settings)


def test_far_from_the_real_images_is_farther_than_any_other_class():
    X, y = make_classes(30, 30, 30)
    X[30:60] //= 2
    X[60:] //= 4
    rows, judge = make_judge(X, y)
    as_others, farther = Drawn(rows[60:], 30, 0, 0), Drawn(rows[60:] // 64, 30, 0, 0)
    assert judge.find_fault("class 0", as_others, 30) is None
    assert "of the farthest other class" in judge.find_fault("class 0", farther, 30)
    judge.max_distance = None
    assert judge.find_fault("class 0", farther, 30) is None


def test_the_closest_class_is_the_one_whose_images_were_drawn():
    X, y = make_classes(30, 30, 30)
    X[30:60] //= 2
    X[60:] //= 4
    rows, judge = make_judge(X, y)
    for c in ("class 0", "class 1", "class 2"):
        figures = judge.describe("class 0", Drawn(rows[y == c], 30, 0, 0))
        assert figures["closest_class"] == c


@pytest.mark.parametrize(
    ("n_copies", "n_twins", "told"),
    [
        (16, 3, "16 were near-copies of real ones and 3 were near-copies of each other"),
        (0, 19, "19 were near-copies of each other"),
        (19, 0, "19 were near-copies of real ones"),
    ],
)
def test_too_few_images_that_pass_are_counted(n_copies, n_twins, told):
    X, y = make_classes(30, 30)
    rows, judge = make_judge(X, y)
    drawn = Drawn(rows[:1], 20, n_copies, n_twins)
    expected = f"it gave 1 of the 14 images needed: of 20 drawn, {told}"
    assert judge.find_fault("class 0", drawn, 14) == expected


def test_a_source_that_draws_no_numbers_is_told(monkeypatch):
    def draw(self, c, n, rng):
        if self.chosen[c] != "copies":
            raise FloatingPointError(f"{self.chosen[c]} draws NaN.")
        return rows[:n]

    X, y = make_classes(30, 12)
    rows = X.reshape(len(X), -1)
    monkeypatch.setattr(SyntheticSources, "draw", draw)
    told = (
        "because of an error: GAN draws NaN. Interpolation was not used, because of an error: "
        "interpolation draws NaN.$"
    )
    with pytest.warns(UserWarning, match=told):
        make_sampler().fit_resample(X, y)


def test_images_that_are_all_alike_are_copied():
    X, y = make_classes(30, 12)
    X[30:] = X[30]
    sampler = make_sampler(min_diversity=0.3, copy_quantile=0.01)
    with pytest.warns(
        UserWarning, match="copies of its images: .*, because the images of the class"
    ):
        X_new, _ = sampler.fit_resample(X, y)
    assert len(X_new) == 60
    assert sampler.report_.source["class 1"] == "copies"


def test_a_gan_that_copies_is_found_out(monkeypatch):
    X, y = make_classes(30, 12)
    rows = X.reshape(len(X), -1)
    monkeypatch.setattr(SyntheticSources, "draw", lambda self, c, n, rng: rows[:n])
    sampler = make_sampler(copy_quantile=0.01, sampling_strategy={"class 1": 14})
    told = (
        "the GAN was not used, because it gave 0 of the 2 images needed: of 16 drawn, 16 were "
        "near-copies of real ones. Interpolation was not used, because it gave 0 of"
    )
    with pytest.warns(UserWarning, match=told):
        sampler.fit_resample(X, y)
    assert sampler.report_.source["class 1"] == "copies"
