"""Operations: which model is live and why, its versions, retraining, experiments, drift, quality."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl
import streamlit as st

from stylo.dashboard import log_in, text
from stylo.dashboard.downloads import shown
from stylo.dashboard.explained import explained
from stylo.dashboard.links import pick
from stylo.dashboard.notices import tell
from stylo.dashboard.operations import charts, experiments, quality
from stylo.dashboard.operations.reports import (
    lineage_facts,
    read_drift,
    read_lineage,
    read_runs,
    steps_table,
    weekly,
)
from stylo.dashboard.operations.state import (
    Ledger,
    Place,
    clock,
    place_of,
    read_ledger,
    read_rehearsal,
)
from stylo.dashboard.reports import table_of
from stylo.dashboard.shop import Shop
from stylo.dashboard.text import plain
from stylo.deployment.control_plane import held_lines
from stylo.errors import MissingArtefact, StyloError
from stylo.records.operations import DataFile, GateResult
from stylo.storage.deployments import decide
from stylo.user_paths import printable

_NO_BAR = {"displayModeBar": False}
_TEXTS = {name: pl.String() for name in ("version", "previous", "action", "who", "reason")}
_STEP = pl.Schema({"at": pl.Datetime("us"), **_TEXTS})
_RUNS = pl.Schema(
    {
        "run": pl.String(),
        "started": pl.Datetime("us"),
        **{name: pl.String() for name in ("state", "why", "verdict")},
        "seconds": pl.Float64(),
    }
)
_OVER = pl.Schema(
    {
        **{name: pl.Datetime("us") for name in ("at", "over_at")},
        **{name: pl.String() for name in ("rule", "severity", "message")},
    }
)


def page(shop: Shop) -> None:
    place = place_of(shop.folder)
    st.title(text.OPERATIONS, anchor=False)
    st.caption(plain(text.OPERATIONS_SAYS))
    log_in.line()
    _simulated(place)
    ledger: Ledger | None = None
    with st.container():
        st.subheader(text.LIVE, anchor=False)
        try:
            ledger = read_ledger(place)
            _live(place, ledger)
        except StyloError as error:
            _told(error)
    _part(text.VERSIONS, lambda: _versions(place, ledger))
    _part(text.RETRAINING, lambda: _retraining(place))
    _part(text.EXPERIMENTS, lambda: experiments.show(place, ledger))
    _part(text.DRIFT, lambda: _drift(place))
    _part(text.QUALITY, lambda: quality.quality(place, ledger))
    quality.errors(shop)


def _simulated(place: Place) -> None:
    """That nothing here is real, where it is not."""
    try:
        notes = read_rehearsal(place)
    except StyloError as error:
        _told(error)
        return
    if notes is None:
        return
    numbers = notes.model_dump(include={"days", "visits", "purchases"})
    st.info(plain(text.SIMULATED.format(began=notes.began, **numbers)), icon=":material/theater_comedy:")
    if not notes.finished:
        tell(text.SIMULATED_UNFINISHED.format(command=place.command("rehearse")))


def _part(title: str, show: Callable[[], None]) -> None:
    """A part that cannot be shown says why, and leaves the others alone."""
    st.subheader(title, anchor=False)
    try:
        show()
    except StyloError as error:
        _told(error)


def _told(error: StyloError) -> None:
    tell(f"{error.problem} {error.cure}", st.info if isinstance(error, MissingArtefact) else st.warning)


def _empty(place: Place, says: str, what: str) -> None:
    tell(f"{says} {text.COMMAND.format(command=place.command(what))}")


def _live(place: Place, ledger: Ledger) -> None:
    if (decision := decide(ledger.deployments)) is not None:
        now = decision.live
        since = text.LIVE_SINCE.format(at=now.at, who=now.who, action=now.action.value)
        st.markdown(f"**{plain(now.version)}** {plain(since)}")
        st.markdown(plain(now.reason))
        for line in held_lines(decision):
            st.caption(plain(line))
    else:
        tell(f"{text.NOTHING_LIVE} {text.COMMAND.format(command=place.serve)}")
    if not ledger.going_on:
        st.success(text.NO_ALARMS, icon=":material/check:")
    for alarm in ledger.going_on:
        say = st.error if alarm.severity == "page" else st.warning
        said = text.ALARM_SAYS.format(**vars(alarm))
        say(plain(said), icon=":material/notifications_active:")
    with st.expander(text.ALARMS_OVER):
        if not ledger.over:
            st.caption(text.NO_ALARMS_OVER)
            return
        rows = [
            (clock(each.at), clock(each.over_at), each.rule, each.severity, each.message)
            for each in ledger.over
        ]
        explained(pl.DataFrame(rows, _OVER, orient="row"), "alarms", text.ALARM_COLUMNS, text.ALARM_HELP)


def _versions(place: Place, ledger: Ledger | None) -> None:
    steps = ledger.deployments if ledger else []
    live = steps[0].version if steps else None
    versions = list(dict.fromkeys([*(each.version for each in steps), *place.versions()]))
    if not versions:
        tell(f"{text.NO_VERSIONS} {text.COMMAND.format(command=place.serve)}")
        return
    if steps:
        rows = [
            (clock(each.at), each.version, each.previous, each.action.value, each.who, each.reason)
            for each in steps
        ]
        explained(
            pl.DataFrame(rows, _STEP, orient="row"),
            "deployments",
            text.DEPLOYMENT_COLUMNS,
            text.DEPLOYMENT_HELP,
        )
    names = {live: text.VERSION_LIVE.format(version=live)} if live else {}
    version = pick(text.VERSION, versions, "version", names)
    try:
        lineage = read_lineage(place, version)
    except MissingArtefact:
        st.caption(plain(text.NO_LINEAGE))
        return
    st.markdown(
        "\n".join(
            f"- {plain(text.LINEAGE_FACTS[name])}: {plain(said)}"
            for name, said in lineage_facts(lineage).items()
        )
    )
    _gates(lineage.gates)
    with st.expander(text.MADE_FROM):
        files = table_of(DataFile, lineage.data.values(), name=list(lineage.data))
        explained(files, "lineage", text.LINEAGE_COLUMNS, text.LINEAGE_HELP)


def _gates(gates: Sequence[GateResult]) -> None:
    if not gates:
        st.caption(text.NO_GATES)
        return
    lines = [
        f"- {text.GATE_OPEN if gate.open else text.GATE_CLOSED}: **{plain(gate.name)}**: {plain(text.minus(gate.said))}"
        for gate in gates
    ]
    st.markdown("\n".join([f"**{text.GATES}**", "", *lines]))


def _retraining(place: Place) -> None:
    runs, wrong = read_runs(place)
    for error in wrong:
        _told(error)
    if not runs:
        if not wrong:
            _empty(place, text.NO_RETRAINING, "retrain")
        return
    rows = [
        (
            printable(name),
            clock(run.started),
            *map(printable, (run.state_now, run.why, run.verdict)),
            sum(step.seconds or 0 for step in run.steps.done().values()),
        )
        for name, run in runs.items()
    ]
    explained(
        pl.DataFrame(rows, _RUNS, orient="row"),
        "retraining",
        text.RETRAINING_COLUMNS,
        text.RETRAINING_HELP,
        seconds="%.0f",
    )
    run = runs[pick(text.RETRAINING_RUN, list(runs), "run", {})]
    st.markdown(plain(text.minus(run.verdict or text.UNFINISHED)))
    _gates(run.steps.compare.gates if run.steps.compare else ())
    with st.expander(text.STEPS):
        explained(steps_table(run), "steps", text.STEP_COLUMNS, text.STEP_HELP, seconds="%.2f")


def _drift(place: Place) -> None:
    report = read_drift(place)
    signals = sorted(report.signals, key=lambda signal: not signal.alarm)
    says = text.DRIFT_SAYS.format(
        week=report.week_ending, count=len(report.alarms), all=len(signals), level=report.level
    )
    st.markdown(plain(says))
    if not signals:
        return
    by_name = {signal.name: signal for signal in signals}
    left, right = st.columns(2)
    with left:
        titles = {signal.name: signal.title for signal in signals}
        signal = by_name[pick(text.SIGNAL, list(by_name), "signal", titles)]
    distances = {each.name: each for each in signal.distances}
    with right:
        titles = {each.name: each.title for each in signal.distances}
        distance = distances[pick(text.DISTANCE, list(distances), "distance", titles)]
    st.markdown(plain(text.minus(signal.sentence)))
    weeks = weekly(report, signal, distance)
    alt = text.DRIFT_ALT.format(
        signal=signal.title, distance=distance.title, now=distance.now, threshold=weeks["threshold"][-1],
        alarms=weeks["alarm"].sum(),
    )  # fmt: skip
    st.plotly_chart(charts.drift(weeks, distance.title), key="drift", config=_NO_BAR, alt=alt)
    with st.expander(text.TABLE):
        explained(weeks.drop_nulls("distance").reverse(), "drift", text.WEEK_COLUMNS, text.WEEK_HELP)
    with st.expander(text.SIGNALS, expanded=True):
        rows = [(text.ALARM if each.alarm else "", each.title, each.group, each.sentence) for each in signals]
        found = pl.DataFrame(rows, dict.fromkeys(text.SIGNAL_COLUMNS, pl.String), orient="row")
        shown(found, "signals", text.SIGNAL_COLUMNS, {})
