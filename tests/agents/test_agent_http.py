"""Over HTTP: each caller with a key of its own, and nobody from where nobody should come."""

from __future__ import annotations

import base64
import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from agent_calls import call, data_of, here, over_http, refusal_of
from helpers import REPOSITORY, run_script
from serving import SLOW, free_port, until
from stub_service import JPEG, StubService

from stylo.agents import guard
from stylo.agents.access import ShopAccess
from stylo.agents.server import agent_server
from stylo.agents.tool_list import all_tools
from stylo.agents.transports import http_application

ARTICLE = "0000000001"
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
ACCEPTED = {"accept": "application/json, text/event-stream"}
KEY = {"authorization": "Bearer stylo_a"}


@pytest.fixture
def address(service: StubService) -> Iterator[str]:
    """Of a server in a thread of this process."""
    port = free_port()
    application = http_application(
        agent_server(ShopAccess(service.address, None), all_tools()),
        ["agents.example"],
        ["https://chat.example"],
    )
    server = uvicorn.Server(uvicorn.Config(application, port=port, log_config=None, ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    until(lambda: server.started)
    yield f"http://127.0.0.1:{port}/mcp"
    server.should_exit = True
    thread.join()


def post(address: str, content: Any = PING, **headers: str) -> httpx2.Response:
    told = {**ACCEPTED, **KEY, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return httpx2.post(address, json=content, headers=told, timeout=SLOW, verify=False)


def get_article(client: Any) -> Any:
    return client.call_tool("get_article", {"article_id": ARTICLE})


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_each_caller_asks_with_a_key_of_its_own(mode: str, address: str, service: StubService) -> None:
    for key in ("stylo_a", "stylo_b"):
        assert data_of(over_http(address, key, get_article, mode=mode))["article_id"] == ARTICLE
    assert {headers["authorization"] for _, _, headers, _ in service.asked} == {
        "Bearer stylo_a",
        "Bearer stylo_b",
    }


def test_who_sends_no_key_gets_no_further(address: str, service: StubService) -> None:
    for headers in ({}, {"authorization": "Basic c3R5bG86eA=="}, {"authorization": "Bearer"}):
        answer = httpx2.post(address, json=PING, headers={**ACCEPTED, **headers}, timeout=SLOW, verify=False)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert "Authorization: Bearer" in answer.json()["error"]["message"]
    assert service.asked == []


def test_a_server_with_a_key_of_its_own_lends_it_to_nobody(service: StubService) -> None:
    """What the environment of `stylo mcp --transport http` holds is of no use to callers."""
    port = free_port()
    variables = {"STYLO_MCP_KEY": "stylo_own", "STYLO_MCP_SERVICE": service.address, "PATH": ""}
    command = ["-c", "from stylo.cli import main; main()", "mcp", "--transport", "http", "--port", str(port)]
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=REPOSITORY,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    try:
        assert f"http://127.0.0.1:{port}/mcp".encode() in process.stderr.readline()
        there = f"http://127.0.0.1:{port}/mcp"
        until(lambda: accepts(port))
        assert httpx2.post(there, json=PING, headers=ACCEPTED, timeout=SLOW, verify=False).status_code == 401
        data_of(over_http(there, "stylo_a", get_article))
        assert {headers["authorization"] for _, _, headers, _ in service.asked} == {"Bearer stylo_a"}
        taken = run_script(*command, env={"STYLO_MCP_SERVICE": service.address})
        assert (taken.returncode, taken.stderr.partition("\n")[0]) == (
            2,
            f"Port {port} of 127.0.0.1 is taken.",
        )
    finally:
        process.send_signal(signal.SIGTERM)
        said, log = process.communicate(timeout=SLOW)
    assert (process.returncode, said) == (0, b"")
    assert b"get_article done in" in log and b"stylo_a" not in log and b"Traceback" not in log


def accepts(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def test_a_web_page_of_another_origin_and_a_foreign_name_are_refused(
    address: str, service: StubService
) -> None:
    assert post(address, host="evil.example").status_code == 421
    assert post(address, host="127.0.0.1.evil.example:80").status_code == 421
    assert post(address, origin="https://evil.example").status_code == 403
    assert post(address, origin="null").status_code == 403
    for allowed in (
        {},
        {"host": "agents.example"},
        {"host": "localhost:99"},
        {"origin": "https://chat.example"},
    ):
        assert post(address, **allowed).status_code == 200, allowed
    # Before the key: a page must not learn whether one is needed.
    foreign = {**ACCEPTED, "origin": "https://evil.example"}
    assert httpx2.post(address, json=PING, headers=foreign, timeout=SLOW, verify=False).status_code == 403


def test_a_page_that_may_call_is_told_so_before_and_after(address: str) -> None:
    def asked(origin: str) -> httpx2.Response:
        wanted = {
            "origin": origin,
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,content-type",
        }
        return httpx2.request("OPTIONS", address, headers=wanted, timeout=SLOW, verify=False)

    told = asked("https://chat.example")
    assert (told.status_code, told.headers["access-control-allow-origin"]) == (200, "https://chat.example")
    assert "authorization" in told.headers["access-control-allow-headers"]
    answered = post(address, origin="https://chat.example")
    assert answered.headers["access-control-allow-origin"] == "https://chat.example"
    assert "access-control-allow-origin" not in asked("https://evil.example").headers


def test_nothing_but_post_is_answered_and_nothing_elsewhere(address: str) -> None:
    for method in ("GET", "DELETE", "PUT", "OPTIONS"):
        answer = httpx2.request(method, address, headers={**ACCEPTED, **KEY}, timeout=SLOW, verify=False)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert post(address.replace("/mcp", "/admin")).status_code == 404


def test_a_body_that_is_too_large_is_refused_by_its_length_or_on_its_way(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "LARGEST_BODY", 2_000)
    padded = {**PING, "params": {"_meta": {"x": "y" * 3_000}}}
    answer = post(address, padded)
    assert answer.status_code == 413
    assert "at most 2,000 bytes" in answer.json()["error"]["message"]

    def pieces() -> Iterator[bytes]:
        yield from (b"x" * 1_000 for _ in range(3))

    headers = {**ACCEPTED, **KEY, "content-type": "application/json"}
    assert (
        httpx2.post(address, content=pieces(), headers=headers, timeout=SLOW, verify=False).status_code == 413
    )
    assert post(address).status_code == 200


def test_who_sends_too_slowly_and_what_is_too_much_at_once_is_turned_away(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "_BODY_SECONDS", 0.05)
    port = int(address.rpartition(":")[2].partition("/")[0])
    head = "POST /mcp HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer x\r\ncontent-length: 100\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=SLOW) as slow:
        slow.sendall(head.encode() + b"{")
        assert slow.recv(100).startswith(b"HTTP/1.1 408")
    monkeypatch.setattr(guard, "_BODY_SECONDS", 60)
    monkeypatch.setattr(guard, "_HELD", 10)
    answer = post(address)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    monkeypatch.setattr(guard, "_HELD", 10_000)
    assert post(address).status_code == 200  # what was turned away is held no more


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b'{"jsonrpc": "1.0"}', b"\xff\xfe", b"[" * 10_000])
def test_what_is_not_of_the_protocol_is_refused_without_a_trace(
    body: bytes, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {**ACCEPTED, **KEY, "content-type": "application/json"}
    answer = httpx2.post(address, content=body, headers=headers, timeout=SLOW, verify=False)
    assert answer.status_code == 400
    assert "Traceback" not in answer.text + caplog.text
    assert json.loads(answer.text)["error"]["code"] < 0


def test_a_photo_may_be_sent_with_a_call_and_no_file_of_the_server_named(
    address: str, service: StubService, tmp_path: Path
) -> None:
    service.answers["/v1/visual-search"] = {
        "article_id": None,
        "by": "visual",
        "untrained": False,
        "articles": [],
    }
    photo = base64.b64encode(JPEG * 100_000).decode()
    sent = over_http(
        address, "stylo_a", lambda client: client.call_tool("similar_to_photo", {"photo_base64": photo})
    )
    assert data_of(sent)["by"] == "visual"
    named = over_http(
        address, "stylo_a", lambda client: client.call_tool("similar_to_photo", {"path": "/etc/passwd"})
    )
    assert "path: there is no such argument" in refusal_of(named)


def test_a_call_without_a_request_of_http_uses_the_one_key_there_is(service: StubService) -> None:
    assert data_of(call(here(service.address), "get_article", article_id=ARTICLE))
    elsewhere = agent_server(ShopAccess(service.address, None), all_tools())
    assert "Send a key of the service" in refusal_of(call(elsewhere, "get_article", article_id=ARTICLE))
