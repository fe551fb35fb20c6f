import numpy as np
import pytest

from skwbc.metrics._image_statistics import image_statistics


def draw(shape):
    return np.random.default_rng(0).uniform(-1, 1, shape).astype(np.float32)


@pytest.mark.parametrize("shape", [(8, 8, 3), (4, 8, 1), (16, 16, 4)])
def test_no_flip_or_turn_changes_a_number(shape):
    images = draw((4, *shape))
    expected = image_statistics(images)
    turns = range(4) if shape[0] == shape[1] else (0, 2)
    for pose in (np.rot90(flip, k, (1, 2)) for flip in (images, images[:, ::-1]) for k in turns):
        np.testing.assert_allclose(image_statistics(pose), expected, atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 20, 1), (2, 2, 3), (7, 5, 2)])
def test_any_shape_has_finite_numbers(shape):
    assert np.isfinite(image_statistics(draw((3, *shape)))).all()
    assert np.isfinite(image_statistics(np.zeros((3, *shape)))).all()


def test_a_flat_image_by_hand():
    image = np.full((1, 8, 8, 1), 0.5)
    mean_quantiles_and_rings = np.full(10, 0.5)
    bands = np.full(3, np.log(1e-3))
    np.testing.assert_allclose(
        image_statistics(image)[0], [*mean_quantiles_and_rings, *bands], rtol=1e-5
    )


def test_colours_that_go_together_and_a_bright_centre():
    images = np.zeros((1, 4, 4, 2))
    images[0, 1:3, 1:3] = 1
    statistics = image_statistics(images)[0]
    rings = statistics[12:20].reshape(4, 2)
    assert rings[0, 0] == rings[0, 1] > rings[-1, 0] == 0
    assert statistics[20] == pytest.approx(0.25 * 0.75)  # covariance of the two channels
    assert statistics[21] == pytest.approx(np.log(np.sqrt(3 / 16) + 1e-3))  # lost at once
