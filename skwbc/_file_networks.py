"""Keras networks in files: Keras' description in JSON, of known classes alone, and weights.

Keras itself would import a module because the description names it, and allocate what a layer
asks for. So the description is checked before Keras sees it, and built a first time without
values, to compare the shapes of its weights with those that are there. A layer that is described
but no part of the network would be built too, and its weights be no part of the comparison: so
there must be none.
"""

import importlib
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from skwbc._file_container import parse_json
from skwbc._seeding import python_random_kept

OUR_LAYERS = {
    f"skwbc.networks.{module}": {layer}
    for module, layer in (
        ("_grey_levels", "GreyLevels"),
        ("_group_normalisation", "ChannelGroupNormalization"),
        ("_relative_density", "RelativeDensity"),
        ("_two_views", "MeanOfViews"),
        ("_upsampled_conv", "UpsampledConv2D"),
        ("_white_balance", "WhiteBalance"),
    )
}
OUR_CONSTRAINTS = {"skwbc.networks._compact_cnn": {"WithoutMean"}}
OURS = OUR_LAYERS | OUR_CONSTRAINTS
REGISTERED = {name: f"skwbc>{name}" for names in OURS.values() for name in names}
CLASSES = {
    None: {"__keras_tensor__", "__slice__"},
    "keras": {"DTypePolicy", "Sequential"},
    "keras.initializers": {
        *("Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "Ones"),
        *("Orthogonal", "RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling"),
        "Zeros",
    },
    "keras.layers": {
        *("Activation", "Add", "BatchNormalization", "Bidirectional", "Concatenate", "Conv2D"),
        *("Cropping2D", "Dense", "DepthwiseConv2D", "Dropout", "Flatten", "GaussianNoise"),
        *("GlobalAveragePooling2D", "GroupNormalization", "InputLayer", "LSTM"),
        *("LayerNormalization", "LeakyReLU", "MaxPooling2D", "Multiply", "Normalization"),
        *("RandomBrightness", "RandomContrast", "RandomFlip", "RandomRotation"),
        *("RandomTranslation", "RandomZoom", "ReLU", "Rescaling", "Reshape", "UpSampling2D"),
        "ZeroPadding2D",
    },
    "keras.src.applications.convnext": {"LayerScale"},
    "keras.src.models.functional": {"Functional"},
    "keras.src.ops.numpy": {"Add", "GetItem", "Mean", "Multiply", "Split", "Tanh"},
} | OURS
LAYER_MODULES = {
    "keras.layers",
    "keras.src.applications.convnext",
    "keras.src.models.functional",
    *OUR_LAYERS,
}
FUNCTIONS = frozenset("gelu hard_silu leaky_relu linear relu sigmoid silu softmax tanh".split())
MOST_BYTES = 2**21  # of a description; those of Keras' own networks have a tenth
MOST_CHANNELS = 1_024  # with constants of their own
MOST_SECTIONS = 64  # of one Split, each of which is an object
LONGEST_REASON = 300  # characters: Keras' messages may hold the whole description


def describe_network(network):
    """Take a network or a layer apart.

    Parameters
    ----------
    network : keras.Layer
        Made of `CLASSES`.

    Returns
    -------
    description : bytes
        Keras' JSON, without the settings of a training.
    weights : list of ndarray
        In Keras' order.

    Raises
    ------
    TypeError
        If there is a class in it that a file may not hold.
    """
    import keras

    tree = keras.saving.serialize_keras_object(network)
    for node in _walk(tree):
        node.pop("compile_config", None)
        if node.get("registered_name") == f">{node.get('class_name')}":  # scikeras' pickling
            node["registered_name"] = node["class_name"]
    _forget_initializers(tree)
    description = json.dumps(tree).encode("ascii")
    try:
        check_description(description)
    except ValueError as error:
        raise TypeError(str(error)) from error
    return description, network.get_weights()


def build_network(description, weights):
    """Put together what :func:`describe_network` took apart.

    Raises
    ------
    ValueError
        If it is no such description, or does not fit the weights.
    """
    check_description(description)
    for module in OURS:
        importlib.import_module(module)
    try:
        with ThreadPoolExecutor(1) as thread:  # what Keras notes of the variables ends with it
            expected, layers = thread.submit(_measure_network, description).result()
        if expected != [(array.shape, array.dtype.name) for array in weights]:
            raise ValueError("the weights have other shapes")
        if layers != _count_layers(json.loads(description)):
            raise ValueError("some layers are no part of it")
        from skwbc._network_state import give_weights  # needs Keras, as few files do

        network = _deserialize(description)
        give_weights(network, weights)
    except Exception as error:  # whatever Keras makes of a wrong description
        reason = f"{type(error).__name__}: {str(error)[:LONGEST_REASON]}"
        raise ValueError(f"Expected a network and its weights, but {reason}") from error
    return network


def check_description(description):
    """Refuse a description that names any class or function but those above.

    Examples
    --------
    >>> check_description(b'{"module": "keras.layers", "class_name": "Lambda", "config": {}}')
    Traceback (most recent call last):
    ...
    ValueError: Expected a network of known Keras layers, received 'Lambda' of 'keras.layers'.
    """
    for node in _walk(parse_json(description, MOST_BYTES)):
        if "compile_config" in node:
            raise ValueError("Expected a network that is not compiled.")
        if "class_name" in node:
            _check_class(node)
        for key, value in node.items():
            if key.endswith("activation") and value is not None:
                _check_function(value)
            if key.endswith(("initializer", "regularizer", "constraint")) and value is not None:
                _check_object(value)


def _walk(tree):
    """Yield all dicts."""
    nodes = [tree]
    while nodes:
        node = nodes.pop()
        if isinstance(node, dict):
            yield node
            nodes.extend(node.values())
        elif isinstance(node, list | tuple):
            nodes.extend(node)


def _forget_initializers(tree):
    """Let weights begin at zero: they are given, and an older Keras may not know how to draw."""
    for node in _walk(tree):
        for key in node:
            if key.endswith("initializer") and node[key] is not None:
                node[key] = {"module": "keras.initializers", "class_name": "Zeros", "config": {}}


def _check_class(node):
    name, module = node["class_name"], node.get("module")
    registered = node.get("registered_name")
    if (
        not isinstance(name, str)
        or not isinstance(module, str | None)
        or name not in CLASSES.get(module, ())
        or registered not in (None, REGISTERED.get(name, name))
        or not isinstance(node.get("config"), dict)
    ):
        raise ValueError(
            f"Expected a network of known Keras layers, received {name!r} of {module!r}."
        )
    if name == "Normalization":
        _check_normalization(node["config"])
    if name == "Split" and node["config"].get("indices_or_sections") not in range(MOST_SECTIONS):
        raise ValueError(f"Expected a split into fewer than {MOST_SECTIONS} parts.")


def _check_normalization(config):
    """Refuse constants that Keras would spread over an input: they are no weights to compare."""
    axis = config.get("axis")
    has_one_axis = isinstance(axis, list | tuple) and len(axis) == 1
    for constant in (config.get("mean"), config.get("variance")):
        is_list = isinstance(constant, list | tuple) and 1 < len(constant) <= MOST_CHANNELS
        if constant is not None and not (is_list and has_one_axis):
            raise ValueError(
                "Expected a Normalization that was adapted, or with a constant for each channel."
            )


def _check_function(name):
    if not isinstance(name, str) or name not in FUNCTIONS:
        raise ValueError(f"Expected an activation among {sorted(FUNCTIONS)}, received {name!r}.")


def _check_object(node):
    if not isinstance(node, dict) or "class_name" not in node:
        raise ValueError(f"Expected the description of an object, received {node!r}.")


def _measure_network(description):
    """List the shapes and the dtypes of all weights, allocating none; count the layers."""
    import keras

    with keras.StatelessScope(initialize_variables=False):
        network = _deserialize(description)
    shapes = [(tuple(weight.shape), weight.dtype) for weight in network.weights]
    return shapes, _count_layers(keras.saving.serialize_keras_object(network))


def _count_layers(tree):
    """Count the layers of each class and name that a description has, networks among them."""
    return Counter(
        (node["class_name"], node["config"].get("name"))
        for node in _walk(tree)
        if node.get("module") in LAYER_MODULES or node.get("class_name") == "Sequential"
    )


def _deserialize(description):
    import keras

    tree = json.loads(description)
    _forget_initializers(tree)  # files of earlier versions have them
    with python_random_kept():
        network = keras.saving.deserialize_keras_object(tree, safe_mode=True)
    if not isinstance(network, keras.Layer):
        raise ValueError(f"Expected a network, received {type(network).__name__}.")
    return network
