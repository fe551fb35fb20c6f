"""What a saved file says of itself: changed, of other releases, and as it was once written."""

from collections import Counter
from contextlib import nullcontext
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

import skwbc
from skwbc import CNNClassifier, make_pipeline
from skwbc._file_container import read_container, write_container
from skwbc._file_networks import REGISTERED

KEPT = sorted((Path(__file__).parent / "data").glob("format_1*/*.skwbc"))
CNN = CNNClassifier(filters=(4,), dense_units=4, epochs=1, random_state=0)


@pytest.fixture
def change(tmp_path):
    """Change the manifest of a file, make its checksums right again, and load it."""
    path = tmp_path / "a.skwbc"

    def change(estimator, change_manifest, **members):
        skwbc.save(estimator, path)
        manifest, old_members = read_container(path)
        change_manifest(manifest)
        for name in ("format", "format_version", "members"):
            manifest.pop(name, None)
        write_container(path, manifest, {**old_members, **members})
        return skwbc.load(path)

    return change


def put(**changes):
    """Give a function that changes the estimator of a manifest."""

    def change_manifest(manifest):
        for key, values in changes.items():
            if isinstance(values, dict):
                manifest["estimator"][key].update(values)
            else:
                manifest["estimator"][key] = values

    return change_manifest


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"class": "os:system"}, "Expected a class that a file may hold, received 'os:system'"),
        ({"class": "sklearn.svm:SVC"}, "received 'sklearn.svm:SVC'"),
        ({"class": ["skwbc:Pipeline"]}, "it is damaged"),
        ({"parameters": {"evil": 1}}, "Expected parameters of StandardScaler, received"),
        ({"fitted": {"fit": 1}}, "Expected attributes of StandardScaler, received 'fit'"),
        ({"fitted": {"__class__": 1}}, "received '__class__'"),
        ({"fitted": {"__sklearn_evil__": 1}}, "received '__sklearn_evil__'"),
        ({"fitted": {"with_mean": 1}}, "received 'with_mean'"),
        ({"fitted": {"a b": 1}}, "received 'a b'"),
        ({"fitted": {"memory": "cache"}}, "Expected no memory, received some"),
        ({"fitted": {"mean_": {"array": 0}, "var_": {"array": 0}}}, "Expected array-0.npy .* once"),
        ({"parameters": None}, "it is damaged"),
        ({"fitted": 3}, "it is damaged"),
    ],
    ids=str,
)
def test_a_manifest_of_other_things_is_refused(changes, message, change):
    scaler = StandardScaler().fit([[0.0], [1.0]])
    with pytest.raises(ValueError, match=f"Can't load .*a.skwbc: .*{message}"):
        change(scaler, put(**changes))


def test_a_pipeline_that_would_read_pickles_is_refused(change):
    for memory in ("cache", "", {"path": "cache"}):
        with pytest.raises(ValueError, match="Expected no memory, received some"):
            change(make_pipeline(CNN), put(parameters={"memory": memory}))


def test_a_member_too_many_is_refused(change):
    member = {"array-7.npy": b""}
    with pytest.raises(ValueError, match="it holds 1 members that nothing refers to"):
        change(CNN, lambda manifest: None, **member)


def test_a_parameter_that_an_old_file_lacks_has_its_default(change):
    scaler = StandardScaler(with_mean=False)
    received = change(scaler, lambda m: m["estimator"]["parameters"].pop("copy"))
    assert repr(received) == repr(scaler)


def test_a_manifest_without_an_estimator_is_refused(change):
    with pytest.raises(ValueError, match="it is damaged"):
        change(CNN, lambda manifest: manifest.pop("estimator"))


def expect_warning(versions):
    """Expect the warning of other releases if, and only if, some are other."""
    watched = ("scikit-learn", "keras", "tensorflow")
    here = [version(name).split(".")[:2] for name in watched]
    same = here == [versions[name].split(".")[:2] for name in watched]
    return nullcontext() if same else pytest.warns(UserWarning, match="was written with")


