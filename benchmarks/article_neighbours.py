"""Goes with it, or instead of it: given one article of a basket, is the rest of what the customer buys near it?

          since                                                      until
─ known ────┤── week 1 ──┤── week 2 ──┤── …                             │
                  ▲ a basket: each of its articles is a question        │
                  ├ wanted: its others, and what is bought in 7 days ┤  │   nothing from `until` on is looked at
            ▲ neighbours are fitted to what lies before the week of the basket
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from benchmarks.fusion_weights import Judged, recall
from stylo.candidates.catalogue import PRODUCT, hashes
from stylo.candidates.customers import Customers, pair_keys
from stylo.candidates.history import History
from stylo.candidates.strategy import ArticleStrategy, fitted
from stylo.evaluation.intervals import Estimate, bootstrap_means
from stylo.ranking.pool import Pool, reciprocal_rank_fusion

_WEEK = 7
_QUESTION = ("as_of", "customer", "t_dat", "article")


@dataclass(frozen=True)
class Questions:
    """Articles of baskets, and what else their buyers bought.

    asked : `as_of` (the day before which everything may be known), `customer`, `t_dat`, `article`; sorted.
    wanted : `question` (a row of `asked`) and `article`, distinct; each question has one at least.
    variants : whether other variants of the article's product count, as wanted and as neighbours.
    """

    asked: pl.DataFrame
    wanted: pl.DataFrame
    variants: bool

    @classmethod
    def of(
        cls,
        history: History,
        since: date,
        until: date,
        days: int = 7,
        most: int = 50_000,
        variants: bool = True,
    ) -> Questions:
        """Of the baskets with `since <= t_dat < until`, and what is bought on the day and `days` days after it.

        Of more than `most` articles of baskets, those with the lowest hashes of customer, day and article are
        asked for, the same each time. Those whose customer buys nothing else are no question.
        """
        rows = history.before(until, (until - since).days).select("customer", "t_dat", "article").unique()
        bought = rows.sort("customer", "t_dat", "article").collect()
        weeks = (pl.col("t_dat") - pl.lit(since)).dt.total_days() // _WEEK
        first_days = pl.lit(since) + pl.duration(days=weeks * _WEEK)
        some = _sample(bought, most).with_columns(as_of=first_days.cast(pl.Date))
        gap = (pl.col("t_dat_other") - pl.col("t_dat")).dt.total_days()
        other = pl.col("article_other") != pl.col("article")
        if not variants:
            catalogue = history.catalogue
            product = dict(zip(catalogue.articles.tolist(), catalogue.groups[PRODUCT].tolist(), strict=True))
            mine, others = (
                pl.col(name).replace_strict(product, return_dtype=pl.Int32)
                for name in ("article", "article_other")
            )
            other &= others != mine
        pairs = (
            some.lazy()
            .join(bought.lazy(), on="customer", suffix="_other")
            .filter(gap.is_between(0, days) & other)
            .select(*_QUESTION, "article_other")
            .unique()
            .sort(*_QUESTION, "article_other")
            .collect()
        )
        question = pairs.select(pl.struct(_QUESTION).rle_id().cast(pl.Int64)).to_series()
        asked = pairs.select(_QUESTION).unique(maintain_order=True)
        return cls(asked, pl.DataFrame({"question": question, "article": pairs["article_other"]}), variants)

    def weeks(self) -> Iterator[tuple[date, pl.DataFrame, pl.DataFrame]]:
        """The day as of which neighbours are fitted, its part of `asked`, and of `wanted`, numbered within it."""
        first = 0
        for (as_of,), asked in self.asked.group_by("as_of", maintain_order=True):
            mine = pl.col("question").is_between(first, first + asked.height, closed="left")
            yield as_of, asked, self.wanted.filter(mine).with_columns(pl.col("question") - first)
            first += asked.height


def judge(
    strategies: Sequence[ArticleStrategy], history: History, questions: Questions, candidates: int = 50
) -> Iterator[Judged]:
    """What the strategies propose for the articles asked for, and what of it was wanted; a week at a time.

    The lists of a week are its questions, in order. Each strategy is fitted as of the first day of the week, and
    gives its first `candidates` neighbours of an article. The history remembers what was fitted last, so that
    several kinds of questions, taken week by week in turn, share it.
    """
    for week in questions.weeks():
        yield _week(strategies, history, *week, candidates, questions.variants)


def _week(
    strategies: Sequence[ArticleStrategy],
    history: History,
    as_of: date,
    asked: pl.DataFrame,
    wanted: pl.DataFrame,
    candidates: int,
    variants: bool,
) -> Judged:
    catalogue = history.catalogue
    row = catalogue.rows(asked["article"].to_numpy())
    near = {
        strategy.name: fitted(strategy, history, as_of).first(candidates).near(row) for strategy in strategies
    }
    # For once the customers are questions.
    pool = Pool.of(Customers.nobody(np.arange(len(row))), near)
    if not variants:
        product = catalogue.groups[PRODUCT]
        pool = pool.only(np.flatnonzero(product[pool.article] != product[row[pool.customer]]))
    question = wanted["question"].to_numpy()
    keys = pair_keys(question, catalogue.rows(wanted["article"].to_numpy()))
    bought = np.isin(pair_keys(pool.customer, pool.article), keys)
    return Judged(pool, bought, np.bincount(question, minlength=len(row)))


def only_of(judged: Judged, strategies: Sequence[str]) -> Judged:
    """As if these strategies alone had been asked."""
    columns = [number for number, name in enumerate(judged.pool.strategies) if name in strategies]
    return judged.only(np.flatnonzero(~np.isnan(judged.pool.rank[:, columns]).all(axis=1)))


def score_blends(
    judged: Sequence[Judged],
    questions: Questions,
    blends: Mapping[str, Mapping[str, float]],
    constant: float = 3.0,
    k: int = 12,
) -> pl.DataFrame:
    """`customer` of each question and, in a column for each blend, its recall@k: the share of what was wanted.

    A blend has a weight for each of its strategies; those that it does not name have no part in it.
    """
    parts = {
        name: [
            recall(mine.hits(reciprocal_rank_fusion(mine.pool, weights, constant), k), mine.wanted)
            for week in judged
            for mine in [only_of(week, list(weights))]
        ]
        for name, weights in blends.items()
    }
    nothing = np.zeros(0)
    columns = {name: np.concatenate([nothing, *recalls]) for name, recalls in parts.items()}
    return questions.asked.select("customer").with_columns(**columns)


def estimates(scores: pl.DataFrame, rival: str) -> dict[str, tuple[Estimate, Estimate]]:
    """Of each blend its mean over the questions, and that of its difference to a rival; resampled by customer."""
    names = scores.columns[1:]
    differences = {f"{name} − {rival}": pl.col(name) - pl.col(rival) for name in names}
    found = bootstrap_means(scores.with_columns(**differences), [*names, *differences])
    return {name: (found[name], found[other]) for name, other in zip(names, differences, strict=True)}


def _sample(bought: pl.DataFrame, most: int) -> pl.DataFrame:
    """The rows with the lowest hashes, in order."""
    if bought.height <= most:
        return bought
    day = bought["t_dat"].to_physical().to_numpy().astype(np.uint64)
    draw = hashes(bought["customer"].to_numpy(), bought["article"].to_numpy(), day << np.uint64(40))
    return bought[np.sort(np.argsort(draw ^ (draw >> np.uint64(29)), kind="stable")[:most])]
