"""Workers on a Ray cluster: one process for each core of each machine, which keeps what it has opened.

The only module that knows Ray. What Ray leaves open is settled here: processes that end are replaced and their parts
done again, machines may go and come, results are in order, and no more is in flight than workers need.
"""

from __future__ import annotations

import logging
import os
import pickle  # nosec B403
import re
import secrets
import signal
import socket
import threading
import time
import warnings
from collections import OrderedDict, deque
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar, cast
from urllib.parse import urlsplit

from stylo.errors import BadOption, MissingLibrary, NoCluster, OtherVersions, StyloError, UnseenFile
from stylo.parallel.ray_process import SAME_VERSIONS, Process, Task, Witness, versions
from stylo.parallel.transport import pack, unpack
from stylo.parallel.workers import LOCAL, Lost, Shared, Work, Workers, finished
from stylo.progress import SILENT, Progress
from stylo.system.threads import processors

T = TypeVar("T")
P = TypeVar("P")
R = TypeVar("R")

AUTO, LOCALLY = "auto", "local"
# So many parts are given to a worker at a time: while one computes, another is read.
_AT_ONCE = 2
# A part that was there when its worker ended, so many times, is lost.
_ATTEMPTS = 3
# So many lost parts in a row, and one for each core, are no longer the parts' fault.
_LOST_IN_A_ROW = 8
# Seconds between looks at which machines there are; before a notice that no worker has started; to reach an address.
_LOOK, _PATIENCE, _CONNECT = 1.0, 30.0, 10.0
# Values that are kept at hand on every machine, the last so many.
_KEPT = 4
# Of a cluster that is started for one command. What does not fit goes to the disk.
_STORE = 512 * 2**20
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"), "1"
)
_INSTALL = "Install it: pip install '.[cluster]' -c constraints.txt"
_START = "Start a cluster (ray start --head) and name it, or use --ray local: docs/cluster.md."
_SAME = "Install the same versions of Python and Ray on all machines: docs/cluster.md."


@contextmanager
def workers_at(address: str | None, progress: Progress = SILENT) -> Iterator[Workers]:
    """The workers: this process if no address is given, else a Ray cluster, disconnected when the block ends.

    Parameters
    ----------
    address : `auto` (the cluster that this machine is part of), `local` (one that is started here, for the block),
        `ray://HOST:PORT` (a cluster elsewhere), or `HOST:PORT` of a cluster that this machine is part of.

    Raises BadOption, MissingLibrary, NoCluster, OtherVersions.
    """
    if not address:
        yield LOCAL
        return
    _check_address(address)
    ray = _connected(address)
    try:
        workers = RayWorkers(ray, progress)
        progress.note(f"Ray cluster: {workers.described}.")
        try:
            yield workers
        finally:
            workers.stop()
    finally:
        with suppress(Exception):
            ray.shutdown()


def _check_address(address: str) -> None:
    """Raises BadOption, or NoCluster where nothing answers: Ray itself would wait for minutes, or end the process."""
    if address in (AUTO, LOCALLY):
        return
    try:
        parts = urlsplit(address if "://" in address else f"//{address}")
        known, host, port = parts.scheme in ("", "ray"), parts.hostname, parts.port
    except ValueError:
        known, host, port = False, None, None
    if not known or not host or not port:
        raise BadOption(
            f"--ray {address} is not an address.", cure="Use auto, local, ray://HOST:PORT or HOST:PORT."
        )
    try:
        socket.create_connection((host, port), _CONNECT).close()
    except OSError as error:
        raise NoCluster(
            f"--ray {address}: nothing answers there.", where=error.strerror or str(error), cure=_START
        ) from error
    if not _speaks_grpc(host, port):
        raise NoCluster(f"--ray {address}: what answers there is no Ray cluster.", cure=_START)


