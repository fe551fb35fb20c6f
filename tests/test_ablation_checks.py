"""What is told before any training; see `test_ablation_splits.py` for the splits."""

import pytest
from dummy_studies import make_images, make_study, run
from imblearn.ensemble import BalancedBaggingClassifier
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import BaggingClassifier
from sklearn.neighbors import KNeighborsClassifier

from skwbc import AblationStudy, AugmentationOverSampler
from skwbc._ablation_checks import check_grids, check_parameters

MODELS = {"dummy": DummyClassifier()}


class Untouched(AugmentationOverSampler):
    def fit_resample(self, X, y, **params):
        raise AssertionError("it was trained")


ARMS = {"GAN": {"sampler": Untouched()}}


@pytest.mark.parametrize("grid", [{"strategi": ["prior"]}, [{}, {"strategi": ["prior"]}]])
def test_a_typo_in_a_grid_is_found_before_training(grid):
    expected = (
        r"Expected in param_grid\['dummy'\] parameters of DummyClassifier, "
        "constant, random_state, strategy; received 'strategi'"
    )
    study = AblationStudy(MODELS, ARMS, param_grid={"dummy": grid}, error_score="raise")
    with pytest.raises(ValueError, match=expected):
        study.fit(make_images(), [0, 1] * 20)


def test_a_grid_may_address_what_it_puts_in():
    models = {"bag": BaggingClassifier()}
    nested = {"estimator": [KNeighborsClassifier()], "estimator__n_neighbors": [1, 2]}
    check_grids(models, {}, {"bag": nested})
    with pytest.raises(ValueError, match="received 'estimator__n_neighbors'"):
        check_grids(models, {}, {"bag": {"estimator__n_neighbors": [1, 2]}})


def test_what_an_arm_sets_is_nothing_to_choose():
    arms = {"plain": {}, "prior": {"strategy": "prior", "sampler": Untouched()}}
    for grid in ({"strategy": ["prior", "uniform"]}, [{}, {"strategy": ["uniform"]}]):
        with pytest.raises(ValueError, match=r"choose 'strategy' in place of .* arm 'prior'"):
            AblationStudy(MODELS, arms, param_grid={"dummy": grid}).fit(make_images(), [0, 1] * 20)
    check_grids(MODELS, arms, {"dummy": {"random_state": [0, 1]}})
    nested = {"deep": {"estimator__max_depth": 2}}
    with pytest.raises(ValueError, match=r"choose 'estimator' in place of .* arm 'deep'"):
        check_grids({"bag": BaggingClassifier()}, nested, {"bag": {"estimator": [None]}})
    models = {"bag": BalancedBaggingClassifier()}  # whose own sampler is another thing
    check_grids(models, arms, {"bag": {"sampler": [None]}})


def test_what_is_no_grid_is_refused():
    with pytest.raises(TypeError, match="strategy"):
        check_grids(MODELS, {}, {"dummy": {"strategy": 1}})
    check_grids(MODELS, {}, {"dummy": {}})
    check_grids(MODELS, {}, None)


@pytest.mark.parametrize(
    ("arm", "parameter"),
    [
        ({"strategy": "guess"}, "strategy"),
        ({"sampler": AugmentationOverSampler(rotation="much")}, "rotation"),
    ],
)
def test_a_value_that_a_part_refuses_is_told_before_training(arm, parameter):
    expected = f"In arm 'bad' with model 'dummy': The '{parameter}' parameter of"
    with pytest.raises(ValueError, match=expected):
        AblationStudy(MODELS, ARMS | {"bad": arm}).fit(make_images(), [0, 1] * 20)


def test_parts_that_know_no_constraints_pass():
    class Plain(DummyClassifier):
        _validate_params = property()  # reading it is an AttributeError, as of other libraries

    check_parameters({"plain": Plain(strategy="guess")}, {"alone": {}})


def test_a_fit_that_failed_of_such_a_value_can_be_read(tmp_path, monkeypatch):
    arms = {"prior": {"strategy": "prior"}, "bad": {"strategy": "guess"}}
    with monkeypatch.context() as patch:
        patch.setattr("skwbc._ablation.check_parameters", lambda *_: None)
        run(arms, folder=tmp_path)
    study, n_fits = run(arms, folder=tmp_path, resume="only")
    assert (len(study.failures_), n_fits) == (4, 0)
    with pytest.raises(ValueError, match="In arm 'bad'"):
        make_study(arms, folder=tmp_path).fit(make_images(), [0, 1] * 20)
