import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.testing import assert_allclose, assert_array_equal

from skwbc._lazy_images import ImageArray, LazyImages
from skwbc.displays import ImageGridDisplay


@pytest.fixture
def ax():
    return Figure().subplots()


def make_images(shape=(4, 6, 3)):
    """5 images, the i-th of grey 50 * i."""
    return np.stack([np.full(shape, 50 * i, np.uint8) for i in range(5)])


LABELS = ["b", "a", "b", "a", "b"]


def test_sheet_has_a_row_for_each_class(ax):
    display = ImageGridDisplay(make_images(), LABELS)
    assert display.plot(ax) is display
    sheet = display.image_.get_array()
    assert sheet.shape == (2 * 4 + 2, 3 * 6 + 2 * 2, 3)
    assert_allclose(sheet[0, [0, 8, 16], 0] * 255, [50, 150, 255], rtol=1e-6)  # the last is empty
    assert_allclose(sheet[6, [0, 8, 16], 0] * 255, [0, 100, 200], atol=1e-4)
    assert (sheet[4:6] == 1).all()
    assert [text.get_text() for text in ax.get_yticklabels()] == ["a", "b"]
    assert_array_equal(ax.get_yticks(), [1.5, 7.5])
    assert (display.ax_, display.figure_) == (ax, ax.figure)


@pytest.mark.parametrize("n_channels", [2, 5])
def test_channels_that_are_no_colours_are_drawn_grey(ax, n_channels):
    images = make_images((4, 6, n_channels))
    images[0, 0, 0, 0] = 100
    sheet = ImageGridDisplay(images, LABELS).plot(ax).image_.get_array()
    assert sheet.shape == (10, 22)
    assert_allclose(sheet[6, :2] * 255, [100 / n_channels, 0], atol=1e-4)


def test_classes_order_the_rows_and_may_be_empty(ax):
    display = ImageGridDisplay(make_images(), LABELS, classes=["b", "c"], n_columns=2).plot(ax)
    sheet = display.image_.get_array()
    assert sheet.shape == (10, 14, 3)
    assert (sheet[6:] == 1).all()
    assert [text.get_text() for text in ax.get_yticklabels()] == ["b", "c"]


@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 1), (4, 6, 3)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_flat_and_not_are_the_same(shape, dtype):
    images = make_images(shape).astype(dtype)
    sheets = [
        ImageGridDisplay.from_arrays(X, LABELS, image_shape=shape, ax=Figure().subplots())
        for X in (images, images.reshape(5, -1))
    ]
    first, second = (display.image_.get_array() for display in sheets)
    assert_array_equal(first, second)
    assert first.ndim == (3 if shape[-1] == 3 else 2)
    assert first.min() == 0
    assert first.max() == 1


def test_no_labels_is_one_row(ax):
    display = ImageGridDisplay.from_arrays(make_images(), n_columns=3, ax=ax)
    assert display.image_.get_array().shape == (4, 22, 3)


def test_wrong_number_of_labels_is_named(ax):
    with pytest.raises(ValueError, match="5 images and 2 labels"):
        ImageGridDisplay(make_images(), ["a", "b"]).plot(ax)


def test_only_what_is_drawn_is_read_and_the_range_is_that_of_all(ax):
    class Files(ImageArray):
        extremes = (0.0, 255.0)

        def read(self, indices):
            read.append(indices.tolist())
            return super().read(indices)

    read = []
    display = ImageGridDisplay(LazyImages(Files(make_images())), LABELS, n_columns=1).plot(ax)
    assert read == [[1], [0]]
    assert_allclose(display.image_.get_array()[[0, 6], 0, 0] * 255, [50, 0], atol=1e-4)


def test_flat_images_need_a_shape(ax):
    with pytest.raises(ValueError, match=r"Expected image_shape with flat images, received 72 val"):
        ImageGridDisplay(make_images().reshape(5, -1), LABELS).plot(ax)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_named(ax, value):
    images = make_images().astype(float)
    images[3, 0, 0] = value
    with pytest.raises(ValueError, match="finite values in all images, received NaN or infinity"):
        ImageGridDisplay(images, LABELS).plot(ax)


def test_a_figure_of_lines_is_not_endless():
    with plt.rc_context({"backend": "agg"}):
        display = ImageGridDisplay(np.zeros((8, 1, 3000, 3), np.uint8)).plot()
        assert display.figure_.get_size_inches()[0] < 100
        plt.close(display.figure_)


def test_no_images_are_named(ax):
    with pytest.raises(ValueError, match="Expected at least 1 image, received none"):
        ImageGridDisplay(make_images()[:0], []).plot(ax)


def test_new_figure_by_default():
    with plt.rc_context({"backend": "agg"}):
        display = ImageGridDisplay(make_images(), LABELS).plot()
        assert plt.fignum_exists(display.figure_.number)
        plt.close(display.figure_)


def test_names_of_rows_are_within_the_figure():
    names = np.repeat(["eosinophil", "lymphocyte", "monocyte", "neutrophil"], 8)
    display = ImageGridDisplay.from_arrays(np.zeros((32, 24, 24, 3), np.uint8), names)
    display.figure_.draw_without_rendering()  # once, as savefig does
    left = min(label.get_window_extent().x0 for label in display.ax_.get_yticklabels())
    plt.close(display.figure_)
    assert left > 0
