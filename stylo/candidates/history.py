"""What is known before a day: the only way by which strategies and features see transactions."""

from __future__ import annotations

import copy
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping
from datetime import date, timedelta
from threading import Lock
from typing import Any, TypeVar

import numpy as np
import polars as pl

from stylo.candidates.catalogue import Catalogue, Members
from stylo.system.garbage import give_back_memory
from stylo.tables.folder import DataFolder
from stylo.tables.odd_days import EPOCH, first_of_last_span, firsts_of_spans
from stylo.vectors.embeddings import Embeddings

T = TypeVar("T")

_REMEMBERED = 32
_OF_CUSTOMERS = ("t_dat", "customer", "article", "price", "sales_channel_id")


class History:
    """Transactions, articles and visual twins, read by `as_of`.

    Transactions stay where they are, on disk as a rule: what `before` and `of` give is lazy, so that only the
    days and the columns that a caller uses are read. Their rows come in no particular order.

    Parameters
    ----------
    transactions : columns of `transactions.parquet`, in any order of rows.
    articles : columns of `articles.parquet`.
    twins : columns of `visual_reccs.parquet`; None where no photo was looked at.
    plain_twins : the same of `visual_reccs_plain.parquet`; None where `twins` are by the plain vectors themselves.
    customers : columns of `customers.parquet`; None where nothing is known of customers but what they buy.
    embeddings : vectors of articles, by what they describe ("text", "style").
    """

    def __init__(
        self,
        transactions: pl.LazyFrame | pl.DataFrame,
        articles: pl.LazyFrame | pl.DataFrame,
        twins: pl.DataFrame | None = None,
        customers: pl.LazyFrame | pl.DataFrame | None = None,
        embeddings: Mapping[str, Embeddings] | None = None,
        plain_twins: pl.DataFrame | None = None,
    ) -> None:
        self._transactions = transactions.lazy()
        self.articles = articles.lazy()
        self.twins = twins
        self.plain_twins = plain_twins
        self.customers = customers.lazy() if customers is not None else None
        self.embeddings = dict(embeddings or {})
        self._focus: _Focus | None = None
        self._asked: pl.Series | None = None
        self._results = _Results(_REMEMBERED)
        # Of the shop, whatever the day: never forgotten, and shared by all views of it.
        self._of_the_shop = _Results()

    @classmethod
    def open(
        cls,
        folder: DataFolder,
        with_twins: bool = True,
        embeddings: Mapping[str, Embeddings] | None = None,
    ) -> History:
        """Both sides of the split, the articles, and the twins if they are wanted and there.

        Raises MissingArtefact, StaleArtefact or DamagedArtefact, naming the script to run.
        """
        sides = [folder.scan(name) for name in ("train_split.parquet", "valid_split.parquet")]
        names = ("visual_reccs.parquet", "visual_reccs_plain.parquet")
        twins, plain_twins = (
            folder.scan(name).collect() if with_twins and folder.has(name) else None for name in names
        )
        return cls(
            pl.concat(sides),
            folder.scan("articles.parquet"),
            twins,
            folder.scan("customers.parquet"),
            embeddings,
            plain_twins,
        )

    def __getstate__(self) -> dict[str, Any]:
        """For another process, which remembers results of its own."""
        return {**vars(self), "_focus": None}

    def with_embeddings(self, embeddings: Mapping[str, Embeddings]) -> History:
        """The same with vectors of articles."""
        return History(
            self._transactions, self.articles, self.twins, self.customers, embeddings, self.plain_twins
        )

    def over(self, transactions: pl.LazyFrame | pl.DataFrame) -> History:
        """The same shop with other transactions."""
        return History(
            transactions, self.articles, self.twins, self.customers, self.embeddings, self.plain_twins
        )

    @property
    def catalogue(self) -> Catalogue:
        """The articles as arrays, those too that are sold or have twins and are not in the table."""
        return self._of_the_shop.once("catalogue", self._catalogue)

    @property
    def vectors(self) -> dict[str, np.ndarray]:
        """The embeddings as float32 (articles, dimensions) by row of the catalogue, at length one; zeros if none."""
        return self._of_the_shop.once("vectors", self._vectors)

    @property
    def members(self) -> Members:
        """What is known of the customers beside their purchases."""
        return self._of_the_shop.once("members", self._members)

    def before(self, as_of: date, days: int | None = None) -> pl.LazyFrame:
        """Everyone's transactions with `t_dat < as_of`, of the last `days` days if given. Read at each use."""
        return self._transactions.filter(_days_before(as_of, days))

    def newest(self, as_of: date, rows: int) -> pl.LazyFrame:
        """Everyone's transactions of the last whole days before `as_of` that hold at most `rows` together."""
        known = self._rows_a_day().filter(pl.col("t_dat") < as_of).sort("t_dat", descending=True)
        days = known.filter(pl.col("rows").cum_sum() <= rows)["t_dat"]
        return self.before(as_of, (as_of - days[-1]).days if len(days) else 0)

    def of(self, customers: pl.Series, as_of: date, days: int | None = None) -> pl.LazyFrame:
        """As `before`, of these customers alone.

        Read at each use, unless the history has a focus that covers the customers.
        """
        rows = self._transactions.select(_OF_CUSTOMERS)
        if self._focus is not None and self._focus.covers(customers):
            rows = self._focus.since(as_of - timedelta(days=days) if days is not None else date.min)
        return _of(rows.filter(_days_before(as_of, days)), customers)

    def focus(self, customers: pl.Series) -> History:
        """The same history, which keeps in memory what `of` has read of these customers.

        For work on many customers, chunk by chunk and model by model. 17 bytes a row that was asked for.
        """
        focused = copy.copy(self)
        focused._focus = _Focus(self._transactions.select(_OF_CUSTOMERS), customers)
        return focused

    def asked_for(self, articles: np.ndarray) -> History:
        """The same history, of which neighbours of these articles alone will be asked.

        A strategy that goes from article to article may do without those of others, see `sources`. What is fitted is
        remembered by this view only.
        """
        view = copy.copy(self)
        view._asked = pl.Series(np.unique(articles), dtype=pl.Int32)
        view._results = _Results(_REMEMBERED)
        return view

    def sources(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """The rows whose `article` neighbours may be asked of: all of them, unless the history is one `asked_for`."""
        if self._asked is None:
            return rows
        return rows.join(self._asked.to_frame("article").lazy(), on="article", how="semi")

    def knows_anything(self, as_of: date) -> bool:
        """Whether anything was bought before `as_of`. Stops at the first row that was."""
        return (
            not self._transactions.select("t_dat")
            .filter(_days_before(as_of, None))
            .head(1)
            .collect()
            .is_empty()
        )

    @property
    def first_day(self) -> date:
        """The first day on which anything is known to have been bought."""
        return self._rows_a_day()["t_dat"][0]

    @property
    def last_day(self) -> date:
        """The last day on which anything is known to have been bought."""
        return self._rows_a_day()["t_dat"][-1]

    def days_known(self, as_of: date) -> int:
        """Days from the first sale, or the first after the last gap of more than a year, to a day; 0 without any."""
        sold = self._rows_a_day()["t_dat"]
        before = sold.filter(sold < as_of)
        return (as_of - first_of_last_span(before)).days if len(before) else 0

    def cutoffs(self, last: date, step: int, days: int, known: int) -> Iterator[date]:
        """Of the days `last`, `last` − `step`, `last` − 2 `step`, … those with a purchase in the `days` from them.

                                                                              last
            ──────┼ · · nothing for more than a year · · ┼──known──┤ ▲   ▲   ▲
             1970                                    first sale      windows with sales, the latest first

        Only those with at least `known` days since the first sale, or the first after more than a year without any:
        what lies before such a gap tells nothing of the time behind it. Empty weeks are passed over, not gone through.
        """
        sold = self._rows_a_day()["t_dat"].to_physical().to_numpy().astype(np.int64)
        since = firsts_of_spans(sold)
        # Of each day with sales the windows that hold it: the n-th begins at last − n × step.
        ago = (last - EPOCH).days - sold
        earliest = -(-ago // step)
        windows = (earliest[:, None] + np.arange(-(-days // step))).ravel()
        begins = (last - EPOCH).days - windows * step
        day, first = np.repeat(sold, -(-days // step)), np.repeat(since, -(-days // step))
        fits = (windows >= 0) & (begins <= day) & (day < begins + days) & (begins >= first + known)
        for begin in np.unique(begins[fits])[::-1].tolist():
            yield EPOCH + timedelta(days=begin)

    def bought(self, since: date, until: date) -> pl.DataFrame:
        """The truth of a window: distinct (`customer`, `article`) with `since <= t_dat < until`, sorted.

        For evaluation only; a strategy has no business here.
        """
        rows = self.before(until, (until - since).days)
        return rows.select("customer", "article").unique().sort("customer", "article").collect()

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gives, remembered under `key` for the next chunk of customers.

        Of more than 32 results, those that were not asked for longest are forgotten. Threads may ask for different
        keys at a time.
        """
        return self._results.once(key, make)

    def of_the_shop(self, key: Hashable, make: Callable[[], T]) -> T:
        """The same of what holds for any day, such as what comes from the articles alone: it is not forgotten."""
        return self._of_the_shop.once(key, make)

    def forget(self) -> None:
        """Lets go of what `once` remembers, and gives the system its memory."""
        self._results.clear()
        give_back_memory()

    def _catalogue(self) -> Catalogue:
        seen = [self._transactions.select("article")]
        for twins in (self.twins, self.plain_twins):
            if twins is not None:
                seen += [
                    twins.lazy().select(pl.col(name).alias("article")) for name in ("article", "neighbour")
                ]
        others = pl.concat(seen).unique().collect(engine="streaming")
        return Catalogue.of(self.articles.collect(), others["article"].to_numpy())

    def _vectors(self) -> dict[str, np.ndarray]:
        found = {}
        for name, embeddings in self.embeddings.items():
            row = self.catalogue.rows(embeddings.articles)
            vectors = np.zeros((len(self.catalogue), embeddings.vectors.shape[1]), dtype=np.float32)
            vectors[row[row >= 0]] = embeddings.vectors[row >= 0]
            length = np.linalg.norm(vectors, axis=1, keepdims=True)
            found[name] = vectors / np.where(length > 0, length, 1)
        return found

    def _members(self) -> Members:
        return Members.of(pl.DataFrame() if self.customers is None else self.customers.collect())

    def _rows_a_day(self) -> pl.DataFrame:
        """`t_dat`, `rows`: the days on which anything was bought, in order. Reads one column, once."""
        days = self._transactions.group_by("t_dat").agg(pl.len().alias("rows"))
        return self._of_the_shop.once("rows a day", lambda: days.sort("t_dat").collect())


class _Results:
    """What was made once, by its key; of more than `most` results those not asked for longest are forgotten.

    Each key is made by one thread alone: others that ask for it wait.
    """

    def __init__(self, most: int | None = None) -> None:
        self._most = most
        self._made: OrderedDict[Hashable, Any] = OrderedDict()
        self._turns: defaultdict[Hashable, Lock] = defaultdict(Lock)
        self._changing = Lock()

    def __reduce__(self) -> tuple[type[_Results], tuple[int | None]]:
        return _Results, (self._most,)  # what is remembered stays here

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        with self._changing:
            turn = self._turns[key]
        with turn:
            with self._changing:
                if key in self._made:
                    self._made.move_to_end(key)
                    return self._made[key]
            result = make()
            with self._changing:
                self._made[key] = result
                if self._most is not None and len(self._made) > self._most:
                    forgotten, _ = self._made.popitem(last=False)
                    self._turns.pop(forgotten, None)
        return result

    def clear(self) -> None:
        with self._changing:
            self._made.clear()


class _Focus:
    """Rows of some customers in memory, from the end of the data back to the first day that was asked for."""

    def __init__(self, transactions: pl.LazyFrame, customers: pl.Series) -> None:
        self._transactions = transactions
        self._customers = customers.unique()
        self._rows: list[pl.DataFrame] = [pl.DataFrame(schema=transactions.collect_schema())]
        self._from = date.max

    def covers(self, customers: pl.Series) -> bool:
        return bool(customers.is_in(self._customers.implode()).all())

    def since(self, day: date) -> pl.LazyFrame:
        """The customers' rows from `day` on; reads the days that are not here yet."""
        if day < self._from:
            earlier = pl.col("t_dat").is_between(day, self._from, closed="left")
            self._rows.append(_of(self._transactions.filter(earlier), self._customers).collect())
            self._from = day
        return pl.concat(self._rows).lazy()


def _days_before(as_of: date, days: int | None) -> pl.Expr:
    known = pl.col("t_dat") < as_of
    return known if days is None else known & (pl.col("t_dat") >= as_of - timedelta(days=days))


def _of(rows: pl.LazyFrame, customers: pl.Series) -> pl.LazyFrame:
    return rows.join(customers.to_frame("customer").lazy(), on="customer", how="semi")


def age_in_days(as_of: date) -> pl.Expr:
    """Whole days from `t_dat` to `as_of`: 1 is the day before."""
    return (pl.lit(as_of) - pl.col("t_dat")).dt.total_days()


def exact_sum(weights: pl.Expr) -> pl.Expr:
    """Sum of weights up to about 1,000 in steps of 2**-40: whole numbers add up the same in any order.

    A sum of floats depends on which thread comes first, and ties and near ties with it.
    """
    return (weights * 2**40).round().cast(pl.Int64).sum() / 2**40


def decay(as_of: date, half_life: float) -> pl.Expr:
    """Weight of a row that halves every `half_life` days: 0.5 ** (age / half_life)."""
    return pl.lit(0.5).pow(age_in_days(as_of) / half_life)


def best_rows(scored: pl.LazyFrame, whom: str, what: str, k: int) -> pl.LazyFrame:
    """The k rows of each `whom` with the highest `score`, and their `rank`; ties by `what`."""
    # Most rows are out of the question: to find that out is cheaper than to sort them.
    in_question = scored.filter(pl.col("score") >= pl.col("score").top_k(k).min().over(whom))
    ordered = in_question.sort(whom, "score", what, descending=[False, True, False])
    return ordered.with_columns(place(whom).alias("rank")).filter(pl.col("rank") <= k)


def place(whom: str) -> pl.Expr:
    """1, 2, 3 … from each row where another `whom` begins, in a frame sorted by it. One pass, no hashing."""
    row = pl.int_range(pl.len(), dtype=pl.Int64)
    first = pl.when(pl.col(whom).ne_missing(pl.col(whom).shift())).then(row).forward_fill()
    return row - first + 1
