"""The middleware: what happens to every request before a route sees it and after it was answered.

    request ─▶ id ─▶ key ─▶ rate ─▶ body, whole and not too large ─▶ route ─▶ headers, metrics, log line

A caller without a good key learns only that: not which addresses exist, nor whether the body was well formed.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stylo.errors import OutcomeUnknown, StorageUnavailable
from stylo.service import metrics
from stylo.service.authentication import refusal
from stylo.service.batching import Overloaded
from stylo.service.context import RequestInfo
from stylo.service.identifiers import keep_slashes, with_slashes
from stylo.service.logs import log_line, pseudonym, traced
from stylo.service.problems import MEDIA_TYPE, ProblemError, outcome_unknown

if TYPE_CHECKING:
    from stylo.service.worker import Worker
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


class RequestMiddleware:
    """ASGI middleware around the routes of a service."""

    def __init__(self, app: ASGIApp, worker: Worker) -> None:
        self._app, self._worker = app, worker

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        live = self._worker.live.loaded
        if live is not None and (live.assortment.ids.own or live.own_customer_ids):
            scope = keep_slashes(scope)
        scope = mounted_below(scope, self._worker.settings.root_path)
        await _Exchange(self._app, self._worker, scope, receive, send).answer()


def mounted_below(scope: Scope, root: str) -> Scope:
    """The ASGI scope of a service below a path: the path is in it exactly once, whether the proxy strips it or not."""
    mounted, path = scope.get("root_path", ""), scope["path"]
    if not root:
        return scope
    if mounted and (path == mounted or path.startswith(f"{mounted}/")):
        path = path.removeprefix(mounted)
    if path != root and not path.startswith(f"{root}/"):
        path = root + path
    return {**scope, "root_path": root, "path": path}


class _Exchange:
    """One request and its answer."""

    def __init__(self, app: ASGIApp, worker: Worker, scope: Scope, receive: Receive, send: Send) -> None:
        self._app, self._worker, self._scope = app, worker, scope
        self._receive, self._send = receive, send
        self._headers = dict(scope["headers"])
        #: The address within the service.
        self._path = scope["path"].removeprefix(scope.get("root_path", ""))
        asked = self._headers.get(b"x-request-id", b"").decode("latin-1")
        request_id = asked if _REQUEST_ID.fullmatch(asked) else uuid.uuid4().hex
        self._info = RequestInfo(request_id, time.perf_counter())
        scope.setdefault("state", {})["info"] = self._info
        self._status = 0
        self._uploads = worker.picture_uploads if self._path == _PICTURES else worker.uploads
        self._held = 0

    async def answer(self) -> None:
        try:
            await self._admit()
            self._info.body = await self._body()
            await self._app(self._scope, _replayed(self._info.body, self._receive), self._respond)
        except Exception as error:
            await self._refuse(error)
        finally:
            self._uploads.give_back(self._held)
            self._finish(time.perf_counter() - self._info.started)

    async def _admit(self) -> None:
        path = self._path
        settings = self._worker.settings
        if path.startswith(_HEALTH) and settings.open_health:
            return
        if path == _METRICS and settings.open_metrics:
            return
        if not path.startswith((_PROTECTED, *_HEALTH, _METRICS)):
            return  # the description of the API, and what does not exist
        key = self._info.key = await self._authenticated()
        if wait := self._worker.rates.take(key.id, key.rate):
            metrics.REFUSED.labels("rate").inc()
            raise ProblemError(429, "The key has made too many requests.", retry_after=wait)

    async def _authenticated(self) -> Key:
        challenge = {"www-authenticate": 'Bearer realm="stylo"'}
        scheme, _, token = self._headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        if scheme.lower() != "bearer" or not token:
            metrics.REFUSED.labels("no key").inc()
            raise ProblemError(401, "A key is needed: Authorization: Bearer stylo_….", headers=challenge)
        token = token.strip()[: _LONGEST_TOKEN + 1]
        key = await self._worker.key(token) if len(token) <= _LONGEST_TOKEN else None
        if (why := refusal(key, datetime.now(UTC))) is not None or key is None:
            metrics.REFUSED.labels("key").inc()
            raise ProblemError(401, why or "", headers=challenge)
        return key

    async def _body(self) -> bytes:
        """The whole body. Raises ProblemError if it is too large or does not arrive in time."""
        settings = self._worker.settings
        largest = settings.largest_picture if self._path == _PICTURES else settings.largest_body
        length = self._headers.get(b"content-length", b"0")
        if length.isdigit() and int(length[:20]) > largest:
            raise _too_large(largest)
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
                        raise _too_large(largest)
                    self._uploads.take(len(parts[-1]))
                    self._held = size
                    if not message.get("more_body", False):
                        return b"".join(parts)
        except TimeoutError:
            closing = {"connection": "close"}
            raise ProblemError(408, "The request did not arrive in time.", headers=closing) from None

    async def _respond(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            given = {name for name, _ in message["headers"]}
            more = (*_SAFE, (b"x-request-id", self._info.id.encode()))
            if b"location" in given:
                message["headers"] = [
                    (name, _relative(value) if name == b"location" else value)
                    for name, value in message["headers"]
                ]
            message["headers"] = [*message["headers"], *(pair for pair in more if pair[0] not in given)]
        await self._send(message)

    async def _refuse(self, error: Exception) -> None:
        if isinstance(error, _Gone):
            self._status = 499  # nobody is there to be told
            return
        problem = as_problem(error)
        if problem.status == 500:
            log_line(
                "A defect",
                logging.ERROR,
                request_id=self._info.id,
                path=self._shown_path(),
                error=traced(error),
            )
        if self._status:
            return  # the answer has begun
        body = problem.body(self._info.id)
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
        if route != _UNMATCHED and self._path.startswith(_PROTECTED):
            route = _PROTECTED + route.removeprefix(_PROTECTED).lstrip("/")
        method = self._scope["method"] if self._scope["method"] in _METHODS else "other"
        metrics.REQUESTS.labels(route, method, str(self._status)).inc()
        metrics.LATENCY.labels(route).observe(seconds)
        log_line(
            "request",
            request_id=self._info.id,
            key_id=self._info.key_id or None,
            method=self._scope["method"],
            route=route,
            path=self._shown_path(),
            status=self._status,
            milliseconds=round(seconds * 1000, 2),
            **self._info.log,
        )

    def _shown_path(self) -> str:
        return pseudonym(with_slashes(self._path[:300]), self._worker.settings.pseudonyms)


_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def _relative(location: bytes) -> bytes:
    """An address without scheme and host: these are what a Host header says, which anyone may have written."""
    parts = urlsplit(location)
    return b"/" + parts.path.lstrip(b"/") + (b"?" + parts.query if parts.query else b"")


def _too_large(largest: int) -> ProblemError:
    return ProblemError(413, f"The body may not exceed {largest:,} bytes.", headers={"connection": "close"})


class _Gone(Exception):
    """The caller has hung up."""


def as_problem(error: Exception) -> ProblemError:
    """Any error as the problem that the caller sees."""
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, Overloaded):
        metrics.REFUSED.labels("overloaded").inc()
        return ProblemError(503, "The service is overloaded.", retry_after=1)
    if isinstance(error, OutcomeUnknown):
        return outcome_unknown()
    if isinstance(error, StorageUnavailable):
        metrics.REFUSED.labels("storage").inc()
        return ProblemError(503, "Storage is currently unreachable; nothing was stored.", retry_after=2)
    return ProblemError(500, "An unexpected error occurred; see the log for details.")


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Receives the body that was read, then whatever follows."""
    sent = False

    async def again() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
