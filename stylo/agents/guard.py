"""What stands before the protocol over HTTP: who may call, with what, how large, and in what time.

    request ─▶ host and origin ─▶ path and method ─▶ a key ─▶ body, whole and not too large ─▶ the protocol

Whether the key is good only the service knows: it is asked with it.
"""

from __future__ import annotations

import json
from typing import Any

import anyio
from mcp.server.transport_security import TransportSecurityMiddleware, TransportSecuritySettings
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stylo.agents.access import bearer

#: Bytes of a request: a photo of some 6 MB in base64.
LARGEST_BODY = 8_000_000
_HELD = 10 * LARGEST_BODY
_BODY_SECONDS = 10.0
_CLOSED = (b"connection", b"close")


class Guard:
    """ASGI middleware around the protocol's application."""

    def __init__(self, app: ASGIApp, allowed: TransportSecuritySettings) -> None:
        self._app, self._security = app, TransportSecurityMiddleware(allowed)
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        if (elsewhere := await self._security.validate_request(request)) is not None:
            await elsewhere(scope, receive, send)
        elif request.method != "POST":
            # Nothing is told unasked, and there are no sessions to end.
            await _refuse(send, 405, "Only POST is answered.", (b"allow", b"POST"))
        elif len(request.headers.getlist("authorization")) != 1 or bearer(request.headers) is None:
            told = "Send a key of the service: Authorization: Bearer stylo_…."
            await _refuse(send, 401, told, (b"www-authenticate", b'Bearer realm="stylo"'))
        else:
            await self._with_body(scope, receive, send)

    async def _with_body(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = bytearray()
        try:
            if await self._arrived(body, receive, send):
                await self._app(scope, _replayed(bytes(body), receive), send)
        finally:
            self._held -= len(body)

    async def _arrived(self, body: bytearray, receive: Receive, send: Send) -> bool:
        """Whether the whole body has come and was added; if not, the caller was told why."""
        with anyio.move_on_after(_BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    return False  # gone
                part = message.get("body", b"")
                if len(body) + len(part) > LARGEST_BODY:
                    told = f"A request has at most {LARGEST_BODY:,} bytes. Send a smaller photo."
                    await _refuse(send, 413, told, _CLOSED)
                    return False
                if self._held + len(part) > _HELD:
                    await _refuse(
                        send, 503, "Too much is being sent at once.", _CLOSED, (b"retry-after", b"1")
                    )
                    return False
                body += part
                self._held += len(part)
                if not message.get("more_body", False):
                    return True
        await _refuse(send, 408, "The request did not arrive in time.", _CLOSED)
        return False


def _replayed(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again


async def _refuse(send: Send, status: int, told: str, *headers: tuple[bytes, bytes]) -> None:
    """As the protocol tells of an error that belongs to no request (JSON-RPC)."""
    content: dict[str, Any] = {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": told}}
    body = json.dumps(content, ensure_ascii=False).encode()
    usual = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*usual, *headers]})
    await send({"type": "http.response.body", "body": body})
