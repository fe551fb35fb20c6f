"""What the options of skwbc ablation make of the study."""

import re

import pandas as pd
import pytest
from fake_study import FakeStudy, run

import skwbc
from skwbc import _ablation_protocols, _cli_ablation, _cli_notes
from skwbc._cli_study import CommandStudy
from skwbc.datasets import load_image_folder


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


def test_a_quick_trial_of_the_published_gan_is_short(make_study, tmp_path):
    assert run("ablation", "--out", tmp_path, "--quick", "--gan", "vanilla") == 0
    study = make_study()
    n_images = study.arms_["GAN"]["sampler"].max_images * len(set(study.y))
    assert n_images == _cli_ablation.QUICK["gan_images"]


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


def test_one_arm_is_compared_with_none(make_study, tmp_path, capsys, monkeypatch):
    compare = FakeStudy.compare
    monkeypatch.setattr(FakeStudy, "compare", lambda self: compare(self).iloc[:0])
    assert run("ablation", "--cv", 2, "--arms", "original", "--out", tmp_path) == 0
    assert "Differences" not in capsys.readouterr().out


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
    assert [study.protocol for study in FakeStudy.checked] == ["honest"]
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
        (["--arms", "original", "--gan-images", "9"], "--gan-images is for a GAN, and no arm has"),
        (["--arms", "copies", "--gan", "vanilla"], "--gan is for a GAN, and no arm has one"),
        (
            ["--arms", "original", "traditional", "--samples-per-class", "9"],
            "--samples-per-class is for samplers, and no arm has one",
        ),
        (
            ["--gan", "vanilla", "--gan-images", "9", "--gan-epochs", "2"],
            "takes one: leave one out",
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


def test_of_both_protocols_the_later_is_checked_before_the_first_trains(
    make_study, tmp_path, capsys, monkeypatch
):
    def refuse(self, X, y, groups):
        raise ValueError("too many folds")

    monkeypatch.setattr(FakeStudy, "check", refuse)
    monkeypatch.setattr(FakeStudy, "fit", lambda *_, **__: pytest.fail("it was fitted"))
    assert run("ablation", "--protocol", "both", "--cv", 99, "--out", tmp_path) == 2
    assert capsys.readouterr().err == "skwbc: error: too many folds\n"


def test_a_study_of_too_many_folds_is_refused_before_training(cell_folder):
    study = CommandStudy(cv=5)
    study.tell_command([])
    bunch = load_image_folder(cell_folder)
    with pytest.raises(ValueError, match="n_splits=5 cannot be greater"):
        study.check(bunch.images, bunch.target_names[bunch.target], bunch.groups)


def test_names_of_classes_cannot_command_the_terminal(make_study, tmp_path, capsys, monkeypatch):
    table = pd.DataFrame({"test": [0.5]}, index=["\x1b[2Jcell"])
    monkeypatch.setattr(FakeStudy, "table", lambda self: table)
    monkeypatch.setattr(FakeStudy, "verdict", lambda self: ["\x1b[2J helped."])
    assert run("ablation", "--out", tmp_path) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\\x1b[2Jcell" in out


def test_interrupted_without_resume(make_study, tmp_path, capsys, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(FakeStudy, "fit", interrupt)
    assert run("ablation", "--out", tmp_path, "--no-resume") == 130
    assert "the command without --no-resume goes on with them." in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--epochs", "--gan-images", "--samples-per-class"])
def test_counts_are_positive(option, capsys):
    with pytest.raises(SystemExit) as error:
        run("ablation", option, 0)
    assert error.value.code == 2
    assert "at least 1, received 0" in capsys.readouterr().err


def test_one_fold_is_none(capsys):
    with pytest.raises(SystemExit):
        run("ablation", "--cv", 1)
    assert "--cv: expected at least 2, received 1" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["ablation"], ["train", "made"]])
def test_images_that_fit_nowhere_are_refused_at_once(command, capsys):
    with pytest.raises(SystemExit) as error:
        run(*command, "--image-shape", 1_000_000, 1_000_000)
    assert error.value.code == 2
    assert "at most 4096, received 1000000" in capsys.readouterr().err
