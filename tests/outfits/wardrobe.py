"""A tiny shop of two tastes: black and white articles that nobody mixes, so that the right outfit can be seen."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from stylo.candidates.history import History

AS_OF = date(2020, 9, 1)
# article → type, group, colour, section, price
ARTICLES = {
    10: ("Blouse", "Garment Upper body", "Black", "Womens Casual", 0.03),
    11: ("Blouse", "Garment Upper body", "White", "Womens Casual", 0.03),
    20: ("Trousers", "Garment Lower body", "Black", "Womens Casual", 0.05),
    21: ("Trousers", "Garment Lower body", "White", "Womens Casual", 0.05),
    30: ("Dress", "Garment Full body", "Black", "Womens Casual", 0.06),
    40: ("Boots", "Shoes", "Black", "Womens Shoes", 0.08),
    41: ("Boots", "Shoes", "White", "Womens Shoes", 0.02),
    50: ("Bag", "Accessories", "Black", "Womens Big accessories", 0.04),
    60: ("Socks", "Socks & Tights", "Black", "Womens Casual", 0.01),
    70: ("Boots", "Shoes", "Black", "Kids & Baby Shoes", 0.02),
    71: ("Shirt", "Garment Upper body", "Black", "Denim Men", 0.03),
    # never sold
    12: ("Blouse", "Garment Upper body", "Black", "Womens Casual", None),
}
BLACK, WHITE = (10, 20, 40), (11, 21, 41)


def articles() -> pl.DataFrame:
    rows = [(number, number, f"Article {number}", *facts[:4]) for number, facts in sorted(ARTICLES.items())]
    return pl.DataFrame(
        rows,
        schema={
            "article": pl.Int32,
            "product_code": pl.Int32,
            "prod_name": pl.String,
            "product_type_name": pl.String,
            "product_group_name": pl.String,
            "colour_group_name": pl.String,
            "section_name": pl.String,
        },
        orient="row",
    )


def priced() -> pl.DataFrame:
    """As an assortment has them: prices in units of money."""
    prices = [None if (paid := ARTICLES[number][4]) is None else 1000 * paid for number in sorted(ARTICLES)]
    return articles().with_columns(price=pl.Series(prices, dtype=pl.Float64))


def transactions(more: tuple[tuple[date, int, int], ...] = ()) -> pl.DataFrame:
    """Sixty customers buy black or white, thirty a dress with black boots, ten a bag with what is for others."""
    rows = []
    for customer in range(60):
        day = AS_OF - timedelta(days=1 + customer % 20)
        rows += [(day, customer, article) for article in (BLACK, WHITE)[customer % 2]]
    for customer in range(100, 130):
        rows += [(AS_OF - timedelta(days=3), customer, article) for article in (30, 40)]
    for customer in range(200, 210):
        rows += [(AS_OF - timedelta(days=2), customer, article) for article in (50, 60, 70, 71)]
    rows += more
    paid = [ARTICLES[article][4] for _, _, article in rows]
    return pl.DataFrame(
        rows, schema={"t_dat": pl.Date, "customer": pl.UInt32, "article": pl.Int32}, orient="row"
    ).with_columns(price=pl.Series(paid, dtype=pl.Float32), sales_channel_id=pl.lit(1, pl.Int8))


def history(more: tuple[tuple[date, int, int], ...] = ()) -> History:
    return History(transactions(more), articles())
