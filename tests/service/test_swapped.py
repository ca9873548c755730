"""Another version of the model while requests come: none fails, and each is answered by one version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import cycle
from pathlib import Path
from threading import Event
from typing import Any

import httpx2
from helpers import run_here
from offline import ids
from serving import Server, until

from stylo.artefacts import Manifest, open_arrays, writing
from stylo.deployment.release import version_of
from stylo.recommender import SavedModel
from stylo.tables.folder import DataFolder

MODELS = "/v1/admin/models"
#: Articles of each customer's list, by version of the model.
Lists = dict[str, dict[str, list[str]]]


def write_another_model(data: Path) -> str:
    """Puts a model into a data folder that fuses what strategies propose, without a ranker; gives its version."""
    folder = DataFolder(data)
    saved = SavedModel.open(folder)
    inputs = open_arrays(folder.path("model.bin"), "")[2].inputs
    other = replace(saved, model=replace(saved.model, ranker=None))
    with writing(folder.path("model.bin"), folder.path("model.json")) as (model, beside):
        other.write(model, beside, Manifest("final.py", inputs))
    return version_of(folder)


def lists_of(data: Path, customers: Sequence[str]) -> dict[str, list[str]]:
    """What the model in a data folder recommends."""
    folder = DataFolder(data)
    numbers = dict(folder.scan("customers.parquet").select("customer_id", "customer").collect().iter_rows())
    found = SavedModel.open(folder).recommend([numbers[each] for each in customers])
    by_number = {
        number: [f"{article:010d}" for article in rows["article"]]
        for (number,), rows in found.sort("rank").group_by("customer", maintain_order=True)
    }
    return {each: by_number[numbers[each]] for each in customers}


@dataclass
class Shoppers:
    """Threads that ask for recommendations without pause, one customer at a time and several at once."""

    server: Server
    customers: Sequence[str]
    stopped: Event = field(default_factory=Event)
    #: The version that every process answers with; None while one may not yet.
    settled: str | None = None
    #: Version, customer and articles of each list.
    lists: list[tuple[str, str, list[str]]] = field(default_factory=list)
    #: Answers that were asked for and came while a version was settled.
    while_settled: Counter[str] = field(default_factory=Counter)

    def ask(self, first: int) -> None:
        with self.server.client() as client:
            for place in cycle(range(len(self.customers))):
                if self.stopped.is_set():
                    return
                who = self.customers[(first + place) % len(self.customers)]
                self._keep(lambda who=who: client.get(f"/v1/customers/{who}/recommendations"))
                if place % 10 == 0:
                    some = {"customers": list(self.customers[:5])}
                    self._keep(lambda some=some: client.post("/v1/batch", json=some))

    def _keep(self, ask: Callable[[], httpx2.Response]) -> None:
        settled = self.settled
        answer = ask()
        assert answer.status_code == 200, answer.text
        told = answer.json()
        if settled is not None and settled == self.settled:
            assert told["model_version"] == settled
            self.while_settled[settled] += 1
        for each in told.get("lists", [told]):
            assert each["degraded"] == []
            assert each["model_version"] == told["model_version"]
            self.lists.append((told["model_version"], each["customer_id"], ids(each["recommendations"])))


@contextmanager
def shopping(server: Server, customers: Sequence[str], threads: int = 4) -> Iterator[Shoppers]:
    """Load for the block, all of which must have been answered well."""
    shoppers = Shoppers(server, customers)
    with ThreadPoolExecutor(threads) as pool:
        asking = [pool.submit(shoppers.ask, 7 * number) for number in range(threads)]
        try:
            yield shoppers
        finally:
            shoppers.stopped.set()
            for each in asking:
                each.result()


def taken_up(server: Server) -> list[str]:
    """The versions that processes have taken up, one line for each time."""
    return [line["version"] for line in server.logged() if line["message"] == "model"]


def test_versions_are_swapped_under_load_in_every_process_and_no_request_fails(
    shop: Path, demo_shop: Path, customers: list[str]
) -> None:
    some = customers[:40]
    lists: Lists = {version_of(DataFolder(shop)): lists_of(shop, some)}
    with Server(shop, demo_shop / "images", workers=2, follow_seconds=0.2, rate=1e6) as server:
        with shopping(server, some) as shoppers, server.client() as admin:
            (first,) = lists
            second = write_another_model(shop)
            lists[second] = lists_of(shop, some)
            assert lists[first] != lists[second]
            until(lambda: len(taken_up(server)) == 2)
            steps = [
                ("publish", {}, first, second),
                ("rollback", {"reason": "worse"}, second, first),
                ("activate", {"version": second}, first, second),
                ("rollback", {}, second, first),
            ]
            for number, (step, asked, before, after) in enumerate(steps, 2):
                shoppers.settled = None
                answer = admin.post(f"{MODELS}/{step}", json=asked)
                assert answer.status_code == 201, answer.text
                told = answer.json()
                assert (told["action"], told["previous"], told["version"]) == (step, before, after)
                until(lambda number=number: len(taken_up(server)) == 2 * number)
                many = shoppers.while_settled[after] + 50
                shoppers.settled = after
                until(lambda many=many, after=after: shoppers.while_settled[after] > many)
        assert taken_up(server) == [first, first, *[second] * 2, *[first] * 2, *[second] * 2, *[first] * 2]
    for version, who, found in shoppers.lists:
        assert found == lists[version][who]
    assert {version for version, *_ in shoppers.lists} == {first, second}


def damage(path: Path) -> None:
    """Changes one byte in the middle of a file, of which only this name sees it."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.with_suffix(".damaged").write_bytes(content)
    path.with_suffix(".damaged").replace(path)


