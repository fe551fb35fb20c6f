"""Settings by which the fits of a study are found again, whatever is among them."""

import threading

import keras
import numpy as np
import pytest
from dummy_studies import (
    FITTED,
    CountingClassifier,
    Y,
    make_images,
)

from skwbc import AblationStudy
from skwbc._ablation_settings import find_hash_error, hash_settings


@pytest.mark.usefixtures("unrendered")
def test_settings_by_classes_in_numbers_of_numpy(tmp_path):
    class Weighing(CountingClassifier):
        def __init__(self, strategy="prior", class_weight=None, costs=None, sizes=(1,)):
            super().__init__(strategy=strategy)
            self.class_weight = class_weight
            self.costs = costs
            self.sizes = sizes

    y = (Y == "b").astype(int)

    def fit(n_repeats):
        FITTED.clear()
        weights = [dict.fromkeys(np.unique(y), weight) for weight in (1, 2)]
        arms = {"plain": {}, "costs": {"costs": weights[1]}}
        grid = {"net": {"class_weight": weights, "sizes": [(2, 3)]}}
        study = AblationStudy(
            {"net": Weighing()}, arms, param_grid=grid, cv=2, n_repeats=n_repeats, folder=tmp_path
        )
        return study.fit(make_images(), y), len(FITTED)

    n_fits = 2 * 2 * (2 * 3 + 1)  # arms, folds of a repeat; candidates, their folds and the best
    assert fit(1)[1] == n_fits
    study, n_second = fit(2)
    assert n_second == n_fits  # half of it found
    paths = study.report(tmp_path / "report")
    assert len(paths) == len(list((tmp_path / "report").rglob("*.*")))
    text = (tmp_path / "report" / "report.md").read_text()
    assert "(2, 3)" in text
    assert "[2, 3]" not in text


class Augmented(CountingClassifier):
    def __init__(self, strategy="prior", augmentation=None):
        super().__init__(strategy=strategy)
        self.augmentation = augmentation


def test_a_layer_as_a_setting_is_found_again(tmp_path):
    def fit(mode):
        FITTED.clear()
        arms = {"plain": {}, "flips": {"augmentation": keras.layers.RandomFlip(mode)}}
        study = AblationStudy({"net": Augmented()}, arms, cv=2, folder=tmp_path)
        study.fit(make_images(), Y)
        return len(FITTED)

    assert [fit("vertical"), fit("vertical"), fit("horizontal")] == [4, 0, 2]


class Called(CountingClassifier):
    def __init__(self, strategy="prior", callbacks=None):
        super().__init__(strategy=strategy)
        self.callbacks = callbacks


@pytest.mark.parametrize("where", ["model", "arm", "param_grid"])
def test_settings_that_cannot_be_found_again_are_refused(tmp_path, where):
    callbacks = [lambda epoch: None]
    models = {"net": Called(callbacks=callbacks if where == "model" else None)}
    arms = {"plain": {"callbacks": callbacks} if where == "arm" else {}}
    grid = {"net": {"callbacks": [callbacks]}} if where == "param_grid" else None
    folder = tmp_path / "new"
    study = AblationStudy(models, arms, cv=2, param_grid=grid, folder=folder)
    message = f"With `folder`, expected settings that can be pickled; in {where} '(net|plain)'"
    with pytest.raises(ValueError, match=message):
        study.fit(make_images(), Y)
    assert not folder.exists()


ZEROS, MANY = np.zeros(5_000), [f"class {i}" for i in range(200)]  # of which a text leaves some out


class Locked:
    """What can't be pickled, and has the same text each time."""

    def __reduce__(self):
        raise TypeError("a lock")

    def __repr__(self):
        return "Locked()"


@pytest.mark.parametrize(
    "give",
    [
        lambda n: {"callbacks": [Locked()], "weights": np.r_[ZEROS, n, ZEROS]},
        lambda n: Called(callbacks=[Locked(), *MANY, n, *MANY]),
    ],
    ids=["array", "estimator"],
)
def test_what_cannot_be_pickled_hides_nothing_beside_it(give):
    assert hash_settings(give(1)) == hash_settings(give(1))
    assert hash_settings(give(1)) != hash_settings(give(2))
    assert find_hash_error(give(1)) is None


def test_a_place_in_memory_is_found_in_a_long_text():
    assert find_hash_error(Called(callbacks=[*MANY, threading.Lock(), *MANY])) is not None


@pytest.mark.usefixtures("unrendered")
def test_settings_that_cannot_be_pickled_have_a_verdict(tmp_path):
    arms = {"plain": {}, "stop": {"callbacks": [lambda epoch: None]}}
    study = AblationStudy({"net": Called()}, arms, cv=2, n_repeats=3).fit(make_images(), Y)
    assert study.verdict()[0].startswith("stop: in every split the balanced accuracy of plain")
    assert study.report(tmp_path)
