"""Attacks in small form: others are answered, and the service takes no harm. In full: `benchmarks.attacks`."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from loops import in_a_loop
from serving import SLOW, Server, linked, until

from benchmarks import attacks
from benchmarks.attacks import ATTACKS, Line, Target

#: Of these it is told elsewhere: they break the server that the others share.
ELSEWHERE = {"nothing", "full disk", "changed model", "killed workers", "busy customer", "photos"}
#: MiB that 300 may become on any machine; without bounds it is several times as much.
MEMORY = 600


@pytest.fixture(scope="module")
def server(demo_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = linked(demo_shop, tmp_path_factory.mktemp("attacked") / "shop")
    with Server(data, demo_shop / "images", workers=2, rate=1e9, patience=SLOW) as server:
        until(lambda: server.log.read_text().count('"message": "model"') == 2)
        yield server


@pytest.fixture(scope="module")
def target(server: Server, customers: list[str], article_ids: list[str], demo_shop: Path) -> Target:
    assert server.process is not None
    photos = sorted((demo_shop / "images").glob("0*/*.jpg"))
    state = server.data / "service"
    return Target(server.token, customers, article_ids, photos, state, server.process.pid, server.port)


@pytest.mark.parametrize("name", sorted(ATTACKS.keys() - ELSEWHERE))
def test_others_are_answered_while_the_service_is_attacked(
    name: str, target: Target, server: Server, customers: list[str]
) -> None:
    statuses: Counter[int] = Counter()

    async def run() -> None:
        attack = asyncio.create_task(ATTACKS[name](target, statuses))
        await asyncio.sleep(0.5)
        for number, who in enumerate(customers[:8]):
            others = Line(target.port)
            assert await others.ask(target.list_of(who, f"?price_max={1e5 + number}")) == 200
            others.close()
        assert not attack.done()
        attack.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await attack

    before = attacks._memory(target.server)
    in_a_loop(run())
    assert set(statuses) <= {0, 200, 201, 400, 408, 414, 429, 431, 503}
    assert attacks._memory(target.server) - before < MEMORY
    with server.client() as client:
        assert client.get("/health/ready").json()["ready"] is True
    assert '"level": "error"' not in server.log.read_text()
    assert len(attacks._workers(target.server)) == 2
