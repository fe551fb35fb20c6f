import keras
import numpy as np
import pytest

from skwbc.networks._cnn import build_cnn

PUBLISHED = [
    ("Conv2D", (58, 78, 32), 896),
    ("Conv2D", (56, 76, 64), 18_496),
    ("Conv2D", (54, 74, 64), 36_928),
    ("MaxPooling2D", (27, 37, 64), 0),
    ("Dropout", (27, 37, 64), 0),
    ("Flatten", (63_936,), 0),
    ("Dense", (128,), 8_183_936),
    ("Dropout", (128,), 0),
    ("Dense", (4,), 516),
]


def test_every_layer_is_the_published_one():
    network = build_cnn((60, 80, 3), 4)
    layers = [
        (type(layer).__name__, layer.output.shape[1:], layer.count_params())
        for layer in network.layers[1:]
    ]
    assert layers == PUBLISHED
    assert network.count_params() == 8_240_772
    assert [layer.rate for layer in network.layers if isinstance(layer, keras.layers.Dropout)] == [
        0.25,
        0.5,
    ]


@pytest.mark.parametrize("image_shape", [(1, 1, 1), (1, 20, 1), (2, 2, 3), (5, 9, 1), (7, 7, 3)])
def test_small_images_have_a_network(image_shape):
    network = build_cnn(image_shape, 3, filters=(2, 2, 2), dense_units=2)
    probabilities = network(np.ones((2, *image_shape), dtype="float32"))
    assert probabilities.shape == (2, 3)
    np.testing.assert_allclose(np.sum(probabilities, axis=1), 1, rtol=1e-5)


def test_from_eight_pixels_on_the_borders_are_lost_as_published():
    network = build_cnn((8, 8, 1), 2, filters=(2, 2, 2))
    assert [layer.output.shape[1] for layer in network.layers[1:5]] == [6, 4, 2, 1]


def test_the_seed_decides_the_weights():
    first, again, other = (build_cnn((8, 8, 1), 2, seed=s).get_weights()[0] for s in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_mixed_precision_reads_out_in_full():
    network = build_cnn((8, 8, 1), 2, dtype="mixed_bfloat16")
    assert network.layers[1].compute_dtype == "bfloat16"
    assert network.output.dtype == "float32"
