"""Calls of tools, as a host of agents makes them: with the protocol's own client."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, ImageContent, TextContent
from serving import SLOW

from stylo.agents.access import ShopAccess
from stylo.agents.server import agent_server
from stylo.agents.tool_list import all_tools

_Found = TypeVar("_Found")


def here(address: str, photos: Path | None = None) -> Any:
    """A server in this process, which asks a service with a key of its own, as over stdio."""
    return agent_server(ShopAccess(address, "stylo_key"), all_tools(photos))


def with_client(server: Any, work: Callable[[Client], Awaitable[_Found]], **more: Any) -> _Found:
    """What some work with a client gives. server : as `mcp.Client` takes it."""

    return asyncio.run(_connected(server, work, **more))


async def _connected(server: Any, work: Callable[[Client], Awaitable[_Found]], **more: Any) -> _Found:
    """An error of the protocol is raised as it is, not in a group of one as a task of the client ends with it."""
    async with Client(server, read_timeout_seconds=SLOW, **more) as client:
        try:
            return await work(client)
        except MCPError as error:
            refused = error
    raise refused


def call(server: Any, name: str, **arguments: object) -> CallToolResult:
    """The answer of a tool."""
    return with_client(server, lambda client: client.call_tool(name, arguments))


def over_http(
    address: str, key: str | None, work: Callable[[Client], Awaitable[_Found]], **more: Any
) -> _Found:
    """As `with_client`, of a server at an address, with a key."""

    async def connected() -> _Found:
        headers = {} if key is None else {"authorization": f"Bearer {key}"}
        # verify=False: there are no certificates to read.
        async with httpx2.AsyncClient(headers=headers, timeout=SLOW, verify=False) as http:
            return await _connected(streamable_http_client(address, http_client=http), work, **more)

    return asyncio.run(connected())


def text_of(result: CallToolResult) -> str:
    """All text of an answer."""
    return "\n".join(part.text for part in result.content if isinstance(part, TextContent))


def refusal_of(result: CallToolResult) -> str:
    """The text of an answer that is an error."""
    assert result.is_error
    assert "Traceback" not in text_of(result)
    return text_of(result)


def data_of(result: CallToolResult) -> dict[str, Any]:
    """The data of an answer that is none."""
    assert not result.is_error, text_of(result)
    assert result.structured_content is not None
    return result.structured_content


def pictures_of(result: CallToolResult) -> list[ImageContent]:
    return [part for part in result.content if isinstance(part, ImageContent)]
