"""What stands around the public packages and the changed GANs of the samplers' benchmark."""

import subprocess
import sys

import numpy as np
import pytest

from skwbc import GANOverSampler, _adversarial

N_NEEDED = {"oval": 3, "round": 2}
# pixels above the range are cut, others rounded
GOOD = """
import numpy as np
from exchange import answer

def make(task):
    assert task.rows.dtype == np.uint8 and task.image_shape == (2, 2, 1) and task.seed == 7
    assert task.y.tolist() == ["oval", "round"] and task.seconds == {seconds}
    values = dict(zip(task.n_needed, (300.0, 0.6)))
    return {{c: np.full((n, 4), values[c]) for c, n in task.n_needed.items()}}

answer(make)
"""
TOO_FEW = "from exchange import answer\nanswer(lambda task: {c: [[0] * 4] for c in task.n_needed})"
NAN = """
from exchange import answer
answer(lambda task: {c: [[float("nan")] * 4] * n for c, n in task.n_needed.items()})
"""


@pytest.fixture
def benchmarks(monkeypatch, pytestconfig):
    """Put the folder of the benchmarks on the path."""
    folder = pytestconfig.rootpath / "benchmarks"
    monkeypatch.syspath_prepend(folder)
    return folder


@pytest.fixture
def run(benchmarks, tmp_path, monkeypatch):
    """Run a script as a package's would be, by this Python."""
    import peer_arms
    from peers.exchange import Task

    def run(text, seconds=None):
        (tmp_path / "peers").mkdir()
        (tmp_path / "peers" / "made_up.py").write_text(text)
        monkeypatch.setattr(peer_arms, "HERE", tmp_path)
        monkeypatch.setattr(peer_arms, "install_peer", lambda peer: sys.executable)
        monkeypatch.setenv("PYTHONPATH", str(benchmarks / "peers"))
        rows = np.arange(8, dtype=np.uint8).reshape(2, 4)
        task = Task(rows, np.array(["oval", "round"]), (2, 2, 1), N_NEEDED, 7, seconds)
        return peer_arms.run_peer(task, peer_arms.Peer("made_up", (), timed=True))

    return run


@pytest.mark.parametrize("seconds", [None, 12.5])
def test_a_package_is_told_what_to_do_and_its_images_come_back(run, seconds):
    rows, y = run(GOOD.format(seconds=seconds), seconds)
    assert rows.dtype == np.uint8
    assert y.tolist() == ["oval"] * 3 + ["round"] * 2
    np.testing.assert_array_equal(rows, np.repeat([[255], [1]], [3, 2], axis=0) * np.ones((1, 4)))


@pytest.mark.parametrize(
    ("text", "told"), [(TOO_FEW, "received {'oval': 1, 'round': 1}"), (NAN, "received NaN")]
)
def test_images_that_are_not_those_asked_for_are_an_error(run, capfd, text, told):
    with pytest.raises(subprocess.CalledProcessError):
        run(text)
    assert told in capfd.readouterr().err


@pytest.mark.parametrize(("seconds", "n_epochs"), [(100.0, 40), (3.0, 1)])
def test_epochs_fill_the_seconds_that_trying_leaves(benchmarks, monkeypatch, seconds, n_epochs):
    from peers import exchange

    spent = []
    monkeypatch.setattr(exchange.time, "perf_counter", lambda: sum(spent))

    def train(n):
        spent.append(4 + 2 * n)  # seconds to build a network, and of each epoch

    # trying takes 6 and 10 seconds, and building once more 4
    assert exchange.count_epochs(seconds, train, (1, 3)) == n_epochs


def test_changed_gans_change_what_there_is(benchmarks):
    import gan_ingredients

    for settings in gan_ingredients.SETTINGS.values():
        GANOverSampler(**settings)  # a parameter that is none is refused
    for arm, constants in gan_ingredients.CONSTANTS.items():
        before = {name: getattr(_adversarial, name) for name in constants}
        with gan_ingredients.change_game(arm):
            assert {name: getattr(_adversarial, name) for name in constants} == constants
        assert {name: getattr(_adversarial, name) for name in constants} == before != constants
