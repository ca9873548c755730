"""The map over parts on a Ray cluster of several machines, of which processes and machines end in the middle."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from clusters import node, ray_cluster
from mean_colours import deadly, encoded, visual_files
from serving import linked, until

from stylo.errors import MissingArtefact, OtherVersions, PartFailed, UnseenFile
from stylo.parallel import ray_process
from stylo.parallel.connecting import workers_at
from stylo.parallel.workers import Lost, Shared, Workers
from stylo.progress import Silent
from stylo.system.threads import processors


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with ray_cluster(2) as cluster:
        yield cluster


class Notes(Silent):
    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def of_ends(self) -> list[str]:
        """Those of workers that have ended. On a machine that has much to do, there are others of waiting."""
        return [note for note in self.notes if "has ended" in note]


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def workers(cluster: Any, notes: Notes) -> Iterator[Workers]:
    with workers_at(cluster.address, notes) as workers:
        yield workers


@dataclass(frozen=True)
class Sums:
    """The sum of a shared array and the part; a part in `deadly` ends its process, of which the first is told."""

    array: Shared[np.ndarray]
    deadly: tuple[int, ...] = ()
    once: Path | None = None
    seconds: float = 0.0

    def open(self) -> Callable[[int], tuple[float, int]]:
        array = self.array.get()

        def summed(part: int) -> tuple[float, int]:
            if part in self.deadly and not (self.once and self.once.exists()):
                if self.once:
                    self.once.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(self.seconds)
            return float(array.sum()) + part, os.getpid()

        return summed


ARRAY = np.arange(10.0)
EXPECTED = [45.0 + part for part in range(60)]


def sums(found: list[tuple[float, int]]) -> list[float]:
    return [value for value, _ in found]


def test_results_are_in_order_and_every_machine_works(workers: Workers, notes: Notes) -> None:
    found = list(workers.map(Sums(workers.share(ARRAY), seconds=0.02), range(60)))
    assert sums(found) == EXPECTED
    assert len({process for _, process in found}) == 2
    assert os.getpid() not in {process for _, process in found}
    assert notes.notes[0] == "Ray cluster: 2 machines, 2 cores."
    assert notes.of_ends() == []
    # The same processes do other work after it.
    again = list(workers.map(Sums(workers.share(ARRAY + 1)), range(60)))
    assert sums(again) == [value + 10 for value in EXPECTED]
    assert {process for _, process in again} <= {process for _, process in found}
    assert list(workers.map(Sums(workers.share(ARRAY)), [])) == []


@dataclass(frozen=True)
class Surroundings:
    shared: Shared[np.ndarray]

    def open(self) -> Callable[[np.ndarray], tuple[Any, ...]]:
        import polars as pl
        from threadpoolctl import threadpool_info

        array = self.shared.get()

        def told(part: np.ndarray) -> tuple[Any, ...]:
            threads = {each["num_threads"] for each in threadpool_info()}
            part += 1  # what comes with the part is the worker's own
            return processors(), pl.thread_pool_size(), threads, array.flags.writeable, part

        return told


@pytest.mark.slow
def test_a_process_uses_one_core_and_may_write_to_its_part_only(workers: Workers) -> None:
    part = np.zeros(3)
    (found,) = workers.map(Surroundings(workers.share(ARRAY)), [part])
    assert found[:4] == (1, 1, {1}, False)
    assert found[4].tolist() == [1, 1, 1]
    assert found[4].flags.writeable
    assert part.tolist() == [0, 0, 0]


def test_a_part_whose_process_was_killed_is_done_again(
    workers: Workers, notes: Notes, tmp_path: Path
) -> None:
    work = Sums(workers.share(ARRAY), deadly=(7,), once=tmp_path / "killed", seconds=0.01)
    assert sums(list(workers.map(work, range(60)))) == EXPECTED
    assert (tmp_path / "killed").exists()
    (said,) = notes.of_ends()
    assert f"a worker on {socket.gethostname()} has ended" in said
    assert said.endswith("its process ended unexpectedly.")


def test_photos_get_the_vectors_of_this_process_though_another_is_killed(
    shop: Path, demo_shop: Path, tmp_path: Path, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stylo.visual.extract._BATCH", 10)
    here = linked(demo_shop, tmp_path / "here")
    encoded(here, demo_shop / "images")
    deadly(monkeypatch, 33, tmp_path / "killed")
    done = encoded(shop, demo_shop / "images", workers)
    assert (tmp_path / "killed").exists()
    assert (done.encoded, done.corrupt) == (60, {})
    assert visual_files(shop) == visual_files(here)


@pytest.mark.slow
def test_a_part_that_kills_every_process_is_lost_and_no_other(workers: Workers) -> None:
    found = list(workers.try_map(Sums(workers.share(ARRAY), deadly=(7,)), range(60)))
    lost = found.pop(7)
    assert isinstance(lost, Lost)
    assert lost.part == 7
    assert lost.reason == f"{socket.gethostname()}: its process ended unexpectedly."
    assert [value for value, _ in found] == [value for part, value in enumerate(EXPECTED) if part != 7]


@pytest.mark.slow
def test_a_lost_part_ends_the_work_of_who_needs_all(workers: Workers) -> None:
    with pytest.raises(PartFailed, match="ended unexpectedly"):
        list(workers.map(Sums(workers.share(ARRAY), deadly=(7,)), range(60)))
    assert sums(list(workers.map(Sums(workers.share(ARRAY)), range(60)))) == EXPECTED


@pytest.mark.slow
def test_a_machine_goes_and_another_comes(cluster: Any, workers: Workers, notes: Notes) -> None:
    results = workers.map(Sums(workers.share(ARRAY), seconds=0.05), range(60))
    found = [next(results) for _ in range(10)]
    cluster.remove_node(cluster.list_all_nodes()[-1], allow_graceful=False)
    cluster.add_node(**node(1))
    found += results
    assert sums(found) == EXPECTED
    assert notes.of_ends()
    before = {process for _, process in found[:10]}

    def new_one_works() -> bool:
        later = workers.map(Sums(workers.share(ARRAY), seconds=0.05), range(20))
        return bool({process for _, process in later} - before)

    until(new_one_works)


@dataclass(frozen=True)
class Refusal:
    def open(self) -> Callable[[int], int]:
        raise MissingArtefact("There is none.", where="Here", cure="Make it.")


@dataclass(frozen=True)
class Defect:
    def open(self) -> Callable[[int], int]:
        return lambda part: 1 // (part - 3)


@pytest.mark.slow
def test_what_the_work_raises_comes_out_as_it_is(workers: Workers) -> None:
    with pytest.raises(MissingArtefact) as raised:
        list(workers.map(Refusal(), range(5)))
    assert (raised.value.problem, raised.value.where, raised.value.cure) == (
        "There is none.",
        "Here",
        "Make it.",
    )
    with pytest.raises(ZeroDivisionError):
        list(workers.map(Defect(), range(5)))


@pytest.mark.slow
def test_other_code_on_a_machine_is_refused_before_the_work(
    workers: Workers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = {**ray_process.versions(), "StyloAI": "another one"}
    monkeypatch.setattr("stylo.parallel.ray_workers.versions", lambda: other)
    with pytest.raises(OtherVersions, match=socket.gethostname()) as raised:
        list(workers.map(Sums(workers.share(ARRAY), deadly=(0,), once=tmp_path / "begun"), range(5)))
    assert raised.value.where.endswith("there, another one here")
    assert not (tmp_path / "begun").exists()


@pytest.mark.slow
def test_a_file_that_a_machine_does_not_see_is_named_before_the_work(
    workers: Workers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "matrix.npy"
    np.save(path, ARRAY)
    array = np.load(path, mmap_mode="r")
    assert sums(list(workers.map(Sums(workers.share(array)), range(60)))) == EXPECTED
    work = Sums(workers.share(array), deadly=(0,), once=tmp_path / "begun")
    witness = ray_process.Witness.of

    def another(seen: Path) -> ray_process.Witness:
        return ray_process.Witness(seen.with_name("elsewhere.npy"), *list(vars(witness(seen)).values())[1:])

    monkeypatch.setattr("stylo.parallel.ray_workers.Witness.of", another)
    with pytest.raises(UnseenFile, match=rf"{socket.gethostname()} cannot see .*elsewhere\.npy"):
        list(workers.map(work, range(5)))
    assert not (tmp_path / "begun").exists()


@dataclass(frozen=True)
class Begun:
    """Leaves a file for each part that was begun."""

    folder: Path

    def open(self) -> Callable[[int], None]:
        return lambda part: (self.folder / str(part)).touch()


@pytest.mark.slow
def test_who_stops_taking_results_stops_the_work(workers: Workers, tmp_path: Path) -> None:
    with closing(workers.map(Begun(tmp_path), range(60))) as results:
        next(results)
    assert sums(list(workers.map(Sums(workers.share(ARRAY)), range(60)))) == EXPECTED
    assert len(list(tmp_path.iterdir())) < 30


@dataclass(frozen=True)
class Large:
    """More than the object stores of all machines hold."""

    def open(self) -> Callable[[int], np.ndarray]:
        return lambda part: np.full(2_000_000, float(part))


@pytest.mark.slow
def test_more_than_fits_into_the_object_store_goes_to_the_disk(workers: Workers) -> None:
    total = 0.0
    for part, found in enumerate(workers.map(Large(), range(24))):
        assert found[0] == found[-1] == part
        total += found.nbytes
    assert total == 24 * 16e6
    everything = np.arange(20_000_000.0)  # 160 MB to each machine
    (found,) = workers.map(Sums(workers.share(everything)), [0])
    assert found[0] == everything.sum()
