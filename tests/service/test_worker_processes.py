"""Workers that die, fall silent or do not end: each is replaced or ended, whatever the others and its threads do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from helpers import REPOSITORY
from serving import SLOW, free_port, until

STUCK = Path(__file__).with_name("stuck.py")


class Stuck:
    """The server of stuck.py."""

    def __init__(self, workers: int, silent: float) -> None:
        self.port = free_port()
        path = os.pathsep.join([str(REPOSITORY), str(STUCK.parent)])
        asked = {"PYTHONPATH": path, "PORT": self.port, "WORKERS": workers, "SILENT_SECONDS": silent}
        self.process = subprocess.Popen(
            [sys.executable, str(STUCK)],
            env=os.environ | {name: str(value) for name, value in asked.items()},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def ask(self, path: str = "/") -> int | None:
        """Which process answers; None if none does."""
        try:
            answer = httpx2.get(f"http://127.0.0.1:{self.port}{path}", timeout=1.0, trust_env=False)
        except httpx2.TransportError:
            return None
        return int(answer.text)

    def answer(self, path: str) -> int:
        """As `ask`, until one does."""
        found: list[int | None] = []
        until(lambda: found.append(self.ask(path)) or found[-1] is not None)  # type: ignore[func-returns-value]
        return found[-1] or 0

    def processes(self, count: int) -> set[int]:
        """Those that answer, once they are so many."""
        found: set[int] = set()

        def enough() -> bool:
            if (answered := self.ask()) is not None:
                found.add(answered)
            return len(found) == count

        until(enough)
        return found


@contextmanager
def stuck(workers: int, silent: float = 1000.0) -> Iterator[Stuck]:
    server = Stuck(workers, silent)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.process.terminate()
        server.process.communicate(timeout=SLOW)


@pytest.mark.parametrize("choose", [min, max])
def test_one_that_is_killed_is_replaced_also_while_another_does_not_answer(
    choose: Callable[[set[int]], int],
) -> None:
    with stuck(2) as server:
        both = server.processes(2)
        killed = choose(both)
        (stopped,) = both - {killed}
        os.kill(stopped, signal.SIGSTOP)
        try:
            os.kill(killed, signal.SIGKILL)
            until(lambda: server.ask() not in (None, *both))
            # Whoever looks after them has not waited for the one before it saw to the other.
            assert Path(f"/proc/{stopped}/stat").read_text().rpartition(") ")[2][0] == "T"
        finally:
            os.kill(stopped, signal.SIGCONT)


def test_one_whose_event_loop_is_stuck_is_replaced() -> None:
    with stuck(2, silent=2.0) as server:
        server.processes(2)
        stuck_one = server.answer("/loop")
        until(lambda: not Path(f"/proc/{stuck_one}").exists())
        assert stuck_one not in server.processes(2)


def test_all_are_replaced_at_a_hangup() -> None:
    with stuck(2) as server:
        before = server.processes(2)
        server.process.send_signal(signal.SIGHUP)
        until(lambda: not any(Path(f"/proc/{each}").exists() for each in before))
        assert not before & server.processes(2)
        server.process.terminate()
        assert server.process.wait(SLOW) == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_a_thread_that_does_not_end_keeps_nobody_from_stopping(workers: int) -> None:
    with stuck(workers) as server:
        server.processes(workers)
        server.answer("/thread")
        server.process.terminate()
        assert server.process.wait(SLOW) == 1
        assert server.ask() is None
        assert server.process.stderr is not None
        assert b"Thread 0x" in server.process.stderr.read()  # where it was


def test_an_event_loop_that_does_not_end_keeps_nobody_from_stopping() -> None:
    with stuck(2) as server:
        server.processes(2)
        server.answer("/loop")
        server.process.terminate()
        assert server.process.wait(SLOW) == 1
        assert server.ask() is None
