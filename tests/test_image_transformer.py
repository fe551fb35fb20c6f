"""What the transformers of images share."""

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context

from skwbc import CellCropper, StainNormalizer

TABLE = np.random.default_rng(0).normal(size=(5, 20))


@pytest.mark.parametrize(
    "transformer",
    [CellCropper((4, 4), image_shape=(8, 8, 3)), StainNormalizer(image_shape=(8, 8, 3))],
)
@pytest.mark.filterwarnings("ignore::UserWarning")  # of photos without a cell
def test_output_as_tables_is_for_flat_images(transformer, images):
    X, _ = images
    with config_context(transform_output="pandas"):
        crops = transformer.fit_transform(X)
        assert isinstance(crops, np.ndarray)
        np.testing.assert_array_equal(transformer.transform(list(X)), crops)
        table = transformer.fit_transform(X.reshape(24, -1))
        assert isinstance(table, pd.DataFrame)
        np.testing.assert_array_equal(table, crops.reshape(24, -1))
        np.testing.assert_array_equal(transformer.transform(X.reshape(24, -1)), table)


@pytest.mark.parametrize(
    "transformer",
    [CellCropper((4, 4)), StainNormalizer(), StainNormalizer(method="macenko")],
)
def test_rows_of_a_table_are_handed_on_as_they_are(transformer):
    np.testing.assert_array_equal(transformer.fit_transform(TABLE), TABLE)
    np.testing.assert_array_equal(transformer.transform(TABLE[:2]), TABLE[:2])


def test_rows_of_a_table_show_no_cells():
    cropper = CellCropper().fit(TABLE)
    assert cropper.crop_shape_ == (1, 20, 1)
    for boxes in (cropper.boxes_, cropper.locate(TABLE)):
        assert boxes.pop("n_cells").tolist() == [0] * 5
        assert boxes.columns.tolist() == ["left", "top", "right", "bottom"]
        assert boxes.isna().all(axis=None)


@pytest.mark.parametrize("transformer", [CellCropper(), StainNormalizer()])
@pytest.mark.parametrize("shape", [(4, 1, 16, 3), (4, 1, 16), (4, 48)])
def test_images_of_one_line_keep_their_form(transformer, shape):
    X = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    np.testing.assert_array_equal(transformer.fit_transform(X), X)
