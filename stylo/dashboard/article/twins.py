"""What looks alike, by weights and filters: sliders, and cards that say how much of a match is look, shape, colour and
pattern."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import astuple, fields
from typing import Any

import numpy as np
import polars as pl
import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.cards import Card
from stylo.dashboard.links import buttons, slider, span, span_of
from stylo.dashboard.shop import Shop
from stylo.visual.alike import Lookalikes, Mask, Query, Weights

_STEP = 5
# Articles whose best match is below this look like what was asked for no more than any other does.
_LEAST_MATCH = 0.1
# A colour and a pattern are filters, too.
_IN_ADDRESS = {"colour": "colour_weight", "pattern": "pattern_weight"}
_PRICE = "alike_price"


def weights() -> Weights:
    """Sliders for look, shape, colour and pattern, which stand in the address. All at nothing means the look."""
    names = [field.name for field in fields(Weights)]
    chosen = []
    for column, name, usual in zip(st.columns(len(names)), names, astuple(Weights()), strict=True):
        with column:
            chosen.append(
                slider(text.WEIGHTS[name], _IN_ADDRESS.get(name, name), 100, _STEP, round(100 * usual))
            )
    return Weights(*(value / 100 for value in chosen)) if any(chosen) else Weights()


def filter_row() -> Any:
    """Where filters stand, below the sliders: beside each other as far as there is room."""
    return st.container(horizontal=True, vertical_alignment="center")


def narrowed(shop: Shop, lookalikes: Lookalikes, row: Mapping[str, Any] | None) -> Mask:
    """Filters by price and, beside an article, by whether colour and type are its own; in the address.

    bool (n,), which of the rows of `lookalikes` may be found.
    """
    asked = [pl.col("article").is_not_null()]
    if row is not None:
        for column, label, name, options in _BESIDE:
            chosen = buttons(label, list(options), name, options)
            asked.append(_fits(chosen, column, row[column]))
    passes = shop.articles.select(pl.all_horizontal(asked).fill_null(False)).to_series().to_numpy()
    low, high = _prices(shop)
    prices = shop.facets.prices
    if low is not None:
        passes = passes & (prices >= low)
    if high is not None:
        passes = passes & (prices <= high)
    place = shop.places(lookalikes.articles["article"].to_numpy())
    return np.where(place >= 0, passes[place], False)


_BESIDE = (
    ("colour_group_name", text.ALIKE_COLOUR, "alike_colour", text.COLOURS_ALIKE),
    ("product_type_name", text.ALIKE_TYPE, "alike_type", text.TYPES_ALIKE),
)


def _fits(chosen: str, column: str, own: str | None) -> pl.Expr:
    """Whether a column is as the article's own, or is not; what is not known is neither."""
    if chosen == "any":
        return pl.lit(True)
    return pl.col(column) == own if chosen == "same" else pl.col(column) != own


def _prices(shop: Shop) -> tuple[float | None, float | None]:
    if not shop.dear:
        return None, None
    with st.popover(text.price_filter(*span_of(_PRICE)), key="alike-price-fold", icon=":material/sell:"):
        return span(text.price_label(text.PRICE, shop.folder.shop_facts), _PRICE, shop.dear, text.PRICE_ENDS)


def matches(shop: Shop, found: pl.DataFrame) -> Iterable[Card]:
    """Cards of what `Lookalikes.find` gave."""
    rows = {row["article"]: row for row in shop.rows(found["article"].to_list())}
    for near in found.rows(named=True):
        if (row := rows.get(near["article"])) is not None:
            parts = [(name, near[name]) for name in text.WEIGHTS if near[name] > 0]
            reason = ", ".join(f"{text.WEIGHTS[name].lower()} {share:.0%}" for name, share in parts)
            yield Card(row, reason if len(parts) > 1 else "", text.match(near["score"]), parts)


def alike(lookalikes: Lookalikes, query: Query, found: pl.DataFrame) -> bool:
    """Whether anything looks like what was asked for; `found` is what `Lookalikes.find` gave."""
    best = lookalikes.resemblance(query) if query.photo else found["score"].max()
    return isinstance(best, float) and best >= _LEAST_MATCH
