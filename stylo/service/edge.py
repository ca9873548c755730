"""The edge: what happens to every request before a route sees it and after it was answered.

    request ─▶ id ─▶ key ─▶ rate ─▶ body, whole and not too large ─▶ route ─▶ headers, metrics, log line

A caller without a good key learns nothing but that: not which addresses exist, nor whether the body was well formed.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stylo.errors import StorageUnavailable
from stylo.service import metrics
from stylo.service.batching import Overloaded
from stylo.service.key_ring import refusal
from stylo.service.logs import pseudonym, told, traced
from stylo.service.problems import MEDIA_TYPE, Refused

if TYPE_CHECKING:
    from stylo.service.service import Service
    from stylo.storage.keys import Key

_PROTECTED = "/v1/"
_HEALTH, _METRICS = ("/health/", "/version"), "/metrics"
_PICTURES = "/v1/visual-search"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_LONGEST_TOKEN = 200
_SAFE = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_UNMATCHED = "unknown"


class Edge:
    """ASGI middleware around the routes of a service."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        await _Request(self._app, self._service, scope, receive, send).answer()


class _Request:
    """One request on its way."""

    def __init__(self, app: ASGIApp, service: Service, scope: Scope, receive: Receive, send: Send) -> None:
        self._app, self._service, self._scope = app, service, scope
        self._receive, self._send = receive, send
        self._headers = dict(scope["headers"])
        asked = self._headers.get(b"x-request-id", b"").decode("latin-1")
        self._id = asked if _REQUEST_ID.fullmatch(asked) else uuid.uuid4().hex
        self._state: dict[str, Any] = scope.setdefault("state", {})
        self._state["request_id"] = self._id
        self._status = 0
        self._key: Key | None = None

    async def answer(self) -> None:
        started = self._state["started"] = time.perf_counter()
        try:
            await self._admit()
            body = await self._body()
            self._state["body"] = body
            await self._app(self._scope, _replayed(body, self._receive), self._respond)
        except Exception as error:
            await self._refuse(error)
        finally:
            self._finish(time.perf_counter() - started)

    async def _admit(self) -> None:
        path = self._scope["path"]
        settings = self._service.settings
        if path.startswith(_HEALTH) and settings.open_health:
            return
        if path == _METRICS and settings.open_metrics:
            return
        if not path.startswith((_PROTECTED, *_HEALTH, _METRICS)):
            return  # the description of the API, and what does not exist
        self._key = await self._authenticated()
        self._state["key"] = self._key
        if wait := self._service.rates.take(self._key.id, self._key.rate):
            metrics.REFUSED.labels("rate").inc()
            raise Refused(429, "The key has made too many requests.", retry_after=wait)

    async def _authenticated(self) -> Key:
        challenge = {"www-authenticate": 'Bearer realm="stylo"'}
        scheme, _, token = self._headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        if scheme.lower() != "bearer" or not token:
            metrics.REFUSED.labels("no key").inc()
            raise Refused(401, "A key is needed: Authorization: Bearer stylo_….", headers=challenge)
        token = token.strip()[: _LONGEST_TOKEN + 1]
        key = await self._service.key(token) if len(token) <= _LONGEST_TOKEN else None
        if (why := refusal(key, datetime.now(UTC))) is not None or key is None:
            metrics.REFUSED.labels("key").inc()
            raise Refused(401, why or "", headers=challenge)
        return key

    async def _body(self) -> bytes:
        """All of it. Raises Refused if it is too large, or does not come."""
        settings = self._service.settings
        largest = settings.largest_picture if self._scope["path"] == _PICTURES else settings.largest_body
        too_large = Refused(413, f"The body may have {largest:,} bytes.", headers={"connection": "close"})
        length = self._headers.get(b"content-length", b"0")
        if length.isdigit() and int(length[:20]) > largest:
            raise too_large
        parts, size = [], 0
        try:
            async with asyncio.timeout(settings.body_seconds):
                while True:
                    message = await self._receive()
                    if message["type"] == "http.disconnect":
                        raise _Gone
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if size > largest:
                        raise too_large
                    if not message.get("more_body", False):
                        return b"".join(parts)
        except TimeoutError:
            closing = {"connection": "close"}
            raise Refused(408, "The request did not arrive in time.", headers=closing) from None

    async def _respond(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            given = {name for name, _ in message["headers"]}
            more = (*_SAFE, (b"x-request-id", self._id.encode()))
            message["headers"] = [*message["headers"], *(pair for pair in more if pair[0] not in given)]
        await self._send(message)

    async def _refuse(self, error: Exception) -> None:
        if isinstance(error, _Gone):
            self._status = 499  # nobody is there to be told
            return
        problem = as_refusal(error)
        if problem.status == 500:
            told("A defect", logging.ERROR, request_id=self._id, path=self._shown_path(), error=traced(error))
        if self._status:
            return  # the answer has begun
        body = problem.body(self._id)
        headers = {"content-type": MEDIA_TYPE, "content-length": str(len(body)), **problem.headers}
        await self._respond(
            {
                "type": "http.response.start",
                "status": problem.status,
                "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            }
        )
        await self._send({"type": "http.response.body", "body": body})

    def _finish(self, seconds: float) -> None:
        route = getattr(self._scope.get("route"), "path", _UNMATCHED)
        if route != _UNMATCHED and self._scope["path"].startswith(_PROTECTED):
            route = _PROTECTED + route.removeprefix(_PROTECTED).lstrip("/")
        method = self._scope["method"] if self._scope["method"] in _METHODS else "other"
        metrics.REQUESTS.labels(route, method, str(self._status)).inc()
        metrics.LATENCY.labels(route).observe(seconds)
        facts: Mapping[str, Any] = self._state.get("log", {})
        told(
            "request",
            request_id=self._id,
            key_id=self._key.id if self._key else None,
            method=self._scope["method"],
            route=route,
            path=self._shown_path(),
            status=self._status,
            milliseconds=round(seconds * 1000, 2),
            **facts,
        )

    def _shown_path(self) -> str:
        return pseudonym(self._scope["path"][:300], self._service.settings.pseudonyms)


_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class _Gone(Exception):
    """The caller has hung up."""


def as_refusal(error: Exception) -> Refused:
    """How a caller is told of anything that went wrong."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, Overloaded):
        metrics.REFUSED.labels("overloaded").inc()
        return Refused(503, "The service is overloaded.", retry_after=1)
    if isinstance(error, StorageUnavailable):
        metrics.REFUSED.labels("storage").inc()
        return Refused(503, "Storage cannot be reached at the moment; nothing was stored.", retry_after=2)
    return Refused(500, "Something went wrong that should not have; the log knows more.")


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Gives the body that was read, then what comes."""
    sent = False

    async def again() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
