import io
import re
import sys

from skwbc import _progress
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


def test_what_was_found_tells_nothing_of_the_time_left(capsys, monkeypatch):
    clock = iter([0, 1, 11, 12, 22])  # the start, then when each result is there
    monkeypatch.setattr(_progress, "perf_counter", lambda: next(clock))
    found = [True, False, True, False]
    assert list(track("abcd", iter(range(4)), verbose=1, found=found)) == [0, 1, 2, 3]
    assert capsys.readouterr().err.splitlines() == [
        "1 of 4: a, found",
        "2 of 4: b, 10.0 s, about 10 s left",
        "3 of 4: c, found, about 10 s left",
        "4 of 4: d, 10.0 s, about 0 s left",
    ]


def test_time_left_is_told_by_what_others_of_the_kind_took(capsys, monkeypatch):
    clock = iter([0, 1, 11, 12, 22, 23])
    monkeypatch.setattr(_progress, "perf_counter", lambda: next(clock))
    names = ["CNN", "GAN", "CNN", "GAN", "CNN"]
    assert list(track(names, iter(range(5)), verbose=1, kinds=names)) == [0, 1, 2, 3, 4]
    left = [line.rpartition(", ")[2] for line in capsys.readouterr().err.splitlines()]
    assert left == [  # a GAN takes 10 s, but nobody knows before the first is done
        "about 4 s left",
        "about 12 s left",
        "about 11 s left",
        "about 1 s left",
        "about 0 s left",
    ]


def test_the_bar_tells_the_time_left(monkeypatch):
    clock = iter([0, 100, 110])
    monkeypatch.setattr(_progress, "perf_counter", lambda: next(clock))
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert list(track("ab", iter(range(2)), verbose=1)) == [0, 1]
    assert "about 2 min left" in sys.stderr.getvalue()
    assert sys.stderr.getvalue().rstrip().endswith("about 0 s left]")


def test_the_bar_starts_at_what_was_found(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert list(track(NAMES, iter([1, 2]), verbose=1, found=[True, False])) == [1, 2]
    told = sys.stderr.getvalue()
    assert "0/2" not in told
    assert "1/2" in told
    assert "2/2" in told


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
