"""The notes that retraining runs leave: STATE/retraining/RUN/run.json."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from stylo.errors import StyloError
from stylo.records.operations import RetrainingRun

RUN_FILE = "run.json"


def read_runs(folder: Path) -> Iterator[tuple[Path, RetrainingRun]]:
    """The notes of every run that left some that can be read, the newest first."""
    for path in sorted(folder.glob(f"*/{RUN_FILE}"), reverse=True):
        with suppress(StyloError):
            yield path, RetrainingRun.load(path, "python -m stylo.operations retrain")
