"""Images of one line, which are rows of a table to the transformers."""

import numpy as np
import pytest

from skwbc import CellCropper, StainNormalizer


@pytest.mark.parametrize("transformer", [CellCropper(), StainNormalizer()])
@pytest.mark.parametrize("shape", [(4, 1, 16, 3), (4, 1, 16), (4, 48)])
def test_they_keep_their_form(transformer, shape):
    X = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    np.testing.assert_array_equal(transformer.fit_transform(X), X)
