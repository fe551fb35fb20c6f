"""Code of the guides runs as it stands there, with models that crop and with those that don't."""

import re
from pathlib import Path

import pytest
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

import skwbc
from skwbc.datasets import load_image_folder, make_blood_cells

DOCS = Path(__file__).parents[1] / "docs"
PHOTO_SHAPE = (60, 80, 3)
pytestmark = pytest.mark.filterwarnings("ignore:.*photos show")  # no white cell, or several


def run(page, phrase, **names):
    """Run the one block of a page that has a phrase in it; give the names that it leaves."""
    blocks = re.findall("```python\n(.*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL)
    (block,) = (block for block in blocks if phrase in block)
    names = {"skwbc": skwbc, "load_image_folder": load_image_folder, **names}
    exec(block, names)
    return names


@pytest.fixture(scope="module", params=["crop", "whole"])
def model(request):
    """A model as `skwbc train` writes it."""
    drawn = make_blood_cells(16, image_shape=PHOTO_SHAPE, random_state=0)
    images, y = drawn.images, drawn.target_names[drawn.target]
    classifier = skwbc.CNNClassifier(
        filters=(4,),
        dense_units=4,
        epochs=1,
        validation_fraction=0,
        dtype="float32",  # as ONNX computes
        random_state=0,
    )
    if request.param == "whole":
        return skwbc.Pipeline([("classifier", classifier)]).fit(images[:, ::2, ::2], y)
    cropper = skwbc.CellCropper((16, 16))
    return skwbc.Pipeline([("crop", cropper), ("classifier", classifier)]).fit(images, y)


@pytest.fixture
def folder(model, tmp_path, monkeypatch):
    """Work in a folder with the model, photos of known classes, and the same of unknown ones."""
    drawn = make_blood_cells(16, image_shape=PHOTO_SHAPE, random_state=1)
    (tmp_path / "new-photos").mkdir()
    for i, (photo, c) in enumerate(zip(drawn.images, drawn.target, strict=True)):
        name = tmp_path / "test-cells" / drawn.target_names[c] / f"{c}-{i:02d}.jpg"
        name.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(photo).save(name)
        (tmp_path / "new-photos" / name.name).write_bytes(name.read_bytes())
    skwbc.save(model, tmp_path / "cells.skwbc")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", ["getting_started.md", "user_guide.md"])
def test_photos_of_a_folder_come_in_the_size_of_the_model(page, model, folder):
    cells = run(page, "image_shape=model[0].image_shape_")["cells"]
    assert cells.images.shape[1:] == model[0].image_shape_
    assert len(model.predict(cells.images)) == 16


def test_photos_of_no_known_class_are_read_as_the_loader_reads_them(model, folder):
    photos = run("user_guide.md", 'Path("new-photos")', model=model)["photos"]
    cells = load_image_folder("test-cells", image_shape=model[0].image_shape_)
    names = [Path(name).name for name in cells.filenames]
    assert_array_equal(photos, cells.images[sorted(range(16), key=names.__getitem__)])


def test_photos_of_any_size_are_cropped_one_by_one(model, folder):
    if "crop" not in model.named_steps:
        pytest.skip("this model takes whole photos")
    page = {"model": model, "CellCropper": skwbc.CellCropper}
    crops = run("user_guide.md", 'CellCropper(model["crop"].crop_shape)', **page)["cells"].images
    photos = load_image_folder("test-cells", image_shape=PHOTO_SHAPE).images
    assert_array_equal(crops, model["crop"].transform(photos))


@pytest.mark.filterwarnings("ignore:In the future `np.object`:FutureWarning")  # Keras asks
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the converter
def test_an_onnx_file_answers_as_the_model(model, folder):
    photos = load_image_folder("test-cells", image_shape=model[0].image_shape_).images
    probabilities = run("user_guide.md", "onnxruntime", photos=photos)["probabilities"]
    assert_allclose(probabilities, model.predict_proba(photos), atol=1e-4)


def test_the_best_pipeline_of_a_search_is_saved(model, folder):
    class Search:
        best_estimator_ = skwbc.Pipeline(model.steps, memory="cache")

    run("user_guide.md", "search.best_estimator_", search=Search)
    assert skwbc.load("cells.skwbc").memory is None
