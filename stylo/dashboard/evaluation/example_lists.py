"""The part of Evaluation that shows lists of single shoppers: recommended beside bought, with pictures."""

from __future__ import annotations

from datetime import date

import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.cards import SHELF, Card, cards
from stylo.dashboard.evaluation.hits_and_misses import PREDICTIONS, Example, cutoff, examples
from stylo.dashboard.links import CUSTOMER, number, put
from stylo.dashboard.notices import problem, tell
from stylo.dashboard.shop import Shop
from stylo.dashboard.text import plain
from stylo.errors import StyloError

# Which draw is shown stands in the address.
_OTHERS = "draw"
_DRAWS = 1000
_EACH = 2


def show(shop: Shop) -> None:
    """Some lists that were right early and some that missed, or why there are none."""
    st.subheader(text.HITS_AND_MISSES, anchor=False, help=text.HITS_AND_MISSES_HELP)
    if problem(shop.customers, PREDICTIONS) or problem(shop.customers, "transactions.parquet"):
        return
    day = cutoff(shop)
    if day is None:
        st.caption(text.NO_HITS)
        return
    draw = number(_OTHERS, 0, _DRAWS - 1, 0)
    left, right = st.columns([5, 1], vertical_alignment="center")
    left.markdown(plain(text.HITS_AND_MISSES_SAYS.format(cutoff=day)))
    right.button(text.OTHERS, on_click=_draw_others, args=(draw,), icon=":material/shuffle:", width="stretch")
    try:
        hits, misses = examples(shop, draw, _EACH)
    except StyloError as error:
        tell(f"{error.problem} {error.cure}")
        return
    for found, nothing in ((hits, text.NO_HITS), (misses, text.NO_MISSES)):
        for one in found:
            _example(shop, one, day)
        if not found:
            st.caption(nothing)


def _draw_others(draw: int) -> None:
    put({_OTHERS: [str((draw + 1) % _DRAWS)]})


def _example(shop: Shop, one: Example, day: date) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        said = text.RIGHT.format(rank=one.first_hit) if one.first_hit else text.WRONG
        st.markdown(f"**{plain(said)}** · {plain(text.hits(one.hits, len(one.bought)))}", width="content")
        # The page of this address, whoever shows it.
        st.page_link(
            st.Page(_elsewhere, title=text.SHOPPER, url_path="shopper"),
            label=text.OPEN_SHOPPER,
            icon=":material/person:",
            query_params={CUSTOMER: one.customer_id, "as_of": str(day)},
        )
    left, right = st.columns([3, 1], gap="large")
    ranks = {article: rank for rank, article in enumerate(one.articles, start=1)}
    short = text.short_id(one.customer_id)
    with left:
        st.caption(text.RECOMMENDED)
        label = text.LIST_OF.format(customer=short)
        rows = (
            Card(row, badge=text.HIT, hit=True)
            if row["article"] in one.bought
            else Card(row, badge=str(ranks[row["article"]]))
            for row in shop.rows(one.articles)
        )
        cards(shop, f"list-{one.customer_id}", label, rows, SHELF)
    with right:
        st.caption(text.WAS_BOUGHT)
        bought = (
            Card(row, badge=text.RANK.format(rank=ranks[row["article"]]), hit=True)
            if row["article"] in ranks
            else Card(row)
            for row in shop.rows(one.bought)
        )
        cards(shop, f"bought-{one.customer_id}", text.WAS_BOUGHT, bought, SHELF)


def _elsewhere() -> None:
    """Never run: it stands for the page of its address."""
