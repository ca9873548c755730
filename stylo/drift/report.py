"""The report: what is watched, how far this week lies from the ones before, and whether that is an alarm."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from stylo.drift.distances import Numbers
from stylo.drift.signal import Signal
from stylo.drift.signals import weekly_signals
from stylo.drift.thresholds import FAMILY_LEVEL, Judged, before_and_now, family_level, judge
from stylo.drift.weeks import Weeks
from stylo.drift.wording import sentence
from stylo.errors import BadOption, DamagedArtefact
from stylo.tables.folder import DataFolder
from stylo.vectors.embeddings import FILE, open_embeddings

Optional = tuple[float | None, ...]


@dataclass(frozen=True)
class Distance:
    """A distance of a signal week by week, None where there is nothing to say.

    values : to the eight weeks before.   thresholds : what is an alarm, if it is also at least `least`.
    year_before : to the nearest of the same weeks a year before; within the threshold it is the season.
    ordinary : the median of the values before this week; None without enough of them.
    """

    name: str
    title: str
    values: Optional
    thresholds: Optional
    year_before: Optional
    ordinary: float | None
    least: float

    @property
    def now(self) -> float | None:
        return self.values[-1]

    @property
    def threshold(self) -> float | None:
        return self.thresholds[-1]


@dataclass(frozen=True)
class SignalReport:
    """One signal.

    bins : their names.   before, now : the share of each in the eight weeks before and in this one, None where there is
        none; of a volume how much an ordinary week has, and how much this one.
    alarms : bool, week by week.   sentence : this week in words.
    """

    name: str
    title: str
    group: str
    bins: tuple[str, ...]
    before: Optional
    now: Optional
    distances: tuple[Distance, ...]
    alarms: tuple[bool, ...]
    sentence: str

    @property
    def alarm(self) -> bool:
        return self.alarms[-1]


@dataclass(frozen=True)
class DriftReport:
    """All signals.

    weeks : the last day of each, the last one's is `week_ending`.
    level : the share of ordinary weeks with an alarm of any signal.
    """

    week_ending: date
    weeks: tuple[date, ...]
    level: float
    signals: tuple[SignalReport, ...]

    @property
    def alarms(self) -> tuple[SignalReport, ...]:
        """The signals with an alarm this week."""
        return tuple(signal for signal in self.signals if signal.alarm)

    def to_json(self) -> str:
        """One object; `from_json` gives the same report back. Each signal also says its `alarm` of this week."""
        record = asdict(self) | {
            "week_ending": self.week_ending.isoformat(),
            "weeks": [day.isoformat() for day in self.weeks],
            "signals": [asdict(signal) | {"alarm": signal.alarm} for signal in self.signals],
        }
        return json.dumps(record, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> DriftReport:
        """Raises DamagedArtefact for what is no report."""
        try:
            record = json.loads(text)
            return cls(
                week_ending=date.fromisoformat(record["week_ending"]),
                weeks=tuple(date.fromisoformat(day) for day in record["weeks"]),
                level=float(record["level"]),
                signals=tuple(_signal(each) for each in record["signals"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DamagedArtefact(
                "It is no drift report.", where=f"{type(error).__name__}: {error}", cure="Make it again."
            ) from error


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

    Purchases after `week_ending` are not looked at. Too few weeks of history are no error: the sentences say so.
    Reads the folder and writes nothing. O(transactions), some seconds and 0.3 GB for 31 million.

    Raises BadOption if no whole week ends on that day, MissingArtefact, StaleArtefact or DamagedArtefact for the tables
    and vectors.
    """
    sold = folder.scan("transactions.parquet")
    first, last = sold.select(first=pl.col("t_dat").min(), last=pl.col("t_dat").max()).collect().row(0)
    if first is None:
        raise BadOption("There are no purchases yet.", where=str(folder.path("transactions.parquet")))
    weeks = Weeks.until(week_ending or last, first)
    if not weeks.count:
        raise BadOption(
            "The data begin later than that week.",
            where=f"The week ends on {weeks.last_day}; the first purchase is of {first}.",
            cure="Name a later day.",
        )
    embeddings = open_embeddings(folder) if folder.has(FILE) else None
    customers, articles = folder.scan("customers.parquet"), folder.scan("articles.parquet")
    signals = weekly_signals(sold, customers, articles, weeks, embeddings, predictions, outcomes)
    return report_of(signals, weeks)


def report_of(signals: list[Signal], weeks: Weeks) -> DriftReport:
    """The report of histograms that were made before."""
    level = family_level(signals)
    reports = tuple(_judged(signal, judge(signal, level)) for signal in signals)
    return DriftReport(weeks.last_day, weeks.last_days, FAMILY_LEVEL, reports)


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


def _distance(judged: Judged) -> Distance:
    return Distance(
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


def _listed(values: Numbers) -> Optional:
    """Six digits are more than a distance is worth, and keep the file small."""
    return tuple(float(f"{value:.6g}") if np.isfinite(value) else None for value in values)


def _signal(record: dict[str, Any]) -> SignalReport:
    fields = {name: value for name, value in record.items() if name != "alarm"}
    for name in ("bins", "before", "now", "alarms"):
        fields[name] = tuple(fields[name])
    fields["distances"] = tuple(_distance_of(each) for each in record["distances"])
    return SignalReport(**fields)


def _distance_of(record: dict[str, Any]) -> Distance:
    weekly = {name: tuple(record[name]) for name in ("values", "thresholds", "year_before")}
    return Distance(**{**record, **weekly})
