"""What all commands have in common, and whole runs."""

import io
import os
import re
import subprocess
import sys
import time
import warnings

import numpy as np
import pytest
from fake_study import FakeStudy, run

import skwbc
from skwbc import _cli_options, _quiet_tensorflow
from skwbc._ablation_files import REPORT_FILES

CHATTER = ("cuda", "onednn", "absl", "i0000", "e0000", "retracing")


def run_process(*arguments, **options):
    return subprocess.run(
        [sys.executable, *map(str, arguments)], capture_output=True, text=True, **options
    )


def test_help_is_quick_and_loads_nothing():
    code = (
        "import sys, time; start = time.process_time(); from skwbc.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(time.process_time() - start, file=sys.stderr)\n"
        "print(sorted({'tensorflow', 'sklearn', 'pandas', 'numpy'} & set(sys.modules)))"
    )
    processes = [run_process("-c", code) for _ in range(3)]
    assert processes[0].stdout.splitlines()[-1] == "[]"
    assert "ablation" in processes[0].stdout
    assert min(float(process.stderr) for process in processes) < 0.5


def test_version():
    process = run_process("-m", "skwbc", "--version")
    assert (process.stdout, process.returncode) == (f"skwbc {skwbc.__version__}\n", 0)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["predict", "a.skwbc", "b.png", "--cvs"], "unrecognized arguments: --cvs"),
        (
            ["ablation", "--cv", "required"],
            "argument --cv: expected a whole number, received 'required' (see",
        ),
        (["ablation", "--jobs", "0"], "argument --jobs: expected 1 or more, or -1 for all cores"),
        (
            ["train", "--leave-out", "monocyte", "photos"],
            "the following arguments are required: DATA; they go before the options",
        ),
    ],
)
def test_errors_of_arguments_are_one_line_that_names_the_help(arguments, told, capsys):
    with pytest.raises(SystemExit) as stopped:
        run(*arguments)
    assert stopped.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"skwbc: error: {told}")
    assert line.endswith(f" (see skwbc {arguments[0]} --help)")


def test_usage_has_the_arguments_before_the_options(capsys):
    for command in ("train", "generate", "predict", "report"):
        with pytest.raises(SystemExit):
            run(command, "--help")
        first = capsys.readouterr().out.splitlines()[0]
        assert first.startswith(f"usage: skwbc {command} ")
        assert first.endswith(" [options]")


@pytest.mark.parametrize("command", ["predict", "generate"])
def test_what_is_no_model_is_told_before_tensorflow_starts(command, tmp_path):
    (tmp_path / "photo.png").touch()
    code = (
        "import sys; from skwbc.cli import main; model, *rest = sys.argv[2:]\n"
        "code = main([sys.argv[1], model, *rest]); print('tensorflow' in sys.modules, code)"
    )
    images = [tmp_path / "photo.png"] if command == "predict" else []
    for model in (tmp_path / "missing.skwbc", tmp_path / "photo.png"):
        process = run_process("-c", code, command, model, *images)
        assert process.stdout == "False 2\n"
        assert str(model) in process.stderr


def test_files_of_no_study_are_told_before_tensorflow_starts(tmp_path):
    (tmp_path / "report.md").touch()
    code = (
        "import sys; from skwbc.cli import main\n"
        "code = main(['ablation', '--out', sys.argv[1]]); print('tensorflow' in sys.modules, code)"
    )
    process = run_process("-c", code, tmp_path)
    assert process.stdout == "False 2\n"
    assert process.stderr.count("\n") == 1


def test_show_versions(capsys):
    assert run("show-versions") == 0
    lines = dict(line.strip().split(": ", 1) for line in capsys.readouterr().out.splitlines())
    assert lines["numpy"] == np.__version__
    assert {"skwbc", "tensorflow", "python", "system", "cpus"} <= set(lines)


def test_out_that_is_a_file_is_refused_before_training(make_study, tmp_path, capsys):
    (tmp_path / "file").touch()
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        assert run("ablation", "--out", out) == 2
        assert str(out) in capsys.readouterr().err
    assert FakeStudy.made == []


