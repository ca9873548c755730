"""Properties of lists beside accuracy: how much of the shop they show, how novel, varied and mainstream they are."""

from __future__ import annotations

import math
from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl

from stylo.candidates.history import History
from stylo.evaluation.breakdowns import first
from stylo.tables.schemas import LIST_LENGTH

_DAYS = 28
_BESTSELLERS = 0.01
_NAN = float("nan")


class BeyondAccuracy(NamedTuple):
    """Properties of a model's lists of twelve. NaN where there is nothing to average."""

    articles: int  #: distinct articles recommended to anyone
    coverage_of_sold: float  #: share of the articles sold in the last 28 days that are recommended to anyone
    coverage_of_catalogue: float  #: the same of all articles
    novelty: float  #: bits, see `novelty`
    product_type_diversity: float  #: see `diversity`
    department_diversity: float
    bestseller_share: float  #: share of recommendations that fall on the bestselling 1 % of the articles sold
    bestseller_share_of_purchases: float  #: the same of what was bought, to compare with
    gini: float  #: of recommendations over all articles that were sold in the last 28 days or are recommended


def beyond_accuracy(
    ranked: pl.DataFrame, truth: pl.DataFrame, history: History, as_of: date
) -> BeyondAccuracy:
    """All of it for one model at one cutoff.

    Parameters
    ----------
    ranked : `customer`, `article`, `rank` (1 is best); ranks past 12 are left out. All lists count, whether their
        customer bought anything or not.
    truth : `customer`, `article` bought in the window from `as_of`; duplicates count once.
    history : its articles are the catalogue; its rows of the 28 days before `as_of` are the sales.

    O(ranked + truth + articles) time and memory, beside `recent_sales`.
    """
    lists, sales = first(ranked, LIST_LENGTH), recent_sales(history, as_of)
    articles = history.articles.select("article", "product_type_no", "department_no").collect()
    best = bestsellers(sales)
    return BeyondAccuracy(
        articles=lists["article"].n_unique(),
        coverage_of_sold=coverage(lists, sales),
        coverage_of_catalogue=coverage(lists, articles),
        novelty=novelty(lists, sales, articles.height),
        product_type_diversity=diversity(lists, articles, "product_type_no"),
        department_diversity=diversity(lists, articles, "department_no"),
        bestseller_share=share_among(lists, best),
        bestseller_share_of_purchases=share_among(truth.select("customer", "article").unique(), best),
        gini=gini(_times_recommended(lists, sales)),
    )


def recent_sales(history: History, as_of: date) -> pl.DataFrame:
    """`article`, `sales`: rows of the 28 days before `as_of` for each article that has any, sorted by article.

    The history remembers the result for the next model.
    """
    rows = history.before(as_of, _DAYS).group_by("article").agg(pl.len().alias("sales")).sort("article")
    return history.once(("recent sales", as_of, _DAYS), rows.collect)


def coverage(lists: pl.DataFrame, articles: pl.DataFrame) -> float:
    """Share of the distinct `article`s that are in at least one list, from 0 to 1; NaN without articles.

    Catalogue coverage after Ge, Delgado-Battenfeld and Jannach (RecSys 2010). Recommended articles that are not
    among them do not count, so the share cannot exceed 1.
    """
    recommended = articles.join(lists, on="article", how="semi")
    return recommended.height / articles.height if articles.height else _NAN


def novelty(lists: pl.DataFrame, sales: pl.DataFrame, articles: int) -> float:
    """Mean of −log2 p over all recommendations, in bits: how surprising it would be to see the article sold.

    p = (sales + 1) / (all sales + articles), which adds up to 1 over the catalogue and is never 0.
    Mean self-information after Zhou et al. (PNAS 2010). One bit more means half as popular. NaN without lists.
    """
    total = int(sales["sales"].sum()) + articles
    sold = lists.join(sales, on="article", how="left")["sales"].fill_null(0)
    return -_mean(((sold + 1) / total).log(2))


def diversity(lists: pl.DataFrame, articles: pl.DataFrame, attribute: str) -> float:
    """1 − the share of pairs in a list that have the same attribute, mean over lists of two articles or more.

    Intra-list diversity after Ziegler et al. (WWW 2005), with distance 0 or 1: 0 if all of a list are alike, 1 if
    no two are. NaN if no list has two articles.

    Parameters
    ----------
    lists : `customer`, `article`, each pair once.
    articles : `article` and the attribute, with all articles of the lists.
    """
    alike = (
        lists.join(articles, on="article")
        .group_by("customer", attribute)
        .agg(pl.len().cast(pl.Int64).alias("n"))
        .group_by("customer")
        .agg(_pairs(pl.col("n")).sum().alias("alike"), _pairs(pl.col("n").sum()).alias("pairs"))
        .filter(pl.col("pairs") > 0)
        .sort("customer")
    )
    return 1 - _mean(alike["alike"] / alike["pairs"])


def bestsellers(sales: pl.DataFrame, share: float = _BESTSELLERS) -> pl.DataFrame:
    """`article`: the best-selling share of the articles sold, rounded up; ties by article."""
    ordered = sales.sort("sales", "article", descending=[True, False])
    return ordered.head(math.ceil(share * sales.height)).select("article")


def share_among(rows: pl.DataFrame, articles: pl.DataFrame) -> float:
    """Share of the rows whose `article` is one of the articles; NaN without rows."""
    return rows.join(articles, on="article", how="semi").height / rows.height if rows.height else _NAN


def gini(counts: np.ndarray) -> float:
    """Gini index of counts ≥ 0, shape (n,): 0 if all are the same, 1 − 1/n if one has everything.

    Σ (2i − n − 1) · x_i ÷ (n · Σ x) over the counts in ascending order, i = 1 … n. NaN if they add up to 0.
    O(n log n).
    """
    n, total = len(counts), counts.sum()
    if not total:
        return _NAN
    places = 2 * np.arange(1, n + 1) - n - 1
    return float(places @ np.sort(counts) / (n * total))


def _times_recommended(lists: pl.DataFrame, sales: pl.DataFrame) -> np.ndarray:
    """In how many lists each article is that was sold recently (0 included) or is recommended."""
    times = lists.group_by("article").len("times")
    unseen = sales.join(times, on="article", how="anti").height
    return np.concatenate([np.zeros(unseen, np.int64), times["times"].to_numpy().astype(np.int64)])


def _pairs(n: pl.Expr) -> pl.Expr:
    return n * (n - 1) // 2


def _mean(values: pl.Series) -> float:
    return float(values.to_numpy().mean()) if len(values) else _NAN
