"""What uvicorn lacks: limits on how long headers may be, and on how long anything may take.

Uvicorn documents `http=` for a protocol of one's own, and nothing of what it may build on: there is no public hook for
the moments that are timed here. GuardedProtocol therefore overrides methods of HttpToolsProtocol, one of them private,
and tests/service/test_protocol.py and test_slow_and_large.py fail where another version of uvicorn changes them.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

#: Bytes of a request line and its headers; and of what comes beside a body in chunks, with as many as the body has.
LARGEST_HEAD = 65_536
#: Bytes of what a request line names: the path and its parameters.
LONGEST_TARGET = 16_384
#: Seconds from a connection, or the first byte of a request, to the end of the headers; and from an answer that came
#: before the body to the body's end.
HEAD_SECONDS = 10.0
#: Seconds in which a client whose buffers are full must have read some of its answer.
READ_SECONDS = 30.0
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TOO_LONG = b"HTTP/1.1 414 URI Too Long\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class GuardedProtocol(HttpToolsProtocol):
    """A connection is closed whose headers are too long or do not come, and one that does not read."""

    _hurry: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None
    _running: RequestResponseCycle | None = None
    _in_head = True
    url = b""
    # Bytes of the request under way that are no body, and those that are. What came in one piece with the end of the
    # request before does not count.
    _beside, _body = 0, 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait_for_rest()

    def data_received(self, data: bytes) -> None:
        self._beside += len(data)
        super().data_received(data)
        if self._beside > LARGEST_HEAD + self._body:
            self._refuse()
        elif self._idle and self._hurry is None and self.timeout_keep_alive_task is None:
            # What came was the end of a late body, or an empty line.
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._body = True, 0
        if self._hurry is None:
            self._wait_for_rest()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._no_hurry()
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > LARGEST_HEAD or len(self.url) > LONGEST_TARGET:
            self._refuse()
            raise ValueError(f"{size} bytes of headers")  # the parser gives up
        super().on_headers_complete()
        # What comes after a body is no header of the request: nobody may prove there who he is.
        self.headers = []

    def on_body(self, body: bytes) -> None:
        self._beside -= len(body)
        self._body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._beside = 0
        if self.cycle.response_complete:
            self.cycle.more_body = False
            self._no_hurry()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle.response_complete and self.cycle.more_body and self._hurry is None:
            self._wait_for_rest()

    def send_400_response(self, msg: str) -> None:
        if not self.transport.is_closing():
            super().send_400_response(msg)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = self.loop.call_later(READ_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._is_read()

    def connection_lost(self, exc: Exception | None) -> None:
        self._no_hurry()
        self._is_read()
        super().connection_lost(exc)
        # Of requests that came at once, uvicorn tells the last one only.
        for cycle in (self._running, *(cycle for cycle, _ in self.pipeline)):
            if cycle is not None and not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()

    # Private in uvicorn: nothing public says which of several requests on a connection is under way.
    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    @property
    def _idle(self) -> bool:
        """Whether nothing of a request is there that was not answered."""
        if self._in_head or self.pipeline or self.transport.is_closing():
            return False
        return self.cycle.response_complete and not self.cycle.more_body

    def _wait_for_rest(self) -> None:
        self._hurry = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def _no_hurry(self) -> None:
        if self._hurry is not None:
            self._hurry.cancel()
            self._hurry = None

    def _is_read(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _too_slow(self) -> None:
        self._hurry = None
        self.transport.close()

    def _refuse(self) -> None:
        if self.transport.is_closing():
            return
        # Not into the middle of another answer.
        if self._running is None or self._running.response_complete or not self._running.response_started:
            self.transport.write(_TOO_LONG if len(self.url) > LONGEST_TARGET else _TOO_LARGE)
        self.transport.close()
