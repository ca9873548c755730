"""The verdict in plain words. It may be read every day: only intervals that hold for every look decide."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from stylo.experiments.analysis import Analysis, SampleRatio
from stylo.experiments.comparison import BROKEN, HELD, UNCLEAR, Comparison, GuardrailCheck, Range
from stylo.experiments.effects import standard_errors

_NAMES = {"conversion": "conversion", "hit_rate": "hit rate", "revenue": "revenue per customer"}
#: Of a variant: surely better or worse than the control; surely not by as much as the minimum effect; not enough is
#: known yet; or still not, with all the customers that should be enough.
BETTER, WORSE, SAME, OPEN, UNDECIDED = "better", "worse", "same", "open", "undecided"
#: Of an experiment: the sample ratio is broken; a variant has won; better, but a guardrail is broken; or as above.
UNTRUSTED, WINNER, GUARDRAIL = "untrusted", "winner", "guardrail"


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
        return "nothing known yet" if interval.low == -1 else f"at least {change(interval.low)}"
    return f"between {change(interval.low)} and {change(interval.high)}"


def probability(p_value: float) -> str:
    return "p < 0.0001" if p_value < 0.0001 else f"p = {p_value:.2g}"


@dataclass(frozen=True)
class Finding:
    """What can be said of one variant.

    more_days : until enough should be known, at last week's number of customers a day; None unless it is OPEN, or
        where nobody comes.
    """

    variant: str
    state: str
    more_days: int | None
    text: str


@dataclass(frozen=True)
class Verdict:
    """state : of the experiment.   winner : the variant to take, if one has won.   text : all in words."""

    state: str
    winner: str | None
    findings: tuple[Finding, ...]
    text: str


def verdict(analysis: Analysis) -> Verdict:
    """Decides by the primary metric, and by the guardrails.

    A variant wins if it is significantly better, possibly by the minimum effect or more, and significantly within
    all of its guardrails. Among several, the one with the largest estimate wins.
    """
    findings = tuple(_finding(each, analysis) for each in analysis.primary)
    if analysis.sample_ratio.broken:
        return Verdict(UNTRUSTED, None, findings, _untrusted(analysis.sample_ratio, analysis))
    estimate = {each.variant: each.relative for each in analysis.primary}
    better = sorted(
        (each.variant for each in findings if each.state == BETTER), key=lambda name: -estimate[name]
    )
    checks = {name: _guardrails(analysis, name) for name in better}
    winner = next((name for name in better if all(check.state == HELD for check in checks[name])), None)
    sentences = [each.text for each in findings]
    sentences += [_guardrail(check) for name in better for check in checks[name]]
    if winner is not None:
        sentences.append(_take(winner, better, analysis))
    return Verdict(_state(findings, checks, winner), winner, findings, " ".join(sentences))


def _state(findings: tuple[Finding, ...], checks: dict[str, list[GuardrailCheck]], winner: str | None) -> str:
    if winner is not None:
        return WINNER
    states = {each.state for each in findings}
    if BETTER in states:
        broken = all(any(check.state == BROKEN for check in each) for each in checks.values())
        return GUARDRAIL if broken else OPEN
    return next(state for state in (OPEN, UNDECIDED, SAME, WORSE) if state in states)


def _finding(found: Comparison, analysis: Analysis) -> Finding:
    minimum, always = analysis.experiment.minimum_effect, found.always_relative
    name, metric = found.variant, metric_name(found.metric)
    numbers = f"{change(found.relative)}, {between(always)}"
    if not math.isfinite(found.relative):  # nobody of the control bought anything
        numbers = f"{found.mean:.3g} per customer, {found.control:.3g} in the control"
    if -minimum < always.low and always.high < minimum:
        largest = percent(max(-always.low, always.high))
        text = f"{name}: no difference in {metric} larger than {largest} ({numbers})."
        return Finding(name, SAME, None, text)
    if found.always.low > 0 or found.always.high < 0:
        state = BETTER if found.always.low > 0 else WORSE
        text = f"{name} is {state} than {analysis.experiment.control.name} in {metric}: {numbers}."
        return Finding(name, state, None, text)
    needed = _customers_needed(found, analysis)
    if needed <= _counted(analysis):
        text = (
            f"{name}: undecided, despite enough customers to detect {percent(minimum)}: {metric} {numbers}."
        )
        return Finding(name, UNDECIDED, None, text)
    days = _more_days(needed, analysis)
    until = _until(days, analysis)
    seen = numbers if math.isfinite(found.always.high) else between(always)
    return Finding(name, OPEN, days, f"{name}: not enough data yet ({until}); {metric}: {seen}.")


def _until(days: int | None, analysis: Analysis) -> str:
    if days is None:
        return "no end in sight" if analysis.customers_a_day else "no more customers are arriving"
    return f"about {days} more day{'s' * (days != 1)}"


def _counted(analysis: Analysis) -> int:
    return sum(each.customers for each in analysis.variants)


def _customers_needed(found: Comparison, analysis: Analysis) -> float:
    """Over all variants, to find the minimum effect with the power asked for; the planned size if nothing is known."""
    experiment, counted = analysis.experiment, _counted(analysis)
    if not math.isfinite(found.always.high):
        return max(experiment.planned_customers, 2 * counted)
    times = np.geomspace(1, 1e4, 4001)
    reach = standard_errors(found.progress * times, found.level) + ndtri(experiment.power)
    enough = reach * found.standard_error / np.sqrt(times) <= experiment.minimum_effect * found.control
    return counted * float(times[enough.argmax()]) if enough.any() else math.inf


def _more_days(needed: float, analysis: Analysis) -> int | None:
    missing = max(needed - sum(each.exposed for each in analysis.variants), 0)
    if missing and not (analysis.customers_a_day and math.isfinite(missing)):
        return None
    days = math.ceil(missing / analysis.customers_a_day) if missing else 0
    return days + analysis.experiment.window_days


def _guardrails(analysis: Analysis, variant: str) -> list[GuardrailCheck]:
    return [check for check in analysis.guardrails if check.comparison.variant == variant]


def _guardrail(check: GuardrailCheck) -> str:
    found = check.comparison
    falls = {BROKEN: "falls by more than", HELD: "does not fall by", UNCLEAR: "may yet fall by more than"}
    return (
        f"Guardrail: {metric_name(found.metric)} of {found.variant} {falls[check.state]} {percent(check.margin)}"
        f" ({change(found.relative)}, {between(found.always_relative)})."
    )


def _take(winner: str, better: list[str], analysis: Analysis) -> str:
    estimate = {each.variant: each.relative for each in analysis.primary}
    minimum = analysis.experiment.minimum_effect
    alike = [name for name in better if name != winner and abs(estimate[winner] - estimate[name]) < minimum]
    if not alike:
        return f"Take {winner}."
    return f"Take {winner}; {', '.join(alike)} matches it to within {percent(minimum)}."


def _untrusted(ratio: SampleRatio, analysis: Analysis) -> str:
    counts = ", ".join(
        f"{name} {count:,} instead of {expected:,.0f}"
        for name, count, expected in zip(
            analysis.experiment.names, ratio.customers, ratio.expected, strict=True
        )
    )
    return (
        f"Do not trust this result: customers are not split as planned ({counts};"
        f" {probability(ratio.always_p_value)} at every look). Something loses or duplicates customers of one"
        " variant. Find the cause, then start afresh with another salt."
    )