@pytest.mark.parametrize(
    ("versions", "named"),
    [
        ({"keras": "2.15.0"}, rf"keras 2.15.0 \(installed: {version('keras')}\);"),
        (
            {"scikit-learn": "1.0.2", "tensorflow": "3.0.0rc1"},
            r"scikit-learn 1.0.2 \(.*\), tensorflow 3.0.0rc1 \(installed: .*\);",
        ),
    ],
)
def test_other_releases_are_told_in_one_line(versions, named, change):
    with pytest.warns(UserWarning, match=f"a.skwbc was written with {named}") as caught:
        change(CNN, lambda manifest: manifest["versions"].update(versions))
    assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize(
    "versions",
    [
        {"keras": ".".join([*version("keras").split(".")[:2], "99"])},  # the same release
        {"numpy": "1.26.4"},  # of which nothing depends
        {"tensorflow": "not installed"},
    ],
)
def test_other_versions_are_not_told(versions, change):
    change(CNN, lambda manifest: manifest["versions"].update(versions))  # a warning is an error


@pytest.mark.parametrize("key", ["class", "parameters"])
def test_what_only_a_later_version_knows_is_told_to_be_of_it(key, change):
    def come_later(manifest):
        manifest["versions"]["skwbc"] = "99.1.0"
        manifest["estimator"].update({key: "skwbc:Later"})

    here = version("skwbc")
    message = rf"Can't load .*a.skwbc, which skwbc 99.1.0 wrote \(installed: {here}; update it\): "
    with pytest.raises(ValueError, match=message):
        change(CNN, come_later)


@pytest.mark.parametrize("there", ["0.0.1", version("skwbc"), "99", "99.1; rm", "9" * 99, 3, None])
def test_what_no_later_version_wrote_is_not_told_to_be(there, change):
    def damage(manifest):
        manifest["versions"]["skwbc"] = there
        manifest["estimator"]["class"] = "os:system"

    with pytest.raises(ValueError, match=r"Can't load .*a.skwbc: Expected a class that a file may"):
        change(CNN, damage)


@pytest.mark.parametrize("versions", [None, [], {}, {"keras": 3}])
def test_versions_that_are_none_are_refused(versions, change):
    with pytest.raises(ValueError, match="it is damaged"):
        change(CNN, lambda manifest: manifest.update(versions=versions))


@pytest.mark.filterwarnings("ignore:1 of 24 photos show several:UserWarning")  # as kept
@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_files_of_format_1_load_for_ever(path):
    """Written by tests/data/make_saved_estimators.py, once; never write them again."""
    images, expected = np.load(path.with_name("images.npy")), np.load(path.with_suffix(".npy"))
    with expect_warning(read_container(path)[0]["versions"]):
        estimator = skwbc.load(path)
    if hasattr(estimator, "sample"):
        drawn = estimator.sample(3, estimator.classes_[0], random_state=0)
        np.testing.assert_allclose(drawn.astype(int), expected.astype(int), atol=1)
        return
    check_is_fitted(estimator)
    rows = images.reshape(len(images), -1) if path.stem == "steps" else images
    answer = estimator.predict_proba(rows) if hasattr(estimator, "predict_proba") else None
    answer = estimator.transform(rows) if answer is None else answer
    np.testing.assert_allclose(answer, expected, rtol=1e-4, atol=1e-6)


def test_the_files_of_format_1_are_there():
    assert Counter(path.parent.name for path in KEPT) == {"format_1": 9, "format_1_layers": 3}


def test_the_files_of_format_1_have_all_layers_of_our_own():
    held = [data for path in KEPT for data in read_container(path)[1].values()]
    missing = [name for name in REGISTERED.values() if not any(name.encode() in d for d in held)]
    assert not missing, "add a set to tests/data/make_saved_estimators.py"
