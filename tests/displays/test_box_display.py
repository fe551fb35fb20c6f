import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from skwbc import CellCropper
from skwbc.displays import BoxDisplay

PHOTOS = np.random.default_rng(0).integers(0, 256, (5, 20, 30, 3), dtype=np.uint8)
BOXES = np.array([[0, 0, 10, 10], [5, 2, 30, 20], [np.nan] * 4, [1, 2, 3, 4], [0, 0, 30, 20]])


def plot(*arguments, **parameters):
    return BoxDisplay(*arguments, **parameters).plot(ax=Figure().subplots())


def test_boxes_lie_in_their_photos():
    display = plot(PHOTOS, BOXES, n_columns=2)
    corners = [(box.get_xy(), box.get_width(), box.get_height()) for box in display.boxes_]
    # photos are 2 pixels apart, and the border of a pixel is half a pixel off its centre
    assert corners == [
        ((-0.5, -0.5), 10, 10),
        ((36.5, 1.5), 25, 18),
        ((32.5, 23.5), 2, 2),
        ((-0.5, 43.5), 30, 20),
    ]
    assert display.image_.get_array().shape == (64, 62, 3)
    assert display.true_boxes_ == []


def test_annotated_boxes_are_drawn_too():
    display = plot(PHOTOS.reshape(5, -1), BOXES, true_boxes=BOXES[::-1], image_shape=(20, 30, 3))
    assert len(display.true_boxes_) == 4
    assert display.true_boxes_[0].get_linestyle() == "--"


def test_the_table_of_a_cropper():
    table = pd.DataFrame(BOXES, columns=["left", "top", "right", "bottom"]).assign(n_cells=1)
    assert len(plot(PHOTOS, table).boxes_) == len(plot(PHOTOS, BOXES).boxes_) == 4


def test_boxes_of_another_number():
    with pytest.raises(ValueError, match=r"shape \(5, 4\), one for each image, received \(4, 4\)"):
        plot(PHOTOS, BOXES[1:])


@pytest.mark.parametrize("wrong", ["boxes", "true_boxes"])
def test_wrong_boxes_leave_no_figure(wrong):
    boxes = {"boxes": BOXES, "true_boxes": BOXES} | {wrong: BOXES[1:]}
    with plt.rc_context({"backend": "agg"}):
        with pytest.raises(ValueError, match="one for each image"):
            BoxDisplay(PHOTOS, **boxes).plot()
        assert plt.get_fignums() == []


def test_no_photos_are_named():
    with pytest.raises(ValueError, match="Expected at least 1 image, received none"):
        plot(PHOTOS[:0], BOXES[:0])


def test_from_a_cropper():
    photos = np.full((2, 60, 80, 3), 200, dtype=np.uint8)
    photos[:, 20:40, 30:50] = 90, 60, 150
    display = BoxDisplay.from_estimator(CellCropper().fit(photos), photos, ax=Figure().subplots())
    assert [box.get_xy() for box in display.boxes_] == [(25.5, 15.5), (107.5, 15.5)]
