"""What the dashboard knows of customers: who they are, what they bought, what was and is recommended to them."""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import polars as pl

from stylo.dashboard.shopper.customer_base import CustomerBase, count_customers
from stylo.errors import StyloError
from stylo.ranking.explanation import Explanation, Reason
from stylo.recommender import SavedModel
from stylo.tables.folder import MODEL_FILE, DataFolder
from stylo.tables.ids import SHOP_CUSTOMER, ArticleIds
from stylo.tables.split import read_cut

_PREDICTIONS = "predictions.parquet"
# So many characters of an id are enough, if no other one begins so.
_LEAST_PREFIX = 8
_PREFIX = re.compile(r"[0-9a-f]{8,64}")


@dataclass(frozen=True)
class Listed:
    """A list that a model gave a customer as of a day.

    reasons : one for each article; empty if the model gives none.
    past : whether it was made for a week that is over, not for what comes next.
    """

    cutoff: date
    model: str
    articles: list[int]
    proposed_by: list[list[str]]
    reasons: list[Reason]
    past: bool = True

    @classmethod
    def of(cls, as_of: date, model: str, found: Sequence[Explanation]) -> Listed:
        """What a model recommends now."""
        proposed_by = [[name for name, _ in why.proposed_by] for why in found]
        return cls(as_of, model, [why.article for why in found], proposed_by, list(found), past=False)

    def hits(self, wanted: Collection[int]) -> int:
        """How many of some articles are in it."""
        return len(set(self.articles) & set(wanted))


class CustomerRecords:
    """The customers of a data folder. What is wrong with its artefacts stands in `problems`, as of a shop."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self.problems: dict[str, StyloError] = {}
        self._lock = threading.Lock()
        self._base: Future[CustomerBase] | None = None
        for name in ("customers.parquet", "transactions.parquet", _PREDICTIONS):
            try:
                folder.scan(name)
            except StyloError as error:
                self.problems[name] = error

    def find(self, typed: str) -> dict[str, Any] | None:
        """The row of a customer by id, or by so much of it that no other one begins so; None if there is none.

        In a shop with customer ids of its own these are looked for first, whole.
        """
        if "customers.parquet" in self.problems:
            return None
        customers, typed, named = self._folder.scan("customers.parquet"), typed.strip(), pl.col("customer_id")
        asked = [pl.col(SHOP_CUSTOMER) == typed] if self.own_ids else []
        if _PREFIX.fullmatch(prefix := typed.lower()):
            asked.append(named == prefix if len(prefix) == 64 else named.str.starts_with(prefix))
        for whole in asked:
            found = customers.filter(whole).head(2).collect()
            if found.height == 1:
                return found.row(0, named=True)
        return None

    @cached_property
    def own_ids(self) -> bool:
        """Whether the shop has customer ids of its own."""
        return "customers.parquet" not in self.problems and self._folder.has_own_customer_ids()

    def knows(self, column: str) -> bool:
        """Whether anybody's `age` or `club_member_status` is known: a shop may ask nobody."""
        return column in self._known

    @cached_property
    def _known(self) -> frozenset[str]:
        if "customers.parquet" in self.problems:
            return frozenset()
        told = pl.col("age", "club_member_status").is_not_null().any()
        (row,) = self._folder.scan("customers.parquet").select(told).collect().rows(named=True)
        return frozenset(column for column, known in row.items() if known)

    @property
    def id_column(self) -> str:
        """The column of `customers.parquet` with the ids by which people know customers."""
        return SHOP_CUSTOMER if self.own_ids else "customer_id"

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
        columns = bought.select(
            "t_dat", "article", pl.col("price") * self._folder.price_unit, "sales_channel_id"
        )
        return columns.collect().sort("t_dat", "article", "price", descending=[True, False, False])

    def lists(self, customer_id: str) -> list[Listed]:
        """What every model gave a customer in the weeks that were scored, the last week first."""
        if _PREDICTIONS in self.problems:
            return []
        mine = self._folder.scan(_PREDICTIONS).filter(pl.col("customer_id") == customer_id).collect()
        return [
            _listed(self._ids, row)
            for row in mine.sort("cutoff", "model", descending=[True, False]).rows(named=True)
        ]

    @cached_property
    def _ids(self) -> ArticleIds:
        return self._folder.article_ids()

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

    def explain(self, customer: int, without: Collection[int] = ()) -> list[Explanation]:
        """What is recommended now, and why, passing over some articles; empty without a model."""
        return self.model.explain(customer, without=without) if self.model else []

    @property
    def base(self) -> Future[CustomerBase]:
        """All customers at a glance, counted in the background from when it is first asked for.

        Fails with what `DataFolder.scan` raises for customers or transactions.
        """
        with self._lock:
            if self._base is None:
                self._base = Future()
                threading.Thread(target=_count, args=(self._base, self), daemon=True).start()
            return self._base

    def ids(self, numbers: Sequence[int]) -> dict[int, str]:
        """The ids by which people know customers, by number: the shop's own where it has such."""
        rows = self._folder.scan("customers.parquet").filter(pl.col("customer").is_in(list(numbers)))
        return dict(rows.select("customer", self.id_column).collect().iter_rows())

    def last_bought(self, numbers: Sequence[int], until: date, most: int) -> dict[int, list[int]]:
        """The articles that customers bought last before a day, each once, the newest first: number → articles."""
        some = pl.col("customer").is_in(list(numbers)) & (pl.col("t_dat") < until)
        rows = self._folder.scan("transactions.parquet").filter(some).select("customer", "t_dat", "article")
        newest = rows.collect().sort("t_dat", "article", descending=[True, False])
        each = newest.unique(["customer", "article"], maintain_order=True).group_by("customer")
        return dict(each.agg(pl.col("article").head(most)).iter_rows())

    def _counted(self) -> CustomerBase:
        cutoff, window = self.cutoff, timedelta()
        with suppress(StyloError):  # without a split there is no week
            window = self.window
        return count_customers(self._folder, cutoff if window else None, window)


def _count(base: Future[CustomerBase], records: CustomerRecords) -> None:
    try:
        base.set_result(records._counted())
    except BaseException as error:
        base.set_exception(error)


def _listed(ids: ArticleIds, row: dict[str, Any]) -> Listed:
    articles = [ids.number(each) for each in row["article_id"]]
    reasons = []
    if row["reason"] is not None:
        because = [None if each is None else ids.number(each) for each in row["because"]]
        reasons = [Reason(*why) for why in zip(articles, row["reason"], because, row["days"], strict=True)]
    return Listed(row["cutoff"], row["model"], articles, row["proposed_by"], reasons)
