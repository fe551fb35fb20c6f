import numpy as np
import pytest
from turned_bars import draw_bars, measure_slopes

from skwbc import AugmentationOverSampler
from skwbc.networks._cell_augmentation import RandomPose


def test_copies_are_flips_of_the_rows_named(unbalanced):
    X, y = unbalanced
    sampler = AugmentationOverSampler(rotation=0, vertical_flip=True, random_state=0)
    X_new, y_new = sampler.fit_resample(X, y)
    np.testing.assert_array_equal(sampler.sample_indices_[:30], np.arange(30))
    poses = set()
    for image, c, row in zip(X_new[30:], y_new[30:], sampler.sample_indices_[30:], strict=True):
        assert c == y[row]
        matches = [
            (v, h) for v in (1, -1) for h in (1, -1) if np.array_equal(image, X[row][::v, ::h])
        ]
        assert len(matches) == 1
        poses.update(matches)
    assert len(poses) == 4


@pytest.mark.parametrize(("params", "largest"), [({}, 10), ({"rotation": 30}, 30)])
def test_copies_are_turned_by_ten_degrees_or_as_asked_for(params, largest):
    sampler = AugmentationOverSampler(
        sampling_strategy={"turned": 202}, horizontal_flip=False, random_state=0, **params
    )
    copies = sampler.fit_resample(draw_bars(4), ["turned"] * 2 + ["level"] * 2)[0][4:]
    slopes = measure_slopes(copies)
    assert -largest - 0.1 < slopes.min() < -0.8 * largest
    assert 0.8 * largest < slopes.max() < largest + 0.1


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_copies_as_cells_differ_keep_class_dtype_and_range(unbalanced, dtype):
    X, y = unbalanced
    X = X if dtype == "uint8" else (X / 255).astype(dtype)
    sampler = AugmentationOverSampler(augmentation="cells", random_state=0)
    X_new, y_new = sampler.fit_resample(X, y)
    copies, originals = X_new[len(X) :], X[sampler.sample_indices_[len(X) :]]
    assert copies.dtype == dtype
    white = 255 if dtype == "uint8" else 1
    assert copies.min() >= 0
    assert copies.max() <= white
    np.testing.assert_array_equal(y_new[len(X) :], y[sampler.sample_indices_[len(X) :]])
    assert all(not np.array_equal(*pair) for pair in zip(copies, originals, strict=True))
    lights = [
        images.reshape(len(images), -1).mean(1, dtype=float) for images in (copies, originals)
    ]
    assert 0 < np.abs(lights[0] - lights[1]).max() < 0.3 * white


def test_copies_as_cells_leave_the_names_of_keras_alone(unbalanced):
    RandomPose(0)  # the first has no number
    before = int(RandomPose(0).name.rpartition("_")[2])
    AugmentationOverSampler(augmentation="cells", random_state=0).fit_resample(*unbalanced)
    assert RandomPose(0).name == f"random_pose_{before + 1}"


def test_copies_as_cells_repeat_with_the_seed(unbalanced):
    sampler = AugmentationOverSampler(augmentation="cells", random_state=3)
    first, second = (sampler.fit_resample(*unbalanced)[0] for _ in range(2))
    np.testing.assert_array_equal(first, second)
    other = sampler.set_params(random_state=4).fit_resample(*unbalanced)[0]
    assert not np.array_equal(first, other)
