import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from skwbc.displays import AblationDisplay

ARMS = ["GAN", "copies"]


def make_table(models=("CNN", "RNN"), ends=(-0.1, 0.1)):
    index = pd.MultiIndex.from_product([list(models), ARMS], names=["model", "arm"])
    values = np.linspace(-0.02, 0.04, len(index))
    columns = {"difference": values, "low": values + ends[0], "high": values + ends[1], "p": 1.0}
    return pd.DataFrame(columns, index=index)


def plot(table):
    return AblationDisplay(table, "original", "macro_f1").plot(ax=Figure().subplots())


def test_dots_and_ends_are_points():
    display = plot(make_table())
    assert list(display.bars_) == ["CNN", "RNN"]
    dots, _, (bars,) = display.bars_["RNN"]
    assert dots.get_xdata() == pytest.approx([2, 4])
    ends = [segment[:, 0].tolist() for segment in bars.get_segments()]
    assert ends == [pytest.approx([-8, 12]), pytest.approx([-6, 14])]


def test_models_of_an_arm_lie_in_its_row():
    display = plot(make_table())
    rows = np.array([bar[0].get_ydata() for bar in display.bars_.values()])
    assert (np.rint(rows) == [0, 1]).all()
    assert (rows[0] < rows[1]).all()
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == ARMS
    assert display.ax_.yaxis_inverted()
    assert display.ax_.get_xlabel().startswith("macro-F1: points more than 'original'")


def test_all_text_is_within_the_figure():
    with plt.rc_context({"backend": "agg"}):
        display = AblationDisplay(make_table(), "augmented copies", "balanced_accuracy").plot()
    figure = display.figure_
    figure.draw_without_rendering()
    left, bottom, right, top = figure.get_tightbbox().extents
    plt.close(figure)
    assert left >= 0
    assert bottom >= 0
    assert right <= figure.get_figwidth()
    assert top <= figure.get_figheight()


@pytest.mark.parametrize(("models", "has_legend"), [(["CNN"], False), (["CNN", "RNN"], True)])
def test_legend_only_where_there_is_a_choice(models, has_legend):
    assert (plot(make_table(models)).ax_.get_legend() is not None) is has_legend


def test_differences_without_interval_are_dots():
    display = plot(make_table(["CNN"], ends=(np.nan, np.nan)))
    dots, caps, (bars,) = display.bars_["CNN"]
    assert dots.get_xdata() == pytest.approx([-2, 4])
    assert all(np.isnan(cap.get_xdata(orig=False)).all() for cap in caps)
    assert [segment.size for segment in bars.get_segments()] == [0, 0]
    assert display.ax_.get_xlabel().endswith("(dots, without intervals)")
    display.figure_.draw_without_rendering()


def test_only_the_intervals_that_there_are_are_drawn():
    table = make_table(["CNN"])
    table.loc[("CNN", "GAN"), ["low", "high"]] = np.nan
    display = plot(table)
    nothing, interval = display.bars_["CNN"][2][0].get_segments()
    assert nothing.size == 0
    assert interval[:, 0] == pytest.approx([-6, 14])
    assert display.ax_.get_xlabel().endswith("(dots, with 95 % intervals)")


def test_an_interval_ends_where_differences_end():
    bars = plot(make_table(["CNN"], ends=(-1.3, 4.8))).bars_["CNN"][2][0]
    ends = [segment[:, 0].tolist() for segment in bars.get_segments()]
    assert ends == [pytest.approx([-100, 100])] * 2


def test_from_a_study():
    class Study:
        def compare(self, baseline):
            table = pd.concat({"accuracy": make_table(), "balanced_accuracy": make_table()})
            table.attrs["baseline"] = baseline or "copies"
            return table

    display = AblationDisplay.from_estimator(Study(), ax=Figure().subplots())
    assert (display.baseline, display.score) == ("copies", "balanced_accuracy")
    display = AblationDisplay.from_estimator(Study(), baseline="GAN", ax=Figure().subplots())
    assert display.baseline == "GAN"
