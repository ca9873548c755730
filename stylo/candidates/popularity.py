"""What sells, to everybody or to people of an age, and what is new."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from stylo.candidates.customers import Customers
from stylo.candidates.history import History, age_in_days, best_rows, decay, exact_sum
from stylo.candidates.lists import NEIGHBOURS, NOTHING, Candidates, NeighbourLists
from stylo.vectors.embeddings import Embeddings
from stylo.vectors.neighbours import Neighbourhood
from stylo.vectors.ragged import stretches

_KEPT = 500
# `sales_channel_id` of what is bought online; 1 is a shop.
_ONLINE = 2
_NEIGHBOURS = 24
_LATELY = 28


@dataclass(frozen=True)
class Chart:
    """The same articles for everyone, the best first: int32 rows of the catalogue, float32 scores."""

    #: Whether it has something for customers without purchases, too.
    for_everyone = True

    article: np.ndarray
    score: np.ndarray

    @classmethod
    def of(cls, history: History, sales: pl.LazyFrame) -> Chart:
        """Of (`article`, `score`); ties by article."""
        ranked = best_rows(sales.with_columns(everyone=pl.lit(0)), "everyone", "article", _KEPT).collect()
        rows = history.catalogue.rows(ranked["article"].to_numpy())
        return cls(rows, ranked["score"].cast(pl.Float32).to_numpy())

    def propose(self, customers: Customers, k: int) -> Candidates:
        first = min(k, len(self.article))
        everyone = len(customers)
        return Candidates(
            np.repeat(np.arange(everyone), first),
            np.tile(self.article[:first].astype(np.int64), everyone),
            np.tile(np.arange(1, first + 1), everyone),
            np.tile(self.score[:first], everyone),
        )


@dataclass(frozen=True)
class Bestsellers:
    """The articles sold most often in the last `days` days."""

    days: int = 7
    name: str = "bestsellers"

    def fit(self, history: History, as_of: date) -> Chart:
        sales = history.before(as_of, self.days).group_by("article").agg(pl.len().alias("score"))
        return Chart.of(history, sales)


@dataclass(frozen=True)
class Popularity:
    """The articles with the most votes: each visit has one, shared equally by the different articles bought on it.

    A vote counts half as much every `half_life` days. What is bought alone says more of what the next customer wants
    than one of twenty articles in a basket does, and MAP counts it so, too: with a whole population's sales these
    lists foresee what newcomers buy 12 % better than lists by sales (docs/results.md).
    """

    half_life: float = 5.0
    name: str = "popularity"

    def fit(self, history: History, as_of: date) -> Chart:
        recent = history.before(as_of, days=round(10 * self.half_life))
        visits = recent.select("customer", "t_dat", "article").unique()
        vote = decay(as_of, self.half_life) / pl.len().over("customer", "t_dat")
        votes = (
            visits.with_columns(vote=vote).group_by("article").agg(exact_sum(pl.col("vote")).alias("score"))
        )
        return Chart.of(history, votes)


def decayed_sales(history: History, as_of: date, half_life: float) -> pl.LazyFrame:
    """(`article`, `score`): sales that halve every `half_life` days; older than ten half-lives count nothing."""
    recent = history.before(as_of, days=round(10 * half_life))
    return recent.group_by("article").agg(exact_sum(decay(as_of, half_life)).alias("score"))


@dataclass(frozen=True)
class PopularityByAge:
    """What sells to people of the customer's age group; a customer of unknown age gets nothing.

    Each sale counts half as much every `half_life` days. Neighbouring groups of `years` years lend each other half of
    their sales.
    """

    half_life: float = 5.0
    years: int = 10
    name: str = "popularity by age"

    def fit(self, history: History, as_of: date) -> AgeCharts:
        catalogue, members = history.catalogue, history.members
        sold = history.before(as_of, round(10 * self.half_life)).select(
            "customer", "article", weight=decay(as_of, self.half_life)
        )
        rows = sold.sort("customer", "article", "weight").collect()
        group = _age_groups(members.only(rows["customer"].to_numpy()).age, self.years)
        article, weight = catalogue.rows(rows["article"].to_numpy()), rows["weight"].to_numpy()
        known = group >= 0
        count = int(group.max(initial=-1)) + 1
        sales = np.zeros((count, len(catalogue)))
        np.add.at(sales, (group[known], article[known]), weight[known])
        lent = sales.copy()
        lent[1:] += sales[:-1] / 2
        lent[:-1] += sales[1:] / 2
        return AgeCharts(*_best_of_groups(lent), self.years)


@dataclass(frozen=True)
class AgeCharts:
    """A chart for each group of ages: int32 and float32 (groups, kept), the best first, zeros at the end unsold."""

    article: np.ndarray
    score: np.ndarray
    years: int

    for_everyone = True

    def propose(self, customers: Customers, k: int) -> Candidates:
        group = _age_groups(customers.members.age, self.years)
        # Who is older than anyone who bought gets what the oldest buy.
        return _of_groups(self.article, self.score, np.minimum(group, len(self.article) - 1), k)


def _age_groups(age: np.ndarray, years: int) -> np.ndarray:
    """int64: 0 for the youngest; −1 where the age is unknown."""
    known = age == age  # NaN alone is unlike itself
    return np.where(known, np.where(known, age, 0) // years, -1).astype(np.int64)


@dataclass(frozen=True)
class PopularityByChannel:
    """What sells in shops to those who mostly buy in shops, what sells online to the others; nothing to the new.

    Each sale counts half as much every `half_life` days.
    """

    half_life: float = 5.0
    name: str = "popularity by channel"

    def fit(self, history: History, as_of: date) -> ChannelCharts:
        sold = history.before(as_of, round(10 * self.half_life)).group_by("article", "sales_channel_id")
        rows = sold.agg(exact_sum(decay(as_of, self.half_life)).alias("sales")).collect()
        online = (rows["sales_channel_id"].to_numpy() == _ONLINE).astype(np.int64)
        sales = np.zeros((2, len(history.catalogue)))
        np.add.at(
            sales, (online, history.catalogue.rows(rows["article"].to_numpy())), rows["sales"].to_numpy()
        )
        return ChannelCharts(*_best_of_groups(sales))


@dataclass(frozen=True)
class ChannelCharts:
    """A chart for shops and one for online: int32 and float32 (2, kept), the best first, zeros at the end unsold."""

    article: np.ndarray
    score: np.ndarray

    def propose(self, customers: Customers, k: int) -> Candidates:
        count = np.diff(customers.start)
        online = np.bincount(customers.whose, customers.channel == _ONLINE, len(customers))
        return _of_groups(self.article, self.score, np.where(count > 0, online > count / 2, -1), k)


def _best_of_groups(sales: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """From (groups, articles): rows of the best sellers of each group and their sales; ties by article."""
    order = np.argsort(-sales, axis=1, kind="stable")[:, :_KEPT]
    return order.astype(np.int32), np.take_along_axis(sales, order, axis=1).astype(np.float32)


def _of_groups(article: np.ndarray, score: np.ndarray, group: np.ndarray, k: int) -> Candidates:
    """The chart of each customer's group; nothing to those of none, −1."""
    if not len(score):
        return NOTHING
    sold = (score[:, :k] > 0).sum(axis=1)
    many = np.where(group >= 0, sold.take(group, mode="wrap"), 0)
    customer = np.arange(len(group)).repeat(many)
    place = stretches(np.zeros_like(many), many)
    where = group.take(customer) * score.shape[1] + place
    return Candidates(
        customer, article.ravel().take(where).astype(np.int64), place + 1, score.ravel().take(where)
    )