def _speaks_grpc(host: str, port: int) -> bool:
    """Whether what answers at a port may be Ray; True where that cannot be told."""
    if os.environ.get("RAY_USE_TLS") == "1":
        return True
    try:
        import grpc
    except ModuleNotFoundError:
        return True
    channel = grpc.insecure_channel(f"{host}:{port}" if ":" not in host else f"[{host}]:{port}")
    try:
        grpc.channel_ready_future(channel).result(_CONNECT)
    except grpc.FutureTimeoutError:
        return False
    finally:
        channel.close()
    return True


def _ray() -> Any:
    """The library, which then reports nothing over the network and keeps quiet. Raises MissingLibrary."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # it warns of a change to come
    try:
        import ray
    except ModuleNotFoundError as error:
        raise MissingLibrary("--ray needs Ray, which is not installed.", cure=_INSTALL) from error
    logging.getLogger("ray").setLevel(logging.CRITICAL)
    return ray


def _connected(address: str) -> Any:
    more: dict[str, Any] = {}
    if address == LOCALLY:
        # Nobody else may use it, and no token is left in the home folder. Ray looks when it is loaded.
        os.environ["RAY_AUTH_MODE"] = os.environ.get("RAY_AUTH_MODE") or "token"
        os.environ["RAY_AUTH_TOKEN"] = os.environ.get("RAY_AUTH_TOKEN") or secrets.token_hex(32)
    ray = _ray()
    if address == LOCALLY:
        more = {"num_cpus": processors(), "include_dashboard": False, "object_store_memory": _STORE}
    main = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGTERM)
    try:
        _join(ray, address, more)
    except Exception as error:
        if "ersion mismatch" in str(error):
            raise OtherVersions(
                f"--ray {address}: the cluster has another version of Ray or Python.",
                where=str(error),
                cure=_SAME,
            ) from error
        raise NoCluster(
            f"--ray {address}: the cluster cannot be joined.", where=_first_line(error), cure=_START
        ) from error
    finally:
        if main and handler is not None:
            signal.signal(signal.SIGTERM, handler)  # Ray puts its own there
    _keep_quiet()
    return ray


def _join(ray: Any, address: str, more: Mapping[str, Any], attempts: int = 2) -> None:
    """Raises what Ray raises. A head that has just started may not let anybody in yet."""
    options = {"log_to_driver": False, "configure_logging": False, "logging_level": logging.CRITICAL, **more}
    for left in range(attempts - 1, -1, -1):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                ray.init(address=address, runtime_env={"env_vars": _ONE_THREAD}, **options)
            return
        except ConnectionError as error:
            if not left or "Initialization failure" not in str(error):
                raise


def _keep_quiet() -> None:
    """What Ray prints of processes that end is told by us; it has no setting for it."""
    with suppress(ImportError, AttributeError):
        from ray._private import worker

        worker.print_worker_logs = lambda *_: None


def _first_line(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


@dataclass(frozen=True)
class _Stored(Generic[T]):
    """A `Shared` in Ray's object store, once on each machine that needs it; and the files that it is mapped from."""

    reference: Any
    files: Sequence[Path]

    def get(self) -> T:
        return cast(T, unpack(_ray().get(self.reference)))


@dataclass(eq=False)
class _Part:
    number: int
    content: Any
    ends: int = 0
    fetches: int = 0
    reason: str = ""


@dataclass(eq=False)
class _ClusterWorker:
    """A process of the cluster. `machine` and `node` are known once it has started."""

    actor: Any
    starting: Any
    machine: str = ""
    node: str = ""
    running: dict[Any, tuple[_Part, Any]] = field(default_factory=dict)

    @property
    def has_suspect(self) -> bool:
        return any(part.ends for part, _ in self.running.values())


