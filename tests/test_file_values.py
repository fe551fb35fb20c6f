"""Every kind of value comes back as it was, type and all."""

import json
import math
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from skwbc._file_decoder import Decoder
from skwbc._file_encoder import Encoder
from skwbc._images import PixelRange

DTYPES = [
    *("?", "|u1", "<i2", ">i4", "<u8", "<i8", "<f2", "<f4", ">f8", "<U1", "<U7", ">U3"),
    np.dtype(object),
]
numbers = st.one_of(st.integers(), st.floats(), st.booleans(), st.none())
scalars = st.sampled_from(["?", "u1", "i8", "f2", "f4", "f8"]).flatmap(
    lambda dtype: arrays(dtype, ()).map(lambda array: array[()])
)
plain_arrays = st.sampled_from(DTYPES[:-1]).flatmap(
    lambda dtype: arrays(dtype, array_shapes(min_dims=0, min_side=0, max_side=3))
)
object_arrays = arrays(object, array_shapes(max_side=3), elements=st.one_of(numbers, st.text()))
keys = st.one_of(st.integers(), st.text(), scalars, st.tuples(st.integers(), st.text()))
leaves = st.one_of(numbers, st.text(), st.text().map(np.str_), scalars, plain_arrays, object_arrays)
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(keys, inner, max_size=3),
        st.dictionaries(keys, inner, max_size=3).map(OrderedDict),
    ),
    max_leaves=8,
)


def send(value):
    """Encode a value, write the JSON, and decode it."""
    encoder = Encoder()
    text = json.dumps(encoder.encode(value, "value"), allow_nan=False)
    received = Decoder(encoder.members, encoder.networks).decode(json.loads(text))
    assert not encoder.members
    return received


def assert_same(received, sent):
    assert type(received) is type(sent)
    if isinstance(sent, (list, tuple)):
        for pair in zip(received, sent, strict=True):
            assert_same(*pair)
    elif isinstance(sent, dict):
        assert_same([*received.items()], [*sent.items()])
    elif isinstance(sent, np.ndarray) and sent.dtype == object:
        assert_same([received.shape, received.tolist()], [sent.shape, sent.tolist()])
    elif isinstance(sent, (np.ndarray, np.generic)) and not isinstance(sent, np.str_):
        assert (received.dtype, received.shape) == (sent.dtype, sent.shape)
        assert received.tobytes() == sent.tobytes()
    elif isinstance(sent, float):
        assert (math.isnan(sent) and math.isnan(received)) or received.hex() == sent.hex()
    else:
        assert received == sent


@given(values)
@settings(max_examples=300)
def test_values_come_back(value):
    assert_same(send(value), value)


@pytest.mark.parametrize(
    "value",
    [
        np.dtype("float32"),
        np.str_("a\0"),
        Path("a") / "weights.h5",
        PixelRange(0.0, 255.0, True),
        {(1, "a"): np.float32(0.1), np.str_("b"): -0.0, np.int64(3): 2**70},
        np.array([], dtype="U5"),
        np.zeros((0, 3)),
    ],
    ids=str,
)
def test_rarer_values_come_back(value):
    assert_same(send(value), value)


def test_arrays_are_writable_and_keep_their_order_in_memory():
    received = send(np.asfortranarray(np.arange(6.0).reshape(2, 3)))
    assert received.flags.f_contiguous
    assert received.flags.writeable
    assert received.base is None
    assert send(np.arange(6)[::2]).tolist() == [0, 2, 4]


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"left": [0.5, np.nan], "n_cells": [1, 0]}),
        pd.DataFrame({"source": ["GAN", None], "n": [3, 4]}, index=["basophil", "monocyte"]),
        pd.DataFrame({"x": np.array([1, 2], dtype=np.uint8)}, index=pd.Index([7, 9], name="class")),
        pd.DataFrame({1: [True, False], 2: pd.Series(["a", 3], dtype=object)}),
        pd.DataFrame(),
    ],
)
def test_tables_come_back(table):
    pd.testing.assert_frame_equal(send(table), table, check_exact=True, check_index_type="exact")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.random.default_rng(0), "value can't be saved: it holds a Generator"),
        (np.random.RandomState(0), "it holds a RandomState"),
        (len, "it holds a builtin_function_or_method"),
        ({"a", "b"}, "it holds a set"),
        (1j, "it holds a complex"),
        ([np.longdouble(1)], "it holds values of (longdouble|float128)"),
        (np.zeros(2, dtype="datetime64[s]"), "it holds values of datetime64"),
        (np.array([object()]), "it is an array of other objects than strings and numbers"),
        (np.ma.masked_array([1]), "it holds a MaskedArray"),
        (pd.DataFrame({"t": pd.to_datetime(["2020-01-01"])}), "with values of datetime64"),
        (pd.DataFrame([[1]], index=pd.MultiIndex.from_tuples([(1, 2)])), "with a MultiIndex"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_other_values_are_refused(value, message):
    with pytest.raises(TypeError, match=message):
        send(value)


@pytest.mark.parametrize(
    ("node", "message"),
    [
        ({"set": []}, r"Expected one of \['array'.*\], received \['set'\]"),
        ({"list": [], "tuple": []}, "received"),
        ({"array": 0}, "Expected array-0.npy in the file, and once"),
        ({"network": 5}, "Expected network-5.json in the file, and once"),
        ({"dtype": "|O"}, r"Expected a plain dtype, received '\|O'"),
        ({"dtype": ["a"]}, "Expected a plain dtype"),
        ({"scalar": ["<f4", "00"]}, "Expected the bytes of one float32, received '00'"),
        ({"scalar": ["|b1", "02"]}, "Expected an array of bool, received other bytes"),
        ({"float": "1"}, "Expected no number, received '1'"),
        ({"part": {"class": "os:system", "state": {}}}, "received 'os:system'"),
        (
            {"part": {"class": "skwbc._images:PixelRange", "state": {"low": 0}}},
            "Expected all attributes of PixelRange, and no others",
        ),
    ],
    ids=str,
)
def test_other_json_is_refused(node, message):
    with pytest.raises(ValueError, match=message):
        Decoder({}, []).decode(node)


def test_a_table_does_not_grow():
    packed = {"index": {"range": [0, 10**12, 1], "name": None}, "data": [[]]}
    packed["columns"] = {"values": ["a"], "name": None}
    node = {"table": Encoder().encode(packed, "packed")}
    with pytest.raises(ValueError, match="Expected columns as long as the index"):
        Decoder({}, []).decode(node)
