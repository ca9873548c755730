"""Gates: open, closed, and what is written of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import cast

import pytest

from stylo.deployment.release import Release
from stylo.errors import BadOption
from stylo.operations.comparison import latencies
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


@pytest.mark.parametrize(
    ("change", "said"),
    [
        # The mean alone would be allowed: it is the interval that closes the gate, and it says so.
        (
            {"difference": (-0.001, -0.002, -0.0001)},
            "-0.00100 [-0.00200, -0.00010]; the whole 95 % interval lies below zero.",
        ),
        ({"difference": (-0.0021, -0.004, 0.001)}, "-0.00210 is below -0.00200, 10% of the champion's."),
        (
            {"difference": (-0.0021, -0.004, -0.001)},
            "-0.00210 is below -0.00200, 10% of the champion's and the whole 95 % interval lies below zero.",
        ),
        ({"lists": 0}, "there is no list to compare."),
        ({"milliseconds": 100.1}, "p99 100.1 ms; that is above 100 ms."),
        (
            {"milliseconds": 140.0, "champion_milliseconds": 100.0},
            "p99 140.0 ms, the champion's 100.0 ms in the same minute; that is above 100 ms, and above 1.25 × the "
            "champion's.",
        ),
        ({"challenger_bytes": 2001}, "2.00 × the champion's bytes; that is above 2 ×."),
        ({"challenger_articles": 49}, "0.49 ×; that is below 0.5 ×."),
        ({"same_lists": (49, 50)}, "1 differ, and none may."),
        ({"same_lists": (0, 0)}, "no list could be asked of the service."),
    ],
)
def test_a_closed_gate_says_which_figure_closed_it_and_its_limit(
    change: dict[str, object], said: str
) -> None:
    (shut,) = closed(judge(GOOD.model_copy(update=change), GateLimits()))
    assert shut.said.endswith(said)


def test_a_machine_that_is_slow_for_both_closes_no_gate() -> None:
    slow = GOOD.model_copy(update={"milliseconds": 240.0, "champion_milliseconds": 200.0})
    assert closed(judge(slow, GateLimits())) == []
    said = next(gate.said for gate in judge(slow, GateLimits()) if gate.name == "latency")
    assert said.endswith("above 100 ms, but no more than 1.25 × the champion's.")


def test_both_are_timed_in_turns() -> None:
    asked = list[str]()

    class Timed:
        as_of = date(2020, 9, 23)
        customers = range(500)

        def __init__(self, name: str) -> None:
            self.name, self.model = name, self

        def recommend(self, contexts: object) -> None:
            asked.append(self.name)

    ours, theirs = latencies(cast(Release, Timed("challenger")), cast(Release, Timed("champion")))
    assert theirs is not None and ours >= 0
    assert asked[:4] == ["challenger", "champion"] * 2
    assert asked.count("champion") == asked.count("challenger") == 220
    assert latencies(cast(Release, Timed("challenger")))[1] is None


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
