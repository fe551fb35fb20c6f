"""Two networks side by side: what each sees, and how their answers meet."""

from functools import partial

import keras
import numpy as np

from skwbc._smooth_loss import SmoothCrossentropy
from skwbc.networks._compact_cnn import build_compact_cnn
from skwbc.networks._two_views import MeanOfViews, build_two_views

EMBEDDINGS = np.random.default_rng(0).normal(size=(6, 10)).astype(np.float32)
build = partial(build_compact_cnn, filters=(4, 8))


def softmax(logits):
    powers = np.exp(logits)
    return powers / powers.sum(axis=1, keepdims=True)


def read_out_by_hand(layer, embeddings):
    kernel, bias = (np.asarray(values) for values in layer.get_weights())
    return [softmax(embeddings[:, 5 * v : 5 * v + 5] @ kernel[v] + bias[v]) for v in range(2)]


def test_the_answer_is_the_geometric_mean_of_both():
    layer = MeanOfViews(3)
    answer = np.asarray(layer(EMBEDDINGS))
    colour, grey = read_out_by_hand(layer, EMBEDDINGS)
    mean = np.sqrt(colour * grey)
    np.testing.assert_allclose(answer, mean / mean.sum(axis=1, keepdims=True), rtol=1e-5)


def test_each_view_learns_as_if_it_were_alone():
    layer, loss = MeanOfViews(3), SmoothCrossentropy(0.1, "float32")
    codes = np.arange(6) % 3
    together = loss(codes, layer(EMBEDDINGS, training=True))
    apart = [loss(codes, view.astype(np.float32)) for view in read_out_by_hand(layer, EMBEDDINGS)]
    np.testing.assert_allclose(together, np.mean(apart), rtol=1e-5)


def test_a_description_builds_it_again():
    layer = MeanOfViews(3, kernel_initializer=keras.initializers.GlorotUniform(5), name="mean")
    again = MeanOfViews.from_config(layer.get_config())
    assert again.name == "mean"
    np.testing.assert_array_equal(again(EMBEDDINGS), layer(EMBEDDINGS))


def test_the_seed_decides():
    shapes = [(16, 16, 3), (16, 16, 1)]
    kernels = [
        [w for w in build_two_views(build, shapes, 2, seed=seed).get_weights() if w.std() > 0]
        for seed in (1, 1, 2)
    ]
    for a, b, c in zip(*kernels, strict=True):
        np.testing.assert_array_equal(a, b)
        assert not np.array_equal(a, c)
