"""Differences: Welch's statistic, CUPED as a regression, Fieller's set by search, and no conclusion from nothing."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from scipy.stats import norm, ttest_ind

from stylo.experiments.effects import Effects, effects, standard_errors
from stylo.experiments.sums import Sums, adjusted_means, sums

NAMES = ("control", "blend", "new")
PLANNED = np.array([1500.0, 1000.0, 500.0])


def customers(seed: int = 0, correlated: bool = True) -> pl.DataFrame:
    """1,500, 1,000 and 500 customers, most of whom buy nothing."""
    draw = np.random.default_rng(seed)
    variant = np.repeat([0, 1, 2], [1500, 1000, 500])
    rate = draw.gamma(0.5, 1.0, 3000)
    before, after = (draw.poisson(rate) * draw.lognormal(0, 0.5, 3000) for _ in range(2))
    return pl.DataFrame(
        {
            "variant": np.array(NAMES)[variant],
            "converted": after > 0,
            "hits": draw.poisson(0.1, 3000),
            "revenue": after * np.array([1, 1.2, 0.8])[variant],
            "revenue_before": before if correlated else np.zeros(3000),
        }
    )


def compared(table: pl.DataFrame, metric: str = "revenue", level: float = 0.95) -> Effects:
    _, found = sums(table, [metric], NAMES)
    return effects(found[metric], PLANNED, level)


def values(table: pl.DataFrame, column: str) -> list[np.ndarray]:
    return [
        table.filter(pl.col("variant") == name)[column].cast(pl.Float64).to_numpy().copy() for name in NAMES
    ]


def test_without_a_covariate_it_is_welchs_comparison() -> None:
    table = customers(correlated=False)
    found = compared(table)
    control, *variants = values(table, "revenue")
    for place, variant in enumerate(variants):
        welch = ttest_ind(variant, control, equal_var=False)
        z = found.difference[0, place] / found.standard_error[0, place]
        assert z == pytest.approx(welch.statistic)
        assert found.p_value[0, place] == pytest.approx(2 * norm.sf(abs(welch.statistic)))
        half = 1.959964 * found.standard_error[0, place]
        assert found.fixed.high[0, place] == pytest.approx(variant.mean() - control.mean() + half)
    assert found.means.reduction == 0


@pytest.mark.parametrize(("metric", "column"), [("conversion", "converted"), ("hit_rate", "hits")])
def test_shares_of_customers_are_compared_as_proportions(metric: str, column: str) -> None:
    table = customers()
    found = compared(table, metric)
    shares = [(each > 0).mean() for each in values(table, column)]
    assert found.means.mean[0] == pytest.approx(shares)
    variance = [share * (1 - share) / (n - 1) for share, n in zip(shares, PLANNED, strict=True)]
    assert found.means.variance[0] == pytest.approx(variance)


def test_cuped_is_a_regression_on_the_variants_and_what_was_before() -> None:
    table = customers()
    revenue, before = table["revenue"].to_numpy(), table["revenue_before"].to_numpy()
    dummies = np.stack([(table["variant"] == name).to_numpy() for name in NAMES], axis=1).astype(float)
    design = np.column_stack([dummies, before])
    fitted, *_ = np.linalg.lstsq(design, revenue)
    found = compared(table)
    assert found.difference[0] == pytest.approx(fitted[1:3] - fitted[0])
    residual = revenue - design @ fitted
    plain = revenue - dummies @ [each.mean() for each in values(table, "revenue")]
    assert found.means.reduction[0] == pytest.approx(1 - (residual**2).sum() / (plain**2).sum())
    spread = [(residual[dummies[:, v] == 1] ** 2).sum() / (n - 1) / n for v, n in enumerate(PLANNED)]
    assert found.means.variance[0] == pytest.approx(spread)


def test_the_relative_interval_is_the_set_of_ratios_that_are_within_reach() -> None:
    table = customers()
    found = compared(table)
    _, added = sums(table, ["revenue"], NAMES)
    means = adjusted_means(added["revenue"])
    ratios = np.linspace(0.2, 3, 280_001)
    for interval, reach in [
        (found.fixed_relative, 1.959964),
        (found.always_relative, float(standard_errors(np.array(1.0), 0.95))),
    ]:
        for place in (1, 2):
            off = means.mean[0, place] - ratios * means.mean[0, 0]
            variance = means.variance[0, place] + ratios**2 * means.variance[0, 0]
            variance += (1 - ratios) ** 2 * means.shared[
                0
            ]  # what both means share cancels out at a ratio of one
            inside = ratios[np.abs(off) <= reach * np.sqrt(variance)]
            assert interval.low[0, place - 1] == pytest.approx(inside[0] - 1, abs=2e-5)
            assert interval.high[0, place - 1] == pytest.approx(inside[-1] - 1, abs=2e-5)


def test_the_always_valid_interval_is_tuned_to_the_planned_size_of_each_comparison() -> None:
    found = compared(customers())
    assert found.progress[0] == pytest.approx([1, 1])
    half = (found.always.high - found.always.low)[0] / 2 / found.standard_error[0]
    assert half == pytest.approx(float(standard_errors(np.array(1.0), 0.95)))
    _, added = sums(customers(), ["revenue"], NAMES)
    # 1,500 and 1,000 give 1 ÷ (1/1500 + 1/1000) = 600; twice as many planned, half of it is known.
    assert effects(added["revenue"], 2 * PLANNED, 0.95).progress[0, 0] == pytest.approx(0.5)


def test_many_looks_are_compared_at_once_as_one_by_one() -> None:
    tables = [customers(seed) for seed in range(3)]
    each = [sums(table, ["revenue"], NAMES)[1]["revenue"] for table in tables]
    together = Sums(*(np.stack(parts) for parts in zip(*(vars(one).values() for one in each), strict=True)))
    found = effects(together, PLANNED, 0.95)
    for place, one in enumerate(each):
        assert found.always.low[place] == pytest.approx(effects(one, PLANNED, 0.95).always.low)


def nobody_buys(control: int, blend: int, bought: int = 0) -> Effects:
    """`bought` of the control's customers convert, and none of the others."""
    table = pl.DataFrame(
        {
            "variant": ["control"] * control + ["blend"] * blend,
            "converted": [place < bought for place in range(control + blend)],
        }
    )
    _, found = sums(table, ["conversion"], NAMES[:2])
    return effects(found["conversion"], PLANNED[:2], 0.95)


