"""Lines of order exports, read: facts of the order in each line, and the variant, day, pieces and price of each."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from stylo.importing.discounts import with_prices_paid
from stylo.importing.templates import ExportTemplate
from stylo.importing.values import days, folded, from_json, prices, whole
from stylo.records.importing import ImportSettings
from stylo.tables.ids import check_own_ids
from stylo.time_zone import TimeZone

_SHOP, _ONLINE = 1, 2
_OF_ORDER = (
    "date", "currency", "customer", "email", "channel", "postal_code", "newsletter", "payment",
    "order_discount", "order_subtotal",
)  # fmt: skip
#: Of orders or of lines: only an order's first line can say them of the others.
_STATES = ("status", "cancelled_at")
#: What the first line of an order goes on to say in every export.
_OF_FIRST_LINE = ("date", "status", "currency", "order_subtotal")


@dataclass(frozen=True)
class KnownProducts:
    """How an order line names a variant: by SKU, by SKU but for case and blanks, by the product's number, by name.

    Each maps a text to a SKU; texts that could mean two are in none.
    """

    by_sku: pl.DataFrame
    by_folded_sku: pl.DataFrame
    by_product_id: pl.DataFrame
    by_name: pl.DataFrame

    @classmethod
    def of(cls, variants: pl.DataFrame) -> KnownProducts:
        """variants : rows of VARIANTS."""

        def one(text: pl.Expr) -> pl.DataFrame:
            pairs = variants.select(text=text, found="sku").drop_nulls()
            return pairs.filter(~pl.col("text").is_duplicated())

        by_name = pl.concat([one(pl.col("variant_name")), one(pl.col("name"))])
        return cls(
            one(pl.col("sku")),
            one(folded(pl.col("sku"))),
            one(pl.col("product_id")),
            by_name.unique("text", keep="first"),
        )


def of_the_last_file(rows: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Of an order that several files have, the lines of the last one; and how many lines go.

    Where an order was cut between two files, the later one lacks its first line: then the lines of both stay.
    """
    if rows["file"].max() == 0 or rows["order"].null_count() == rows.height:
        return rows, 0

    def said(name: str, *over: str) -> pl.Expr:
        return pl.col(name).is_not_null().any().over(*over)

    lacks_first = pl.any_horizontal(
        said(name, "order") & said(name, "file") & ~said(name, "order", "file") for name in _OF_FIRST_LINE
    )
    file = pl.col("file")
    whole_in = rows.select(file, "order", whole=pl.when(~lacks_first).then(file))
    last = whole_in.select(
        pl.coalesce(pl.col("whole").max().over("order"), file.max().over("order"))
    ).to_series()
    kept = rows.filter(pl.col("order").is_null() | (file >= last))
    return kept, rows.height - kept.height


def with_facts_of_orders(rows: pl.DataFrame, template: ExportTemplate) -> pl.DataFrame:
    """What only the first line of an order says, in all of its lines (Shopify leaves the others empty).

    A state may be that of one line, as of one that was returned: where lines have a day of their own, it stays there.
    """
    some = [name for name in (*_OF_ORDER, *_STATES) if 0 < rows[name].null_count() < rows.height]
    if not some or rows["order"].null_count() == rows.height:
        return rows
    facts = rows.group_by("order", maintain_order=True).agg(
        (pl.col(name) if name in _STATES else pl.col(name).drop_nulls()).first().alias(f"{name} of order")
        for name in some
    )
    goes_on = pl.lit(value=True) if template.facts_first else pl.col("date").is_null()
    rows = rows.join(facts, on="order", how="left", maintain_order="left")
    return rows.with_columns(
        pl.coalesce(
            name, pl.when(goes_on | pl.lit(name not in _STATES)).then(pl.col(f"{name} of order"))
        ).alias(name)
        for name in some
    )


