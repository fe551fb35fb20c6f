"""Take an estimator apart: its values as JSON, arrays and networks.

None, truth values, integers, finite floats, strings and lists stand in the JSON as they are;
everything else is an object of one key that says what it is, so that every type comes back.
"""

import math
import sys
from collections import OrderedDict
from pathlib import PurePath

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from skwbc._file_arrays import is_plain, pack_array, pack_scalar
from skwbc._file_classes import (
    ESTIMATORS,
    LEFT_BEHIND,
    PARTS,
    REQUESTS,
    is_empty,
    name_class,
)
from skwbc._file_networks import describe_network
from skwbc._file_tables import pack_objects, pack_table


class Encoder:
    """Take an estimator apart.

    Attributes
    ----------
    members : dict of str to bytes
        Arrays and descriptions of networks, by their names in the file.
    networks : list of list of int
        For each network, the numbers of its weights among the arrays.
    """

    def __init__(self):
        self.members = {}
        self.networks = []
        self._n_arrays = 0
        self._seen = []  # networks: an estimator shares them with its parts
        self._encoders = {
            float: self._encode_float,
            list: self._encode_list,
            tuple: self._encode_tuple,
            dict: self._encode_dict,
            OrderedDict: self._encode_dict,
            np.ndarray: self._encode_array,
            pd.DataFrame: self._encode_table,
        }

    def encode(self, value, place):
        """Make JSON of a value.

        Parameters
        ----------
        value : object
            A parameter, a fitted attribute, or what is in one.
        place : str
            Where it was found, for messages.

        Returns
        -------
        object
            Of what JSON has.

        Raises
        ------
        TypeError
            If it is of a kind that a file can't hold.
        """
        if value is None or type(value) in (bool, int, str):
            return value
        encode = self._encoders.get(type(value), self._encode_object)
        return encode(value, place)

    def encode_estimator(self, estimator, place):
        """Make JSON of an estimator: the name of its class, parameters, fitted attributes."""
        name = name_class(type(estimator), ESTIMATORS)
        if name is None:
            raise TypeError(f"{place} can't be saved. {_advise(estimator)}")
        attributes = vars(estimator)
        for attribute in attributes.keys() & LEFT_BEHIND.keys():
            if not is_empty(attributes[attribute]):
                raise TypeError(
                    f"{attribute} of {place} can't be saved. Call {LEFT_BEHIND[attribute]} before."
                )
        encoded = {
            attribute: self.encode(value, f"{attribute} of {type(estimator).__name__}")
            for attribute, value in attributes.items()
            if attribute != REQUESTS
        }
        names = type(estimator)._get_param_names()
        params = {name: encoded.pop(name) for name in names}
        return {"estimator": {"class": name, "parameters": params, "fitted": encoded}}

    def _encode_float(self, value, place):
        return value if math.isfinite(value) else {"float": repr(value)}

    def _encode_list(self, value, place):
        return [self.encode(each, place) for each in value]

    def _encode_tuple(self, value, place):
        return {"tuple": self._encode_list(value, place)}

    def _encode_dict(self, value, place):
        tag = "dict" if type(value) is dict else "ordered"
        return {tag: [self._encode_list(pair, place) for pair in value.items()]}

    def _encode_array(self, value, place):
        if value.dtype == object:
            return {"objects": self._encode_packed(pack_objects, value, place)}
        self._check_dtype(value.dtype, place)
        return {"array": self._add_array(value)}

    def _encode_table(self, value, place):
        return {"table": self._encode_packed(pack_table, value, place)}

    def _encode_packed(self, pack, value, place):
        try:
            packed = pack(value)
        except TypeError as error:
            raise TypeError(f"{place} can't be saved: {error}.") from error
        return self.encode(packed, place)

    def _encode_object(self, value, place):
        """Make JSON of what is known by a family rather than by its own type."""
        if isinstance(value, np.str_):
            return {"text": str.__str__(value)}  # NumPy's own drops zero bytes at the end
        if isinstance(value, np.generic):
            self._check_dtype(value.dtype, place)
            return {"scalar": pack_scalar(value)}
        if isinstance(value, np.dtype):
            self._check_dtype(value, place)
            return {"dtype": value.str}
        if isinstance(value, PurePath):
            return {"path": str(value)}
        if isinstance(value, BaseEstimator):
            return self.encode_estimator(value, f"{type(value).__name__} in {place}")
        if "keras" in sys.modules and isinstance(value, sys.modules["keras"].Layer):
            return {"network": self._add_network(value, place)}
        return self._encode_part(value, place)

    def _encode_part(self, value, place):
        name = name_class(type(value), PARTS)
        if name is None:
            raise TypeError(f"{place} can't be saved: it holds a {type(value).__qualname__}.")
        # the state of a Training has no live network
        state = value.__getstate__() if "Training" in name else vars(value)
        return {"part": {"class": name, "state": {k: self.encode(state[k], place) for k in state}}}

    def _check_dtype(self, dtype, place):
        if not is_plain(dtype):
            raise TypeError(f"{place} can't be saved: it holds values of {dtype}.")

    def _add_array(self, array):
        number, self._n_arrays = self._n_arrays, self._n_arrays + 1
        self.members[f"array-{number}.npy"] = pack_array(array)
        return number

    def _add_network(self, network, place):
        for number, seen in enumerate(self._seen):
            if seen is network:
                return number
        try:
            description, weights = describe_network(network)
        except TypeError as error:
            raise TypeError(f"{place} can't be saved: {error}") from error
        self.members[f"network-{len(self._seen)}.json"] = description
        for array in weights:
            self._check_dtype(array.dtype, place)
        self.networks.append([self._add_array(array) for array in weights])
        self._seen.append(network)
        return len(self._seen) - 1


def _advise(estimator):
    """Say what can be saved in the place of an estimator that can't."""
    if hasattr(estimator, "best_estimator_"):  # a search
        return "Save its best_estimator_."
    public = (name.replace(":", ".") for name in ESTIMATORS if "._" not in name)
    return f"Classes that can: {', '.join(sorted(public))}."
