"""Code of the guides runs as it stands there, with models that crop and with those that don't."""

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from guide_code import DOCS, run
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from sklearn.preprocessing import StandardScaler

import skwbc
from skwbc._gan_selection import describe_rows
from skwbc.datasets import load_image_folder, make_blood_cells
from skwbc.metrics import CellFeatures, kernel_distance, kernel_distance_interval

PHOTO_SHAPE = (60, 80, 3)
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*photos show"),  # no white cell, or several
    pytest.mark.usefixtures("untraced"),
]


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
    cells = run(page, '"test-cells", image_shape=model[0].image_shape_')["cells"]
    assert cells.images.shape[1:] == model[0].image_shape_
    assert len(model.predict(cells.images)) == 16


def test_photos_of_no_known_class_are_read_as_the_loader_reads_them(model, folder):
    photos = run("user_guide.md", 'Path("new-photos")', model=model)["photos"]
    cells = load_image_folder("test-cells", image_shape=model[0].image_shape_)
    names = [Path(name).name for name in cells.filenames]
    assert_array_equal(photos.images, cells.images[sorted(range(16), key=names.__getitem__)])


def test_photos_of_any_size_are_cropped_one_by_one(model, folder):
    if "crop" not in model.named_steps:
        pytest.skip("this model takes whole photos")
    crops = run("user_guide.md", 'clone(model["crop"])', model=model)["cells"].images
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


def draw_cells(seed, side=32):
    drawn = make_blood_cells(
        120, weights=(1, 1, 1, 1), image_shape=(side, side, 3), random_state=seed
    )
    return drawn.images, drawn.target_names[drawn.target]


def judge(X, y, fake):
    """Run the guide's code on images that stand for synthetic monocytes."""
    return run(
        "user_guide.md",
        "density_coverage(",
        X=X,
        y=y,
        X_more=np.concatenate([X, fake]),
        y_more=np.append(y, ["monocyte"] * len(fake)),
        sampler=SimpleNamespace(synthetic_mask_=np.arange(len(X) + len(fake)) >= len(X)),
    )


def test_the_figures_of_the_guide_are_those_of_its_code():
    (X, y), (others, y_others) = draw_cells(0), draw_cells(1)
    monocytes = others[y_others == "monocyte"]
    table = {
        "other monocytes": monocytes,
        "other neutrophils": others[y_others == "neutrophil"],
        "the real monocytes, turned by a quarter": np.rot90(X[y == "monocyte"], axes=(1, 2)),
        "one other monocyte, 30 times": np.repeat(monocytes[:1], 30, axis=0),
    }
    page = (DOCS / "user_guide.md").read_text("utf-8")
    for name, fake in table.items():
        found = judge(X, y, fake)
        figures = [
            found["distance"].value,
            *(found[key] for key in ("coverage", "spread", "ratio")),
        ]
        (row,) = re.findall(rf"^\| {name} \| (.*) \|$", page, re.MULTILINE)
        assert_allclose(
            [float(cell) for cell in row.split(" | ")], [*figures, found["copies"]], atol=0.006
        )
        (floor,) = re.findall(r"`floor` is ([\d.]+)\.", page)
        assert_allclose(found["distance"].floor, float(floor), atol=0.006)
    of_real, of_fake = map(CellFeatures().fit(X).transform, (X[y == "monocyte"], monocytes))
    (unscaled,) = re.findall(r"distance of the other monocytes is (-[\d,]+)", page)
    assert_allclose(kernel_distance(of_real, of_fake), float(unscaled.replace(",", "")), rtol=1e-3)


def test_a_report_is_of_the_figures_that_the_guide_names():
    X, y = draw_cells(0, side=16)
    left_out = np.flatnonzero(y == "monocyte")[15:]
    X, y = (np.delete(part, left_out, axis=0) for part in (X, y))
    sampler = skwbc.GANOverSampler(
        max_images=32, min_diversity=0, max_distance=None, random_state=0
    )
    X_more, y_more = sampler.fit_resample(X, y)
    names = {"X": X, "y": y, "X_more": X_more, "y_more": y_more, "sampler": sampler}
    found = run("user_guide.md", "density_coverage(", **names)
    report = sampler.report_.loc["monocyte"]
    by_pixels = [found["spread"], found["ratio"], found["copies"]]
    assert_allclose(by_pixels, [report["diversity"], report["nearest_real_ratio"], 0])
    shape, pixel_range = sampler.image_shape_, sampler.pixel_range_
    all_real, real, fake = (
        describe_rows(images.reshape(len(images), -1), shape, pixel_range)
        for images in (X, found["real"], found["fake"])
    )
    scaler = StandardScaler().fit(all_real)
    expected = kernel_distance_interval(*map(scaler.transform, (real, fake)), random_state=0)
    names = ["kernel_distance", *(f"kernel_distance_{end}" for end in ("low", "high", "floor"))]
    assert_allclose(report[names].astype(float), expected)
