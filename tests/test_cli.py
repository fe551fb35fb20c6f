import os
import re
import subprocess
import sys
import time
import warnings

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import skwbc
from skwbc import (
    _ablation,
    _ablation_protocols,
    _cli_ablation,
    _cli_notes,
    _cli_options,
    _quiet_tensorflow,
    cli,
)
from skwbc._ablation_report import REPORT_FILES

CHATTER = ("cuda", "onednn", "absl", "i0000", "e0000", "retracing")


class FakeStudy:
    """Stands in for AblationStudy: keeps what it is given and trains nothing."""

    made = ()

    def __init__(self, models, arms, **parameters):
        self.models, self.arms_, self.parameters = models, arms, parameters
        self.protocol = parameters["protocol"]
        self.made.append(self)

    def fit(self, X, y, groups=None):
        self.X, self.y, self.groups = X, y, groups
        return self

    def table(self):
        return pd.DataFrame({"test": [0.5]}, index=["original"])

    def compare(self):
        row = {"difference": 0.1, "low": -0.2, "high": 0.4, "p": 0.4, "n_folds": 6}
        row |= {"p_adjusted": 0.9, "smallest_difference": 0.5}
        table = pd.DataFrame([row], index=["GAN"])
        table.attrs["baseline"] = "copies"
        return table

    def verdict(self):
        return ["GAN: nobody knows."]

    def limits(self):
        return ["One split says little."]

    def report(self, path, *, notes, names):
        self.notes, self.names = notes, names
        path.mkdir(exist_ok=True)
        (path / "report.md").write_text("table")
        return [path / "report.md"]


@pytest.fixture
def make_study(monkeypatch):
    """Replace the study by the fake one; calling it gives the one that was made."""
    monkeypatch.setattr(FakeStudy, "made", [])
    monkeypatch.setattr(_ablation, "AblationStudy", FakeStudy)
    monkeypatch.setattr(_quiet_tensorflow, "start_tensorflow", lambda: None)
    return lambda: FakeStudy.made[0]


