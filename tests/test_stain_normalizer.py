import tracemalloc
import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from skimage.color import rgb2lab

from skwbc import StainNormalizer
from skwbc._stain_normalizer import find_dyes, take_apart
from skwbc.datasets import make_blood_cells

OURS = make_blood_cells(12, image_shape=(32, 32, 3), random_state=0).images
THEIRS = (OURS * np.array([0.9, 0.85, 0.6])).astype(np.uint8)
DYES = np.array([[0.65, 0.70, 0.29], [0.10, 0.95, 0.25]])
DYES /= np.linalg.norm(DYES, axis=1, keepdims=True)


def make_stained(dyes, strengths=(2.0, 2.0), n_images=3):
    """Images of 24x24 in which each pixel has some of two dyes, some hardly any of one or both."""
    amounts = np.random.default_rng(0).uniform(0, 1, (n_images, 24, 24, 2)) * strengths
    amounts[:, :6, :, 0] *= 0.02
    amounts[:, 6:12, :, 1] *= 0.02
    amounts[:, -3:] = 0
    return np.exp(-(amounts @ dyes)), amounts


@pytest.mark.parametrize("method", ["reinhard", "macenko"])
def test_colours_of_another_laboratory_become_ours(method):
    normalizer = StainNormalizer(method=method).fit(OURS)
    changed = normalizer.transform(THEIRS)
    assert changed.dtype == np.uint8
    before = np.abs(THEIRS.mean(axis=(0, 1, 2)) - OURS.mean(axis=(0, 1, 2))).max()
    after = np.abs(changed.mean(axis=(0, 1, 2)) - OURS.mean(axis=(0, 1, 2))).max()
    assert after < before / 3


def test_reinhard_gives_the_moments_of_the_fit():
    normalizer = StainNormalizer().fit(OURS)
    labs = [rgb2lab(image) for image in normalizer.transform(THEIRS)]
    fitted = [rgb2lab(image) for image in OURS]
    assert_allclose(
        normalizer.mean_, np.mean([lab.mean(axis=(0, 1)) for lab in fitted], axis=0), rtol=1e-4
    )
    assert_allclose(
        normalizer.std_, np.mean([lab.std(axis=(0, 1)) for lab in fitted], axis=0), rtol=1e-4
    )
    for lab in labs:
        assert_allclose(lab.mean(axis=(0, 1)), normalizer.mean_, atol=2.5)


def test_dyes_are_found():
    images, amounts = make_stained(DYES)
    density = -np.log(images[0]).reshape(-1, 3)
    dyes, strengths = find_dyes(density)
    assert_allclose(dyes, DYES, atol=0.06)
    assert_allclose(strengths, np.percentile(amounts[0], 99, axis=(0, 1)), rtol=0.1)
    assert_allclose(take_apart(density, DYES), amounts[0].reshape(-1, 2), atol=1e-6)


@pytest.mark.parametrize(("n_brighter", "white"), [(20, [0.9, 0.8, 0.7]), (40, [1, 1, 1])])
def test_macenko_learns_the_brightest_twentieth_as_white(n_brighter, white):
    images, _ = make_stained(DYES)
    images *= [0.9, 0.8, 0.7]
    images.reshape(3, 576, 3)[:, -n_brighter:] = 1
    normalizer = StainNormalizer(method="macenko").fit(np.rint(255 * images).astype(np.uint8))
    assert_allclose(normalizer.white_, white, atol=0.005)


def test_macenko_learns_the_average_of_dyes_and_strengths():
    parts = [make_stained(DYES, strengths, 1) for strengths in [(2.0, 2.0), (1.2, 3.0)]]
    images, amounts = (np.concatenate(part) for part in zip(*parts, strict=True))
    normalizer = StainNormalizer(method="macenko").fit(np.rint(255 * images).astype(np.uint8))
    assert_allclose(normalizer.dyes_, DYES, atol=0.06)
    assert_allclose(np.linalg.norm(normalizer.dyes_, axis=1), 1)
    strongest = np.percentile(amounts, 99, axis=(1, 2))
    assert np.ptp(strongest, axis=0).min() > 0.5
    assert_allclose(normalizer.strengths_, strongest.mean(axis=0), rtol=0.1)


