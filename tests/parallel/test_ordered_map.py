"""The map over parts with workers that are only played: they end, their results are lost, and some are never free."""

from __future__ import annotations

import pickle
import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stylo.parallel.ordered_map import ATTEMPTS, ClusterWorker, NumberedPart, OrderedMap
from stylo.parallel.workers import Lost


class Gone(Exception):
    """A worker has ended, or a result is lost."""


class Played:
    """Workers that square their parts, in an order and with misfortunes that are drawn.

    deadly : parts that end every worker.   ends, losses : how often a worker ends without need, or a result is lost.
    blames : whether a part is blamed for the end of its worker; not if the machine has gone.
    """

    gone = (Gone,)

    def __init__(
        self, cores: int, draw: random.Random, deadly: set[int], ends: int, losses: int, blames: bool
    ) -> None:
        self.count, self._draw, self._deadly = cores, draw, deadly
        self._ends, self._losses, self._blames = ends, losses, blames
        self._workers: list[ClusterWorker] = []
        self._names = 0
        self._fate: dict[str, Any] = {}
        self.notes: list[str] = []
        self.done: list[int] = []

    def _name(self) -> str:
        self._names += 1
        return f"reference {self._names}"

    def hire(self, wanted: int) -> list[ClusterWorker]:
        while len(self._workers) < min(wanted, self.count):
            name = self._name()
            self._fate[name] = ("machine", "node")
            self._workers.append(ClusterWorker(None, name))
        return self._workers

    def give(self, worker: ClusterWorker, number: int, task: Any, part: NumberedPart) -> None:
        assert len(worker.running) < 2
        if part.ends:
            assert not worker.running  # who was there when a worker ended is alone with the next
        status, result = self._name(), self._name()
        dies = part.content in self._deadly
        if not dies and self._ends and self._draw.random() < 0.3:
            self._ends, dies = self._ends - 1, True
        self._fate[status], self._fate[result] = (Gone() if dies else None), part.content
        worker.running[status] = part, result

    def wait(self, references: Sequence[str]) -> list[str]:
        return [self._draw.choice(list(references))]

    def get(self, reference: str) -> Any:
        fate = self._fate[reference]
        if isinstance(fate, Gone):
            raise fate
        if not isinstance(fate, int):
            return fate
        if self._losses and self._draw.random() < 0.3:
            self._losses -= 1
            raise Gone
        self.done.append(fate)
        return pickle.dumps(fate**2)

    def ended(self, worker: ClusterWorker, error: Exception) -> list[NumberedPart]:
        parts = [part for part, _ in worker.running.values()]
        self._workers.remove(worker)
        for part in parts if self._blames else ():
            part.ends, part.reason = part.ends + 1, "it ended"
        return parts

    def well_done(self) -> None:
        pass

    def say(self, text: str) -> None:
        self.notes.append(text)


@settings(deadline=None, max_examples=200)
@given(
    cores=st.integers(1, 5),
    parts=st.integers(0, 40),
    deadly=st.sets(st.integers(0, 39), max_size=3),
    ends=st.integers(0, 6),
    losses=st.integers(0, 2),
    seed=st.integers(0, 10**6),
)
def test_every_part_has_its_result_in_its_place_or_is_told_as_lost(
    cores: int, parts: int, deadly: set[int], ends: int, losses: int, seed: int
) -> None:
    workers = Played(cores, random.Random(seed), deadly, min(ends, ATTEMPTS - 2), losses, blames=True)
    read: list[int] = []
    given_parts = (read.append(n) or n for n in range(parts))
    found = []
    for result in OrderedMap(workers, 1, None, given_parts).results():  # type: ignore[arg-type]
        found.append(result)
        assert len(read) - len(found) < 4 * cores + 1
    expected = [Lost(n, "it ended") if n in deadly else n**2 for n in range(parts)]
    assert found == expected
    assert sorted(workers.done) == [n for n in range(parts) if n not in deadly]


@pytest.mark.parametrize("seed", range(20))
def test_no_part_is_lost_with_machines_that_go_however_often(seed: int) -> None:
    workers = Played(3, random.Random(seed), set(), ends=40, losses=0, blames=False)
    assert list(OrderedMap(workers, 1, None, iter(range(30))).results()) == [n**2 for n in range(30)]  # type: ignore[arg-type]


def test_a_part_whose_result_is_lost_each_time_is_told() -> None:
    class Forgetting(Played):
        def get(self, reference: str) -> Any:
            if self._fate[reference] == 7:
                raise Gone("no disk")
            return super().get(reference)

    workers = Forgetting(2, random.Random(1), set(), 0, 0, blames=True)
    found = list(OrderedMap(workers, 1, None, iter(range(10))).results())  # type: ignore[arg-type]
    assert found.pop(7) == Lost(7, "Its result was lost each time: no disk")
    assert found == [n**2 for n in range(10) if n != 7]
