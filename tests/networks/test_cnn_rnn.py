import numpy as np
import pytest

from skwbc.networks._cnn_rnn import build_cnn_rnn


def of_type(network, name):
    return [layer for layer in network.layers if type(layer).__name__ == name]


def test_every_layer_is_the_published_one():
    network = build_cnn_rnn((60, 80, 3), 4)
    outer, inner = of_type(network, "Bidirectional")
    assert [outer.output.shape[1:], inner.output.shape[1:]] == [(60, 128), (128,)]
    # cuDNN's LSTM has a second bias of 4 * 64 in each direction: 74,752 and 99,328 as published
    assert [outer.count_params() + 512, inner.count_params() + 512] == [74_752, 99_328]
    assert sum(layer.count_params() for layer in of_type(network, "Conv2D")) == 19_392
    assert of_type(network, "Flatten")[0].output.shape[1:] == (68_096,)
    assert of_type(network, "Concatenate")[0].output.shape[1:] == (68_224,)
    assert [layer.count_params() for layer in of_type(network, "Dense")] == [8_732_800, 516]
    assert network.count_params() == 8_925_764
    assert network.count_params() + 2 * 512 == 8_926_788


def test_the_grey_rows_are_the_sequence():
    network = build_cnn_rnn((6, 10, 3), 2)
    (grey,) = [op for op in network.operations if type(op).__name__ == "Mean"]
    assert grey.output.shape == (None, 6, 10)


def test_multiply_brings_both_branches_to_one_width():
    network = build_cnn_rnn((16, 16, 3), 2, lstm_units=5, merge="multiply")
    assert of_type(network, "Multiply")[0].output.shape[1:] == (10,)


def test_the_two_directions_start_with_different_weights():
    weights = of_type(build_cnn_rnn((8, 8, 1), 2), "Bidirectional")[0].get_weights()
    assert not np.array_equal(weights[0], weights[3])


@pytest.mark.parametrize("merge", ["concatenate", "multiply"])
@pytest.mark.parametrize("image_shape", [(1, 1, 1), (1, 20, 1), (5, 9, 3)])
def test_small_images_have_a_network(image_shape, merge):
    network = build_cnn_rnn(image_shape, 3, filters=(2, 2), lstm_units=2, merge=merge)
    assert network(np.ones((2, *image_shape), dtype="float32")).shape == (2, 3)
