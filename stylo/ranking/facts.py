"""What is known of each article as of a day: how it sells, how old it is, how often it is bought again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from stylo.candidates.catalogue import PRODUCT, Catalogue
from stylo.candidates.history import History, age_in_days
from stylo.candidates.popularity import decayed_sales

#: Days of the windows in which sales are counted.
WINDOWS = (7, 14, 28, 91)
_HALF_LIVES = 5.0, 30.0
_NEVER = 9999
_YEAR, _SEASON = 364, 28
# Rates of few cases are drawn towards the rate of all: as if so many more had been seen.
_PRIOR = 20.0
_ROWS = 5_000_000


@dataclass(frozen=True)
class ArticleFacts:
    """Arrays over the rows of a catalogue, float32 (articles,) unless said otherwise.

    sales : (articles, windows), how many were sold in each of WINDOWS.
    product_sales : sales of all variants of the product in the second shortest window.
    trend : log of the sales of the first window against the usual in the third.
    ever : how many were sold at all.
    decayed, decayed_long : sales that halve every 5 and every 30 days.
    product_decayed : the latter of all variants of the product.
    first_sale, last_sale : days since the article was first and last sold; 9999 if never.
    product_last_sale : days since any variant of the product was sold.
    newness : of what was sold in the last four weeks, the share with a smaller product code: codes are given as
        products are made, so that new ones have high codes, also those that were never sold.
    price : mean of the last four weeks in which it was sold; NaN if never.
    first_price : mean of all its sales; NaN if never sold.
    repeats : of those who bought the product, the share who bought it again on another day; towards that of
        its product type where few did.
    season : log of the sales of its product type in the four weeks to come a year ago against those of the
        four weeks before; 0 where nothing is known.
    """

    sales: np.ndarray
    product_sales: np.ndarray
    trend: np.ndarray
    ever: np.ndarray
    decayed: np.ndarray
    decayed_long: np.ndarray
    product_decayed: np.ndarray
    first_sale: np.ndarray
    last_sale: np.ndarray
    product_last_sale: np.ndarray
    newness: np.ndarray
    price: np.ndarray
    first_price: np.ndarray
    repeats: np.ndarray
    season: np.ndarray

    @classmethod
    def of(cls, history: History, as_of: date) -> ArticleFacts:
        """From all transactions before the day; repeats from the newest five million."""
        catalogue = history.catalogue
        sales = _sales(history, as_of)
        column = _Column(catalogue, sales["article"].to_numpy())
        window = np.stack([column(sales[f"sold_{days}"], 0) for days in WINDOWS], axis=1)
        decayed, decayed_long = (_decayed(history, as_of, half_life) for half_life in _HALF_LIVES)
        product = catalogue.groups[PRODUCT]
        by_product = np.bincount(product, window[:, 1], minlength=1)
        last_sale = column(sales["last"], _NEVER)
        last_of_product = np.full(int(product.max(initial=0)) + 1, _NEVER, dtype=np.float32)
        np.minimum.at(last_of_product, product, last_sale)
        usual = window[:, 2] * WINDOWS[0] / WINDOWS[2]
        return cls(
            window,
            by_product[product].astype(np.float32),
            np.log((window[:, 0] + 1) / (usual + 1)),
            column(sales["ever"], 0),
            decayed,
            decayed_long,
            np.bincount(product, decayed_long, minlength=1)[product].astype(np.float32),
            column(sales["first"], _NEVER),
            last_sale,
            last_of_product[product],
            _newness(catalogue, window[:, 2]),
            column(sales["price"], np.nan),
            column(sales["mean_price"], np.nan),
            _repeats(history, as_of),
            _season(history, as_of),
        )


class _Column:
    """Spreads values of some articles over the whole catalogue."""

    def __init__(self, catalogue: Catalogue, articles: np.ndarray) -> None:
        self._row, self._count = catalogue.rows(articles), len(catalogue)

    def __call__(self, values: pl.Series, otherwise: float) -> np.ndarray:
        column = np.full(self._count, otherwise, dtype=np.float32)
        column[self._row] = values.to_numpy()
        return column


def _decayed(history: History, as_of: date, half_life: float) -> np.ndarray:
    sales = decayed_sales(history, as_of, half_life).collect()
    return _Column(history.catalogue, sales["article"].to_numpy())(sales["score"], 0)


def _sales(history: History, as_of: date) -> pl.DataFrame:
    """Of each article that was sold: `first`, `last` days ago, `ever`, `price`, `mean_price`, `sold_…`."""
    age = age_in_days(as_of)
    # Prices as whole numbers and hundred-millionths: sums are the same in any order, and none is too large.
    price = pl.col("price").cast(pl.Float64)
    whole = price.floor()
    parts = whole.cast(pl.Int64), ((price - whole) * 1e8).round().cast(pl.Int64)
    lately = age <= pl.col("last") + WINDOWS[2]
    sold = history.before(as_of)
    mean = parts[0].sum() / pl.len() + parts[1].sum() / pl.len() / 1e8
    last = sold.group_by("article").agg(
        age.min().alias("last"),
        age.max().alias("first"),
        pl.len().alias("ever"),
        mean.alias("mean_price"),
    )
    priced = sold.join(last, on="article").filter(lately).group_by("article").agg(mean.alias("price"))
    windows = [(age <= days).sum().alias(f"sold_{days}") for days in WINDOWS]
    counted = history.before(as_of, max(WINDOWS)).group_by("article").agg(windows)
    joined = last.join(priced, on="article").join(counted, on="article", how="left")
    return joined.with_columns(pl.col([f"sold_{days}" for days in WINDOWS]).fill_null(0)).collect(
        engine="streaming"
    )


def _newness(catalogue: Catalogue, sold: np.ndarray) -> np.ndarray:
    """By product code, and within a product by article."""
    order = np.argsort(catalogue.product_codes, kind="stable")
    before = np.empty_like(sold)
    before[order] = np.cumsum(sold[order]) - sold[order]
    return (before / max(sold.sum(), 1)).astype(np.float32)


def _repeats(history: History, as_of: date) -> np.ndarray:
    catalogue = history.catalogue
    codes = {"article": catalogue.articles, "product": catalogue.groups[PRODUCT]}
    products = pl.LazyFrame(codes)
    visits = history.newest(as_of, _ROWS).join(products, on="article").group_by("customer", "product")
    times = visits.agg(pl.col("t_dat").n_unique().alias("times"))
    counts = times.group_by("product").agg(
        pl.len().alias("buyers"), (pl.col("times") > 1).sum().alias("again")
    )
    found = counts.collect(engine="streaming")
    product, kind = catalogue.groups[PRODUCT], catalogue.groups["product_type_no"]
    everybody = int(product.max(initial=-1)) + 1
    buyers, again = np.zeros((2, everybody))
    buyers[found["product"].to_numpy()] = found["buyers"].to_numpy()
    again[found["product"].to_numpy()] = found["again"].to_numpy()
    # A product's type is that of its first article.
    first = np.unique(product, return_index=True)[1]
    kind_of_product = kind[first] + 1
    of_all = again.sum() / max(buyers.sum(), 1)
    kinds = [np.bincount(kind_of_product, each, int(kind.max(initial=-1)) + 2) for each in (again, buyers)]
    of_kind = (kinds[0] + _PRIOR * of_all) / (kinds[1] + _PRIOR)
    rate = (again + _PRIOR * of_kind[kind_of_product]) / (buyers + _PRIOR)
    return rate[product].astype(np.float32)


def _season(history: History, as_of: date) -> np.ndarray:
    catalogue = history.catalogue
    year_ago = as_of - timedelta(days=_YEAR)
    kind = catalogue.groups["product_type_no"] + 1
    sold = []
    for until in (year_ago + timedelta(days=_SEASON), year_ago):
        counts = history.before(until, _SEASON).group_by("article").agg(pl.len()).collect()
        row = catalogue.rows(counts["article"].to_numpy())
        sold.append(np.bincount(kind[row], counts["len"].to_numpy(), int(kind.max(initial=0)) + 1))
    after, before = sold
    return np.log((after + _PRIOR) / (before + _PRIOR))[kind].astype(np.float32)
