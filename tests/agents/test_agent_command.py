"""`stylo mcp` as a program: what it needs to begin, and what stands on which stream."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from agent_calls import call, data_of, refusal_of, with_client
from helpers import REPOSITORY, run_here
from mcp import StdioServerParameters
from serving import SLOW, free_port
from stub_service import JPEG, StubService, facts

STYLO = ("-c", "from stylo.cli import main; main()", "mcp")
ARTICLE = "0000000001"
TO_MAKE_A_KEY = "stylo keys create --data data --name agent --scope read"


def command(service: StubService | str, *more: str, **environment: str) -> StdioServerParameters:
    """The command as the settings of a host of agents name it."""
    address = service if isinstance(service, str) else service.address
    variables = {"STYLO_MCP_SERVICE": address, "STYLO_MCP_KEY": "stylo_key", "PYTHONPATH": str(REPOSITORY)}
    return StdioServerParameters(
        command=sys.executable, args=[*STYLO, *more], env=variables | environment, cwd=REPOSITORY
    )


def test_a_host_starts_it_and_calls_tools_with_the_key_of_the_environment(service: StubService) -> None:
    answer = data_of(call(command(service), "get_article", article_id=ARTICLE))
    assert answer["name"] == facts(ARTICLE)["name"]
    assert {headers["authorization"] for _, _, headers, _ in service.asked} == {"Bearer stylo_key"}


def test_hosts_of_the_protocols_last_years_are_served_as_well(service: StubService) -> None:
    async def work(client: object) -> object:
        return await client.call_tool("get_article", {"article_id": ARTICLE})  # type: ignore[attr-defined]

    assert data_of(with_client(command(service), work, mode="legacy"))["article_id"] == ARTICLE  # type: ignore[arg-type]


def test_the_key_may_come_from_a_file_which_comes_first(service: StubService, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("stylo_of_the_file\n")
    data_of(call(command(service, "--key-file", str(tmp_path / "key")), "get_article", article_id=ARTICLE))
    assert service.asked[-1][2]["authorization"] == "Bearer stylo_of_the_file"


def test_photos_of_the_folder_that_was_opened_are_searched_by(service: StubService, tmp_path: Path) -> None:
    service.answers["/v1/visual-search"] = {
        "article_id": None,
        "by": "visual",
        "untrained": False,
        "articles": [],
    }
    (tmp_path / "coat.jpg").write_bytes(JPEG)
    opened = command(service, "--photos", str(tmp_path))
    assert data_of(call(opened, "similar_to_photo", path="coat.jpg"))["by"] == "visual"
    assert "does not lie in the folder" in refusal_of(call(opened, "similar_to_photo", path="/etc/passwd"))


def started(address: str) -> subprocess.Popen[bytes]:
    variables = os.environ | {"STYLO_MCP_SERVICE": address, "STYLO_MCP_KEY": "stylo_key"}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([sys.executable, *STYLO], cwd=REPOSITORY, env=variables, **pipes)  # type: ignore[call-overload]


def message(number: int, method: str, **params: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode() + b"\n"


HELLO = message(
    0,
    "initialize",
    protocolVersion="2025-06-18",
    capabilities={},
    clientInfo={"name": "test", "version": "1"},
)


def test_standard_output_holds_the_protocol_alone_and_the_log_is_on_standard_error(
    service: StubService,
) -> None:
    process = started(service.address)
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(HELLO)
    process.stdin.write(b"this is not JSON\n")
    process.stdin.write(b'{"jsonrpc": "2.0", "method": "notifications/initialized"}\n')
    process.stdin.write(message(1, "tools/call", name="get_article", arguments={"article_id": ARTICLE}))
    process.stdin.flush()
    seen = [json.loads(process.stdout.readline())]
    while seen[-1].get("id") != 1:
        seen.append(json.loads(process.stdout.readline()))
    said, log = process.communicate(timeout=SLOW)  # which closes standard input
    assert process.returncode == 0
    assert [json.loads(line)["jsonrpc"] for line in said.splitlines()] == []
    assert seen[0]["result"]["serverInfo"]["title"] == "StyloAI"
    assert b"get_article done in" in log
    assert b"Traceback" not in log and b"stylo_key" not in log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_host_that_ends_it_does_not_wait(number: signal.Signals, service: StubService) -> None:
    process = started(service.address)
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(HELLO)
    process.stdin.flush()
    process.stdout.readline()
    process.send_signal(number)
    assert process.wait(SLOW) == 0  # its standard input is still open
    assert process.communicate() == (b"", b"")


def refused(*words: str, **environment: str) -> str:
    done = run_here(*STYLO, *words, env={"STYLO_MCP_KEY": "", **environment})
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    return done.stderr


def test_without_a_key_it_says_how_to_make_one(tmp_path: Path) -> None:
    assert TO_MAKE_A_KEY in refused()
    assert TO_MAKE_A_KEY in refused("--key-file", str(tmp_path / "nowhere"))
    (tmp_path / "empty").touch()
    assert TO_MAKE_A_KEY in refused("--key-file", str(tmp_path / "empty"))
    assert "not in the form of a key" in refused(STYLO_MCP_KEY="two words\tand a tab")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--service", "127.0.0.1:8000"), "is not the address of a service"),
        (("--service", "http://127.0.0.1:99999"), "is not the address of a service"),
        (("--photos", "/nowhere/at/all"), "The folder of photos is not there."),
        (("--transport", "http", "--key-file", "x"), "--key-file is for stdio."),
        (("--transport", "http", "--photos", "."), "--photos is for stdio."),
        (("--transport", "http", "--host", "0.0.0.0"), "Under which name will callers reach 0.0.0.0?"),
        (("--transport", "http", "--host", "256.1.1.1", "--allowed-host", "x"), "Cannot listen on 256.1.1.1"),
        (("--transport", "pigeon"), "Invalid value for '--transport'"),
    ],
)
def test_options_that_cannot_be_are_refused(words: tuple[str, ...], told: str) -> None:
    assert told in refused(*words, STYLO_MCP_KEY="stylo_key")


def left_alone(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """The command whose standard input has ended."""
    program = [sys.executable, *map(str, words)]
    return subprocess.run(
        program, cwd=REPOSITORY, input="", capture_output=True, text=True, check=False, timeout=SLOW
    )


def test_a_key_that_others_can_read_or_hear_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("stylo_key")
    (tmp_path / "key").chmod(0o644)
    done = left_alone(*STYLO, "--key-file", tmp_path / "key", "--service", "http://shop.example")
    assert (done.returncode, done.stdout) == (0, "")
    assert "chmod 600" in done.stderr
    assert "in plain text" in done.stderr
    (tmp_path / "key").chmod(0o600)
    done = left_alone(*STYLO, "--key-file", tmp_path / "key", "--service", f"http://127.0.0.1:{free_port()}")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_without_the_protocols_library_it_says_how_to_install_it(tmp_path: Path) -> None:
    (tmp_path / "mcp.py").write_text("raise ModuleNotFoundError('gone', name='mcp')\n")
    code = "import sys; sys.path.insert(0, sys.argv.pop(1)); from stylo.cli import main; main()"
    done = left_alone("-c", code, tmp_path, "mcp")
    assert done.returncode == 2
    assert "pip install '.[agents]' -c constraints.txt" in done.stderr
