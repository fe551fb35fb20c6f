"""Saved estimators, damaged at random, by accident or on purpose.

By accident: bytes change, are lost or come in. On purpose: the manifest, an array or a network is
changed, and all checksums are made right again, so that what lies behind them is reached.
"""

import copy
import hashlib
import io
import json
import zipfile

MANIFEST = "manifest.json"
ODD_VALUES = (
    *(None, True, -1, 0, 1, 7, 2**31, 2**63, 10**30, -0.5, 1e308, "", "..", "/etc/passwd", "<f4"),
    *("array-0.npy", "skwbc:Pipeline", "os:system", "nan", "|O", "<U999999", [], {}, [[]], [None]),
    *([1, 2], {"array": 0}, {"network": 0}, {"array": -1}, {"tuple": []}, {"dict": [[[], 1]]}),
    *({"float": "nan"}, {"dtype": "<f8"}, {"scalar": ["|b1", "02"]}, {"text": "a"}, {"path": "a"}),
    {"objects": {"dict": [["shape", [0, 2**62]], ["values", []]]}},
    {"table": {"dict": [["index", 1], ["columns", 2], ["data", []]]}},
    {"estimator": {"class": "sklearn.pipeline:Pipeline", "parameters": {}, "fitted": {}}},
    {"class_name": "Lambda", "module": "keras.layers", "config": {}},
    {"class_name": "function", "module": "os", "config": "system", "registered_name": "system"},
    {"class_name": "__lambda__", "config": {"value": "a"}},
)
ODD_NAMES = ("../a.npy", "/a.npy", "array-0.pkl", "array-99999.npy", "network-0.json", "", "a\0b")
ODD_BYTES = (b"", b"\x80\x04N.", b"{}", b"[" * 200_000, b"\x93NUMPY\x01\x00", b"\0" * 4096)


def damage(data, rng):
    """Damage the bytes of a file.

    Parameters
    ----------
    data : bytes
        Of a whole file.
    rng : numpy.random.Generator
        Of all choices.

    Returns
    -------
    bytes
    """
    return choose(KINDS, rng)(data, rng)


def choose(options, rng):
    return options[rng.integers(len(options))]


def flip_bytes(data, rng):
    """Change a few bytes."""
    changed = bytearray(data)
    for place in rng.integers(len(data), size=rng.integers(1, 9)):
        changed[place] ^= int(rng.integers(1, 256))
    return bytes(changed)


def cut_end(data, rng):
    """Lose the end."""
    return data[: rng.integers(len(data))]


def cut_out(data, rng):
    """Lose a piece."""
    start, stop = sorted(rng.integers(len(data) + 1, size=2))
    return data[:start] + data[stop:]


def put_in(data, rng):
    """Put random bytes or a piece of the file itself somewhere."""
    start, stop = sorted(rng.integers(len(data) + 1, size=2))
    piece = rng.bytes(int(rng.integers(1, 100))) if rng.random() < 0.5 else data[start:stop]
    place = rng.integers(len(data) + 1)
    return data[:place] + piece + data[place:]


def change_manifest(data, rng):
    """Change what the manifest says."""
    members = read_members(data)
    manifest = json.loads(members[MANIFEST])
    for _ in range(rng.integers(1, 4)):
        change_tree(manifest, rng)
    members[MANIFEST] = json.dumps(manifest).encode()
    return write_members(members)


def change_network(data, rng):
    """Change the description of a network; the manifest, where there is none."""
    members = read_members(data)
    names = [name for name in members if name.startswith("network")]
    if not names:
        return change_manifest(data, rng)
    name = choose(names, rng)
    tree = json.loads(members[name])
    for _ in range(rng.integers(1, 3)):
        change_tree(tree, rng)
    members[name] = json.dumps(tree).encode()
    return write_members(members)


def change_array(data, rng):
    """Change the bytes of an array, its header above all; the manifest, where there is none."""
    members = read_members(data)
    names = [name for name in members if name.startswith("array")]
    if not names:
        return change_manifest(data, rng)
    name = choose(names, rng)
    head, rest = members[name][:80], members[name][80:]
    change = choose([flip_bytes, cut_end, cut_out, put_in, change_digits], rng)
    members[name] = change(head, rng) + rest if rng.random() < 0.7 else change(members[name], rng)
    return write_members(members)


def change_digits(data, rng):
    """Change a figure, as of a shape."""
    places = [i for i, byte in enumerate(data) if chr(byte).isdigit()] or [0]
    place = choose(places, rng)
    return data[:place] + choose([b"0", b"9", b"99999999", b"f", b"-1"], rng) + data[place + 1 :]


def change_members(data, rng):
    """Exchange, drop, add or rename members."""
    members = read_members(data)
    first, second = (choose(sorted(members), rng) for _ in range(2))
    change = rng.integers(4)
    if change == 0:
        members[first], members[second] = members[second], members[first]
    elif change == 1:
        del members[first]
    elif change == 2:
        members[first] = choose(ODD_BYTES, rng)
    else:
        members[choose(ODD_NAMES, rng)] = members.pop(first)
    return write_members(members)


def change_zip(data, rng):
    """Write the same members as another ZIP: compressed, twice, with a comment."""
    members = read_members(data)
    change = rng.integers(4)
    file = io.BytesIO()
    compression = zipfile.ZIP_DEFLATED if change == 0 else zipfile.ZIP_STORED
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        if change == 1:
            archive.fp.write(b"\0" * int(rng.integers(1, 100)))
        if change == 2:
            archive.comment = b"a comment"
        if change == 3:  # one name for two
            archive.filelist.append(copy.copy(choose(archive.filelist, rng)))
    return file.getvalue()


KINDS = (
    *(flip_bytes, cut_end, cut_out, put_in, change_manifest, change_network, change_array),
    *(change_members, change_zip),
)


def read_members(data):
    """Read all members of a whole file."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write_members(members):
    """Write members, with the checksums that they have now."""
    members = dict(members)
    try:
        manifest = json.loads(members[MANIFEST])
        manifest["members"] = {
            name: [len(content), hashlib.sha256(content).hexdigest()]
            for name, content in members.items()
            if name != MANIFEST
        }
        members[MANIFEST] = json.dumps(manifest).encode()
    except (KeyError, TypeError, ValueError, RecursionError):
        pass  # the manifest itself was damaged
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return file.getvalue()


def change_tree(tree, rng):
    """Change one place of JSON: another value, one from elsewhere, none, or another name."""
    places = list(list_places(tree))
    if not places:
        return
    node, key = choose(places, rng)
    elsewhere = [copy.deepcopy(n[k]) for n, k in (choose(places, rng) for _ in range(2))]
    change = rng.integers(5)
    if change == 0:
        node[key] = copy.deepcopy(choose(ODD_VALUES, rng))
    elif change == 1:
        node[key] = elsewhere[0]
    elif change == 2:
        del node[key]
    elif change == 3 and isinstance(node, dict):
        names = [k for n, k in places if isinstance(n, dict)]
        node[choose(names, rng)] = node.pop(key)
    else:
        node[key] = [node[key], *elsewhere]


def list_places(tree):
    """Yield each dict or list of JSON, with each of its keys."""
    nodes = [tree]
    while nodes:
        node = nodes.pop()
        keys = list(node) if isinstance(node, dict) else range(len(node))
        for key in keys:
            yield node, key
            if isinstance(node[key], dict | list):
                nodes.append(node[key])
