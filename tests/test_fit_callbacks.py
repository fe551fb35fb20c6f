"""scikit-learn's callbacks see every task of a fit, and can end it."""

import importlib
import io
import sys
from contextlib import redirect_stdout

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import GridSearchCV
from tiny_samplers import TINY_GAN, TINY_VANILLA_GAN

from skwbc import (
    AblationStudy,
    AugmentationOverSampler,
    CNNClassifier,
    CompactCNNClassifier,
    Pipeline,
)

pytestmark = pytest.mark.usefixtures("untraced")

callback = pytest.importorskip("sklearn.callback", reason="came with scikit-learn 1.9")

CLASSIFIER = CNNClassifier(filters=(4,), dense_units=8, epochs=3, random_state=0)
GAN = TINY_GAN
VANILLA = TINY_VANILLA_GAN


class Witness:
    """Write down each task, and stop an estimator after so many tasks of one name."""

    max_propagation_depth = None

    def __init__(self, stop=None, after=0):
        self.stop = stop
        self.after = after
        self.begun, self.ended = [], []

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        self.begun.append((context.estimator_name, context.task_name))

    def on_fit_task_end(self, estimator, context):
        self.ended.append((context.estimator_name, context.task_name))
        return context.task_name == self.stop and self.ended.count(self.ended[-1]) >= self.after


@pytest.fixture
def cells(unbalanced):
    """30 images, of which 6 are of the smallest class: enough for two folds and a GAN."""
    return unbalanced[0], np.repeat(["a", "b", "c"], [14, 10, 6])


def build_search(n_candidates=1, **params):
    pipeline = Pipeline([("gan", clone(GAN)), ("clf", clone(CLASSIFIER))], **params)
    grid = {"clf__dropout": [0.1, 0.4][:n_candidates]}
    return GridSearchCV(pipeline, grid, cv=2, refit=False, error_score="raise")


def test_a_search_shows_the_pipeline_the_gan_and_the_epochs(cells):
    witness = Witness()
    build_search().set_callbacks(witness).fit(*cells)
    assert witness.begun.count(("Pipeline", "fit")) == 2
    assert witness.begun.count(("GANOverSampler", "part")) == 2 * 2
    assert witness.begun.count(("CNNClassifier", "epoch")) == 2 * 3
    assert sorted(witness.begun) == sorted(witness.ended)


def test_a_gan_from_the_memory_is_not_shown(cells, tmp_path):
    witness = Witness()
    build_search(n_candidates=2, memory=str(tmp_path)).set_callbacks(witness).fit(*cells)
    assert witness.begun.count(("GANOverSampler", "part")) == 2 * 2
    assert witness.begun.count(("CNNClassifier", "epoch")) == 4 * 3


def test_watching_changes_nothing(cells):
    pipeline = Pipeline([("gan", clone(GAN)), ("clf", clone(CLASSIFIER))])
    watched = clone(pipeline).set_callbacks(Witness()).fit(*cells)
    np.testing.assert_array_equal(
        watched.predict_proba(cells[0]), pipeline.fit(*cells).predict_proba(cells[0])
    )


def test_each_vanilla_gan_is_a_task(cells):
    witness = Witness()
    clone(VANILLA).set_callbacks(witness).fit_resample(*cells)
    names = [name for _, name in witness.begun]
    assert names[1:] == ["GAN of b", "part", "part", "GAN of c", "part", "part"]


def test_an_over_sampler_without_training_is_one_task(cells):
    witness = Witness()
    AugmentationOverSampler().set_callbacks(witness).fit_resample(*cells)
    assert witness.begun == [("AugmentationOverSampler", "fit")]


def test_a_callback_stops_the_classifier(cells):
    classifier = clone(CLASSIFIER).set_callbacks(Witness("epoch", after=2)).fit(*cells)
    assert classifier.n_epochs_ == 2
    assert not classifier.interrupted_
    assert classifier.predict(cells[0]).shape == (30,)