def test_macenko_exchanges_dyes_and_strengths():
    ours, _ = make_stained(DYES)
    other = np.array([[0.75, 0.55, 0.37], [0.20, 0.90, 0.39]])
    theirs, _ = make_stained(other / np.linalg.norm(other, axis=1, keepdims=True), (1.2, 3.0))
    changed = StainNormalizer(method="macenko").fit(ours).transform(theirs)
    assert np.abs(theirs - ours).mean() > 0.08
    assert np.abs(changed - ours).mean() < 0.25 * np.abs(theirs - ours).mean()


def test_what_is_not_stained_is_left_alone():
    images, _ = make_stained(DYES)
    normalizer = StainNormalizer(method="macenko").fit(images)
    pale = np.full((1, 24, 24, 3), 0.95)
    assert_allclose(normalizer.transform(pale), pale)
    pale[0, 3, 3] = 1.5  # beyond white
    assert_array_equal(normalizer.transform(pale), pale)
    with pytest.raises(ValueError, match="Too little is stained in all images"):
        StainNormalizer(method="macenko").fit(np.concatenate([pale, pale * 0.99]))


def test_an_image_of_one_colour_has_no_spread():
    flat = np.full((1, 32, 32, 3), 120, dtype=np.uint8)
    changed = StainNormalizer().fit(OURS).transform(flat)
    assert (changed == changed[0, 0, 0]).all()


def test_colours_that_there_are_not_are_clipped_in_silence():
    pale = np.full((1, 32, 32, 3), 180, dtype=np.uint8)
    pale[:, ::2] = 186
    pale[:, 0, :3] = 0  # dust
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        changed = StainNormalizer().fit(OURS).transform(pale)
    assert (changed[0, 0, 0] == 0).all()


@pytest.mark.parametrize("method", ["reinhard", "macenko"])
def test_every_image_is_changed_by_itself(method):
    normalizer = StainNormalizer(method=method).fit(OURS)
    assert_array_equal(normalizer.transform(THEIRS)[5:6], normalizer.transform(THEIRS[5:6]))


@pytest.mark.parametrize("method", ["reinhard", "macenko"])
def test_few_images_are_floats_at_once(method):
    images = np.tile(OURS, (5, 3, 3, 1))
    tracemalloc.start()
    try:
        StainNormalizer(method=method).fit(images).transform(images)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * images.nbytes  # as float64 all would take eight times as much


def test_forms_of_images():
    normalizer = StainNormalizer(image_shape=(32, 32, 3)).fit(OURS)
    expected = normalizer.transform(THEIRS).reshape(12, -1)
    rows = pd.DataFrame(THEIRS.reshape(12, -1))
    assert_array_equal(normalizer.transform(rows.to_numpy()), expected)
    floats = StainNormalizer().fit(OURS.astype(np.float32))
    assert floats.transform(THEIRS.astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize("method", ["reinhard", "macenko"])
def test_shares_of_light_are_changed_as_bytes(method):
    dark, bright = (OURS * 0.6).astype(np.uint8), (OURS * 0.9).astype(np.uint8)
    expected = StainNormalizer(method=method).fit(dark).transform(bright)
    changed = StainNormalizer(method=method).fit(dark / 255).transform(bright / 255)
    assert_allclose(255 * changed, expected, atol=0.51)


@pytest.mark.parametrize("shape", [(32, 32, 1), (32, 32), (32, 32, 4)])
def test_other_than_colour_images_are_refused(shape):
    with pytest.raises(ValueError, match="Expected images of 3 channels"):
        StainNormalizer().fit(np.zeros((2, *shape), dtype=np.uint8))


def test_grey_photos_get_no_structure_of_colour():
    grey = np.repeat(OURS.mean(axis=-1, keepdims=True).astype(np.uint8), 3, axis=-1)
    labs = np.array([rgb2lab(image) for image in StainNormalizer().fit(OURS).transform(grey)])
    assert labs[..., 1:].std(axis=(1, 2)).max() < 1  # of 8 bits
    blank = [np.full((1, 32, 32, 3), value, np.uint8) for value in (10, 128, 200)]
    changed = [StainNormalizer().fit(OURS).transform(image)[0, 0, 0] for image in blank]
    assert_array_equal(changed, changed[:1] * 3)
