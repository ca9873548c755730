"""The forms of the Operations page, for those who may operate, and the commands that do the same for the others."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import asdict

import streamlit as st

from stylo.dashboard import log_in, roles, text
from stylo.dashboard.operations.state import Place, opened
from stylo.dashboard.text import plain
from stylo.errors import StyloError
from stylo.experiment_book import ExperimentBook
from stylo.experiments.experiment import Experiment, Guardrail, Variant
from stylo.recommender import STRATEGIES
from stylo.storage.experiments import State, StoredExperiment

_DONE = "operated"


def say_what_was_done() -> None:
    """Once, after the form that did it."""
    if (done := st.session_state.pop(_DONE, None)) is not None:
        st.success(plain(done), icon=":material/check:")


def commands(place: Place, chosen: StoredExperiment | None) -> None:
    """Read-only: what to type instead."""
    with st.expander(text.OPERATE):
        why = text.READ_ONLY_LOG_IN if roles.has_log_in() else text.READ_ONLY_HERE
        st.markdown(plain(text.READ_ONLY.format(why=why)))
        name = shlex.quote(chosen.name) if chosen else "NAME"
        steps = ("define FILE", f"start {name}", f"stop {name}")
        lines = [place.command(f"experiments {step} --reason WHY") for step in steps]
        st.code("\n".join(lines), language=None, wrap_lines=True)


def forms(place: Place, chosen: StoredExperiment | None) -> None:
    """To define, start and stop. What was typed before a log-in ran out is back in them."""
    restored = log_in.restore()
    if restored:
        st.info(text.FORM_RESTORED, icon=":material/restore_page:")
    with st.expander(text.OPERATE, expanded=restored):
        if chosen is not None:
            starts = chosen.state is not State.RUNNING
            step = "start" if starts else "stop"
            with st.form(step, border=False):
                reason = st.text_input(
                    text.REASONS[step], placeholder=text.REASON_HINT, key=f"why-{step}", max_chars=500
                )
                label = f"{text.START if starts else text.STOP} {plain(chosen.name)}"
                if st.form_submit_button(label, type="primary"):
                    typed = {f"why-{step}": reason}
                    _do(place, reason, typed, lambda book: _step(book, chosen, reason))
        with st.form("define", border=False):
            st.session_state.setdefault("definition", _example(place))
            definition = st.text_area(text.AS_JSON, height=320, key="definition")
            reason = st.text_input(
                text.REASONS["define"], placeholder=text.REASON_HINT, key="why-define", max_chars=500
            )
            if st.form_submit_button(text.DEFINE):
                typed = {"definition": definition, "why-define": reason}
                _do(place, reason, typed, lambda book: _define(book, definition, reason))


def _step(book: ExperimentBook, chosen: StoredExperiment, reason: str) -> str:
    if chosen.state is State.RUNNING:
        return text.STOPPED.format(name=book.stop(chosen.name, who=roles.who(), reason=reason).name)
    return text.STARTED.format(name=book.start(chosen.name, who=roles.who(), reason=reason).name)


def _define(book: ExperimentBook, definition: str, reason: str) -> str:
    kept = book.define(definition, who=roles.who(), reason=reason)
    return text.DEFINED.format(name=kept.name, state=kept.state.value)


def _do(place: Place, reason: str, typed: Mapping[str, str], work: Callable[[ExperimentBook], str]) -> None:
    """Does it and says so, or says why not.

    typed : key of a field → what stands in it, which is kept if the log-in has run out.
    """
    if not roles.may_operate():
        if roles.was_operator():
            log_in.keep(typed)
        st.error(text.KEPT if roles.was_operator() else text.NOT_ALLOWED)
        return
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
