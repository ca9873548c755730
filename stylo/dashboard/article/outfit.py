"""The shelf of an outfit: a row for each slot, locks, a limit of the price. What is chosen stands in the address."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.cards import SHELF, Card, cards
from stylo.dashboard.links import count_box, number, one_among, several, values
from stylo.dashboard.notices import problem
from stylo.dashboard.rules.live import rules_of
from stylo.dashboard.shop import Shop
from stylo.dashboard.text import plain
from stylo.errors import BadIdentifier, BadOption, UnknownArticle
from stylo.outfits.maker import OutfitMaker, ShownArticle, ShownOutfit, ShownSlot
from stylo.tables.folder import OUTFITS_FILE

Row = dict[str, Any]
#: Names in the address: articles that stay, slots that stay empty, and what all of it may cost.
LOCKED, WITHOUT, PRICE = "locked", "without", "outfit_price"
_ALTERNATIVES, _DEAREST = 5, 10**8


@st.fragment
def complete_the_outfit(shop: Shop, row: Row) -> None:
    """An outfit around the article; to lock one draws this shelf alone again."""
    st.subheader(text.OUTFIT, anchor=False)
    maker = shop.outfits
    if maker is None:
        problem(shop, OUTFITS_FILE)
        return
    slot = maker.slot_of(row["article"])
    if slot is None:
        st.caption(text.NO_OUTFIT.format(slots=", ".join(name.lower() for name in text.SLOTS.values())))
        return
    st.caption(text.OUTFIT_CAPTION.format(as_of=maker.as_of))
    left, right = st.columns([1, 2])
    limit = number(PRICE, 1, _DEAREST, 0) or None
    with left:
        count_box(text.price_label(text.OUTFIT_PRICE, shop.folder.shop_facts), PRICE, limit)
    with right:
        without = several(
            text.OUTFIT_WITHOUT, [each for each in text.SLOTS if each != slot], WITHOUT, text.SLOTS
        )
    rules = rules_of(shop)
    listed = None if rules is None else rules.shown_to_anybody(maker.as_of)
    try:
        outfit = maker.make(
            row["article"], _locked(shop, maker, without), without, _ALTERNATIVES, limit, listed
        )
    except BadOption as error:
        st.warning(plain(f"{error.problem} {error.cure}"))
        return
    if not outfit.slots:
        st.caption(text.NOTHING_TO_WEAR)
    for each in outfit.slots:
        _slot(shop, each)
    _rest(outfit)


def _locked(shop: Shop, maker: OutfitMaker, without: Collection[str]) -> list[int]:
    """What the address says, but for what is no article of the shop, or has no slot, or one that stays empty."""
    found = []
    for said in values(LOCKED):
        try:
            number = shop.ids.number(said)
            slot = maker.slot_of(number)
            found += [number] if slot is not None and slot not in without else []
        except (BadIdentifier, UnknownArticle):
            continue
    return found


def _slot(shop: Shop, slot: ShownSlot) -> None:
    title = text.SLOTS[slot.slot]
    st.markdown(f"**{title}**")
    shown = [slot.chosen, *slot.alternatives]
    rows = {each["article"]: each for each in shop.rows([each.article for each in shown])}
    shown_cards = []
    for each in shown:
        badge = (text.LOCKED if slot.locked else text.CHOSEN) if each is slot.chosen else ""
        shown_cards.append(Card(rows[each.article], _why(each), badge=badge, hit=each is slot.chosen))
    cards(shop, f"outfit-{slot.slot}", f"{text.OUTFIT}: {title}", shown_cards, SHELF)
    labels = {shop.ids.id(each.article): _label(rows[each.article]) for each in shown}
    one_among(text.LOCK.format(slot=title.lower()), list(labels), LOCKED, labels, f"lock-{slot.slot}")


def _why(shown: ShownArticle) -> str:
    return " ".join(each.sentence for each in shown.why[:2])


def _label(row: Row) -> str:
    name = " · ".join(filter(None, (row["prod_name"] or row["article_id"], row["colour_group_name"])))
    return f":material/lock: {plain(name)}"


def _rest(outfit: ShownOutfit) -> None:
    for slot, why in outfit.left_out.items():
        st.caption(text.WHY_NO_SLOT[why].format(slot=text.SLOTS[slot]))
    st.markdown(
        text.OUTFIT_NO_TOTAL if outfit.price is None else text.OUTFIT_TOTAL.format(price=outfit.price)
    )
