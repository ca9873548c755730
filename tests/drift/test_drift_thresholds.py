"""When a distance is an alarm: the level that is kept, few buyers, season, events in the past, too little past."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from stylo.drift.signal import Numbers, Signal
from stylo.drift.thresholds import FAMILY_LEVEL, family_level, judge, qn


def signal(counts: Numbers, ordered: bool = False, **fields: object) -> Signal:
    bins = tuple(f"bin {n}" for n in range(counts.shape[1]))
    observations = counts.sum(axis=1)
    given = {"observations": observations, "grid": counts if ordered else None, **fields}
    return Signal("name", "Title", "group", bins, counts, **given)  # type: ignore[arg-type]


def weeks_by_chance(
    random: np.random.Generator, weeks: int, buyers: int, unrest: float = 0, bins: int = 8
) -> Numbers:
    """Counts of weeks that share their shares, but for changes of so many per cent from week to week."""
    shares = random.dirichlet(np.full(bins, 4.0)) * np.exp(unrest * random.normal(size=(weeks, bins)))
    return random.multinomial(buyers, shares / shares.sum(axis=1, keepdims=True)).astype(float)


def alarms(watched: Signal, level: float) -> np.ndarray:
    """(weeks,): whether any distance of a signal is an alarm."""
    return np.any([each.alarm for each in judge(watched, level)], axis=0)


@pytest.mark.parametrize(("buyers", "unrest"), [(70, 0.0), (70, 0.2), (50_000, 0.2)])
def test_ordinary_weeks_are_quiet_but_for_one_in_twenty(buyers: int, unrest: float) -> None:
    random = np.random.default_rng(2)
    weeks, shops, noisy = 60, 8, 0
    for _ in range(shops):
        watched = [signal(weeks_by_chance(random, weeks, buyers, unrest), n % 2 == 0) for n in range(8)]
        level = family_level(watched)
        # Each of 8 signals has two distances, every second one a third.
        assert level == pytest.approx(FAMILY_LEVEL / 20)
        noisy += int(np.any([alarms(each, level)[28:] for each in watched], axis=0).sum())
    looked_at = shops * (weeks - 28)
    # Three standard errors of a share of one in twenty.
    assert noisy / looked_at <= FAMILY_LEVEL + 3 * np.sqrt(FAMILY_LEVEL * (1 - FAMILY_LEVEL) / looked_at)


def test_a_change_of_the_shares_is_an_alarm_in_its_week_alone() -> None:
    counts = weeks_by_chance(np.random.default_rng(1), 60, 5000)
    counts[50] = np.roll(counts[50], 1)
    assert np.flatnonzero(alarms(signal(counts), 0.001)).tolist() == [50]


def test_a_change_that_lasts_is_an_alarm_until_half_of_the_weeks_before_have_it_too() -> None:
    counts = np.tile([[600.0, 400.0]], (70, 1)) + np.random.default_rng(0).integers(-30, 31, (70, 2))
    counts[50:] = counts[50:, ::-1]
    found = np.flatnonzero(alarms(signal(counts), 0.001))
    assert found[0] == 50
    assert 3 <= len(found) <= 8


def test_a_week_of_few_buyers_has_a_higher_threshold() -> None:
    counts = weeks_by_chance(np.random.default_rng(3), 40, 100)
    counts[-1] = np.round(counts[-1] / 10)
    (psi, *_) = judge(signal(counts), 0.001)
    # 1/10 + 1/800 against 1/100 + 1/800: nine times as much chance.
    assert psi.threshold[-1] / psi.threshold[-2] == pytest.approx(9, rel=0.15)


def test_events_of_the_past_do_not_hide_the_next_one() -> None:
    counts = weeks_by_chance(np.random.default_rng(4), 90, 5000, unrest=0.1)
    events = [35, 50, 65, 80]
    counts[events] = np.roll(counts[events], 3, axis=1)
    assert np.flatnonzero(alarms(signal(counts), 0.001)).tolist() == events


def test_what_came_in_the_same_week_a_year_before_is_the_season_and_no_alarm() -> None:
    counts = weeks_by_chance(np.random.default_rng(5), 110, 5000)
    counts[[48, 101]] = np.roll(counts[0], 3)  # 53 weeks apart
    watched = signal(counts)
    assert np.flatnonzero(alarms(watched, 0.001)).tolist() == [48]
    (psi, *_) = judge(watched, 0.001)
    assert psi.distance[101] > psi.threshold[101] > psi.year_before[101]


def test_what_is_unusual_but_tiny_is_no_alarm() -> None:
    counts = np.tile([[500_000.0, 500_000.0]], (60, 1))
    counts[:, 0] += np.random.default_rng(6).integers(-300, 300, 60)
    counts[-1, 0] += 10_000
    (psi, *_) = judge(signal(counts), 0.001)
    assert psi.threshold[-1] < psi.distance[-1] < psi.measure.least
    assert not psi.alarm[-1]


def test_twenty_distances_are_needed_before_there_is_a_threshold() -> None:
    (psi, *_) = judge(signal(weeks_by_chance(np.random.default_rng(7), 40, 100)), 0.001)
    # Eight weeks to be compared with, then twenty distances.
    assert np.flatnonzero(np.isfinite(psi.threshold))[0] == 28
    assert np.flatnonzero(np.isfinite(psi.distance))[0] == 8


def test_weeks_before_the_definition_holds_say_nothing() -> None:
    counts = weeks_by_chance(np.random.default_rng(8), 60, 100)
    (psi, *_) = judge(signal(counts, from_week=26), 0.001)
    assert np.flatnonzero(np.isfinite(psi.distance))[0] == 34


def test_a_week_without_purchases_is_an_alarm_of_volume_however_short_the_past_is() -> None:
    sales = np.full((12, 1), 300.0)
    sales[-1] = 0
    (ratio,) = judge(signal(sales, is_volume=True, observations=np.full(12, 70.0)), 0.001)
    assert np.flatnonzero(ratio.alarm).tolist() == [11]
    shares = np.full((60, 4), 30.0)
    shares[-1] = 0
    assert not alarms(signal(shares), 0.001).any()


def test_the_same_every_week_and_then_something_else_is_an_alarm() -> None:
    counts = np.tile([[900.0, 100.0]], (40, 1))
    counts[-1] = [700, 300]
    assert np.flatnonzero(alarms(signal(counts, ordered=True), 0.001)).tolist() == [39]


def test_the_future_has_no_say() -> None:
    counts = weeks_by_chance(np.random.default_rng(9), 60, 500, unrest=0.2)
    whole, cut = (judge(signal(each), 0.01)[0] for each in (counts, counts[:45]))
    np.testing.assert_array_equal(whole.threshold[:45], cut.threshold)
    np.testing.assert_array_equal(whole.alarm[:45], cut.alarm)


def test_qn_is_the_standard_deviation_of_normal_values_and_half_of_them_cannot_spoil_it() -> None:
    values = norm.ppf((np.arange(1000) + 0.5) / 1000)
    assert qn(values) == pytest.approx(1, rel=0.01)
    values[700:] = 1000
    assert qn(values) < 2
    # By hand: differences 1, 1, 2, 2, 3, 4 … of 0, 1, 2, 4: the third smallest is 2, n / (n + 3.8) for four.
    assert qn(np.array([0.0, 1.0, 2.0, 4.0])) == pytest.approx(2.2219 * 2 * 4 / 7.8)
