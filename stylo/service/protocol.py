"""HTTP as uvicorn speaks it, with limits where it has none: how long headers may be, and how long they may take."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: Bytes of a request line and its headers.
LARGEST_HEAD = 65_536
#: Seconds from a connection, or the first byte of a request, to the end of the headers.
HEAD_SECONDS = 10.0
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class GuardedProtocol(HttpToolsProtocol):
    """A connection is closed whose headers are too long or do not come."""

    _hurry: asyncio.TimerHandle | None = None
    _head, _in_head = 0, True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head += len(data)
        super().data_received(data)
        if self._in_head and self._head > LARGEST_HEAD:
            self._refuse()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        if self._hurry is None:
            self._wait_for_head()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._head = 0
        self._rest()
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > LARGEST_HEAD:
            self._refuse()
            raise ValueError(f"{size} bytes of headers")  # the parser gives up
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        if not self.transport.is_closing():
            super().send_400_response(msg)

    def connection_lost(self, exc: Exception | None) -> None:
        self._rest()
        super().connection_lost(exc)

    def _wait_for_head(self) -> None:
        self._hurry = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def _rest(self) -> None:
        if self._hurry is not None:
            self._hurry.cancel()
            self._hurry = None

    def _too_slow(self) -> None:
        self._hurry = None
        self.transport.close()

    def _refuse(self) -> None:
        self.transport.write(_TOO_LARGE)
        self.transport.close()
