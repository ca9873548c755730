"""Locks: one process at a time, on file systems with flock and without, and nothing that stays."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from helpers import REPOSITORY

from stylo.artefacts import writing
from stylo.errors import Busy
from stylo.system.locks import Taken, locked

NO_FLOCK = (
    "import errno, fcntl, os\n"
    "def flock(*_): raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))\n"
    "fcntl.flock = flock\n"
)


@pytest.fixture(params=[None, errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def flock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file system's flock, or one that is not there."""
    if request.param is not None:

        def refused(*_: object) -> None:
            raise OSError(request.param, os.strerror(request.param))

        monkeypatch.setattr(fcntl, "flock", refused)


@contextmanager
def another_process(lock: Path, without_flock: bool) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds a lock until it is told anything."""
    program = (
        "import sys; from pathlib import Path; from stylo.system.locks import locked\n"
        "with locked(Path(sys.argv[1])):\n    print('held', flush=True); sys.stdin.readline()"
    )
    command = [sys.executable, "-c", (NO_FLOCK if without_flock else "") + program, str(lock)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.communicate("go on\n")


@pytest.mark.usefixtures("flock")
def test_a_lock_is_held_by_one_and_leaves_nothing(tmp_path: Path) -> None:
    lock = tmp_path / ".a.lock"
    for _ in range(2):
        with locked(lock):
            with pytest.raises(Taken, match=f"process {os.getpid()}"), locked(lock):
                raise AssertionError("two at once")
            assert [path.name for path in tmp_path.iterdir()] == [".a.lock"]
        assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("flock")
def test_who_waits_gets_the_lock_when_the_other_lets_go(tmp_path: Path) -> None:
    lock, inside, most = tmp_path / "lock", [0], [0]

    def work() -> None:
        for _ in range(5):
            with locked(lock, wait=True):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("without_flock", [False, True])
def test_the_lock_of_another_process_is_respected_and_that_of_a_killed_one_taken_over(
    tmp_path: Path, without_flock: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "lock"
    if without_flock:
        monkeypatch.setattr(fcntl, "flock", no_flock)
    with another_process(lock, without_flock) as process:
        with pytest.raises(Taken, match=f"process {process.pid}"), locked(lock):
            raise AssertionError("two at once")
        process.kill()
        process.wait()
        assert lock.exists()
        with locked(lock):
            assert lock.exists()
    assert not lock.exists()


def no_flock(*_: object) -> None:
    raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))


def test_a_lock_of_another_machine_is_left_and_its_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fcntl, "flock", no_flock)
    (tmp_path / ".a.lock").write_text("1 elsewhere.example 12")
    with pytest.raises(Busy, match=r"process 1 on elsewhere\.example") as refused, writing(tmp_path / "a"):
        raise AssertionError("two at once")
    assert str(tmp_path / ".a.lock") in refused.value.cure


@pytest.mark.parametrize(
    "left", [f"{2**30} {{host}} 12", f"{os.getpid()} {{host}} 1"], ids=["gone", "reused"]
)
def test_a_lock_of_a_process_that_is_no_more_is_taken_over(
    tmp_path: Path, left: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fcntl, "flock", no_flock)
    if "reused" in left and not Path("/proc/self/stat").exists():
        pytest.skip("this system does not tell when a process began")
    (tmp_path / "lock").write_text(left.format(host=socket.gethostname()))
    with locked(tmp_path / "lock"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_has_another_number_each_time_is_locked_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = count(10**9)

    def differs(descriptor: int) -> os.stat_result:
        found = list(real(descriptor))
        found[1] = next(numbers)
        return os.stat_result(found)

    real = os.fstat
    monkeypatch.setattr(os, "fstat", differs)
    with locked(tmp_path / "lock"), pytest.raises(Taken), locked(tmp_path / "lock"):
        raise AssertionError("two at once")
    assert list(tmp_path.iterdir()) == []
