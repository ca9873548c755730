"""Facts of articles in shops of other currencies."""

from __future__ import annotations

import polars as pl
from helpers import AS_OF, catalogue, transactions

from stylo.candidates.history import History
from stylo.ranking.facts import ArticleFacts


def test_the_mean_of_very_high_prices_is_their_mean() -> None:
    # 999,999,936 is the highest price that a Float32 below the limit can hold.
    rows = transactions(*[("2020-09-01", 1, 1)] * 300).with_columns(price=pl.lit(999_999_936, pl.Float32))
    facts = ArticleFacts.of(History(rows, catalogue((1, 1, 1, 1))), AS_OF)
    assert facts.price.tolist() == facts.first_price.tolist() == [999_999_936]
