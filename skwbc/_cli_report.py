"""``skwbc report``: the report of a study that ``skwbc ablation`` did, written anew."""

import argparse
import shlex

from skwbc._ablation_names import ONLY
from skwbc._cli_ablation import add_ablation, list_complete, run_studies
from skwbc._cli_command import read_command
from skwbc._cli_images import BCCD, MADE
from skwbc._cli_options import check_writable, make_common, some_name, some_path


def add_report(commands, common):
    """Add ``skwbc report`` to the commands.

    Parameters
    ----------
    commands : argparse._SubParsersAction
        Where commands are added.
    common : argparse.ArgumentParser
        Options that all commands have.
    """
    parser = commands.add_parser(
        "report",
        parents=[common],
        usage="%(prog)s FOLDER [options]",
        help="write the report of an ablation study anew, without training",
        description="Write the report of a study that skwbc ablation did, from the fits in its "
        "folder and the same images. Nothing is trained.",
    )
    parser.set_defaults(run=_report, describe_files=list_complete)
    add = parser.add_argument
    add("folder", type=some_path, metavar="FOLDER", help="that skwbc ablation --out wrote")
    add("-o", "--out", type=some_path, metavar="DIR", help="of the report (default: FOLDER)")
    add(
        "--data",
        type=some_name,
        metavar="DIR",
        help="where the images of the study are now, if they were moved",
    )


def _report(arguments):
    arguments.out = arguments.out or arguments.folder
    argv, cwd = read_command(arguments.folder)
    command = _parse_command(argv, arguments.folder)
    command.argv, command.out, command.debug = argv, arguments.folder, arguments.debug
    command.data = arguments.data or _find_data(command.data, cwd)
    command.labels = command.labels and cwd / command.labels
    check_writable(arguments.out)
    from skwbc._ablation_store import MissingFitsError

    try:
        run_studies(command, arguments.out, resume=ONLY)
    except MissingFitsError as error:
        again = shlex.join(["skwbc", *(word for word in argv if word != "--no-resume")])
        raise ValueError(
            f"The study in {arguments.folder} is not finished: {error.n_found} of its "
            f"{error.n_all} fits are there. To go on: {again} (in the folder {cwd})."
        ) from error


class _Parser(argparse.ArgumentParser):
    """A parser that raises its errors."""

    def error(self, message):
        raise ValueError(message)

    def print_help(self, file=None):
        """Refuse a command that would only have printed its help."""
        self.error("it asks for help, which runs nothing")


def _parse_command(argv, folder):
    """Read the arguments of ``skwbc ablation`` again."""
    parser = _Parser(prog="skwbc")
    add_ablation(parser.add_subparsers(required=True, metavar="COMMAND"), make_common())
    try:
        return parser.parse_args(argv)
    except ValueError as error:
        raise ValueError(f"The command kept in {folder} can't be read: {error}.") from error


def _find_data(data, cwd):
    """Find the images of a command that was given in another folder."""
    if data in (MADE, BCCD):
        return data
    path = cwd / data
    if not path.is_dir():
        raise FileNotFoundError(
            f"The images of the study are gone: there is no folder {path}. If they were moved, "
            "say where they are by --data."
        )
    return str(path)
