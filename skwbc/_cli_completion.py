"""``skwbc completion``: a script by which a shell completes commands, options and files."""

import argparse

SHELLS = ("bash", "zsh", "tcsh")
FOLDERS = ("DIR", "FOLDER", "DATA", "made|bccd|DIR")  # as the help calls them
FILES = ("FILE", "MODEL", "IMAGE", "CSV")


def add_completion(commands, common):
    """Add ``skwbc completion`` to the commands.

    Parameters
    ----------
    commands : argparse._SubParsersAction
        Where commands are added.
    common : argparse.ArgumentParser
        Options that all commands have.
    """
    parser = commands.add_parser(
        "completion",
        parents=[common],
        help="print a script by which a shell completes what you type",
        description="Print a script by which a shell completes commands, options and files.",
    )
    parser.set_defaults(run=_complete)
    parser.add_argument("shell", choices=SHELLS, help="for which")


def _complete(arguments):
    try:
        import shtab
    except ImportError as error:
        raise ValueError(
            f"Expected the package shtab, which pip installs with skwbc[completion]: {error}."
        ) from error
    parser = arguments.make_parser()
    _prepare(parser, shtab)
    print(shtab.complete(parser, shell=arguments.shell))


def _prepare(parser, shtab):
    """Say which arguments are paths, and leave out choices that a shell takes for several words."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                _prepare(command, shtab)
        elif action.choices:
            action.choices = [choice for choice in action.choices if " " not in choice]
        elif action.metavar in FOLDERS + FILES:
            action.complete = shtab.DIRECTORY if action.metavar in FOLDERS else shtab.FILE
