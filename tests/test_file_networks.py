"""Networks of Keras' own layers come back; nothing else is built, imported or allocated."""

import json

import keras
import numpy as np
import pytest

from skwbc._file_networks import build_network, describe_network
from skwbc.networks._backbone import BACKBONES, build_backbone_classifier
from skwbc.networks._cnn import build_cnn
from skwbc.networks._cnn_rnn import build_cnn_rnn
from skwbc.networks._compact_cnn import build_compact_cnn
from skwbc.networks._conditional_gan import build_conditional_generator
from skwbc.networks._encoder import build_encoder
from skwbc.networks._vanilla_gan import build_vanilla_generator

SHAPE = (9, 10, 3)
NETWORKS = {
    "CNN": lambda: build_cnn(SHAPE, 2, filters=(2,), dense_units=3),
    "CNN-RNN": lambda: build_cnn_rnn(SHAPE, 2, filters=(2,), lstm_units=2, dense_units=3),
    "multiplied": lambda: build_cnn_rnn(
        SHAPE, 2, filters=(2,), lstm_units=2, dense_units=3, merge="multiply"
    ),
    "compact CNN": lambda: build_compact_cnn(SHAPE, 2, filters=(2, 2), dtype="mixed_bfloat16"),
    "adapted": lambda: keras.Sequential([keras.Input(SHAPE), make_adapted()]),
    "table": lambda: build_compact_cnn((1, 9, 1), 2, filters=(2, 2)),
    "encoder": lambda: build_encoder(SHAPE, latent_dim=2, filters=(2,)),
    "generator": lambda: build_conditional_generator(SHAPE, 2, latent_dim=2, filters=(2, 2)),
    "vanilla generator": lambda: build_vanilla_generator(SHAPE, latent_dim=2, filters=(2, 2)),
    "float64": lambda: build_cnn(SHAPE, 2, filters=(2,), dense_units=3, dtype="float64"),
}


def make_adapted():
    """Make what stands first in a pretrained EfficientNet."""
    layer = keras.layers.Normalization()
    layer.adapt(np.arange(2.0 * np.prod(SHAPE)).reshape(2, *SHAPE))
    return layer


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_come_back(name):
    network = NETWORKS[name]()
    received = build_network(*describe_network(network))
    rng = np.random.default_rng(0)
    inputs = [rng.random((3, *tensor.shape[1:])).astype("float32") for tensor in network.inputs]
    expected = network.predict_on_batch(inputs if len(inputs) > 1 else inputs[0])
    answer = received.predict_on_batch(inputs if len(inputs) > 1 else inputs[0])
    np.testing.assert_array_equal(answer, expected)
    assert describe_network(received)[0] == describe_network(network)[0]


@pytest.mark.slow
@pytest.mark.parametrize("backbone", BACKBONES)
def test_backbones_come_back(backbone):
    network = build_backbone_classifier((32, 32, 3), 2, backbone=backbone)
    rng = np.random.default_rng(0)
    for layer in network._flatten_layers():
        if isinstance(layer, keras.layers.Normalization) and layer.get_weights():
            layer.adapt(255 * rng.random((4, 32, 32, 3)))
    received = build_network(*describe_network(network))
    images = 255 * rng.random((2, 32, 32, 3)).astype("float32")
    expected = read_body(network, images)
    assert (expected[0] != expected[1]).any()
    np.testing.assert_array_equal(read_body(received, images), expected)


def read_body(network, images):
    """Read what goes into the read-out, which begins with zeros: all answers are one half."""
    read_out = next(layer for layer in network.layers if isinstance(layer, keras.layers.Dense))
    return keras.Model(network.input, read_out.input).predict_on_batch(images)


def test_an_augmentation_comes_back():
    layers = [keras.layers.RandomFlip("vertical", seed=1), keras.layers.RandomZoom(0.1)]
    received = build_network(*describe_network(keras.Sequential(layers)))
    assert [layer.name for layer in received.layers] == [layer.name for layer in layers]
    assert received.layers[0].mode == "vertical"


def test_a_compiled_network_comes_back_without_its_training():
    network = NETWORKS["CNN"]()
    network.compile("adam", "mse")
    description, weights = describe_network(network)
    assert b"compile_config" not in description
    assert not build_network(description, weights).compiled