def models(client: httpx2.Client) -> dict[str, Any]:
    return client.get(MODELS).json()


def test_a_version_of_which_a_byte_has_changed_is_refused_and_the_other_goes_on(
    shop: Path, demo_shop: Path, customers: list[str]
) -> None:
    with Server(shop, demo_shop / "images", follow_seconds=0.2) as server, server.client() as client:
        first = models(client)["live"]
        second = write_another_model(shop)
        assert client.post(f"{MODELS}/publish", json={}).status_code == 201
        history = models(client)["history"]
        damage(shop / "service" / "models" / first / "model.bin")
        for step, asked in (("activate", {"version": first}), ("rollback", {})):
            refused = client.post(f"{MODELS}/{step}", json=asked)
            assert refused.status_code == 409
            assert "model.bin" in refused.json()["detail"]
        done = run_here("serve.py", "models", "rollback", "--data", shop)
        assert done.returncode == 2
        assert f"model.bin of version {first} has changed since it was published" in done.stderr
        told = models(client)
        assert (told["live"], told["answering"], told["history"]) == (second, second, history)
        answer = client.get(f"/v1/customers/{customers[0]}/recommendations").json()
        assert (answer["model_version"], answer["degraded"]) == (second, [])


def test_a_rollback_by_command_line_is_followed_and_outlives_a_restart(
    shop: Path, demo_shop: Path, customers: list[str]
) -> None:
    def answering(client: httpx2.Client) -> str:
        return client.get(f"/v1/customers/{customers[0]}/recommendations").json()["model_version"]

    with Server(shop, demo_shop / "images", follow_seconds=0.2) as server:
        with server.client() as client:
            first = answering(client)
            second = write_another_model(shop)
            client.post(f"{MODELS}/publish", json={})
            assert answering(client) == second
            done = run_here("serve.py", "models", "rollback", "--data", shop, "--reason", "worse")
            assert (done.returncode, done.stdout.strip()) == (0, f"Live: {first}")
            until(lambda: answering(client) == first)
        assert server.stop() == 0
        server.start()
        with server.client() as client:
            assert answering(client) == first
            assert [each["version"] for each in models(client)["history"]] == [first, second, first]
            assert models(client)["history"][0]["reason"] == "worse"
            assert models(client)["versions"] == sorted([first, second])
