"""Workers on a Ray cluster: one process for each core of each machine, which keeps what it has opened.

With `connecting`, all that knows Ray. What Ray leaves open is settled here and in `ordered_map`: processes that end are
replaced and their parts done again, machines may go and come, results are in order, and no more is in flight than
workers need.
"""

from __future__ import annotations

import logging
import os
import pickle  # nosec B403
import re
import socket
import time
from collections import OrderedDict
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from stylo.errors import MissingLibrary, NoCluster, OtherVersions, StyloError, UnseenFile
from stylo.parallel.ordered_map import AT_ONCE, ATTEMPTS, ClusterWorker, NumberedPart, OrderedMap
from stylo.parallel.ray_process import SAME_VERSIONS, Process, Task, Witness, versions
from stylo.parallel.transport import pack, unpack
from stylo.parallel.workers import Lost, Shared, Work, finished
from stylo.progress import Progress

T = TypeVar("T")
P = TypeVar("P")
R = TypeVar("R")

# So many lost parts in a row, and one for each core, are no longer the parts' fault.
_LOST_IN_A_ROW = 8
# Seconds between looks at which machines there are.
_LOOK = 1.0
# Values that are kept at hand on every machine, the last so many.
_KEPT = 4
_INSTALL = "Install it: pip install '.[cluster]' -c constraints.txt"


def ray_library() -> Any:
    """The library, which then reports nothing over the network and keeps quiet. Raises MissingLibrary."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # it warns of a change to come
    try:
        import ray
    except ModuleNotFoundError as error:
        raise MissingLibrary("--ray needs Ray, which is not installed.", cure=_INSTALL) from error
    logging.getLogger("ray").setLevel(logging.CRITICAL)
    return ray


def first_line(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


@dataclass(frozen=True)
class _Stored(Generic[T]):
    """A `Shared` in Ray's object store, once on each machine that needs it; and the files that it is mapped from."""

    reference: Any
    files: Sequence[Path]

    def get(self) -> T:
        return cast(T, unpack(ray_library().get(self.reference)))


class RayWorkers:
    """See `Workers`. One thread at a time may map."""

    is_cluster = True

    def __init__(self, ray: Any, progress: Progress) -> None:
        self._ray, self._progress = ray, progress
        self._workers: list[ClusterWorker] = []
        self._shared: OrderedDict[int, tuple[Any, Any]] = OrderedDict()
        self._tasks = 0
        self._ended_in_a_row = 0
        self._cores, self._looked = self._find_cores(), time.monotonic()

        @ray.remote(num_cpus=1, max_concurrency=AT_ONCE, max_restarts=0)
        class Actor(Process):
            def begin(self) -> tuple[str, str]:
                return socket.gethostname(), ray_library().get_runtime_context().get_node_id()

            def work(self, number: int, task: list[Any], part: bytes) -> tuple[Exception | None, bytes]:
                try:
                    found = self.run(number, lambda: _fetched(task[0]), part)
                except StyloError as error:
                    return error, b""
                return None, pickle.dumps(found, pickle.HIGHEST_PROTOCOL)

        self._actor: Any = Actor

    @property
    def count(self) -> int:
        self._look()
        return max(1, self._cores)

    @property
    def described(self) -> str:
        """`3 machines, 6 cores`"""
        machines = len([node for node in self._nodes() if node["Resources"].get("CPU")])
        return f"{_counted(machines, 'machine')}, {_counted(self._cores, 'core')}"

    def share(self, value: T) -> Shared[T]:
        if id(value) in self._shared:
            self._shared.move_to_end(id(value))
            return cast("Shared[T]", self._shared[id(value)][1])
        packed = pack(value)
        shared = _Stored[T](self._put(packed), packed.files)
        self._shared[id(value)] = value, shared
        while len(self._shared) > _KEPT:
            self._shared.popitem(last=False)
        return shared

    def map(
        self, work: Work[P, R], parts: Iterable[P], *, threads: int | None = None, files: Sequence[Path] = ()
    ) -> Generator[R, None, None]:
        yield from finished(self.try_map(work, parts, threads=threads, files=files))

    def try_map(
        self, work: Work[P, R], parts: Iterable[P], *, threads: int | None = None, files: Sequence[Path] = ()
    ) -> Generator[R | Lost[P], None, None]:
        self._tasks += 1
        witnesses = [_witness(path) for path in sorted({*files, *_files_of(work)})]
        task = Task(self._tasks, work, witnesses, versions())
        run = OrderedMap(self, self._tasks, self._put(task), iter(parts))
        try:
            yield from run.results()
        finally:
            for worker in [worker for worker in self._workers if worker.running]:
                self._dismiss(worker)

    def stop(self) -> None:
        """Ends all processes."""
        for worker in list(self._workers):
            self._dismiss(worker)

    def _put(self, value: object) -> Any:
        try:
            with _connection():
                return self._ray.put(value)
        except self._ray.exceptions.RayError as error:
            raise _no_room(error) from error

    def _find_cores(self) -> int:
        with _connection():
            return int(self._ray.cluster_resources().get("CPU", 0))

    def _nodes(self) -> list[dict[str, Any]]:
        with _connection():
            return [node for node in self._ray.nodes() if node["Alive"]]

    def _look(self) -> None:
        if time.monotonic() - self._looked >= _LOOK:
            self._cores, self._looked = self._find_cores(), time.monotonic()

    def _dismiss(self, worker: ClusterWorker) -> None:
        self._workers.remove(worker)
        with suppress(Exception):
            self._ray.kill(worker.actor)

    # What a run needs.

    def hire(self, wanted: int) -> list[ClusterWorker]:
        """All workers, of whom there are now as many as are wanted, and no more than cores."""
        self._look()
        while len(self._workers) < min(wanted, self._cores):
            with _connection():
                actor = self._actor.options(scheduling_strategy="SPREAD").remote()
                self._workers.append(ClusterWorker(actor, actor.begin.remote()))
        return self._workers

    def give(self, worker: ClusterWorker, number: int, task: Any, part: NumberedPart) -> None:
        content = pickle.dumps(part.content, pickle.HIGHEST_PROTOCOL)
        with _connection():
            status, result = worker.actor.work.options(num_returns=2).remote(number, [task], content)
        worker.running[status] = part, result

    def ended(self, worker: ClusterWorker, error: Exception) -> list[NumberedPart]:
        """Dismisses a worker that has ended; gives the parts that it had."""
        parts = [part for part, _ in worker.running.values()]
        reason = _reason(error)
        self._dismiss(worker)
        if not self._is_lost(worker.node):
            self._ended_in_a_row += 1
            for part in parts:
                part.ends, part.reason = part.ends + 1, f"{worker.machine or 'A machine'}: {reason}"
        if parts:
            again = "its part" if len(parts) == 1 else "its parts"
            self._progress.note(
                f"NOTICE: a worker on {worker.machine or 'a machine'} has ended; {again} will be done again: {reason}"
            )
        if self._ended_in_a_row > ATTEMPTS * (_LOST_IN_A_ROW + self._cores):
            raise NoCluster(
                "The cluster's workers end before they have finished anything.",
                where=reason,
                cure="Is StyloAI installed on all machines, and is there enough memory? docs/cluster.md",
            )
        return parts

    def well_done(self) -> None:
        self._ended_in_a_row = 0

    def wait(self, references: Sequence[Any]) -> list[Any]:
        """Those that are done, after a second at most."""
        if not references:
            time.sleep(0.1)
            return []
        with _connection():
            done, _ = self._ray.wait(list(references), num_returns=1, timeout=_LOOK, fetch_local=False)
        return list(done)

    def get(self, reference: Any) -> Any:
        """Raises one of `gone` where it is lost; what was raised in a worker otherwise. NoCluster without room."""
        kinds = self._ray.exceptions
        try:
            with _connection():
                return self._ray.get(reference)
        except kinds.RayTaskError as error:
            of_work = isinstance(error.cause, Exception) and not isinstance(error.cause, kinds.RayError)
            raised = error.cause if of_work else error
        except (kinds.OutOfDiskError, kinds.ObjectStoreFullError) as error:
            raise _no_room(error) from error
        raise raised

    @property
    def gone(self) -> tuple[type[Exception], ...]:
        """What is raised where a worker has ended, or what it made is lost."""
        kinds = self._ray.exceptions
        names = (
            "RayActorError",
            "ObjectLostError",
            "NodeDiedError",
            "WorkerCrashedError",
            "OutOfMemoryError",
        )
        return tuple(getattr(kinds, name) for name in names)

    def say(self, text: str) -> None:
        self._progress.note(text)

    def _is_lost(self, node: str) -> bool:
        """Whether a machine has gone, so that no part of its workers is to blame."""
        return bool(node) and node not in {each["NodeID"] for each in self._nodes()}


