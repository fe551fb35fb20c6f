import errno
import os

import pytest

from skwbc._replace_file import replace_file


def test_file_appears_at_the_end(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with replace_file(path) as part:
        part.write_text("whole")
        assert not path.exists()
        assert part.suffix == ".txt"
    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_error_leaves_the_old_file(tmp_path, error):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def write():
        with replace_file(path) as part:
            part.write_text("half")
            raise error

    with pytest.raises(error):
        write()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_and_the_permissions_stay(tmp_path):
    target, link = tmp_path / "target.txt", tmp_path / "link.txt"
    target.write_text("old")
    target.chmod(0o600)
    link.symlink_to(target)
    with replace_file(link) as part:
        part.write_text("new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert target.stat().st_mode & 0o777 == 0o600


def test_a_private_file_is_never_there_for_all(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    path.chmod(0o600)
    with replace_file(path) as part:
        assert part.stat().st_mode & 0o777 == 0o600


def test_a_protected_file_is_not_replaced(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_text("old")
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)  # root may write to all
    with pytest.raises(PermissionError, match=r"Permission denied: '.*a.txt'$"):
        with replace_file(path):
            pytest.fail("the block began")
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_no_file_is_not_replaced(tmp_path):
    with pytest.raises(OSError, match="found something else"), replace_file(tmp_path) as part:
        part.write_text("lost")


def test_a_place_that_can_not_be_written_is_told_before_the_block(tmp_path):
    path = tmp_path / ("x" * 255)  # so that its part has too long a name
    with pytest.raises(OSError, match=r"File name too long: '.*/x{255}'$") as caught:
        with replace_file(path):
            pytest.fail("the block began")
    assert (caught.value.errno, caught.value.filename) == (errno.ENAMETOOLONG, str(path))


def test_errors_name_the_file_and_not_its_part(tmp_path):
    target, link = tmp_path / "target.txt", tmp_path / "link.txt"
    target.write_text("old")
    link.symlink_to(target)
    with pytest.raises(FileNotFoundError) as caught, replace_file(link) as part:
        part.unlink()
    assert (caught.value.filename, caught.value.filename2) == (str(link), None)
    assert str(caught.value).endswith(f"No such file or directory: {str(link)!r}")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO])
def test_an_error_of_the_disk_names_the_file(tmp_path, code):
    with pytest.raises(OSError, match=r"a.txt'$") as caught, replace_file(tmp_path / "a.txt"):
        raise OSError(code, os.strerror(code))
    assert (caught.value.errno, caught.value.filename) == (code, str(tmp_path / "a.txt"))


def test_errors_of_other_files_stay(tmp_path):
    other = tmp_path / "other.txt"
    with pytest.raises(FileNotFoundError) as caught, replace_file(tmp_path / "a.txt"):
        os.stat(other)
    assert caught.value.filename == str(other)
