"""Gates: what a challenger must show before it may take the champion's place."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from stylo.errors import BadOption

FILE = "gates.toml"


@dataclass(frozen=True)
class Limits:
    """As written in `gates.toml` of the data folder; these are the defaults.

    worse : how much of the champion's MAP@12 the challenger's may fall short of in the mean, on the same lists; and
        the interval of the difference must not lie below zero altogether.
    milliseconds : p99 of one recommendation after another, in process.
    size : bytes of the model against the champion's.
    coverage : different articles in the same lists against the champion's.
    """

    worse: float = 0.10
    milliseconds: float = 100.0
    size: float = 2.0
    coverage: float = 0.5

    @classmethod
    def read(cls, folder: Path) -> Limits:
        """Raises BadOption for what is no limit."""
        path = folder / FILE
        if not path.exists():
            return cls()
        known = {each.name for each in fields(cls)}
        try:
            found = tomllib.loads(path.read_text())
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadOption(
                f"{path} cannot be read.", where=str(error), cure="Write lines like: worse = 0.1"
            ) from error
        for name, value in found.items():
            if (
                name not in known
                or isinstance(value, bool)
                or not isinstance(value, int | float)
                or value < 0
            ):
                raise BadOption(
                    f"{path}: {name} = {value!r} is no limit.",
                    cure=f"There are {', '.join(sorted(known))}, each a number that is not negative.",
                )
        return cls(**found)


@dataclass(frozen=True)
class Gate:
    """One gate, whether it is open, and the figures in a sentence."""

    name: str
    open: bool
    said: str


@dataclass(frozen=True)
class Shown:
    """What was measured of a challenger and, on the same lists, of the champion.

    difference : (mean, low, high) of challenger − champion in MAP@12, 95 %, by customer.
    same_lists : how many of so many lists of the service are the model's own.
    """

    lists: int
    champion_map: float
    challenger_map: float
    difference: tuple[float, float, float]
    milliseconds: float
    champion_bytes: int
    challenger_bytes: int
    champion_articles: int
    challenger_articles: int
    same_lists: tuple[int, int]


def judge(shown: Shown, limits: Limits) -> list[Gate]:
    """Every gate, in order."""
    mean, low, high = shown.difference
    least = -limits.worse * shown.champion_map
    same, looked_at = shown.same_lists
    size = shown.challenger_bytes / max(shown.champion_bytes, 1)
    articles = shown.challenger_articles / max(shown.champion_articles, 1)
    return [
        Gate(
            "not worse",
            shown.lists > 0 and mean >= least and high >= 0,
            f"MAP@12 {shown.challenger_map:.5f} against {shown.champion_map:.5f} on {shown.lists:,} lists: "
            f"{mean:+.5f} [{low:+.5f}, {high:+.5f}]; at least {least:+.5f} is asked for.",
        ),
        Gate(
            "latency",
            shown.milliseconds <= limits.milliseconds,
            f"p99 {shown.milliseconds:.1f} ms; at most {limits.milliseconds:g} ms.",
        ),
        Gate("size", size <= limits.size, f"{size:.2f} × the champion's bytes; at most {limits.size:g} ×."),
        Gate(
            "coverage",
            articles >= limits.coverage,
            f"{shown.challenger_articles:,} different articles against {shown.champion_articles:,}: "
            f"{articles:.2f} ×; at least {limits.coverage:g} ×.",
        ),
        Gate(
            "parity",
            looked_at > 0 and same == looked_at,
            f"{same} of {looked_at} lists of the service are the model's own, to the last article.",
        ),
    ]


def closed(gates: Sequence[Gate]) -> list[Gate]:
    """Those that are not open."""
    return [gate for gate in gates if not gate.open]
