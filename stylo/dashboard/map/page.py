"""The catalogue map: all articles at once, by look. What is found, shown and listed stands in the address."""

from __future__ import annotations

from typing import Any

import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.components import component, heard
from stylo.dashboard.links import value
from stylo.dashboard.map.filters import (
    LASSO,
    Wanted,
    put_groups,
    put_lasso,
    put_listed,
    show_everything,
    wanted,
)
from stylo.dashboard.map.lasso import from_text, inside
from stylo.dashboard.map.points import COLOUR, SALES, MapPoints
from stylo.dashboard.map.routes import LABELS, PLACES
from stylo.dashboard.map.selected import figures, selection
from stylo.dashboard.notices import name_tab, no_such_article, problem, untrained
from stylo.dashboard.shop import Shop
from stylo.dashboard.text import plain
from stylo.dashboard.visits import open_article
from stylo.errors import BadIdentifier, UnknownArticle
from stylo.tables.ids import article_id, article_number
from stylo.visual.map import FILE

_KEY = "map"
#: The article that the map is moved to.
SHOW = "show"
_SCRIPTS = ("leaving", "map_tools", "map_points", "map_places", "map_view", "map_lasso", "map_card", "map_photos",
            "map_labels", "map_legend", "map_hand")  # fmt: skip


def page(shop: Shop) -> None:
    st.title(text.MAP, anchor=False)
    points = shop.map
    if points is None:
        problem(shop, FILE)
        return
    asked = wanted(shop, points)
    if asked.query:
        name_tab(text.MAP_TAB.format(query=asked.query))
    _caption(shop, points, asked)
    lasso = from_text(value(LASSO))
    _map(shop, points, asked, _article(shop, points), lasso is not None)
    selected = None
    if lasso is not None:
        selected = inside(points.places, lasso) & asked.shown
    elif asked.listed:
        selected = asked.shown
    if selected is not None:
        with st.container(key="map-selection"):
            selection(shop, points, selected, lasso is not None)
    with st.expander(text.MAP_TABLE):
        found = asked.matching if asked.query or asked.filtered else None
        st.table(figures(points.colouring(asked.by), found, selected))


def _caption(shop: Shop, points: MapPoints, asked: Wanted) -> None:
    words = text.MAP_CAPTION.format(count=len(points))
    if asked.query or asked.filtered:
        count = int(asked.matching.sum())
        words = f"{words} {text.map_found(count, asked.query, asked.filtered)}"
    st.caption(plain(words))
    untrained(shop)


def _article(shop: Shop, points: MapPoints) -> str:
    """The number, in ten digits, of the article that the address asks for.

    Empty where it asks for none, or for one that is not on the map.
    """
    said = value(SHOW)
    if not said:
        return ""
    try:
        row = shop.article(said)
    except (BadIdentifier, UnknownArticle) as error:
        no_such_article(shop, said, error)
    else:
        if row["article"] in points.articles["article"]:
            name_tab(text.MAP_ARTICLE_TAB.format(name=row["prod_name"] or row["article_id"]))
            return article_id(row["article"])
        st.info(plain(text.MAP_NO_PLACE.format(article=row["article_id"])), icon=":material/hide_image:")
    return ""


def _map(shop: Shop, points: MapPoints, asked: Wanted, article: str, lasso: bool) -> None:
    """The map itself. The legend counts what is found and of the groups of other colourings."""
    version, by, groups = f"?v={shop.version}", asked.by, asked.groups
    colouring, others = points.colouring(by), asked.others_groups()
    label = text.MAP_WORDS["map"].format(count=f"{len(points):,}", by=text.MAP_COLOURINGS[by].lower())
    legend = zip(colouring.groups, colouring.counts(asked.matching & asked.others), strict=True)
    # What is found stands out; without words, what passes the filters is what there is.
    only = asked.others if asked.query else asked.others & asked.matching
    data = {
        "places": f"map/{PLACES}.bin{version}",
        "codes": f"map/{by}.bin{version}",
        "labels": f"map/{LABELS}.json{version}",
        "facts": f"map/article/{{article}}{version}",
        "picture": f"picture/small/{{article}}.jpg{version}",
        "legend": [
            [place, group.name, f"{count:,}", group.light, group.dark, group.small]
            for place, (group, count) in enumerate(legend)
            if group.count
        ],
        "ranked": by == SALES,
        "real": by == COLOUR,
        "shown": groups.get(by, []),
        "others": [
            [other, text.MAP_ONLY.format(colouring=text.MAP_COLOURINGS[other], names=", ".join(names))]
            for other, names in others.items()
        ],
        "only": "" if only.all() else points.bits(only),
        "found": points.bits(asked.matching) if asked.query else "",
        "query": asked.query,
        "article": article,
        "lasso": value(LASSO) if lasso else "",
        "listed": asked.listed and not lasso,
        "words": text.MAP_WORDS | {"map": label},
    }
    acts: dict[str, Any] = {
        "open": lambda number: open_article(shop.ids.id(article_number(number))),
        "lasso": put_lasso,
        "list": put_listed,
        "shown": lambda names: put_groups(others | {by: list(map(str, names))}),
        "dropped": lambda other: put_groups({each: groups[each] for each in groups if each != other}),
        "everything": lambda _: show_everything(),
    }
    heards = {f"on_{what}_change": heard(_KEY, what, act) for what, act in acts.items()}
    component("map", *_SCRIPTS)(key=_KEY, data=data, **heards)
