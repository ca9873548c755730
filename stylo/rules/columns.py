"""The columns that rules may ask for: those of the articles, and what `stock.csv` says of them now.

    article_id,stock,margin,brand
    0706016001,12,0.45,Divided

The first column is the article; any others may follow. A column whose cells are all numbers is one of numbers. An empty
cell is not known, and no condition fits it. Articles that the file does not name are not known in all of it.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from stylo.errors import BadOption
from stylo.records.merchandising import SHORT_NAMES, Condition, ValueRange, no_such
from stylo.tables.ids import ArticleIds, product_keys

STOCK_FILE = "stock.csv"
# The column with how many pieces there are.
_STOCK = "stock"
_LARGEST, _MOST_COLUMNS = 256 * 2**20, 100
_CURE = "Write it as CSV with commas: a column article_id first, then any others, such as stock and margin."
_HIDDEN = ("article",)


@dataclass(frozen=True, eq=False)
class ArticleColumns:
    """The articles of a shop in a fixed order; an article's place is its row.

    frame : `article`, distinct, and the columns.
    notes : what was found odd in `stock.csv`.
    stock : names of the columns that come from it.
    """

    frame: pl.DataFrame
    notes: tuple[str, ...] = ()
    stock: tuple[str, ...] = ()

    @classmethod
    def of(cls, articles: pl.DataFrame, stock: pl.DataFrame | None = None) -> ArticleColumns:
        """Of the articles, and rows of `read_stock`. Raises BadOption where both have a column."""
        if stock is None:
            return cls(articles)
        both = sorted({*stock.columns} & {*articles.columns} - {"article"})
        if both:
            raise BadOption(
                f"{STOCK_FILE} has a column that the catalogue has, too: {', '.join(both[:5])}.",
                cure=f"Rename it in {STOCK_FILE}.",
            )
        strangers = stock.join(articles, on="article", how="anti").height
        notes = (
            (f"{STOCK_FILE} names {strangers:,} articles that are not in the catalogue.",)
            if strangers
            else ()
        )
        joined = articles.join(stock, on="article", how="left", maintain_order="left")
        return cls(joined, notes, tuple(stock.columns[1:]))

    def __len__(self) -> int:
        return self.frame.height

    @cached_property
    def ids(self) -> ArticleIds:
        """The ids by which rules name articles."""
        return ArticleIds.of(self.frame)

    @property
    def names(self) -> list[str]:
        """Of all columns that a rule may name."""
        return [name for name in self.frame.columns if name not in _HIDDEN]

    @cached_property
    def _order(self) -> tuple[np.ndarray, np.ndarray]:
        numbers = self.frame["article"].to_numpy()
        order = np.argsort(numbers, kind="stable")
        return numbers[order], order

    def places(self, articles: np.ndarray) -> np.ndarray:
        """int64: the places of articles; −1 for one that is not here."""
        numbers, order = self._order
        if not len(numbers):
            return np.full(len(articles), -1)
        row = np.searchsorted(numbers, articles).clip(max=len(numbers) - 1)
        return np.where(numbers[row] == articles, order[row], -1)

    def column(self, name: str) -> pl.Series:
        """By its name or its short name. Raises ValueError where there is none."""
        name = name if name in self.frame.columns else SHORT_NAMES.get(name, name)
        if name not in self.names:
            raise ValueError(no_such("column", name, [*self.names, *SHORT_NAMES]))
        return self.frame[name]

    def fits(self, name: str, condition: Condition) -> tuple[np.ndarray, list[str]]:
        """bool (n + 1,), which articles fulfil a condition, the last one False; and what the condition names that no
        article has. Raises ValueError for a column that is not there or is of another kind."""
        column = self.column(name)
        found, missing = (
            _in_range(column, condition) if isinstance(condition, ValueRange) else _one_of(column, condition)
        )
        return np.append(found.fill_null(value=False).to_numpy(), False), missing

    def numbers(self, name: str) -> np.ndarray:
        """float64 (n + 1,): a column of numbers; NaN where unknown. Raises ValueError."""
        column = self.column(name)
        if not column.dtype.is_numeric():
            raise ValueError(f"the column {name!r} does not hold numbers")
        return np.append(column.cast(pl.Float64).fill_null(np.nan).to_numpy(), np.nan)

    def codes(self, name: str) -> np.ndarray:
        """int32 (n + 1,): equal where the values are; −1 where unknown, and last. Raises ValueError."""
        column = self.column(name)
        if column.name == "product_code":
            articles = self.frame["article"].to_numpy()
            keys = product_keys(articles, column.fill_null(-1).to_numpy())
            return np.append(np.unique(keys, return_inverse=True)[1], -1).astype(np.int32)
        codes = column.rank("dense").cast(pl.Int64) - 1
        return np.append(codes.fill_null(-1).to_numpy(), -1).astype(np.int32)


def _in_range(column: pl.Series, wanted: ValueRange) -> tuple[pl.Series, list[str]]:
    ends = [end for end in (wanted.min, wanted.max) if end is not None]
    of_days = isinstance(ends[0], date)
    if of_days != (column.dtype == pl.Date) or not (of_days or column.dtype.is_numeric()):
        holds = (
            "days" if column.dtype == pl.Date else "numbers" if column.dtype.is_numeric() else "no numbers"
        )
        raise ValueError(f"the column {column.name!r} holds {holds}: min = {wanted.min}, max = {wanted.max}")
    found = column.is_not_null()
    if column.dtype.is_float():
        found &= column.is_not_nan().fill_null(value=False)
    if wanted.min is not None:
        found &= column >= wanted.min
    if wanted.max is not None:
        found &= column <= wanted.max
    return found, []


def _one_of(column: pl.Series, labels: tuple[Any, ...]) -> tuple[pl.Series, list[str]]:
    if column.dtype == pl.Boolean:
        kind: tuple[type, ...] = (bool,)
    elif column.dtype.is_numeric():
        kind = (int, float)
    elif column.dtype == pl.String:
        kind = (str,)
    else:
        raise ValueError(f"the column {column.name!r} takes {{min = …, max = …}}")
    if wrong := [
        each for each in labels if not isinstance(each, kind) or (bool not in kind and isinstance(each, bool))
    ]:
        holds = {bool: "true or false", int: "numbers", str: "texts"}[kind[0]]
        raise ValueError(f"the column {column.name!r} holds {holds}, and not {wrong[0]!r}")
    if bool in kind:
        return column.is_in(list(labels)), []
    # A cell is equal to a number if that is written as the column would hold it: 19.99 fits a price of 32 bits.
    values: list[Any] = [_in_column(column, each) for each in labels]
    held = column if column.dtype == pl.String else column.cast(pl.Float64)
    there = set(held.drop_nulls().unique())
    missing = [each for each, value in zip(labels, values, strict=True) if value not in there]
    known = sorted(there) if missing and str in kind else []
    named = [no_such(f"{column.name}", each, known) for each in missing]
    return held.is_in(pl.Series(values, dtype=held.dtype)), named


def _in_column(column: pl.Series, label: str | float) -> str | float:
    """A label as the cells of a column are compared with it."""
    if isinstance(label, str):
        return label
    try:
        number = float(label)
    except OverflowError:  # a whole number of hundreds of digits
        return float("inf")
    return float(np.float32(number)) if column.dtype == pl.Float32 else number


def read_stock(path: Path, ids: ArticleIds | None = None) -> pl.DataFrame | None:
    """`stock.csv`: `article` and its other columns; None where there is none.

    ids : those of the shop; None for one without SKUs.

    Raises BadOption for a file that is no such table.
    """
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadOption(f"{path} cannot be read.", where=str(error), cure="Look at its rights.") from error
    if size > _LARGEST:
        raise BadOption(f"{path} has {size:,} bytes.", cure=f"At most {_LARGEST:,} bytes are read.")
    try:
        table = pl.read_csv(io.BytesIO(path.read_bytes()), infer_schema=False, encoding="utf8-lossy")
    except (pl.exceptions.PolarsError, OSError) as error:
        raise BadOption(f"{path} is not a table.", where=str(error).splitlines()[0], cure=_CURE) from error
    if table.columns[:1] != ["article_id"]:
        found = ", ".join(table.columns[:5])[:200]
        raise BadOption(
            f"The first column of {path} is not article_id.", where=f"It has: {found}", cure=_CURE
        )
    # Polars gives a name that is there twice another ending.
    if twice := [name for name in table.columns if name == "article" or "_duplicated_" in name]:
        name = twice[0].partition("_duplicated_")[0]
        raise BadOption(f"{path} has a column {name!r} that cannot be told from another.", cure="Rename it.")
    if table.width > _MOST_COLUMNS:
        raise BadOption(f"{path} has {table.width:,} columns.", cure=f"At most {_MOST_COLUMNS} are read.")
    ids = ids or ArticleIds()
    numbered = table.select(ids.numbers(pl.col("article_id")).alias("article"), pl.exclude("article_id"))
    if (wrong := table.filter(numbered["article"].is_null())).height:
        where = f"Row {int(numbered['article'].is_null().arg_max() or 0) + 2:,}: {wrong['article_id'][0]!r}"
        raise BadOption(f"{path} names something that is no article id.", where=where, cure=ids.cure)
    if (repeated := table.filter(pl.col("article_id").is_duplicated())).height:
        raise BadOption(
            f"{path} names an article twice.",
            where=str(repeated["article_id"][0]),
            cure="Keep one of its rows.",
        )
    read = numbered.with_columns(_numbers_or_texts(numbered[name]) for name in numbered.columns[1:])
    return _sizes_together(read) if read["article"].is_duplicated().any() else read


def _sizes_together(stock: pl.DataFrame) -> pl.DataFrame:
    """One row for an article that several of its SKUs name: how many there are of all, and what the first row says;
    null where none says anything."""
    others = pl.exclude("article", _STOCK)
    pieces = pl.col(_STOCK)
    # A sum of nothing is 0; how many there are is not known where no row says it.
    known = (
        pl.when(pieces.count() > 0).then(pieces.sum())
        if stock.schema.get(_STOCK) == pl.Float64
        else pieces.first()
    )
    together = stock.group_by("article", maintain_order=True).agg(
        *([known] if _STOCK in stock.columns else []), others.drop_nulls().first()
    )
    return together.select(stock.columns)


def _numbers_or_texts(column: pl.Series) -> pl.Series:
    numbers = column.cast(pl.Float64, strict=False)
    return numbers if numbers.null_count() == column.null_count() else column
