"""What looks alike, by weights: sliders, and cards that say how much of a match is look, shape, colour and pattern."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, fields

import polars as pl
import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.cards import Card
from stylo.dashboard.links import slider
from stylo.dashboard.shop import Shop
from stylo.visual.alike import Weights

_STEP = 5
# Articles whose best match is below this look like what was asked for no more than any other does.
_LEAST_MATCH = 0.1
# A colour and a pattern are filters, too.
_IN_ADDRESS = {"colour": "colour_weight", "pattern": "pattern_weight"}


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


def matches(shop: Shop, found: pl.DataFrame) -> Iterable[Card]:
    """Cards of what `Lookalikes.find` gave."""
    rows = {row["article"]: row for row in shop.rows(found["article"].to_list())}
    for near in found.rows(named=True):
        if (row := rows.get(near["article"])) is not None:
            parts = [(name, near[name]) for name in text.WEIGHTS if near[name] > 0]
            reason = ", ".join(f"{text.WEIGHTS[name].lower()} {share:.0%}" for name, share in parts)
            yield Card(row, reason if len(parts) > 1 else "", text.match(near["score"]), parts)


def alike(found: pl.DataFrame) -> bool:
    """Whether any of what `Lookalikes.find` gave looks like what was asked for."""
    best = found["score"].max()
    return isinstance(best, float) and best >= _LEAST_MATCH
