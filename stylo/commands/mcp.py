"""`stylo mcp`: the shop as tools for AI agents, by the Model Context Protocol."""

from __future__ import annotations

import ipaddress
import os
import stat
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from stylo.errors import BadOption, MissingFile
from stylo.script import Terminal, command_line, edge, path_option, with_libraries
from stylo.user_paths import quoted

_KEY, _SERVICE = "STYLO_MCP_KEY", "STYLO_MCP_SERVICE"
_LONGEST_KEY = 1000
_MAKE_A_KEY = "Create one: stylo keys create --data data --name agent --scope read"

app = command_line()


class _Transport(StrEnum):
    STDIO = "stdio"
    HTTP = "http"


@app.command()
def main(
    service: Annotated[
        str, typer.Option(envvar=_SERVICE, help="Address of the service that is asked (`stylo serve`).")
    ] = "http://127.0.0.1:8000",
    transport: Annotated[
        _Transport,
        typer.Option(help="stdio: for the host that starts this command. http: for any number of callers."),
    ] = _Transport.STDIO,
    key_file: Annotated[
        Path | None,
        path_option("--key-file", help="File with the service's key, for stdio.", show_default=f"${_KEY}"),
    ] = None,
    photos: Annotated[
        Path | None,
        path_option(
            "--photos", help="Folder whose photos agents may search by, for stdio.", show_default="none"
        ),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on, for http.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port to listen on, for http.")] = 8010,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(
            help="Name by which callers reach this server, for http; may be given several times.",
            show_default="this machine's own",
        ),
    ] = None,
    allowed_origin: Annotated[
        list[str] | None,
        typer.Option(
            help="Origin of web pages that may call, such as https://chat.example; may be given several times.",
            show_default="this machine's own",
        ),
    ] = None,
) -> None:
    """Offer the shop to AI agents as tools (Model Context Protocol)."""
    with with_libraries("agents"):
        from stylo.agents.access import ShopAccess
        from stylo.agents.server import agent_server
        from stylo.agents.tool_list import all_tools
        from stylo.agents.transports import log_to_standard_error, serve_http, serve_stdio
    with edge():
        progress, over_http = Terminal(), transport is _Transport.HTTP
        if over_http:
            _check_for_http(host, allowed_host, key_file, photos)
        elif photos is not None and not photos.is_dir():
            raise MissingFile(
                "The folder of photos is not there.", where=str(photos), cure="Name another: --photos."
            )
        key = None if over_http else _key(key_file, progress)
        try:
            access = ShopAccess(service, key)
        except ValueError as error:
            raise _unusable(service, key_file) from error
        if service.startswith("http:") and not _is_this_machine(urlsplit(service).hostname or ""):
            progress.note(
                "NOTICE: the key goes to the service in plain text. Give an address that begins with https."
            )
        log_to_standard_error()
        server = agent_server(access, all_tools(photos))
        if over_http:
            serve_http(server, host, port, allowed_host or (), allowed_origin or (), progress)
        else:
            serve_stdio(server)


def _key(file: Path | None, progress: Terminal) -> str:
    """The service's key. Raises MissingFile, BadOption."""
    if file is None:
        if key := os.environ.get(_KEY, "").strip():
            return key
        raise BadOption(
            "There is no key for the service.",
            where=f"{_KEY} is not set, and no --key-file is given.",
            cure=_MAKE_A_KEY,
        )
    try:
        with file.open(encoding="ascii", errors="replace") as opened:
            key = opened.read(_LONGEST_KEY).strip()
            others = stat.S_IMODE(os.fstat(opened.fileno()).st_mode) & (stat.S_IRGRP | stat.S_IROTH)
    except OSError as error:
        raise MissingFile(
            f"The key cannot be read: {error.strerror}.", where=str(file), cure=_MAKE_A_KEY
        ) from error
    if others and os.name == "posix":
        progress.note(f"NOTICE: others on this machine can read the key: chmod 600 {quoted(file)}")
    return key


def _unusable(service: str, key_file: Path | None) -> BadOption:
    """Which of the two it was: an address that is none, or a key in another form than keys have."""
    if _is_an_address(service):
        return BadOption(
            "The key is not in the form of a key.", where=str(key_file or _KEY), cure=_MAKE_A_KEY
        )
    cure = f"Give one such as http://127.0.0.1:8000: --service, or {_SERVICE}."
    return BadOption(f"{service!r} is not the address of a service.", cure=cure)


def _is_an_address(service: str) -> bool:
    try:
        parts = urlsplit(service)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        return False
    return bool(known) and not (parts.query or parts.fragment)


def _check_for_http(host: str, allowed: list[str] | None, key_file: Path | None, photos: Path | None) -> None:
    """Raises BadOption for what would let callers do more than their own key does, or a page do what it likes."""
    if key_file is not None:
        raise BadOption(
            "--key-file is for stdio.", cure="Over HTTP each caller sends a key of its own; leave it out."
        )
    if photos is not None:
        raise BadOption(
            "--photos is for stdio.", cure="Over HTTP a photo is sent with the call; leave it out."
        )
    if not _is_this_machine(host) and not allowed:
        raise BadOption(
            f"Under which name will callers reach {host}?",
            cure="Name it: --allowed-host agents.example. Requests that name another host are refused.",
        )


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
