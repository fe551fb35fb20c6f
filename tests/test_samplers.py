"""What all over-samplers promise."""

import json
import pickle
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from noise_images import make_images
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from tiny_samplers import TINY_GAN, TINY_VANILLA_GAN

from skwbc import AugmentationOverSampler
from skwbc._gan_training import TrainingLog

SAMPLERS = {
    "augmentation": AugmentationOverSampler(random_state=0),
    "gan": TINY_GAN,
    "vanilla": TINY_VANILLA_GAN,
}
GANS = ["gan", "vanilla"]
pytestmark = pytest.mark.usefixtures("untraced")


@pytest.fixture(params=SAMPLERS)
def sampler(request):
    return pickle.loads(pickle.dumps(SAMPLERS[request.param]))


def test_originals_come_first_and_unchanged(sampler, unbalanced):
    X, y = unbalanced
    X_new, y_new = sampler.fit_resample(X, y)
    assert X_new.dtype == np.uint8
    assert X_new.shape == (54, 8, 8, 3)
    np.testing.assert_array_equal(X_new[:30], X)
    np.testing.assert_array_equal(y_new[:30], y)
    assert Counter(y_new.tolist()) == {"a": 18, "b": 18, "c": 18}
    assert sampler.sampling_strategy_ == {"b": 10, "c": 14}


@pytest.mark.parametrize("form", ["flat", "frame", "grey", "list"])
def test_what_comes_in_goes_out(sampler, unbalanced, form):
    X, y = unbalanced
    flat = X.reshape(30, -1)
    if form == "flat":
        X_new, _ = sampler.set_params(image_shape=(8, 8, 3)).fit_resample(flat, y)
        assert X_new.shape == (54, 192)
    elif form == "frame":
        frame = pd.DataFrame(flat, columns=[f"pixel{i}" for i in range(192)])
        X_new, y_new = sampler.set_params(image_shape=(8, 8, 3)).fit_resample(
            frame, pd.Series(y, name="cell")
        )
        assert list(X_new.columns) == list(frame.columns)
        assert set(X_new.dtypes) == {np.dtype(np.uint8)}
        assert y_new.name == "cell"
    elif form == "grey":
        X_new, _ = sampler.fit_resample(X[..., 0].astype(np.float32), y)
        assert X_new.shape == (54, 8, 8)
        assert X_new.dtype == np.float32
    else:
        X_new, _ = sampler.fit_resample(flat.tolist(), y.tolist())
        assert np.shape(X_new) == (54, 192)


@pytest.mark.parametrize("dtype", ["UInt8", "Int64", "Float32"])
def test_nullable_numbers_come_out_as_such(unbalanced, dtype):
    X, y = unbalanced
    frame = pd.DataFrame(X.reshape(30, -1))
    sampler = AugmentationOverSampler(image_shape=(8, 8, 3), random_state=0)
    expected, _ = sampler.fit_resample(frame.astype(dtype.lower()), y)
    images, _ = sampler.fit_resample(frame.astype(dtype), y)
    assert {str(kind) for kind in images.dtypes} == {dtype}
    np.testing.assert_array_equal(images.astype(dtype.lower()), expected)
    gap = frame.astype(dtype)
    gap.iloc[0, 0] = pd.NA
    with pytest.raises(ValueError, match="contains NaN"):
        sampler.fit_resample(gap, y)


@pytest.mark.parametrize("dtype", ["uint8", "UInt8"])
def test_integers_beside_fractions_are_rounded(sampler, unbalanced, dtype):
    X, y = unbalanced
    frame = pd.DataFrame(X.reshape(30, -1).astype(np.float32))
    sampler.set_params(image_shape=(8, 8, 3))
    fractions = sampler.fit_resample(frame, y)[0].to_numpy()
    mixed = sampler.fit_resample(frame.astype({5: dtype, 7: dtype}), y)[0]
    assert mixed.dtypes.astype(str).value_counts().to_dict() == {"float32": 190, dtype: 2}
    columns = frame[[5, 7]].to_numpy()
    expected = np.rint(fractions[:, [5, 7]]).clip(columns.min(axis=0), columns.max(axis=0))
    np.testing.assert_array_equal(mixed.to_numpy(float)[:, [5, 7]], expected)
    assert (fractions[30:, 5] % 1 > 0.5).any()  # those which would be cut off


