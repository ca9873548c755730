"""The columns of Kaggle's three CSVs, of the Parquet tables made from them, and how the text is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import polars as pl
from polars._typing import PolarsDataType

from stylo.tables.ids import (
    LONGEST_OWN_ID,
    OTHER_SKUS,
    article_numbers,
    check_customer_ids,
    check_other_skus,
    check_own_ids,
)

#: Of a shop that says nothing else (see `DataFolder.price_unit`).
#: Every price of the real sample times 590 is a whole number of cents (31,662 of 31,662 rows); the currency
#: is not published.
PRICE_UNIT = 590
#: Prices lie below it: any shop's, in any currency, and no barcode, which has thirteen digits.
PRICE_LIMIT = 1e9
#: The name of what nobody knows of an article; its code is -1.
UNKNOWN_NAME = "Unknown"
#: In a shop, and online.
CHANNELS = (1, 2)
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_OLDEST = 120
_LARGEST_CODE = 2**31 - 1
_TRANSACTION_COLUMNS = ("t_dat", "customer", "article", "price", "sales_channel_id")
#: `rejects.parquet`: the CSV, the line on which the record begins (1 is the header), why, and the record itself.
REJECTS = pl.Schema({"file": pl.String, "line": pl.UInt32, "reason": pl.String, "raw": pl.String})
#: `folds.parquet`: rolling weeks, each with all that is known before its cutoff; 1 is the earliest.
FOLDS = pl.Schema(
    {
        "fold": pl.UInt16,
        "cutoff": pl.Date,
        "until": pl.Date,
        "train_rows": pl.UInt32,
        "valid_rows": pl.UInt32,
        "customers": pl.UInt32,
    }
)
#: `weekly_sales.parquet`: `week` is its first day; `online` of the sales; prices in units of money.
WEEKLY_SALES = pl.Schema(
    {
        "article": pl.Int32,
        "week": pl.Date,
        "sales": pl.UInt32,
        "online": pl.UInt32,
        "mean_price": pl.Float32,
        "last_price": pl.Float32,
    }
)
#: How many articles a list holds by default, and by how many it is judged, as in Kaggle's competition.
LIST_LENGTH = 12


@dataclass(frozen=True)
class Column:
    """A column of a CSV: its name, what it must hold in words, and how its text is read.

    `read` maps the text to the value and to null where the text is not allowed. An empty cell is null and is
    an error unless the column is `optional`.
    """

    name: str
    holds: str
    read: Callable[[pl.Expr], pl.Expr]
    optional: bool = False


@dataclass(frozen=True)
class CsvTable:
    """One of Kaggle's CSV files: its name, its columns, and the column that must not repeat.

    own_id : a column that a file may have: the ids that the shop gives itself, which must not repeat either.
    other_ids : a column that a file with `own_id` may have: more of them for the same thing.
    """

    file: str
    columns: tuple[Column, ...]
    key: str | None = None
    own_id: Column | None = None
    other_ids: Column | None = None

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    def in_file(self, header: Sequence[str]) -> CsvTable:
        """The table as a file with this header holds it: with the shop's own ids as its last columns, or without."""
        if self.own_id is None or self.own_id.name not in header:
            return replace(self, own_id=None, other_ids=None)
        others = self.other_ids if self.other_ids and self.other_ids.name in header else None
        added = (self.own_id, others) if others else (self.own_id,)
        return replace(self, columns=(*self.columns, *added), other_ids=others)

    @property
    def keys(self) -> list[str]:
        """The columns that must not repeat, of a table `in_file`."""
        own = [self.own_id.name] if self.own_id and self.own_id in self.columns else []
        return [*([self.key] if self.key else []), *own]


def _date(text: pl.Expr) -> pl.Expr:
    date = text.str.to_date("%Y-%m-%d", strict=False)
    plausible = date.dt.year().is_between(_FIRST_YEAR, _LAST_YEAR)
    return pl.when(plausible & (date.dt.to_string("%Y-%m-%d") == text)).then(date)


def _price(text: pl.Expr) -> pl.Expr:
    price = text.cast(pl.Float32, strict=False)
    return pl.when(price.is_between(0, PRICE_LIMIT, closed="left")).then(price)


def _whole(dtype: PolarsDataType, least: int, most: int) -> Callable[[pl.Expr], pl.Expr]:
    def read(text: pl.Expr) -> pl.Expr:
        # Kaggle writes some whole numbers as 24.0.
        number = text.cast(pl.Float64, strict=False)
        fits = (number == number.round()) & number.is_between(least, most)
        return pl.when(fits).then(number.cast(dtype, strict=False))

    return read


def _text(text: pl.Expr) -> pl.Expr:
    return text


