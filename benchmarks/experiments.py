"""python -m benchmarks.experiments: what an experiment's statistics cost, and whether they keep their promises.

The rival of the assignment is Python's own hash, which is another in each process; that of the joined outcomes is
DuckDB. The tables of docs/experiments.md are printed by this.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated

import duckdb
import numpy as np
import polars as pl
import typer

from benchmarks.experiment_simulation import (
    arrivals,
    conversions,
    covers,
    finds,
    first_find,
    lifted,
    revenues,
    shop,
    without_covariate,
)
from benchmarks.timing import median_seconds
from stylo.experiments.analysis import always_valid_p_value, analyse
from stylo.experiments.assignment import assign
from stylo.experiments.comparison import by_segment
from stylo.experiments.effects import Effects, effects
from stylo.experiments.experiment import Experiment, Guardrail, Variant
from stylo.experiments.outcomes import outcomes
from stylo.experiments.power import Amount, Proportion, Size, planned_size
from stylo.experiments.sums import Sums
from stylo.experiments.verdict import verdict

END = 28  # the day at which the size planned for one look is reached
HALVES = (0.5, 0.5)
RATE, RISE = 0.06, 0.1  # conversion, and the rise that is planned for
REVENUE_RISE = 0.2
START = datetime(2020, 9, 1)
TRIAL = Experiment(
    name="benchmark",
    layer="ranking",
    slot=(0.0, 1.0),
    salt="1",
    variants=(Variant("control", 0.5), Variant("blend", 0.5, settings={"visual": 0.4})),
    metric="conversion",
    minimum_effect=0.05,
    planned_customers=500_000,
    guardrails=(Guardrail("revenue", 0.05),),
)

_SQL = """
    WITH exposed AS (
        SELECT customer_id, min("at") AS first, any_value(variant) AS variant
        FROM shown GROUP BY customer_id HAVING min(variant) = max(variant)),
    counted AS (
        SELECT b.*, first, b."at" >= first - INTERVAL 10 SECOND AS after
        FROM bought b JOIN exposed USING (customer_id)
        WHERE b."at" >= first - INTERVAL 7 DAY AND b."at" < first + INTERVAL 7 DAY),
    paid AS (
        SELECT customer_id, sum(price) FILTER (after) AS revenue, sum(price) FILTER (NOT after) AS revenue_before
        FROM counted GROUP BY customer_id),
    last AS (
        SELECT customer_id, article, max("at") AS until FROM counted WHERE after GROUP BY ALL),
    hits AS (
        SELECT customer_id, count(DISTINCT article) AS hits FROM shown s JOIN last l USING (customer_id)
        WHERE s."at" <= until + INTERVAL 10 SECOND AND list_contains(s.articles, l.article)
        GROUP BY customer_id)
    SELECT customer_id, variant, first, coalesce(hits, 0) AS hits, coalesce(revenue, 0) AS revenue,
        coalesce(revenue_before, 0) AS revenue_before
    FROM exposed LEFT JOIN paid USING (customer_id) LEFT JOIN hits USING (customer_id)
