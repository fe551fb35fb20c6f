"""What trainings tell of themselves while they run, if they are asked to."""

import io
import sys

import pytest
from sklearn.base import clone
from tiny_samplers import TINY_VANILLA_GAN, make_classes, make_sampler

from skwbc import CNNClassifier

pytestmark = pytest.mark.usefixtures("untraced")

SMALL = {"filters": (4,), "dense_units": 4, "epochs": 2, "random_state": 0}
GANS = [
    (make_sampler(validation_fraction=0.3, max_images=4), ["GAN: ", "0/4 ", "distance", "least"]),
    (clone(TINY_VANILLA_GAN).set_params(max_images=4), ["GAN of class 1: ", "0/4 "]),
]
each_gan = pytest.mark.parametrize(("gan", "told"), GANS, ids=["shared", "vanilla"])


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("verbose", "n_lines"), [(0, 0), (2, 2)])
def test_a_classifier_is_silent_or_prints_a_line_an_epoch(images, capsys, verbose, n_lines):
    CNNClassifier(**SMALL, verbose=verbose).fit(*images).predict(images[0])
    out, err = capsys.readouterr()
    figures = [line for line in out.splitlines() if not line.startswith("Epoch ")]
    assert [" - loss: " in line for line in figures] == [True] * n_lines
    assert err == ""


@each_gan
def test_a_gan_shows_a_bar_on_a_terminal(gan, told, monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    clone(gan).set_params(verbose=1).fit_resample(*make_classes(30, 20))
    shown = sys.stderr.getvalue()
    assert [text for text in told if text not in shown] == []


@pytest.mark.parametrize(("verbose", "terminal"), [(0, True), (1, False)])
@each_gan
def test_a_gan_is_silent_otherwise(gan, told, verbose, terminal, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stderr", Terminal() if terminal else io.StringIO())
    clone(gan).set_params(verbose=verbose).fit_resample(*make_classes(30, 20))
    assert sys.stderr.getvalue() == capsys.readouterr().out == ""
