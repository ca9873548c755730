"""Two processes at one port: what one of them learns, the other knows, and together they are one service."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2
import pytest
from offline import answered, event, ids, post
from serving import Server, linked, until

ARTICLES = ("0794071001", "0137887001")


@pytest.fixture(scope="module")
def server(demo_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = linked(demo_shop, tmp_path_factory.mktemp("two") / "a shop [1]* ?x=1#50%20~é")
    with Server(data, demo_shop / "images", workers=2, rate=1e6) as server:
        until_both_answer(server)
        yield server


def processes(server: Server) -> list[int]:
    """Numbers of those that answer."""
    assert server.process is not None
    found = subprocess.run(
        ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(server.process.pid)],
        capture_output=True,
        text=True,
        check=True,
    )
    return [int(line.split()[0]) for line in found.stdout.splitlines() if "spawn_main" in line]


def over(process: int) -> bool:
    """Whether it has closed its sockets: the kernel sends nobody there any more."""
    try:
        _, _, told = Path(f"/proc/{process}/stat").read_text().rpartition(") ")
    except (FileNotFoundError, ProcessLookupError):
        return True
    state, threads = told.split()[0], told.split()[17]
    return (state, threads) == ("Z", "1")


def until_both_answer(server: Server, models: int = 2) -> None:
    until(lambda: sum(line["message"] == "model" for line in server.logged()) >= models)


@contextmanager
def connections(server: Server, count: int = 16) -> Iterator[Sequence[httpx2.Client]]:
    """Clients of which each keeps a connection of its own: with so many, no process is without one.

    (The kernel deals them out by chance: that all sixteen meet the same of two happens once in 32,768 times.)
    """
    with ExitStack() as stack:
        clients = [stack.enter_context(server.client()) for _ in range(count)]
        for client in clients:
            client.get("/health/live")
        yield clients


def metrics_folder(server: Server) -> Path:
    """As the environment of those that answer names it."""
    (folder,) = {
        Path(os.fsdecode(entry.partition(b"=")[2]))
        for number in processes(server)
        for entry in Path(f"/proc/{number}/environ").read_bytes().split(b"\0")
        if entry.startswith(b"PROMETHEUS_MULTIPROC_DIR=")
    }
    return folder


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="there is no file system in memory")
def test_a_full_disk_does_not_reach_the_metrics_they_share(server: Server) -> None:
    folder = metrics_folder(server)
    assert folder.parent == Path("/dev/shm")
    assert list(folder.glob("counter_*.db"))
    assert not list((server.data / "service").rglob("*.db"))


def test_an_event_is_known_to_the_next_request_on_any_connection(
    server: Server, customers: list[str]
) -> None:
    with connections(server) as clients:
        for number, who in enumerate(customers[:12]):
            before = [answered(client, who).json() for client in clients for _ in range(2)]
            assert len({str(each["recommendations"]) for each in before}) == 1
            assert answered(clients[-1], who).headers["x-cache"] == "hit"
            post(clients[number], event(who, ARTICLES[0]), event(who, ARTICLES[1]))
            after = [answered(client, who, exclude_purchased=True).json() for client in clients[::-1]]
            for each in after:
                assert not {*ARTICLES} & {*ids(each["recommendations"])}
            after = [answered(client, who).json() for client in clients]
            assert len({str(each["recommendations"]) for each in after}) == 1
            assert after[0]["as_of"] > before[0]["as_of"]  # the day after the purchase


def test_the_same_request_sent_to_both_at_once_is_stored_once(server: Server, customers: list[str]) -> None:
    body = {"events": [event(customers[20], ARTICLES[0])]}
    with connections(server) as clients, ThreadPoolExecutor(len(clients)) as threads:
        for number in range(10):
            headers = {"idempotency-key": f"till-{number}"}
            sent = [
                threads.submit(client.post, "/v1/events", json=body, headers=headers) for client in clients
            ]
            receipts = [each.result().json() for each in sent]
            assert len({each["first"] for each in receipts}) == 1
            assert sorted(each["repeated"] for each in receipts) == [False] + [True] * 15


def counted(client: httpx2.Client, name: str) -> float:
    """The sum of a counter over its labels that name an article's route."""
    text = client.get("/metrics").text
    found = re.findall(rf'^{name}\{{[^}}]*route="/v1/articles/{{article_id}}"[^}}]*\}} (\S+)$', text, re.M)
    return sum(map(float, found))


def test_metrics_of_both_are_added_up_whichever_is_asked(server: Server) -> None:
    with connections(server) as clients:
        before = counted(clients[0], "stylo_requests_total")
        for client in clients:
            for _ in range(5):
                assert client.get(f"/v1/articles/{ARTICLES[0]}").status_code == 200
        # They are counted when they have been answered.
        until(lambda: counted(clients[0], "stylo_requests_total") >= before + 80)
        assert [counted(client, "stylo_requests_total") - before for client in clients] == [80] * 16
        until(lambda: counted(clients[0], "stylo_request_seconds_count") == before + 80)


def test_lines_of_the_log_are_whole_however_many_are_written_at_once(
    server: Server, customers: list[str]
) -> None:
    with connections(server) as clients, ThreadPoolExecutor(len(clients)) as threads:

        def ask(client: httpx2.Client, number: int) -> None:
            for turn in range(20):
                asked = {"x-request-id": f"whole-{number}-{turn}"}
                client.get(f"/v1/customers/{customers[turn]}/recommendations", headers=asked)

        for each in [threads.submit(ask, client, number) for number, client in enumerate(clients)]:
            each.result()
    wanted = [f"whole-{number}-{turn}" for number in range(16) for turn in range(20)]
    until(lambda: sorted(told(server, "whole-")) == sorted(wanted))


def told(server: Server, beginning: str) -> list[str]:
    """Ids of requests of which the log tells; it does so when they have been answered."""
    requests = [line["request_id"] for line in server.logged() if line["message"] == "request"]
    return [each for each in requests if each.startswith(beginning)]


def test_one_that_dies_is_replaced_and_the_other_answers_meanwhile(
    server: Server, customers: list[str]
) -> None:
    models = sum(line["message"] == "model" for line in server.logged())
    before = processes(server)
    os.kill(before[0], signal.SIGKILL)
    until(lambda: over(before[0]))
    for who in customers[:50]:
        with server.client() as client:
            answered(client, who)
    until_both_answer(server, models + 1)
    assert len(processes(server)) == 2
    with connections(server) as clients:
        for client in clients:
            answered(client, customers[0])


def test_when_the_first_process_is_killed_those_that_answer_end_too(shop: Path, demo_shop: Path) -> None:
    with Server(shop, demo_shop / "images", workers=2) as server:
        until_both_answer(server)
        workers = processes(server)
        assert len(workers) == 2
        server.kill()
        until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))
        server.start()
        with server.client() as client:
            assert client.get("/v1/articles").status_code == 200
        folder = metrics_folder(server)
        assert folder.is_dir()
        assert server.stop() == 0
        assert not folder.exists()
