"""A network of float64 rounds nothing to float32, its input included."""

import keras
import numpy as np
import pytest

from skwbc.networks._backbone import build_backbone_classifier
from skwbc.networks._cnn import build_cnn
from skwbc.networks._cnn_rnn import build_cnn_rnn
from skwbc.networks._compact_cnn import build_compact_cnn


@pytest.mark.parametrize(
    "build",
    [
        build_cnn,
        build_cnn_rnn,
        build_compact_cnn,
        lambda *shape, **dtype: build_backbone_classifier(
            *shape, backbone="MobileNetV3Small", **dtype
        ),
    ],
)
def test_images_of_float64_are_seen_as_such(build):
    images = np.random.default_rng(0).random((2, 34, 38, 3))
    network = build((34, 38, 3), 2, dtype="float64")
    assert network.inputs[0].dtype == "float64"
    exact, rounded = (np.asarray(network(x)) for x in (images, images.astype(np.float32)))
    assert np.abs(exact - rounded).max() > 0


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_a_default_of_the_user_changes_no_input(dtype):
    before = keras.config.floatx()
    keras.config.set_floatx("float16")
    try:
        network = build_cnn((8, 8, 3), 2, dtype=dtype)
    finally:
        keras.config.set_floatx(before)
    assert network.inputs[0].dtype == "float32"
