"""The last shoppers to buy an article, each with the way to their page."""

from __future__ import annotations

import html
from datetime import date

import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.article.buyers import recent_buyers
from stylo.dashboard.links import CUSTOMER
from stylo.dashboard.notices import tell
from stylo.dashboard.shop import Shop
from stylo.dashboard.visits import link
from stylo.errors import StyloError

_SHOWN = 12


def who_bought_it(shop: Shop, article: int) -> None:
    """Folded away; read when it is opened."""
    fold = st.expander(text.BUYERS, key="buyers", on_change="rerun", icon=":material/group:")
    if not fold.open:
        return
    with fold:
        try:
            found = recent_buyers(shop, article, _SHOWN)
        except StyloError as error:
            tell(f"{text.PART_MISSING} {error.problem} {error.cure}")
            return
        if found.is_empty():
            st.caption(text.NO_BUYERS)
            return
        st.caption(text.buyers(found.height))
        # Where it was bought is said only in a shop with both channels.
        shown = len(text.BUYERS_COLUMNS) - (not all(shop.channels))
        head = "".join(f'<th scope="col">{html.escape(each)}</th>' for each in text.BUYERS_COLUMNS[:shown])
        rows = "".join(_row(row, shown) for row in found.iter_rows())
        st.html(f'<table class="plain"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>')


def _short(customer: str) -> str:
    short = text.short_id(customer)
    return short if short == customer else f"{short} …"


def _row(bought: tuple[date, str | None, int, float, bool], shown: int) -> str:
    day, customer, pieces, price, online = bought
    who = text.UNKNOWN
    if customer is not None:
        to = html.escape(link("shopper", {CUSTOMER: [customer]}))
        who = f'<a href="{to}" title="{html.escape(customer)}">{html.escape(_short(customer))}</a>'
    where = html.escape(text.ONLINE if online else text.IN_SHOPS)
    cells = (text.day(day), who, f"{pieces:,}", text.PRICE_VALUE.format(price=price), where)
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells[:shown])}</tr>"