STRATEGIES = [
    ("auto", {"a": 18, "b": 18, "c": 18}),
    ("minority", {"a": 18, "b": 8, "c": 18}),
    ("not minority", {"a": 18, "b": 18, "c": 4}),
    ("not majority", {"a": 18, "b": 18, "c": 18}),
    ("all", {"a": 18, "b": 18, "c": 18}),
    ({"a": 20, "b": 8, "c": 9}, {"a": 20, "b": 8, "c": 9}),
    (lambda y: {"c": 30}, {"a": 18, "b": 8, "c": 30}),
]
# imbalanced-learn reads them for all; GANs are asked for images of the majority class, too
ASKED = [("augmentation", *each) for each in STRATEGIES]
ASKED += [(name, *STRATEGIES[-2]) for name in GANS]


@pytest.mark.parametrize(("name", "strategy", "expected"), ASKED)
def test_all_forms_of_sampling_strategy(name, unbalanced, strategy, expected):
    sampler = clone(SAMPLERS[name]).set_params(sampling_strategy=strategy)
    _, y_new = sampler.fit_resample(*unbalanced)
    assert Counter(y_new.tolist()) == expected


def test_a_float_is_the_ratio_of_two_classes(sampler):
    X, _ = make_images(30)
    _, y_new = sampler.set_params(sampling_strategy=0.8).fit_resample(
        X, np.repeat([0, 1], [20, 10])
    )
    assert Counter(y_new.tolist()) == {0: 20, 1: 16}


@given(counts=st.lists(st.integers(1, 12), min_size=2, max_size=4), data=st.data())
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_counts_are_those_asked_for(counts, data):
    totals = {c: n + data.draw(st.integers(0, 9)) for c, n in enumerate(counts)}
    y = np.repeat(np.arange(len(counts)), counts)
    X, _ = make_images(len(y), shape=(3, 4, 1))
    sampler = AugmentationOverSampler(sampling_strategy=totals, random_state=0)
    X_new, y_new = sampler.fit_resample(X, y)
    assert Counter(y_new.tolist()) == totals
    np.testing.assert_array_equal(X_new[: len(X)], X)


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32, np.float64])
def test_values_stay_in_range(sampler, unbalanced, dtype):
    X, y = unbalanced
    X_new, _ = sampler.fit_resample(X.astype(dtype), y)
    assert X_new.dtype == dtype
    low, high = (0, 255) if dtype == np.uint8 else (X.min(), X.max())
    assert X_new.min() >= low
    assert X_new.max() <= high


def test_same_seed_same_images(sampler, unbalanced):
    first, again, other = (
        sampler.set_params(random_state=seed).fit_resample(*unbalanced)[0] for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_fit_without_resampling_counts(sampler, unbalanced):
    assert sampler.fit(*unbalanced).sampling_strategy_ == {"b": 10, "c": 14}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": np.zeros(30)}, "more than 1 class"),
        ({"X": np.full((30, 8, 8, 3), np.nan)}, "contains NaN"),
        ({"X": np.zeros((30, 5))}, "Expected images of shape"),
        ({"X": np.zeros((29, 192))}, "inconsistent numbers of samples"),
    ],
)
def test_bad_input_is_named(sampler, unbalanced, change, message):
    arguments = {"X": unbalanced[0], "y": unbalanced[1], **change}
    with pytest.raises(ValueError, match=message):
        sampler.set_params(image_shape=(8, 8, 3)).fit_resample(**arguments)


