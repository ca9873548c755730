"""A webhook of the tests' own: it notes what it gets, and accepts it, refuses it, or hangs."""

from __future__ import annotations

import http.server
import json
import threading
from typing import Any


class Hook:
    """Listens on loopback. status : what it answers; `hangs` makes it answer nothing until the end."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.asked = 0
        self.status, self.hangs = 204, False
        self._over = threading.Event()
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                message = json.loads(self.rfile.read(int(self.headers["content-length"])))
                hook.asked += 1
                if hook.hangs:
                    hook._over.wait()
                    return
                if hook.status < 300:
                    hook.got.append(message)
                self.send_response(hook.status)
                if 300 <= hook.status < 400:
                    self.send_header("location", f"{hook.address}elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/"

    def told(self) -> list[tuple[str, str]]:
        """Rule and state of what was accepted, in order."""
        return [(each["rule"], each["state"]) for each in self.got]

    def let_go(self) -> None:
        """Who hangs is hung up on; it hangs no more."""
        self.hangs = False
        self._over.set()

    def __enter__(self) -> Hook:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
