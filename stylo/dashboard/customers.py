"""What the dashboard knows of customers: who they are, what they bought, what was and is recommended to them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import polars as pl

from stylo.errors import StyloError
from stylo.ranking.explanation import Explanation
from stylo.recommender import SavedModel
from stylo.tables.folder import MODEL_FILE, DataFolder
from stylo.tables.ids import article_number
from stylo.tables.schemas import PRICE_UNIT
from stylo.tables.split import read_cut

ANYONE, ACTIVE, DORMANT, NEW = "anyone", "active", "dormant", "new"
_ACTIVE_DAYS, _DORMANT_DAYS, _NEW_DAYS = 28, 90, 28
_REGULAR = 10
_PREDICTIONS = "predictions.parquet"
# So many characters of an id are enough, if no other one begins so.
_LEAST_PREFIX = 8
_PREFIX = re.compile(r"[0-9a-f]{8,64}")


@dataclass(frozen=True)
class Listed:
    """A list that a model gave a customer as of a day.

    reasons : (kind, id of the purchase that led to it or None, days since), one for each article; empty if the model
        gives none.
    """

    cutoff: date
    model: str
    articles: list[int]
    proposed_by: list[list[str]]
    reasons: list[tuple[str, int | None, int | None]]


class CustomerRecords:
    """The customers of a data folder. What is wrong with its artefacts stands in `problems`, as of a shop."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self.problems: dict[str, StyloError] = {}
        for name in ("customers.parquet", "transactions.parquet", _PREDICTIONS):
            try:
                folder.scan(name)
            except StyloError as error:
                self.problems[name] = error

    def find(self, typed: str) -> dict[str, Any] | None:
        """The row of a customer by id, or by so much of it that no other one begins so; None if there is none."""
        typed = typed.strip().lower()
        if "customers.parquet" in self.problems or not _PREFIX.fullmatch(typed):
            return None
        named = pl.col("customer_id")
        whole = named == typed if len(typed) == 64 else named.str.starts_with(typed)
        found = self._folder.scan("customers.parquet").filter(whole).head(2).collect()
        return found.row(0, named=True) if found.height == 1 else None

    def purchases(self, customer: int) -> pl.DataFrame:
        """`t_dat`, `article`, `price` (in units of money), `sales_channel_id`, the newest first."""
        if "transactions.parquet" in self.problems:
            schema = {
                "t_dat": pl.Date,
                "article": pl.Int32,
                "price": pl.Float32,
                "sales_channel_id": pl.UInt8,
            }
            return pl.DataFrame(schema=schema)
        bought = self._folder.scan("transactions.parquet").filter(pl.col("customer") == customer)
        columns = bought.select("t_dat", "article", pl.col("price") * PRICE_UNIT, "sales_channel_id")
        return columns.collect().sort("t_dat", "article", "price", descending=[True, False, False])

    def lists(self, customer_id: str) -> list[Listed]:
        """What every model gave a customer in the weeks that were scored, the last week first."""
        if _PREDICTIONS in self.problems:
            return []
        mine = self._folder.scan(_PREDICTIONS).filter(pl.col("customer_id") == customer_id).collect()
        return [
            _listed(row) for row in mine.sort("cutoff", "model", descending=[True, False]).rows(named=True)
        ]

    @cached_property
    def cutoff(self) -> date | None:
        """The last day as of which models were scored; None without predictions."""
        if _PREDICTIONS in self.problems:
            return None
        last: date | None = self._folder.scan(_PREDICTIONS).select(pl.col("cutoff").max()).collect().item()
        return last

    @property
    def window(self) -> timedelta:
        """How long the week after a cutoff is."""
        return timedelta(days=read_cut(self._folder)[1])

    @cached_property
    def model(self) -> SavedModel | None:
        """What recommends as of the day after the last purchase; None if it is not there or no good."""
        try:
            return SavedModel.open(self._folder)
        except StyloError as error:
            self.problems[MODEL_FILE] = error
            return None

    def explain(self, customer: int) -> list[Explanation]:
        """What is recommended now, and why; empty without a model."""
        return self.model.explain(customer) if self.model else []

    def at_random(self, kind: str, cutoff: date | None) -> str | None:
        """The id of somebody of a kind; with a cutoff, somebody who bought in the week from it. None if nobody is."""
        numbers = self._of_kind(kind, cutoff) if self.model else None
        if numbers is None or not len(numbers):
            return None
        chosen = int(np.random.default_rng().choice(numbers))
        rows = self._folder.scan("customers.parquet").filter(pl.col("customer") == chosen)
        found = rows.select("customer_id").collect()
        return found.item() if found.height else None

    @cached_property
    def _of_kind(self) -> Any:
        return lru_cache(maxsize=16)(self._find_kind)

    def _find_kind(self, kind: str, cutoff: date | None) -> np.ndarray:
        assert self.model is not None
        store, as_of = self.model.store, (cutoff or self.model.as_of).toordinal()
        start, end = store.start[:-1], store.start[1:]
        later = _counted(store.day >= as_of, store.start)
        # The newest come first, so that what was known on the day begins after what came later.
        count = end - start - later
        known = count > 0
        last, first = np.full((2, len(count)), -1)
        last[known] = as_of - store.day[(start + later)[known]]
        first[known] = as_of - store.day[end[known] - 1]
        asked = known
        if cutoff is not None:
            asked = later > _counted(store.day >= as_of + self.window.days, store.start)
        if kind == ACTIVE:
            asked = asked & known & (last <= _ACTIVE_DAYS) & (count >= _REGULAR)
        elif kind == DORMANT:
            asked = asked & known & (last > _DORMANT_DAYS)
        elif kind == NEW:
            asked = asked & (first <= _NEW_DAYS)
        return np.flatnonzero(asked)


def _counted(which: np.ndarray, start: np.ndarray) -> np.ndarray:
    """How many of each customer's purchases are meant: int64 (customers,)."""
    upto = np.append(0, np.cumsum(which, dtype=np.int32))
    counted: np.ndarray = upto[start[1:]] - upto[start[:-1]]
    return counted


def _listed(row: dict[str, Any]) -> Listed:
    reasons = []
    if row["reason"] is not None:
        because = [None if each is None else article_number(each) for each in row["because"]]
        reasons = list(zip(row["reason"], because, row["days"], strict=True))
    articles = [article_number(each) for each in row["article_id"]]
    return Listed(row["cutoff"], row["model"], articles, row["proposed_by"], reasons)
