"""Put together what the encoder took apart, and believe nothing."""

from collections import OrderedDict
from pathlib import Path

import numpy as np

from skwbc._file_arrays import parse_dtype, unpack_array, unpack_scalar
from skwbc._file_classes import ESTIMATORS, LEFT_BEHIND, PARTS, find_class, is_empty
from skwbc._file_networks import build_network
from skwbc._file_tables import unpack_objects, unpack_table


class Decoder:
    """Put an estimator together.

    Parameters
    ----------
    members, networks
        As of the encoder. A member that was used is taken from `members`: none can stand for many.
    """

    def __init__(self, members, networks):
        self.members = members
        self.networks = networks
        self._built = {}
        self._decoders = {
            "array": self._take_array,
            "dict": self._decode_dict,
            "dtype": parse_dtype,
            "estimator": self._decode_estimator,
            "float": _parse_float,
            "network": self._take_network,
            "objects": lambda body: unpack_objects(self.decode(body)),
            "ordered": lambda body: OrderedDict(self._decode_dict(body)),
            "part": self._decode_part,
            "path": Path,
            "scalar": unpack_scalar,
            "table": lambda body: unpack_table(self.decode(body)),
            "text": np.str_,
            "tuple": lambda body: tuple(self._decode_list(body)),
        }

    def decode(self, node):
        """Make a value of JSON.

        Raises
        ------
        ArithmeticError, AttributeError, LookupError, TypeError, ValueError
            If it is not as the encoder made it.
        """
        if isinstance(node, list):
            return self._decode_list(node)
        if not isinstance(node, dict):
            return node
        if len(node) != 1 or not node.keys() <= self._decoders.keys():
            raise ValueError(f"Expected one of {list(self._decoders)}, received {list(node)}.")
        ((tag, body),) = node.items()
        return self._decoders[tag](body)

    def _decode_list(self, nodes):
        return [self.decode(node) for node in nodes]

    def _decode_dict(self, pairs):
        return {self.decode(key): self.decode(value) for key, value in pairs}

    def _decode_estimator(self, body):
        cls = find_class(body["class"], ESTIMATORS)
        params = {name: self.decode(node) for name, node in body["parameters"].items()}
        fitted = {name: self.decode(node) for name, node in body["fitted"].items()}
        if not params.keys() <= set(cls._get_param_names()):
            raise ValueError(f"Expected parameters of {cls.__name__}, received {list(params)}.")
        for name in fitted:
            if name in params or not name.isidentifier() or hasattr(cls, name) or "__" in name:
                raise ValueError(f"Expected attributes of {cls.__name__}, received {name!r}.")
        for name in LEFT_BEHIND:
            if not (is_empty(params.get(name)) and is_empty(fitted.get(name))):
                raise ValueError(f"Expected no {name}, received some.")
        estimator = cls(**params)
        vars(estimator).update(fitted)
        return estimator

    def _decode_part(self, body):
        cls = find_class(body["class"], PARTS)
        if body["state"].keys() != PARTS[body["class"]]:
            raise ValueError(f"Expected all attributes of {cls.__name__}, and no others.")
        part = cls.__new__(cls)
        vars(part).update({name: self.decode(node) for name, node in body["state"].items()})
        return part

    def _take(self, name):
        if name not in self.members:
            raise ValueError(f"Expected {name} in the file, and once.")
        return self.members.pop(name)

    def _take_array(self, number):
        return unpack_array(self._take(f"array-{number}.npy"))

    def _take_network(self, number):
        if number not in self._built:
            description = self._take(f"network-{number}.json")
            weights = [self._take_array(n) for n in self.networks[number]]
            self._built[number] = build_network(description, weights)
        return self._built[number]


def _parse_float(text):
    if text not in ("nan", "inf", "-inf"):
        raise ValueError(f"Expected no number, received {text!r}.")
    return float(text)
