"""What two articles have in common: shoppers, and looks."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.article.buyers import buyers_in_common
from stylo.dashboard.notices import problem, tell, untrained
from stylo.dashboard.shop import Shop
from stylo.dashboard.text import plain
from stylo.errors import StyloError
from stylo.visual.alike import Lookalikes, Weights

Row = dict[str, Any]


def buyers(shop: Shop, rows: Sequence[Row]) -> None:
    st.subheader(text.COMMON, anchor=False)
    st.caption(text.COMMON_CAPTION)
    if problem(shop.customers, "transactions.parquet"):
        return
    try:
        count, both = buyers_in_common(shop, [row["article"] for row in rows])
    except StyloError as error:
        tell(f"{text.PART_MISSING} {error.problem} {error.cure}")
        return
    names = {row["article"]: text.short_suggestion(row) for row in rows}
    cells = [
        [
            names[one],
            *(
                text.buyers_of(count[one])
                if one == other
                else text.shared(both.get((one, other), both.get((other, one), 0)), count[one])
                for other in names
            ),
        ]
        for one in names
    ]
    st.html(_matrix(["", *(text.ALSO_BOUGHT.format(name=name) for name in names.values())], cells))


def looks(shop: Shop, rows: Sequence[Row]) -> None:
    st.subheader(text.LOOKS, anchor=False)
    st.caption(text.LOOKS_CAPTION)
    if shop.lookalikes is None:
        tell(text.NO_VECTORS)
        return
    untrained(shop)
    head = ["", text.WEIGHTS["look"], text.WEIGHTS["colour"]]
    lines, without = [], set()
    for place, one in enumerate(rows):
        for other in rows[place + 1 :]:
            shares = _alike(shop.lookalikes, one["article"], other["article"])
            if shares is None:
                without |= {row["article_id"] for row in (one, other) if not _seen(shop.lookalikes, row)}
                continue
            pair = text.PAIR.format(one=text.short_suggestion(one), other=text.short_suggestion(other))
            lines.append([pair, *(f"{share:.0%}" for share in shares)])
    if lines:
        st.html(_matrix(head, lines))
    if without:
        st.caption(plain(text.NO_VECTOR_OF.format(articles=", ".join(sorted(without)))))


def _seen(lookalikes: Lookalikes, row: Row) -> bool:
    return bool((lookalikes.articles["article"] == row["article"]).any())


def _alike(lookalikes: Lookalikes, one: int, other: int) -> tuple[float, float] | None:
    """How alike two articles are by look and by colours, each from 0 to 1; None without a vector."""
    numbers = lookalikes.articles["article"].to_numpy()
    if not np.isin([one, other], numbers).all():
        return None
    query, only = lookalikes.of_article(one), numbers == other
    look, colour = (
        float(lookalikes.find(query, 1, weights, among=only, exact=True)["score"].item())
        for weights in (Weights(look=1), Weights(look=0, colour=1))
    )
    return look, colour


def _matrix(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    titles = "".join(f"<th scope='col'>{html.escape(each)}</th>" for each in head)
    rows = ""
    for first, *others in lines:
        cells = "".join(f"<td>{html.escape(each)}</td>" for each in others)
        rows += f"<tr><th scope='row'>{html.escape(first)}</th>{cells}</tr>"
    return f"<div class='wide'><table class='plain'><thead><tr>{titles}</tr></thead><tbody>{rows}</tbody></table></div>"
