"""Two to four articles side by side: photos, names, facts. What differs is marked."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from typing import Any

from stylo.dashboard import text
from stylo.dashboard.article.cross_links import COMPARE, COMPARED
from stylo.dashboard.cards import picture_of
from stylo.dashboard.links import ARTICLE
from stylo.dashboard.pictures import address
from stylo.dashboard.shop import Shop
from stylo.dashboard.visits import link

Row = dict[str, Any]

_ALWAYS_DIFFER = (text.FACTS["article_id"],)


def facts_side_by_side(shop: Shop, rows: Sequence[Row]) -> str:
    """Photos, names and facts; a row in which not all are the same is marked."""
    head = "".join(f"<th scope='col'>{_head(shop, row, rows)}</th>" for row in rows)
    lines = []
    for label, value in _facts(shop):
        values = [value(row) for row in rows]
        differs = len(set(values)) > 1 and label not in _ALWAYS_DIFFER
        mark = (
            f"<span class='mark' title='{text.DIFFERS}'>≠<span class='unseen'> {text.DIFFERS}</span></span>"
        )
        name = f"{html.escape(label)}{mark if differs else ''}"
        cells = "".join(f"<td>{html.escape(each)}</td>" for each in values)
        kind = " class='differs'" if differs else ""
        lines.append(f"<tr{kind}><th scope='row'>{name}</th>{cells}</tr>")
    corner = f"<td><span class='unseen'>{html.escape(text.FACT)}</span></td>"
    return (
        f"<div class='compare' style='--articles: {len(rows)}'><table class='plain'>"
        f"<thead><tr>{corner}{head}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def _head(shop: Shop, row: Row, rows: Sequence[Row]) -> str:
    """The photo and the name, which lead to the article, and the way to take it out."""
    name, to = html.escape(text.name_of(row)), html.escape(link("", {ARTICLE: [row["article_id"]]}))
    source, words = html.escape(address(row["article"], shop.version)), html.escape(picture_of(shop, row))
    others = [number for number in (each["article_id"] for each in rows) if number != row["article_id"]]
    without = html.escape(link(COMPARE, {COMPARED: others}))
    remove = html.escape(text.REMOVE_FROM_COMPARISON.format(name=text.name_of(row)))
    return (
        f"<a href='{to}'><img src='{source}' alt='{words}'>{name}</a>"
        f"<a class='remove' href='{without}' aria-label='{remove}'>{html.escape(text.REMOVE_ARTICLE)}</a>"
    )


def _facts(shop: Shop) -> list[tuple[str, Callable[[Row], str]]]:
    def price(row: Row) -> str:
        return text.NO_PRICE if row["price"] is None else text.PRICE_VALUE.format(price=row["price"])

    def ever(row: Row) -> str:
        return f"{int(shop.weeks(row['article'])['sales'].sum()):,}"

    def column(name: str) -> Callable[[Row], str]:
        return lambda row: "–" if row[name] is None else str(row[name])

    return [
        (text.PRICE, price),
        (text.SALES, lambda row: f"{row['sales']:,}"),
        (text.SOLD_EVER, ever),
        (text.FIRST_SOLD, lambda row: str(row["first_sold"] or text.NEVER)),
        *((label, column(name)) for name, label in text.FACTS.items()),
        (text.DESCRIPTION, lambda row: row["detail_desc"] or text.NO_DESCRIPTION),
    ]