def test_a_strategy_with_an_unknown_class_is_named(sampler, unbalanced):
    with pytest.raises(ValueError, match="'basophil'"):
        sampler.set_params(sampling_strategy={"basophil": 300}).fit_resample(*unbalanced)


def test_a_vanilla_gan_of_a_single_image_is_refused(unbalanced):
    X, _ = unbalanced
    y = np.repeat(["many", "lone"], [29, 1])
    with pytest.raises(ValueError, match="class 'lone' has 1"):
        SAMPLERS["vanilla"].fit_resample(X, y)


def test_a_lone_image_of_another_class_is_no_matter(unbalanced):
    X, _ = unbalanced
    y = np.repeat([0, 1, 2], [20, 9, 1])
    sampler = clone(TINY_VANILLA_GAN).set_params(sampling_strategy={1: 12})
    assert len(sampler.fit_resample(X, y)[0]) == 33


def test_a_single_image_can_be_copied(unbalanced):
    X, _ = unbalanced
    _, y_new = SAMPLERS["augmentation"].fit_resample(X, np.repeat([0, 1], [29, 1]))
    assert Counter(y_new.tolist()) == {0: 29, 1: 29}


@pytest.mark.parametrize("name", GANS)
def test_a_fitted_gan_draws_more_after_pickling(name, unbalanced):
    X, y = unbalanced
    sampler = pickle.loads(pickle.dumps(SAMPLERS[name]))
    sampler.fit_resample(X, y)
    images = sampler.sample(70, "b", random_state=0)
    assert images.shape == (70, 8, 8, 3)
    assert images.dtype == np.uint8
    twin = pickle.loads(pickle.dumps(sampler))
    np.testing.assert_array_equal(twin.sample(70, "b", random_state=0), images)
    with pytest.raises(ValueError, match="No GAN was trained for class 'z'"):
        sampler.sample(1, "z")
    with pytest.raises(ValueError, match="at least 1, received 0"):
        sampler.sample(0, "b")


@pytest.mark.parametrize("name", GANS)
def test_nothing_is_drawn_before_a_training(name, unbalanced):
    sampler = clone(SAMPLERS[name])
    with pytest.raises(NotFittedError):
        sampler.sample(1, "b")
    sampler.fit(*unbalanced)  # which trains nothing
    with pytest.raises(NotFittedError):
        sampler.sample(1, "b")


@pytest.mark.parametrize(("name", "seen"), [("gan", 12), ("vanilla", {"b": 12, "c": 12})])
def test_the_budget_is_counted_in_images(name, seen, unbalanced):
    sampler = pickle.loads(pickle.dumps(SAMPLERS[name])).set_params(max_images=10)
    sampler.fit_resample(*unbalanced)
    assert sampler.n_images_seen_ == seen


