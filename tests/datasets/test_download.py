import hashlib
import io
import socket
import stat
import zipfile
from pathlib import Path

import pytest

from skwbc.datasets import _download
from skwbc.datasets._download import download, fetch_files, list_missing, unpack

FILES = {"a.txt": b"first file", "deep/b.txt": b"second file" * 100}
CHECKSUMS = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}
QUICK = {"n_retries": 1, "delay": 0}


def make_zip(members, *, top="repository-commit/"):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(top + name, content)
    return file.getvalue()


def list_files(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def offer_single_files(site):
    site.pages |= {f"/raw/{name}": content for name, content in FILES.items()}


def fetch(site, folder):
    archive, base = f"{site.address}/all.zip", f"{site.address}/raw"
    fetch_files(CHECKSUMS, folder, base=base, archive=archive, **QUICK)


def test_archive_gives_all_files_in_one_request(site, tmp_path):
    site.pages["/all.zip"] = make_zip({**FILES, "unlisted.txt": b"not asked for"})
    fetch(site, tmp_path)
    assert list_files(tmp_path) == sorted(FILES)
    assert (tmp_path / "deep/b.txt").read_bytes() == FILES["deep/b.txt"]
    assert site.requests == ["/all.zip"]


@pytest.mark.parametrize(
    "archive",
    [
        None,
        b"<html>please log in</html>",
        make_zip(FILES)[:-30],
        make_zip(dict.fromkeys(FILES, b"something else")),
    ],
    ids=["not found", "no zip file", "cut", "other content"],
)
def test_single_files_replace_a_useless_archive(site, tmp_path, archive):
    site.pages["/all.zip"] = archive
    offer_single_files(site)
    fetch(site, tmp_path)
    assert list_missing(CHECKSUMS, tmp_path) == []
    assert site.requests == ["/all.zip", "/raw/a.txt", "/raw/deep/b.txt"]


def test_second_call_works_without_a_server(site, tmp_path):
    offer_single_files(site)
    fetch(site, tmp_path)
    site.stop()
    fetch(site, tmp_path)
    assert list_missing(CHECKSUMS, tmp_path) == []


def test_stopped_download_goes_on_with_the_missing_file(site, tmp_path):
    site.pages["/raw/a.txt"] = FILES["a.txt"]
    with pytest.raises(OSError, match=r"deep/b\.txt: .*404.*1 of 2 files are still missing"):
        fetch(site, tmp_path)
    assert list_files(tmp_path) == ["a.txt"]
    offer_single_files(site)
    site.requests.clear()
    fetch(site, tmp_path)
    assert site.requests == ["/all.zip", "/raw/deep/b.txt"]


def test_damaged_file_is_fetched_again(site, tmp_path):
    offer_single_files(site)
    fetch(site, tmp_path)
    (tmp_path / "a.txt").write_bytes(b"first fi")
    assert list_missing(CHECKSUMS, tmp_path) == ["a.txt"]
    fetch(site, tmp_path)
    assert (tmp_path / "a.txt").read_bytes() == FILES["a.txt"]


def test_wrong_content_is_refused_and_leaves_nothing(site, tmp_path):
    site.pages["/raw/a.txt"] = b"forged"
    with pytest.raises(OSError, match=rf"Expected a\.txt with SHA-256 {CHECKSUMS['a.txt']}"):
        fetch(site, tmp_path)
    assert list_files(tmp_path) == []


def test_cut_connection_is_tried_again(site):
    site.pages["/page"] = b"x" * 1000
    site.cuts["/page"] = 2
    assert download(f"{site.address}/page", 1000, n_retries=2, delay=0) == b"x" * 1000
    assert len(site.requests) == 3


def test_error_after_the_last_try_says_what_came(site, tmp_path):
    site.pages["/page"] = b"x" * 1000
    site.cuts["/page"] = 9
    with pytest.raises(OSError, match="expected 1000 bytes, received 500"):
        download(f"{site.address}/page", 1000, **QUICK)
    assert len(site.requests) == 2


def test_missing_page_is_not_tried_again(site):
    with pytest.raises(OSError, match=r"/page: .*404"):
        download(f"{site.address}/page", 1000, n_retries=5, delay=60)
    assert site.requests == ["/page"]


def test_too_large_page_is_refused(site):
    site.pages["/page"] = b"x" * 1000
    with pytest.raises(OSError, match="at most 999 bytes"):
        download(f"{site.address}/page", 999, n_retries=0)


def test_silent_server_does_not_hang(monkeypatch):
    monkeypatch.setattr(_download, "_TIMEOUT", 0.05)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/page"
        with pytest.raises(OSError, match="timed out"):
            download(address, 1000, n_retries=0)


def test_failed_write_leaves_no_part_behind(site, tmp_path, monkeypatch):
    offer_single_files(site)

    def fail(source, target):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(KeyboardInterrupt):
        fetch(site, tmp_path)
    assert list_files(tmp_path) == []


@pytest.mark.parametrize("name", ["../evil", "top/../../evil", "/evil", "top/unlisted"])
def test_unlisted_members_are_never_written(tmp_path, name):
    folder = tmp_path / "inside" / "cache"
    unpack(CHECKSUMS, folder, make_zip({name: b"evil"}, top=""))
    assert list_files(tmp_path) == []


def test_link_under_a_listed_name_is_never_written(tmp_path):
    member = zipfile.ZipInfo("top/a.txt")
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(member, "../../outside")
    unpack(CHECKSUMS, tmp_path, file.getvalue())
    assert list(tmp_path.iterdir()) == []


def test_oversized_member_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(_download, "_MAX_FILE_SIZE", 50)
    unpack(CHECKSUMS, tmp_path, make_zip(FILES))
    assert list_files(tmp_path) == ["a.txt"]
