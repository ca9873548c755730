"""A week of a signal in one sentence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stylo.drift.signal import Numbers, Signal
from stylo.drift.thresholds import LEAST_HISTORY, REFERENCE_WEEKS, Judged, before_and_now

_NAMED_BINS = 2


def sentence(signal: Signal, judged: Sequence[Judged]) -> str:
    """What happened in the last week, by the first distance that is an alarm, or the first one."""
    each = next((each for each in judged if each.alarm[-1]), judged[0])
    return f"{signal.title}: {_volume(signal, each) if signal.is_volume else _shape(signal, each)}."


def _shape(signal: Signal, each: Judged) -> str:
    before, now = before_and_now(signal)
    if not now.sum():
        return "nothing to compare this week"
    if not before.sum():
        return "nothing in the weeks before to compare with"
    if missing := _too_few(signal, each):
        return missing
    distance, ordinary = _figure(each.distance[-1]), _figure(each.ordinary[-1])
    limit = _figure(max(each.threshold[-1], each.measure.least))
    moved = _moved_most(signal.bins, before / before.sum(), now / now.sum())
    measured = f"{each.measure.title} {distance} against {ordinary} in an ordinary week"
    return f"{measured} ({_verdict(each, limit)}); {moved}"


def _volume(signal: Signal, each: Judged) -> str:
    before, now = (float(part[0]) for part in before_and_now(signal))
    measured = f"{now:,.0f} against {before:,.0f} in the weeks before"
    if not now:
        return (
            f"none this week, {before:,.0f} a week before (alarm)" if before else "none this week nor before"
        )
    if missing := _too_few(signal, each):
        return f"{measured}; {missing}"
    if not before:
        return measured
    factor = np.exp(max(each.threshold[-1], each.measure.least))
    bounds = f"{before / factor:,.0f} or beyond {before * factor:,.0f}"
    return f"{measured}, {(now / before - 1) * 100:+.0f} % ({_verdict(each, bounds, below='below ')})"


def _too_few(signal: Signal, each: Judged) -> str:
    if np.isfinite(each.threshold[-1]):
        return ""
    needed = signal.from_week + REFERENCE_WEEKS + LEAST_HISTORY + 1
    return f"too few weeks to say what is ordinary: {len(signal.counts)} of about {needed}"


def _verdict(each: Judged, limit: str, below: str = "beyond ") -> str:
    """Of the last week."""
    distance, threshold, year = each.distance[-1], each.threshold[-1], each.year_before[-1]
    if each.alarm[-1]:
        return "alarm"
    if distance > threshold and distance < each.measure.least:
        return f"unusual, but too small to matter: minimum {_figure(each.measure.least)}"
    if distance > threshold and year <= threshold:
        return "no alarm: the same weeks a year ago looked alike"
    return f"alarm {below}{limit}"


def _moved_most(bins: Sequence[str], before: Numbers, now: Numbers) -> str:
    """The bins that lost and gained the largest shares."""
    order = np.argsort(-np.abs(now - before), kind="stable")[:_NAMED_BINS]
    return ", ".join(f"{bins[at]}: {before[at] * 100:.0f} % → {now[at] * 100:.0f} %" for at in order)


def _figure(value: float) -> str:
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}"
