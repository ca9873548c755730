"""Figures of a shop as a whole: its size, and what happens in its last week.

─┬── 90 days ─────────┬── previous week ──┬── last week ──┐
                                       cutoff          last day
"""

from datetime import date, timedelta

import polars as pl

from stylo_demo.histories import Figures

_DAYS, _MEMORY_DAYS, _LIST = 7, 90, 12
#: The best 20,000 of H&M's 105,542 articles.
_BEST = 20_000 / 105_542
_RECENCIES = {"7 days ago or less": 7, "8 to 30 days ago": 30, "31 to 90 days ago": 90}


def figures_of_the_whole(rows: pl.LazyFrame, customers: int, articles: int) -> Figures:
    """Figures of all transactions of a shop: columns t_dat Date, customer_id, article_id.

    Goes through the rows three times, and holds those of the last 97 days.
    """
    last_day = rows.select(pl.col("t_dat").max()).collect(engine="streaming").item()
    cutoff = last_day - timedelta(days=_DAYS - 1)
    sizes, first_sales, recent = pl.collect_all(
        [
            rows.select(rows=pl.len(), buyers=pl.col("customer_id").n_unique()),
            rows.group_by("article_id").agg(first=pl.col("t_dat").min()),
            rows.filter(pl.col("t_dat") >= cutoff - timedelta(days=_MEMORY_DAYS)).select(
                "t_dat", "customer_id", "article_id"
            ),
        ],
        engine="streaming",
    )
    past, target = recent.filter(pl.col("t_dat") < cutoff), recent.filter(pl.col("t_dat") >= cutoff)
    buyers = target.select("customer_id").unique()
    lines = target.select("customer_id", "article_id").unique()
    before = rows.filter(pl.col("t_dat") < cutoff).join(buyers.lazy(), on="customer_id", how="semi")
    last_visits = before.group_by("customer_id").agg(pl.col("t_dat").max()).collect(engine="streaming")
    own = lines.join(past, on=["customer_id", "article_id"], how="semi")
    new = target.join(first_sales.filter(pl.col("first") >= cutoff), on="article_id", how="semi")
    return {
        "rows for each customer": sizes["rows"].item() / customers,
        "customers who ever bought": sizes["buyers"].item() / customers,
        "articles ever sold": first_sales.height / articles,
        "rows in the last week for each customer": target.height / customers,
        "customers who buy in the last week": buyers.height / customers,
        "different articles a buyer": lines.height / buyers.height,
        **_recency((cutoff - last_visits["t_dat"]).dt.total_days(), buyers.height),
        "purchases of an own article of 90 days": own.height / lines.height,
        "purchases of an article never sold before": new.height / target.height,
        "purchases of the previous week's best 19 %": _of_the_best(target, past, cutoff, articles),
        **_scores(lines, past, cutoff),
    }


def _recency(days: pl.Series, buyers: int) -> Figures:
    """Shares of the last week's buyers by the days from their last purchase before it to the cutoff."""
    found: Figures = {}
    longest = 0
    for name, most in _RECENCIES.items():
        found[f"buyers who bought last {name}"] = _count((days > longest) & (days <= most)) / buyers
        longest = most
    return {
        **found,
        "buyers who bought last before that": _count(days > longest) / buyers,
        "buyers who had never bought": 1 - len(days) / buyers,
    }


def _count(holds: pl.Series) -> int:
    return int(holds.sum())


def _of_the_best(target: pl.DataFrame, past: pl.DataFrame, cutoff: date, articles: int) -> float:
    best = _bestsellers(past, cutoff).head(round(_BEST * articles))
    return target.join(best, on="article_id", how="semi").height / target.height


def _bestsellers(past: pl.DataFrame, cutoff: date) -> pl.DataFrame:
    """The articles sold in the week before the cutoff, best first."""
    week = past.filter(pl.col("t_dat") >= cutoff - timedelta(days=_DAYS))
    counts = week.group_by("article_id").len()
    return counts.sort(["len", "article_id"], descending=[True, False]).select("article_id")


def _scores(lines: pl.DataFrame, past: pl.DataFrame, cutoff: date) -> Figures:
    """MAP@12 of the last week's top 12, of own purchases of 90 days, and of these filled up with the top 12.

    It says how hard the shop's week is to foresee by these two simple means, and nothing about a model.
    """
    buyers = lines.select("customer_id").unique()
    top = _bestsellers(past, cutoff).head(_LIST).with_row_index("place")
    popular = buyers.join(top, how="cross")
    bought = past.join(buyers, on="customer_id", how="semi").group_by("customer_id", "article_id")
    own = bought.agg(pl.col("t_dat").max(), times=pl.len()).with_columns(
        place=pl.struct(-pl.col("t_dat").to_physical(), -pl.col("times").cast(pl.Int32), "article_id")
        .rank("ordinal")
        .over("customer_id")
    )
    own = own.select("customer_id", "article_id", "place")
    rest = popular.join(own, on=["customer_id", "article_id"], how="anti")
    filled = pl.concat([own, rest.select("customer_id", "article_id", pl.col("place") + 1_000_000)])
    return {
        "MAP@12 of last week's top 12": _mean_average_precision(popular, lines),
        "MAP@12 of own purchases of 90 days": _mean_average_precision(own, lines),
        "MAP@12 of these, filled up": _mean_average_precision(filled, lines),
    }


def _mean_average_precision(lists: pl.DataFrame, bought: pl.DataFrame) -> float:
    """Kaggle's MAP@12 of lists (customer_id, article_id, place) for the customers who bought."""
    key = ["customer_id", "article_id"]
    ranked = lists.with_columns(rank=pl.col("place").rank("ordinal").over("customer_id"))
    hits = ranked.filter(pl.col("rank") <= _LIST).join(bought, on=key, how="semi")
    hits = hits.with_columns(nth=pl.col("rank").rank("ordinal").over("customer_id"))
    sums = hits.group_by("customer_id").agg(precision=(pl.col("nth") / pl.col("rank")).sum())
    customers = bought.group_by("customer_id").agg(most=pl.len().clip(upper_bound=_LIST))
    scored = sums.join(customers, on="customer_id")
    return float(scored.select((pl.col("precision") / pl.col("most")).sum()).item()) / customers.height
