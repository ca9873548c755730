"""Numbers as a person reads them."""

from __future__ import annotations

from stylo.experiments.comparison import Range

_NAMES = {"conversion": "conversion", "hit_rate": "hit rate", "revenue": "revenue per customer"}


def metric_name(metric: str) -> str:
    return _NAMES[metric]


def percent(share: float) -> str:
    """0.05 → 5 %: a margin, a limit."""
    return f"{100 * share:.3g} %"


def change(relative: float) -> str:
    """0.0421 → +4.2 %: what was measured."""
    points = abs(100 * relative)
    digits = 0 if points >= 99.95 else 2 if 0 < points < 0.995 else 1
    return f"{'−' if relative < 0 else '+'}{points:.{digits}f} %"


def between(interval: Range) -> str:
    """Of relative changes."""
    if interval.high == float("inf"):
        return "nothing is known yet" if interval.low == -1 else f"at least {change(interval.low)}"
    return f"between {change(interval.low)} and {change(interval.high)}"


def probability(p_value: float) -> str:
    return "p < 0.0001" if p_value < 0.0001 else f"p = {p_value:.2g}"
