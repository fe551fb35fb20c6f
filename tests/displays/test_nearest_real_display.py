import copy
from itertools import permutations
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.testing import assert_allclose, assert_array_equal
from tiny_samplers import TINY_GAN

from skwbc.displays import NearestRealDisplay
from skwbc.metrics import _nearest

pytestmark = pytest.mark.usefixtures("untraced")

SHAPE = (6, 6, 3)


@pytest.fixture
def ax():
    return Figure().subplots()


def make_real(n=6):
    return np.random.default_rng(0).integers(0, 256, (n, *SHAPE), dtype=np.uint8)


def read_names(ax):
    return [text.get_text() for text in ax.get_yticklabels()]


def read_numbers(display):
    return [text.get_text() for text in display.texts_]


@pytest.mark.parametrize("turn", range(4))
@pytest.mark.parametrize("flip", [1, -1])
def test_a_copy_is_turned_back(ax, turn, flip):
    real = make_real()
    fake = np.rot90(real[2:4, :, ::flip], turn, axes=(1, 2))
    display = NearestRealDisplay.from_arrays(real, fake, ax=ax)
    assert_array_equal(display.nearest, fake)
    assert_array_equal(display.ratios, [0, 0])
    assert read_numbers(display) == ["0.00", "0.00"]


def test_ratio_is_that_to_the_next_real_image(ax):
    real = np.array([[0, 0], [10, 0], [10, 40]])
    display = NearestRealDisplay.from_arrays(real, [[0, 5], [10, 50]], ax=ax)
    assert_array_equal(display.nearest.reshape(2, 2), [[0, 0], [10, 40]])
    assert_allclose(display.ratios, [5 / 10, 10 / 40])
    assert read_numbers(display) == ["0.50", "0.25"]


def test_real_images_that_are_not_shown_are_not_asked_for_their_neighbours(ax, monkeypatch):
    asked, search = [], _nearest._search

    def count(queries, *others):
        asked.append(len(queries))
        return search(queries, *others)

    monkeypatch.setattr(_nearest, "_search", count)
    real = make_real(20)
    NearestRealDisplay.from_arrays(real, real[[3, 3, 5]] // 2, ax=ax)
    assert asked == [3, 2]


def test_a_subclass_makes_its_own(ax):
    class Mine(NearestRealDisplay):
        pass

    assert type(Mine.from_arrays(make_real(), make_real(), ax=ax)) is Mine


def test_two_rows_a_class(ax):
    real, y_real = make_real(), np.array(list("ababab"))
    fake, y_fake = real[[1, 0, 2]], ["b", "a", "a"]
    display = NearestRealDisplay.from_arrays(real, fake, y_real=y_real, y_fake=y_fake, ax=ax)
    assert read_names(ax) == ["a", "nearest real", "b", "nearest real"]
    assert_array_equal(display.labels, ["a", "a", "b"])
    sheet = np.rint(display.image_.get_array() * 255)
    assert sheet.shape == (4 * 6 + 3 * 2 + 2 * 2, 2 * 6 + 2, 3)  # two pixels above each class
    for top in (2, 10):
        assert_array_equal(sheet[top : top + 6, :6], real[0])
        assert_array_equal(sheet[top : top + 6, 8:], real[2])
    for top in (20, 28):
        assert_array_equal(sheet[top : top + 6, :6], real[1])
        assert (sheet[top : top + 6, 8:] == 255).all()
    assert [text.get_position() for text in display.texts_] == [(2.5, 1), (10.5, 1), (2.5, 19)]
    assert (display.ax_, display.figure_) == (ax, ax.figure)
    assert display.plot(ax) is display


def test_the_search_is_class_by_class(ax):
    real = make_real()
    among_all = NearestRealDisplay.from_arrays(real, real[:1], y_fake=["b"], ax=ax)
    assert_array_equal(among_all.nearest, real[:1])
    y_real = list("aaabbb")
    of_class = NearestRealDisplay.from_arrays(
        real, real[:1], y_real=y_real, y_fake=["b"], ax=Figure().subplots()
    )
    assert of_class.ratios[0] > 0
    assert np.sort(of_class.nearest, axis=None).tolist() in [
        np.sort(image, axis=None).tolist() for image in real[3:]
    ]


def test_flat_and_not_are_the_same(ax):
    real, fake = make_real(), make_real()[3:] // 2
    expected = NearestRealDisplay.from_arrays(real, fake, ax=ax)
    flat = NearestRealDisplay.from_arrays(
        real.reshape(6, -1),
        fake.reshape(3, -1),
        image_shape=SHAPE,
        ax=Figure().subplots(),
    )
    assert_array_equal(flat.nearest, expected.nearest)
    assert_array_equal(flat.image_.get_array(), expected.image_.get_array())


def test_a_seed_chooses_a_few(ax):
    real = make_real()
    first, again, other = (
        NearestRealDisplay.from_arrays(real, real, n_images=2, random_state=seed, ax=ax).fake
        for seed in (0, 0, 1)
    )
    assert first.shape == (2, *SHAPE)
    assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_gan_is_asked_for_each_class(ax):
    real, y = make_real(), np.array(list("ababab"))
    sampler = copy.deepcopy(TINY_GAN)
    sampler.fit_resample(real[:5], y[:5])
    display = NearestRealDisplay.from_estimator(sampler, real, y, n_images=3, random_state=0, ax=ax)
    assert_array_equal(display.labels, list("aaabbb"))
    assert (display.ratios > 0).all()
    again = NearestRealDisplay.from_estimator(sampler, real, y, n_images=3, random_state=0, ax=ax)
    assert_array_equal(again.fake, display.fake)


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ({"y_real": list("aabbab")}, "y_fake is needed"),
        ({"y_fake": ["a", "b"]}, "6 fake images and 2 classes"),
        ({"y_real": ["a"], "y_fake": list("aabbab")}, "6 real images and 1 classes"),
        ({"y_real": list("aaaaab"), "y_fake": list("aaaaab")}, "of class b, received 1"),
    ],
)
def test_wrong_classes_are_named(ax, classes, message):
    with pytest.raises(ValueError, match=message):
        NearestRealDisplay.from_arrays(make_real(), make_real(), **classes, ax=ax)


