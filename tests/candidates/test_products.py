"""Variants are told by the product code in the table, never by the digits of an id."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
from helpers import (
    ARTICLE_COLUMNS,
    AS_OF,
    article_row,
    bought,
    catalogue,
    transactions,
    write_shop,
)

from stylo.assortment import Assortment
from stylo.candidates.catalogue import PRODUCT, Catalogue
from stylo.candidates.history import History
from stylo.candidates.personal import Variants
from stylo.candidates.strategy import candidates
from stylo.evaluation.breakdowns import kinds
from stylo.ranking.facts import ArticleFacts
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder
from stylo.tables.schemas import WEEKLY_SALES
from stylo.visual.twins import make_twins

#: Ids in sequence, as most shops give them: all of them begin with the same seven digits.
CODES = {1: 50, 2: 40, 3: 50, 4: -1, 5: -1, 6: 30}
TABLE = catalogue(*((article, 1, 1, 1) for article in CODES)).with_columns(
    product_code=pl.Series(list(CODES.values()), dtype=pl.Int32)
)


def test_articles_with_a_product_code_are_a_product_and_those_without_stand_alone() -> None:
    found = Catalogue.of(TABLE, np.array([7, 8]))  # sold, and not in the table
    assert found.articles.tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
    assert found.product_codes.tolist() == [50, 40, 50, -1, -1, 30, -1, -1]
    group = found.groups[PRODUCT]
    assert group[0] == group[2]
    assert len(set(group.tolist())) == 7
    # Codes are given as products are made: 30, 40, 50.
    assert group[5] < group[1] < group[0]


def test_who_bought_an_article_is_offered_its_variants_alone() -> None:
    history = History(transactions(("2020-09-01", 1, 1), ("2020-09-01", 2, 4)), TABLE)
    found = candidates(Variants(), history, pl.Series([1, 2], dtype=pl.UInt32), AS_OF, 5)
    assert found.select("customer", "article").rows() == [(1, 3)]


def test_what_was_bought_is_a_variant_by_its_code() -> None:
    history = History(transactions(("2020-09-01", 1, 1), ("2020-09-01", 9, 2), ("2020-09-01", 9, 3)), TABLE)
    truth = pl.DataFrame(
        {"customer": [1, 1], "article": [2, 3]}, {"customer": pl.UInt32, "article": pl.Int32}
    )
    assert kinds(truth, history, AS_OF)["kind"].to_list() == ["sold to others", "variant"]


def test_newness_goes_by_the_code_and_not_by_the_id() -> None:
    history = History(transactions(("2020-09-01", 1, 1), ("2020-09-01", 1, 2), ("2020-09-01", 1, 6)), TABLE)
    newness = ArticleFacts.of(history, AS_OF).newness
    # Of three sales: none of a smaller code than 30 (article 6), one than 40 (2), two than 50 (1).
    assert newness[[5, 1, 0]].round(4).tolist() == [
        0.0,
        np.float32(1 / 3).round(4),
        np.float32(2 / 3).round(4),
    ]


def shop(folder: Path) -> DataFolder:
    write_shop(folder, [bought("2020-09-01", 1)])
    rows = [article_row(f"{number:010d}").split(",", 2) for number in CODES]
    lines = [f"{row[0]},{code},{row[2]}" for row, code in zip(rows, CODES.values(), strict=True)]
    (folder / "articles.csv").write_text("\n".join([ARTICLE_COLUMNS, *lines]) + "\n")
    convert(folder, DataFolder(folder))
    return DataFolder(folder)


def test_twins_without_variants_leave_out_the_product_alone(tmp_path: Path) -> None:
    folder = shop(tmp_path)
    vectors = np.random.default_rng(1).normal(size=(6, 8)).astype(np.float32)
    np.save(folder.path("visual_features.npy"), vectors)
    (folder.root / "visual_features.json").write_text(json.dumps([f"{number:010d}" for number in CODES]))
    make_twins(folder, k=5, variants=False)
    twins = pl.read_parquet(folder.path("visual_reccs.parquet"))
    near = {mine: set(its["neighbour"]) for (mine,), its in twins.group_by("article")}
    assert near == {
        mine: {other for other in CODES if other != mine and {mine, other} != {1, 3}} for mine in CODES
    }


def test_the_variants_on_an_articles_page_are_those_of_its_product(tmp_path: Path) -> None:
    folder = shop(tmp_path)
    articles = folder.scan("articles.parquet").collect()
    assortment = Assortment(folder, articles, pl.DataFrame(schema=WEEKLY_SALES))
    assert [row["article"] for row in assortment.variants(1)] == [3]
    assert assortment.variants(4) == []
    assert assortment.variants(99) == []
