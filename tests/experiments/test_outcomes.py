"""Outcomes: what counts lies within the window after the first exposure; all else is set aside and counted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from trials import experiment

from stylo.experiments.outcomes import Outcomes, outcomes

NOON = datetime(2020, 9, 7, 12)
NOW = datetime(2020, 10, 1)
WEEK = experiment(window_days=7)
Exposure = tuple[Any, str, datetime, list[int]]
Purchase = tuple[Any, int, datetime, float | None]


def at(days: float = 0, seconds: float = 0) -> datetime:
    return NOON + timedelta(days=days, seconds=seconds)


def joined(exposures: Iterable[Exposure], purchases: Iterable[Purchase], now: datetime = NOW) -> Outcomes:
    """`outcomes` of rows; ids are texts."""
    shown = {
        "customer_id": pl.String,
        "variant": pl.String,
        "at": pl.Datetime,
        "articles": pl.List(pl.Int32),
    }
    bought = {"customer_id": pl.String, "article": pl.Int32, "at": pl.Datetime, "price": pl.Float32}
    return outcomes(
        pl.DataFrame(list(exposures), schema=shown, orient="row"),
        pl.DataFrame(list(purchases), schema=bought, orient="row"),
        WEEK,
        now,
    )


def only(found: Outcomes) -> dict[str, Any]:
    assert found.customers.height == 1
    return found.customers.row(0, named=True)


def test_what_was_bought_in_the_week_after_the_first_exposure_counts() -> None:
    found = only(
        joined(
            [("ann", "blend", at(), [1, 2, 3]), ("ann", "blend", at(2), [4])],
            [
                ("ann", 1, at(1), 0.25),  # a hit
                ("ann", 1, at(3), 0.25),  # the same article again: paid, but no second hit
                ("ann", 4, at(1), 0.5),  # bought before it was shown
                ("ann", 9, at(6.9), 1.0),  # never shown
                ("ann", 2, at(7), 8.0),  # the week is over
                ("ann", 3, at(-1), 0.125),  # before
                ("ann", 3, at(-8), 16.0),  # long before
            ],
        )
    )
    assert found == {
        "customer_id": "ann",
        "variant": "blend",
        "first_exposure": at(),
        "finished": True,
        "converted": True,
        "hits": 1,
        "revenue": 2.0,
        "revenue_before": 0.125,
    }


def test_who_bought_nothing_has_zeros() -> None:
    found = joined([("ann", "blend", at(), [1]), ("bob", "control", at(), [1])], [])
    assert (
        found.customers.select("converted", "hits", "revenue", "revenue_before").rows()
        == [(False, 0, 0.0, 0.0)] * 2
    )


def test_without_exposures_there_are_no_customers() -> None:
    found = joined([], [("ann", 1, at(), 1.0)])
    assert found.customers.is_empty()
    assert found.unexposed_purchases == 1


def test_who_saw_two_variants_is_left_out_and_counted() -> None:
    found = joined(
        [("ann", "blend", at(), []), ("ann", "control", at(1), []), ("bob", "control", at(), [])],
        [("ann", 1, at(2), 1.0)],
    )
    assert only(found)["customer_id"] == "bob"
    assert (found.several_variants, found.gone_variant, found.unexposed_purchases) == (1, 0, 0)


def test_customers_of_a_variant_that_is_gone_are_left_out_and_counted_once() -> None:
    """Ann saw it twice, Bob also another one."""
    ann = [("ann", "old", at(), []), ("ann", "old", at(1), [])]
    found = joined(
        [*ann, ("bob", "old", at(), []), ("bob", "blend", at(1), [])],
        [],
    )
    assert found.customers.is_empty()
    assert (found.gone_variant, found.several_variants) == (1, 1)


def test_purchases_without_exposure_are_ignored_and_counted() -> None:
    found = joined([("ann", "blend", at(), [])], [("bob", 1, at(), 1.0), ("cec", 1, at(), 1.0)])
    assert only(found)["revenue"] == 0
    assert found.unexposed_purchases == 2


def test_a_purchase_some_seconds_before_its_exposure_is_blamed_on_the_clocks() -> None:
    exposed = [("ann", "blend", at(), [1, 2])]
    found = joined(exposed, [("ann", 1, at(seconds=-10), 1.0), ("ann", 2, at(seconds=-10.5), 2.0)])
    customer = only(found)
    assert (customer["hits"], customer["revenue"], customer["revenue_before"]) == (1, 1.0, 2.0)
    assert found.early_purchases == 1


def test_what_was_before_may_reach_further_back_than_the_window() -> None:
    exposures = pl.DataFrame({"customer_id": ["ann"], "variant": ["blend"], "at": [at()], "articles": [[1]]})
    moments = [at(-1), at(-27), at(-28.5)]
    purchases = pl.DataFrame(
        {"customer_id": ["ann"] * 3, "article": [1] * 3, "at": moments, "price": [1.0, 2.0, 4.0]}
    )
    assert only(outcomes(exposures, purchases, WEEK, NOW))["revenue_before"] == 1.0
    assert only(outcomes(exposures, purchases, WEEK, NOW, days_before=28))["revenue_before"] == 3.0


def test_what_comes_after_now_is_not_seen() -> None:
    found = joined(
        [("ann", "blend", at(), [1]), ("ann", "control", at(3), [1]), ("bob", "blend", at(3), [])],
        [("ann", 1, at(1), 1.0), ("ann", 1, at(3), 2.0)],
        now=at(2),
    )
    customer = only(found)
    assert (customer["variant"], customer["revenue"], customer["finished"]) == ("blend", 1.0, False)
    assert found.later_exposures == 2


@pytest.mark.parametrize(("now", "finished"), [(at(7), True), (at(7, -1), False)])
def test_a_window_is_finished_when_its_last_moment_has_passed(now: datetime, finished: bool) -> None:
    assert only(joined([("ann", "blend", at(), [])], [], now))["finished"] is finished


def test_a_purchase_without_a_price_is_one_of_no_revenue() -> None:
    found = only(joined([("ann", "blend", at(), [1])], [("ann", 1, at(1), None)]))
    assert (found["converted"], found["hits"], found["revenue"]) == (True, 1, 0.0)


def test_numbers_for_ids_and_moments_with_a_time_zone_will_do() -> None:
    moment = at().replace(tzinfo=UTC)
    exposures = pl.DataFrame({"customer_id": [7], "variant": ["blend"], "at": [moment], "articles": [[1]]})
    purchases = pl.DataFrame({"customer_id": [7], "article": [1], "at": [moment], "price": [0.5]})
    number = pl.col("customer_id").cast(pl.UInt32)
    found = outcomes(exposures.with_columns(number), purchases.lazy().with_columns(number), WEEK, moment)
    assert only(found)["hits"] == 1
    assert only(found)["customer_id"] == 7


def test_random_events_are_joined_as_the_definition_says() -> None:
    draw = np.random.default_rng(8)
    variants = ["control", "blend", "old"]

    def moments(count: int, first: float, last: float) -> list[datetime]:
        return [at(days) for days in draw.uniform(first, last, count)]

    own = draw.choice(3, 80, p=[0.48, 0.48, 0.04])
    exposures: list[Exposure] = [
        (
            f"c{who}",
            variants[own[who] if draw.random() < 0.97 else 0],
            when,
            draw.integers(0, 12, 4).tolist(),
        )
        for who, when in zip(draw.integers(0, 80, 300), moments(300, 0, 10), strict=True)
    ]
    purchases: list[Purchase] = [
        (f"c{who}", int(draw.integers(0, 12)), when, float(draw.integers(1, 9)) / 8)
        for who, when in zip(draw.integers(0, 100, 500), moments(500, -8, 18), strict=True)
    ]
    now = at(12)
    found = joined(exposures, purchases, now)
    rows, counts = by_definition(exposures, purchases, now)
    assert sorted(found.customers.rows()) == sorted(rows)
    assert counts == (
        found.several_variants,
        found.gone_variant,
        found.later_exposures,
        found.unexposed_purchases,
    )
    assert len(rows) > 40 and all(counts[:2]) and counts[3]


def by_definition(
    exposures: list[Exposure], purchases: list[Purchase], now: datetime
) -> tuple[list[tuple[Any, ...]], tuple[int, int, int, int]]:
    """Rows of `outcomes` and the counts of what was set aside, customer by customer."""
    seen = [row for row in exposures if row[2] <= now]
    rows, several, gone = [], 0, 0
    tolerance, window = timedelta(seconds=10), timedelta(days=7)
    for who in {row[0] for row in seen}:
        mine = [row for row in seen if row[0] == who]
        variants = {row[1] if row[1] in WEEK.names else "gone" for row in mine}
        if len(variants) > 1:
            several += 1
            continue
        if variants == {"gone"}:
            gone += 1
            continue
        first = min(row[2] for row in mine)
        bought = [row for row in purchases if row[0] == who and row[2] <= now]
        within = [row for row in bought if first - tolerance <= row[2] < first + window]
        before = [row for row in bought if first - window <= row[2] < first - tolerance]
        hits = {
            article
            for _, article, when, _ in within
            for _, _, shown_at, articles in mine
            if article in articles and shown_at <= when + tolerance
        }
        paid, paid_before = (sum(row[3] or 0 for row in some) for some in (within, before))
        finished = first + window <= now
        rows.append((who, mine[0][1], first, finished, bool(within), len(hits), paid, paid_before))
    exposed = {row[0] for row in seen}
    strangers = sum(row[0] not in exposed and row[2] <= now for row in purchases)
    return rows, (several, gone, len(exposures) - len(seen), strangers)