def with_values(
    rows: pl.DataFrame,
    settings: ImportSettings,
    template: ExportTemplate,
    known: KnownProducts,
    list_prices: pl.DataFrame,
) -> pl.DataFrame:
    """What `orders` goes by, of each line.

    Adds `day`, `pieces` (null where unreadable), `paid` for each of them, `discount` (of the line), `found` (the SKU of
    the variant), `buyer`, `is_guest` and `sales_channel_id`.
    """
    zone = TimeZone.named(settings.time_zone)
    rows = rows.join(known.by_sku, left_on="sku", right_on="text", how="left", maintain_order="left")
    for by, text in (
        (_written_otherwise(rows, known), pl.col("sku")),
        (known.by_product_id, pl.when(pl.col("sku").is_null()).then("product_id")),
        (known.by_name, pl.when(pl.col("sku").is_null()).then("name")),
    ):
        rows = rows.with_columns(found_by=text)
        rows = rows.join(
            by, left_on="found_by", right_on="text", how="left", maintain_order="left", suffix=" too"
        )
        rows = rows.with_columns(found=pl.coalesce("found", "found too")).drop("found too")
    if settings.unknown_products == "add":
        rows = rows.with_columns(found=pl.coalesce("found", check_own_ids(pl.coalesce("sku", "name"))))
    refunded = whole(rows["refunded_quantity"]).abs().fill_null(0)
    kept = whole(rows["kept_quantity"])
    given = rows["quantity"]
    # Without a number of its own, a line is of one piece.
    ordered = whole(given) if given.null_count() < rows.height else kept
    ordered = ordered.set(given.is_null() & ordered.is_null(), 1)
    rows = rows.with_columns(
        day=days(rows["date"], settings.dates, zone, "The order export"),
        pieces=pl.coalesce(kept, ordered - refunded),
    )
    rows = _without_returns(rows)
    # A plug-in's refunded lines keep their total: it is that of all pieces ordered.
    rows = with_prices_paid(rows, ordered, settings.decimal, template)
    each = pl.col("each")
    if not settings.prices_include_tax:
        each = each + (
            prices(rows["line_tax"], settings.decimal, "The order export", from_json(rows)) / ordered
        ).fill_null(0)
    listed = rows["found"].replace_strict(
        list_prices["sku"], list_prices["price"], default=None, return_dtype=pl.Float64
    )
    has_prices = not {"price", "line_total"} <= {
        c for c in rows.columns if rows[c].null_count() == rows.height
    }
    buyer = pl.coalesce("customer", pl.col("email").str.to_lowercase())
    buyer = pl.when(buyer.str.contains("@")).then(buyer.str.to_lowercase()).otherwise(buyer)
    # Line 5 of the next export is somebody else's.
    of_line = pl.format("line {} of {}", pl.int_range(pl.len()) + 1, pl.col("day").cast(pl.String))
    guest = pl.lit("order ") + pl.coalesce("order", of_line)
    return rows.with_columns(
        paid=each if has_prices else listed,
        buyer=pl.coalesce(buyer, guest) if settings.guests == "keep" else buyer,
        is_guest=buyer.is_null(),
        sales_channel_id=_channel(settings, template),
    )


def _written_otherwise(rows: pl.DataFrame, known: KnownProducts) -> pl.DataFrame:
    """`text` and `found` of the SKUs that are no product's but for case and blanks."""
    skus = rows.filter(pl.col("found").is_null())["sku"].drop_nulls().unique().alias("text").to_frame()
    alike = skus.with_columns(alike=folded(pl.col("text")))
    return alike.join(known.by_folded_sku, left_on="alike", right_on="text").select("text", "found")


def _channel(settings: ImportSettings, template: ExportTemplate) -> pl.Expr:
    places = dict.fromkeys(template.shops, "shop") | {k.casefold(): v for k, v in settings.channels.items()}
    place = pl.col("channel").str.to_lowercase()
    numbers = {name: _SHOP if where == "shop" else _ONLINE for name, where in places.items()}
    default = _SHOP if settings.default_channel == "shop" else _ONLINE
    return place.replace_strict(
        list(numbers), list(numbers.values()), default=default, return_dtype=pl.UInt8
    ).fill_null(default)


def _without_returns(rows: pl.DataFrame) -> pl.DataFrame:
    """Takes lines with negative pieces off the earlier ones of the same order and article."""
    if rows["order"].null_count() == rows.height or not (rows["pieces"] < 0).any():
        return rows
    of_article = ("order", "found")
    back = pl.col("pieces").filter(pl.col("pieces") < 0).sum().abs().over(of_article)
    bought = pl.when(pl.col("pieces") > 0).then("pieces").otherwise(0)
    until = bought.cum_sum().over(of_article)
    left = (until - back).clip(0) - (until - bought - back).clip(0)
    mine = pl.col("order").is_not_null() & pl.col("found").is_not_null() & (pl.col("pieces") > 0)
    return rows.with_columns(pieces=pl.when(mine).then(left).otherwise("pieces"))