class RayWorkers:
    """See `Workers`. One thread at a time may map."""

    is_cluster = True

    def __init__(self, ray: Any, progress: Progress) -> None:
        self._ray, self._progress = ray, progress
        self._workers: list[_ClusterWorker] = []
        self._shared: OrderedDict[int, tuple[Any, Any]] = OrderedDict()
        self._tasks = 0
        self._ended_in_a_row = 0
        self._cores, self._looked = self._find_cores(), time.monotonic()

        @ray.remote(num_cpus=1, max_concurrency=_AT_ONCE, max_restarts=0)
        class Actor(Process):
            def begin(self) -> tuple[str, str]:
                return self.where(), _ray().get_runtime_context().get_node_id()

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
        run = _OrderedMap(self, self._tasks, self._put(task), iter(parts))
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

    def _dismiss(self, worker: _ClusterWorker) -> None:
        self._workers.remove(worker)
        with suppress(Exception):
            self._ray.kill(worker.actor)

    # What a run needs.

    def hire(self, wanted: int) -> list[_ClusterWorker]:
        """All workers, of whom there are now as many as are wanted, and no more than cores."""
        self._look()
        while len(self._workers) < min(wanted, self._cores):
            with _connection():
                actor = self._actor.options(scheduling_strategy="SPREAD").remote()
                self._workers.append(_ClusterWorker(actor, actor.begin.remote()))
        return self._workers

    def give(self, worker: _ClusterWorker, number: int, task: Any, part: _Part) -> None:
        content = pickle.dumps(part.content, pickle.HIGHEST_PROTOCOL)
        with _connection():
            status, result = worker.actor.work.options(num_returns=2).remote(number, [task], content)
        worker.running[status] = part, result

    def ended(self, worker: _ClusterWorker, error: Exception) -> list[_Part]:
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
        if self._ended_in_a_row > _ATTEMPTS * (_LOST_IN_A_ROW + self._cores):
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


class _OrderedMap:
    """One map: parts that wait, those that workers have, and results that wait for their turn."""

    def __init__(self, workers: RayWorkers, number: int, task: Any, parts: Iterator[Any]) -> None:
        self._workers, self._number, self._task = workers, number, task
        self._parts: Iterator[Any] = parts
        self._taken = self._given = 0
        self._waiting: deque[_Part] = deque()
        self._suspects: deque[_Part] = deque()
        self._done: dict[int, tuple[_Part, Any]] = {}
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
                        if part.fetches < _ATTEMPTS:
                            self._waiting.appendleft(part)
                        else:
                            self._done[part.number] = part, Lost(part.content, _first_line(error))
                        break
                self._given += 1
                yield found
                self._idle_since = time.monotonic()

    def _in_flight(self) -> int:
        return self._taken - self._given - len(self._done) - len(self._waiting) - len(self._suspects)

    def _read_ahead(self) -> None:
        while not self._exhausted and self._taken - self._given < 2 * _AT_ONCE * self._workers.count:
            for content in self._parts:
                self._waiting.append(_Part(self._taken, content))
                self._taken += 1
                break
            else:
                self._exhausted = True

    def _hand_out(self, workers: Sequence[_ClusterWorker]) -> None:
        started = [worker for worker in workers if worker.starting is None]
        # One to each before a second to any; who ended a worker before is alone with the next.
        for most in range(1, _AT_ONCE + 1):
            for worker in started:
                if not worker.running and self._suspects:
                    self._workers.give(worker, self._number, self._task, self._suspects.popleft())
                elif len(worker.running) < most and self._waiting and not worker.has_suspect:
                    self._workers.give(worker, self._number, self._task, self._waiting.popleft())

    def _take_in(self, workers: Sequence[_ClusterWorker]) -> None:
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

    def _again(self, parts: Sequence[_Part]) -> None:
        for part in parts:
            if part.ends >= _ATTEMPTS:
                self._done[part.number] = part, Lost(part.content, part.reason)
            elif part.ends:
                self._suspects.append(part)
            else:
                self._waiting.appendleft(part)


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
            where=_first_line(error),
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
        where=_first_line(error),
        cure="Give its machines more memory or disk: ray start --object-store-memory BYTES.",
    )


def _fetched(reference: Any) -> Task:
    """In a worker: the work. Raises OtherVersions if this machine cannot make sense of it."""
    ray = _ray()
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
