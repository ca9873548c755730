"""What the customers of an experiment did: one row for each customer exposed.

                   first exposure
── days before ─────────┼────────────── window ──────────────┼──
revenue_before          │  converted, hits, revenue          │   finished: now lies here
                     ◂──┤ clock tolerance
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from stylo.experiments.experiment import Experiment

#: A purchase so little before its exposure is taken for one after it, stamped by another clock.
CLOCK_TOLERANCE = timedelta(seconds=10)
_GONE = 255  # a variant that the experiment does not have
# Ten times as fast to group and join by as the 64 characters of an id.
_KEY = pl.col("customer_id").hash().alias("key")


@dataclass(frozen=True)
class Outcomes:
    """The customers, and how much was set aside.

    customers : `customer_id`, `variant`, `first_exposure`, `finished` (the window is over), `converted`, `hits`
        (distinct articles bought after they were shown), `revenue`, `revenue_before`; in no order.
    several_variants : customers who saw more than one variant; they are left out.
    gone_variant : customers who saw only a variant that the experiment does not have; they are left out.
    later_exposures : exposures after `now`; they are left out.
    unexposed_purchases : purchases of customers without exposure; they are left out.
    early_purchases : purchases before the exposure by no more than the clock tolerance; they count as after it.
    """

    customers: pl.DataFrame
    several_variants: int
    gone_variant: int
    later_exposures: int
    unexposed_purchases: int
    early_purchases: int


def outcomes(
    exposures: pl.LazyFrame | pl.DataFrame,
    purchases: pl.LazyFrame | pl.DataFrame,
    experiment: Experiment,
    now: datetime,
    clock_tolerance: timedelta = CLOCK_TOLERANCE,
    days_before: int | None = None,
) -> Outcomes:
    """Joins purchases to exposures, as they were known at a moment.

    Parameters
    ----------
    exposures : `customer_id` (String, or a number), `variant` String, `at` Datetime, `articles` List: what was shown.
        Of this experiment, since its salt last changed.
    purchases : `customer_id` as there, `article`, `at`, `price` (null counts as zero); one row per item. From
        before the first exposure on, for `revenue_before`.
    now : of the same kind as `at`: with a time zone or without. Anything later is ignored.
    days_before : of `revenue_before`; None for as many as the window has.

    Customers are told apart by 64 bits of a hash: among ten million customers, two are taken for one in three of a
    million analyses. O(exposures + purchases) time, and memory for both.
    """
    window = timedelta(days=experiment.window_days)
    ago = timedelta(days=experiment.window_days if days_before is None else days_before)
    all_exposures = exposures.lazy().select("customer_id", "variant", "at", "articles", _KEY).collect()
    shown = all_exposures.lazy().filter(pl.col("at") <= now)
    exposed = _exposed(shown, experiment.names)
    clean = pl.col("code") == pl.col("last_code")
    ours = exposed.filter(clean & (pl.col("code") != _GONE))

    made = purchases.lazy().filter(pl.col("at") <= now).select("article", "at", "price", _KEY).collect()
    theirs = made.join(exposed, on="key")
    since = pl.col("at") - pl.col("first_exposure")
    counted = theirs.filter(clean & (pl.col("code") != _GONE)).select(
        "key",
        "article",
        "at",
        price=pl.col("price").cast(pl.Float64).fill_null(0),
        within=since.is_between(-clock_tolerance, window, closed="left"),
        before=since.is_between(-ago, -clock_tolerance, closed="left"),
        early=since.is_between(-clock_tolerance, timedelta(0), closed="left"),
    )
    customers = (
        ours.lazy()
        .join(_bought(counted.lazy()), on="key", how="left")
        .join(_hits(counted.lazy().filter("within"), shown, clock_tolerance), on="key", how="left")
        .select(
            "customer_id",
            pl.col("code")
            .replace_strict(
                range(len(experiment.names)), experiment.names, return_dtype=pl.Enum(experiment.names)
            )
            .alias("variant"),
            "first_exposure",
            (pl.col("first_exposure") + window <= now).alias("finished"),
            pl.col("converted").fill_null(value=False),
            pl.col("hits").fill_null(0),
            pl.col("revenue", "revenue_before").fill_null(0.0),
        )
        .collect()
    )
    return Outcomes(
        customers=customers,
        several_variants=exposed.select((~clean).sum()).item(),
        gone_variant=exposed.select((clean & (pl.col("code") == _GONE)).sum()).item(),
        later_exposures=int((all_exposures["at"] > now).sum()),
        unexposed_purchases=made.height - theirs.height,
        early_purchases=int(counted["early"].sum()),
    )


def _exposed(shown: pl.LazyFrame, names: tuple[str, ...]) -> pl.DataFrame:
    """Each customer's first exposure, and the lowest and highest of the variants' numbers."""
    number = (
        pl.col("variant").cast(pl.Enum(names), strict=False).to_physical().cast(pl.UInt8).fill_null(_GONE)
    )
    seen = shown.select("customer_id", "key", "at", code=number).with_row_index("row").collect()
    exposed = seen.group_by("key").agg(
        pl.min("row"), pl.min("at").alias("first_exposure"), pl.min("code"), pl.max("code").alias("last_code")
    )
    return exposed.select(seen["customer_id"].gather(exposed["row"]), pl.exclude("row"))


def _bought(counted: pl.LazyFrame) -> pl.LazyFrame:
    def paid(when: str) -> pl.Expr:
        return pl.when(when).then("price").otherwise(0.0).sum()

    return counted.group_by("key").agg(
        converted=pl.col("within").any(), revenue=paid("within"), revenue_before=paid("before")
    )


def _hits(bought: pl.LazyFrame, shown: pl.LazyFrame, clock_tolerance: timedelta) -> pl.LazyFrame:
    """How many distinct articles each customer bought after they were shown."""
    last = bought.group_by("key", "article").agg(bought_at=pl.max("at") + clock_tolerance)
    return (
        shown.select("key", "at", "articles")
        .join(last, on="key")
        .filter((pl.col("at") <= pl.col("bought_at")) & pl.col("articles").list.contains(pl.col("article")))
        .group_by("key")
        .agg(hits=pl.col("article").n_unique())
    )
