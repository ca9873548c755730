"""Rules compiled for the articles of a shop, with what `stock.csv` and the photos say of them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import polars as pl

from stylo.errors import BadOption
from stylo.records.merchandising import RulesFile
from stylo.rules.columns import STOCK_FILE, ArticleColumns, read_stock
from stylo.rules.compiled import CompiledRules, compile_rules
from stylo.rules.looks import looks_of
from stylo.tables.folder import DataFolder
from stylo.tables.ids import ArticleIds


def columns_of(articles: pl.DataFrame, data: Path, ids: ArticleIds) -> ArticleColumns:
    """The columns of a shop's articles, with those of the data folder's `stock.csv`.

    Raises BadOption for a `stock.csv` that is no good.
    """
    return ArticleColumns.of(articles, read_stock(data / STOCK_FILE, ids))


def columns_without_bad_stock(articles: pl.DataFrame, data: Path, ids: ArticleIds) -> ArticleColumns:
    """The same; a `stock.csv` that is no good is left out, and the notes say so."""
    try:
        return columns_of(articles, data, ids)
    except BadOption as error:
        note = f"{STOCK_FILE} is left out: {error.problem} {error.where}".strip()
        return ArticleColumns(articles, (note,))


def compile_with_looks(
    file: RulesFile, columns: ArticleColumns, folder: DataFolder | None, version: str | None = None
) -> CompiledRules:
    """folder : where what was found of the photos lies; None if it may not be used."""
    looks = partial(looks_of, folder, columns.frame["article"].to_numpy())
    return compile_rules(file, columns, looks, version)
