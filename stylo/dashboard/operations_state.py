"""What the service and `stylo.operations` left: read, checked and made into tables; nothing is written."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from stylo.dashboard.reports import value
from stylo.errors import DamagedArtefact, MissingArtefact
from stylo.storage import alarms, deployments, experiments
from stylo.storage.address import address
from stylo.storage.alarms import Alarm
from stylo.storage.database import Database
from stylo.storage.deployments import Deployment
from stylo.storage.experiments import Kept
from stylo.tables.folder import DataFolder

#: The service's own names; and whether whoever opens the page may write.
STATE, DATABASE = "STYLO_SERVICE_STATE", "STYLO_SERVICE_DATABASE"
OPERATES = "STYLO_DASHBOARD_OPERATES"
_MOST = 500
_MISFITS = (LookupError, TypeError, ValueError, AttributeError, pl.exceptions.PolarsError)
_GATES = pl.Schema({"name": pl.String, "open": pl.Boolean, "said": pl.String})
_STEPS = pl.Schema({"step": pl.String, "seconds": pl.Float64})
_FILES = pl.Schema(dict.fromkeys(("name", "fingerprint", "made_by", "made_at"), pl.String))


@dataclass(frozen=True)
class Place:
    """Where a shop's operations keep what they know."""

    data: Path
    state: Path
    database_url: str

    def command(self, what: str) -> str:
        return f"python -m stylo.operations --data {shlex.quote(str(self.data))} {what}"

    def versions(self) -> list[str]:
        """Of the model, those that are there whole, the newest first."""
        names = {path.parent.name for path in (self.state / "models").glob("*/release.json")}
        return sorted((name for name in names if not name.startswith(".")), reverse=True)


def place_of(folder: DataFolder) -> Place:
    state = Path(os.environ.get(STATE) or folder.root / "service")
    url = os.environ.get(DATABASE) or f"sqlite:///{(state / 'service.sqlite').resolve()}"
    return Place(folder.root, state, url)


def may_operate() -> bool:
    """Whether the dashboard, which knows no log-in, was started for people who may start and stop experiments."""
    return os.environ.get(OPERATES) == "1"


@contextmanager
def opened(place: Place) -> Iterator[Database]:
    """The database, which is not made here. Raises MissingArtefact, BadOption, StorageUnavailable."""
    url = address(place.database_url)
    if url.drivername == "sqlite" and not Path(str(url.database)).exists():
        start = f"python serve.py --data {shlex.quote(str(place.data))}"
        raise MissingArtefact("The service has not run here yet: it has no database.", cure=f"Run {start}")
    database = Database.open(place.database_url, pool=1)
    try:
        yield database
    finally:
        database.close()


@dataclass(frozen=True)
class Ledger:
    """What the database knows.

    deployments, over : the newest first.   going_on, experiments : the oldest first.
    """

    deployments: list[Deployment]
    going_on: list[Alarm]
    over: list[Alarm]
    experiments: list[Kept]


def read_ledger(place: Place) -> Ledger:
    """Raises as `opened`."""
    with opened(place) as database:
        return Ledger(
            deployments.history(database, _MOST),
            alarms.going_on(database),
            [each for each in alarms.newest(database, _MOST) if each.over_at is not None],
            experiments.listed(database),
        )


@dataclass(frozen=True)
class Lineage:
    """What a version was made from.   gates : `name`, `open`, `said`.   files : `name`, `fingerprint`, `made_by`, …"""

    facts: Mapping[str, str]
    gates: pl.DataFrame
    files: pl.DataFrame