@contextmanager
def _connection() -> Iterator[None]:
    """Raises NoCluster where Ray says, in one of its ways, that the head of the cluster has gone."""
    try:
        yield
    except Exception as error:
        lost = isinstance(error, ConnectionError) or "closed channel" in str(error)
        if not lost and type(error).__module__.partition(".")[0] != "grpc":
            raise
        raise NoCluster(
            "The connection to the cluster is lost.",
            where=first_line(error),
            cure="Is its head still running? What is finished is kept; run this again.",
        ) from error


def _reason(error: Exception) -> str:
    """What Ray says of the end of a worker, in one line."""
    name, text = type(error).__name__, str(error)
    if "OutOfMemory" in name or ("memory" in text and "killed" in text and "low" in text):
        return "it was killed because the machine's memory was nearly full."
    if missing := re.search("No module named '[^']*'", text):
        return f"{missing[0]}."
    if "node has died" in text or "NodeDied" in name:
        return "its machine has gone."
    if "INTENDED_USER_EXIT" in text or "ray.kill" in text:
        return "it was stopped."
    return "its process ended unexpectedly."


def _no_room(error: Exception) -> NoCluster:
    return NoCluster(
        "The cluster has no room for what all its workers need.",
        where=first_line(error),
        cure="Give its machines more memory or disk: ray start --object-store-memory BYTES.",
    )


def _fetched(reference: Any) -> Task:
    """In a worker: the work. Raises OtherVersions if this machine cannot make sense of it."""
    ray = ray_library()
    try:
        return cast(Task, ray.get(reference))
    except ray.exceptions.RaySystemError as error:
        raise OtherVersions(
            f"The machine {socket.gethostname()} cannot open the work.",
            where=str(error).strip().splitlines()[-1],
            cure=SAME_VERSIONS,
        ) from error


def _witness(path: Path) -> Witness:
    try:
        return Witness.of(path)
    except OSError as error:
        raise UnseenFile(f"{path} cannot be read.", where=error.strerror or str(error)) from error


def _files_of(work: object) -> set[Path]:
    """The files that what a work shares is mapped from."""
    shared = (value for value in vars(work).values() if isinstance(value, _Stored))
    return {path for value in shared for path in value.files}


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