def _own_id(name: str) -> Column:
    holds = f"a text of at most {LONGEST_OWN_ID} printable characters, with no space at either end"
    return Column(name, holds, check_own_ids)


def _names(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "a text", _text) for name in names)


def _code(name: str) -> Column:
    # Kaggle's -1 is a kind that is not known.
    return Column(name, f"a whole number from -1 to {_LARGEST_CODE:,}", _whole(pl.Int32, -1, _LARGEST_CODE))


def _flag(name: str) -> Column:
    return Column(name, "1.0, 0.0 or nothing", _whole(pl.UInt8, 0, 1), optional=True)


_CUSTOMER_ID = Column("customer_id", "64 characters 0-9 a-f", check_customer_ids)
_ARTICLE_ID = Column("article_id", "ten digits with a leading zero", article_numbers)

TRANSACTIONS_CSV = CsvTable(
    "transactions_train.csv",
    (
        Column("t_dat", f"a date as YYYY-MM-DD from {_FIRST_YEAR} to {_LAST_YEAR}", _date),
        _CUSTOMER_ID,
        _ARTICLE_ID,
        Column("price", f"a number from 0 to below {PRICE_LIMIT:,.0f}", _price),
        Column("sales_channel_id", "1 (in a shop) or 2 (online)", _whole(pl.UInt8, *CHANNELS)),
    ),
)

CUSTOMERS_CSV = CsvTable(
    "customers.csv",
    (
        _CUSTOMER_ID,
        _flag("FN"),
        _flag("Active"),
        Column("club_member_status", "a text", _text, optional=True),
        Column("fashion_news_frequency", "a text", _text, optional=True),
        Column("age", f"a whole number from 0 to {_OLDEST}", _whole(pl.UInt8, 0, _OLDEST), optional=True),
        Column("postal_code", "a text", _text, optional=True),
    ),
    key="customer_id",
    own_id=_own_id("shop_customer_id"),
)

ARTICLES_CSV = CsvTable(
    "articles.csv",
    (
        _ARTICLE_ID,
        _code("product_code"),
        *_names("prod_name"),
        _code("product_type_no"),
        *_names("product_type_name", "product_group_name"),
        _code("graphical_appearance_no"),
        *_names("graphical_appearance_name"),
        _code("colour_group_code"),
        *_names("colour_group_name"),
        _code("perceived_colour_value_id"),
        *_names("perceived_colour_value_name"),
        _code("perceived_colour_master_id"),
        *_names("perceived_colour_master_name"),
        _code("department_no"),
        *_names("department_name", "index_code", "index_name"),
        _code("index_group_no"),
        *_names("index_group_name"),
        _code("section_no"),
        *_names("section_name"),
        _code("garment_group_no"),
        *_names("garment_group_name"),
        Column("detail_desc", "a text", _text, optional=True),
    ),
    key="article_id",
    own_id=_own_id("sku"),
    other_ids=Column(
        OTHER_SKUS,
        f"texts of at most {LONGEST_OWN_ID} printable characters each, with a tab between two",
        check_other_skus,
        optional=True,
    ),
)


#: Last columns that an artefact may have, the first of them or all: ids that the shop gives itself.
OWN_IDS: dict[str, tuple[str, ...]] = {
    "customers.parquet": ("shop_customer_id",),
    "articles.parquet": ("sku", OTHER_SKUS),
}
#: The columns that each Parquet artefact must have, in this order.
PARQUET_COLUMNS: dict[str, tuple[str, ...]] = {
    "transactions.parquet": _TRANSACTION_COLUMNS,
    "customers.parquet": ("customer", *CUSTOMERS_CSV.names),
    "articles.parquet": ("article", *ARTICLES_CSV.names),
    "train_split.parquet": _TRANSACTION_COLUMNS,
    "valid_split.parquet": _TRANSACTION_COLUMNS,
    "rejects.parquet": tuple(REJECTS),
    "folds.parquet": tuple(FOLDS),
    "visual_photos.parquet": ("article", "bytes", "mark", "digest", "colours"),
    "visual_reccs.parquet": ("article", "neighbour", "rank", "similarity"),
    "visual_reccs_plain.parquet": ("article", "neighbour", "rank", "similarity"),
    "visual_map.parquet": ("article", "x", "y"),
    "article_reccs.parquet": ("article", "strategy", "neighbour", "rank", "score", "proposed_by"),
    "weekly_sales.parquet": tuple(WEEKLY_SALES),
    "predictions.parquet": (
        "cutoff",
        "customer_id",
        "article_id",
        "model",
        "proposed_by",
        "reason",
        "because",
        "days",
    ),
}