def test_out_without_permission_is_refused_before_training(
    make_study, tmp_path, capsys, monkeypatch
):
    def refuse(dir):
        raise PermissionError(13, "Permission denied", str(dir))  # root is never refused

    monkeypatch.setattr(_cli_options.tempfile, "TemporaryFile", refuse)
    assert run("ablation", "--out", tmp_path) == 2
    assert "Permission denied" in capsys.readouterr().err
    assert FakeStudy.made == []


@pytest.mark.parametrize(
    ("name", "protocol"),
    [
        ("results.csv", "honest"),
        ("figures/nearest.png", "honest"),
        ("published/results.json", "both"),
        ("protocols.csv", "both"),
    ],
)
def test_files_of_no_study_are_not_replaced(make_study, tmp_path, capsys, name, protocol):
    mine = tmp_path / name
    mine.parent.mkdir(exist_ok=True)
    mine.write_text('{"mine": 1}')
    options = ["--out", tmp_path, "--protocol", protocol]
    assert run("ablation", *options) == 2
    assert f"error: {mine} is there, of no study" in capsys.readouterr().err
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [mine]
    assert FakeStudy.made == []
    (tmp_path / "command.json").touch()  # as a study leaves it
    assert run("ablation", "--out", tmp_path) == 0


def test_debug_shows_the_traceback(make_study, tmp_path, capsys):
    assert run("ablation", "--debug", "--data", "nowhere", "--out", tmp_path) == 2
    err = capsys.readouterr().err
    assert err.startswith("Traceback")
    assert "FileNotFoundError" in err


def test_an_error_that_was_not_foreseen_is_one_line_with_its_kind(make_study, monkeypatch, capsys):
    def fail(*_, **__):
        raise TypeError("two\nlines of  it")

    monkeypatch.setattr("skwbc._versions.read_versions", fail)
    assert run("show-versions") == 2
    expected = "skwbc: error: TypeError: two lines of  it (--debug shows where)\n"
    assert capsys.readouterr().err == expected


def write_to(output):
    command = [sys.executable, "-m", "skwbc", "show-versions"]
    return subprocess.run(command, stdout=output, stderr=subprocess.PIPE, text=True, check=False)


def test_a_pipe_that_was_closed_ends_in_silence():
    reader, writer = os.pipe()
    os.close(reader)
    done = write_to(writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
def test_a_full_disk_is_one_error():
    with open("/dev/full", "w") as full:
        done = write_to(full)
    assert done.returncode == 2
    assert re.fullmatch(r"skwbc: error: .*No space left on device\n", done.stderr)


@pytest.mark.parametrize(
    ("encoding", "written"),
    [
        ("utf-8", b"\xc3\xa9 \xff\xc5\x82"),
        ("cp1252", b"\xe9 \xff\\u0142"),
        ("ascii", b"\\xe9 \xff\\u0142"),
    ],
)
def test_a_stream_takes_letters_that_it_lacks_and_bytes_that_are_none(
    monkeypatch, encoding, written
):
    binary = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(binary, encoding=encoding))
    monkeypatch.setattr("skwbc._versions.read_versions", dict)
    monkeypatch.setattr("skwbc._versions.describe_machine", lambda: {"é \udcffł": 1})
    assert run("show-versions") == 0
    assert binary.getvalue().strip() == written + b": 1"


class _GoneReader(io.StringIO):
    def write(self, text):
        raise BrokenPipeError


def test_the_report_is_written_before_a_reader_who_is_gone_is_told(
    make_study, tmp_path, monkeypatch
):
    monkeypatch.setattr(sys, "stdout", _GoneReader())
    assert run("ablation", "--out", tmp_path / "new") == 141
    assert (tmp_path / "new" / "report.md").read_text() == "table"


def test_interrupted_run_names_the_complete_files(make_study, tmp_path, capsys, monkeypatch):
    (tmp_path / "fits").mkdir()
    (tmp_path / "results.csv").write_text("of an earlier run")
    earlier = time.time() - 60
    os.utime(tmp_path / "results.csv", (earlier, earlier))

    def report(self, path, **_):
        (path / "report.md").write_text("table")
        raise KeyboardInterrupt

    monkeypatch.setattr(FakeStudy, "report", report)
    assert run("ablation", "--out", tmp_path) == 130
    err = capsys.readouterr().err
    assert f"Complete files: {tmp_path / 'report.md'}. " in err
    assert f"is kept below {tmp_path}, in the folders fits and cache" in err


