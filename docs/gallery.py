"""The order of the gallery, and what no example may do: warn."""

import logging
import warnings
from contextlib import ExitStack

ORDER = [
    "plot_pipeline_in_five_lines.py",
    "plot_folder_of_your_own.py",
    "plot_what_samplers_add.py",
    "plot_what_the_gan_made.py",
    "plot_does_the_gan_help.py",
    "plot_tuning_behind_a_gan.py",
    "plot_which_cells_are_mistaken.py",
    "plot_more_cores.py",
]
HARMLESS = [
    "FigureCanvasAgg is non-interactive",  # the figures are taken from there
    "Persisting input arguments took",  # joblib's, of a disk that stalled for half a second
]

_filters = ExitStack()


class PageOrder:
    """Sort examples as they stand in `ORDER`; a new one has to be added there."""

    def __init__(self, src_dir):
        self.src_dir = src_dir

    def __call__(self, filename):
        """Give the place of an example."""
        return ORDER.index(str(filename))


def make_warnings_errors(gallery_conf, fname, when):
    """Turn warnings into errors before an example, and end that behind it."""
    _filters.close()
    # else its hints stand among the outputs; here, for a worker does not run conf.py
    logging.getLogger("tensorflow").setLevel("ERROR")
    if when == "before":
        _filters.enter_context(warnings.catch_warnings(action="error"))
        for message in HARMLESS:
            warnings.filterwarnings("ignore", message)
