"""What the transformers of images share."""

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context

from skwbc import CellCropper, StainNormalizer


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
