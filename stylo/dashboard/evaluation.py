"""Evaluation: how good the lists are, for whom, where they fail, and what they are like. All of it from the reports."""

from __future__ import annotations

import polars as pl
import streamlit as st

from stylo.dashboard import example_lists, score_charts, text
from stylo.dashboard.downloads import folded, shown
from stylo.dashboard.hits_and_misses import PREDICTIONS
from stylo.dashboard.links import buttons
from stylo.dashboard.notices import tell
from stylo.dashboard.once import once_a_shop
from stylo.dashboard.reports import made_up, table_of
from stylo.dashboard.score_charts import Dot
from stylo.dashboard.scores import FINAL, SEGMENTS, Scores, models_table, read_scores, segment_tables
from stylo.dashboard.shop import Shop
from stylo.dashboard.text import plain
from stylo.errors import StaleArtefact, StyloError
from stylo.evaluation.breakdowns import ALL, OUTCOMES
from stylo.evaluation.metrics import METRICS
from stylo.recommender import HYBRID
from stylo.records.scores import BeyondAccuracyScores, LossesOfKind, StrategyScores, WeekScores
from stylo.user_paths import quoted

# From fewer lists, intervals are so wide that models often change places.
_FEW_LISTS = 1000
_NO_BAR = {"displayModeBar": False}


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
        metric = _ladder(scores)
    with right:
        _by_week(shop, scores, metric)
    if scores.script != FINAL:
        return
    segments(shop, scores)
    left, right = st.columns(2, gap="large")
    with left:
        _strategies(shop, scores)
    with right:
        _recall_at(shop, scores)
    left, right = st.columns(2, gap="large")
    with left:
        losses(shop, scores)
    with right:
        _cold(shop, scores)
    _beyond(shop, scores)
    example_lists.show(shop)


@once_a_shop
def _scores(shop: Shop) -> tuple[Scores, StyloError | None]:
    return read_scores(shop.folder)


def _of_what(shop: Shop, scores: Scores) -> None:
    """Which lists the figures stand for, when they were made, and what to beware of."""
    report = scores.report
    if report.customers is None or report.cutoff is None:
        lists = text.OVER_SOME
    elif report.weeks in (None, 1):
        lists = text.OVER_A_WEEK.format(lists=report.customers, days=report.days or 7, cutoff=report.cutoff)
    else:
        lists = text.OVER_WEEKS.format(lists=report.customers, weeks=report.weeks, cutoff=report.cutoff)
    made = text.MADE_AT.format(script=scores.script, at=scores.at)
    st.caption(plain(f"{lists} {made}"))
    if report.customers is not None and report.customers < _FEW_LISTS:
        st.warning(text.FEW_LISTS.format(lists=report.customers), icon=":material/data_alert:")
    if made_up(shop):
        st.warning(text.GENERATED, icon=":material/science:")
    stale = shop.customers.problems.get(PREDICTIONS)
    if isinstance(stale, StaleArtefact):
        tell(text.OUTDATED_SCORES.format(reason=stale.problem, cure=stale.cure), st.warning)
    elif report.cutoff and shop.as_of and report.cutoff != shop.as_of:
        tell(text.OTHER_SPLIT.format(of=report.cutoff, now=shop.as_of), st.warning)


def _head(title: str, says: str, help: str | None = None) -> None:
    st.subheader(title, anchor=False, help=help)
    st.markdown(plain(says))


def _absent(shop: Shop, title: str) -> None:
    st.subheader(title, anchor=False)
    command = f"python final.py --data {quoted(shop.folder.root)}"
    tell(text.NOT_IN_REPORT.format(command=command), st.caption)


def _model(name: str) -> str:
    return text.MODELS.get(name, name)


def _ladder(scores: Scores) -> str:
    """The models by one measure, which is given back."""
    models = models_table(scores.report)
    head = st.container()
    metric = buttons(text.METRIC, METRICS, "metric", text.METRICS)
    with head:
        _head(text.LADDER, _says(models, scores.report.rival, metric), text.METRIC_HELP + text.INTERVAL_HELP)
    shown = [_dot(model, metric) for model in models.rows(named=True)]
    values = "; ".join(f"{dot.name} {dot.value:.4f}" for dot in shown)
    alt = text.LADDER_ALT.format(metric=text.METRICS[metric], values=values)
    st.plotly_chart(score_charts.dots(shown, ink()), key="ladder", config=_NO_BAR, alt=alt)
    folded(models, "models", text.LADDER_COLUMNS, times_popularity="%.1f")
    return metric


