"""Settings of arms and models, whatever is among them: their hash, and what JSON can hold."""

import re
import sys

import numpy as np
from joblib.hashing import NumpyHasher

PLACE = re.compile(r" at 0x[0-9a-fA-F]+")  # in the memory, as Python shows objects
LAYERS = {"trainable", "batch_shape"}  # what a layer's configuration has, or that of an input


class _SettingsHasher(NumpyHasher):
    """Hash settings: layers of Keras by what they do, and what can't be pickled by its text.

    Pickled, a layer holds another time of day each time.

    Attributes
    ----------
    error : Exception or None
        The first for which an object counts by a text that names a place in memory.
    """

    error = None

    def save(self, obj):
        """Take in an object, or what stands for it."""
        keras = sys.modules.get("keras")  # which a study without layers need not load
        if keras is not None and isinstance(obj, keras.Layer):
            obj = type(obj), _leave_out_names(obj.get_config()), obj.get_weights()
        try:
            super().save(obj)
        except Exception as error:  # pickle raises what it likes; what is around goes on
            text = repr(obj)
            if self.error is None and PLACE.search(text):
                self.error = error
            super().save(text)


def _leave_out_names(config):
    """Leave out the names of layers, which Keras counts up; a dtype has one, too, that counts."""
    if isinstance(config, dict):
        dropped = {"name"} if LAYERS & config.keys() else ()
        return {k: _leave_out_names(value) for k, value in config.items() if k not in dropped}
    if isinstance(config, (list, tuple)):
        return [_leave_out_names(value) for value in config]
    return config


def hash_settings(content):
    """Give a text that is the same for the same settings, in every process.

    Parameters
    ----------
    content : object
        What can't be pickled in it, such as a callback that is a lambda, counts by its text.

    Returns
    -------
    str

    Examples
    --------
    >>> import keras
    >>> modes = ("vertical", "vertical", "horizontal")
    >>> hashes = [hash_settings({"augmentation": keras.layers.RandomFlip(mode)}) for mode in modes]
    >>> [text == hashes[0] for text in hashes]
    [True, True, False]
    """
    return _SettingsHasher("md5").hash(content)


def find_hash_error(content):
    """Give the first error for which something counts by its text, if that is another each time.

    So it is where the text names a place in memory.

    Examples
    --------
    >>> find_hash_error({"filters": (4,)})
    >>> type(find_hash_error({"callbacks": [lambda epoch, logs: None]})).__name__
    'PicklingError'
    """
    hasher = _SettingsHasher("md5")
    hasher.hash(content)
    return hasher.error


def use_plain_keys(content):
    """Turn the keys of dicts, such as classes in NumPy's numbers, into what JSON can hold.

    Examples
    --------
    >>> use_plain_keys({"filters": [{np.int64(3): 300, (1, 2): 5}]})
    {'filters': [{3: 300, '(1, 2)': 5}]}
    """
    if isinstance(content, dict):
        return {_make_plain(key): use_plain_keys(value) for key, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [use_plain_keys(value) for value in content]
    return content


def _make_plain(key):
    key = key.item() if isinstance(key, np.generic) else key
    return key if key is None or isinstance(key, (str, int, float)) else str(key)


def use_tuples(content):
    """Turn lists, as which JSON gives back tuples, into tuples.

    Examples
    --------
    >>> use_tuples({"filters": [16, 32]})
    {'filters': (16, 32)}
    """
    if isinstance(content, dict):
        return {key: use_tuples(value) for key, value in content.items()}
    if isinstance(content, (list, tuple)):
        return tuple(use_tuples(value) for value in content)
    return content
