"""What holds of the samplers for every input."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from noise_images import make_images
from sklearn.base import clone
from tiny_samplers import TINY_GAN, TINY_VANILLA_GAN

from skwbc import AugmentationOverSampler

pytestmark = pytest.mark.usefixtures("untraced")

ONE_STEP = {"max_images": 2, "batch_size": 2, "latent_dim": 2}
SAMPLERS = {
    "augmentation": AugmentationOverSampler(random_state=0),
    "GAN": clone(TINY_GAN).set_params(
        **ONE_STEP, generator_filters=(2,), discriminator_filters=(2,)
    ),
    "vanilla GAN": clone(TINY_VANILLA_GAN).set_params(
        **ONE_STEP, generator_filters=(2, 2), discriminator_filters=(2, 2)
    ),
}
DTYPES = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "int64", "float32", "float64"]
LABELS = {
    "str": np.array(["b", "a"]),
    "object": np.array(["b", "a"], dtype=object),
    "int": np.array([7, -3]),
    "bool": np.array([True, False]),
    "float": np.array([1.0, 2.0]),
}
each_sampler = pytest.mark.parametrize("name", SAMPLERS)
few_examples = settings(max_examples=4, suppress_health_check=[HealthCheck.too_slow])


@each_sampler
@given(counts=st.lists(st.integers(2, 8), min_size=2, max_size=4), data=st.data())
@few_examples
def test_as_many_rows_come_out_as_the_strategy_says(name, counts, data):
    names = ["auto", "minority", "not minority", "all"]
    totals = st.fixed_dictionaries({c: st.integers(n, n + 5) for c, n in enumerate(counts)})
    strategy = data.draw(st.one_of(st.sampled_from(names), totals))
    y = np.repeat(np.arange(len(counts)), counts)
    X, _ = make_images(len(y), (3, 4, 2))
    sampler = clone(SAMPLERS[name]).set_params(sampling_strategy=strategy)
    X_new, y_new = sampler.fit_resample(X, y)
    expected = Counter(y.tolist()) + Counter(sampler.sampling_strategy_)
    assert Counter(y_new.tolist()) == expected
    np.testing.assert_array_equal(X_new[: len(X)], X)
    np.testing.assert_array_equal(y_new[: len(y)], y)


@each_sampler
@given(dtype=st.sampled_from(DTYPES), low=st.integers(-100, 100), width=st.integers(1, 27))
@few_examples
def test_rows_have_the_dtype_and_the_range_of_the_originals(name, dtype, low, width):
    low = max(low, 0) if dtype.startswith("u") else low
    X = np.random.default_rng(0).integers(low, low + width, (10, 3, 3, 1), endpoint=True)
    X = X.astype(dtype)
    X_new, _ = clone(SAMPLERS[name]).fit_resample(X, np.repeat([0, 1], [7, 3]))
    assert X_new.dtype == X.dtype
    least, greatest = (0, 255) if dtype == "uint8" and X.max() > 1 else (X.min(), X.max())
    assert X_new.min() >= least
    assert X_new.max() <= greatest


@each_sampler
@given(shape=st.tuples(st.integers(1, 5), st.integers(2, 5), st.integers(1, 3)))
@settings(few_examples, max_examples=2)
def test_flat_and_4_d_are_the_same_images(name, shape):
    X, _ = make_images(10, shape)
    y = np.repeat([0, 1], [7, 3])
    images, _ = clone(SAMPLERS[name]).fit_resample(X, y)
    rows, _ = clone(SAMPLERS[name]).set_params(image_shape=shape).fit_resample(X.reshape(10, -1), y)
    np.testing.assert_array_equal(rows.reshape(images.shape), images)


@each_sampler
@pytest.mark.parametrize("labels", LABELS)
def test_labels_of_any_type_come_back(name, labels):
    X, _ = make_images(10, (3, 3, 1))
    y = LABELS[labels][np.repeat([0, 1], [7, 3])]
    _, y_new = clone(SAMPLERS[name]).fit_resample(X, y)
    assert y_new.dtype == y.dtype
    assert y_new.tolist() == y.tolist() + [LABELS[labels][1]] * 4


@each_sampler
def test_categories_come_back(name):
    X, _ = make_images(10, (3, 3, 1))
    y = pd.Series(np.repeat(["b", "a"], [7, 3]), name="cell", dtype="category")
    _, y_new = clone(SAMPLERS[name]).fit_resample(pd.DataFrame(X.reshape(10, -1)), y)
    assert y_new.dtype == y.dtype
    assert y_new.tolist() == y.tolist() + ["a"] * 4
