"""Cells are found wherever they are, cut out whole, and what can't be found is told."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joblib import parallel_config
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from skwbc import CellCropper, CNNClassifier, make_pipeline
from skwbc._cell_cropper import reflect
from skwbc._cell_locator import has_no_colour, locate_cells, shrink

BACKGROUND, NUCLEUS, RED_CELL = (225, 220, 215), (95, 60, 150), (200, 150, 140)


def paint(photo, colour, centre, radius):
    y, x = np.ogrid[: photo.shape[0], : photo.shape[1]]
    photo[(y - centre[0]) ** 2 + (x - centre[1]) ** 2 <= radius**2] = colour


def make_photo(*nuclei, shape=(120, 160), red_cells=((20, 30), (100, 60), (90, 140))):
    """A photo with red cells, and nuclei given as (y, x, radius)."""
    photo = np.empty((*shape, 3), dtype=np.uint8)
    photo[:] = BACKGROUND
    for centre in red_cells:
        paint(photo, RED_CELL, centre, 14)
    for y, x, radius in nuclei:
        paint(photo, NUCLEUS, (y, x), radius)
    noise = np.random.default_rng(0).integers(-4, 5, photo.shape)
    return np.clip(photo.astype(int) + noise, 0, 255).astype(np.uint8)


def centre_of(box):
    return (box[1] + box[3]) / 2, (box[0] + box[2]) / 2


@settings(max_examples=30)
@given(st.integers(0, 119), st.integers(0, 159), st.integers(8, 22))
def test_a_nucleus_is_found_wherever_it_is(y, x, radius):
    (box,) = locate_cells(make_photo((y, x, radius)))
    seen_y = (max(y - radius, 0) + min(y + radius, 119)) / 2
    seen_x = (max(x - radius, 0) + min(x + radius, 159)) / 2
    margin = radius  # a nucleus cut by the border is off by what its cytoplasm is cut
    assert centre_of(box) == pytest.approx((seen_y, seen_x), abs=2 + margin / 4)


def test_the_box_holds_the_nucleus_and_some_cytoplasm():
    (box,) = locate_cells(make_photo((60, 80, 20)))
    margin = 0.2 * np.sqrt(np.pi) * 20
    assert box.tolist() == pytest.approx(
        [60 - margin, 40 - margin, 101 + margin, 81 + margin], abs=3
    )


def darken_corners(photo, level):
    y, x = np.ogrid[: photo.shape[0], : photo.shape[1]]
    photo[(y - 60) ** 2 + (x - 80) ** 2 > 75**2] = level  # a round field of view


def draw_bar(photo, level):
    photo[106:114, 100:150] = level


def blacken_border(photo, level):
    photo[:, :4] = level


@pytest.mark.parametrize("level", [0, 20])
@pytest.mark.parametrize("change", [darken_corners, draw_bar, blacken_border])
@pytest.mark.parametrize("n_channels", [1, 3, 4])
def test_what_has_no_light_is_no_nucleus(change, level, n_channels):
    photo = make_photo((50, 70, 14), red_cells=((20, 60), (90, 60)))
    change(photo, level)
    if n_channels == 4:  # transparent, which is black
        photo = np.dstack([photo, np.where(photo.max(axis=2) > level, 255, 0)]).astype(np.uint8)
    if n_channels == 1:
        photo = photo.mean(axis=2, keepdims=True).astype(np.uint8)
    (box,) = locate_cells(photo)
    assert centre_of(box) == pytest.approx((50, 70), abs=3)


def test_deep_photos_are_shrunk_before_they_are_scaled():
    deep = make_photo((300, 400, 100), shape=(600, 800), red_cells=()).astype(np.uint16) * 257
    cropper = CellCropper((16, 16)).fit(deep[None])
    tracemalloc.start()
    try:
        box = cropper.locate(deep[None]).iloc[0]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert ((box["left"] + box["right"]) / 2) == pytest.approx(400, abs=10)
    assert peak < 3 * deep.nbytes


def test_large_photos_are_shrunk_first():
    small = make_photo((60, 80, 20))
    large = small.repeat(4, axis=0).repeat(4, axis=1)
    assert_allclose(locate_cells(large)[0], 4 * locate_cells(small)[0], atol=4)
    assert_array_equal(shrink(large, 4), small)
    five = np.zeros((9, 9, 5), dtype=np.uint8)
    assert shrink(five, 4).shape == (2, 2, 5)
    assert shrink(five[..., :1], 4).shape == (2, 2, 1)


def test_lobes_are_one_nucleus_and_cells_apart_are_two():
    lobes = make_photo((50, 60, 9), (58, 76, 9), (50, 92, 9))
    assert len(locate_cells(lobes)) == 1
    cells = make_photo((40, 40, 16), (80, 120, 12))
    boxes = locate_cells(cells)
    assert [centre_of(box) for box in boxes] == [
        pytest.approx((40, 40), abs=2),
        pytest.approx((80, 120), abs=2),
    ]


def test_platelets_are_no_cells():
    photo = make_photo((60, 80, 20), (20, 140, 4), (100, 20, 4))
    assert len(locate_cells(photo)) == 1


@pytest.mark.parametrize("light", [(0.5, 0.5, 0.5), (1, 1, 0.6), (0.8, 1, 1)])
def test_another_light_changes_nothing(light):
    photo = make_photo((60, 80, 20))
    other = (photo * np.array(light)).astype(np.uint8)
    assert_allclose(locate_cells(other), locate_cells(photo), atol=2)


@pytest.mark.parametrize("red_cells", [{}, {"red_cells": ()}])
def test_grey_photos_have_dark_nuclei(red_cells):
    grey = np.asarray(Image.fromarray(make_photo((60, 80, 20), **red_cells)).convert("L"))
    (box,) = locate_cells(grey[..., None])
    assert centre_of(box) == pytest.approx((60, 80), abs=2)


def test_grey_photos_of_three_equal_channels_are_grey():
    photo = make_photo((60, 80, 20), (30, 140, 12))
    grey = np.asarray(Image.fromarray(photo).convert("L"))[..., None]
    opacity = np.random.default_rng(0).integers(0, 256, grey.shape, dtype=np.uint8)
    boxes = locate_cells(grey)
    assert len(boxes) == 2
    for channels in ([grey] * 3, [grey] * 3 + [opacity]):
        assert_array_equal(locate_cells(np.concatenate(channels, axis=-1)), boxes)


@pytest.mark.parametrize("channel", range(3))
def test_one_pixel_of_colour_makes_a_photo_coloured(channel):
    photo = np.full((40, 50, 3), 90, dtype=np.uint8)
    assert has_no_colour(photo)
    photo[25, 37, channel] += 1
    assert not has_no_colour(photo)


def test_no_cell_is_found_in_an_even_grey():
    rng = np.random.default_rng(0)
    for photo in (np.full((30, 30), 7), rng.normal(180, 4, (120, 160))):
        assert locate_cells(photo.astype(np.uint8)[..., None]).shape == (0, 4)


def test_no_cell_is_found_where_none_is():
    assert locate_cells(make_photo()).shape == (0, 4)
    assert locate_cells(np.full((30, 30, 3), 7, dtype=np.uint8)).shape == (0, 4)


def test_window_is_around_the_cell_at_its_size():
    photos = np.stack([make_photo((60, 80, 20)), make_photo((40, 100, 10))])
    cropper = CellCropper(crop_shape=(60, 60))
    crops = cropper.fit_transform(photos)
    assert crops.shape == (2, 60, 60, 3)
    assert crops.dtype == np.uint8
    assert cropper.boxes_["n_cells"].tolist() == [1, 1]
    for photo, crop, (y, x) in zip(photos, crops, [(60, 80), (40, 100)], strict=True):
        around = photo[y - 34 : y + 34, x - 34 : x + 34]
        assert any(
            np.array_equal(crop, around[top : top + 60, left : left + 60])
            for top in range(8)
            for left in range(8)
        )


def test_cells_fill_the_window_with_scale_cell():
    photos = np.stack([make_photo((60, 80, 24)), make_photo((60, 80, 12))])
    crops = CellCropper(scale="cell").fit_transform(photos)
    dark = (crops[..., 0] < 150).mean(axis=(1, 2))
    assert dark[0] == pytest.approx(dark[1], rel=0.15)
    wide = CellCropper(scale="cell", window=2.6).fit_transform(photos)
    assert (wide[0, ..., 0] < 150).mean() == pytest.approx(dark[0] / 4, rel=0.15)


def test_beyond_the_border_the_photo_is_reflected():
    photo = make_photo((0, 80, 20))
    cropper = CellCropper(crop_shape=(60, 60), window=0.5, border="reflect")
    crop = cropper.fit_transform(photo[None])[0]
    n_above = 30 - round(centre_of(locate_cells(photo)[0])[0])
    assert n_above > 10
    assert_array_equal(crop[n_above - 5 : n_above], crop[n_above + 1 : n_above + 6][::-1])


@pytest.mark.parametrize(
    ("nucleus", "corner"), [((0, 80), (0, 50)), ((119, 159), (60, 100)), ((60, 80), (30, 50))]
)
def test_windows_are_moved_into_the_photo(nucleus, corner):
    photo = make_photo((*nucleus, 20), red_cells=())
    crop = CellCropper((60, 60), border="shift").fit_transform(photo[None])[0]
    top, left = corner
    cut = next(
        (top + i, left + j)
        for i in range(-2, 3)
        for j in range(-2, 3)
        if np.array_equal(photo[max(0, top + i) :][:60, max(0, left + j) :][:, :60], crop)
    )
    assert cut == pytest.approx(corner, abs=2)


def test_a_window_larger_than_the_photo_holds_all_of_it():
    photo = make_photo((0, 80, 20))
    crop = CellCropper((180, 180), window=1.5, border="shift").fit_transform(photo[None])[0]
    found = [j for j in range(21) if np.array_equal(crop[60:, j : j + 160], photo)]
    assert found == [pytest.approx(10, abs=2)]


@given(st.lists(st.integers(-50, 50), min_size=1), st.integers(1, 9))
def test_reflection_is_that_of_numpy(positions, n):
    padded = np.pad(np.arange(n), 50, mode="reflect")
    assert reflect(np.array(positions), n).tolist() == padded[np.array(positions) + 50].tolist()


@pytest.mark.parametrize("form", ["flat", "DataFrame", "3-D", "float", "uint16"])
def test_forms_of_photos(form):
    nuclei = (60, 80, 20), (40, 100, 10)
    photos = np.stack([make_photo(nucleus, red_cells=()) for nucleus in nuclei])
    photos[:, 0, :2] = [[0], [255]]  # floats have the range of bytes
    expected = CellCropper().fit_transform(photos)
    if form in ("flat", "DataFrame"):
        rows = photos.reshape(2, -1)
        rows = rows if form == "flat" else pd.DataFrame(rows)
        crops = CellCropper(image_shape=(120, 160, 3)).fit_transform(rows)
        assert_array_equal(crops, expected.reshape(2, -1))
    elif form == "3-D":
        grey = photos[..., 1]
        crops = CellCropper().fit_transform(grey)
        assert crops.shape == (2, 64, 64)
    elif form == "float":
        floats = (photos / 255).astype(np.float32)
        crops = CellCropper().fit_transform(floats)
        assert crops.dtype == np.float32
        assert_allclose(255 * crops, expected, atol=1.5)
    else:
        crops = CellCropper().fit_transform(photos.astype(np.uint16) * 257)
        assert crops.dtype == np.uint16
        assert_allclose(crops / 257, expected, atol=1.5)


def test_transform_does_as_fit_transform_and_threads_change_nothing():
    photos = np.stack([make_photo((60, x, 15)) for x in range(20, 140, 10)])
    cropper = CellCropper(n_jobs=2)
    crops = cropper.fit_transform(photos)
    assert_array_equal(cropper.transform(photos), crops)
    assert_array_equal(CellCropper().fit(photos).transform(photos[3:5]), crops[3:5])
    pd.testing.assert_frame_equal(cropper.locate(photos), cropper.boxes_)


def test_processes_for_joblib_change_nothing():
    photos = np.stack([make_photo((60, x, 15)) for x in range(20, 140, 10)])
    with parallel_config("loky", n_jobs=2):
        crops = CellCropper(n_jobs=2).fit_transform(photos)
    assert_array_equal(crops, CellCropper().fit_transform(photos))


def test_photos_without_a_cell_are_told():
    photos = np.stack([make_photo((60, 80, 20)), make_photo()])
    with pytest.warns(
        UserWarning, match=r"1 of 2 photos show no white cell \(rows 1\): the window"
    ):
        crops = CellCropper(crop_shape=(60, 60)).fit_transform(photos)
    assert_array_equal(crops[1], photos[1][30:90, 50:110])
    cropper = CellCropper(on_missing="error").fit(photos[:1])
    with pytest.raises(ValueError, match=r"1 of 2 photos show no white cell \(rows 1\)\.$"):
        cropper.transform(photos)
    with pytest.warns(UserWarning, match="no white cell"):
        whole = CellCropper(crop_shape=(120, 120), scale="cell").fit_transform(photos)
    assert_array_equal(whole[1], photos[1][:, 20:140])


@pytest.mark.parametrize("method", ["fit", "fit_transform", "transform", "locate"])
@pytest.mark.parametrize("form", ["4-D", "flat", "pipeline"])
def test_a_warning_names_the_line_of_the_caller(form, method):
    photos = make_photo((60, 80, 20))[None]
    cropper = CellCropper(image_shape=photos.shape[1:]).fit(photos)
    X = np.full_like(photos, 255)
    if form == "flat":
        X = X.reshape(1, -1)
    if form == "pipeline" and method != "locate":
        cropper = make_pipeline(cropper)
    with pytest.warns(UserWarning, match="no white cell") as caught:
        getattr(cropper, method)(X)
    assert [warning.filename for warning in caught] == [__file__]


def test_photos_of_several_cells_are_told():
    photos = np.stack([make_photo((100, 20, 18), (60, 90, 12))] * 2)
    with pytest.warns(UserWarning, match=r"2 of 2 photos show several.*the one with most stain"):
        boxes = CellCropper().fit(photos).boxes_
    assert boxes["n_cells"].tolist() == [2, 2]
    assert boxes["left"][0] < 20
    with pytest.warns(UserWarning, match="nearest to the middle"):
        boxes = CellCropper(multiple="center").fit(photos).boxes_
    assert boxes["left"][0] > 60
    with pytest.raises(ValueError, match=r"show several white cells \(rows 0, 1\)"):
        CellCropper(multiple="error").fit(photos)


@pytest.mark.parametrize("crop_shape", [(64,), (64, 64, 3), (0, 64), (64.0, 64)])
def test_strange_crop_shapes_are_refused(crop_shape):
    with pytest.raises(ValueError, match="Expected crop_shape as"):
        CellCropper(crop_shape).fit(make_photo((60, 80, 20))[None])


def test_photos_of_another_scale_are_refused():
    photos = make_photo((60, 80, 20))[None]
    with pytest.raises(ValueError, match="Expected values in a range like that of fit"):
        CellCropper().fit(photos).transform(photos / 255)


def test_photos_keep_their_own_range():
    photos = make_photo((60, 80, 20))[None] / 255
    cropper = CellCropper((16, 16)).fit(photos / 2)
    assert cropper.transform(photos).max() == pytest.approx(photos.max(), abs=0.01)


def test_in_a_pipeline():
    photos = np.stack([make_photo((60, 80, 20 - 10 * (i % 2))) for i in range(12)])
    y = np.tile(["large", "small"], 6)
    classifier = CNNClassifier(filters=(4,), dense_units=4, epochs=1, validation_fraction=0)
    pipeline = make_pipeline(CellCropper((16, 16)), classifier).fit(photos, y)
    assert pipeline[-1].image_shape_ == (16, 16, 3)
    assert pipeline.predict(photos).shape == (12,)


@pytest.mark.parametrize("fourth", [0, 255])
def test_a_fourth_channel_does_not_count(fourth):
    photo = make_photo((120, 160, 30), shape=(240, 320))
    deep = np.concatenate([photo, np.full((240, 320, 1), fourth, np.uint8)], axis=-1)
    assert_allclose(locate_cells(deep), locate_cells(photo), atol=2)
