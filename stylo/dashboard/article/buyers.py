"""Who bought an article, and what articles have in common by their buyers. No Streamlit here."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import polars as pl

from stylo.artefacts import read_parts, scan_table
from stylo.dashboard.shop import Shop

_TRANSACTIONS = "transactions.parquet"


def recent_buyers(shop: Shop, article: int, most: int) -> pl.DataFrame:
    """`t_dat`, `customer_id`, `pieces`, `price` (each, in units of money), `online`: the last to buy an article.

    `customer_id` is the id by which people know the customer.

    One row for each customer, of their last day; the newest first, then by number. Reads the months from the last one
    back, until enough have bought.

    Raises MissingArtefact, StaleArtefact or DamagedArtefact.
    """
    last = _last_purchases(shop, article, most)
    people = shop.folder.scan("customers.parquet").filter(
        pl.col("customer").is_in(last["customer"].implode())
    )
    named = last.join(
        people.select("customer", customer_id=shop.customers.id_column).collect(),
        on="customer",
        maintain_order="left",
    )
    return named.select("t_dat", "customer_id", "pieces", pl.col("price") * shop.folder.price_unit, "online")


def _last_purchases(shop: Shop, article: int, most: int) -> pl.DataFrame:
    shop.folder.scan(_TRANSACTIONS)  # checked
    folder = shop.folder.path(_TRANSACTIONS)
    parts = sorted(read_parts(folder), key=lambda part: part.last, reverse=True)
    seen, found = [], pl.DataFrame()
    for part, earlier in zip(parts, [*parts[1:], None], strict=True):
        mine = scan_table(folder / part.file).filter(pl.col("article") == article)
        seen.append(mine.select("t_dat", "customer", "price", "sales_channel_id").collect())
        found = _by_customer(pl.concat(seen))
        # Days that were added later may lie in two parts.
        if earlier is not None and found.filter(pl.col("t_dat") > earlier.last).height >= most:
            break
    return found.head(most)


def _by_customer(bought: pl.DataFrame) -> pl.DataFrame:
    last = bought.filter(pl.col("t_dat") == pl.col("t_dat").max().over("customer"))
    return (
        last.group_by("t_dat", "customer")
        .agg(pieces=pl.len(), price=pl.col("price").mean(), online=(pl.col("sales_channel_id") == 2).any())
        .sort("t_dat", "customer", descending=[True, False])
    )


def buyers_in_common(
    shop: Shop, articles: Sequence[int]
) -> tuple[dict[int, int], dict[tuple[int, int], int]]:
    """How many customers ever bought each article; and how many bought both, for each two of them in their order.

    Reads two columns of all transactions. Raises MissingArtefact, StaleArtefact or DamagedArtefact.
    """
    sales = shop.folder.scan(_TRANSACTIONS).filter(pl.col("article").is_in(articles))
    bought = sales.select("article", "customer").unique().collect(engine="streaming")
    whose = {
        article: set(bought.filter(pl.col("article") == article)["customer"].to_list())
        for article in articles
    }
    both = {(one, other): len(whose[one] & whose[other]) for one, other in combinations(articles, 2)}
    return {article: len(customers) for article, customers in whose.items()}, both
