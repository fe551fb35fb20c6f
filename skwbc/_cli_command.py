"""The command that made a folder, kept in it so that it can be read again."""

import json
from contextlib import contextmanager
from pathlib import Path

COMMAND_FILE = "command.json"


def keep_command(folder, argv):
    """Keep the arguments of a command, and where it was given.

    Parameters
    ----------
    folder : Path
        That the command writes to.
    argv : list of str
        The arguments, the name of the command first.
    """
    from skwbc._replace_file import replace_file

    content = {"arguments": list(argv), "folder": str(Path.cwd())}
    with replace_file(folder / COMMAND_FILE) as part:
        part.write_text(json.dumps(content, indent=1), encoding="utf-8")


def read_command(folder):
    """Read what :func:`keep_command` kept.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    argv : list of str
        The arguments.
    cwd : Path
        Where the command was given, which its relative paths start from.

    Raises
    ------
    ValueError
        If the folder has no such file, or it is damaged.
    """
    path = folder / COMMAND_FILE
    if not path.is_file():
        raise ValueError(
            f"Expected a folder that skwbc ablation --out wrote; there is no {path}. If an earlier "
            "version wrote it, give the same command again, which goes on with what is there."
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return list(map(str, content["arguments"])), Path(content["folder"])
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is damaged: {error!r}.") from error


@contextmanager
def tell_other_images():
    """Say of a folder that has fits of other images by which options that comes about.

    Raises
    ------
    ValueError
        In the place of the error of the study, which tells a user of Python what to do.
    """
    from skwbc._ablation_store import OtherDataError

    try:
        yield
    except OtherDataError as error:
        raise ValueError(
            f"{error.folder} has fits of other images: the files, --data, --image-shape, --crop, "
            "--leave-out, --labels, --quick or (of drawn cells) --seed were others. Give another "
            "folder by --out, or --no-resume, which gives up the fits of before."
        ) from error