def _says(models: pl.DataFrame, rival: str | None, metric: str) -> str:
    """Which model is the better one by a measure, in a sentence."""
    rows = {row["model"]: row for row in models.rows(named=True)}
    ours, other = rows.get(HYBRID), rows.get(rival or "")
    if ours is None or other is None or ours["difference_low"] is None or ours["difference_high"] is None:
        best = models.sort(metric).row(-1, named=True)
        return text.BEST.format(
            model=_model(best["model"]), metric=text.METRICS[metric], value=f"{best[metric]:.4f}"
        )
    names = {"ours": _model(HYBRID), "rival": _model(str(rival))}
    if metric != METRICS[0]:
        return text.IN_THIS_METRIC.format(
            **names,
            metric=text.METRICS[metric],
            value=f"{ours[metric]:.4f}",
            other=f"{other[metric]:.4f}",
            difference=text.signed(ours[metric] - other[metric], ".4f"),
        )
    low, high = ours["difference_low"], ours["difference_high"]
    return text.AGAINST_RIVAL.format(
        **names,
        difference=text.signed(ours["difference"], ".4f"),
        low=text.signed(low, ".4f"),
        high=text.signed(high, ".4f"),
        verdict=_verdict(low, high),
    )


def ink() -> str:
    """The colour of names in a chart: Plotly's own is too pale for them."""
    return "#ded9d5" if st.context.theme.type == "dark" else "#3b3633"


def _verdict(low: float, high: float) -> str:
    return text.AHEAD if low > 0 else text.BEHIND if high < 0 else text.UNDECIDED


def _dot(model: dict[str, float], metric: str) -> Dot:
    said = f"{model[metric]:.4f}"
    if metric == METRICS[0] and model["times_popularity"] not in (None, 1.0):
        said += f"  {text.TIMES.format(times=model['times_popularity'])}"
    name = str(model["model"])
    low, high = model[f"{metric}_low"], model[f"{metric}_high"]
    return Dot(_model(name), model[metric], low, high, said, name == HYBRID)


def _by_week(shop: Shop, scores: Scores, metric: str) -> None:
    report = scores.report
    if report.weeks == 1 or scores.script != FINAL:
        return
    if not report.by_week:
        _absent(shop, text.BY_WEEK)
        return
    by_week = table_of(WeekScores, report.by_week)
    ours = by_week.filter(pl.col("model") == HYBRID)
    theirs = by_week.filter(pl.col("model") == report.rival)
    both = ours.join(theirs, on="cutoff", suffix="_rival")
    won = both.filter(pl.col(metric) > pl.col(f"{metric}_rival")).height
    rival = _model(report.rival or "")
    says = text.BY_WEEK_SAYS.format(
        metric=text.METRICS[metric], ours=_model(HYBRID), rival=rival, won=won, weeks=both.height
    )
    _head(text.BY_WEEK, says)
    chart = score_charts.weeks(by_week, metric, HYBRID, report.rival)
    alt = text.BY_WEEK_ALT.format(metric=text.METRICS[metric], weeks=both.height)
    st.plotly_chart(chart, key="weeks", config=_NO_BAR, alt=alt)
    folded(by_week, "by_week", text.BY_WEEK_COLUMNS)


def segments(shop: Shop, scores: Scores) -> None:
    """For whom it is right, and for whom not."""
    tables = segment_tables(scores.report)
    if not tables:
        _absent(shop, text.FOR_WHOM)
        return
    rival = _model(scores.report.rival or "")
    ours = {
        name: table.filter((pl.col("model") == HYBRID) & pl.col("difference").is_not_null())
        for name, table in tables.items()
    }
    won = sum(table.filter(pl.col("difference_low") > 0).height for table in ours.values())
    count = sum(table.height for table in ours.values())
    _head(text.FOR_WHOM, text.SEGMENT_SAYS.format(rival=rival, won=won, count=count), text.INTERVAL_HELP)
    for column, name in zip(st.columns(2, gap="large"), SEGMENTS, strict=True):
        if name not in ours:
            continue
        with column:
            _differences(name, ours[name], rival)
            folded(tables[name], f"by_{name}", text.SEGMENT_COLUMNS)


def _differences(name: str, ours: pl.DataFrame, rival: str) -> None:
    shown = [
        Dot(
            text.SEGMENT_NAME.format(segment=row["segment"], lists=row["lists"]),
            row["difference"],
            row["difference_low"],
            row["difference_high"],
            text.signed(row["difference"], ".4f"),
            bool(row["difference_low"] and row["difference_low"] > 0),
        )
        for row in ours.rows(named=True)
    ]
    st.markdown(f"**{plain(text.SEGMENTS[name])}**")
    values = "; ".join(f"{dot.name} {dot.said}" for dot in shown)
    alt = text.SEGMENT_ALT.format(rival=rival, segment=text.SEGMENTS[name].lower(), values=values)
    st.plotly_chart(score_charts.dots(shown, ink(), zero=True), key=f"by-{name}", config=_NO_BAR, alt=alt)


