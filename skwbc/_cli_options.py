"""What commands have in common: how options are read, and where results may go."""

import argparse
import tempfile


def make_common():
    """Make the parser of the options that all commands have."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--debug", action="store_true", help="show the whole of an error")
    return common


def add_leave_out(parser):
    """Add the option that leaves classes out."""
    parser.add_argument(
        "--leave-out",
        nargs="+",
        default=(),
        metavar="CLASS",
        help="classes that are not wanted, for example one with a single image",
    )


def positive(text):
    """Read a whole number of 1 or more."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected at least 1, received {number}")
    return number


def check_writable(folder):
    """Make a folder and fail before hours of training, not after, where nothing can be written."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


def start_quietly(arguments):
    """Start TensorFlow without its chatter, unless all is to be shown."""
    if not arguments.debug:
        from skwbc._quiet_tensorflow import start_tensorflow

        start_tensorflow()
