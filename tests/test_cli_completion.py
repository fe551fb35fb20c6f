"""The scripts for shells; bash itself completes by its own."""

import builtins
import shutil
import subprocess

import pytest

from skwbc import cli

COMPLETE = """
source {script}
COMP_WORDS=(skwbc {words})
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_shtab_skwbc skwbc "${{COMP_WORDS[COMP_CWORD]}}" "${{COMP_WORDS[COMP_CWORD - 1]}}"
printf '%s\n' "${{COMPREPLY[@]}}"
"""


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_a_script_knows_commands_and_options(shell, capsys):
    assert cli.main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert all(word in script for word in ("ablation", "predict", "show-versions"))
    assert "samples-per-class" in script


@pytest.fixture
def complete(tmp_path, monkeypatch, capsys):
    """Let bash complete some words, the last of which is the one typed at."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash")
    cli.main(["completion", "bash"])
    script = tmp_path / "skwbc"
    script.write_text(capsys.readouterr().out)
    (tmp_path / "here" / "cells").mkdir(parents=True)
    (tmp_path / "here" / "cell.skwbc").touch()

    def complete(words):
        code = COMPLETE.format(script=script, words=words)
        command = [bash, "--norc", "-c", code]
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=tmp_path / "here", check=True
        )
        return set(done.stdout.split())

    return complete


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("ab", {"ablation"}),
        ("ablation --gan-", {"--gan-images", "--gan-epochs", "--gan-shape"}),
        ("ablation --protocol p", {"published"}),
        ("ablation --models CNN", {"CNN", "CNN-RNN"}),
        ("ablation --models comp", set()),
        ("ablation --data ce", {"cells"}),
        ("report ce", {"cells"}),
        ("predict ce", {"cells", "cell.skwbc"}),
        ("predict cell.skwbc ce", {"cells", "cell.skwbc"}),
    ],
)
def test_bash_completes(complete, words, expected):
    assert {word.rstrip("/") for word in complete(words)} == expected


def test_without_shtab_it_says_what_to_install(monkeypatch, capsys):
    load = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name == "shtab":
            raise ImportError("No module named 'shtab'")
        return load(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    assert cli.main(["completion", "bash"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "pip installs with skwbc[completion]: No module named 'shtab'" in err
