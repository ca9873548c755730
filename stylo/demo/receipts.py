"""The transactions table, written week by week: some 30 MB of CSV at a time, whatever the history's length."""

import hashlib
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from typing import BinaryIO

import numpy as np
import polars as pl

from stylo.demo.arrays import Ints, Marks
from stylo.demo.shoppers import Sales
from stylo.tables.prices import PRICE_UNIT

_CENTS = 100
_FIELDS = ("customer", "article", "day", "cents", "channel")


@dataclass
class Receipts:
    """A transactions_train.csv that grows a week at a time, its rows sorted by day, customer and article.

    `customer_ids` and `article_ids` stand in the order of the positions that sales name. `bought` tells
    who ever bought, `sold` how often each article was.
    """

    file: BinaryIO
    customer_ids: pl.Series
    article_ids: pl.Series
    rows: int = 0
    first_day: date | None = None
    last_day: date | None = None
    bought: Marks = field(init=False)
    sold: Ints = field(init=False)

    def __post_init__(self) -> None:
        self._hash = hashlib.sha256()
        self.bought = np.zeros(len(self.customer_ids), dtype=bool)
        self.sold = np.zeros(len(self.article_ids), dtype=np.int64)
        self._write(b"t_dat,customer_id,article_id,price,sales_channel_id\n")

    def add(self, sales: list[Sales], start: date) -> None:
        """Writes what was sold in the seven days from `start`."""
        if not sum(len(part.customer) for part in sales):
            return
        columns = {name: np.concatenate([getattr(part, name) for part in sales]) for name in _FIELDS}
        order = np.lexsort([columns[name] for name in ("channel", "cents", "article", "customer", "day")])
        customer, article, day, cents, channel = (columns[name][order] for name in _FIELDS)
        days = np.datetime64(start, "D") + day
        table = pl.DataFrame(
            {
                "t_dat": days,
                "customer_id": self.customer_ids.gather(customer),
                "article_id": self.article_ids.gather(article),
                "price": cents / (_CENTS * PRICE_UNIT),
                "sales_channel_id": channel,
            }
        )
        text = BytesIO()
        table.write_csv(text, include_header=False)
        self._write(text.getbuffer())
        self.rows += table.height
        self.first_day = self.first_day or days[0].item()
        self.last_day = days[-1].item()
        self.bought[customer] = True
        self.sold += np.bincount(article, minlength=len(self.sold))

    @property
    def fingerprint(self) -> str:
        """What `stylo.artefacts.fingerprint` gives for the file, without reading it again."""
        return hashlib.sha256(self._hash.digest()).hexdigest()[:16]

    def _write(self, text: bytes | memoryview) -> None:
        self._hash.update(text)
        self.file.write(text)
