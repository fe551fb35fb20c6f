import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skwbc.metrics import PixelFeatures


def make_images(n=10, shape=(4, 4, 3)):
    return np.random.default_rng(0).integers(0, 256, (n, *shape), dtype=np.uint8)


@pytest.mark.parametrize(("dtype", "error"), [(np.uint8, 1e-6), (np.int64, 1e-12)])
def test_all_components_keep_the_distances_of_scaled_pixels(dtype, error):
    images = make_images(5).astype(dtype)
    features = PixelFeatures(random_state=0).fit_transform(images)
    assert features.shape == (5, 4)  # one less than images
    span = 255 if dtype == np.uint8 else np.ptp(images)
    between = (images[0].astype(float) - images[1]) / span
    assert_allclose(np.linalg.norm(features[0] - features[1]), np.linalg.norm(between), rtol=error)
    assert_allclose(features.mean(axis=0), 0, atol=error)


@pytest.mark.parametrize(
    ("n_images", "shape", "n_expected"), [(10, (4, 4, 3), 3), (3, (4, 4, 3), 2), (10, (1, 2, 1), 2)]
)
def test_the_number_of_features_has_three_limits(n_images, shape, n_expected):
    features = PixelFeatures(n_components=3).fit(make_images(n_images, shape))
    assert features.transform(make_images(1, shape)).shape == (1, n_expected)
    names = [f"pixelfeatures{i}" for i in range(n_expected)]
    assert features.get_feature_names_out().tolist() == names


def test_flat_and_not_are_the_same():
    images = make_images()
    expected = PixelFeatures(random_state=0).fit_transform(images)
    flat = images.reshape(10, -1)
    fitted_flat = PixelFeatures(image_shape=(4, 4, 3), random_state=0).fit(flat)
    assert_array_equal(fitted_flat.transform(images), expected)
    assert_array_equal(PixelFeatures(random_state=0).fit(images).transform(flat), expected)


def test_images_are_projected_some_at_a_time():
    images = make_images(1000, (16, 16, 3))
    features = PixelFeatures(n_components=4, random_state=0).fit(images[:20])
    tracemalloc.start()
    projected = features.transform(images)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 * images.nbytes  # they would be 8 times as large, scaled
    assert_allclose(projected[900:], features.transform(images[900:]))


def test_the_range_is_that_of_fit():
    images = make_images()
    scaled = PixelFeatures(random_state=0).fit(images / 5.0)
    whole = PixelFeatures(random_state=0).fit((images - images.min()) / np.ptp(images))
    assert_allclose(
        np.abs(scaled.transform(images[:2] / 5.0)),
        np.abs(whole.transform((images[:2] - images.min()) / np.ptp(images))),
        atol=1e-9,
    )


def test_other_images_than_in_fit_are_named():
    features = PixelFeatures().fit(make_images())
    with pytest.raises(ValueError, match=r"Expected images of shape \(4, 4, 3\)"):
        features.transform(make_images(2, (4, 3, 4)))
    with pytest.raises(ValueError, match="Expected values in a range like that of fit"):
        features.transform(make_images() / 255)


def test_the_link_leads_to_the_page_of_the_metrics():
    assert "generated/skwbc.metrics.PixelFeatures.html" in PixelFeatures()._repr_html_()


def test_bytes_are_fitted_as_single_precision():
    images = np.random.default_rng(0).integers(0, 256, (300, 6, 6, 1), dtype=np.uint8)
    features = PixelFeatures(n_components=4, random_state=0).fit(images)
    assert features.pca_.components_.dtype == np.float32
    exact = PixelFeatures(n_components=4, random_state=0).fit(images.astype(np.int64))
    assert exact.pca_.components_.dtype == np.float64
    assert_allclose(features.transform(images), exact.transform(images), atol=1e-4)
