"""Lines of orders → purchases: who bought which variant, on which day, for how much, and where.

Each line that is no purchase is left out for the first reason that it gives, and counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from stylo.errors import BadRows
from stylo.importing.left_out import LeftOut
from stylo.importing.order_lines import KnownProducts, of_the_last_file, with_facts_of_orders, with_values
from stylo.importing.templates import ORDERS, ExportTemplate
from stylo.importing.values import YES, folded
from stylo.records.importing import ImportSettings
from stylo.tables.ids import LONGEST_OWN_ID, check_own_ids
from stylo.tables.schemas import PRICE_LIMIT

#: A line of more pieces is no shopper's.
_MOST_PIECES = 1_000
#: Shopify's means of payment for trials.
_TEST = r"(?i)\bbogus\b"
#: Columns of purchases; a row for each piece. `order` is null where orders have no number.
PURCHASES = pl.Schema(
    {
        "order": pl.String,
        "t_dat": pl.Date,
        "shop_customer_id": pl.String,
        "sku": pl.String,
        "price": pl.Float64,
        "sales_channel_id": pl.UInt8,
        "postal_code": pl.String,
        "newsletter": pl.String,
    }
)


@dataclass(frozen=True)
class ImportedPurchases:
    """table : rows of PURCHASES by day.   left_out : lines that are no purchases.   remarks : what else to tell.

    lines : order lines read.   cancelled : orders that are no purchases at all.   discounted : lines of purchases that
    cost less than their list price, by `discounts` in all.
    """

    table: pl.DataFrame
    left_out: list[LeftOut]
    remarks: list[str]
    lines: int
    cancelled: int
    currency: str
    discounted: int = 0
    discounts: float = 0.0


def read_purchases(
    rows: pl.DataFrame,
    known: KnownProducts,
    settings: ImportSettings,
    template: ExportTemplate,
    today: date | None,
    list_prices: pl.DataFrame,
    gift_cards: pl.Series | None = None,
) -> ImportedPurchases:
    """The purchases of order lines, whose columns have our names; `file` says which file a line is from.

    Parameters
    ----------
    gift_cards : SKUs of what is bought and no article.
    today : the shop's day, which is not over: its lines and later ones wait for the next export. None: all days are.
    list_prices : `sku`, `price`: where orders have no prices.

    Raises BadRows where lines have several currencies, none is left, or none names a known product; BadOption where
    dates or prices contradict each other.
    """
    lines, remarks = rows.height, list[str]()
    rows = rows.with_columns(
        pl.lit(None, pl.String).alias(name) for name in ORDERS if name not in rows.columns
    )
    rows, twice = of_the_last_file(rows)
    rows = with_facts_of_orders(rows, template)
    rows = with_values(rows, settings, template, known, list_prices)
    currency = _one_currency(rows, settings)
    gifts = pl.Series([], dtype=pl.String) if gift_cards is None else gift_cards
    rows = rows.with_columns(why=_why(rows, settings, template, today, currency, gifts))
    if rows["found"].null_count() == rows.height and rows.height:
        some = rows.filter(pl.col("sku").is_not_null())["sku"].head(3).to_list()
        raise BadRows(
            "No order line names an article of the product export.",
            where=f"Orders name {', '.join(map(repr, some)) or 'no SKU'}; "
            f"products are {', '.join(map(repr, known.by_sku['text'].head(3)))}.",
            cure="Are both exports of the same shop, and is sku the right column? The import lists what it matched.",
        )
    left_out = [LeftOut("order lines that a later file has again", twice)] if twice else []
    counts = rows.filter(pl.col("why").is_not_null()).group_by("why").agg(
        pl.len(), pl.concat_str(["order", "sku", "name"], separator=" ", ignore_nulls=True).first().alias("example")
    )  # fmt: skip
    left_out += [LeftOut(*row) for row in counts.sort("len", descending=True).rows()]
    taken = rows.filter(pl.col("why").is_null())
    if taken.is_empty():
        raise BadRows(
            "No order line is a purchase: all were left out.",
            where="\n".join(f"  {each}" for each in left_out),
            cure="Check the columns and statuses in shop.toml.",
        )
    discounted = taken.filter(pl.col("discount") > 0)
    remarks += _remarks(taken, discounted, currency)
    gone = rows.filter(pl.col("why").is_not_null())["order"].drop_nulls().unique()
    cancelled = gone.filter(~gone.is_in(taken["order"].drop_nulls().unique().implode()))
    return ImportedPurchases(
        _pieces(taken, settings.bundles, list_prices),
        left_out,
        remarks,
        lines,
        len(cancelled),
        currency,
        discounted.height,
        round(float(discounted["discount"].sum()), 2),
    )


def _one_currency(rows: pl.DataFrame, settings: ImportSettings) -> str:
    found = rows["currency"].drop_nulls().str.to_uppercase().value_counts(sort=True)
    wanted = settings.currency.upper()
    if found.height > 1 and not wanted:
        shown = ", ".join(f"{count:,} lines in {name}" for name, count in found.head(5).rows())
        raise BadRows(
            "The orders are in several currencies, which cannot be added up.",
            where=f"{shown}.",
            cure=f'Choose one in shop.toml; lines in others are left out: currency = "{found["currency"][0]}"',
        )
    return wanted or (str(found["currency"][0]) if found.height else "")


def _why(
    rows: pl.DataFrame,
    settings: ImportSettings,
    template: ExportTemplate,
    today: date | None,
    currency: str,
    gift_cards: pl.Series,
) -> pl.Expr:
    """Why a line is no purchase; null for one that is."""
    no = template.left_out | {_state(each) for each in settings.left_out}
    state, of_line = (_states(pl.col(name)) for name in ("status", "line_status"))
    paid, pieces = pl.col("paid"), pl.col("pieces")
    reasons: list[tuple[pl.Expr, str | pl.Expr]] = [
        (pl.col("cancelled_at").is_not_null(), "lines of cancelled orders"),
        (state.is_in(sorted(no)), pl.format("lines of orders that are {}", state)),
        (of_line.is_in(sorted(no)), pl.format("lines that are {}", of_line)),
        (pl.col("payment").str.contains(_TEST), "lines of test orders"),
        (
            pl.col("found").is_in(gift_cards.implode()) | pl.col("gift_card").str.to_lowercase().is_in(YES),
            "lines of gift cards",
        ),
        (pl.col("date").is_null(), "lines without a date"),
        (pl.col("day").is_null(), "lines whose date cannot be read"),
        (
            pl.col("sku").is_null() & pl.col("found").is_null(),
            "lines without a SKU whose name is no product's",
        ),
        (pl.col("found").is_null(), "lines whose SKU is in no product export"),
        (pieces.is_null(), "lines whose quantity cannot be read"),
        (pieces <= 0, "returned lines"),
        (pieces > _MOST_PIECES, f"lines of more than {_MOST_PIECES:,} pieces"),
        (paid.is_null(), "lines whose price cannot be read"),
        (~paid.is_between(0, PRICE_LIMIT, closed="left"), "lines whose price is no price"),
        (pl.col("buyer").is_null(), "lines without a customer"),
        (
            check_own_ids(pl.col("buyer")).is_null(),
            f"lines whose customer's id has more than {LONGEST_OWN_ID} characters, or some that are not printable",
        ),
    ]
    if currency:
        foreign = pl.col("currency").str.to_uppercase() != currency
        reasons.append((foreign, pl.format("lines in {}", pl.col("currency").str.to_uppercase())))
    if today:
        reasons.append((pl.col("day") > today, f"lines of days after today, {today}"))
        reasons.append(
            (pl.col("day") == today, f"lines of {today}, which is not over: the next export has them")
        )
    return pl.coalesce(
        pl.when(is_so).then(pl.lit(why) if isinstance(why, str) else why) for is_so, why in reasons
    )


def _state(text: str) -> str:
    return text.casefold().removeprefix("wc-").replace("-", " ").replace("_", " ").strip()


def _states(text: pl.Expr) -> pl.Expr:
    return text.str.to_lowercase().str.strip_prefix("wc-").str.replace_all("[-_]", " ").str.strip_chars()


def _remarks(taken: pl.DataFrame, discounted: pl.DataFrame, currency: str) -> list[str]:
    remarks = []
    if discounted.height:
        taken_off = f"{discounted['discount'].sum():,.2f} {currency}".strip()
        remarks.append(
            f"{discounted.height:,} lines were discounted, by {taken_off} in all; prices are what was paid."
        )
    other_case = taken.filter(pl.col("sku") != pl.col("found"))
    other_case = other_case.filter(folded(pl.col("sku")) == folded(pl.col("found")))
    if other_case.height:
        sku, found = other_case.select("sku", "found").row(0)
        remarks.append(
            f"{other_case.height:,} lines write a SKU otherwise, in case or blanks: {sku!r} was taken as {found!r}."
        )
    by_name = taken.filter(pl.col("sku").is_null())
    if by_name.height:
        remarks.append(
            f"{by_name.height:,} lines without a SKU were matched otherwise, as {by_name['name'][0]!r} to "
            f"{by_name['found'][0]!r}."
        )
    guests = taken.filter("is_guest")["buyer"].n_unique()
    if guests:
        remarks.append(f"{guests:,} orders without a customer count as customers of their own (guests).")
    which = pl.col("refunded_quantity").is_null()
    partly = taken.filter(which & (_states(pl.col("status")) == "partially refunded"))["order"].n_unique()
    if partly:
        remarks.append(
            f"{partly:,} orders are partly refunded; the export does not say which lines, so all of them are kept."
        )
    return remarks


def _pieces(
    taken: pl.DataFrame, bundles: Mapping[str, Sequence[str]], list_prices: pl.DataFrame
) -> pl.DataFrame:
    """A row for each piece; of a bundle one for each of its parts, which share its price by their list prices."""
    table = taken.select(
        "order",
        pl.col("day").alias("t_dat"),
        pl.col("buyer").alias("shop_customer_id"),
        pl.col("found").alias("sku"),
        pl.col("paid").alias("price"),
        "sales_channel_id",
        "postal_code",
        "newsletter",
        "pieces",
    )
    if bundles:
        parts = pl.DataFrame(
            [(bundle, part) for bundle, inside in bundles.items() for part in inside],
            {"sku": pl.String, "part": pl.String},
            orient="row",
        ).join(
            list_prices.rename({"sku": "part", "price": "listed"}),
            on="part",
            how="left",
            maintain_order="left",
        )
        share = pl.col("listed") / pl.col("listed").sum().over("sku")
        equal = 1 / pl.len().over("sku")
        whole_list = (pl.col("listed").null_count().over("sku") == 0) & (
            pl.col("listed").sum().over("sku") > 0
        )
        parts = parts.select("sku", "part", share=pl.when(whole_list).then(share).otherwise(equal))
        table = table.join(parts, on="sku", how="left", maintain_order="left")
        table = table.with_columns(
            sku=pl.coalesce("part", "sku"), price=pl.col("price") * pl.col("share").fill_null(1.0)
        ).drop("part", "share")
    each = pl.int_range(pl.len(), dtype=pl.UInt32).repeat_by("pieces").explode()
    if (table["pieces"] != 1).any():
        table = table[table.select(each).to_series()]
    return table.sort("t_dat", maintain_order=True).select(list(PURCHASES)).cast(PURCHASES)