@pytest.mark.parametrize("numbers", [(0, 0), (1, 0), (1, 1), (1000, 1000)])
def test_where_nobody_buys_nothing_is_known(numbers: tuple[int, int]) -> None:
    found = nobody_buys(*numbers)
    assert (found.always.low, found.always.high, found.always_p_value) == (-math.inf, math.inf, 1)
    assert (found.fixed_relative.low, found.fixed_relative.high, found.p_value) == (-1, math.inf, 1)


def test_a_variant_in_which_nobody_buys_any_more_is_found() -> None:
    found = nobody_buys(1000, 1000, bought=80)
    assert found.always_relative.high < 0
    assert found.relative == -1


def test_sums_are_those_of_each_group_also_of_one_without_customers() -> None:
    table = customers().with_columns(segment=pl.when(pl.col("hits") > 0).then(pl.lit("seen")))
    groups, found = sums(table, ["revenue"], (*NAMES, "empty"), by=["segment"])
    assert groups["segment"].to_list() == [None, "seen"]
    mine = table.filter((pl.col("variant") == "blend") & (pl.col("hits") > 0))
    seen = {name: part[1, 1] for name, part in vars(found["revenue"]).items()}
    assert seen == pytest.approx(
        {
            "customers": mine.height,
            "not_zero": (mine["revenue"] > 0).sum(),
            "outcome": mine["revenue"].sum(),
            "outcome_squared": (mine["revenue"] ** 2).sum(),
            "before": mine["revenue_before"].sum(),
            "before_squared": (mine["revenue_before"] ** 2).sum(),
            "product": mine["revenue"].dot(mine["revenue_before"]),
        }
    )
    assert found["revenue"].customers[:, 3].tolist() == [0, 0]
