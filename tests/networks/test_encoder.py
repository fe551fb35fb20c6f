import numpy as np
import pytest

from skwbc.networks._encoder import build_encoder


@pytest.mark.parametrize("image_shape", [(1, 1, 1), (1, 20, 1), (30, 41, 3)])
@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_any_image_shape_has_a_code(image_shape, dtype):
    encoder = build_encoder(image_shape, latent_dim=5, filters=(4, 6), dtype=dtype)
    codes = encoder(np.ones((3, *image_shape), dtype="float32"))
    assert codes.shape == (3, 5)
    assert codes.dtype == "float32"


def test_the_measured_size():
    assert build_encoder((64, 64, 3)).count_params() == 689_952
