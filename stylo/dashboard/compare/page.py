"""Compare: two to four articles side by side, by facts, sales, prices, buyers and looks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.article.cross_links import COMPARED
from stylo.dashboard.article.shelves import goes_with, instead_of
from stylo.dashboard.charts import compared_sales
from stylo.dashboard.compare.facts import facts_side_by_side
from stylo.dashboard.compare.pairs import buyers, looks
from stylo.dashboard.links import address, put
from stylo.dashboard.notices import name_tab, no_such_article
from stylo.dashboard.shop import Shop
from stylo.dashboard.text import plain
from stylo.errors import BadIdentifier, StyloError, UnknownArticle

MOST = 4
_ADD = "add"
_SUGGESTED = 12

Row = dict[str, Any]


def page(shop: Shop) -> None:
    rows = _asked(shop)
    st.title(text.COMPARE, anchor=False)
    if len(rows) < MOST:
        _add(shop, rows)
    if not rows:
        st.info(text.COMPARE_HELP, icon=":material/compare_arrows:")
        return
    if len(rows) == 1:
        st.info(text.ONE_TO_COMPARE, icon=":material/compare_arrows:")
    name_tab(text.compared([text.name_of(row) for row in rows]))
    st.html(facts_side_by_side(shop, rows))
    _curves(shop, rows)
    if len(rows) > 1:
        buyers(shop, rows)
        looks(shop, rows)


def _asked(shop: Shop) -> list[Row]:
    """The articles of the address, each once and at most four; what is wrong with it is said."""
    rows: list[Row] = []
    seen: set[str] = set()
    left_out: list[str] = []
    for number in address().get(COMPARED, []):
        if number in seen:
            if any(row["article_id"] == number for row in rows):
                st.warning(plain(text.TWICE.format(article=number)))
            continue
        seen.add(number)
        try:
            row = shop.article(number)
        except (BadIdentifier, UnknownArticle) as error:
            no_such_article(shop, number, error)
        else:
            if any(row["article"] == each["article"] for each in rows):
                st.warning(plain(text.TWICE.format(article=row["article_id"])))
            elif len(rows) < MOST:
                rows.append(row)
            else:
                left_out.append(number)
    if left_out:
        st.warning(plain(text.TOO_MANY.format(most=MOST, articles=", ".join(left_out))))
    return rows


def _ids(rows: Sequence[Row]) -> list[str]:
    return [row["article_id"] for row in rows]


def _add(shop: Shop, rows: Sequence[Row]) -> None:
    """A box that suggests articles near the first and takes any number."""
    suggested = {row["article_id"]: row for row in _suggested(shop, rows)}

    def added() -> None:
        chosen = st.session_state.get(_ADD)
        if chosen:
            put({COMPARED: [*_ids(rows), chosen.strip()]})
            st.session_state[_ADD] = None

    st.selectbox(
        text.ADD_ARTICLE,
        list(suggested),
        index=None,
        key=_ADD,
        format_func=lambda number: text.suggestion(suggested[number]) if number in suggested else number,
        placeholder=text.by_own_ids(text.ADD_HINT, shop.ids.own),
        accept_new_options=True,
        on_change=added,
    )


def _suggested(shop: Shop, rows: Sequence[Row]) -> list[Row]:
    """What looks like the first, its variants, what stands in for it and goes with it; without it, best sellers."""
    if not rows:
        return shop.articles.head(_SUGGESTED).rows(named=True)
    first = rows[0]
    found = [
        *_lookalikes(shop, first),
        *shop.variants(first["article"])[:_SUGGESTED],
        *(row for row, _ in instead_of(shop, first)),
        *(row for row, _ in goes_with(shop, first)),
    ]
    there = set(_ids(rows))
    return [
        row for row in {each["article_id"]: each for each in found}.values() if row["article_id"] not in there
    ]


def _lookalikes(shop: Shop, row: Row) -> list[Row]:
    if shop.lookalikes is None:
        return []
    try:
        found = shop.lookalikes.find(shop.lookalikes.of_article(row["article"]), _SUGGESTED)
    except StyloError:
        return []
    return shop.rows(found["article"].to_list())


def _curves(shop: Shop, rows: Sequence[Row]) -> None:
    weeks = [(text.short_suggestion(row), shop.weeks(row["article"])) for row in rows]
    sold = [(name, of) for name, of in weeks if of.height]
    st.subheader(text.CURVES, anchor=False)
    if not sold:
        st.caption(text.NONE_SOLD)
        return
    if shop.as_of is not None:
        st.caption(text.CURVES_CAPTION.format(as_of=shop.as_of))
    st.plotly_chart(
        compared_sales(sold, shop.as_of),
        key="curves",
        config={"displayModeBar": False},
        alt=text.curves_alt({name: int(of["sales"].sum()) for name, of in sold}),
    )
