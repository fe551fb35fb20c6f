"""What commands have in common: how options are read, and where results may go."""

import argparse
import sys
import tempfile
import warnings
from contextlib import contextmanager, suppress
from pathlib import Path

from skwbc._cli_command import COMMAND_FILE
from skwbc._file_container import is_container

FAILED = 2  # exit code
INTERRUPTED = 130  # exit code, as a shell says it
MOST_PIXELS = 4096  # of a side: an image of 4096 x 4096 takes 50 MB, and there are hundreds
CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))}


class OneLineParser(argparse.ArgumentParser):
    """A parser that tells errors in one line, as commands do."""

    def error(self, message):
        """End with a message."""
        if message.startswith(
            "the following arguments are required"
        ):  # an option of several values takes what follows it
            message += "; they go before the options"
        self.exit(FAILED, f"skwbc: error: {one_line(message)} (see {self.prog} --help)\n")


def make_common():
    """Make the parser of the options that all commands have."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--debug", action="store_true", help="show the whole of an error")
    return common


def add_reading(parser):
    """Add the options that tell which images are read, and of which size."""
    add = parser.add_argument
    add(
        "--leave-out",
        nargs="+",
        default=(),
        metavar="CLASS",
        help="classes that are not wanted, for example one with a single image",
    )
    add(
        "--labels",
        type=some_path,
        metavar="CSV",
        help="table of the folder's images: columns filename, label and, if wanted, group, which "
        "the photos of one patient share, so that they stay on one side of each split",
    )
    add(
        "--on-error",
        choices=("raise", "skip"),
        default="raise",
        help="what to do about files that can't be read (default raise, which ends the command)",
    )
    add(
        "--image-shape",
        type=pixels,
        nargs="+",
        metavar=("H", "W"),
        help="height, width and channels: 3 is colour, 1 and none are grey (default: of crops "
        "64 64 3; of whole photos 60 80 3, or in the proportions of those in your folder)",
    )


def _whole(text):
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a whole number, received {text!r}") from None


def positive(text):
    """Read a whole number of 1 or more."""
    number = _whole(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected at least 1, received {number}")
    return number


def several(text):
    """Read a whole number of 2 or more."""
    number = _whole(text)
    if number < 2:
        raise argparse.ArgumentTypeError(f"expected at least 2, received {number}")
    return number


def pixels(text):
    """Read a side of an image, which has to fit into memory hundreds of times."""
    number = positive(text)
    if number > MOST_PIXELS:
        raise argparse.ArgumentTypeError(f"expected at most {MOST_PIXELS}, received {number}")
    return number


def processes(text):
    """Read a number of processes as joblib takes it."""
    number = _whole(text)
    if number == 0:
        raise argparse.ArgumentTypeError("expected 1 or more, or -1 for all cores; received 0")
    return number


def check_writable(folder):
    """Fail before hours of training, not after, where nothing can be written; leave no trace."""
    made = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from error
    finally:
        with suppress(OSError):  # somebody else has put a file there
            for each in made:
                each.rmdir()


def check_replaced(out, reports, tables):
    """Refuse to replace files that have the names of a study's but are none of a study.

    Parameters
    ----------
    out : Path
        The folder that a user chose.
    reports : list of Path
        Folders of the reports to be written: `out`, or some in it.
    tables : list of Path
        Files to be written beside.

    Raises
    ------
    FileExistsError
        If one of the files is there, and there is no sign of a study in the folder.
    """
    from skwbc._ablation_files import REPORT_FILES, holds_report
    from skwbc._ablation_store import FITS

    files = [folder / name for folder in reports for name in REPORT_FILES] + tables
    there = next((file for file in files if file.exists()), None)
    signs = (out / COMMAND_FILE, *(folder / FITS for folder in reports))
    if there and not any(sign.exists() for sign in signs) and not any(map(holds_report, reports)):
        raise FileExistsError(
            f"{there} is there, of no study, and would be replaced: give another folder by --out."
        )


def load_model(arguments):
    """Load the file of a model; what is none is told before TensorFlow takes seconds to start."""
    import skwbc

    if is_container(arguments.model):
        start_quietly(arguments)
    return skwbc.load(arguments.model)


def start_quietly(arguments):
    """Start TensorFlow without its chatter, unless all is to be shown."""
    if not arguments.debug:
        from skwbc._quiet_tensorflow import start_tensorflow

        start_tensorflow()


@contextmanager
def quiet_workers(arguments):
    """Let the processes of joblib, too, start TensorFlow quietly and tell warnings in one line."""
    if arguments.debug:
        yield
        return
    from joblib import parallel_config

    # joblib says so of a worker that has grown, after its task: another does the next one
    warnings.filterwarnings("ignore", "A worker stopped while some jobs were given")
    # before the first task: TensorFlow comes with the estimators that a task brings along
    with parallel_config("loky", initializer=_start_worker):
        yield


def _start_worker():
    from skwbc._quiet_tensorflow import start_tensorflow

    start_tensorflow()
    warnings.showwarning = show_warning


def show_warning(message, *_, **__):
    """Tell a warning in one line, as errors are told."""
    print(f"skwbc: warning: {one_line(message)}", file=sys.stderr)


def one_line(message):
    """Join the lines of a message as text; blanks within one may be those of a file's name.

    Examples
    --------
    >>> one_line("no  1.png\\n   here")
    'no  1.png here'
    """
    return without_controls(" ".join(line.strip() for line in str(message).splitlines()))


def without_controls(text):
    r"""Write control characters as numbers: a name from elsewhere can't command the terminal.

    Examples
    --------
    >>> without_controls("\x1b[2Jmonocyte")
    '\\x1b[2Jmonocyte'
    """
    return text.translate(CONTROLS)


def as_text(name):
    r"""Write what is no text in the name of a file as numbers, so that any file can hold it.

    Examples
    --------
    >>> as_text("\udcff.png")
    '\\udcff.png'
    """
    return str(name).encode("utf-8", "backslashreplace").decode()


def some_name(text):
    """Refuse an empty name, of a variable that is not set: it would be the present folder."""
    if not text:
        raise argparse.ArgumentTypeError("expected a file or a folder, received an empty name")
    return text


def some_path(text):
    """Read a path, which has a name."""
    return Path(some_name(text))
