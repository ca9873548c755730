"""Gates: open, closed, and what is written of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from stylo.errors import BadOption
from stylo.operations.gates import closed, judge, read_limits
from stylo.records.operations import ChallengerFigures
from stylo.records.rules import GateLimits

GOOD = ChallengerFigures(
    lists=200,
    champion_map=0.020,
    challenger_map=0.021,
    difference=(0.001, -0.002, 0.004),
    milliseconds=20.0,
    champion_bytes=1000,
    challenger_bytes=1100,
    champion_articles=100,
    challenger_articles=90,
    same_lists=(50, 50),
)


def test_a_challenger_that_is_as_good_passes_every_gate() -> None:
    assert closed(judge(GOOD, GateLimits())) == []


@pytest.mark.parametrize(
    ("change", "gate"),
    [
        ({"difference": (-0.0021, -0.004, 0.001)}, "not worse"),  # a tenth of 0.020 is 0.002
        ({"difference": (-0.001, -0.002, -0.0001)}, "not worse"),  # surely worse, if little
        ({"lists": 0}, "not worse"),
        ({"milliseconds": 100.1}, "latency"),
        ({"challenger_bytes": 2001}, "size"),
        ({"challenger_articles": 49}, "coverage"),
        ({"same_lists": (49, 50)}, "parity"),
        ({"same_lists": (0, 0)}, "parity"),
    ],
)
def test_each_gate_closes_alone_and_says_why(change: dict[str, object], gate: str) -> None:
    (shut,) = closed(judge(GOOD.model_copy(update=change), GateLimits()))
    assert shut.name == gate
    assert shut.said


def test_limits_are_read_from_the_data_folder(tmp_path: Path) -> None:
    assert read_limits(tmp_path) == GateLimits()
    (tmp_path / "gates.toml").write_text("worse = 0.2\nmilliseconds = 50\n")
    assert read_limits(tmp_path) == GateLimits(worse=0.2, milliseconds=50)


@pytest.mark.parametrize(
    "text", ["worse = -1", 'worse = "much"', "speed = 1", "worse = true", "worse =", "worse = nan"]
)
def test_what_is_no_limit_is_refused_with_its_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "gates.toml").write_text(text)
    with pytest.raises(BadOption, match=r"gates\.toml"):
        read_limits(tmp_path)


def test_a_limit_may_be_infinite_and_the_gate_is_always_open(tmp_path: Path) -> None:
    (tmp_path / "gates.toml").write_text("milliseconds = inf\n")
    slow = GOOD.model_copy(update={"milliseconds": 1e9})
    assert closed(judge(slow, read_limits(tmp_path))) == []
