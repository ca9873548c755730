"""Figures of complete purchase histories: how some customers of a shop behave over its two years.

Each function takes the same table, one row a purchase, columns t_dat Date, customer_id, article_id, price,
sales_channel_id and the article's product_code, section_name, index_group_name and product_type_name, and
gives figures by name. A visit is a customer's day with purchases.
"""

from collections.abc import Callable

import numpy as np
import polars as pl

from stylo.tables.schemas import PRICE_UNIT

Figures = dict[str, float]

#: What of articles.csv the figures are about.
ARTICLE_COLUMNS = ("article_id", "product_code", "section_name", "index_group_name", "product_type_name")
_VISIT = ("customer_id", "t_dat")
_LEVELS = {"section": "section_name", "index group": "index_group_name", "product type": "product_type_name"}
_KNOWN_CUSTOMER, _KNOWN_ARTICLE = 10, 5
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip


def figures_of_histories(rows: pl.DataFrame, articles: int) -> Figures:
    """All figures of the histories of some customers, from a catalogue of so many articles."""
    parts: tuple[Callable[[pl.DataFrame], Figures], ...] = (
        _visits, _gaps, _baskets, _again, _variants, _loyalty, _prices, _channels, _seasons, _lives,
    )  # fmt: skip
    return {name: value for part in parts for name, value in part(rows).items()} | _concentration(
        rows, articles
    )


def _visits(rows: pl.DataFrame) -> Figures:
    counts = rows.group_by("customer_id").agg(rows=pl.len(), visits=pl.col("t_dat").n_unique())
    return {
        "rows a customer, mean": _mean(counts["rows"]),
        **_quantiles("rows a customer", counts["rows"], (0.5, 0.75, 0.9)),
        "visits a customer, mean": _mean(counts["visits"]),
        **_quantiles("visits a customer", counts["visits"], (0.5, 0.75, 0.9, 0.99)),
        "customers with a single visit": _mean(counts["visits"] == 1),
    }


def _gaps(rows: pl.DataFrame) -> Figures:
    days = rows.select(_VISIT).unique().sort(_VISIT).select(pl.col("t_dat").diff().over("customer_id"))
    gaps = days.to_series().drop_nulls().dt.total_days()
    return {
        **_quantiles("days between visits", gaps, (0.1, 0.25, 0.5, 0.75, 0.9)),
        **{f"visits again within {days} days": _mean(gaps <= days) for days in (7, 30, 90)},
    }


def _baskets(rows: pl.DataFrame) -> Figures:
    sizes = rows.group_by(_VISIT).len()["len"]
    return {
        "rows a visit, mean": _mean(sizes),
        **_quantiles("rows a visit", sizes, (0.5, 0.75, 0.9, 0.99)),
        "visits of one row": _mean(sizes == 1),
        "rows that are one more of the same": 1 - _lines(rows).height / rows.height,
    }


def _again(rows: pl.DataFrame) -> Figures:
    before = pl.col("t_dat").shift(1).over("customer_id", "article_id", order_by="t_dat")
    days = _lines(rows).select((pl.col("t_dat") - before).dt.total_days()).to_series()
    return {
        **{f"bought again within {most} days": _share(days <= most) for most in (30, 90)},
        "bought again ever": 1 - days.null_count() / len(days),
    }


def _variants(rows: pl.DataFrame) -> Figures:
    """Lines whose product the customer had bought before, but in another variant; and in the same basket."""
    product = ("customer_id", "product_code")
    lines = _lines(rows).with_columns(
        new=pl.col("t_dat").shift(1).over("customer_id", "article_id", order_by="t_dat").is_null()
    )
    visits = lines.group_by(*product, "t_dat").agg(variants=pl.len())
    visits = visits.with_columns(before=pl.col("t_dat").shift(1).over(product, order_by="t_dat"))
    lines = lines.join(visits, on=[*product, "t_dat"])
    days = (lines["t_dat"] - lines["before"]).dt.total_days()
    return {
        **{f"another variant within {most} days": _share(lines["new"] & (days <= most)) for most in (30, 90)},
        "another variant ever": _share(lines["new"] & lines["before"].is_not_null()),
        "lines with another variant in the basket": _mean(lines["variants"] > 1),
    }


def _loyalty(rows: pl.DataFrame) -> Figures:
    found: Figures = {}
    for what, column in _LEVELS.items():
        found |= {
            f"rows in a customer's top {what}": _top_share(rows, column),
            f"next visit in the same {what}": _next_visit(rows, column),
            f"pairs in a basket of the same {what}": _pairs(rows, column),
        }
    return found


def _top_share(rows: pl.DataFrame, column: str) -> float:
    counts = rows.group_by("customer_id", column).len().group_by("customer_id")
    shares = counts.agg(top=pl.col("len").max(), all=pl.col("len").sum())
    return _mean(shares.filter(pl.col("all") >= _KNOWN_CUSTOMER).select(pl.col("top") / pl.col("all")))


