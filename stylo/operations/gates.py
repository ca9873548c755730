"""Gates: what a challenger must show before it may take the champion's place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from stylo.records.operations import ChallengerFigures, GateResult
from stylo.records.rules import GATES_FILE, GateLimits


def read_limits(folder: Path) -> GateLimits:
    """What `gates.toml` of the data folder says. Raises BadOption for what is no limit."""
    names = ", ".join(sorted(GateLimits.model_fields))
    return GateLimits.read(folder / GATES_FILE, f"There are {names}, each a number that is not negative.")


def judge(found: ChallengerFigures, limits: GateLimits) -> list[GateResult]:
    """Every gate, in order, each with its figures and its limit; one that is closed says what closed it."""
    return [
        _not_worse(found, limits),
        _latency(found, limits),
        _size(found, limits),
        _coverage(found, limits),
        _parity(found),
    ]


def closed(gates: Sequence[GateResult]) -> list[GateResult]:
    """Those that are not open."""
    return [gate for gate in gates if not gate.open]


def reasons(shut: Sequence[GateResult]) -> str:
    """What closed them, in words."""
    return " ".join(f"Closed: {gate.name}: {gate.said}" for gate in shut)


def _not_worse(found: ChallengerFigures, limits: GateLimits) -> GateResult:
    mean, low, high = found.difference
    least = -limits.worse * found.champion_map
    figures = (
        f"MAP@12 {found.challenger_map:.5f} against {found.champion_map:.5f} on {found.lists:,} lists: "
        f"{mean:+.5f} [{low:+.5f}, {high:+.5f}]"
    )
    shut = []
    if not found.lists:
        shut.append("there is no list to compare")
    if mean < least:
        shut.append(f"{mean:+.5f} is below {least:+.5f}, {limits.worse:.0%} of the champion's")
    if high < 0:
        shut.append("the whole 95 % interval lies below zero")
    allowed = f"at least {least:+.5f}, and an interval that reaches zero, are required"
    return GateResult(name="not worse", open=not shut, said=f"{figures}; {' and '.join(shut) or allowed}.")


def _latency(found: ChallengerFigures, limits: GateLimits) -> GateResult:
    """A machine that is slow for both in the same minute is no reason to refuse a model."""
    beside = found.champion_milliseconds
    figures = f"p99 {found.milliseconds:.1f} ms" + (
        f", the champion's {beside:.1f} ms in the same minute" if beside is not None else ""
    )
    within = found.milliseconds <= limits.milliseconds
    as_fast = beside is not None and found.milliseconds <= limits.slower * beside
    if within:
        said = f"at most {limits.milliseconds:g} ms"
    elif as_fast:
        said = f"above {limits.milliseconds:g} ms, but no more than {limits.slower:g} × the champion's"
    else:
        also = f", and above {limits.slower:g} × the champion's" if beside is not None else ""
        said = f"that is above {limits.milliseconds:g} ms{also}"
    return GateResult(name="latency", open=within or as_fast, said=f"{figures}; {said}.")


def _size(found: ChallengerFigures, limits: GateLimits) -> GateResult:
    size = found.challenger_bytes / max(found.champion_bytes, 1)
    allowed = size <= limits.size
    said = f"at most {limits.size:g} ×" if allowed else f"that is above {limits.size:g} ×"
    return GateResult(name="size", open=allowed, said=f"{size:.2f} × the champion's bytes; {said}.")


def _coverage(found: ChallengerFigures, limits: GateLimits) -> GateResult:
    articles = found.challenger_articles / max(found.champion_articles, 1)
    enough = articles >= limits.coverage
    said = f"at least {limits.coverage:g} ×" if enough else f"that is below {limits.coverage:g} ×"
    return GateResult(
        name="coverage",
        open=enough,
        said=f"{found.challenger_articles:,} different articles, champion {found.champion_articles:,}: "
        f"{articles:.2f} ×; {said}.",
    )


def _parity(found: ChallengerFigures) -> GateResult:
    same, looked_at = found.same_lists
    said = f"{same} of {looked_at} lists from the service match the model's own exactly"
    if not looked_at:
        said = "no list could be asked of the service"
    elif same < looked_at:
        said += f"; {looked_at - same} differ, and none may"
    return GateResult(name="parity", open=looked_at > 0 and same == looked_at, said=f"{said}.")
