"""The experiments of the Operations page: which there are, and what came of one."""

from __future__ import annotations

import json
import shlex

import polars as pl
import streamlit as st

from stylo.dashboard import roles, text
from stylo.dashboard.downloads import shown
from stylo.dashboard.explained import explained
from stylo.dashboard.links import pick
from stylo.dashboard.notices import tell
from stylo.dashboard.operations import charts, forms
from stylo.dashboard.operations.reports import (
    comparisons_table,
    days_table,
    read_experiment,
    segments_table,
    variants_table,
)
from stylo.dashboard.operations.state import Ledger, Place, clock
from stylo.dashboard.text import plain
from stylo.errors import MissingArtefact, StyloError
from stylo.records.experiments import ExperimentReport
from stylo.storage.experiments import State, StoredExperiment

_NO_BAR = {"displayModeBar": False}
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
        tell(f"{text.NO_EXPERIMENTS} {text.COMMAND.format(command=command)}")
    forms.say_what_was_done()
    if (roles.may_operate() or roles.was_operator()) and ledger is not None:
        forms.forms(place, chosen)
    else:
        forms.commands(place, chosen)


def _one(place: Place, kept: StoredExperiment) -> None:
    with st.expander(text.DEFINITION):
        st.code(_indented(kept.definition), language=None, wrap_lines=True)
    try:
        report, at = read_experiment(place, kept.name)
    except StyloError as error:
        tell(f"{error.problem} {error.cure}", st.info if isinstance(error, MissingArtefact) else st.warning)
        return
    st.info(plain(text.minus(report.verdict.text)), icon=":material/gavel:")
    command = place.command(f"experiments show {shlex.quote(kept.name)}")
    st.caption(plain(text.RESULT_AT.format(at=at, command=command)))
    st.markdown(f"**{text.VARIANTS_TABLE}**")
    shares = {"conversion": "percent", "hit_rate": "percent", "revenue": "%.2f"}
    explained(variants_table(report), "variants", text.VARIANT_COLUMNS, text.VARIANT_HELP, **shares)
    _days(report)
    st.markdown(f"**{text.COMPARISONS}**")
    compared = comparisons_table(report).with_columns(pl.col("metric").replace(text.SHOPPER_METRICS))
    explained(compared, "comparisons", text.COMPARISON_COLUMNS, text.CHANGE_HELP, **_PERCENT)
    if report.segments:
        st.markdown(f"**{text.BY_SEGMENT}**")
        st.markdown(plain(report.segments_note))
        explained(
            segments_table(report),
            "experiment-segments",
            text.BY_SEGMENT_COLUMNS,
            text.CHANGE_HELP,
            **_PERCENT,
        )
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
        days_of_window = (report.experiment.model_extra or {}).get("window_days", 7)
        st.caption(text.NO_DAYS.format(days=days_of_window))
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
    chart = charts.changes(days, report.experiment.minimum_effect)
    st.plotly_chart(chart, key="days", config=_NO_BAR, alt=alt)
    with st.expander(text.TABLE):
        explained(days, "experiment-days", text.DAY_COLUMNS, text.CHANGE_HELP, **_PERCENT)


def _change(relative: float | None) -> str:
    return text.UNKNOWN if relative is None else text.signed(relative, ".1%")
