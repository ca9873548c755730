"""All that is watched, from one pass over the purchases."""

from __future__ import annotations

import numpy as np
import polars as pl

from stylo.drift import buyers
from stylo.drift import sales as assortment
from stylo.drift.buyers import BuyerSignals, outcome_signals, prediction_signals
from stylo.drift.sales import SETTLED_WEEKS, AssortmentSignals, OwnPriceSignal, SalesSignal, look_signals
from stylo.drift.signal import Signal
from stylo.drift.weeks import Weeks, count_weeks
from stylo.tables.schemas import PRICE_UNIT
from stylo.vectors.embeddings import Embeddings


def weekly_signals(
    sold: pl.LazyFrame,
    customers: pl.LazyFrame,
    articles: pl.LazyFrame,
    weeks: Weeks,
    embeddings: Embeddings | None = None,
    predictions: pl.DataFrame | None = None,
    outcomes: pl.DataFrame | None = None,
    price_unit: float = PRICE_UNIT,
) -> list[Signal]:
    """The signals of customers, articles, prices, channels and sales; of the other frames where they are given.

    sold, customers, articles : the tables of a data folder; of `predictions` and `outcomes` see `answers`.
    price_unit : units of money in a price of 1 in `sold`.

    O(transactions), some seconds and 0.3 GB for 31 million.
    """
    who = BuyerSignals(customers.select(buyers.COLUMNS).collect(), weeks.count)
    what = AssortmentSignals(articles.select(assortment.COLUMNS).collect(), weeks.count)
    sales, own_prices = SalesSignal(), OwnPriceSignal(what, weeks.count)
    for counts in count_weeks(sold, weeks, price_unit):
        for each in (who, what, sales, own_prices):
            each.add(counts)
    per_week = who.per_week()
    signals = [
        *sales.signals(per_week),
        own_prices.signal(per_week),
        *who.signals(),
        *what.signals(per_week),
    ]
    if embeddings is not None:
        first_week = what.first_week[what.rows(embeddings.articles)]
        known = np.isin(embeddings.articles, what.articles)
        signals += look_signals(embeddings, np.where(known, first_week, -1), weeks.count, SETTLED_WEEKS)
    if predictions is not None:
        signals += prediction_signals(predictions, weeks, what)
    if outcomes is not None:
        signals += outcome_signals(outcomes, weeks)
    return signals
