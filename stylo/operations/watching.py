"""Watching: what is looked at again and again, and what sets off a retraining."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from stylo.artefacts import writing
from stylo.drift.report import DriftReport, drift_report
from stylo.errors import StyloError
from stylo.operations.alarms import check
from stylo.operations.experiments import read
from stylo.operations.monitoring import Monitored, figures, monitor
from stylo.operations.place import Place
from stylo.operations.promotion import sync
from stylo.operations.registry import Registry
from stylo.operations.report import experiment_report
from stylo.operations.retraining import Asked, Done, retrain
from stylo.progress import SILENT, Progress
from stylo.storage import deployments, experiments, predictions
from stylo.storage.alarms import Alarm

#: New days lie here as CSVs, until they are in the tables.
INBOX, TAKEN = "new", "taken"
_SHOWN = {"at": pl.Int64, "articles": pl.String}


@dataclass(frozen=True)
class Look:
    """One look at everything."""

    monitored: Monitored
    drift: DriftReport | None
    alarms: list[Alarm]
    why: str | None


def look(place: Place, now: datetime | None = None, progress: Progress = SILENT) -> Look:
    """Monitoring, drift and the alarms by the rules; written to `reports/`, and told where it is new.

    Raises StorageUnavailable, BadOption for rules that make no sense.
    """
    monitored = monitor(place, now=now)
    found = figures(monitored, place)
    drift: DriftReport | None = None
    try:
        drift = drift_report(place.folder, predictions=_recommended(place))
        found["drift"] = float(len(drift.alarms))
        write_report(place, "drift", drift.to_json())
    except StyloError as error:
        progress.note(f"NOTICE: no drift report: {error.problem}")
    for running in experiments.running(place.database):
        try:
            report = experiment_report(read(place, running.name))
            write_report(place, f"experiment-{running.name}", json.dumps(report, indent=2, default=str))
        except StyloError as error:
            progress.note(f"NOTICE: {running.name} cannot be read: {error.problem}")
    live = deployments.live(place.database)
    if live is not None:
        found["model days"] = float((_today(now) - date.fromisoformat(live.version[:10])).days)
    write_report(place, "monitoring", json.dumps({**monitored.facts(), "figures": found}, default=str))
    going_on = check(place, found, progress)
    return Look(monitored, drift, going_on, _trigger(going_on))


def watch(
    place: Place,
    registry: Registry,
    *,
    minutes: float,
    every_days: float,
    weeks: int = 1,
    progress: Progress = SILENT,
    wait: Callable[[float], None] = time.sleep,
    times: int | None = None,
) -> None:
    """Looks every so many minutes: follows the registry, raises alarms, and retrains for new days in DATA/new, on a
    schedule, or for drift and quality. A failure is told, and the next look comes.

    times : how often it looks; None is for ever.
    """
    seen: set[str] = set()
    while times is None or times > 0:
        times = None if times is None else times - 1
        try:
            sync(place, registry)
            _look_and_act(place, registry, every_days, weeks, seen, progress)
        except (StyloError, OSError) as error:
            progress.note(f"NOTICE: {error}")
        if times != 0:
            wait(60 * minutes)


def inbox(place: Place) -> tuple[Path, ...]:
    """CSVs of new days that wait, the oldest name first."""
    return tuple(sorted((place.settings.data / INBOX).glob("*.csv")))


def take_in(place: Place, registry: Registry, asked: Asked, progress: Progress = SILENT) -> Done:
    """Retrains; CSVs that came from the inbox are put away when their days are in the tables."""
    done = retrain(place, registry, asked, progress)
    for path in asked.new:
        if path.parent.name == INBOX and path.exists():
            target = path.parent / TAKEN
            target.mkdir(exist_ok=True)
            path.replace(target / path.name)
    return done


def _look_and_act(
    place: Place, registry: Registry, every_days: float, weeks: int, seen: set[str], progress: Progress
) -> None:
    found = look(place, progress=progress)
    new, why = inbox(place), None
    if new:
        why = f"new days: {', '.join(path.name for path in new)}"
    elif _due(place, every_days):
        why = f"{every_days:g} days since the last run"
    elif found.why is not None and found.why not in seen:
        why = found.why
        seen.add(found.why)  # a cause that a retraining does not end sets off no second one
    if why is None:
        return
    progress.note(f"Retraining: {why}")
    done = take_in(place, registry, Asked(new=new, weeks=weeks, why=why), progress)
    progress.note(done.verdict)


def _trigger(going_on: list[Alarm]) -> str | None:
    """Why a retraining is called for; None if it is not."""
    for alarm in going_on:
        if alarm.rule in ("drift", "quality", "stale model"):
            return f"{alarm.rule}: {alarm.message}"
    return None


def _due(place: Place, every_days: float) -> bool:
    runs = sorted(place.runs.glob("*/run.json")) if place.runs.exists() else []
    if not runs:
        return False
    last = datetime.fromisoformat(json.loads(runs[-1].read_text())["started"])
    return (datetime.now(UTC) - last).total_seconds() >= every_days * 86_400


def _recommended(place: Place) -> pl.DataFrame | None:
    """What the service recommended, by day: for the drift of predictions."""
    rows = predictions.shown(place.database, datetime(2000, 1, 1, tzinfo=UTC))
    if not rows:
        return None
    shown = pl.DataFrame([(row[2], row[3]) for row in rows], _SHOWN, orient="row")
    return shown.select(
        t_dat=pl.from_epoch("at", "us").dt.date(),
        article=pl.col("articles").str.json_decode(pl.List(pl.Int32)),
    ).explode("article")


def _today(now: datetime | None) -> date:
    return (now or datetime.now(UTC)).date()


def write_report(place: Place, name: str, text: str) -> None:
    """Into DATA/reports, where programs and the dashboard look."""
    with writing(place.settings.data / "reports" / f"{name}.json") as (target,):
        target.write_text(text + "\n")
