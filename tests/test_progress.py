import io
import re
import sys

from skwbc._progress import track

NAMES = ["GAN, CNN", "GAN, CNN-RNN"]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_silent_by_default(capsys):
    assert list(track(NAMES, iter([1, 2]), verbose=0)) == [1, 2]
    assert capsys.readouterr() == ("", "")


def test_lines_where_there_is_no_terminal(capsys):
    assert list(track(NAMES, iter([1, 2]), verbose=1)) == [1, 2]
    out, err = capsys.readouterr()
    assert out == ""
    lines = [re.sub(r"[\d.]+ s", "s", line) for line in err.splitlines()]
    assert lines == [
        "1 of 2: GAN, CNN, s, about s left",
        "2 of 2: GAN, CNN-RNN, s, about s left",
    ]


def test_results_are_made_when_they_are_asked_for(capsys):
    made = []
    results = track(NAMES, (made.append(i) or i for i in (1, 2)), verbose=1)
    assert (next(results), made) == (1, [1])
    assert capsys.readouterr().err.startswith("1 of 2")


def test_bar_on_a_terminal(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert list(track(NAMES, iter([1, 2]), verbose=1)) == [1, 2]
    assert "GAN, CNN-RNN" in sys.stderr.getvalue()
    assert "2/2" in sys.stderr.getvalue()
