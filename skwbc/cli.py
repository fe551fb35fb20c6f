"""The command ``skwbc``: arguments in, public API out.

What is slow to import is imported in the commands, so that ``--help`` answers at once.
"""

import argparse
import sys
import time
import warnings

import skwbc
from skwbc._cli_ablation import add_ablation
from skwbc._cli_completion import add_completion
from skwbc._cli_model import add_generate, add_train
from skwbc._cli_options import make_common, show_warning
from skwbc._cli_predict import add_predict
from skwbc._cli_report import add_report

INTERRUPTED = 130  # as a shell says it
FAILED = 2
ADD_COMMANDS = (add_ablation, add_report, add_train, add_predict, add_generate, add_completion)


def main(argv=None):
    """Run the command line.

    Parameters
    ----------
    argv : list of str, default=None
        Arguments. By default those of the process.

    Returns
    -------
    int
        Exit code: 0, 1 if a part of the images could not be read, 2 after an error, 130 after
        Ctrl-C.
    """
    argv = sys.argv[1:] if argv is None else list(argv)
    arguments = _make_parser().parse_args(argv)
    arguments.argv, arguments.make_parser = argv, _make_parser
    started = time.time()
    try:
        with warnings.catch_warnings():
            warnings.showwarning = show_warning
            return arguments.run(arguments) or 0
    except KeyboardInterrupt:
        describe = getattr(arguments, "describe_files", lambda *_: "No file was written.")
        files = describe(getattr(arguments, "out", None), started)
        print(f"\nskwbc: interrupted. {files}", file=sys.stderr)
        return INTERRUPTED
    except (ValueError, OSError) as error:
        if arguments.debug:
            raise
        print(f"skwbc: error: {' '.join(str(error).split())}", file=sys.stderr)
        return FAILED


def _make_parser():
    parser = argparse.ArgumentParser(prog="skwbc", description=skwbc.__doc__.partition("\n")[0])
    parser.add_argument("--version", action="version", version=f"skwbc {skwbc.__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    common = make_common()
    for add in ADD_COMMANDS:
        add(commands, common)
    versions = commands.add_parser(
        "show-versions", parents=[common], help="versions and machine, for a bug report"
    )
    versions.set_defaults(run=_show_versions)
    return parser


def _show_versions(arguments):
    from skwbc._versions import describe_machine, read_versions

    for name, value in (read_versions() | describe_machine()).items():
        print(f"{name:>16}: {value}")
