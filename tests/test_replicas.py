"""Training on several devices; what needs two is in two_devices.py, and run in a process apart."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from skwbc._batches import ImageBatches
from skwbc._replicas import _EvenBatches, _RepeatedBatches, repeat_for_each, share_out


def make_batches(n=5):
    weights = np.arange(1, n + 1, dtype=np.float32)
    return ImageBatches(np.arange(12 * n).reshape(n, 12), (2, 2, 3), np.arange(n), weights)


def test_without_a_scope_batches_stay_as_they_are():
    batches = make_batches()
    assert share_out(batches) is batches
    assert repeat_for_each(batches) is batches
    assert repeat_for_each(None) is None


@pytest.mark.parametrize(("n_replicas", "n_rows"), [(1, 5), (2, 6), (3, 6), (5, 5), (8, 8)])
def test_batches_are_filled_up_with_images_that_count_nothing(n_replicas, n_rows):
    even = _EvenBatches(make_batches())
    even.n_replicas = n_replicas
    images, codes, weights = even[0]
    assert len(images) == len(codes) == len(weights) == n_rows
    np.testing.assert_array_equal(images[:5], make_batches()[0][0])
    assert codes[:5].tolist() == [0, 1, 2, 3, 4]
    assert weights.dtype == np.float32
    np.testing.assert_allclose(weights[:5], np.arange(1, 6) * n_rows / 5)
    # the mean of the means over the pieces is that over the five images
    pieces = np.split(weights * codes, n_replicas)
    expected = (np.arange(1, 6) * np.arange(5)).mean()
    assert np.mean([piece.mean() for piece in pieces]) == pytest.approx(expected)


def test_a_batch_is_repeated_for_every_device():
    repeated = _RepeatedBatches(ImageBatches(np.ones((3, 12)), (2, 2, 3), np.arange(3)))
    repeated.n_replicas = 2
    images, codes = repeated[0]
    assert images.shape == (6, 2, 2, 3)
    assert codes.tolist() == [0, 1, 2, 0, 1, 2]


@pytest.mark.slow
def test_on_two_devices():
    script = Path(__file__).with_name("two_devices.py")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(script)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
