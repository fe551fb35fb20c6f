"""Networks as ONNX files, which run without Python."""

import json

import keras

from skwbc._network_state import PackedNetwork, pack_network, unpack_network

OTHER_TYPES = ("mixed_bfloat16", "float64")
NEEDED = ("onnx", "tf2onnx")


def copy_in_single_precision(network):
    """Make a second network of the same weights that computes in float32."""
    description, weights = pack_network(network)
    for name in OTHER_TYPES:
        description = description.replace(f'"{name}"', '"float32"')
    return unpack_network(PackedNetwork(description, weights))


def write_onnx(network, path, facts):
    """Write a network of one input and one output.

    Parameters
    ----------
    network : keras.Model
        In float32.
    path : str or path-like
        Of the file.
    facts : dict of str to JSON
        Kept as the file's metadata, each as JSON.

    Raises
    ------
    ImportError
        If onnx or tf2onnx is not installed.
    OSError
        If the file can't be written.
    """
    try:
        import onnx
        import tf2onnx  # noqa: F401 - Keras needs it
    except ImportError as error:
        raise ImportError(
            f"Expected the packages {' and '.join(NEEDED)}, which pip installs with skwbc[onnx]: "
            f"{error}."
        ) from error
    signature = [keras.InputSpec(dtype="float32", shape=network.input.shape)]
    network.export(path, format="onnx", verbose=False, input_signature=signature)
    model = onnx.load(path)
    onnx.helper.set_model_props(model, {name: json.dumps(fact) for name, fact in facts.items()})
    onnx.save(model, path)