def _strategies(shop: Shop, scores: Scores) -> None:
    if not scores.report.strategies:
        _absent(shop, text.EARNS)
        return
    found = table_of(StrategyScores, scores.report.strategies).sort("hits", "recall@12", descending=True)
    names = {name: text.STRATEGIES.get(name, name) for name in found["strategy"]}
    best = found.row(0, named=True)
    _head(text.EARNS, text.EARNS_SAYS.format(best=names[best["strategy"]], hits=best["hits"]))
    values = "; ".join(
        f"{names[name]} {share:.1%}" for name, share in found.select("strategy", "recall@all").rows()
    )
    alt = text.EARNS_ALT.format(values=values)
    st.plotly_chart(score_charts.strategies(found), key="strategies", config=_NO_BAR, alt=alt)
    folded(found, "strategies", text.STRATEGY_COLUMNS, **{"recall@12": "percent", "recall@all": "percent"})


def _recall_at(shop: Shop, scores: Scores) -> None:
    report = scores.report.recall_at
    if report is None:
        _absent(shop, text.FOUND_AT)
        return
    recall = report.by_place()
    found = pl.DataFrame(list(recall.items()), ["place", "recall"], orient="row")
    _head(text.FOUND_AT, text.FOUND_AT_SAYS.format(short=recall["12"], all=recall["all"]))
    candidates = report.candidates_per_list
    last = text.ALL_OF.format(count=candidates) if candidates else text.ALL_PLACES
    alt = text.FOUND_AT_ALT.format(
        values="; ".join(f"{place} {share:.1%}" for place, share in recall.items())
    )
    st.plotly_chart(score_charts.recall(found, last), key="recall", config=_NO_BAR, alt=alt)
    folded(found, "recall_at", text.FOUND_AT_COLUMNS, recall="percent")


def losses(shop: Shop, scores: Scores) -> None:
    """Where the truth is lost, by kind of purchase."""
    found = table_of(LossesOfKind, scores.report.losses or ())
    everything = found.filter((pl.col("kind") == ALL) & (pl.col("bought") > 0))
    if everything.is_empty():
        _absent(shop, text.LOST)
        return
    row = everything.row(0, named=True)
    hit, low, never = (row[outcome] / row["bought"] for outcome in OUTCOMES)
    _head(text.LOST, text.LOST_SAYS.format(bought=row["bought"], hit=hit, low=low, never=never))
    values = "; ".join(
        f"{text.LOSS_KINDS.get(each['kind'], each['kind'])}: "
        + ", ".join(f"{each[outcome]:,} {text.OUTCOMES[outcome].lower()}" for outcome in OUTCOMES)
        for each in found.rows(named=True)
    )
    st.plotly_chart(
        score_charts.losses(found), key="losses", config=_NO_BAR, alt=text.LOST_ALT.format(values=values)
    )
    folded(found, "losses", text.LOST_COLUMNS)


def _cold(shop: Shop, scores: Scores) -> None:
    if scores.report.cold_articles is None:
        _absent(shop, text.COLD)
        return
    cold = scores.report.cold_articles.model_dump()
    if not cold["bought"]:
        _head(text.COLD, text.COLD_NONE)
        return
    _head(text.COLD, text.COLD_SAYS.format(bought=cold["bought"]), text.COLD_HELP)
    with st.container(horizontal=True, gap="medium"):
        for name, label in text.COLD_FIGURES.items():
            if cold[name] is not None:
                st.metric(label, f"{cold[name]:.2%}", width="content")


def _beyond(shop: Shop, scores: Scores) -> None:
    models = scores.report.beyond_accuracy
    if not models:
        _absent(shop, text.BEYOND)
        return
    found = table_of(BeyondAccuracyScores, models.values(), model=list(models))
    _head(text.BEYOND, text.BEYOND_SAYS)
    formats = dict.fromkeys(
        (name for name in text.BEYOND_COLUMNS if "share" in name or "coverage" in name), "percent"
    )
    formats |= {"articles": "%.0f", "novelty": "%.1f", "gini": "%.2f"}
    formats |= dict.fromkeys(("product_type_diversity", "department_diversity"), "%.2f")
    shown(found, "beyond_accuracy", text.BEYOND_COLUMNS, text.BEYOND_HELP, **formats)
