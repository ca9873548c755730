"""Watching: what is looked at again and again, and what sets off a retraining."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from stylo.drift.report import drift_report
from stylo.errors import StyloError
from stylo.operations.alarms import check
from stylo.operations.experiments import read
from stylo.operations.inbox import Inbox
from stylo.operations.monitoring import figures, monitor
from stylo.operations.promotion import sync
from stylo.operations.registry import Registry
from stylo.operations.report import experiment_report
from stylo.operations.retraining import RetrainingRequest, RetrainingResult, retrain, runs
from stylo.operations.workspace import Workspace
from stylo.progress import SILENT, Progress
from stylo.records.drift import DriftReport
from stylo.records.operations import MonitoringReport
from stylo.storage import deployments, experiments, predictions
from stylo.storage.alarms import Alarm

_SHOWN = {"at": pl.Int64, "articles": pl.String}


@dataclass(frozen=True)
class WatchReport:
    """One look at everything."""

    monitored: MonitoringReport
    drift: DriftReport | None
    alarms: list[Alarm]
    why: str | None


def look(workspace: Workspace, now: datetime | None = None, progress: Progress = SILENT) -> WatchReport:
    """Monitoring, drift and the alarms by the rules; written to `reports/`, and told where it is new.

    Raises StorageUnavailable, BadOption for rules that make no sense.
    """
    monitored = monitor(workspace, now=now)
    found = figures(monitored, workspace)
    drift: DriftReport | None = None
    try:
        drift = drift_report(workspace.folder, predictions=_recommended(workspace))
        found["drift"] = float(len(drift.alarms))
        drift.save(report_path(workspace, "drift"))
    except StyloError as error:
        progress.note(f"NOTICE: no drift report: {error.problem}")
    for running in experiments.running(workspace.database):
        try:
            experiment_report(read(workspace, running.name)).save(
                report_path(workspace, f"experiment-{running.name}")
            )
        except StyloError as error:
            progress.note(f"NOTICE: {running.name} cannot be read: {error.problem}")
    live = deployments.live(workspace.database)
    if live is not None:
        found["model days"] = float((_today(workspace, now) - date.fromisoformat(live.version[:10])).days)
    try:
        monitored.model_copy(update={"figures": found}).save(report_path(workspace, "monitoring"))
    except StyloError as error:  # no reason to raise no alarm
        progress.note(f"NOTICE: the report was not saved: {error.problem}")
    going_on = check(workspace, found, progress)
    return WatchReport(monitored, drift, going_on, _trigger(going_on))


def watch(
    workspace: Workspace,
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
    seen, told, inbox = set[str](), dict[str, str](), Inbox(workspace.settings.data)
    while times is None or times > 0:
        times = None if times is None else times - 1
        try:
            sync(workspace, registry)
            _look_and_act(workspace, registry, every_days, weeks, seen, inbox, told, progress)
        except StyloError as error:
            progress.note(f"NOTICE: {error}")
        except Exception as error:  # a defect of ours, which must not end the watch
            progress.note(f"NOTICE: {type(error).__name__}: {error}")
        if times != 0:
            wait(60 * minutes)


def take_in(
    workspace: Workspace,
    registry: Registry,
    asked: RetrainingRequest,
    progress: Progress = SILENT,
    inbox: Inbox | None = None,
) -> RetrainingResult:
    """Retrains; CSVs of the inbox are put away when their days are in the tables."""
    inbox = inbox or Inbox(workspace.settings.data)
    done = retrain(workspace, registry, asked, progress, inbox)
    inbox.put_away(done.taken)
    return done


def _look_and_act(
    workspace: Workspace,
    registry: Registry,
    every_days: float,
    weeks: int,
    seen: set[str],
    inbox: Inbox,
    told: dict[str, str],
    progress: Progress,
) -> None:
    wanted: str | None = None
    try:
        wanted = look(workspace, progress=progress).why
    except StyloError as error:  # rules that make no sense are no reason to leave new days where they are
        progress.note(f"NOTICE: {error}")
    waiting, why = inbox.look(workspace.zone.day(datetime.now(UTC))), None
    for name, reason in waiting.passed_over.items():
        if told.get(name) != reason:
            progress.note(f"NOTICE: {name} is skipped: {reason}.")
    told.clear()
    told.update(waiting.passed_over)
    if waiting.ready:
        why = f"new days: {', '.join(file.name for file in waiting.ready)}"
    elif _due(workspace, every_days):
        why = f"{every_days:g} days since the last run"
    elif wanted is not None and wanted not in seen:
        why = wanted
        seen.add(wanted)  # a cause that a retraining does not end sets off no second one
    if why is None:
        return
    progress.note(f"Retraining: {why}")
    asked = RetrainingRequest(new=waiting.ready, weeks=weeks, why=why, only_for_new=bool(waiting.ready))
    done = take_in(workspace, registry, asked, progress, inbox)
    progress.note(done.verdict)


def _trigger(going_on: list[Alarm]) -> str | None:
    """Why a retraining is called for; None if it is not."""
    for alarm in going_on:
        if alarm.rule in ("drift", "quality", "stale model"):
            return f"{alarm.rule}: {alarm.message}"
    return None


def _due(workspace: Workspace, every_days: float) -> bool:
    """Whether the last run that came further than the new days began so long ago."""
    started = (run.started for _, run in runs(workspace) if run.steps.split is not None)
    last = next(started, None)
    return last is not None and datetime.now(UTC) - last >= timedelta(days=every_days)


def _recommended(workspace: Workspace) -> pl.DataFrame | None:
    """What the service recommended, by day: for the drift of predictions."""
    rows = predictions.shown(workspace.database, datetime(2000, 1, 1, tzinfo=UTC))
    if not rows:
        return None
    shown = pl.DataFrame([(row[2], row[3]) for row in rows], _SHOWN, orient="row")
    return shown.select(
        t_dat=workspace.zone.days(pl.from_epoch(shown["at"], "us")),
        article=pl.col("articles").str.json_decode(pl.List(pl.Int32)),
    ).explode("article")


def _today(workspace: Workspace, now: datetime | None) -> date:
    return workspace.zone.day(now or datetime.now(UTC))


def report_path(workspace: Workspace, name: str) -> Path:
    """In DATA/reports, where programs and the dashboard look."""
    return workspace.settings.data / "reports" / f"{name}.json"
