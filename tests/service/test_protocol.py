"""How long a connection may take, with other numbers of seconds: who sends nothing does not keep it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from loops import in_a_loop
from serving import SLOW
from uvicorn.config import Config
from uvicorn.server import ServerState

from stylo.service import uvicorn_extensions
from stylo.service.uvicorn_extensions import GuardedProtocol

HEAD = b"POST /somewhere HTTP/1.1\r\nhost: x\r\n"
Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter


async def at_once(scope: Any, receive: Any, send: Any) -> None:
    """Answers before the body has come."""
    headers = [(b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})


async def large(scope: Any, receive: Any, send: Any) -> None:
    """Sends more than fits between here and a client that does not read."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(100):
        await send({"type": "http.response.body", "body": bytes(1_000_000), "more_body": True})


def with_client(app: Any, act: Callable[[Reader, Writer, ServerState], Awaitable[None]]) -> None:
    """What a client does with an application behind the protocol."""

    async def run() -> None:
        loop, state = asyncio.get_running_loop(), ServerState()
        config = Config(app, timeout_keep_alive=1000, log_config=None, ws="none")
        config.load()
        listening = await loop.create_server(lambda: GuardedProtocol(config, state, {}, loop), "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*listening.sockets[0].getsockname())
        async with asyncio.timeout(SLOW):
            await act(reader, writer, state)
            writer.close()
            while state.connections or state.tasks:
                await asyncio.sleep(0.001)
        listening.close()

    in_a_loop(run())


@pytest.mark.parametrize("sent", [b"", b"GET", b"GET / HTTP/1.1\r\nhost: x\r\n", b"\r\n\r\n"])
def test_who_does_not_send_a_whole_head_is_cut_off(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(uvicorn_extensions, "HEAD_SECONDS", 0.02)

    async def act(reader: Reader, writer: Writer, _: ServerState) -> None:
        writer.write(sent)
        assert await reader.read() == b""

    with_client(at_once, act)


def test_who_sends_his_head_byte_by_byte_has_no_more_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uvicorn_extensions, "HEAD_SECONDS", 0.1)

    async def act(reader: Reader, writer: Writer, _: ServerState) -> None:
        writer.write(b"GET / HTTP/1.1\r\nx: ")
        cut_off = asyncio.create_task(reader.read())
        while not cut_off.done():
            writer.write(b"x")
            await asyncio.sleep(0.005)
        with pytest.raises(ConnectionError):
            while True:
                writer.write(b"x")
                await writer.drain()

    with_client(at_once, act)


def test_the_head_of_the_second_request_has_as_much_time_as_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(uvicorn_extensions, "HEAD_SECONDS", 0.02)

    async def act(reader: Reader, writer: Writer, _: ServerState) -> None:
        writer.write(b"GET / HTTP/1.1\r\n\r\nGET / HT")
        assert (await reader.read()).endswith(b"ok")

    with_client(at_once, act)


@pytest.mark.parametrize("rest", [b"", b"12345"])
def test_who_was_answered_before_his_body_came_does_not_keep_the_connection(
    monkeypatch: pytest.MonkeyPatch, rest: bytes
) -> None:
    monkeypatch.setattr(uvicorn_extensions, "HEAD_SECONDS", 0.02)

    async def act(reader: Reader, writer: Writer, _: ServerState) -> None:
        writer.write(HEAD + b"content-length: 10\r\n\r\n")
        await reader.readuntil(b"ok")
        writer.write(rest)
        assert await reader.read() == b""

    with_client(at_once, act)


def test_a_body_that_comes_after_the_answer_is_passed_over_and_the_next_request_is_read() -> None:
    async def act(reader: Reader, writer: Writer, _: ServerState) -> None:
        for _ in range(3):
            writer.write(HEAD + b"content-length: 10\r\n\r\n")
            await reader.readuntil(b"ok")
            writer.write(b"1234567890")

    with_client(at_once, act)


def test_a_connection_that_rests_after_a_late_body_is_ended_like_any_other() -> None:
    async def act(reader: Reader, writer: Writer, state: ServerState) -> None:
        writer.write(HEAD + b"content-length: 10\r\n\r\n")
        await reader.readuntil(b"ok")
        writer.write(b"1234567890")
        (connection,) = state.connections
        while connection.cycle.more_body:
            await asyncio.sleep(0.001)
        assert connection.timeout_keep_alive_task is not None

    with_client(at_once, act)


def test_who_does_not_read_his_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uvicorn_extensions, "READ_SECONDS", 0.02)

    async def act(reader: Reader, writer: Writer, state: ServerState) -> None:
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        while not state.tasks:
            await asyncio.sleep(0.001)
        while state.connections:  # the client's buffers are full, and nobody empties them
            await asyncio.sleep(0.001)

    with_client(large, act)
