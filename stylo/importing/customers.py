"""Who bought, and what a file of customers says of them → rows of `customers.csv`."""

from __future__ import annotations

from datetime import date

import polars as pl

from stylo.importing.left_out import LeftOut
from stylo.importing.templates import CUSTOMERS
from stylo.importing.values import Dates, days, whole
from stylo.tables.ids import LONGEST_OWN_ID, check_own_ids, customer_digests
from stylo.tables.schemas import CUSTOMERS_CSV
from stylo.time_zone import TimeZone

COLUMNS = [*CUSTOMERS_CSV.names, "shop_customer_id"]
_YES = ("yes", "true", "1", "subscribed", "ja", "oui", "y")
_NO = ("no", "false", "0", "unsubscribed", "not subscribed", "nein", "non", "n")
_OLDEST, _DAYS_OF_A_YEAR = 120, 365.25


def customer_ids(own: pl.Series) -> pl.Series:
    """`customer_digest` of each of the shop's own ids."""
    some = own.drop_nulls().unique()
    return own.replace_strict(some, customer_digests(some), default=None, return_dtype=pl.String)


def customers_of(
    purchases: pl.DataFrame, rows: pl.DataFrame | None, dates: Dates, zone: TimeZone, last_day: date
) -> tuple[pl.DataFrame, list[LeftOut]]:
    """Rows of `customers.csv` with `shop_customer_id`: who bought, in that order, then who only stands in the file.

    Parameters
    ----------
    purchases : rows of PURCHASES.
    rows : of a file of customers, whose columns have our names; None without one.
    last_day : on which ages count.
    """
    buyers = purchases.group_by("shop_customer_id", maintain_order=True).agg(
        pl.col("postal_code", "newsletter").drop_nulls().last()
    )
    known, left_out = _of_file(rows, dates, zone, last_day) if rows is not None else (None, [])
    table = buyers.with_columns(age=pl.lit(None, pl.Int32), club=pl.lit(None, pl.String))
    if known is not None:
        table = table.join(
            known, on="shop_customer_id", how="full", coalesce=True, maintain_order="left_right"
        )
        table = table.with_columns(
            pl.coalesce(f"{name}_right", name).alias(name)
            for name in ("postal_code", "newsletter", "age", "club")
        )
    word = pl.col("newsletter").str.to_lowercase()
    takes = pl.when(word.is_in(_YES)).then(1).when(word.is_in(_NO)).then(0)
    own = pl.col("shop_customer_id")
    table = table.with_columns(
        customer_id=customer_ids(table["shop_customer_id"]),
        FN=takes,
        Active=pl.lit(None, pl.Int32),
        club_member_status=pl.col("club"),
        fashion_news_frequency=pl.when(takes == 1)
        .then(pl.lit("Regularly"))
        .when(takes == 0)
        .then(pl.lit("NONE")),
    )
    return table.filter(own.is_not_null()).select(COLUMNS), left_out


def _of_file(
    rows: pl.DataFrame, dates: Dates, zone: TimeZone, last_day: date
) -> tuple[pl.DataFrame, list[LeftOut]]:
    rows = rows.with_columns(
        pl.lit(None, pl.String).alias(name) for name in CUSTOMERS if name not in rows.columns
    )
    own = pl.coalesce("customer", "email")
    own = pl.when(own.str.contains("@")).then(own.str.to_lowercase()).otherwise(own)
    born = days(rows["birth_date"], dates, zone, "The customer export")
    years = ((pl.lit(last_day) - born).dt.total_days() / _DAYS_OF_A_YEAR).floor().cast(pl.Int32)
    rows = rows.with_columns(shop_customer_id=own, age=pl.coalesce(whole(rows["age"]), years))
    fits = check_own_ids(pl.col("shop_customer_id")).is_not_null()
    left_out = []
    unfit = rows.filter(~fits)
    if unfit.height:
        why = f"customers without an id, or with one of more than {LONGEST_OWN_ID} characters"
        left_out.append(LeftOut(why, unfit.height, str(unfit["shop_customer_id"].drop_nulls().first() or "")))
    age = pl.when(pl.col("age").is_between(0, _OLDEST)).then("age")
    known = rows.filter(fits).unique("shop_customer_id", keep="last", maintain_order=True)
    return known.select("shop_customer_id", "postal_code", "newsletter", "club", age=age), left_out
