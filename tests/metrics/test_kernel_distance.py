import numpy as np
import pytest
from numpy.testing import assert_allclose

from skwbc.metrics import kernel_distance, kernel_distance_interval


def draw(n, shift=0.0, n_features=8, seed=0):
    """Two samples of n rows, the second one shifted."""
    real, fake = np.random.default_rng(seed).normal(size=(2, n, n_features))
    return real, fake + shift


def by_loops(real, fake):
    def mean(X, Y):
        kernels = [
            (sum(a * b for a, b in zip(x, y, strict=True)) / len(x) + 1) ** 3
            for i, x in enumerate(X)
            for j, y in enumerate(Y)
            if X is not Y or i != j
        ]
        return sum(kernels) / len(kernels)

    return mean(real, real) + mean(fake, fake) - 2 * mean(real, fake)


def test_by_hand():
    # within: (0 * 1 + 1)**3 = 1 and (2 * 3 + 1)**3 = 343; across: 1, 1, 27 and 64
    assert kernel_distance([[0.0], [1.0]], [[2.0], [3.0]]) == 1 + 343 - 2 * (1 + 1 + 27 + 64) / 4


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_double_loop_gives_the_same(dtype):
    real, fake = draw(7, shift=0.5)
    real, fake = real.astype(dtype), fake[:5].astype(dtype)
    assert_allclose(kernel_distance(real, fake), by_loops(real.tolist(), fake.tolist()), rtol=1e-10)


def test_no_bias():
    distances = [kernel_distance(*draw(6, seed=seed)) for seed in range(400)]
    error = np.std(distances) / np.sqrt(len(distances))
    assert abs(np.mean(distances)) < 3 * error
    assert 0.3 < np.mean(np.less(distances, 0)) < 0.7


def test_order_does_not_matter():
    real, fake = draw(20, shift=0.5)
    assert_allclose(kernel_distance(fake, real), kernel_distance(real, fake))
    assert_allclose(kernel_distance(real[::-1], fake[3:]), kernel_distance(real, fake[:2:-1]))


def test_far_is_far():
    real, noise = draw(50, shift=3)
    assert kernel_distance(real, noise) > 100 * abs(kernel_distance(*draw(50)))


def test_interval_is_the_same_for_a_seed():
    first, again, other = (
        kernel_distance_interval(*draw(30, shift=0.5), random_state=seed) for seed in (0, 0, 1)
    )
    assert first == again
    assert first.value == other.value == kernel_distance(*draw(30, shift=0.5))
    assert first[1:] != other[1:]


@pytest.mark.parametrize("shift", [0, 0.5, 2])
@pytest.mark.parametrize("seed", range(5))
def test_interval_holds_the_value(shift, seed):
    interval = kernel_distance_interval(*draw(40, shift, seed=seed), random_state=seed)
    assert interval.low < interval.value < interval.high


def test_interval_is_as_wide_as_repeats_spread():
    values = [kernel_distance(*draw(60, 1, seed=seed)) for seed in range(100)]
    interval = kernel_distance_interval(*draw(60, 1), random_state=0)
    low, high = np.quantile(values, [0.025, 0.975])
    assert_allclose(interval.high - interval.low, high - low, rtol=0.4)


def test_interval_shrinks_with_the_rows():
    intervals = [kernel_distance_interval(*draw(n, 0.5), random_state=0) for n in (25, 100, 400)]
    widths = [interval.high - interval.low for interval in intervals]
    floors = [interval.floor for interval in intervals]
    assert widths[0] > 1.3 * widths[1] > 1.3**2 * widths[2]
    assert floors[0] > 1.5 * floors[1] > 1.5**2 * floors[2] > 0


def test_interval_narrows_with_the_confidence():
    wide, narrow = (
        kernel_distance_interval(*draw(40), confidence=c, random_state=0) for c in (0.95, 0.5)
    )
    assert wide.low < narrow.low < narrow.high < wide.high
    assert narrow.floor < wide.floor


def test_real_images_are_at_the_floor_and_noise_is_not():
    alike = kernel_distance_interval(*draw(80), random_state=0)
    assert alike.low < 0 < alike.high
    assert alike.value < alike.floor
    noise = kernel_distance_interval(*draw(80, 2), random_state=0)
    assert noise.floor == alike.floor < noise.low


def test_floor_is_a_quantile_over_halves():
    real = np.array([[0.0], [1.0], [2.0], [3.0]])
    halves = [((0, 1), (2, 3)), ((0, 2), (1, 3)), ((0, 3), (1, 2))]
    distances = [kernel_distance(real[list(a)], real[list(b)]) for a, b in halves]
    interval = kernel_distance_interval(real, real, confidence=0.99, random_state=0)
    assert interval.floor == max(distances)


def test_a_few_other_real_images_are_seldom_above_the_floor():
    """Few images differ by more than halves of many do: here half of the time."""
    above = []
    for seed in range(60):
        real, fake = draw(100, seed=seed)
        interval = kernel_distance_interval(real, fake[:10], n_resamples=100, random_state=0)
        above.append(interval.value > interval.floor)
    assert np.mean(above) < 0.12


def test_the_floor_is_one_of_halves_if_fake_is_no_smaller():
    real, fake = draw(31)
    few, half, whole = (
        kernel_distance_interval(real, fake[:n], n_resamples=2000, random_state=0).floor
        for n in (5, 15, 31)
    )
    assert few > 1.2 * half
    assert_allclose(half, whole, rtol=0.05)


def test_repeats_are_no_pairs():
    """Resamples of two far rows would show a distance of them to themselves."""
    rows = np.repeat([[0.0], [4.0]], 20, axis=0)
    interval = kernel_distance_interval(rows, rows, n_resamples=2000, random_state=0)
    assert interval.low < interval.value < 0 < interval.high


def test_resamples_of_few_rows_have_pairs():
    interval = kernel_distance_interval(*draw(4), n_resamples=2000, random_state=0)
    assert np.isfinite(interval).all()


@pytest.mark.parametrize("bad", [{"confidence": 1.0}, {"confidence": 0}, {"n_resamples": 0}])
def test_bad_parameters_are_named(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        kernel_distance_interval(*draw(5), **bad)


@pytest.mark.parametrize(("function", "n"), [(kernel_distance, 1), (kernel_distance_interval, 3)])
def test_rows_must_be_enough(function, n):
    with pytest.raises(ValueError, match=f"minimum of {n + 1}"):
        function(*draw(n))


def test_blocks_change_nothing_but_the_rounding(monkeypatch):
    rng = np.random.default_rng(0)
    real, fake = rng.normal(size=(30, 4)), rng.normal(0.3, size=(23, 4))
    expected = kernel_distance(real, fake), *kernel_distance_interval(real, fake, random_state=0)
    monkeypatch.setattr("skwbc.metrics._kernel_distance._BLOCK_ROWS", 7)
    found = kernel_distance(real, fake), *kernel_distance_interval(real, fake, random_state=0)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
