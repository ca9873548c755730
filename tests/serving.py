"""The service as people meet it: a real server on loopback, killed and started again where a test wants it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import sqlalchemy as sa
from helpers import REPOSITORY

from stylo.storage import keys, schema
from stylo.storage.address import service_file
from stylo.storage.database import Database
from stylo.storage.keys import Scope

_COUNT = sa.select(sa.func.count()).select_from(schema.events)
#: Seconds to wait for anything, on a machine that has other work.
SLOW = 180.0


def linked(shop: Path, target: Path) -> Path:
    """A copy of a data folder that costs no bytes: files of a run of scripts are replaced, never changed."""
    for path in shop.rglob("*"):
        if path.is_file() and "images" not in path.parts:
            place = target / path.relative_to(shop)
            place.parent.mkdir(parents=True, exist_ok=True)
            os.link(path, place)
    return target


def until(true: Callable[[], object]) -> None:
    """Returns when it is."""
    deadline = time.monotonic() + SLOW
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def token(database: str, *scopes: Scope, **more: object) -> str:
    """A new key of the database at a URL."""
    opened = Database.open(database)
    opened.migrate()
    try:
        return keys.create(opened, "test", scopes or tuple(Scope), now=datetime.now(UTC), **more)[1]  # type: ignore[arg-type]
    finally:
        opened.close()


def count_events(database: Database) -> int:
    """How many events are stored."""
    (found,) = database.read(_COUNT, {})[0]
    return int(found)


class Server:
    """`python serve.py` over a data folder. ServiceSettings are environment variables: `rate=5` is STYLO_SERVICE_RATE.

    The state lies in DATA/service, so that another server over the same folder goes on with it.
    """

    def __init__(self, data: Path, images: Path, **settings: object) -> None:
        self.data, self.images, self.settings = data, images, settings
        self.database = str(settings.get("database") or service_file(data / "service").render_as_string())
        self.token = token(self.database)
        self.log = data / "serve.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    def __enter__(self) -> Server:
        try:
            self.start()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns when it is ready."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("STYLO_")}
        environment["STYLO_SERVICE_TIME_ZONE"] = "UTC"
        more = {f"STYLO_SERVICE_{name.upper()}": str(value) for name, value in self.settings.items()}
        command = [sys.executable, "serve.py", "--data", str(self.data), "--images", str(self.images)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--port", str(self.port)],
                cwd=REPOSITORY,
                env=environment | more,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + SLOW
        with httpx2.Client(base_url=self.address, timeout=SLOW, verify=False) as client:
            while True:
                try:
                    if client.get("/health/ready").status_code == 200:
                        return
                except httpx2.TransportError:
                    pass
                assert self.process.poll() is None, self.log.read_text()
                assert time.monotonic() < deadline, self.log.read_text()
                time.sleep(0.05)

    def client(self, **more: object) -> httpx2.Client:
        """One that has a key with every scope."""
        headers = {"authorization": f"Bearer {self.token}"}
        # To check certificates, of which HTTP has none, a client would first read those of the whole world.
        return httpx2.Client(base_url=self.address, headers=headers, timeout=SLOW, verify=False, **more)  # type: ignore[arg-type]

    def logged(self) -> list[dict[str, Any]]:
        """The lines of the log that have ended: what a process writes at this moment may not be whole yet.

        Every line but those told on starting must be JSON.
        """
        ended = self.log.read_text().rpartition("\n")[0]
        return [json.loads(line) for line in ended.splitlines() if not line.startswith("The ")]

    def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is said."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """A polite end; gives the exit status."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(number)
        status = self.process.wait(SLOW)
        self.process = None
        return status
