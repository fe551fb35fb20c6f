import io
import re
import sys

from skwbc._progress import track

ITEMS = {("GAN", "CNN"): 1, ("GAN", "CNN-RNN"): 2}


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_silent_by_default(capsys):
    assert dict(track(ITEMS, verbose=0)) == ITEMS
    assert capsys.readouterr() == ("", "")


def test_lines_where_there_is_no_terminal(capsys):
    assert dict(track(ITEMS, verbose=1)) == ITEMS
    out, err = capsys.readouterr()
    assert out == ""
    lines = [re.sub(r"[\d.]+ s$", "s", line) for line in err.splitlines()]
    assert lines == ["1 of 2: GAN, CNN, s", "2 of 2: GAN, CNN-RNN, s"]


def test_bar_on_a_terminal(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert dict(track(ITEMS, verbose=1)) == ITEMS
    assert "GAN, CNN-RNN" in sys.stderr.getvalue()
    assert "2/2" in sys.stderr.getvalue()
