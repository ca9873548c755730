"""Transactions as Kaggle writes them, read by looking their texts up instead of parsing them.

Ids are found among those of customers and articles. A day, a price or a channel is what the careful reader (see
`schemas`) made of the same text when it was first seen. So whatever is read here, that one would have read as well,
and as the same value; what it would refuse is not read here.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stylo.tables.ids import ARTICLE_ID_DIGITS, CHARACTERS, CustomerNumbers, article_ids
from stylo.tables.plain_lines import LONGEST_CELL, PlainLines
from stylo.tables.schemas import TRANSACTIONS_CSV
from stylo.tables.texts import NOWHERE, WORD, KnownTexts, SeenTexts, Words, runs_of

_DAY = len("2018-09-20")
_WIDTHS = {
    "t_dat": _DAY,
    "customer_id": CHARACTERS,
    "article_id": ARTICLE_ID_DIGITS,
    "price": None,
    "sales_channel_id": 1,
}
# Kaggle's file has 734 days and some ten thousand prices.
_MOST_DAYS, _MOST_PRICES, _MOST_CHANNELS = 1 << 12, 1 << 16, 1 << 4
# Cells that every reader of CSVs takes as they are.
_PLAIN = re.compile(rb"[!#-+\--~]+")


class PlainTransactions:
    """Reads blocks of such lines: columns of `transactions.parquet` under the names of the CSV's.

    Parameters
    ----------
    header : the columns in the order of the file.
    articles : the numbers that exist, Int32.
    """

    def __init__(self, header: Sequence[str], customers: CustomerNumbers, articles: pl.Series) -> None:
        self._lines = PlainLines(header, _WIDTHS)
        self._customers = customers
        separator = "\n" if header[-1] == "article_id" else ","
        written = articles.alias("article").to_frame().select(article_ids(pl.col("article")) + separator)
        texts = written.to_series().to_numpy()
        self._articles = KnownTexts(texts.astype(f"S{2 * WORD}").view(np.uint64).reshape(-1, 2))
        self._numbers = articles.to_numpy()
        self._seen = _Seen(header[-1])

    def __call__(self, source: bytes) -> pl.DataFrame | None:
        """None if a line has another shape, or holds what is not allowed or not known."""
        if (cells := self._lines.cells(source)) is None:
            return None
        seen, values = self._seen, {}
        for name, read in (
            ("price", seen.prices.values),  # first what is most likely not to be found
            ("t_dat", partial(_by_runs, seen.days.values)),
            ("sales_channel_id", seen.channels.values),
            ("article_id", self._articles_of),
            ("customer_id", partial(_by_runs, self._customers.of_characters)),
        ):
            if (found := read(cells.pop(name))) is None:
                return None
            values[name] = pl.Series(name, found)
        values["t_dat"] = values["t_dat"].cast(pl.Date)
        return pl.DataFrame([values[name] for name in TRANSACTIONS_CSV.names])

    def _articles_of(self, texts: Words) -> NDArray[np.int32] | None:
        places = self._articles.of(texts)
        return None if (places == NOWHERE).any() else self._numbers.take(places)


class _Seen(threading.local):
    """What texts were read as; each thread has its own, so that none looks up what another one writes.

    last : the column whose cells end their lines.
    """

    def __init__(self, last: str) -> None:
        self.days = SeenTexts(_reader("t_dat", last), 2, np.int32, _MOST_DAYS, _days_after)
        self.prices = SeenTexts(_reader("price", last), (LONGEST_CELL + 1) // WORD, np.float32, _MOST_PRICES)
        self.channels = SeenTexts(_reader("sales_channel_id", last), 1, np.uint8, _MOST_CHANNELS)


def _reader(name: str, last: str) -> Callable[[list[bytes]], NDArray[Any] | None]:
    """Cells with their separators → what the careful reader makes of them; None if it refuses one or may do so."""
    column = next(column for column in TRANSACTIONS_CSV.columns if column.name == name)
    separators = (b"\n", b"\r") if name == last else (b",",)

    def read(cells: list[bytes]) -> NDArray[Any] | None:
        cells = [cell.rstrip(b"\0") for cell in cells]
        if not all(cell.endswith(separators) and _PLAIN.fullmatch(cell, 0, len(cell) - 1) for cell in cells):
            return None
        texts = pl.Series(name, [cell[:-1].decode() for cell in cells], pl.String)
        values = texts.to_frame().select(column.read(pl.col(name))).to_series()
        return None if values.has_nulls() else values.to_physical().to_numpy()

    return read


def _days_after(cells: list[bytes]) -> list[bytes]:
    """The cells of the year after the last of these days: files are mostly in the order of the days."""
    last = max(cells)
    try:
        day = date.fromisoformat(last[:_DAY].decode())
        days = [(day + timedelta(ahead)).isoformat() for ahead in range(1, 367)]
    except (ValueError, OverflowError):  # another form than ISO's, or the end of all days
        return []
    return [each.encode() + last[_DAY:] for each in days]


def _by_runs(read: Callable[[Words], NDArray[Any] | None], texts: Words) -> NDArray[Any] | None:
    """Reads each run of equal texts once: days and baskets stand together in Kaggle's file."""
    first, length = runs_of(texts)
    values = read(texts[first])
    return None if values is None else np.repeat(values, length)
