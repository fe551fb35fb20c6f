"""Tables of nullable numbers are what they are without gaps; other libraries' are refused."""

import numpy as np
import pandas as pd
import pytest
from noise_images import make_images
from sklearn.base import clone
from tiny_samplers import TINY_GAN

from skwbc import CellCropper, CNNClassifier, StainNormalizer
from skwbc._tables import use_numpy_dtype
from skwbc.metrics import CellFeatures, PixelFeatures

SHAPE = (8, 8, 3)
pytestmark = pytest.mark.usefixtures("untraced")


def make_table(dtype):
    X, y = make_images()
    return pd.DataFrame(X.reshape(len(X), -1)).astype(dtype), y


@pytest.mark.parametrize(
    "transformer",
    [
        CellCropper((4, 4), image_shape=SHAPE),
        StainNormalizer(image_shape=SHAPE),
        CellFeatures(image_shape=SHAPE),
        PixelFeatures(n_components=2, image_shape=SHAPE),
    ],
)
@pytest.mark.filterwarnings("ignore:.*photos show")
def test_transformers_see_bytes(transformer):
    (plain, _), (nullable, _) = make_table("uint8"), make_table("UInt8")
    expected = clone(transformer).fit_transform(plain)
    received = transformer.fit_transform(nullable)
    assert received.dtype == expected.dtype
    np.testing.assert_array_equal(received, expected)


def test_classifiers_see_bytes():
    settings = {"filters": (2,), "dense_units": 2, "epochs": 1, "random_state": 0}
    classifier = CNNClassifier(**settings, image_shape=SHAPE)
    (plain, y), (nullable, _) = make_table("uint8"), make_table("UInt8")
    expected = clone(classifier).fit(plain, y).predict_proba(plain)
    np.testing.assert_array_equal(classifier.fit(nullable, y).predict_proba(nullable), expected)


def test_sparse_columns_beside_others_pass():
    classes = pd.get_dummies(pd.Series(["x", "y"] * 12), sparse=True)
    table = pd.concat([classes, pd.Series(np.arange(24.0), name="area")], axis=1)
    assert use_numpy_dtype(table) is table


def test_integers_stay_within_their_column():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(0, 9, (24, 16))).add_prefix("pixel")
    table = table.assign(few=rng.integers(0, 3, 24).astype("uint8"), is_round=rng.random(24) > 0.5)
    table = table.astype({"is_round": "boolean"})
    more, _ = clone(TINY_GAN).fit_resample(table, [0] * 18 + [1] * 6)
    assert more.dtypes.tolist() == table.dtypes.tolist()
    assert set(more["few"]) == set(table["few"])


def test_integers_of_several_widths_stay_within_their_column():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.integers(0, 1000, (24, 16)).astype("int16")).add_prefix("pixel")
    table = table.assign(few=rng.integers(0, 3, 24).astype("uint8"))
    more, _ = clone(TINY_GAN).fit_resample(table, [0] * 18 + [1] * 6)
    assert more.dtypes.tolist() == table.dtypes.tolist()
    assert set(more["few"]) <= set(table["few"])


def test_tables_of_others_are_refused_before_a_gan_is_trained():
    class DataFrame(np.ndarray):  # as that of polars is named
        pass

    X, y = make_images()
    with pytest.raises(TypeError, match=r"a DataFrame of pandas: give X.to_numpy\(\)"):
        clone(TINY_GAN).fit_resample(X.reshape(len(X), -1).view(DataFrame), y)
