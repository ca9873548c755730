"""Verdicts: plain words, by intervals that hold at every look."""

from __future__ import annotations

import math
from typing import Any

import polars as pl
import pytest
from shoppers import customers
from trials import experiment

from stylo.experiments import verdict as words
from stylo.experiments.analysis import Analysis, analyse
from stylo.experiments.experiment import Guardrail, Variant
from stylo.experiments.power import Proportion, planned_size
from stylo.experiments.verdict import Verdict, change, percent, verdict

THREE = (Variant("control", 0.4), Variant("blend", 0.3), Variant("new", 0.3))


def analysis(*tables: pl.DataFrame, **changes: Any) -> Analysis:
    return analyse(
        pl.concat(tables), experiment(**{"minimum_effect": 0.1, "planned_customers": 40_000} | changes)
    )


def judged(*tables: pl.DataFrame, **changes: Any) -> Verdict:
    return verdict(analysis(*tables, **changes))


CONTROL = customers("control", 20_000, buyers=2000)


def test_a_variant_that_is_surely_better_wins() -> None:
    found = judged(CONTROL, customers("blend", 20_000, buyers=2600))
    assert (found.state, found.winner) == (words.WINNER, "blend")
    # By hand: the logarithm of the ratio of two proportions has the standard error √(0.9 / 2000 + 0.87 / 2600) =
    # 0.0280; 3.035 of them are 0.085, and 1.3 × e^±0.085 is 1.194 and 1.415.
    (compared,) = analysis(CONTROL, customers("blend", 20_000, buyers=2600)).primary
    assert compared.always_relative == pytest.approx((0.194, 0.415), abs=0.002)
    assert found.text.startswith("blend is better than control in conversion: +30.0 %, between +19.")
    assert found.text.endswith("Take blend.")


def test_a_variant_that_is_surely_worse_loses() -> None:
    found = judged(CONTROL, customers("blend", 20_000, buyers=1500))
    assert (found.state, found.winner) == (words.WORSE, None)
    assert "blend is worse than control in conversion: −25.0 %, between −3" in found.text


def test_what_a_single_look_would_call_significant_does_not_win() -> None:
    tables = CONTROL, customers("blend", 20_000, buyers=2150)
    (found,) = analysis(*tables).primary
    assert found.p_value < 0.05 < found.always_p_value
    assert judged(*tables).winner is None


@pytest.mark.parametrize(("buyers", "told"), [(20_000, "+0.0 %"), (20_500, "+2.5 %")])
def test_within_the_minimum_effect_it_is_a_tie(buyers: int, told: str) -> None:
    # Ten times the customers: 3.035 standard errors are about 3 % of the control.
    tables = customers("control", 200_000, 20_000), customers("blend", 200_000, buyers)
    found = judged(*tables, planned_customers=400_000)
    assert (found.state, found.winner) == (words.SAME, None)
    assert found.text.startswith("blend: no difference in conversion larger than") and told in found.text


def test_too_little_tells_about_how_many_days_are_missing() -> None:
    # 400 customers a day; at 10 % conversion, for 10 %, as planned for daily looks, and a week for the last of them.
    found = judged(customers("control", 2000, 200), customers("blend", 2000, 205))
    needed = sum(planned_size(Proportion(0.1), 0.1).always_valid)
    (days,) = (each.more_days for each in found.findings)
    assert found.state == words.OPEN
    assert days == pytest.approx((needed - 4000) / 400 + 7, rel=0.1)
    assert f"not enough data yet (about {days} more days)" in found.text


def test_where_nobody_bought_the_planned_size_is_what_is_missing() -> None:
    found = judged(customers("control", 2000, 0), customers("blend", 2000, 0))
    assert found.findings[0].more_days == (40_000 - 4000) / 400 + 7
    assert "nothing known yet" in found.text


def test_when_all_are_exposed_their_windows_are_waited_for() -> None:
    tables = (
        customers("control", 60_000, 200, unfinished=58_000),
        customers("blend", 60_000, 205, unfinished=58_000),
    )
    assert judged(*tables).findings[0].more_days == 7


