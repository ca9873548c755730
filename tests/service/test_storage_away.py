"""A database that goes away, hangs or is full while the server runs, and comes back: without a restart all is well."""

from __future__ import annotations

import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa
from helpers import customer, slow
from offline import event, ids, recommended
from postgres import PostgresServer
from serving import Server, until

from stylo.storage import schema
from stylo.storage.database import Database

ARTICLE = "0794071001"


def send(client: httpx2.Client, *numbers: int) -> httpx2.Response:
    """Purchases of customers by number, under a key that the first has always."""
    body = {"events": [event(customer(number), ARTICLE) for number in numbers]}
    return client.post("/v1/events", json=body, headers={"idempotency-key": f"order-{numbers[0]}"})


def stored(url: str) -> Counter[int]:
    """How often a customer of each number bought."""
    database = Database.open(url)
    rows = database.read(sa.select(schema.events.c.customer_id), {})
    database.close()
    return Counter(int(customer_id, 16) for (customer_id,) in rows)


def asked(client: httpx2.Client, who: str) -> dict[str, Any]:
    answer = client.get(f"/v1/customers/{who}/recommendations")
    assert answer.status_code == 200, answer.text
    return answer.json()


def check_without_storage(client: httpx2.Client, who: str) -> None:
    """Recommendations go on, and so does all that needs the model alone."""
    answer = asked(client, who)
    assert answer["degraded"] == ["events"]
    assert len(ids(answer["recommendations"])) == 12
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.json()["ready"], ready.json()["storage"]) == (200, True, False)
    assert client.get("/v1/articles").status_code == 200


def check_events_are_refused(client: httpx2.Client) -> None:
    refused = send(client, 1, 2)
    assert refused.status_code == 503
    assert int(refused.headers["retry-after"]) > 0


@contextmanager
def stopped(postgres: PostgresServer, mode: str) -> Iterator[None]:
    postgres.stop(mode)
    try:
        yield
    finally:
        postgres.start()


@contextmanager
def hanging(postgres: PostgresServer) -> Iterator[None]:
    """Its processes are there and do nothing."""
    first = int((postgres.folder / "data" / "postmaster.pid").read_text().split()[0])
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(first)], capture_output=True, text=True, check=True
    )
    processes = [first, *map(int, found.stdout.split())]
    for each in processes:
        os.kill(each, signal.SIGSTOP)
    try:
        yield
    finally:
        for each in processes:
            os.kill(each, signal.SIGCONT)


@pytest.mark.parametrize("mode", ["immediate", *slow("fast")])
def test_without_postgresql_recommendations_go_on_and_events_are_refused_until_it_is_back(
    postgres: PostgresServer, shop: Path, demo_shop: Path, customers: list[str], mode: str
) -> None:
    url, who = postgres.fresh(), customers[0]
    with Server(shop, demo_shop / "images", database=url) as server, server.client() as client:
        for number in range(10, 30):
            assert send(client, number).status_code == 201
        before = recommended(client, who)
        with stopped(postgres, mode):
            check_without_storage(client, who)
            check_events_are_refused(client)
        until(lambda: client.get("/health/ready").json()["storage"])
        assert recommended(client, who) == before
        assert send(client, 1, 2).status_code == 201
        repeated = send(client, 10)
        assert (repeated.status_code, repeated.json()["repeated"]) == (201, True)
        assert stored(url) == Counter([1, 2, *range(10, 30)])
        assert "Traceback" not in server.log.read_text()


def test_a_database_that_hangs_is_not_waited_for(
    postgres: PostgresServer, shop: Path, demo_shop: Path, customers: list[str]
) -> None:
    url, who = postgres.fresh(), customers[0]
    with (
        Server(shop, demo_shop / "images", database=url, patience=0.5) as server,
        server.client() as client,
        ThreadPoolExecutor(1) as thread,
    ):
        before = recommended(client, who)
        with hanging(postgres):
            check_without_storage(client, who)
            # An event waits: it may be stored yet. Meanwhile more is asked than there are threads.
            waiting = thread.submit(send, client, 1, 2)
            with server.client() as other:
                for _ in range(10):
                    check_without_storage(other, who)
                version = other.get("/version").json()["model_version"]
                activated = other.post("/v1/admin/models/activate", json={"version": version})
                assert activated.status_code == 503
            assert not waiting.done()
        assert waiting.result().status_code == 201
        until(lambda: not asked(client, who)["degraded"])
        assert recommended(client, who) == before
        assert stored(url) == Counter([1, 2])
        history = client.get("/v1/admin/models").json()["history"]
        assert [each["action"] for each in history] == ["publish"]
        assert "Traceback" not in server.log.read_text()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Of two megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, stderr=subprocess.DEVNULL, check=False).returncode != 0:
        pytest.skip("a disk of two megabytes takes the right to mount one")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_on_a_full_disk_events_are_refused_and_taken_again_when_there_is_room(
    small_disk: Path, shop: Path, demo_shop: Path, customers: list[str]
) -> None:
    url, who, filler = f"sqlite:///{small_disk}/service.sqlite", customers[0], small_disk / "filler"
    with Server(shop, demo_shop / "images", database=url, rate=1e6) as server, server.client() as client:
        acknowledged = [number for number in range(10, 30) if send(client, number).status_code == 201]
        with filler.open("wb", 0) as file, pytest.raises(OSError, match="No space left"):
            while True:
                file.write(bytes(1024))
        # The file may still have some room within.
        number = 30
        while (answer := send(client, *range(number, number + 100))).status_code == 201:
            acknowledged += range(number, number + 100)
            number += 100
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert asked(client, who)["degraded"] == []  # what is on the disk can be read
        assert client.get("/health/ready").json()["storage"] is True
        filler.unlink()
        acknowledged += range(number, number + 100)
        assert send(client, *range(number, number + 100)).status_code == 201
        assert stored(url) == Counter(acknowledged)
        assert "Traceback" not in server.log.read_text()
