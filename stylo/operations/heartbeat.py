"""The heartbeat of `watch`: what it keeps from look to look, and whether it still looks."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

from stylo.errors import DamagedArtefact, MissingArtefact
from stylo.records.watching import WATCH_FILE, WatchNotes

COMMAND = "python -m stylo.operations watch"
_BOOT = Path("/proc/sys/kernel/random/boot_id")
#: A look that takes its time is no reason to restart anything.
_LATE_MINUTES = 5.0


def read_notes(state: Path) -> WatchNotes:
    """What the last look left. Raises MissingArtefact before the first, DamagedArtefact."""
    return WatchNotes.load(state / WATCH_FILE, COMMAND)


def notes_before(state: Path, minutes: float) -> WatchNotes:
    """With what a watch begins: what the last one left, or nothing."""
    now = datetime.now(UTC)
    try:
        notes = read_notes(state)
    except (MissingArtefact, DamagedArtefact):
        return WatchNotes(began=now, looked=now, minutes=minutes)
    # A first look that is yet to come was noted by a clock that was wrong.
    return notes.model_copy(update={"minutes": minutes, "began": min(notes.began, now)})


def looked(notes: WatchNotes) -> WatchNotes:
    """The notes, with this moment as the last look."""
    now = {"looked": datetime.now(UTC), "pid": os.getpid(), "boot": _boot(), "uptime": time.monotonic()}
    return notes.model_copy(update=now)


def age(notes: WatchNotes) -> float:
    """Minutes since the last look: by a clock that never jumps, unless the machine has been started since."""
    if notes.boot and notes.boot == _boot():
        return (time.monotonic() - notes.uptime) / 60
    return (datetime.now(UTC) - notes.looked).total_seconds() / 60


def is_late(notes: WatchNotes, within: float | None = None) -> bool:
    """Whether the last look is longer ago than so many minutes; by default than two looks and five minutes.

    One in the future was noted by a clock that was wrong, and says nothing.
    """
    longest = 2 * notes.minutes + _LATE_MINUTES if within is None else within
    return not -_LATE_MINUTES <= age(notes) <= longest


def gauges(notes: WatchNotes) -> dict[str, tuple[str, float]]:
    """For Prometheus: name → help and value."""
    return {
        "stylo_watch_last_look_timestamp_seconds": (
            "When watch last finished a look, in seconds since 1970.",
            notes.looked.timestamp(),
        ),
        "stylo_watch_interval_seconds": ("Time between two looks of watch.", 60 * notes.minutes),
    }


def _boot() -> str:
    try:
        return _BOOT.read_text("ascii").strip()
    except OSError:
        return ""
