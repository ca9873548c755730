"""The worker processes of one server: each has its own socket, is replaced when it dies or falls silent, ends in time.

    WorkerProcesses.run ─┬─▶ worker ─ every second, from its event loop ─▶ "."
                         └─▶ worker ─ dead, or silent for a minute: killed, and another one started at once

SIGTERM and SIGINT stop them all, SIGHUP replaces them one generation by the next.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import signal
import socket
import time
from contextlib import suppress
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection, wait
from types import FrameType

from prometheus_client.multiprocess import mark_process_dead
from uvicorn import Config, Server
from uvicorn.config import STARTUP_FAILURE

from stylo.service import logs
from stylo.service.logs import log_line

#: Seconds after which a worker that says nothing is killed; and those that a new one may take to start.
SILENT_SECONDS, START_SECONDS = 60.0, 300.0
#: Seconds after which another one follows a worker that has never answered.
AGAIN_SECONDS = 1.0
# Beyond those that open requests are given: first a process ends itself, then it is killed.
_GRACE_SECONDS, _KILL_SECONDS = 0.3, 0.5
_LOOK_SECONDS = 0.2
_TICKS = 10  # of uvicorn's main loop in a second
_SPAWN = get_context("spawn")


class BoundedServer(Server):
    """Uvicorn's server, which is gone when the time to stop is over, whatever its threads do.

    voice : hears every second that the event loop runs.
    """

    def __init__(self, config: Config, voice: Connection | None = None) -> None:
        super().__init__(config)
        self._voice = voice
        if voice is not None:
            os.set_blocking(voice.fileno(), False)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # A watchdog in C: it needs no lock of Python's, and says where the threads are before it ends the process.
        seconds = (self.config.timeout_graceful_shutdown or 0) + _GRACE_SECONDS
        faulthandler.dump_traceback_later(seconds, exit=True)
        super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        if self._voice is not None and counter % _TICKS == 0:
            with suppress(OSError):
                self._voice.send_bytes(b".")
        return await super().on_tick(counter)


class WorkerProcesses:
    """As many processes as the configuration says, until they are to stop.

    The kernel deals connections out among the sockets of one port. With one socket for all, the process that is
    quickest takes most of them, and keeps them as long as they stay open.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._workers: list[_Worker] = []
        #: Those that end when every other one answers; and those that are ending.
        self._old: list[_Worker] = []
        self._ending: list[_Worker] = []
        #: When those are to start that follow others.
        self._due: list[float] = []
        self._served = self._stop = self._renew = self._failed = False

    def run(self) -> bool:
        """Returns when all have ended: False if one could not start, or had to be killed."""
        logs.to_standard_output()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_stop)
        signal.signal(signal.SIGHUP, self._on_renew)
        self._due = [0.0] * self._config.workers
        try:
            while not self._stop:
                self._look()
                wait([each.process.sentinel for each in self._all()], _LOOK_SECONDS)
        finally:
            self._end()
        return not self._failed

    def _on_stop(self, number: int, frame: FrameType | None) -> None:
        self._stop = True

    def _on_renew(self, number: int, frame: FrameType | None) -> None:
        self._renew = True

    def _all(self) -> list[_Worker]:
        return [*self._workers, *self._old, *self._ending]

    def _look(self) -> None:
        """Replaces who is gone, starts who is due, and lets the old end when the new answer."""
        if self._renew:
            self._renew = False
            self._old += self._workers
            self._workers, self._due = [], [0.0] * self._config.workers
        for worker in [*self._workers, *self._old]:
            worker.listen()
            self._served |= worker.answers
            if not worker.lives:
                self._replace(worker)
        now = time.monotonic()
        self._workers += [_Worker(self._config) for due in self._due if due <= now]
        self._due = [due for due in self._due if due > now]
        if self._old and not self._due and all(each.answers for each in self._workers):
            for each in self._old:
                each.begin_to_end()
            self._ending += self._old
            self._old = []
        self._ending = [each for each in self._ending if not each.ended()]

    def _replace(self, worker: _Worker) -> None:
        status = worker.kill()
        log_line("worker gone", logging.ERROR, process=worker.process.pid, status=status)
        if worker in self._old:
            self._old.remove(worker)
            return
        self._workers.remove(worker)
        if status == STARTUP_FAILURE and not self._served:  # nor would another one start
            self._stop = self._failed = True
        self._due.append(time.monotonic() + (0 if worker.answers else AGAIN_SECONDS))

    def _end(self) -> None:
        waiting = self._all()
        for each in waiting:
            each.begin_to_end()
        while waiting := [each for each in waiting if not each.ended()]:
            wait([each.process.sentinel for each in waiting], _LOOK_SECONDS / 4)
        # One that had to end itself has status 1.
        self._failed |= any(each.killed or each.process.exitcode == 1 for each in self._all())


class _Worker:
    """One process, from its start on.

    answers : whether it has begun to serve.   killed : whether it had to be.
    """

    def __init__(self, config: Config) -> None:
        self._ear, voice = Pipe(duplex=False)
        self.process = _SPAWN.Process(target=_work, args=(config, voice))
        self.process.start()
        voice.close()
        self._stop_seconds = (config.timeout_graceful_shutdown or 0) + _KILL_SECONDS
        self._until = time.monotonic() + START_SECONDS
        self.answers = self.killed = False

    def listen(self) -> None:
        """Hears what it has said."""
        with suppress(OSError, EOFError):
            while self._ear.poll():
                self._ear.recv_bytes()
                self.answers, self._until = True, time.monotonic() + SILENT_SECONDS

    @property
    def lives(self) -> bool:
        """Whether it is there, and not silent for too long."""
        return self.process.is_alive() and time.monotonic() < self._until

    def begin_to_end(self) -> None:
        """Asks it to; then `ended` kills it when its time is over."""
        self._until = time.monotonic() + self._stop_seconds
        self.process.terminate()

    def ended(self) -> bool:
        if self.lives:
            return False
        self.kill()
        return True

    def kill(self) -> int:
        """Ends it if it lives; gives the exit status."""
        if self.process.is_alive():
            self.killed = True
            log_line("worker killed", logging.ERROR, process=self.process.pid)
            self.process.kill()
        self.process.join()
        self._ear.close()
        if self.process.pid is not None and "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            mark_process_dead(self.process.pid)  # type: ignore[no-untyped-call]
        return self.process.exitcode or 0


def _work(config: Config, voice: Connection) -> None:
    """What a worker process does."""
    with suppress(KeyboardInterrupt):  # of the signal that stopped it, which uvicorn sends itself at the end
        BoundedServer(config, voice).run([_listening(config)])


def _listening(config: Config) -> socket.socket:
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listening.bind((config.host, config.port))
    return listening