@dataclass(frozen=True)
class NewArrivals:
    """Neighbours, by the mean cosine of all vectors that there are, among articles that are new.

    New is what was first sold in the last `days` days, and what was never sold and has a product code above those of
    `share` of the sales of the last four weeks: codes are given as products are made, so that a low one tells of an
    article that came and went, or never came. Of these the `most` with the lowest codes count: the highest are those of
    products that are not in the shops yet. A customer's purchase counts half as much every `memory` days.

    Fitting takes O(articles sold × new articles × dimensions).
    """

    days: int = 7
    share: float = 0.5
    most: int = 5_000
    memory: float = 60.0
    name: str = "new arrivals"

    def fit(self, history: History, as_of: date) -> NeighbourLists:
        first = age_in_days(as_of).max().alias("first")
        sold = history.before(as_of).group_by("article").agg(first).collect(engine="streaming")
        near = pl.DataFrame(schema=NEIGHBOURS)
        new = self._new(history, as_of, sold)
        if history.vectors and len(new):
            sources = history.sources(sold.lazy()).collect()["article"]
            everyone = pl.concat([sources, new]).unique().sort()
            found = Neighbourhood(_joined(history, everyone), among=new).of(sources, _NEIGHBOURS)
            near = found.rename({"similarity": "score"})
        return NeighbourLists.of(near, history.catalogue, self.memory)

    def _new(self, history: History, as_of: date, sold: pl.DataFrame) -> pl.Series:
        """int32 ids, from (`article`, `first`: days since its first sale)."""
        lately = history.before(as_of, _LATELY).select("article").collect()["article"].to_numpy()
        catalogue = history.catalogue
        never = np.setdiff1d(catalogue.articles, sold["article"].to_numpy())
        if len(lately):
            code, codes = (catalogue.product_codes[catalogue.rows(each)] for each in (never, lately))
            high = np.flatnonzero(code >= np.quantile(codes, self.share))
            never = never[high[np.argsort(code[high], kind="stable")][: self.most]]
        else:
            never = never[:0]
        fresh = sold.filter(pl.col("first") <= self.days)["article"].to_numpy()
        return pl.Series(np.union1d(never, fresh), dtype=pl.Int32)


def _joined(history: History, articles: pl.Series) -> Embeddings:
    """All vectors of some articles side by side, the length of one each."""
    row = history.catalogue.rows(articles.to_numpy())
    vectors = np.hstack([each[row] for each in history.vectors.values()])
    known = vectors.any(axis=1)
    return Embeddings(articles.to_numpy()[known], vectors[known])