def test_a_callback_stops_the_gan(cells):
    sampler = clone(GAN).set_params(max_images=40).set_callbacks(Witness("part", after=3))
    X, _ = sampler.fit_resample(*cells)
    assert sampler.n_images_seen_ == 12
    assert len(X) == 3 * 14


def test_a_progress_bar_reaches_the_epochs(cells):
    pytest.importorskip("rich")
    shown = io.StringIO()
    with redirect_stdout(shown):
        build_search().set_callbacks(callback.ProgressBar(max_propagation_depth=None)).fit(*cells)
    for line in ("GridSearchCV - fit", "Pipeline - fit", "GANOverSampler - fit", "CNNClassifier"):
        assert line in shown.getvalue()


def test_a_monitor_scores_each_epoch(cells):
    X, y = cells
    monitor = callback.ScoringMonitor(scoring="accuracy")
    settings = {"validation_fraction": 0, "dropout": 0, "dense_dropout": 0, "epochs": 5}
    classifier = clone(CLASSIFIER).set_params(**settings).set_callbacks(monitor).fit(X, y)
    log = monitor.get_logs().data_as_pandas
    epochs = log[log["task_name"] == "epoch"]
    assert epochs["task_id"].tolist() == list(range(5))
    assert epochs["accuracy"].iloc[-1] == classifier.score(X, y)


def test_a_monitor_scores_the_compact_network(cells):
    monitor = callback.ScoringMonitor(scoring="accuracy")
    classifier = CompactCNNClassifier(filters=(4,), view="plain", epochs=2, random_state=0)
    classifier.set_callbacks(monitor).fit(*cells)
    log = monitor.get_logs().data_as_pandas
    assert (log["task_name"] == "epoch").sum() == 2


def test_a_monitor_inside_a_search_scores_each_epoch(cells):
    monitor = callback.ScoringMonitor(scoring="balanced_accuracy")
    search = build_search()
    search.estimator.named_steps["clf"].set_callbacks(monitor)
    search.fit(*cells)
    log = monitor.get_logs().data_as_pandas
    epochs = log[log["task_name"] == "epoch"]
    assert len(epochs) == 2 * 3
    assert epochs["balanced_accuracy"].between(0, 1).all()


def test_an_older_scikit_learn_tells_nobody(monkeypatch, cells):
    monkeypatch.setitem(sys.modules, "sklearn.callback", None)
    silent = importlib.import_module("skwbc._fit_callbacks")
    kept = dict(vars(silent))
    importlib.reload(silent)
    try:
        context = silent.CallbackSupportMixin()._init_callback_context(max_subtasks=3)
        task = context.subcontext(task_name="epoch").call_on_fit_task_begin(estimator=None)
        assert task.call_on_fit_task_end(estimator=None) is False
        with task.propagate_callback_context(None):
            pass
        assert silent.with_callbacks(interesting) is interesting
    finally:
        vars(silent).update(kept)


def interesting():
    """Stand for a `fit`."""


TASKS = ("plain", 0), ("copies", 0), ("plain", 1), ("copies", 1)  # arm, fold


@pytest.mark.parametrize(("n_jobs", "order"), [(None, [0, 1, 2, 3]), (2, [1, 3, 0, 2])])
def test_each_fit_of_a_study_is_a_task(cells, n_jobs, order):
    witness = Witness()
    arms = {"plain": {}, "copies": {"sampler": AugmentationOverSampler()}}
    study = AblationStudy({"none": DummyClassifier()}, arms, cv=2, n_jobs=n_jobs)
    study.set_callbacks(witness).fit(*cells)
    names = [name for estimator, name in witness.begun if estimator == "AblationStudy"]
    told = [f"{arm}, none, repeat 0, fold {fold}" for arm, fold in TASKS]
    assert names == ["fit", *(told[i] for i in order)]
    assert sorted(witness.begun) == sorted(witness.ended)