"""


def main(
    exposures: Annotated[
        int, typer.Option(help="How many the analysis joins; 0 leaves it out.")
    ] = 10_000_000,
    experiments: Annotated[int, typer.Option(help="How many each simulation draws.")] = 4000,
) -> None:
    """Prints the tables."""
    _assignment()
    if exposures:
        _analysis(exposures)
    _simulations(experiments)


def _assignment() -> None:
    customers = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(20_000)]
    rival = partial(_each, lambda customer: hash((TRIAL.salt, customer)) % 1000 < 500, customers)
    ours = partial(_each, partial(assign, TRIAL), customers)
    print("## Assignment\n\n| | µs a customer |\n|---|--:|")
    for what, work in [("`assign`: slot and variant by SHA-256", ours), ("Python's hash, once", rival)]:
        print(f"| {what} | {1e6 * median_seconds(work) / len(customers):.2f} |")


def _each(work: Callable[[str], object], customers: list[str]) -> None:
    for customer in customers:
        work(customer)


def _analysis(count: int) -> None:
    shown, bought = _events(count)
    now = START + timedelta(days=40)

    def whole() -> None:
        found = outcomes(shown, bought, TRIAL, now)
        verdict(analyse(found.customers, TRIAL))
        half = found.customers.with_columns(bought_before=pl.col("revenue_before") > 0)
        by_segment(half, TRIAL, ["bought_before"])

    works: dict[str, Callable[[], object]] = {
        "`outcomes`, `analyse`, `verdict`, `by_segment`": whole,
        "of it `outcomes`": lambda: outcomes(shown, bought, TRIAL, now),
        "DuckDB: the same rows as `outcomes`": lambda: _joined_by_duckdb(shown, bought),
    }
    seconds = _in_turns(works)
    ours, theirs = outcomes(shown, bought, TRIAL, now).customers, _joined_by_duckdb(shown, bought)
    assert ours.height == theirs.height and ours["hits"].sum() == theirs["hits"].sum()
    assert np.isclose(float(ours["revenue"].sum()), float(theirs["revenue"].sum()))
    customers = shown["customer_id"].n_unique()
    print(f"\n## Analysis: {count:,} exposures, {customers:,} customers, {bought.height:,} purchases\n")
    print("| | s | s of CPU |\n|---|--:|--:|")
    for what, (wall, cpu) in seconds.items():
        print(f"| {what} | {wall:.1f} | {cpu:.1f} |")


def _in_turns(works: dict[str, Callable[[], object]]) -> dict[str, tuple[float, float]]:
    """Medians of three runs: wall and CPU seconds."""
    runs: dict[str, list[tuple[float, float]]] = {what: [] for what in works}
    for _ in range(3):
        for what, work in works.items():
            wall, cpu = time.perf_counter(), time.process_time()
            work()
            runs[what].append((time.perf_counter() - wall, time.process_time() - cpu))
    return {what: tuple(np.median(seconds, axis=0).tolist()) for what, seconds in runs.items()}


def _events(count: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Exposures, eight a customer, over four weeks, of twelve articles each; and a fifth as many purchases."""
    draw = np.random.default_rng(0)
    customers = count // 8
    ids = pl.Series([hashlib.sha256(str(number).encode()).hexdigest() for number in range(customers)])
    who = draw.integers(0, customers, count)
    shown = pl.DataFrame(
        {
            "customer_id": ids.gather(who),
            "variant": np.where(who % 2 == 0, "control", "blend"),
            "at": _moments(draw, count, 0),
            "articles": pl.Series(draw.integers(1, 105_000, (count, 12)).astype(np.int32)).arr.to_list(),
        }
    )
    bought = pl.DataFrame(
        {
            "customer_id": ids.gather(draw.integers(0, customers, count // 5)),
            "article": draw.integers(1, 105_000, count // 5).astype(np.int32),
            "at": _moments(draw, count // 5, -7),
            "price": draw.lognormal(-3.5, 0.7, count // 5),
        }
    )
    return shown, bought


def _moments(draw: np.random.Generator, count: int, first_day: int) -> pl.Series:
    microseconds = pl.Series(draw.integers(first_day * 86_400_000_000, END * 86_400_000_000, count))
    return pl.select(pl.lit(START) + microseconds.cast(pl.Duration("us"))).to_series()


def _joined_by_duckdb(shown: pl.DataFrame, bought: pl.DataFrame) -> pl.DataFrame:
    with duckdb.connect(config={"threads": 2}) as database:
        database.register("shown", shown)
        database.register("bought", bought)
        table = pl.from_arrow(database.sql(_SQL).to_arrow_table())
        assert isinstance(table, pl.DataFrame)
        return table


def _simulations(count: int) -> None:
    town = shop()
    baseline = Amount(town.mean, town.deviation)
    for_conversion = planned_size(Proportion(RATE), RISE)
    for_revenue = planned_size(baseline, REVENUE_RISE)
    draw = np.random.default_rng(2026)
    revenue = revenues(draw, _arrivals(draw, for_revenue, count), town)
    converted = {
        rise: conversions(draw, _arrivals(draw, for_conversion, count), np.array([RATE, RATE * (1 + rise)]))
        for rise in (0.0, RISE / 2, RISE, 2 * RISE)
    }
    print(f"\n## Simulations: {count:,} experiments each\n")
    print("| planned for | customers of each variant, one look | daily looks |\n|---|--:|--:|")
    print(f"| conversion {RATE:.0%}, a rise of {RISE:.0%} | {_each_size(for_conversion)} |")
    print(f"| revenue, a rise of {REVENUE_RISE:.0%}, without CUPED | {_each_size(for_revenue)} |")

    by_conversion = partial(_looked_at, size=for_conversion)
    by_revenue = partial(_looked_at, size=for_revenue)
    equal = {
        "conversion": by_conversion(converted[0.0]),
        "revenue": by_revenue(without_covariate(revenue)),
        "revenue with CUPED": by_revenue(revenue),
    }
    _false_alarms(equal | dict(_several(draw, count)))
    _coverage(
        [(what, found, 0.0, 0.0) for what, found in equal.items()]
        + [
            ("conversion", by_conversion(converted[RISE]), RISE, RISE * RATE),
            (
                "revenue",
                by_revenue(lifted(without_covariate(revenue), REVENUE_RISE)),
                REVENUE_RISE,
                REVENUE_RISE * town.mean,
            ),
            (
                "revenue with CUPED",
                by_revenue(lifted(revenue, REVENUE_RISE)),
                REVENUE_RISE,
                REVENUE_RISE * town.mean,
            ),
        ]
    )
    powers = [("conversion", rise, by_conversion(converted[rise])) for rise in (RISE / 2, RISE, 2 * RISE)]
    for what, sums in [("revenue", without_covariate(revenue)), ("revenue with CUPED", revenue)]:
        for rise in (REVENUE_RISE / 2, REVENUE_RISE, 2 * REVENUE_RISE):
            powers.append((what, rise, by_revenue(lifted(sums, rise))))
    _power(powers)
    plain, cuped = equal["revenue"], equal["revenue with CUPED"]
    gain = 1 - cuped.difference[:, -1, 0].var() / plain.difference[:, -1, 0].var()
    print("\n| CUPED takes off the variance | |\n|---|--:|")
    print(f"| the correlation squared ({town.correlation:.3f}²) | {town.correlation**2:.1%} |")
    print(f"| as the analysis tells it, mean | {cuped.means.reduction[:, -1].mean():.1%} |")
    print(f"| of the estimates of all experiments | {gain:.1%} |")
    _sample_ratio(draw, count)


def _each_size(size: Size) -> str:
    return f"{size.fixed[0]:,} | {size.always_valid[0]:,}"


def _arrivals(
    draw: np.random.Generator, size: Size, count: int, shares: tuple[float, ...] = HALVES
) -> np.ndarray:
    """From the first day to that at which the size for daily looks is reached."""
    a_day = round(sum(size.fixed) / END)
    return arrivals(draw, count, round(sum(size.always_valid) / a_day), a_day, shares)


def _looked_at(sums: Sums, size: Size, level: float = 0.95) -> Effects:
    return effects(sums, np.array(size.always_valid, dtype=np.float64), level)


def _several(draw: np.random.Generator, count: int) -> Iterator[tuple[str, Effects]]:
    """Unequal shares, and four variants, at 1 % conversion."""
    for what, shares in [
        ("conversion 1 %, 90 : 10", (0.9, 0.1)),
        ("conversion 1 %, four variants", (0.25,) * 4),
    ]:
        size = planned_size(Proportion(0.01), 0.2, shares)
        customers = _arrivals(draw, size, count, shares)
        sums = conversions(draw, customers, np.full(len(shares), 0.01))
        yield what, _looked_at(sums, size, 1 - 0.05 / (len(shares) - 1))


def _false_alarms(equal: dict[str, Effects]) -> None:
    print(
        "\n| variants that do not differ: a difference is found by | one look, day 28 | daily, to day 28 |",
        end="",
    )
    print(
        " daily, to the end | **always valid, daily, to the end** | of it days 1–3 |\n|---|--:|--:|--:|--:|--:|"
    )
    for what, found in equal.items():
        once, always = finds(found.fixed), finds(found.always)
        shares = [once[:, END - 1], once[:, :END].any(axis=1), once.any(axis=1), always.any(axis=1)]
        early = always[:, :3].any(axis=1).mean()
        cells = [f"{share.mean():.1%}" for share in shares]
        print(f"| {what} | {' | '.join(cells[:3])} | **{cells[3]}** | {early:.2%} |")


def _coverage(rows: list[tuple[str, Effects, float, float]]) -> None:
    print(
        "\n| covers the truth | one look: difference | relative | at every daily look: difference |", end=""
    )
    print(" relative |\n|---|--:|--:|--:|--:|")
    for what, found, relative, absolute in rows:
        cells = [
            covers(found.fixed, absolute)[:, END - 1],
            covers(found.fixed_relative, relative)[:, END - 1],
            covers(found.always, absolute).all(axis=1),
            covers(found.always_relative, relative).all(axis=1),
        ]
        print(f"| {what}, truth {relative:+.0%} | {' | '.join(f'{cell.mean():.1%}' for cell in cells)} |")


def _power(rows: list[tuple[str, float, Effects]]) -> None:
    print(
        "\n| finds the rise | one look, day 28 | always valid, to day 28 | to the end | median day | last day |"
    )
    print("|---|--:|--:|--:|--:|--:|")
    for what, rise, found in rows:
        always = finds(found.always)
        cells = [finds(found.fixed)[:, END - 1], always[:, :END].any(axis=1), always.any(axis=1)]
        day = np.nanmedian(first_find(always))
        shares = " | ".join(f"{cell.mean():.1%}" for cell in cells)
        print(f"| {what} {rise:+.0%} | {shares} | {day:.0f} | {always.shape[1]} |")


def _sample_ratio(draw: np.random.Generator, count: int) -> None:
    print("\n| the sample ratio is called broken, 2,000 customers a day | daily χ², p < 0.01 |", end="")
    print(" always valid | median day |\n|---|--:|--:|--:|")
    for what, lost in [("as planned", 0.0), ("one side loses 2 %", 0.02), ("one side loses 5 %", 0.05)]:
        shares = np.array([1.0, 1 - lost])
        seen = arrivals(draw, count, 54, 2000, tuple(shares / shares.sum())).cumsum(axis=1).astype(float)
        chi_square = (seen[..., 0] - seen[..., 1]) ** 2 / seen.sum(axis=-1)
        naive = (chi_square > 6.635).any(axis=1)  # χ², one degree of freedom, 1 %
        always = always_valid_p_value(seen, np.array(HALVES), 2000 * 54) < 0.01
        day = f"{np.nanmedian(first_find(always)):.0f}" if lost else ""
        print(f"| {what} | {naive.mean():.1%} | {always.any(axis=1).mean():.1%} | {day} |")


if __name__ == "__main__":
    typer.run(main)