def test_the_length_of_a_vanilla_gan_in_epochs(unbalanced):
    sampler = pickle.loads(pickle.dumps(SAMPLERS["vanilla"])).set_params(epochs=3)
    _, y = unbalanced
    sampler.fit_resample(*unbalanced)
    rounded_up = {c: -(-3 * int(np.sum(y == c)) // 4) * 4 for c in ("b", "c")}
    assert sampler.n_images_seen_ == rounded_up


def test_vanilla_gans_have_equal_parts_of_the_time(unbalanced, monkeypatch):
    seconds = []

    def train(*args, max_seconds, **settings):
        seconds.append(max_seconds)
        return TrainingLog({"won": [1.0]}, 4, interrupted=False)

    monkeypatch.setattr("skwbc._vanilla_gan_over_sampler.train_adversarial", train)
    for max_seconds in (9, None):
        clone(TINY_VANILLA_GAN).set_params(max_seconds=max_seconds).fit_resample(*unbalanced)
    assert seconds == [4.5, 4.5, None, None]


def test_a_vanilla_gan_that_works_at_another_size(unbalanced):
    sampler = pickle.loads(pickle.dumps(SAMPLERS["vanilla"])).set_params(train_shape=(12, 20))
    X, _ = unbalanced
    made, _ = sampler.fit_resample(*unbalanced)
    assert sampler.generators_["b"].output_shape[1:3] == (12, 20)
    assert made.shape[1:] == X.shape[1:]
    assert made.dtype == X.dtype
    assert sampler.sample(2, "c", random_state=0).shape == (2, *X.shape[1:])
    with pytest.raises(ValueError, match=r"positive integers, received \(0, 4\)"):
        sampler.set_params(train_shape=(0, 4)).fit_resample(*unbalanced)


@pytest.mark.parametrize("name", SAMPLERS)
def test_totals_are_whole_numbers(name, unbalanced):
    sampler = clone(SAMPLERS[name]).set_params(sampling_strategy={"b": 10.0})
    _, y_new = sampler.fit_resample(*unbalanced)
    assert Counter(y_new.tolist())["b"] == 10
    for total, told in ((10.5, r"2\.5"), (np.nan, "nan")):
        sampler.set_params(sampling_strategy={"b": total})
        with pytest.raises(ValueError, match=f"whole numbers of images .* 'b', {told} would"):
            sampler.fit_resample(*unbalanced)


@pytest.mark.parametrize("name", GANS)
def test_a_fit_that_is_refused_leaves_what_was_fitted(name, unbalanced):
    X, y = unbalanced
    sampler = clone(SAMPLERS[name])
    sampler.fit_resample(X, y)
    expected = sampler.sample(2, "b", random_state=0)
    for wrong in (np.full((30, 192), np.nan), np.full((30, 5, 5, 3), np.nan)):
        with pytest.raises(ValueError, match="contains NaN"):
            sampler.fit_resample(wrong, y)
        np.testing.assert_array_equal(sampler.sample(2, "b", random_state=0), expected)
    larger = np.tile(X, (1, 2, 2, 1))
    with pytest.raises(ValueError, match="discriminator_filters"):
        sampler.set_params(discriminator_filters=()).fit_resample(larger, y)
    np.testing.assert_array_equal(sampler.sample(2, "b", random_state=0), expected)
    sampler.fit(larger, y)  # which trains nothing
    np.testing.assert_array_equal(sampler.sample(2, "b", random_state=0), expected)


def test_the_shared_gan_knows_all_classes_and_the_vanilla_one_those_it_makes(unbalanced):
    for name, classes in (("gan", ["a", "b", "c"]), ("vanilla", ["b", "c"])):
        sampler = pickle.loads(pickle.dumps(SAMPLERS[name]))
        sampler.fit_resample(*unbalanced)
        assert sampler.classes_.tolist() == classes


def test_a_diverged_vanilla_gan_is_not_silent(unbalanced):
    sampler = pickle.loads(pickle.dumps(SAMPLERS["vanilla"])).set_params(learning_rate=1e30)
    with pytest.raises(FloatingPointError, match="diverged: it learns NaN for class 'b'"):
        sampler.fit_resample(*unbalanced)


def test_classes_of_numpy_are_plain_names_of_what_was_learnt(unbalanced):
    X, y = unbalanced
    sampler = clone(SAMPLERS["vanilla"])
    sampler.fit_resample(X, np.unique(y, return_inverse=True)[1])
    assert {type(c) for c in sampler.generators_} == {int}
    json.dumps(sampler.history_)


def test_what_a_fit_sets_is_documented(sampler, unbalanced):
    sampler.fit_resample(*unbalanced)
    documented = type(sampler).__doc__.partition("Attributes\n")[2]
    learned = [name for name in vars(sampler) if name[0] != "_" and name[-1] == "_"]
    assert "synthetic_mask_" in learned
    assert [name for name in learned if f"    {name} : " not in documented] == []