@pytest.mark.filterwarnings("default:Class")  # as outside of tests
def test_a_warning_is_told_in_one_line(make_study, monkeypatch, tmp_path, capsys):
    fit = FakeStudy.fit

    def warn_and_fit(self, *arguments, **parameters):
        warnings.warn("Class b was filled\nby copies", stacklevel=1)
        return fit(self, *arguments, **parameters)

    monkeypatch.setattr(FakeStudy, "fit", warn_and_fit)
    assert run("ablation", "--out", tmp_path / "new") == 0
    assert "skwbc: warning: Class b was filled by copies\n" in capsys.readouterr().err


def test_stderr_is_held_back_and_restored(capfd):
    with _quiet_tensorflow.hold_back_stderr():
        os.write(2, b"chatter")
    os.write(2, b"heard")
    assert capfd.readouterr().err == "heard"


@pytest.mark.skipif(os.name == "nt", reason="needs preexec_fn")
@pytest.mark.parametrize("closed", [(1,), (2,), (0, 2)])
def test_closed_streams_lead_nowhere(closed):
    code = (
        "import os; from skwbc import _quiet_tensorflow, cli\n"
        "code = cli.main(['predict', 'no.skwbc', 'no.png']), cli.main(['show-versions'])\n"
        "with _quiet_tensorflow.hold_back_stderr(): os.write(2, b'chatter')\n"
        "raise SystemExit(10 * code[0] + code[1])"
    )
    process = run_process("-c", code, preexec_fn=lambda: [os.close(each) for each in closed])
    assert process.returncode == 20
    assert ("scikit-learn" in process.stdout) == (1 not in closed)
    assert "error" not in process.stdout
    assert ("skwbc: error: " in process.stderr) == (2 not in closed)


def test_stderr_is_written_after_an_error(capfd):
    def fail():
        with _quiet_tensorflow.hold_back_stderr():
            os.write(2, b"the reason")
            raise ImportError

    with pytest.raises(ImportError):
        fail()
    os.write(2, b", heard")
    assert capfd.readouterr().err == "the reason, heard"


def test_tensorflow_starts_silently():
    code = (
        "from skwbc._quiet_tensorflow import start_tensorflow; start_tensorflow()\n"
        "import tensorflow, skwbc.networks; tensorflow.zeros(2) + 1; print('done')"
    )
    environment = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    process = run_process("-c", code, env=environment)
    assert (process.stdout, process.stderr) == ("done\n", "")


@pytest.fixture
def run_small_study(cell_folder, tmp_path):
    """Give a function that runs a study of 8 fits, with further options, and its folder."""
    arguments = "-m skwbc ablation --image-shape 8 8 3 --epochs 1 --gan-images 64".split()
    arguments += ["--samples-per-class", "4", "--data", cell_folder, "--out", tmp_path / "out"]
    environment = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}

    def run(*options):
        process = run_process(*arguments, *options, env=environment)
        assert process.returncode == 0
        return process.stderr

    return run, tmp_path / "out"


@pytest.mark.slow
def test_whole_run_writes_the_report_and_no_chatter(run_small_study):
    run, out = run_small_study
    stderr = run()
    lines = stderr.splitlines()
    told = [line for line in lines if line.startswith("skwbc: warning: Class ")]
    assert len(told) == 2  # of the classes that so short a GAN can't fill
    assert len(lines) == 8 + len(told)  # a line for each fit
    assert not [word for word in CHATTER if word in stderr.lower()]
    assert all((out / name).is_file() for name in REPORT_FILES)
    assert (out / "cache").is_dir()
    assert len(run().splitlines()) == 8  # all found, nothing told again


@pytest.mark.slow
def test_workers_are_as_quiet_as_the_command(run_small_study):
    run, _ = run_small_study
    starts = [re.split(r"\d of 8|Class", line)[0] for line in run("--jobs", "2").splitlines()]
    assert sorted(starts) == [*[""] * 8, *["skwbc: warning: "] * 2]
