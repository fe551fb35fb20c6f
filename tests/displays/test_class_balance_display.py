import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from skwbc.displays import ClassBalanceDisplay

Y = np.repeat(["b", "a", "b"], [3, 5, 4])


def plot(**parameters):
    return ClassBalanceDisplay.from_arrays(Y, ax=Figure().subplots(), **parameters)


def test_real_images_are_counted():
    display = plot()
    assert display.counts.to_dict() == {"real": {"a": 5, "b": 7}}
    assert [bar.get_width() for bar in display.bars_["real"]] == [5, 7]
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == ["a", "b"]
    assert display.ax_.yaxis_inverted()
    assert display.ax_.get_legend() is None
    assert [text.get_text() for text in display.ax_.texts] == ["5", "7"]


def test_classes_may_be_a_column():
    ax = Figure().subplots()
    for y in (Y[:, None], pd.DataFrame({"class": Y})):
        assert ClassBalanceDisplay.from_arrays(y, ax=ax).counts.to_dict() == plot().counts.to_dict()


def test_synthetic_images_stand_behind_the_real_ones():
    display = plot(synthetic_mask=np.arange(12) >= 8)
    assert display.counts.to_dict("list") == {"real": [5, 3], "synthetic": [0, 4]}
    ends = [(bar.get_x(), bar.get_width()) for bar in display.bars_["synthetic"]]
    assert ends == [(5, 0), (3, 4)]
    assert display.ax_.get_legend() is not None
    assert [text.get_text() for text in display.ax_.texts] == ["5 + 0", "3 + 4"]


def test_a_mask_without_synthetic_images_is_none():
    assert list(plot(synthetic_mask=[False] * 12).bars_) == ["real"]


def test_mask_of_another_length():
    with pytest.raises(ValueError, match="received 12 classes and 3 entries"):
        plot(synthetic_mask=[True] * 3)


def test_two_columns_are_no_classes():
    with pytest.raises(ValueError, match=r"should be a 1d array, got an array of shape \(12, 2\)"):
        ClassBalanceDisplay.from_arrays(np.column_stack([Y, Y]), ax=Figure().subplots())


def test_shared_axes_show_all_that_was_drawn():
    figure = Figure()
    axes = figure.subplots(1, 2, sharex=True, sharey=True)
    for ax, n in zip(axes, (40, 2), strict=True):
        display = ClassBalanceDisplay(pd.DataFrame({"real": [n, 1]}, index=["a", "b"]))
        display.plot(ax)
    display.plot(axes[1])
    assert axes[0].get_ylim() == (1.5, -0.5)
    assert axes[0].get_xlim() == (0, 50)
