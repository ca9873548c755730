"""The health check of a container: what it makes of the service's answers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from stylo.service.health_check import problem


@contextmanager
def answering(status: int) -> Iterator[int]:
    """A service that answers so; gives its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b'{"ready": false}')

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("status", "well"), [(200, True), (401, True), (404, False), (500, False), (503, False)]
)
def test_a_service_that_is_ready_or_asks_for_a_key_is_well(
    status: int, well: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # it asks this machine, whatever proxy there is
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.delenv("no_proxy")
    with answering(status) as port:
        assert (problem(port) is None) == well


def test_where_nobody_listens_it_says_so() -> None:
    with answering(200) as port:
        pass
    assert "refused" in str(problem(port))
