import builtins
import json

import numpy as np
import onnxruntime
import pytest
from noise_images import make_images
from numpy.testing import assert_allclose

from skwbc import CNNClassifier, CNNRNNClassifier, CompactCNNClassifier, _image_classifier

pytestmark = [
    pytest.mark.usefixtures("untraced"),
    pytest.mark.filterwarnings("ignore:In the future `np.object`:FutureWarning"),  # Keras asks
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of the converter
]
SHAPES = [(8, 8, 3), (9, 12, 1)]
SMALL = {
    CNNClassifier: {"filters": (4, 4), "dense_units": 8},
    CNNRNNClassifier: {"filters": (4, 4), "dense_units": 8, "lstm_units": 4},
    CompactCNNClassifier: {"filters": (4, 8)},
}


def run(path, images):
    session = onnxruntime.InferenceSession(path)
    (images_in,) = session.get_inputs()
    return session.run(None, {images_in.name: images.astype(np.float32)})[0], session


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("cls", SMALL)
def test_the_file_answers_as_the_classifier(cls, shape, tmp_path):
    X, y = make_images(20, shape)
    classifier = cls(**SMALL[cls], epochs=2, dtype="float32", random_state=0).fit(X, y)
    path = tmp_path / "new" / "network.onnx"
    classifier.to_onnx(path)
    answer, session = run(path, X[:7])
    assert_allclose(answer, classifier.predict_proba(X[:7]), atol=1e-4)
    facts = session.get_modelmeta().custom_metadata_map
    assert json.loads(facts["classes"]) == classifier.classes_.tolist()
    assert json.loads(facts["image_shape"]) == list(shape)
    assert [file.name for file in path.parent.iterdir()] == ["network.onnx"]


@pytest.mark.parametrize("dtype", ["float64", "mixed_bfloat16"])
def test_other_precisions_are_written_in_single(dtype, tmp_path):
    X, y = make_images(20, (8, 8, 3))
    classifier = CNNClassifier(**SMALL[CNNClassifier], epochs=1, dtype=dtype, random_state=0)
    classifier.fit(X, y).to_onnx(tmp_path / "network.onnx")
    answer, _ = run(tmp_path / "network.onnx", X)
    tolerance = 1e-5 if dtype == "float64" else 0.02
    assert_allclose(answer, classifier.predict_proba(X), atol=tolerance)


def test_without_the_packages_it_says_which(tmp_path, monkeypatch):
    load = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name == "tf2onnx":
            raise ImportError("No module named 'tf2onnx'")
        return load(name, *args, **kwargs)

    classifier = CNNClassifier(**SMALL[CNNClassifier], epochs=1).fit(*make_images(12, (8, 8, 3)))
    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(
        ImportError, match=r"onnx and tf2onnx, which pip installs with skwbc\[onnx\]"
    ):
        classifier.to_onnx(tmp_path / "network.onnx")
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_can_not_be_written_is_told_before_the_conversion(tmp_path, monkeypatch):
    classifier = CNNClassifier(**SMALL[CNNClassifier], epochs=1).fit(*make_images(12, (8, 8, 3)))
    monkeypatch.setattr(_image_classifier, "copy_in_single_precision", pytest.fail)
    path = tmp_path / f"{'x' * 250}.onnx"  # so that the file written first has too long a name
    with pytest.raises(OSError, match=r"'.*/x{250}\.onnx'$"):
        classifier.to_onnx(path)
