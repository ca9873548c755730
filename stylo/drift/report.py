"""The report: what is watched, how far this week lies from the ones before, and whether that is an alarm."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from stylo.drift.signal import Numbers, Signal
from stylo.drift.signals import weekly_signals
from stylo.drift.thresholds import FAMILY_LEVEL, Judged, before_and_now, family_level, judge
from stylo.drift.weeks import Weeks
from stylo.drift.wording import sentence
from stylo.errors import BadOption
from stylo.records.drift import DriftDistance, DriftReport, SignalReport
from stylo.tables.folder import DataFolder
from stylo.tables.odd_days import first_of_last_span
from stylo.vectors.embeddings import FILE, open_embeddings


def drift_report(
    folder: DataFolder,
    week_ending: date | None = None,
    predictions: pl.DataFrame | None = None,
    outcomes: pl.DataFrame | None = None,
) -> DriftReport:
    """How the week that ends on a day (without one: on the last day with a purchase) differs from those before.

    Parameters
    ----------
    predictions : `t_dat` (the day), `article` (its number), `score` (if there is one); a row for each recommended
        article.
    outcomes : `t_dat`, `lists` (how many were shown), `hits` (in how many of them an article was bought).

    Purchases after `week_ending` are not looked at, nor those before a gap of more than a year. Too few weeks of
    history are no error: the sentences say so.
    Reads the folder and writes nothing. O(transactions), some seconds and 0.3 GB for 31 million.

    Raises BadOption if no whole week ends on that day, MissingArtefact, StaleArtefact or DamagedArtefact for the tables
    and vectors.
    """
    sold = folder.scan("transactions.parquet")
    days = sold.select(pl.col("t_dat").unique().sort()).collect().to_series()
    if days.is_empty():
        raise BadOption("There are no purchases yet.", where=str(folder.path("transactions.parquet")))
    last = week_ending or days[-1]
    known = days.filter(days <= last)
    first = first_of_last_span(known) if len(known) else days[0]
    weeks = Weeks.until(last, first)
    if not weeks.count:
        raise BadOption(
            "The data begin after that week.",
            where=f"The week ends on {weeks.last_day}; the first purchase is from {first}."
            + (" More than a year lies between it and all before." if first > days[0] else ""),
            cure="Choose an earlier day." if first > days[0] else "Choose a later day.",
        )
    embeddings = open_embeddings(folder) if folder.has(FILE) else None
    customers, articles = folder.scan("customers.parquet"), folder.scan("articles.parquet")
    signals = weekly_signals(
        sold, customers, articles, weeks, embeddings, predictions, outcomes, folder.price_unit
    )
    return report_of(signals, weeks)


def report_of(signals: list[Signal], weeks: Weeks) -> DriftReport:
    """The report of histograms that were made before."""
    level = family_level(signals)
    reports = tuple(_judged(signal, judge(signal, level)) for signal in signals)
    return DriftReport(week_ending=weeks.last_day, weeks=weeks.last_days, level=FAMILY_LEVEL, signals=reports)


def _judged(signal: Signal, judged: list[Judged]) -> SignalReport:
    before, now = before_and_now(signal)
    alarms = np.any([each.alarm for each in judged], axis=0)
    return SignalReport(
        name=signal.name,
        title=signal.title,
        group=signal.group,
        bins=signal.bins,
        before=_listed(before if signal.is_volume else _shares(before)),
        now=_listed(now if signal.is_volume else _shares(now)),
        distances=tuple(_distance(each) for each in judged),
        alarms=tuple(alarms.tolist()),
        sentence=sentence(signal, judged),
    )


def _distance(judged: Judged) -> DriftDistance:
    return DriftDistance(
        name=judged.measure.name,
        title=judged.measure.title,
        values=_listed(judged.distance),
        thresholds=_listed(judged.threshold),
        year_before=_listed(judged.year_before),
        ordinary=_listed(judged.ordinary)[-1],
        least=judged.measure.least,
    )


def _shares(counts: Numbers) -> Numbers:
    return counts / counts.sum() if counts.sum() else np.full(len(counts), np.nan)


def _listed(values: Numbers) -> tuple[float | None, ...]:
    """Six digits are more than a distance is worth, and keep the file small."""
    return tuple(float(f"{value:.6g}") if np.isfinite(value) else None for value in values)
