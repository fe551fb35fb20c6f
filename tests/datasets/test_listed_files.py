import os

import pytest

from skwbc.datasets._listed_files import list_files


def test_a_file_that_may_not_be_looked_at_is_listed(tmp_path, monkeypatch):
    """As in a folder that can be listed, but not searched."""
    locked = tmp_path / "locked.png"
    locked.touch()
    look = os.stat

    def refuse(path, *arguments, **options):
        if os.fspath(path) == str(locked):
            raise PermissionError(13, "Permission denied", path)
        return look(path, *arguments, **options)

    monkeypatch.setattr(os, "stat", refuse)
    with pytest.raises(PermissionError):
        locked.stat()
    assert list_files(tmp_path) == [locked]