class Doubling(keras.layers.Layer):
    def call(self, x):
        return 2 * x


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (keras.layers.Lambda(lambda x: x), "known Keras layers, received '(Lambda|__lambda__)'"),
        (Doubling(), "received 'Doubling'"),
        (keras.layers.Dense(2, activation=keras.activations.selu), "activation among"),
        (keras.layers.Dense(2, kernel_regularizer="l2"), "received 'L2' of 'keras.regularizers'"),
        (keras.layers.StringLookup(vocabulary=["a"]), "received 'StringLookup'"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_other_layers_are_not_described(layer, message):
    with pytest.raises(TypeError, match=message):
        describe_network(layer)


def change(description, path, value):
    """Change one place of a description."""
    tree = node = json.loads(description)
    *way, last = path
    for key in way:
        node = node[key]
    node[last] = value
    return json.dumps(tree).encode()


DENSE = ("config", "layers", 1)
EVIL = {"module": "os", "class_name": "function", "config": "system", "registered_name": "system"}


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("class_name",), "Lambda", "known Keras layers, received 'Lambda'"),
        (("module",), "os", "received 'Functional' of 'os'"),
        (("module",), ["keras"], r"received 'Functional' of \['keras'\]"),
        (("registered_name",), "my>Functional", "known Keras layers, received 'Functional'"),
        (("compile_config",), {"optimizer": "adam"}, "not compiled"),
        ((*DENSE, "class_name"), "TFSMLayer", "received 'TFSMLayer'"),
        (
            (*DENSE, "config", "activation"),
            EVIL,
            "Expected a network of known Keras layers|activation",
        ),
        ((*DENSE, "config", "activation"), "evil", "activation among .*, received 'evil'"),
        ((*DENSE, "config", "kernel_initializer"), "evil", "description of an object"),
        ((*DENSE, "config", "kernel_initializer"), EVIL, "received 'function' of 'os'"),
        ((*DENSE, "config", "units"), 10**12, "the weights have other shapes"),
        ((*DENSE, "config", "units"), 3, "the weights have other shapes"),
        ((*DENSE, "config", "units"), "many", "but"),
        ((*DENSE, "config", "dtype"), "float64", "the weights have other shapes"),
        ((*DENSE, "build_config", "input_shape"), [None, 10**12], "but"),
        (("config", "layers"), [], "but"),
        (("config",), None, "known Keras layers"),
    ],
    ids=str,
)
def test_other_descriptions_are_refused(path, value, message):
    inputs = keras.Input((4,))
    network = keras.Model(inputs, keras.layers.Dense(2)(inputs))
    description, weights = describe_network(network)
    with pytest.raises(ValueError, match=message):
        build_network(change(description, path, value), weights)


def test_a_layer_that_is_no_part_of_the_network_is_refused():
    inputs = keras.Input((4,))
    hidden = keras.Model(inputs, keras.layers.Dense(10**6, name="hidden")(inputs))
    network = keras.Model(inputs, keras.layers.Dense(2)(inputs))
    description, weights = describe_network(network)
    layers = json.loads(description)["config"]["layers"]
    for name in ("hidden", layers[1]["name"]):
        stowaway = json.loads(describe_network(hidden)[0])["config"]["layers"][1]
        stowaway["name"] = stowaway["config"]["name"] = name
        changed = change(description, ("config", "layers"), [*layers, stowaway])
        with pytest.raises(ValueError, match=r"some layers are no part|disconnected nodes"):
            build_network(changed, weights)


def test_constants_of_a_normalisation_are_refused():
    """They are as many as the input is wide, and no weights."""
    for settings in (
        {"mean": 0.0, "variance": 1.0},
        {"mean": [0.0], "variance": [1.0]},
        {"mean": [0.0] * 2, "variance": [1.0] * 2, "axis": (1, 2)},
    ):
        layer = keras.Sequential([keras.Input((3_000, 2)), keras.layers.Normalization(**settings)])
        with pytest.raises(TypeError, match="a Normalization that was adapted"):
            describe_network(layer)


def test_a_split_into_a_million_is_refused():
    description, weights = describe_network(NETWORKS["generator"]())
    changed = description.replace(b'"indices_or_sections": 2', b'"indices_or_sections": 1000000')
    with pytest.raises(ValueError, match="a split into fewer than 64 parts"):
        build_network(changed, weights)


def test_what_is_no_network_is_refused():
    initializer = keras.saving.serialize_keras_object(keras.initializers.Zeros())
    with pytest.raises(ValueError, match="Expected a network, received Zeros"):
        build_network(json.dumps(initializer).encode(), [])


def test_a_refused_description_leaves_nothing_to_allocate():
    inputs = keras.Input((4,))
    network = keras.Model(inputs, keras.layers.Dense(2)(inputs))
    description, weights = describe_network(network)
    with pytest.raises(ValueError, match="other shapes"):
        build_network(change(description, (*DENSE, "config", "units"), 10**12), weights)
    with keras.StatelessScope():
        pass  # at its end, Keras gives values to variables that have none
