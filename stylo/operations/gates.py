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
    """Every gate, in order."""
    mean, low, high = found.difference
    least = -limits.worse * found.champion_map
    same, looked_at = found.same_lists
    size = found.challenger_bytes / max(found.champion_bytes, 1)
    articles = found.challenger_articles / max(found.champion_articles, 1)
    return [
        GateResult(
            name="not worse",
            open=found.lists > 0 and mean >= least and high >= 0,
            said=f"MAP@12 {found.challenger_map:.5f} against {found.champion_map:.5f} on {found.lists:,} lists: "
            f"{mean:+.5f} [{low:+.5f}, {high:+.5f}]; at least {least:+.5f} is required.",
        ),
        GateResult(
            name="latency",
            open=found.milliseconds <= limits.milliseconds,
            said=f"p99 {found.milliseconds:.1f} ms; at most {limits.milliseconds:g} ms.",
        ),
        GateResult(
            name="size",
            open=size <= limits.size,
            said=f"{size:.2f} × the champion's bytes; at most {limits.size:g} ×.",
        ),
        GateResult(
            name="coverage",
            open=articles >= limits.coverage,
            said=f"{found.challenger_articles:,} different articles, champion {found.champion_articles:,}: "
            f"{articles:.2f} ×; at least {limits.coverage:g} ×.",
        ),
        GateResult(
            name="parity",
            open=looked_at > 0 and same == looked_at,
            said=f"{same} of {looked_at} lists from the service match the model's own exactly.",
        ),
    ]


def closed(gates: Sequence[GateResult]) -> list[GateResult]:
    """Those that are not open."""
    return [gate for gate in gates if not gate.open]
