"""A service whose answers a test writes down, and which remembers what it was asked."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

#: The smallest things that begin like photos.
JPEG, PNG, WEBP = b"\xff\xd8\xff\xe0 a jpeg", b"\x89PNG\r\n\x1a\n a png", b"RIFF\x00\x00\x00\x00WEBP a webp"
CUSTOMER = "c" * 64


def facts(article_id: str, **more: object) -> dict[str, Any]:
    """Of an article, as the service tells them."""
    known = {
        "article_id": article_id,
        "name": f"Article {article_id}",
        "description": "Warm. " * 60,
        "product_type": "Dress",
        "section": "Womens Everyday Basics",
        "department": "Dresses",
        "colour": "Black",
        "pattern": "Solid",
        "season": "Summer",
        "price": 20.0,
        "sales_last_week": 3,
        "first_sold": "2020-01-02",
        "new": False,
        "photo": True,
    }
    return known | more


def problem(status: int, detail: str, *errors: tuple[str, str]) -> dict[str, Any]:
    wrong = [{"where": where, "what": what} for where, what in errors]
    return {"status": status, "title": "", "detail": detail, "request_id": "r1", "errors": wrong}


class StubService:
    """`answers` maps a path to JSON, to bytes, or to (status, headers, JSON). Any other article is known by `facts`."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        #: (path, parameters, headers in lower case, body) of each request.
        self.asked: list[tuple[str, dict[str, list[str]], dict[str, str], bytes]] = []
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                target = urlsplit(self.path)
                headers = {name.lower(): value for name, value in self.headers.items()}
                stub.asked.append((target.path, parse_qs(target.query), headers, body))
                status, more, content = stub.answer_to(target.path)
                data = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                for name, value in {"content-length": str(len(data)), **more}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = answer  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def answer_to(self, path: str) -> tuple[int, dict[str, str], Any]:
        found = self.answers.get(path)
        if isinstance(found, tuple):
            return found
        if found is not None:
            return 200, {}, found
        if path.endswith("/thumbnail"):
            return 200, {"content-type": "image/jpeg"}, JPEG
        if path.startswith("/v1/articles/"):
            return 200, {}, facts(path.rpartition("/")[2])
        return 404, {}, problem(404, "Not Found")

    def parameters(self, path: str) -> dict[str, list[str]]:
        """Of the last request to a path."""
        return next(parameters for asked, parameters, _, _ in reversed(self.asked) if asked == path)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
