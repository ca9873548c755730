"""Processes as they are noted in files: number, machine and start, by which another one sees whether they live."""

from __future__ import annotations

import os
import socket
from pathlib import Path


def mark() -> str:
    """Of this process."""
    return f"{os.getpid()} {socket.gethostname()} {_started(os.getpid())}"


def has_ended(marked: str) -> bool:
    """Whether a process is known to be no more; False for one of another machine, which cannot be seen."""
    pid, machine, started = _read(marked)
    if not pid or machine != socket.gethostname():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return bool(started) and started != _started(pid)  # else its number has gone to another


def is_elsewhere(marked: str) -> bool:
    """Whether a process is on another machine, or not named."""
    return _read(marked)[1] != socket.gethostname()


def in_words(marked: str) -> str:
    """Number, and machine if it is another one; empty for a process that is not named."""
    pid, machine, _ = _read(marked)
    if not pid:
        return ""
    return f"process {pid}" + (f" on {machine}" if machine not in ("", socket.gethostname()) else "")


def _read(marked: str) -> tuple[int, str, str]:
    """Process, machine and start; 0 for a process that is not named."""
    pid, machine, started, *_ = [*marked.split(), "", "", ""]
    return int(pid) if pid.isdecimal() else 0, machine, started


def _started(pid: int) -> str:
    """When a process began, in ticks since the machine did; empty where the system does not tell or it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", errors="replace")
        state, *others = text.rpartition(")")[2].split()
        return "" if state == "Z" else others[18]  # killed, and its parent has not looked yet
    except (OSError, IndexError):
        return ""
