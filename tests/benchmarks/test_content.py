"""The ranks of the content benchmark, counted by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.content import bought_pairs, places
from stylo.content.text import unit
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder


def test_the_place_counts_other_products_that_are_nearer_and_half_of_the_ties() -> None:
    # From 10001 eastwards: its own variant, 20001, then 30001 and 40001 at the same angle, then 50001.
    vectors = unit(np.array([[1, 0], [1, 0], [1, 0.1], [1, 1], [2, 2], [0, 1]], dtype=np.float32))
    articles = pl.DataFrame(
        {"article": [10001, 10002, 20001, 30001, 40001, 50001], "product_code": [10, 10, 20, 30, 40, 50]}
    )
    pairs = pl.DataFrame({"article": [10001] * 4, "other": [20001, 30001, 40001, 50001]})
    assert places(vectors, articles, pairs).tolist() == [0, 1.5, 1.5, 3]


def test_pairs_are_of_one_customer_two_products_and_thirty_days(tiny_shop: Path) -> None:
    rows = (tiny_shop / "transactions_train.csv").read_text().splitlines()
    one = rows[1].split(",")[1]
    rows += [f"2020-09-20,{one},0200000001,0.05,2", f"2020-12-20,{one},0999999999,0.05,2"]
    (tiny_shop / "transactions_train.csv").write_text("\n".join(rows) + "\n")
    folder = DataFolder(tiny_shop)
    convert(tiny_shop, folder)
    found = pl.concat([bought_pairs(folder, odd) for odd in (True, False)])
    assert sorted(found.select("article", "other").rows()) == [
        (108775015, 200000001),  # 1 September, 20 September
        (108775044, 200000001),
        (200000001, 108775044),  # the same day: both ways
    ]
