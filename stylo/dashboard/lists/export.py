"""The articles of a list as a table for people and programs, and as a CSV that spreadsheets open safely."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence

import numpy as np
import polars as pl

from stylo.dashboard.shop import Shop

#: A spreadsheet takes a cell that begins like this for a formula, which may send what it knows elsewhere.
_FORMULA = r"^\s*[=+\-@＝＋－＠]|^[\t\r\n]"
_COLUMNS = {
    "article_id": "article_id",
    "name": "prod_name",
    "type": "product_type_name",
    "colour": "colour_group_name",
    "pattern": "graphical_appearance_name",
    "section": "section_name",
    "department": "department_name",
    "price": "price",
    "sold_last_week": "sales",
    "sold_in_all": "sold",
    "first_sold": "first_sold",
    "has_photo": "has_photo",
}
Articles = Sequence[int] | np.ndarray | pl.Series


def table(shop: Shop, articles: Articles) -> pl.DataFrame:
    """A row for each article of the catalogue, in their order: `article_id`, `name`, `type`, `colour`, `pattern`,
    `section`, `department`, `price` (last paid, units of money), `sold_last_week` and `sold_in_all` (before the shop's
    day), `first_sold` (the first day of that week), `has_photo`.
    """
    places = shop.places(np.asarray(articles, dtype=np.int64))
    return shop.articles.select(**_COLUMNS)[places[places >= 0]]


def telling(shop: Shop) -> list[str]:
    """The columns of `table` in which the shop's articles differ, and always `article_id` and `name`."""
    always = ("article_id", "name")
    return [name for name, column in _COLUMNS.items() if name in always or column in shop.telling]


def csv(shop: Shop, articles: Articles) -> bytes:
    """`table` as CSV, prices with two decimals."""
    return safe_csv(table(shop, articles), decimals=2)


def safe_csv(rows: pl.DataFrame, decimals: int | None = None) -> bytes:
    """A table as CSV: UTF-8 with the mark by which spreadsheets know it; what they would take for a formula is text."""
    text = pl.col(pl.String)
    safe = pl.when(text.str.contains(_FORMULA)).then("'" + text).otherwise(text)
    return codecs.BOM_UTF8 + rows.with_columns(safe.name.keep()).write_csv(float_precision=decimals).encode()


def ids(shop: Shop, articles: Articles) -> str:
    """The ids of `table`, one a line."""
    return "\n".join(table(shop, articles)["article_id"])


def ids_of(shop: Shop, articles: Articles) -> list[str]:
    return [shop.ids.id(int(each)) for each in articles]


def file_name(name: str) -> str:
    """A name for a file on any system, in the script of the name: `Summer: été` → `Summer-été.csv`."""
    words = re.sub(r"\W+", "-", name).strip("-_")[:60]
    return f"{words or 'articles'}.csv"