def test_images_of_another_shape_are_named(ax):
    with pytest.raises(ValueError, match=r"Expected images of shape \(6, 6, 3\)"):
        NearestRealDisplay.from_arrays(make_real(), make_real()[:, :5], ax=ax)


@pytest.mark.parametrize(
    ("real", "message"),
    [
        (make_real()[:, :5], r"Expected images of shape \(6, 6, 3\).*received \(5, 6, 3\)"),
        (make_real()[:1], "at least 2 real images of class a, received 1"),
        (make_real() / 255, "Expected images of one scale"),
    ],
)
def test_other_images_than_a_sampler_was_fitted_on_are_named(ax, real, message):
    sampler = SimpleNamespace(
        classes_=["a"], image_shape_=SHAPE, sample=lambda n, y, random_state: make_real(n)
    )
    with pytest.raises(ValueError, match=message):
        NearestRealDisplay.from_estimator(sampler, real, ["a"] * len(real), ax=ax)


def test_bytes_against_fractions_are_named(ax):
    for pair in permutations([make_real(), make_real() / 255]):
        with pytest.raises(ValueError, match="integers from 0 to 255 beside fractions from 0 to 1"):
            NearestRealDisplay.from_arrays(*pair, ax=ax)
        with pytest.raises(ValueError, match="integers from 0 to 255 beside fractions from 0 to 1"):
            NearestRealDisplay(*pair, np.zeros(len(pair[0]))).plot(ax)


def test_a_pair_of_two_shapes_is_not_drawn(ax):
    display = NearestRealDisplay(make_real(2), make_real(2)[:, :5], [0, 0])
    with pytest.raises(ValueError, match=r"Expected images of shape \(6, 6, 3\)"):
        display.plot(ax)


def test_pairs_are_of_two(ax):
    display = NearestRealDisplay(make_real(2), make_real(4), [0, 0])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        display.plot(ax)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        NearestRealDisplay(make_real(2), make_real(2), [0, 0], labels=["a"]).plot(ax)


def test_no_synthetic_images_are_named():
    real = np.zeros((4, 6, 6, 3), np.uint8)
    with pytest.raises(ValueError, match="Expected at least 1 synthetic image, received none"):
        NearestRealDisplay.from_arrays(real, real[:0])


def test_new_figure_by_default():
    with plt.rc_context({"backend": "agg"}):
        display = NearestRealDisplay(make_real(2), make_real(2), [0, 0.5]).plot()
        assert read_names(display.ax_) == ["synthetic", "nearest real"]
        assert plt.fignum_exists(display.figure_.number)
        plt.close(display.figure_)
