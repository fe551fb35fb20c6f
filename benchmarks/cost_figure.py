"""Draw how seconds and memory grow, and say where that is not in proportion."""

from itertools import pairwise

from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator
from speed_cost import CASES, CLASSIFIER, GAN

SIZE = (7, 5)  # inches, of 100 pixels on the page
COLOURS = {CLASSIFIER: "#2a6f9e", GAN: "#c8551b"}
MEASURES = ["seconds", "peak memory (MB)"]
AXES = ["images, of 64x64", "side in pixels, of 300 images"]
WHY = (
    "Small sets wait for the tracing of functions, which takes the same time for any number of "
    "images. Of a GAN, the part that grows fastest is the search for near-copies: each synthetic "
    "image is compared with each real one, in all poses. The limit and the judge rest on samples "
    "of large sets."
)
FEWEST, SIDE = min(n for n, _ in CASES.values()), 64
FIXED = (SIDE, FEWEST)  # on each axis the other measure is the same


def draw_cost(rows):
    """Draw medians: a row for seconds, on log scales, and one for memory.

    Parameters
    ----------
    rows : DataFrame
        Of the suite "cost".

    Returns
    -------
    matplotlib.figure.Figure
        Not known to pyplot.
    """
    figure = Figure(figsize=SIZE, dpi=200, layout="constrained")
    axes = figure.subplots(2, 2, sharey="row", sharex="col")
    for row, measure in zip(axes, MEASURES, strict=True):
        row[0].set_ylabel(measure)
        for which, ax in enumerate(row):
            for arm, colour in COLOURS.items():
                curve = read_curve(rows, arm, measure, which)
                ax.loglog(*zip(*curve.items(), strict=True), "o-", color=colour, label=arm)
            ticks = sorted(
                {size[which] for size in CASES.values() if size[1 - which] == FIXED[which]}
            )
            ax.set_xticks(ticks, [f"{x:,}" for x in ticks])
            ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            ax.yaxis.set_major_formatter("{x:,.0f}")
            ax.minorticks_off()
            ax.grid(color="0.9")
            ax.spines[["top", "right"]].set_visible(False)
    for ax, name in zip(axes[1], AXES, strict=True):
        ax.set_xlabel(name)
        ax.set_yscale("linear")  # most of the memory is there for any number of images
    axes[1, 0].set_ylim(bottom=0)
    axes[0, 1].legend(fontsize="small", loc="upper left")  # where the curves are low
    return figure


def read_curve(rows, arm, measure, which):
    """Give the medians by number of images (`which` 0) or by side (1)."""
    medians = rows[rows["arm"] == arm].groupby("case")[measure].median()
    of_axis = {
        size[which]: medians[case]
        for case, size in CASES.items()
        if case in medians and size[1 - which] == FIXED[which]
    }
    return dict(sorted(of_axis.items()))


def list_growth(rows):
    """List by how much each measure grows from each size to the next.

    Parameters
    ----------
    rows : DataFrame
        Of the suite "cost".

    Returns
    -------
    list of list of str
        Cells of a table, its head first.
    """
    cells = [["arm", "from", "to", *(f"{measure}, times" for measure in MEASURES)]]
    for arm in COLOURS:
        for which in range(len(AXES)):
            curves = [read_curve(rows, arm, measure, which) for measure in MEASURES]
            for before, after in pairwise(curves[0]):
                grown = [f"{curve[after] / curve[before]:.3g}" for curve in curves]
                names = (name_case(size, which) for size in (before, after))
                cells.append([arm, *names, *grown])
    return cells


def tell_growth(rows):
    """Say from where on the seconds grow more than the pixels do.

    Parameters
    ----------
    rows : DataFrame
        Of the suite "cost".

    Returns
    -------
    str
        A paragraph.
    """
    told = []
    for arm in COLOURS:
        for which, axis in enumerate(("number of images", "side")):
            curve = read_curve(rows, arm, "seconds", which)
            if len(curve) < 2:
                continue
            steps = [tell_step(curve, *ends, which) for ends in pairwise(curve)]
            steep = " and ".join(step for step in steps if step)
            never = f"never more than in proportion, from {min(curve):,} to {max(curve):,}"
            growth = f"more than in proportion {steep}" if steep else never
            told.append(f"By {axis}, seconds of the {arm}, grow {growth}.")
        missing = [case for case in CASES if case not in set(rows.loc[rows["arm"] == arm, "case"])]
        told += [f"Of the {arm}, not measured: {'; '.join(missing)}."] if missing else []
    return " ".join([*told, WHY])


def tell_step(curve, before, after, which):
    """Say that seconds grow more than pixels from one size to the next, or give an empty text."""
    seconds = curve[after] / curve[before]
    pixels = (after / before) ** (which + 1)  # twice the side are four times the pixels
    if seconds <= pixels:
        return ""
    grown = f"{seconds:.1f} times the seconds, {pixels:.0f} times the pixels"
    return f"from {before:,} to {after:,} ({grown})"


def name_case(size, which):
    """Name a point of an axis."""
    n_images, side = ((size, SIDE), (FEWEST, size))[which]
    return f"{n_images:,} images of {side}x{side}"
