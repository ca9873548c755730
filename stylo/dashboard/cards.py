"""Cards: a photo, a name, a price, a reason, a match. The whole card is a link to its article."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.components import component, heard
from stylo.dashboard.links import ARTICLE
from stylo.dashboard.lists import selection
from stylo.dashboard.pictures import address
from stylo.dashboard.shop import Shop
from stylo.dashboard.visits import DISCOVER, asked, link, open_article
from stylo.tables.ids import article_id

GRID, SHELF = "grid", "shelf"


@dataclass(frozen=True)
class Card:
    """An article as it is shown.

    row : of the shop's articles.
    match : how much, in words; `parts` says from what: (look, shape, colour or pattern, its share of 1).
    badge : a word on the photo; `hit` makes it stand out.
    """

    row: Mapping[str, Any]
    reason: str = ""
    match: str = ""
    parts: Sequence[tuple[str, float]] = ()
    badge: str = ""
    hit: bool = False


def cards(shop: Shop, key: str, label: str, shown: Iterable[Card], layout: str = GRID) -> None:
    """Shows cards; whoever chooses one gets to its article, whoever ticks one has it selected.

    key : of the component, one on the page; `label` names the list for those who hear it.
    """
    data = {
        "layout": layout,
        "label": label,
        "words": text.CARD_WORDS,
        "cards": [_facts(shop, card) for card in shown],
        "selected": selection.known(),
    }
    mount, key = component("cards", "leaving", "copying", "selection"), f"cards-{key}"
    mount(
        key=key,
        data=data,
        on_open_change=heard(key, "open", open_article),
        on_selected_change=heard(key, "selected", selection.take),
    )
    if asked() or selection.changed():
        st.rerun()  # from within a fragment


def picture_of(shop: Shop, row: Mapping[str, Any]) -> str:
    """What an article's picture shows, in words."""
    name = f"{row['prod_name']}, {row['product_type_name']}, {row['colour_group_name']}"
    return name if row["has_photo"] else f"{text.NO_PHOTO}: {name}"


def _facts(shop: Shop, card: Card) -> dict[str, Any]:
    row = card.row
    return {
        "article": article_id(row["article"]),
        "id": row["article_id"],
        "href": link(DISCOVER, {ARTICLE: [row["article_id"]]}),
        "src": address(row["article"], shop.version),
        "alt": picture_of(shop, row),
        "name": row["prod_name"] or row["article_id"],
        "facts": " · ".join(filter(None, (row["product_type_name"], row["colour_group_name"]))),
        "price": text.PRICE_VALUE.format(price=row["price"]) if row["price"] is not None else "",
        "reason": card.reason,
        "match": card.match,
        "parts": [list(part) for part in card.parts],
        "badge": card.badge,
        "mark": "hit" if card.hit else "",
    }
