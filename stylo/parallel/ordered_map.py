"""The results of parts in their order, from workers that end, come and go. Knows nothing of Ray."""

from __future__ import annotations

import pickle  # nosec B403
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from stylo.parallel.workers import Lost

if TYPE_CHECKING:
    from stylo.parallel.ray_workers import RayWorkers

#: So many parts are given to a worker at a time: while one computes, another is read.
AT_ONCE = 2
#: A part that was there when its worker ended, so many times, is lost.
ATTEMPTS = 3
# Seconds before a notice that no worker has started.
_PATIENCE = 30.0


@dataclass(eq=False)
class NumberedPart:
    """A part, how often a worker ended that had it, and how often its result was lost."""

    number: int
    content: Any
    ends: int = 0
    fetches: int = 0
    reason: str = ""


@dataclass(eq=False)
class ClusterWorker:
    """A process of the cluster. `machine` and `node` are known once it has started."""

    actor: Any
    starting: Any
    machine: str = ""
    node: str = ""
    running: dict[Any, tuple[NumberedPart, Any]] = field(default_factory=dict)

    @property
    def has_suspect(self) -> bool:
        return any(part.ends for part, _ in self.running.values())


class OrderedMap:
    """One map: parts that wait, those that workers have, and results that wait for their turn."""

    def __init__(self, workers: RayWorkers, number: int, task: Any, parts: Iterator[Any]) -> None:
        self._workers, self._number, self._task = workers, number, task
        self._parts: Iterator[Any] = parts
        self._taken = self._given = 0
        self._waiting: deque[NumberedPart] = deque()
        self._suspects: deque[NumberedPart] = deque()
        self._done: dict[int, tuple[NumberedPart, Any]] = {}
        self._exhausted = False
        self._idle_since = time.monotonic()

    def results(self) -> Generator[Any, None, None]:
        while True:
            self._read_ahead()
            if self._exhausted and self._given == self._taken:
                return
            workers = self._workers.hire(len(self._waiting) + len(self._suspects) + self._in_flight())
            self._hand_out(workers)
            self._take_in(workers)
            while self._given in self._done:
                part, result = self._done.pop(self._given)
                if isinstance(result, Lost):
                    found: Any = result
                else:
                    try:
                        found = pickle.loads(self._workers.get(result))  # nosec B301
                    except self._workers.gone as error:  # with the machine that held it
                        part.fetches += 1
                        if part.fetches < ATTEMPTS:
                            self._again([part])
                            break
                        found = Lost(part.content, f"Its result was lost each time: {error}")
                self._given += 1
                yield found
                self._idle_since = time.monotonic()

    def _in_flight(self) -> int:
        return self._taken - self._given - len(self._done) - len(self._waiting) - len(self._suspects)

    def _read_ahead(self) -> None:
        room = 2 * AT_ONCE * self._workers.count - (self._taken - self._given)
        if self._exhausted or room <= 0:
            return
        before = self._taken
        for content in islice(self._parts, room):
            self._waiting.append(NumberedPart(self._taken, content))
            self._taken += 1
        self._exhausted = self._taken - before < room

    def _hand_out(self, workers: Sequence[ClusterWorker]) -> None:
        started = [worker for worker in workers if worker.starting is None]
        # One to each before a second to any; who ended a worker before is alone with the next.
        for most in range(1, AT_ONCE + 1):
            for worker in started:
                if not worker.running and self._suspects:
                    self._workers.give(worker, self._number, self._task, self._suspects.popleft())
                elif len(worker.running) < most and self._waiting and not worker.has_suspect:
                    self._workers.give(worker, self._number, self._task, self._waiting.popleft())

    def _take_in(self, workers: Sequence[ClusterWorker]) -> None:
        starting = {worker.starting: worker for worker in workers if worker.starting is not None}
        running = {status: worker for worker in workers for status in worker.running}
        for done in self._workers.wait([*running, *starting]):
            worker = running.get(done) or starting[done]
            if worker not in workers:
                continue  # it has ended with another of its parts
            try:
                outcome = self._workers.get(done)
            except self._workers.gone as error:
                self._again(self._workers.ended(worker, error))
                continue
            self._idle_since = time.monotonic()
            if done in starting:
                worker.starting, (worker.machine, worker.node) = None, outcome
                continue
            part, result = worker.running.pop(done)
            if outcome is not None:
                raise outcome
            self._workers.well_done()
            self._done[part.number] = part, result
        if time.monotonic() - self._idle_since > _PATIENCE and not running:
            self._idle_since = time.monotonic() + 4 * _PATIENCE
            self._workers.say("NOTICE: the cluster has no free core at the moment. Waiting for one.")

    def _again(self, parts: Sequence[NumberedPart]) -> None:
        for part in parts:
            if part.ends >= ATTEMPTS:
                self._done[part.number] = part, Lost(part.content, part.reason)
            elif part.ends:
                self._suspects.append(part)
            else:
                self._waiting.appendleft(part)
