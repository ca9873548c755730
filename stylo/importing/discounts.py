"""What the buyers of order lines paid: list prices less the discounts of lines and of whole orders.

line     price × pieces, less its own discount; or a total, from which all discounts are taken already. Where the
         total is price × pieces, the price has the discount taken off
order    what its discount takes off beyond that, shared by its lines in proportion to what they cost
"""

from __future__ import annotations

import polars as pl

from stylo.importing.templates import ExportTemplate
from stylo.importing.values import Decimal, from_json, prices

#: A discount of less is a rounding of cents.
_LEAST = 0.005


def with_prices_paid(
    rows: pl.DataFrame, ordered: pl.Series, decimal: Decimal, template: ExportTemplate
) -> pl.DataFrame:
    """Adds `each`, what one piece cost its buyer, null where the price is unreadable; and `discount`, of the line.

    Parameters
    ----------
    rows : order lines whose columns have our names; facts of the order in each of them.
    ordered : how many pieces were ordered, returned ones included.

    Raises BadOption where prices contradict each other as to the decimal sign.
    """

    def money(name: str) -> pl.Series:
        return prices(rows[name], decimal, "The order export", from_json(rows))

    before, total = money("price") * ordered, money("line_total")
    subtotal = money("line_subtotal")
    rows = rows.with_columns(
        before=before,
        total=total,
        own=money("line_discount").abs().fill_null(0.0),
        pieces_ordered=ordered,
    )
    # A total has no discount left to take off.
    by_total = pl.col("total").is_not_null() & (template.totals_first | pl.col("before").is_null())
    own = pl.when(~by_total).then(pl.min_horizontal("own", "before").clip(0)).fill_null(0.0)
    taken_off = (pl.col("total") - pl.col("before")).abs().fill_null(1.0) < _LEAST
    reduced = pl.lit(subtotal) - pl.col("total")
    rows = rows.with_columns(
        own=own,
        cost=pl.when(by_total).then("total").when(taken_off).then("before").otherwise(pl.col("before") - own),
        reduced=pl.when(by_total).then(reduced.clip(0)).fill_null(0.0),
    )
    shared = _share_of_order(rows, money("order_discount").abs(), money("order_subtotal"))
    rows = rows.with_columns(shared=pl.when(~by_total).then(shared).fill_null(0.0))
    discount = pl.col("own") + pl.col("shared") + pl.col("reduced")
    return rows.with_columns(
        each=(pl.col("cost") - pl.col("shared")) / pl.col("pieces_ordered"),
        discount=pl.when(discount >= _LEAST).then(discount).otherwise(0.0),
    ).drop("before", "total", "own", "cost", "shared", "reduced", "pieces_ordered")


def _share_of_order(rows: pl.DataFrame, discount: pl.Series, subtotal: pl.Series) -> pl.Series:
    """Float64: what of the discount of its order a line gets, in proportion to its cost.

    Some exports count the discounts of lines in that of the order, others do not, and a voucher for shipping takes
    nothing off the lines. The subtotal, what all lines cost in the end, tells: no more is taken off than leads to it.
    Without one the discount of the order is taken to include those of its lines.
    """
    if not (discount > 0).any() or rows["order"].null_count() == rows.height:
        return pl.zeros(rows.height, dtype=pl.Float64, eager=True)
    table = rows.select("order", "cost", "own", discount=discount, subtotal=subtotal).with_columns(
        cost=pl.col("cost").clip(0).fill_null(0.0)
    )
    whole, own = (pl.col(name).sum().over("order") for name in ("cost", "own"))
    beyond = pl.when(pl.col("subtotal").is_not_null()).then(
        pl.min_horizontal(whole - pl.col("subtotal"), pl.col("discount").fill_null(0.0))
    )
    left = pl.coalesce(beyond, pl.col("discount") - own).clip(0)
    left = pl.when(left > whole).then(whole).otherwise(left)
    share = pl.when((whole > 0) & pl.col("order").is_not_null()).then(left * pl.col("cost") / whole)
    return table.select(share.fill_null(0.0)).to_series()
