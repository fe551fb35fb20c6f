import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from skimage.color import rgb2lab

from skwbc.datasets import make_blood_cells
from skwbc.metrics import CellFeatures

BACKGROUND, NUCLEUS, CYTOPLASM = (225, 220, 215), (110, 60, 180), (220, 150, 160)


def draw_cell(centres, radius=5, *, side=64, cytoplasm=None):
    """Draw discs as a nucleus on a plain background, maybe on a disc of cytoplasm."""
    y, x = np.mgrid[:side, :side]
    image = np.full((side, side, 3), BACKGROUND, dtype=np.uint8)
    if cytoplasm is not None:
        image[(y - side // 2) ** 2 + (x - side // 2) ** 2 <= cytoplasm**2] = CYTOPLASM
    for top, left in centres:
        image[(y - top) ** 2 + (x - left) ** 2 <= radius**2] = NUCLEUS
    return image


def measure(*images):
    """Measure images of bytes; give a DataFrame."""
    images = np.array(images)
    return CellFeatures().set_output(transform="pandas").fit_transform(images)


def test_a_disc_is_measured():
    disc = measure(draw_cell([(20, 40)], 10)).iloc[0]
    assert_allclose(disc["nucleus_area"], np.pi * 100 / 64**2, rtol=0.05)
    assert disc[["n_nucleus_parts", "n_lobes"]].tolist() == [1, 1]
    assert disc["eccentricity"] < 0.1
    assert disc["solidity"] > 0.9
    assert_allclose(disc["roughness"], 1, rtol=0.1)
    assert_allclose(disc["depth"], 1, rtol=0.1)
    assert_allclose(disc["mean_depth"], 1 / 3, rtol=0.2)
    assert_allclose(disc[["nucleus_y", "nucleus_x"]], [20.5 / 64 - 0.5, 40.5 / 64 - 0.5], atol=1e-6)


def test_colours_are_those_painted():
    cell = measure(draw_cell([(32, 32)], 10, cytoplasm=20)).iloc[0]
    for name, painted in (("nucleus", NUCLEUS), ("ring", CYTOPLASM), ("background", BACKGROUND)):
        expected = rgb2lab(np.array(painted) / 255)
        assert_allclose(cell[[f"{name}_{axis}" for axis in "Lab"]], expected, atol=4)
    assert_allclose(
        cell["contrast"],
        np.linalg.norm(rgb2lab(np.array(NUCLEUS) / 255) - rgb2lab(np.array(CYTOPLASM) / 255)),
        rtol=0.1,
    )
    assert cell["cytoplasm_area"] > 1
    assert measure(draw_cell([(32, 32)], 10)).iloc[0]["cytoplasm_area"] == 0


@pytest.mark.parametrize("n_lobes", [1, 2, 3])
def test_lobes_are_counted(n_lobes):
    apart = draw_cell([(32, 14 + 18 * i) for i in range(n_lobes)], 7)
    joined = apart.copy()
    joined[31:34, 14 : 15 + 18 * (n_lobes - 1)] = NUCLEUS
    features = measure(apart, joined)
    assert features["n_lobes"].tolist() == [n_lobes, n_lobes]
    assert features["n_nucleus_parts"].tolist() == [n_lobes, 1]


def test_another_cell_far_away_is_no_lobe():
    image = draw_cell([(32, 32), (60, 6)])
    assert measure(image)["n_nucleus_parts"].tolist() == [1]


def test_granules_are_seen():
    plain = draw_cell([(32, 32)], 10, cytoplasm=20)
    dotted = plain.copy()
    dotted[::3, ::3][(dotted[::3, ::3] == CYTOPLASM).all(axis=-1)] = (200, 110, 120)
    features = measure(plain, dotted)["granularity_L"]
    assert features[1] > 2 * features[0]


def test_the_pose_of_a_cell_does_not_matter():
    image = draw_cell([(32, 20), (38, 30)], cytoplasm=25)
    features = measure(image, np.rot90(image), image[::-1]).drop(columns=["nucleus_y", "nucleus_x"])
    assert_allclose(features.iloc[1], features.iloc[0], rtol=1e-6, atol=1e-6)
    assert_allclose(features.iloc[2], features.iloc[0], rtol=1e-6, atol=1e-6)


def test_an_image_without_a_nucleus_is_all_zeros():
    features = measure(draw_cell([]), draw_cell([(32, 32)], 10))
    assert (features.iloc[0] == 0).all()
    assert (features.iloc[1] != 0).any()


def test_grey_images_have_no_colour():
    grey = draw_cell([(32, 32)], 10).mean(axis=-1).astype(np.uint8)
    features = measure(grey).iloc[0]
    of_colour = [name for name in features.index if name.endswith(("_a", "_b", "_red", "_blue"))]
    assert (features[of_colour] == 0).all()
    assert_allclose(features["nucleus_area"], np.pi * 100 / 64**2, rtol=0.05)


def test_a_fourth_channel_is_ignored():
    image = draw_cell([(32, 32)], 10)
    opaque = np.concatenate([image, np.full((64, 64, 1), 255, np.uint8)], axis=-1)
    assert_array_equal(measure(opaque), measure(image))


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32, np.float64])
def test_flat_and_any_dtype_are_the_same(dtype):
    images = make_blood_cells(4, image_shape=(32, 32, 3), random_state=0).images
    images[0, 0, 0] = 0, 0, 255  # so that all dtypes have one range
    expected = CellFeatures().fit_transform(images)
    flat = images.reshape(4, -1).astype(dtype)
    features = CellFeatures(image_shape=(32, 32, 3)).fit(flat)
    assert_allclose(features.transform(flat), expected)
    assert_allclose(features.transform(images.astype(dtype)), expected)


def test_shares_of_light_are_measured_as_bytes():
    images = make_blood_cells(4, image_shape=(32, 32, 3), random_state=0).images
    dark = images // 2
    expected = CellFeatures().fit(dark).transform(images)
    assert_allclose(CellFeatures().fit(dark / 255).transform(images / 255), expected)


@pytest.mark.parametrize("shape", [(20,), (1,), (2,), (1, 1, 3), (2, 2, 3), (1, 20, 3), (7, 5, 2)])
def test_no_shape_is_too_small(shape):
    X = np.random.default_rng(0).normal(size=(50, *shape))
    features = CellFeatures().fit_transform(X)
    assert features.shape == (50, 32)
    assert np.isfinite(features).all()


def test_no_copy_of_all_images_is_made():
    images = np.full((200, 32, 32, 3), BACKGROUND, dtype=np.uint8)
    features = CellFeatures().fit(images[:1])
    for call in (features.fit, features.transform):
        tracemalloc.start()
        call(images)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 2 * images.nbytes


def test_names_are_those_of_the_columns():
    features = CellFeatures().fit(np.array([draw_cell([(32, 32)])]))
    names = features.get_feature_names_out()
    assert len(set(names)) == len(names) == 32
    assert names[0] == "nucleus_area"


def test_the_link_leads_to_the_page_of_the_metrics():
    assert "generated/skwbc.metrics.CellFeatures.html" in CellFeatures()._repr_html_()
