"""Stopping and starting: what was begun is finished, and what cannot be served is said in a sentence."""

from __future__ import annotations

import json
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from helpers import run_here, run_script, slow
from offline import event
from serving import SLOW, Server, count_events, free_port, until

from stylo.storage.database import Database

ARTICLE = "0794071001"
BODY = json.dumps({"events": [event("ab" * 32, ARTICLE)]}).encode()


class Begun:
    """A request of which the server has begun to read the body, which is yet to be sent."""

    def __init__(self, server: Server) -> None:
        self._socket = socket.create_connection(("127.0.0.1", server.port), SLOW)
        head = (
            "POST /v1/events HTTP/1.1\r\nhost: x\r\n"
            f"authorization: Bearer {server.token}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(BODY)}\r\nexpect: 100-continue\r\n\r\n"
        )
        self._socket.sendall(head.encode())
        assert self._socket.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"

    def finish(self) -> bytes:
        """Sends the body; gives all that is answered until the server hangs up."""
        self._socket.sendall(BODY)
        with self._socket, self._socket.makefile("rb") as answer:
            return answer.read()


def listens(server: Server) -> bool:
    try:
        socket.create_connection(("127.0.0.1", server.port), SLOW).close()
    except ConnectionRefusedError:
        return False
    return True


@pytest.mark.parametrize(
    ("number", "workers"), [(signal.SIGTERM, 1), (signal.SIGINT, 1), (signal.SIGTERM, 2)]
)
def test_what_was_begun_is_finished_and_nothing_new_is_taken(
    shop: Path, demo_shop: Path, number: signal.Signals, workers: int
) -> None:
    with Server(shop, demo_shop / "images", workers=workers) as server:
        begun = [Begun(server) for _ in range(5)]
        idle = socket.create_connection(("127.0.0.1", server.port), SLOW)
        assert server.process is not None
        server.process.send_signal(number)
        until(lambda: not listens(server))
        for each in begun:
            answer = each.finish()
            assert answer.startswith(b"HTTP/1.1 201 ")
            assert b"connection: close\r\n" in answer
        idle.close()
        assert server.process.wait(SLOW) == 0
        assert "Traceback" not in server.log.read_text()
        database = Database.open(server.database)
        assert count_events(database) == 5
        database.close()


def test_a_request_that_does_not_end_is_given_up_when_the_time_to_stop_is_over(
    shop: Path, demo_shop: Path
) -> None:
    with Server(shop, demo_shop / "images", stop_seconds=1, body_seconds=10_000) as server:
        Begun(server)
        assert server.stop() == 0


def test_predictions_that_wait_are_written_before_the_end(
    shop: Path, demo_shop: Path, customers: list[str]
) -> None:
    with Server(shop, demo_shop / "images") as server:
        with server.client() as client:
            for who in customers[:20]:
                client.get(f"/v1/customers/{who}/recommendations")
        assert server.stop() == 0
    with sqlite3.connect(shop / "service" / "service.sqlite") as file:
        assert file.execute("SELECT count(DISTINCT customer_id) FROM predictions").fetchone() == (20,)


def refused(*arguments: object, env: dict[str, str] | None = None, run: Callable[..., Any] = run_here) -> str:
    """What `serve.py` says when it ends with 2."""
    with patch("uvicorn.Server.run", side_effect=AssertionError("it serves")):
        done = run("serve.py", *map(str, arguments), env=env)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    return done.stderr


