import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skwbc.networks._backbone import BACKBONES, build_backbone_classifier

SMALLEST = "MobileNetV3Small"


def build(shape=(32, 32, 3), **settings):
    return build_backbone_classifier(shape, 3, backbone=SMALLEST, **settings)


def find_body(network):
    return next(layer for layer in network.layers if isinstance(layer, keras.Model))


def test_kernels_are_drawn_from_the_seed_alone():
    first, second, other = (
        find_body(build(seed=seed)).get_weights() for seed in (0, np.int64(0), 1)
    )
    for a, b in zip(first, second, strict=True):
        assert_array_equal(a, b)
    assert any(not np.array_equal(a, b) for a, b in zip(first, other, strict=True))


def test_grey_images_are_those_of_three_equal_channels():
    grey, coloured = build((32, 32, 1), seed=1), build(seed=1)
    images = np.random.default_rng(0).random((2, 32, 32, 1), dtype=np.float32)
    expected = coloured.predict_on_batch(np.repeat(images, 3, axis=-1))
    assert_allclose(grey.predict_on_batch(images), expected, rtol=1e-5)
    assert_allclose(expected.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of Keras
def test_weights_of_a_file_are_taken_and_their_statistics_kept(tmp_path):
    path = tmp_path / "body.weights.h5"
    source = find_body(build(seed=5))
    source.save_weights(path)
    network = build(weights=path, seed=6)
    body = find_body(network)
    for a, b in zip(body.get_weights(), source.get_weights(), strict=True):
        assert_array_equal(a, b)
    statistics = [w.numpy() for w in body.non_trainable_weights]
    network(np.random.default_rng(0).random((4, 32, 32, 3), dtype=np.float32), training=True)
    for before, w in zip(statistics, body.non_trainable_weights, strict=True):
        assert_array_equal(w.numpy(), before)


@pytest.mark.parametrize("shape", [(31, 64, 3), (32, 32, 2)])
def test_images_that_do_not_fit_are_refused(shape):
    with pytest.raises(ValueError, match="Expected grey or RGB images of at least 32 pixels"):
        build(shape)


def test_the_policy_of_others_is_left_alone():
    before = keras.config.dtype_policy()
    network = build(dtype="mixed_bfloat16")
    assert keras.config.dtype_policy() == before
    assert find_body(network).output.dtype == "bfloat16"
    assert network.output.dtype == "float32"


@pytest.mark.slow
@pytest.mark.parametrize("backbone", BACKBONES)
def test_every_backbone_scales_its_input_itself(backbone):
    network = build_backbone_classifier((32, 32, 3), 2, backbone=backbone)
    body = find_body(network)
    layers = body.layers[1:4]
    assert any(
        isinstance(each, (keras.layers.Rescaling, keras.layers.Normalization)) for each in layers
    )
    assert network.output_shape == (None, 2)