@pytest.fixture
def folder(tmp_path):
    """Two classes of four images."""
    rng = np.random.default_rng(0)
    for label in ("round", "long"):
        (tmp_path / "cells" / label).mkdir(parents=True)
        for i in range(4):
            pixels = rng.integers(0, 256, (8, 10, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "cells" / label / f"{i}.png")
    return tmp_path / "cells"


def run(*arguments):
    return cli.main([str(argument) for argument in arguments])


def run_process(*arguments, **options):
    return subprocess.run(
        [sys.executable, *map(str, arguments)], capture_output=True, text=True, **options
    )


def test_help_is_quick_and_loads_nothing():
    code = (
        "import sys, time; start = time.perf_counter(); from skwbc.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(time.perf_counter() - start, file=sys.stderr)\n"
        "print(sorted({'tensorflow', 'sklearn', 'pandas', 'numpy'} & set(sys.modules)))"
    )
    processes = [run_process("-c", code) for _ in range(3)]
    assert processes[0].stdout.splitlines()[-1] == "[]"
    assert "ablation" in processes[0].stdout
    assert min(float(process.stderr) for process in processes) < 0.5


def test_version():
    process = run_process("-m", "skwbc", "--version")
    assert (process.stdout, process.returncode) == (f"skwbc {skwbc.__version__}\n", 0)


def test_show_versions(capsys):
    assert run("show-versions") == 0
    lines = dict(line.strip().split(": ", 1) for line in capsys.readouterr().out.splitlines())
    assert lines["numpy"] == np.__version__
    assert {"skwbc", "tensorflow", "python", "system", "cpus"} <= set(lines)


def test_defaults_are_those_of_the_study(make_study, tmp_path, capsys):
    assert run("ablation", "--out", tmp_path / "new") == 0
    study = make_study()
    assert study.X.shape == (352, 60, 80, 3)
    assert study.names == [f"cell_{i:05d}" for i in range(352)]
    assert set(study.y) == {"eosinophil", "lymphocyte", "monocyte", "neutrophil"}
    assert [model.epochs for model in study.models.values()] == [50, 50]
    assert list(study.models) == ["CNN", "CNN-RNN"]
    assert list(study.arms_) == ["original", "traditional", "GAN", "GAN + traditional"]
    gan = study.arms_["GAN"]["sampler"]
    assert type(gan) is skwbc.GANOverSampler
    assert gan.max_images == skwbc.GANOverSampler().max_images
    assert gan.sampling_strategy(["a"]) == {"a": 300}
    assert study.parameters == {
        "protocol": "honest",
        "cv": None,
        "n_repeats": 1,
        "n_jobs": None,
        "budget": "steps",
        "param_grid": None,
        "folder": tmp_path / "new",
        "resume": True,
        "random_state": 0,
        "verbose": 1,
    }
    out, err = capsys.readouterr()
    assert err == ""
    assert "original  0.500" in out
    assert "One split says little." in out
    assert out.endswith(f"{tmp_path / 'new' / 'report.md'}\n")


def test_arguments_go_before_quick(make_study, tmp_path, capsys):
    options = "--quick --image-shape 8 9 --epochs 2 --gan vanilla --gan-images 7 --seed 3"
    assert run("ablation", "--out", tmp_path, *options.split()) == 0
    study = make_study()
    assert study.X.shape == (_cli_ablation.QUICK["n_samples"], 8, 9, 1)
    assert study.models["CNN-RNN"].epochs == 2
    gan = study.arms_["GAN"]["sampler"]
    assert type(gan) is skwbc.VanillaGANOverSampler
    assert gan.max_images == 7
    assert gan.sampling_strategy(["a"]) == {"a": _cli_ablation.QUICK["samples_per_class"]}
    assert study.parameters["random_state"] == 3
    assert study.notes[0] == _cli_notes.QUICK_LIMIT
    assert set(study.notes) < set(capsys.readouterr().out.splitlines())


def test_a_study_of_many_splits(make_study, tmp_path, capsys):
    options = "--cv 3 --repeats 2 --jobs 2 --equal-epochs --tune --models CNN --arms GAN SMOTE"
    assert run("ablation", "--quick", "--out", tmp_path, *options.split()) == 0
    study = make_study()
    assert (list(study.models), list(study.arms_)) == (["CNN"], ["GAN", "SMOTE"])
    assert study.parameters == {
        "protocol": "honest",
        "cv": 3,
        "n_repeats": 2,
        "n_jobs": 2,
        "budget": "epochs",
        "param_grid": {"CNN": _cli_ablation.GRIDS["CNN"]},
        "folder": tmp_path,
        "resume": True,
        "random_state": 0,
        "verbose": 1,
    }
    written = capsys.readouterr().out
    assert "Differences, in points, from 'copies':" in written
    assert re.search(r"GAN +\+10.0 +-20.0 to \+40.0", written)


def test_replay_of_the_published_study(make_study, tmp_path):
    options = "--protocol published --repeats 2 --gan-epochs 700 --gan-shape 256 256"
    assert run("ablation", "--out", tmp_path, *options.split()) == 0
    study = make_study()
    assert [study.parameters[name] for name in ("protocol", "cv", "n_repeats")] == [
        *("published", None, 2)
    ]
    gan = study.arms_["GAN"]["sampler"]
    assert type(gan) is skwbc.VanillaGANOverSampler
    assert (gan.epochs, gan.train_shape) == (700, [256, 256])


def test_both_protocols(make_study, tmp_path, monkeypatch, capsys):
    compared = []

    def compare(replay, honest):
        compared.append((replay, honest))
        row = {"replay": 0.8, "honest": 0.5, "low": 0.4, "high": 0.6}
        return pd.DataFrame([row], index=["GAN"])

    monkeypatch.setattr(_ablation_protocols, "compare_protocols", compare)
    options = "--protocol both --cv 3 --gan-epochs 2"
    assert run("ablation", "--quick", "--out", tmp_path, *options.split()) == 0
    assert compared == [tuple(FakeStudy.made)]
    replay, honest = FakeStudy.made
    assert [study.parameters["cv"] for study in (replay, honest)] == [None, 3]
    assert [study.parameters["folder"].name for study in (replay, honest)] == [
        *("published", "honest")
    ]
    assert replay.arms_["GAN"]["sampler"].epochs == 2
    assert type(honest.arms_["GAN"]["sampler"]) is skwbc.GANOverSampler
    out = capsys.readouterr().out
    assert re.search(r"GAN +80.0 +50.0 +40.0 to 60.0", out)
    assert out.count("Differences, in points") == 1
    named = "the sampler is VanillaGANOverSampler in the replay, but GANOverSampler in the honest"
    assert f"\nIn 'GAN' and 'GAN + traditional' {named} study." in out
    assert (tmp_path / "protocols.csv").read_text().startswith(",replay,honest")


def test_arms_are_those_of_the_library():
    assert list(_cli_ablation.ARMS) == list(skwbc.ablation_arms())


def test_grids_are_of_parameters_that_the_networks_have():
    assert list(_cli_ablation.GRIDS) == list(_cli_ablation.MODELS)
    classes = (skwbc.CNNClassifier, skwbc.CNNRNNClassifier, skwbc.CompactCNNClassifier)
    for name, cls in zip(_cli_ablation.MODELS, classes, strict=True):
        usual = cls().get_params()
        assert all(usual[key] in values for key, values in _cli_ablation.GRIDS[name].items())


def test_no_resume(make_study, tmp_path):
    assert run("ablation", "--out", tmp_path, "--no-resume") == 0
    assert make_study().parameters["resume"] is False


def test_data_of_a_folder(make_study, folder, tmp_path):
    options = ["--image-shape", 4, 5, 3, "--out", tmp_path / "out"]
    assert run("ablation", "--data", folder, *options) == 0
    study = make_study()
    assert study.X.shape == (8, 4, 5, 3)
    assert study.y.tolist() == ["long"] * 4 + ["round"] * 4
    assert study.groups[0] == "long/0"


@pytest.mark.parametrize(
    ("data", "options", "expected"),
    [
        ("bccd", ["--crop", "none"], {}),
        ("bccd", ["--crop", "box"], {"crop": "box", "image_shape": (64, 64, 3)}),
        ("copy", ["--crop", "none"], {"source": "copy"}),
        ("bccd", ["--protocol", "published"], {"mixed": "duplicate"}),
    ],
)
def test_data_of_bccd(make_study, tmp_path, monkeypatch, data, options, expected):
    (tmp_path / "copy" / "BCCD" / "JPEGImages").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    calls = []

    def fetch(**parameters):
        calls.append(parameters)
        return skwbc.datasets.make_blood_cells(8, image_shape=(4, 4))

    monkeypatch.setattr(skwbc.datasets, "fetch_bccd", fetch)
    assert run("ablation", "--data", data, *options) == 0
    (call,) = calls
    usual = {"source": None, "mixed": "drop", "crop": None, "image_shape": (60, 80, 3)}
    call["source"] = call["source"] and str(call["source"])
    assert call == usual | expected


def test_photos_of_bccd_are_cropped_and_the_compact_network_is_among_the_models(
    make_study, tmp_path, monkeypatch
):
    shapes = []

    def fetch(*, image_shape, **parameters):
        shapes.append(image_shape)
        return draw_fields(8, image_shape)

    monkeypatch.setattr(skwbc.datasets, "fetch_bccd", fetch)
    assert run("ablation", "--data", "bccd", "--out", tmp_path) == 0
    assert shapes == [(480, 640, 3)]
    study = make_study()
    assert study.X.shape == (8, 64, 64, 3)
    assert list(study.models) == ["CNN", "CNN-RNN", "compact CNN"]
    window = skwbc.CellCropper((64, 64)).fit_transform(draw_fields(8, shapes[0]).images)
    np.testing.assert_array_equal(study.X, window)


@pytest.mark.parametrize(("radius", "shape"), [(20, (64, 64, 3)), (60, (60, 80, 3))])
def test_photos_of_a_folder_are_cropped_where_cells_are_small(make_study, tmp_path, radius, shape):
    for i, side in enumerate((150, 160, 170, 180)):  # of any size
        photo = draw_field(side, side + 20, radius)
        path = tmp_path / "data" / "ab"[i % 2] / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(photo).save(path)
    assert run("ablation", "--data", tmp_path / "data", "--out", tmp_path / "out") == 0
    study = make_study()
    assert study.X.shape == (4, *shape)
    assert len(study.models) == (3 if shape == (64, 64, 3) else 2)


def test_boxes_are_those_of_bccd(make_study, folder, tmp_path, capsys):
    assert run("ablation", "--data", folder, "--crop", "box", "--out", tmp_path / "out") == 2
    assert "Expected BCCD with --crop box" in capsys.readouterr().err


def draw_field(height, width, radius, shift=0):
    """Draw a violet disc upon a pale ground."""
    rows, columns = np.ogrid[:height, :width]
    inside = (rows - height / 2) ** 2 + (columns - width / 2 - shift) ** 2 < radius**2
    return np.where(inside[..., None], [90, 40, 140], [225, 215, 220]).astype(np.uint8)


def draw_fields(n, image_shape):
    """Draw fields with a cell each, as a Bunch of two classes."""
    cells = skwbc.datasets.make_blood_cells(n, image_shape=(4, 4))
    cells.images = np.stack([draw_field(*image_shape[:2], 50, 10 * i) for i in range(n)])
    return cells


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "nowhere"], "no.* nowhere"),
        (["--crop", "cell"], "Expected photos with --crop"),
        (["--image-shape", "8", "8", "2"], "channels"),
        (["--image-shape", "8"], "Expected image_shape"),
        (["--protocol", "published", "--cv", "5"], "has no folds"),
        (["--gan-epochs", "5"], "for the vanilla GAN: add --gan vanilla"),
        (
            ["--protocol", "both", "--gan", "shared", "--gan-epochs", "5"],
            "for the vanilla GAN: add --gan vanilla",
        ),
    ],
)
def test_errors_are_one_line(make_study, tmp_path, capsys, arguments, message):
    assert run("ablation", "--out", tmp_path, *arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("skwbc: error: ")
    assert re.search(message, err)
    assert FakeStudy.made == []


@pytest.mark.parametrize("option", ["--epochs", "--gan-images", "--samples-per-class"])
def test_counts_are_positive(option, capsys):
    with pytest.raises(SystemExit) as error:
        run("ablation", option, 0)
    assert error.value.code == 2
    assert "at least 1, received 0" in capsys.readouterr().err


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


def test_debug_shows_the_traceback(make_study, tmp_path):
    with pytest.raises(FileNotFoundError):
        run("ablation", "--debug", "--data", "nowhere", "--out", tmp_path)


def test_interrupted_run_names_the_complete_files(make_study, tmp_path, capsys, monkeypatch):
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
def run_small_study(folder, tmp_path):
    """Give a function that runs a study of 8 fits, with further options, and its folder."""
    arguments = "-m skwbc ablation --image-shape 8 8 3 --epochs 1 --gan-images 64".split()
    arguments += ["--samples-per-class", "4", "--data", folder, "--out", tmp_path / "out"]
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
