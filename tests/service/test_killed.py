"""Killed at any moment: what was acknowledged is there, once; what was not is there whole or not at all."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import httpx2
import pytest
import sqlalchemy as sa
from helpers import REPOSITORY, customer, slow
from offline import event
from postgres import PostgresServer
from serving import SLOW, Server, until

from stylo.deployment.releases import Releases
from stylo.service.server import prepare
from stylo.service.settings import ServiceSettings
from stylo.storage import deployments, schema
from stylo.storage.database import Database

ARTICLE = "0794071001"
EVENTS_EACH = 20
SENDERS = 16


@dataclass
class Tills:
    """Threads that send purchases, each event by a customer of its own: number 20 n + i is event i of request n.

    A request without an answer is sent again when the server is there again, but each seventh is given up.
    """

    server: Server
    requests: int
    up: Event = field(default_factory=Event)
    acknowledged: set[int] = field(default_factory=set)
    given_up: set[int] = field(default_factory=set)

    def send(self, sender: int) -> None:
        """A sender's share of the requests."""
        with self.server.client() as client:
            for number in range(sender, self.requests, SENDERS):
                while not self._acknowledged(client, number):
                    if number % 7 == 0:
                        self.given_up.add(number)
                        break

    def _acknowledged(self, client: httpx2.Client, number: int) -> bool:
        assert self.up.wait(SLOW)
        body = {"events": [event(customer(each), ARTICLE) for each in of_request(number)]}
        try:
            answer = client.post("/v1/events", json=body, headers={"idempotency-key": f"order-{number}"})
        except httpx2.TransportError:
            return False
        assert answer.status_code == 201, answer.text
        assert answer.json()["stored"] == EVENTS_EACH
        self.acknowledged.add(number)
        return True


def of_request(number: int) -> range:
    return range(number * EVENTS_EACH, (number + 1) * EVENTS_EACH)


def stored(url: str) -> Counter[int]:
    """How often each event is in the database."""
    database = Database.open(url)
    rows = database.read(sa.select(schema.events.c.customer_id), {})
    database.close()
    return Counter(int(customer_id, 16) for (customer_id,) in rows)


@pytest.fixture
def database(request: pytest.FixtureRequest, shop: Path) -> str:
    """SQLite's file, or a new database of PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{shop}/service/service.sqlite"
    postgres: PostgresServer = request.getfixturevalue("postgres")
    return postgres.fresh()


@pytest.mark.parametrize(
    ("database", "requests", "kills"),
    [("sqlite", 120, 2), *slow(("sqlite", 300, 3), ("postgresql", 120, 2))],
    indirect=["database"],
)
def test_every_event_that_was_acknowledged_is_there_once_however_often_the_server_is_killed(
    database: str, requests: int, kills: int, shop: Path, demo_shop: Path
) -> None:
    # By the number of requests that were acknowledged before: each time the server is busy.
    moments = sorted(random.Random(7).sample(range(5, requests * 9 // 10), kills))
    server = Server(shop, demo_shop / "images", database=database, rate=1e6)
    tills = Tills(server, requests)
    with server, ThreadPoolExecutor(SENDERS) as threads:
        tills.up.set()
        senders = [threads.submit(tills.send, sender) for sender in range(SENDERS)]
        for moment in moments:
            until(lambda moment=moment: len(tills.acknowledged) >= moment)
            tills.up.clear()
            server.kill()
            assert not all(sender.done() for sender in senders)
            server.start()
            tills.up.set()
        for sender in senders:
            sender.result()

    found = stored(database)
    assert set(found.values()) == {1}
    assert tills.acknowledged | tills.given_up == set(range(requests))
    assert {each for number in tills.acknowledged for each in of_request(number)} <= found.keys()
    for number in tills.given_up:
        assert sum(found[each] for each in of_request(number)) in (0, EVENTS_EACH)
    assert found.keys() <= set(range(requests * EVENTS_EACH))


#: Publishes what a data folder holds; at the `count`-th call of a function that this needs, the process is gone.
PUBLISHING = """
import importlib, os, signal, sys
from pathlib import Path
from stylo.deployment.releases import Releases
from stylo.deployment.state_folder import StateFolder
from stylo.tables.folder import DataFolder

data, module, name, count = Path(sys.argv[1]), importlib.import_module(sys.argv[2]), sys.argv[3], int(sys.argv[4])
real, calls = getattr(module, name), 0

def until_killed(*arguments):
    global calls
    calls += 1
    if calls == count:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*arguments)

setattr(module, name, until_killed)
Releases.of(StateFolder.of(data)).publish(DataFolder(data))
"""


@pytest.mark.parametrize(
    ("module", "function", "call"),
    [
        ("stylo.deployment.releases", "own_copy", 4),
        ("stylo.deployment.releases", "_compile", 1),
        ("stylo.deployment.releases", "sha256", 3),
        ("stylo.artefacts.writing", "_take_place", 1),  # all of it is there, but not under its name
    ],
)
def test_the_next_start_publishes_what_a_killed_one_had_not_finished(
    module: str, function: str, call: int, shop: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PUBLISHING, shop, module, function, str(call)], cwd=REPOSITORY
    )
    assert done.returncode == -signal.SIGKILL
    settings = ServiceSettings(data=shop)
    releases = Releases.of(settings.state_folder)
    assert list((settings.state_folder.path / "models").iterdir())
    assert releases.versions() == []

    database = Database.open(settings.state_folder.database_url)
    prepare(settings, database)
    live = deployments.live(database)
    assert live is not None
    assert releases.versions() == [live.version]
    assert [path.name for path in (settings.state_folder.path / "models").iterdir()] == [live.version]
    releases.open(live.version, checked=True)