def _next_visit(rows: pl.DataFrame, column: str) -> float:
    """The chance that one line of a visit and one of the next are of the same kind."""
    shares = rows.group_by(*_VISIT, column).len()
    shares = shares.with_columns(
        share=pl.col("len") / pl.col("len").sum().over(_VISIT),
        visit=pl.col("t_dat").rank("dense").over("customer_id").cast(pl.Int64),
    )
    pairs = shares.join(
        shares.with_columns(pl.col("visit") + 1), on=["customer_id", "visit", column], suffix="_before"
    )
    visits = rows.group_by("customer_id").agg(pl.col("t_dat").n_unique() - 1)["t_dat"].sum()
    return float(pairs.select((pl.col("share") * pl.col("share_before")).sum()).item()) / max(int(visits), 1)


def _pairs(rows: pl.DataFrame, column: str) -> float:
    """The chance that two different articles of a basket are of the same kind."""
    lines = _lines(rows)
    same = lines.group_by(*_VISIT, column).len()["len"]
    all_ = lines.group_by(_VISIT).len()["len"]
    return float((same * (same - 1)).sum()) / max(float((all_ * (all_ - 1)).sum()), 1.0)


def _prices(rows: pl.DataFrame) -> Figures:
    prices = rows["price"] * PRICE_UNIT
    known = rows.filter(pl.len().over("article_id") >= _KNOWN_ARTICLE)
    highest, lowest = pl.col("price").max(), pl.col("price").min()
    return {
        **_quantiles(f"price × {PRICE_UNIT}", prices, (0.05, 0.25, 0.5, 0.75, 0.95)),
        "rows below the article's highest price": _mean(
            known.select(pl.col("price") < 0.99 * highest.over("article_id"))
        ),
        "an article's lowest price by its highest": _mean(
            known.group_by("article_id").agg(ratio=lowest / highest)["ratio"]
        ),
    }


def _channels(rows: pl.DataFrame) -> Figures:
    visits = rows.group_by(_VISIT).agg(online=(pl.col("sales_channel_id") == 2).mean())
    customers = visits.group_by("customer_id").agg(pl.len(), share=pl.col("online").mean())
    known = customers.filter(pl.col("len") >= _KNOWN_ARTICLE)
    return {
        "rows bought online": _mean(rows["sales_channel_id"] == 2),
        "visits online": _mean(visits["online"]),
        "visits to a customer's main channel": _mean(
            known.select(pl.max_horizontal("share", 1 - pl.col("share")))
        ),
        "customers of one channel only": _mean(known["share"].is_in([0.0, 1.0])),
    }


def _seasons(rows: pl.DataFrame) -> Figures:
    """Shares of the weekdays, rows a day in each month against the mean, and how much weeks differ."""
    weekdays = dict(rows.group_by(pl.col("t_dat").dt.weekday()).len().iter_rows())
    days = rows.group_by("t_dat").len()
    months = dict(days.group_by(pl.col("t_dat").dt.month()).agg(pl.col("len").mean()).iter_rows())
    usual = _mean(days["len"])
    ago = (pl.col("t_dat").max() - pl.col("t_dat")).dt.total_days() // 7
    weeks = rows.select(week=ago).group_by("week").len().sort("week")["len"]
    whole = weeks.head(max(len(weeks) - 1, 1))
    return {
        **{f"rows on a {name}": weekdays.get(at, 0) / rows.height for at, name in enumerate(_WEEKDAYS, 1)},
        **{f"a day in {name}": months.get(at, 0.0) / usual for at, name in enumerate(_MONTHS, 1)},
        "spread of weeks, deviation by mean": float(np.std(whole.to_numpy())) / _mean(whole),
    }


def _lives(rows: pl.DataFrame) -> Figures:
    """How old articles are when they are bought, as far as these rows know, and how long they are sold."""
    ages = rows.with_columns(age=pl.col("t_dat") - pl.col("t_dat").min().over("article_id"))
    last_year = ages.filter(pl.col("t_dat") > rows["t_dat"].max() - pl.duration(days=365))["age"]
    known = rows.group_by("article_id").agg(
        pl.len(), span=(pl.col("t_dat").max() - pl.col("t_dat").min()).dt.total_days()
    )
    return {
        **_quantiles("days since the article's first sale", last_year.dt.total_days(), (0.75, 0.9)),
        **_quantiles(
            "days from first to last sale",
            known.filter(pl.col("len") >= _KNOWN_ARTICLE)["span"],
            (0.25, 0.5, 0.75),
        ),
    }


def _concentration(rows: pl.DataFrame, articles: int) -> Figures:
    counts = rows.group_by("article_id").len()["len"].sort(descending=True)
    return {
        "articles sold to these customers": float(len(counts)),
        **{
            f"rows of the best {share:.1%} of the catalogue": float(
                counts.head(max(int(share * articles), 1)).sum()
            )
            / rows.height
            for share in (0.001, 0.01, 0.1)
        },
    }


def _lines(rows: pl.DataFrame) -> pl.DataFrame:
    """Different articles of each visit."""
    return rows.unique([*_VISIT, "article_id"], keep="any")


def _mean(values: pl.Series | pl.DataFrame) -> float:
    column = values.to_series() if isinstance(values, pl.DataFrame) else values
    mean = column.mean()
    return float(mean) if isinstance(mean, int | float) else 0.0


def _share(holds: pl.Series) -> float:
    """The share of rows for which something holds; where it is not known, it does not."""
    return _mean(holds.fill_null(False))


def _quantiles(what: str, values: pl.Series, shares: tuple[float, ...]) -> Figures:
    return {f"{what}, {share:.0%}": float(values.quantile(share) or 0.0) for share in shares}
