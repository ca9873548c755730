"""Evaluation: how good the lists are, for whom, where they fail, and what they are like. All of it from the reports."""

from __future__ import annotations

import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.evaluation import customers, example_lists, lists, models
from stylo.dashboard.evaluation.hits_and_misses import PREDICTIONS
from stylo.dashboard.evaluation.scores import FINAL, Scores, read_scores
from stylo.dashboard.notices import tell
from stylo.dashboard.once import once_a_shop
from stylo.dashboard.reports import made_up
from stylo.dashboard.shop import Shop
from stylo.dashboard.text import plain
from stylo.errors import StaleArtefact, StyloError

# From fewer lists, intervals are so wide that models often change places.
_FEW_LISTS = 1000


def page(shop: Shop) -> None:
    st.title(text.EVALUATION, anchor=False)
    try:
        scores, instead = _scores(shop)
    except StyloError as error:
        tell(f"{error.problem} {error.cure}")
        return
    _of_what(shop, scores)
    if instead is not None:
        tell(f"{instead.problem} {text.ONLY_BASELINES} {instead.cure}")
    left, right = st.columns(2, gap="large")
    with left:
        metric = models.ladder(scores)
    with right:
        models.by_week(shop, scores, metric)
    if scores.script != FINAL:
        return
    customers.segments(shop, scores)
    left, right = st.columns(2, gap="large")
    with left:
        lists.strategies(shop, scores)
    with right:
        lists.recall_at(shop, scores)
    left, right = st.columns(2, gap="large")
    with left:
        customers.losses(shop, scores)
    with right:
        lists.cold(shop, scores)
    lists.beyond(shop, scores)
    example_lists.show(shop)


@once_a_shop
def _scores(shop: Shop) -> tuple[Scores, StyloError | None]:
    return read_scores(shop.folder)


def _of_what(shop: Shop, scores: Scores) -> None:
    """Which lists the figures stand for, when they were made, and what to beware of."""
    report = scores.report
    if report.customers is None or report.cutoff is None:
        over = text.OVER_SOME
    elif report.weeks in (None, 1):
        over = text.OVER_A_WEEK.format(lists=report.customers, days=report.days or 7, cutoff=report.cutoff)
    else:
        over = text.OVER_WEEKS.format(lists=report.customers, weeks=report.weeks, cutoff=report.cutoff)
    made = text.MADE_AT.format(script=scores.script, at=scores.at)
    st.caption(plain(f"{over} {made}"))
    if report.customers is not None and report.customers < _FEW_LISTS:
        st.warning(text.FEW_LISTS.format(lists=report.customers), icon=":material/data_alert:")
    if made_up(shop):
        st.warning(text.GENERATED, icon=":material/science:")
    stale = shop.customers.problems.get(PREDICTIONS)
    if isinstance(stale, StaleArtefact):
        tell(text.OUTDATED_SCORES.format(reason=stale.problem, cure=stale.cure), st.warning)
    elif report.cutoff and shop.as_of and report.cutoff != shop.as_of:
        tell(text.OTHER_SPLIT.format(of=report.cutoff, now=shop.as_of), st.warning)
