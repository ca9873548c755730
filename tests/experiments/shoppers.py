"""Customers of an experiment with outcomes that a reader can count."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

START = datetime(2020, 9, 1)


def customers(
    name: str,
    count: int,
    buyers: int,
    price: float = 1.0,
    hits: int = 0,
    days: int = 10,
    unfinished: int = 0,
    before: float = 0.0,
) -> pl.DataFrame:
    """A variant's customers as `outcomes` has them: buyers pay `price`, the first `hits` of them bought what was shown.

    They come evenly over `days`; the last `unfinished` have a window that is not over.
    """
    place = pl.int_range(count, eager=True)
    return pl.DataFrame(
        {
            "customer_id": pl.select(pl.format("{} {}", pl.lit(name), place)).to_series(),
            "variant": pl.repeat(name, count, eager=True),
            "first_exposure": pl.select(START + (place % days) * timedelta(days=1)).to_series(),
            "finished": place < count - unfinished,
            "converted": place < buyers,
            "hits": (place < hits).cast(pl.UInt32),
            "revenue": (place < buyers) * price,
            "revenue_before": (place < buyers) * before,
        }
    )
