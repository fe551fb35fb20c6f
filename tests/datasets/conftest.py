"""A web server on the loopback interface, and the real data where it is present."""

import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from image_folders import GREEN, RED, write_image


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        site = self.server.site
        site.requests.append(self.path)
        content = site.pages.get(self.path)
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if site.cuts.get(self.path, 0) > 0:  # half of what was promised, then the line is dead
            site.cuts[self.path] -= 1
            content = content[: len(content) // 2]
        self.wfile.write(content)

    def log_message(self, *args):
        """Keep pytest's output clean."""


class Site:
    """What the server offers: `pages` by path, `cuts` left per path, `requests` received."""

    def __init__(self):
        self.pages, self.cuts, self.requests = {}, {}, []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.site = self
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def stop(self):
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()


@pytest.fixture
def site(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    site = Site()
    yield site
    site.stop()


@pytest.fixture(scope="session")
def real_bccd():
    """The folder with the real BCCD set; SKWBC_DATA names the folder that holds it."""
    default = Path(__file__).parents[3] / "shared" / "data"
    folder = Path(os.environ.get("SKWBC_DATA", default)) / "bccd"
    if not (folder / "labels.csv").is_file():
        pytest.skip("the real BCCD set is not on this machine")
    return folder


@pytest.fixture
def folder(tmp_path):
    """Two classes of two images of 8 x 6, red and green."""
    for i in range(2):
        write_image(tmp_path / "a" / f"{i}.png", RED)
        write_image(tmp_path / "b" / f"{i}.png", GREEN)
    return tmp_path
