"""What is done with all articles of a list: export them, copy their ids, or see them as a table."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import numpy as np
import polars as pl
import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.cards import GRID, Card, cards
from stylo.dashboard.links import ARTICLE, one_of_several
from stylo.dashboard.lists import export, selection
from stylo.dashboard.lists.copying import copy_later, copy_text
from stylo.dashboard.lists.export import Articles
from stylo.dashboard.shop import Shop
from stylo.dashboard.visits import DISCOVER, link
from stylo.tables.ids import article_id

#: In the address: the lists that are shown as tables.
_TABLE = "table"
_WITHOUT_SCROLLING = 14
# Of more rows only those that are seen are sent, and Streamlit lets none be selected.
_MANY = 1000


def take_along(shop: Shop, key: str, articles: Articles, name: str) -> bool:
    """Compact buttons for a list: "Export CSV", "Copy IDs" and "Table"; the table follows where it was asked for.

    key : unique on the page; the address names the list so.
    articles : their numbers, in order.
    name : of the file.

    Returns whether the table is shown, in place of which no cards are needed.
    """
    if not len(articles):
        st.caption(text.NOTHING_TO_EXPORT)
        return False
    with st.container(key=f"along-{key}", horizontal=True, vertical_alignment="center", gap="small"):
        export_button(shop, f"export-{key}", articles, name)
        copy_later(f"copy-{key}", text.COPY_IDS, partial(export.ids, shop, articles))
        as_table = one_of_several(text.AS_TABLE, _TABLE, key)
    if as_table:
        _table(shop, key, articles)
    return as_table


def cards_along(
    shop: Shop,
    key: str,
    label: str,
    shown: Iterable[Card],
    layout: str = GRID,
    *,
    name: str,
    articles: Articles | None = None,
) -> None:
    """Cards with these buttons above them; or the table.

    articles : what is taken along, where it is more than the cards show.
    """
    shown = list(shown)
    if not take_along(
        shop, key, [card.row["article"] for card in shown] if articles is None else articles, name
    ):
        cards(shop, key, label, shown, layout)


def one_article(row: Mapping[str, Any]) -> None:
    """The number of an article, to be copied, and whether it is selected."""
    key, article = f"select-{article_id(row['article'])}", row["article"]
    st.session_state[key] = article in selection.selected()

    def ticked() -> None:
        selection.put_of([article], [article] if st.session_state.get(key) else [])

    with st.container(key="along-article", horizontal=True, vertical_alignment="center", gap="medium"):
        number = row["article_id"]
        copy_text("copy-number", number, number, text.CARD_WORDS["copy"].format(article=number))
        st.checkbox(text.SELECT_ARTICLE, key=key, on_change=ticked, width="content")


def export_button(shop: Shop, key: str, articles: Articles, name: str) -> None:
    """Downloads the articles as CSV, which is made when the button is pressed."""
    st.download_button(
        text.EXPORT,
        partial(export.csv, shop, articles),
        export.file_name(name),
        "text/csv",
        key=key,
        help=text.EXPORT_HELP.format(articles=text.found(len(articles))),
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )


def _table(shop: Shop, key: str, articles: Articles) -> None:
    """Rows can be sorted by each column, and selected as cards are. Columns that say nothing are left out."""
    rows = export.table(shop, articles).select(export.telling(shop))
    places = shop.places(np.asarray(articles, dtype=np.int64))
    numbers = shop.articles["article"][places[places >= 0]].to_list()
    key = f"table-{key}-{zlib.crc32(np.asarray(numbers, dtype=np.int64).tobytes()):08x}"
    chosen = set(selection.selected())
    columns = {name: st.column_config.Column(label) for name, label in text.TABLE_COLUMNS.items()}
    columns |= {
        "article_id": st.column_config.LinkColumn(
            text.TABLE_COLUMNS["article_id"], display_text="#(.*)$", pinned=True
        ),
        "price": st.column_config.NumberColumn(text.TABLE_COLUMNS["price"], format="%.2f"),
        "first_sold": st.column_config.DateColumn(text.TABLE_COLUMNS["first_sold"], format="D MMM YYYY"),
    }
    links = _links(shop, rows["article_id"])

    def ticked() -> None:
        if (state := st.session_state.get(key)) is not None:
            selection.put_of(numbers, [numbers[row] for row in state.selection.rows if row < len(numbers)])

    if rows.height > _MANY:
        st.caption(text.TOO_MANY_TO_SELECT.format(most=_MANY))
        selects: dict[str, Any] = {"lazy": True}
    else:
        ticks = [row for row, each in enumerate(numbers) if each in chosen]
        selects = {"on_select": ticked, "selection_default": {"selection": {"rows": ticks}}}
    st.dataframe(
        rows.with_columns(article_id=links),
        hide_index=True,
        column_config=columns,
        key=key,
        height="content" if rows.height <= _WITHOUT_SCROLLING else "auto",
        placeholder="",
        alt=text.AS_TABLE,
        **selects,
    )


def _links(shop: Shop, ids: pl.Series) -> pl.Series:
    """`_link_that_shows` of each id. Ten digits need no escape: there it is one format for all of them."""
    if shop.ids.own:
        return ids.map_elements(_link_that_shows, return_dtype=pl.String)
    address = link(DISCOVER, {ARTICLE: ["0"]}).removesuffix("0")
    return pl.select(pl.format("{}{}#{}", pl.lit(address), ids, ids)).to_series()


def _link_that_shows(written: str) -> str:
    """A link to an article whose part after `#` is the article's id: the table shows that part, decoded by `decodeURI`,
    which would leave a slash of the address as `%2F`."""
    return f"{link(DISCOVER, {ARTICLE: [written]})}#{written.replace('%', '%25')}"
