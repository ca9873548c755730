"""The experiments of the Operations page: which there are, what came of one, and forms where one may write."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from dataclasses import asdict

import polars as pl
import streamlit as st

from stylo.dashboard import operations_charts, text
from stylo.dashboard.downloads import folded, shown
from stylo.dashboard.links import pick
from stylo.dashboard.operations_reports import (
    comparisons_table,
    days_table,
    read_experiment,
    segments_table,
    variants_table,
)
from stylo.dashboard.operations_state import Ledger, Place, clock, may_operate, opened
from stylo.dashboard.text import plain
from stylo.errors import MissingArtefact, StyloError
from stylo.experiment_book import ExperimentBook
from stylo.experiments.experiment import Experiment, Guardrail, Variant
from stylo.recommender import STRATEGIES
from stylo.records.experiments import ExperimentReport
from stylo.storage.experiments import State, StoredExperiment

_NO_BAR = {"displayModeBar": False}
_DONE = "operated"
_PERCENT = dict.fromkeys(("relative", "always_low", "always_high", "progress"), "percent")
_KEPT = pl.Schema(
    {
        **{name: pl.String() for name in ("name", "state")},
        **{name: pl.Datetime("us") for name in ("started_at", "stopped_at")},
        **{name: pl.String() for name in ("who", "reason")},
    }
)


def show(place: Place, ledger: Ledger | None) -> None:
    """Those that run first, then the newest."""
    newest = reversed(ledger.experiments) if ledger else []
    known = {each.name: each for each in sorted(newest, key=lambda each: each.state is not State.RUNNING)}
    chosen = None
    if known:
        rows = [
            (
                each.name,
                each.state.value,
                clock(each.started_at),
                clock(each.stopped_at),
                each.who,
                each.reason,
            )
            for each in known.values()
        ]
        shown(pl.DataFrame(rows, _KEPT, orient="row"), "experiments", text.EXPERIMENT_COLUMNS, {})
        chosen = known[pick(text.EXPERIMENT, list(known), "experiment", {})]
        _one(place, chosen)
    else:
        command = place.command("experiments define FILE --reason WHY")
        st.info(plain(f"{text.NO_EXPERIMENTS} {text.COMMAND.format(command=command)}"))
    if (done := st.session_state.pop(_DONE, None)) is not None:
        st.success(plain(done), icon=":material/check:")
    if may_operate() and ledger is not None:
        _forms(place, chosen)
    else:
        _commands(place, chosen)


def _one(place: Place, kept: StoredExperiment) -> None:
    with st.expander(text.DEFINITION):
        st.code(_indented(kept.definition), language=None, wrap_lines=True)
    try:
        report, at = read_experiment(place, kept.name)
    except StyloError as error:
        say = st.info if isinstance(error, MissingArtefact) else st.warning
        say(plain(f"{error.problem} {error.cure}"))
        return
    st.info(plain(report.verdict.text), icon=":material/gavel:")
    command = place.command(f"experiments show {shlex.quote(kept.name)}")
    st.caption(plain(text.RESULT_AT.format(at=at, command=command)))
    st.markdown(f"**{text.VARIANTS_TABLE}**")
    shown(variants_table(report), "variants", text.VARIANT_COLUMNS, {})
    _days(report)
    st.markdown(f"**{text.COMPARISONS}**")
    compared = comparisons_table(report).with_columns(pl.col("metric").replace(text.SHOPPER_METRICS))
    shown(compared, "comparisons", text.COMPARISON_COLUMNS, {}, **_PERCENT)
    if report.segments:
        st.markdown(f"**{text.BY_SEGMENT}**")
        st.markdown(plain(report.segments_note))
        shown(segments_table(report), "experiment-segments", text.BY_SEGMENT_COLUMNS, {}, **_PERCENT)
    parts = "; ".join(
        words.format(count=getattr(report.set_aside, name)) for name, words in text.ASIDE.items()
    )
    st.caption(plain(text.SET_ASIDE.format(parts=parts)))


def _indented(definition: str) -> str:
    try:
        return json.dumps(json.loads(definition), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return definition


def _days(report: ExperimentReport) -> None:
    metric, days = report.experiment.metric, days_table(report)
    metric = text.SHOPPER_METRICS.get(metric, metric)
    st.markdown(f"**{text.DAY_BY_DAY}**")
    if days.is_empty():
        st.caption(text.NO_DAYS)
        return
    st.markdown(plain(text.DAY_BY_DAY_SAYS.format(metric=metric)))
    last = days.filter(pl.col("day") == pl.col("day").max())
    values = "; ".join(
        text.ON_A_DAY.format(
            variant=row["variant"],
            relative=_change(row["relative"]),
            low=_change(row["always_low"]),
            high=_change(row["always_high"]),
        )
        for row in last.rows(named=True)
    )
    alt = text.DAY_BY_DAY_ALT.format(metric=metric, values=values)
    chart = operations_charts.changes(days, report.experiment.minimum_effect)
    st.plotly_chart(chart, key="days", config=_NO_BAR, alt=alt)
    folded(days, "experiment-days", text.DAY_COLUMNS, **_PERCENT)


def _change(relative: float | None) -> str:
    return text.UNKNOWN if relative is None else f"{relative:+.1%}"


def _commands(place: Place, chosen: StoredExperiment | None) -> None:
    with st.expander(text.OPERATE):
        st.markdown(plain(text.READ_ONLY))
        name = shlex.quote(chosen.name) if chosen else "NAME"
        steps = ("define FILE", f"start {name}", f"stop {name}")
        lines = [place.command(f"experiments {step} --reason WHY") for step in steps]
        st.code("\n".join(lines), language="bash", wrap_lines=True)


def _forms(place: Place, chosen: StoredExperiment | None) -> None:
    with st.expander(text.OPERATE):
        if chosen is not None:
            starts = chosen.state is not State.RUNNING
            step = "start" if starts else "stop"
            with st.form(step, border=False):
                reason = st.text_input(
                    text.REASONS[step], placeholder=text.REASON_HINT, key=f"why-{step}", max_chars=500
                )
                label = f"{text.START if starts else text.STOP} {plain(chosen.name)}"
                if st.form_submit_button(label, type="primary"):
                    _do(place, reason, lambda book: _step(book, chosen, reason))
        with st.form("define", border=False):
            definition = st.text_area(text.AS_JSON, _example(place), height=320, key="definition")
            reason = st.text_input(
                text.REASONS["define"], placeholder=text.REASON_HINT, key="why-define", max_chars=500
            )
            if st.form_submit_button(text.DEFINE):
                _do(place, reason, lambda book: _define(book, definition, reason))


def _step(book: ExperimentBook, chosen: StoredExperiment, reason: str) -> str:
    if chosen.state is State.RUNNING:
        return text.STOPPED.format(name=book.stop(chosen.name, who=text.BY_PAGE, reason=reason).name)
    return text.STARTED.format(name=book.start(chosen.name, who=text.BY_PAGE, reason=reason).name)


def _define(book: ExperimentBook, definition: str, reason: str) -> str:
    kept = book.define(definition, who=text.BY_PAGE, reason=reason)
    return text.DEFINED.format(name=kept.name, state=kept.state.value)


def _do(place: Place, reason: str, work: Callable[[ExperimentBook], str]) -> None:
    """Does it and says so, or says why not."""
    if not reason.strip():
        st.error(text.NO_REASON)
        return
    try:
        with opened(place) as database:
            strategies = [strategy.name for strategy in STRATEGIES]
            done = work(ExperimentBook(database, place.versions(), strategies))
    except StyloError as error:
        st.error(plain(" ".join(part for part in (error.problem, error.where, error.cure) if part)))
        return
    st.session_state[_DONE] = done
    st.rerun()


def _example(place: Place) -> str:
    versions = place.versions()
    new = Variant("new", 0.5, model=versions[0] if versions else None)
    experiment = Experiment(
        name="new-model",
        layer="model",
        slot=(0.0, 1.0),
        salt="new-model-1",
        variants=(Variant("control", 0.5), new),
        metric="conversion",
        minimum_effect=0.05,
        planned_customers=20_000,
        guardrails=(Guardrail("revenue", 0.05),),
    )
    return json.dumps(asdict(experiment), indent=2, ensure_ascii=False)
