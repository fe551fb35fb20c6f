"""The command ``skwbc``: arguments in, work of the package out.

What is slow to import is imported in the commands, so that ``--help`` answers at once.
"""

import codecs
import os
import sys
import time
import traceback
import warnings
from contextlib import suppress

import skwbc
from skwbc._cli_ablation import add_ablation
from skwbc._cli_completion import add_completion
from skwbc._cli_model import add_generate, add_train
from skwbc._cli_options import (
    FAILED,
    INTERRUPTED,
    OneLineParser,
    make_common,
    one_line,
    show_warning,
)
from skwbc._cli_predict import add_predict
from skwbc._cli_report import add_report

BROKEN_PIPE = 141  # as a shell says it
AS_THEY_ARE = "skwbc.as_they_are"  # how names are written, among Python's error handlers
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
        Exit code: 0, 1 if ``predict`` could not read some images, 2 after an error, 130 after
        Ctrl-C, 141 if who read the output is gone.
    """
    _open_closed_streams()
    argv = sys.argv[1:] if argv is None else list(argv)
    arguments, unknown = _make_parser().parse_known_args(argv)
    if unknown:  # told by the parser of the command, whose --help lists its options
        arguments.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    arguments.argv, arguments.make_parser = argv, _make_parser
    started = time.time()
    try:
        with warnings.catch_warnings():
            warnings.showwarning = show_warning
            _write_names_as_they_are(sys.stdout)
            code = arguments.run(arguments) or 0
            sys.stdout.flush()  # while an error can be told
            return code
    except KeyboardInterrupt:
        describe = getattr(arguments, "describe_files", lambda *_: "No file was written.")
        files = describe(getattr(arguments, "out", None), started)
        print(f"\nskwbc: interrupted. {files}", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        _discard_output()
        return BROKEN_PIPE
    except Exception as error:
        if arguments.debug:
            traceback.print_exc()
        else:
            print(f"skwbc: error: {_tell(error)}", file=sys.stderr)
        try:
            sys.stdout.flush()
        except OSError:  # the disk is full: that was the error
            _discard_output()
        return FAILED


def _open_closed_streams():
    """Let streams that were closed, as by ``2>&-``, lead nowhere: Python has None in their place.

    In this order each has the descriptor that is its own, to which C++ writes.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = open(os.devnull, mode)
            os.set_inheritable(stream.fileno(), True)  # for workers
            setattr(sys, name, stream)


def _write_names_as_they_are(stream):
    """Let names of files be written that are no text, byte by byte as they came."""
    if hasattr(stream, "reconfigure"):
        codecs.register_error(AS_THEY_ARE, _write_as_it_is)
        stream.reconfigure(errors=AS_THEY_ARE)


def _write_as_it_is(error):
    """Write a byte as it came, and as an escape what the stream has no letter for."""
    error.end = error.start + 1  # one by one: next to a byte there may be a letter
    try:
        return codecs.lookup_error("surrogateescape")(error)
    except UnicodeEncodeError:
        return codecs.backslashreplace_errors(error)


def _discard_output():
    """Write what is left of the output nowhere, or Python would fail to when it ends."""
    with suppress(OSError, ValueError):  # a stream without a file
        output = sys.stdout.fileno()
        os.dup2(os.open(os.devnull, os.O_WRONLY), output)


def _tell(error):
    """Tell an error in one line; one that was not foreseen with its kind."""
    message = one_line("\n".join([str(error), *getattr(error, "__notes__", ())]))
    if isinstance(error, (ValueError, OSError)):
        return message
    return f"{type(error).__name__}: {message} (--debug shows where)"


def _make_parser():
    parser = OneLineParser(prog="skwbc", description=skwbc.__doc__.partition("\n")[0])
    parser.add_argument("--version", action="version", version=f"skwbc {skwbc.__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    common = make_common()
    for add in ADD_COMMANDS:
        add(commands, common)
    versions = commands.add_parser(
        "show-versions", parents=[common], help="versions and machine, for a bug report"
    )
    versions.set_defaults(run=_show_versions)
    for command in commands.choices.values():
        command.set_defaults(parser=command)
    return parser


def _show_versions(arguments):
    from skwbc._versions import describe_machine, read_versions

    for name, value in (read_versions() | describe_machine()).items():
        print(f"{name:>16}: {value}")