def test_where_nobody_comes_nothing_is_promised() -> None:
    found = judged(CONTROL.clear())
    assert (found.state, found.findings[0].more_days) == (words.OPEN, None)
    assert "no more customers are arriving" in found.text


def test_a_control_of_whom_nobody_buys_can_be_beaten_and_not_by_percents() -> None:
    found = judged(customers("control", 20_000, 0), customers("blend", 20_000, 400))
    assert found.winner == "blend"
    assert "conversion: 0.02 per customer, 0 in the control." in found.text


def test_one_more_day_is_no_days() -> None:
    tables = (
        customers("control", 60_000, 200, unfinished=58_000),
        customers("blend", 60_000, 205, unfinished=58_000),
    )
    assert "(about 1 more day)" in judged(*tables, window_days=1).text


def test_customers_enough_and_still_no_decision_is_said() -> None:
    found = judged(customers("control", 40_000, 4000), customers("blend", 40_000, 4200))
    assert found.state == words.UNDECIDED
    assert "undecided, despite enough customers to detect 10 %" in found.text


def test_a_broken_sample_ratio_overrules_everything() -> None:
    found = judged(CONTROL, customers("blend", 18_500, buyers=2600))
    assert (found.state, found.winner) == (words.UNTRUSTED, None)
    assert found.text.startswith("Do not trust this result")
    assert "control 20,000 instead of 19,250, blend 18,500 instead of 19,250" in found.text


@pytest.mark.parametrize(
    ("price", "state", "told"),
    [
        (1.0, words.WINNER, "revenue per customer of blend does not fall by 10 %"),
        (0.5, words.GUARDRAIL, "revenue per customer of blend falls by more than 10 %"),
        (0.69, words.OPEN, "revenue per customer of blend may yet fall by more than 10 %"),
    ],
)
def test_a_winner_must_hold_its_guardrails(price: float, state: str, told: str) -> None:
    guarded = (Guardrail("revenue", 0.1),)
    found = judged(CONTROL, customers("blend", 20_000, 2600, price=price), guardrails=guarded)
    assert found.state == state and told in found.text
    assert found.winner == ("blend" if state == words.WINNER else None)


def test_of_two_better_variants_the_larger_estimate_wins_and_a_near_one_is_named() -> None:
    found = judged(
        customers("control", 40_000, 4000),
        customers("blend", 30_000, 3900),
        customers("new", 30_000, 4000),
        variants=THREE,
        planned_customers=100_000,
    )
    assert found.winner == "new"
    assert found.text.endswith("Take new; blend matches it to within 10 %.")


def test_one_loser_and_one_open_variant_are_an_open_experiment() -> None:
    found = judged(
        customers("control", 4000, 400),
        customers("blend", 3000, 100),
        customers("new", 3000, 310),
        variants=THREE,
    )
    assert [each.state for each in found.findings] == [words.WORSE, words.OPEN]
    assert (found.state, found.winner) == (words.OPEN, None)


@pytest.mark.parametrize(
    ("relative", "text"),
    [
        (0.0421, "+4.2 %"),
        (-0.1234, "−12.3 %"),
        (1.5, "+150 %"),
        (0.0, "+0.0 %"),
        (-0.00123, "−0.12 %"),
        (0.00999, "+1.0 %"),
    ],
)
def test_changes_have_a_sign_and_digits_enough(relative: float, text: str) -> None:
    assert change(relative) == text


def test_limits_are_told_as_they_were_set() -> None:
    assert [percent(share) for share in (0.1, 0.05, 0.075, 0.0125)] == ["10 %", "5 %", "7.5 %", "1.25 %"]


def test_findings_promise_finite_days() -> None:
    for count in (10, 100, 1000):
        found = judged(customers("control", count, count // 2), customers("blend", count, count // 2))
        days = found.findings[0].more_days
        assert days is None or math.isfinite(days)
