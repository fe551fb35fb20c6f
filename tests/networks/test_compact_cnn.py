import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose

from skwbc.networks._compact_cnn import build_compact_cnn


def list_kernels(network):
    return [w.numpy() for w in network.weights if w.path.endswith("kernel") and w.ndim == 4]


def test_shapes_and_size():
    network = build_compact_cnn((64, 64, 3), 4)
    maps = [layer.output.shape[1:] for layer in network.layers if "conv2d" in layer.name]
    blocks = [(32, 32, 64), (16, 16, 96), (8, 8, 128)]
    assert maps == [(32, 32, 32), *(block for block in blocks for _ in range(2))]
    assert network.count_params() < 500_000
    assert network.output_shape == (None, 4)


@pytest.mark.parametrize("shape", [(1, 5, 1), (3, 3, 3), (17, 40, 2)])
def test_small_and_odd_shapes(shape):
    network = build_compact_cnn(shape, 3, filters=(4, 5))
    probabilities = network.predict_on_batch(np.zeros((2, *shape)))
    assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


def test_kernels_have_no_mean_before_and_after_training():
    network = build_compact_cnn((8, 8, 3), 2, filters=(4, 4), seed=1)
    before = list_kernels(network)
    network.compile("sgd", "sparse_categorical_crossentropy")
    network.fit(np.random.default_rng(0).uniform(size=(8, 8, 8, 3)), np.arange(8) % 2, verbose=0)
    after = list_kernels(network)
    assert not np.allclose(before[0], after[0])
    for kernel in (*before, *after):
        assert_allclose(kernel.mean(axis=(0, 1, 2)), 0, atol=1e-6)


def test_light_alone_is_not_answered_to():
    network = build_compact_cnn((32, 32, 3), 4, seed=0)
    first = keras.Model(network.input, network.layers[1].output)
    image = np.random.default_rng(0).uniform(0.2, 0.6, (1, 32, 32, 3))
    dark, bright = (first.predict_on_batch(image + light)[:, 1:-1, 1:-1] for light in (0.0, 0.3))
    assert_allclose(bright, dark, atol=1e-5)


def test_the_description_can_be_read():
    network = build_compact_cnn((8, 8, 3), 2, filters=(4,), seed=1)
    twin = keras.models.model_from_json(network.to_json())
    twin.set_weights(network.get_weights())
    images = np.random.default_rng(0).uniform(size=(3, 8, 8, 3))
    assert_allclose(twin.predict_on_batch(images), network.predict_on_batch(images), rtol=1e-6)
    assert twin.layers[1].kernel_constraint is not None
