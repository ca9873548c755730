"""The map over parts in threads of this process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from helpers import REPOSITORY

from stylo.errors import BadOption, MissingLibrary, NoCluster, OtherVersions, PartFailed, UnseenFile
from stylo.parallel.connecting import workers_at
from stylo.parallel.ray_process import Witness, check_versions, versions
from stylo.parallel.workers import LOCAL, InProcess, Lost, Shared, finished


@dataclass(frozen=True)
class Added:
    to: Shared[list[int]]

    def open(self) -> Callable[[int], int]:
        (first,) = self.to.get()
        return lambda part: part + first


def test_results_are_in_the_order_of_the_parts() -> None:
    def slow_first(part: int) -> int:
        time.sleep(0.05 if part == 0 else 0)
        return part

    assert list(LOCAL.map(InProcess(slow_first), range(20), threads=4)) == list(range(20))


def test_what_is_shared_reaches_the_work() -> None:
    assert list(LOCAL.map(Added(LOCAL.share([7])), range(3))) == [7, 8, 9]


@pytest.mark.parametrize("threads", [1, 3])
def test_no_more_parts_are_read_than_are_worked_on(threads: int) -> None:
    read: list[int] = []
    parts = (read.append(n) or n for n in range(50))
    for given, _ in enumerate(LOCAL.map(InProcess(lambda part: part), parts, threads=threads), 1):
        assert len(read) <= given + threads


def test_so_many_threads_work_side_by_side() -> None:
    together = threading.Barrier(3, timeout=60)
    assert list(LOCAL.map(InProcess(lambda part: together.wait() >= 0), range(3), threads=3)) == [True] * 3


def test_what_the_work_raises_comes_out() -> None:
    with pytest.raises(ZeroDivisionError):
        list(LOCAL.map(InProcess(lambda part: 1 // part), [1, 0]))


def test_a_lost_part_is_an_error_unless_somebody_asks_for_it() -> None:
    results = (each for each in [1, Lost(2, "node: it was killed.")])
    with pytest.raises(PartFailed, match=r"node: it was killed\.") as raised:
        list(finished(results))
    assert "run this again" in raised.value.cure


@pytest.mark.parametrize("address", [None, ""])
def test_without_an_address_this_process_works(address: str | None) -> None:
    with workers_at(address) as workers:
        assert workers is LOCAL
        assert not workers.is_cluster


@pytest.mark.parametrize("address", ["foo", "http://host:1", "ray://host", "1.2.3.4:x", "ray://[::1"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(BadOption, match="is not an address"), workers_at(address):
        pass


@pytest.mark.parametrize("address", ["ray://127.0.0.1:1", "127.0.0.1:1"])
def test_an_address_where_nothing_answers_is_told(address: str) -> None:
    with pytest.raises(NoCluster, match="nothing answers there") as raised, workers_at(address):
        pass
    assert "docs/cluster.md" in raised.value.cure


@pytest.mark.parametrize("scheme", ["ray://", ""])
def test_what_answers_and_is_no_cluster_is_told(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stylo.parallel.connecting._CONNECT", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(NoCluster, match="is no Ray cluster"), workers_at(f"{scheme}127.0.0.1:{port}"):
            pass


def test_without_ray_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingLibrary, match="--ray needs Ray") as raised, workers_at("local"):
        pass
    assert "'.[cluster]'" in raised.value.cure


@pytest.mark.parametrize(
    ("raised", "kind", "told"),
    [
        (
            RuntimeError("Version mismatch: Ray: 2.1 Python: 3.9"),
            OtherVersions,
            "another version of Ray or Python",
        ),
        (ConnectionError("Could not find any running Ray instance."), NoCluster, "cannot be joined"),
        (AssertionError(), NoCluster, "cannot be joined"),
    ],
)
def test_why_a_cluster_cannot_be_joined(
    raised: Exception, kind: type[Exception], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(**_: object) -> None:
        raise raised

    monkeypatch.setattr(pytest.importorskip("ray"), "init", refused)
    handler = signal.getsignal(signal.SIGTERM)
    with pytest.raises(kind, match=told) as found, workers_at("auto"):
        pass
    assert (str(raised) or "AssertionError") in str(found.value)
    assert signal.getsignal(signal.SIGTERM) is handler


def test_other_versions_are_named() -> None:
    here = versions()
    assert {"Python", "StyloAI", "numpy", "polars"} <= set(here)
    check_versions(here, here)
    with pytest.raises(OtherVersions) as raised:
        check_versions({**here, "polars": "0.1", "StyloAI": "abc"}, here)
    assert raised.value.where.splitlines() == [
        f"StyloAI: {here['StyloAI']} there, abc here",
        f"polars: {here['polars']} there, 0.1 here",
    ]


def test_a_file_that_is_not_seen_or_is_another_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "table"
    path.write_text("one")
    seen, folder = Witness.of(path), Witness.of(tmp_path)
    seen.check()
    path.write_text("three")
    folder.check()
    with pytest.raises(UnseenFile, match="sees another file"):
        seen.check()
    path.unlink()
    with pytest.raises(UnseenFile, match="cannot see") as raised:
        seen.check()
    assert "shared storage" in raised.value.cure


def test_commands_load_neither_ray_nor_what_is_slow_to_load_unless_it_is_asked_for() -> None:
    loads = (
        "import sys, stylo.commands.train, stylo.commands.twins, stylo.commands.encode, stylo.service.batch.command;"
        "import stylo.operations.commands; from stylo.parallel.connecting import workers_at\n"
        "slow = {'ray', 'tensorflow', 'sklearn', 'pandas', 'scipy.stats', 'scipy.optimize'}\n"
        "with workers_at(None): print(sorted(slow & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", loads], capture_output=True, text=True, cwd=REPOSITORY, env=os.environ
    )
    assert done.stdout == "[]\n", done.stderr
