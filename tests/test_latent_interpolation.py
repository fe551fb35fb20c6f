import numpy as np
import pytest

from skwbc._gan_training import run_generator
from skwbc._images import PixelRange
from skwbc._latent_interpolation import encode, interpolate, train_autoencoder

SHAPE = (8, 8, 1)


def test_points_lie_between_two_different_codes():
    latents = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    points = interpolate(latents, 300, np.random.default_rng(0))
    assert points.shape == (300, 2)
    on_an_edge = np.isclose(points.prod(axis=1), 0) | np.isclose(points.sum(axis=1), 1)
    assert on_an_edge.all()
    assert ((points >= 0) & (points <= 1)).all()
    assert len(np.unique(points, axis=0)) == 300


def test_an_autoencoder_learns_two_images():
    rows = np.repeat([[40], [200]], 64, axis=1).astype(np.uint8)
    settings = {"image_shape": SHAPE, "pixel_range": PixelRange.of(rows)}
    encoder, decoder = train_autoencoder(
        rows,
        np.array([0, 1]),
        **settings,
        latent_dim=2,
        filters=(8, 8),
        max_images=3_200,
        dtype="float32",
        seed=0,
    )
    latents = encode(encoder, rows, **settings)
    assert latents.shape == (2, 2)
    dark, bright = run_generator(decoder, latents).mean(axis=(1, 2, 3))
    assert dark == pytest.approx(40 / 127.5 - 1, abs=0.15)
    assert bright == pytest.approx(200 / 127.5 - 1, abs=0.15)
    between = run_generator(decoder, interpolate(latents, 20, np.random.default_rng(0)))
    levels = between.mean(axis=(1, 2, 3))
    assert dark - 0.1 < levels.min() < levels.max() < bright + 0.1
    assert np.ptp(levels) > 0.4
