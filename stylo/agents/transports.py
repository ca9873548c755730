"""How agents reach the server: over the standard streams of a process that their host starts, or over HTTP."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import anyio
import uvicorn
from mcp.server.lowlevel.server import Server
from mcp.server.stdio import stdio_server
from mcp.server.transport_security import TransportSecuritySettings
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from stylo.agents.guard import LARGEST_BODY, Guard
from stylo.agents.server import LOG
from stylo.progress import Progress
from stylo.service.options import cannot_listen
from stylo.service.uvicorn_extensions import GuardedProtocol

PATH = "/mcp"
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_CONNECTIONS, _STOP_SECONDS = 200, 5


def log_to_standard_error() -> None:
    """A line for each call of a tool. Standard output belongs to the protocol."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    LOG.setLevel(logging.INFO)


def serve_stdio(server: Server[Any]) -> None:
    """Serves one host until it closes standard input, or ends the process."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)

    async def serve() -> None:
        async with stdio_server() as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())

    anyio.run(serve)


def _end(*_: object) -> None:
    """At once: the thread that waits for standard input cannot be woken, and nothing is left to be finished."""
    os._exit(0)


def http_application(server: Server[Any], hosts: Sequence[str] = (), origins: Sequence[str] = ()) -> ASGIApp:
    """The ASGI application of a server, at /mcp.

    hosts, origins : names by which it is reached, and origins of web pages that may call it, beside this machine's own.
    Any other is refused: a page in a browser could otherwise reach a server on the browser's machine under a name of
    the page's own (DNS rebinding).
    """
    names = [*_LOOPBACK, *(f"{name}:*" for name in _LOOPBACK), *hosts, *(f"{name}:*" for name in hosts)]
    pages = [f"http://{name}" for name in _LOOPBACK]
    allowed = TransportSecuritySettings(
        allowed_hosts=names, allowed_origins=[*pages, *(f"{page}:*" for page in pages), *origins]
    )
    # Without sessions: a request has its key and all else that it needs, and nothing of it is kept for another.
    application = server.streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        stateless_http=True,
        max_request_body_size=LARGEST_BODY,
        transport_security=allowed,
    )
    # A page in a browser asks first whether it may (CORS); the guard refuses those that may not.
    return CORSMiddleware(
        Guard(application, allowed),
        allow_origins=list(origins),
        allow_methods=["POST"],
        allow_headers=["*"],
        max_age=600,
    )


def serve_http(
    server: Server[Any],
    host: str,
    port: int,
    hosts: Sequence[str],
    origins: Sequence[str],
    progress: Progress,
) -> None:
    """Serves until it is stopped. Raises BadOption for an address that cannot be listened on."""
    config = uvicorn.Config(
        http_application(server, hosts, origins),
        http=GuardedProtocol,
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        limit_concurrency=_CONNECTIONS,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )
    with _listening(host, port) as listening, suppress(KeyboardInterrupt):
        shown = f"[{host}]" if ":" in host else host
        progress.note(f"For agents: http://{shown}:{listening.getsockname()[1]}{PATH}   (Ctrl-C stops it)")
        uvicorn.Server(config).run(sockets=[listening])


def _listening(host: str, port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise cannot_listen(host, port, error) from error
    return listening