def test_a_port_that_is_taken_is_named(shop: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refused("--data", shop, "--port", port)
    assert said == f"Port {port} of 127.0.0.1 is taken.\nChoose another: --port, --host.\n"


def test_an_address_that_is_not_of_this_machine_is_named(shop: Path) -> None:
    # 192.0.2.0/24 belongs to nobody (RFC 5737).
    said = refused("--data", shop, "--port", free_port(), "--host", "192.0.2.1")
    assert said.startswith("Cannot listen on 192.0.2.1, port ")
    said = refused("--data", shop, "--port", free_port(), "--host", "no-such-host.invalid")
    assert said.startswith("Cannot listen on no-such-host.invalid, port ")


def test_a_data_folder_that_is_not_there_is_named_and_not_made(tmp_path: Path) -> None:
    said = refused("--data", tmp_path / "demmo", "--port", free_port())
    assert said.startswith(f"There is no data folder {tmp_path / 'demmo'}.\n")
    assert not (tmp_path / "demmo").exists()


def test_without_a_model_the_script_that_makes_it_is_named(shop: Path) -> None:
    (shop / "model.bin").unlink()
    said = refused("--data", shop, "--port", free_port())
    assert f"{shop / 'model.bin'} does not exist yet." in said
    assert f"python final.py --data {shop}" in said


def test_a_live_version_that_is_damaged_is_made_again_from_the_data_folder(
    shop: Path, demo_shop: Path
) -> None:
    run_here("serve.py", "models", "publish", "--data", shop)
    (version,) = (shop / "service" / "models").iterdir()
    whole = (version / "service.bin").read_bytes()
    (version / "service.bin").chmod(0o644)
    (version / "service.bin").write_bytes(whole[:-1])
    with Server(shop, demo_shop / "images") as server, server.client() as client:
        assert client.get("/health/ready").json()["model_version"] == version.name
    assert (version / "service.bin").read_bytes() == whole


def test_a_live_version_that_cannot_be_opened_nor_made_again_is_named(shop: Path) -> None:
    run_here("serve.py", "models", "publish", "--data", shop)
    (version,) = (shop / "service" / "models").iterdir()
    (version / "service.bin").chmod(0o644)
    with (version / "service.bin").open("ab") as file:
        file.write(b"x")
    (shop / "model.bin").unlink()
    said = refused("--data", shop, "--port", free_port())
    assert f"service.bin of version {version.name} has changed since it was published." in said


def foreign(file: sqlite3.Connection) -> None:
    file.execute("CREATE TABLE events (guests INTEGER)")


def newer(file: sqlite3.Connection) -> None:
    file.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    file.execute("INSERT INTO alembic_version VALUES ('9999')")


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (foreign, "The database has tables that belong to another program: events."),
        (newer, "The database is at migration step 9999, which this version does not know."),
    ],
)
def test_a_database_that_is_not_ours_is_named_and_left_alone(
    shop: Path, make: Callable[[sqlite3.Connection], None], problem: str
) -> None:
    with sqlite3.connect(shop / "other.sqlite") as file:
        make(file)
    before = file.execute("SELECT sql FROM sqlite_master").fetchall()
    said = refused("--data", shop, "--port", free_port(), "--database", f"sqlite:///{shop}/other.sqlite")
    assert said.startswith(problem)
    assert file.execute("SELECT sql FROM sqlite_master").fetchall() == before


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://x@localhost/shop", "mysql"),
        ("postgresql://stylo:hunter2@127.0.0.1:1/shop", "//stylo:***@127.0.0.1:1/shop"),
        ("shop.sqlite", "URL cannot be read"),
    ],
)
def test_a_database_that_cannot_be_reached_is_named_without_its_password(
    shop: Path, url: str, said: str
) -> None:
    told = refused("--data", shop, "--port", free_port(), "--database", url)
    assert said in told
    assert "hunter2" not in told


@pytest.mark.parametrize(
    ("options", "environment", "named"),
    [
        (["--port", "70000"], {}, "port cannot be '70000'"),
        (["--workers", "0"], {}, "workers cannot be '0'"),
        (["--today", "yesterday"], {}, "today cannot be 'yesterday'"),
        ([], {"RATE": "fast"}, "rate cannot be 'fast'"),
        ([], {"RATE": "nan"}, "rate cannot be 'nan'"),
        ([], {"PATIENCE": "0"}, "patience cannot be '0'"),
        ([], {"CORS_ORIGINS": "https://shop.example"}, "cors_origins cannot be read"),
        ([], {"OPEN_HEALTH": "perhaps"}, "open_health cannot be 'perhaps'"),
    ],
    ids=str,
)
def test_a_setting_that_makes_no_sense_is_named(
    shop: Path, options: list[str], environment: dict[str, str], named: str
) -> None:
    env = {f"STYLO_SERVICE_{name}": value for name, value in environment.items()}
    told = refused("--data", shop, *options, env=env).splitlines()
    assert named in told[0]
    (name,) = environment or [options[0].removeprefix("--").upper()]
    assert f"STYLO_SERVICE_{name}" in told[-1]


@pytest.mark.parametrize(
    "library", ["uvicorn", *slow("fastapi", "httptools", "sqlalchemy", "pydantic_settings")]
)
def test_a_library_that_is_not_installed_is_named(shop: Path, tmp_path: Path, library: str) -> None:
    hidden = (
        "from importlib.machinery import PathFinder\n"
        "find = PathFinder.find_spec\n"
        f"hidden = lambda name, *more: None if name.split('.')[0] == {library!r} else find(name, *more)\n"
        "PathFinder.find_spec = hidden\n"
    )
    (tmp_path / "sitecustomize.py").write_text(hidden)
    done = subprocess.run(
        [sys.executable, "-c", f"import {library}"], env={"PYTHONPATH": str(tmp_path)}, check=False
    )
    assert done.returncode == 1
    said = refused("--data", shop, "--port", free_port(), env={"PYTHONPATH": str(tmp_path)}, run=run_script)
    assert f"The library {library} is not installed." in said
    assert "pip install '.[serve]'" in said
