"""One look: figures of monitoring, drift and the model's age, reports of them, and the alarms by the rules."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from stylo.deployment.shop_day import shop_day
from stylo.drift.report import drift_report
from stylo.errors import BadOption, StyloError
from stylo.operations.alarms import AlarmBoard
from stylo.operations.experiments import read
from stylo.operations.inbox import last_day
from stylo.operations.monitoring import figures, monitor
from stylo.operations.report import experiment_report
from stylo.operations.workspace import Workspace
from stylo.records.drift import DriftReport
from stylo.records.operations import MonitoringReport
from stylo.storage import deployments, experiments, predictions
from stylo.storage.alarms import Alarm
from stylo.storage.deployments import Deployment

_SHOWN = {"at": pl.Int64, "articles": pl.String}
_DRIFT, _MODEL_DAYS = "drift", "model days"
#: A model that was older when it went live is that of a shop whose data ended long ago.
_OF_ITS_TIME = timedelta(days=60)


@dataclass(frozen=True)
class WatchReport:
    """One look at everything. `monitored` and `drift` are None where they could not be found out."""

    monitored: MonitoringReport | None
    drift: DriftReport | None
    alarms: list[Alarm]


def look(
    workspace: Workspace, board: AlarmBoard, now: datetime | None = None, *, with_drift: bool = True
) -> WatchReport:
    """Monitoring, drift and the alarms by the rules; written to `reports/`, and told where it is new.

    What fails is an alarm itself, in `board.errors`.

    board : that has begun this look.
    with_drift : False while somebody changes the tables; alarms about drift stay as they are.
    """
    found, unknown = dict[str, float](), {_DRIFT, _MODEL_DAYS}
    monitored: MonitoringReport | None = None
    drift: DriftReport | None = None
    with board.fault("database"):
        workspace.database.check()
    with board.fault("monitoring"):
        monitored = monitor(workspace, now=now)
        found = figures(monitored, workspace)
        if (live := deployments.live(workspace.database)) is not None:
            found[_MODEL_DAYS] = float(model_days(workspace, live, now or datetime.now(UTC)))
        unknown.discard(_MODEL_DAYS)
    if with_drift:
        # A shop with less than a week of purchases has nothing to compare yet.
        with board.fault("drift report"), suppress(BadOption):
            drift = drift_report(workspace.folder, predictions=_recommended(workspace))
            found[_DRIFT] = float(len(drift.alarms))
            unknown.discard(_DRIFT)
    with board.fault("experiments"):
        _save_experiments(workspace, board)
    with board.fault("reports"):
        if monitored is not None:
            monitored.model_copy(update={"figures": found}).save(report_path(workspace, "monitoring"))
        if drift is not None:
            drift.save(report_path(workspace, "drift"))
    if monitored is None:
        unknown = {*unknown, *(rule.figure for rule in board.rules.rules)}
    board.judge(found, unknown)
    return WatchReport(monitored, drift, list(board.going_on.values()))


def model_days(workspace: Workspace, live: Deployment, now: datetime) -> int:
    """Days between the model's day and the shop's.

    The shop's day is that of the clock, as long as the model was of its time when it went live: so a shop whose new
    days stay away is told. Where the data had ended long before, it is the day after them.
    """
    as_of, real = date.fromisoformat(live.version[:10]), workspace.zone.day(now)
    if workspace.settings.today is None and workspace.zone.day(live.at) - as_of <= _OF_ITS_TIME:
        return (real - as_of).days
    try:
        after = max(as_of, last_day(workspace.folder) + timedelta(days=1))
    except StyloError:  # there are no tables any more
        after = as_of
    return (shop_day(workspace.settings.today, after, real) - as_of).days


def report_path(workspace: Workspace, name: str) -> Path:
    """In DATA/reports, where programs and the dashboard look."""
    return workspace.settings.data / "reports" / f"{name}.json"


def _save_experiments(workspace: Workspace, board: AlarmBoard) -> None:
    for running in experiments.running(workspace.database):
        report = experiment_report(read(workspace, running.name))
        with board.fault("reports"):
            report.save(report_path(workspace, f"experiment-{running.name}"))


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