def read_lineage(place: Place, version: str) -> Lineage:
    """Raises MissingArtefact where it was not retraining that made it, DamagedArtefact."""
    path = place.state / "lineage" / f"{version}.json"
    found = read_json(path, place.command("retrain"))
    with intact(path, place.command("retrain")):
        scores = found.get("scores") or {}
        told = {name: found.get(name) for name in ("retraining", "run_id", "registry", "code", "why")}
        told["new"] = ", ".join(map(str, found.get("new") or [])) or None
        told["map@12"] = interval([scores.get("map@12"), *(scores.get("ci95") or [])])
        told["customers"] = scores.get("customers")
        rows = [
            (name, *(_said(each.get(column)) for column in list(_FILES)[1:]))
            for name, each in (found.get("data") or {}).items()
        ]
        facts = {name: str(each) for name, each in told.items() if each not in (None, "")}
        return Lineage(facts, _gates(found.get("gates")), pl.DataFrame(rows, _FILES, orient="row"))


@dataclass(frozen=True)
class Run:
    """A retraining run.   steps : `step`, `seconds`, in their order."""

    name: str
    started: str
    state: str
    why: str
    verdict: str
    gates: pl.DataFrame
    steps: pl.DataFrame


def read_runs(place: Place) -> tuple[list[Run], list[DamagedArtefact]]:
    """The newest first, and what is wrong with those that cannot be read."""
    runs, wrong = [], []
    for path in sorted((place.state / "retraining").glob("*/run.json"), reverse=True)[:_MOST]:
        try:
            runs.append(_run(path, place.command("retrain")))
        except DamagedArtefact as error:
            wrong.append(error)
        except MissingArtefact:
            continue  # put away in this moment
    return runs, wrong


def _run(path: Path, cure: str) -> Run:
    found = read_json(path, cure)
    with intact(path, cure):
        steps = [(name, value(each["seconds"], pl.Float64)) for name, each in found["steps"].items()]
        said = {name: _said(found.get(name)) or "" for name in ("started", "state", "why", "verdict")}
        gates = _gates((found["steps"].get("compare") or {}).get("gates"))
        table_of_steps = pl.DataFrame(steps, _STEPS, orient="row")
        return Run(name=path.parent.name, **said, gates=gates, steps=table_of_steps)


def _gates(found: Any) -> pl.DataFrame:
    return table([[each[name] for name in _GATES] for each in found or []], _GATES)


def read_json(path: Path, command: str) -> dict[str, Any]:
    """An object. Raises MissingArtefact, DamagedArtefact, with the command that makes it."""
    try:
        found = json.loads(path.read_text())
    except FileNotFoundError as error:
        raise MissingArtefact(f"{path} is not there yet.", cure=f"Run {command}") from error
    except (OSError, ValueError, RecursionError) as error:
        raise DamagedArtefact(
            f"{path} is no readable JSON.", where=str(error), cure=f"Make it again: {command}"
        ) from error
    if not isinstance(found, dict):
        raise DamagedArtefact(f"{path} holds no object.", cure=f"Make it again: {command}")
    return found


@contextmanager
def intact(path: Path, command: str) -> Iterator[None]:
    """What is found to be of another shape is damaged."""
    try:
        yield
    except (*_MISFITS, DamagedArtefact) as error:
        raise DamagedArtefact(
            f"{path} does not hold what it should.", where=str(error), cure=f"Make it again: {command}"
        ) from error


def table(rows: list[list[Any]], schema: pl.Schema) -> pl.DataFrame:
    """Values of JSON as a table; another type is a TypeError."""
    typed = [[value(each, dtype) for each, dtype in zip(row, schema.values(), strict=True)] for row in rows]
    return pl.DataFrame(typed, schema, orient="row")


def interval(found: list[Any]) -> str | None:
    """(mean, low, high) in words."""
    mean, *ends = (value(each, pl.Float64) for each in found)
    if mean is None:
        return None
    return f"{mean:.4f} [{ends[0]:.4f}, {ends[1]:.4f}]" if len(ends) == 2 else f"{mean:.4f}"


def clock(at: datetime | None) -> datetime | None:
    """Of UTC, as tables show it."""
    return None if at is None else at.astimezone(UTC).replace(tzinfo=None)


def _said(found: Any) -> str | None:
    return None if found is None else str(found)
