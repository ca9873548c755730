"""The map."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

MAP = "Catalogue map"
MAP_CAPTION = (
    "{count:,} articles by look: the closer two are, the more alike their photos. The axes have no meaning."
)
MAP_TAB = "“{query}” on the map"
MAP_ARTICLE_TAB = "{name} on the map"
MAP_NO_PLACE = "{article} is not on the map: it had no photo when the map was made."
MAP_FIND = "Find on the map"
MAP_FIND_HINT = "What to find: denim, dress, dark blue …"
MAP_BY = "Colour by"
MAP_COLOURINGS = {
    "group": "Product group",
    "type": "Product type",
    "colour": "Colour",
    "section": "Section",
    "sales": "Sales so far",
}
MAP_OTHERS = "All others"
MAP_NEVER_SOLD = "Never sold"
MAP_ONLY = "{colouring}: {names}"
MAP_SELECTED = "Selected on the map: {articles}"
MAP_LISTED = "On the map: {articles}"
MAP_SELECTED_CAPTION = "Most common: {parts}."
MAP_NOTHING_SELECTED = "None of the articles shown are inside the lasso."
MAP_NOTHING_LISTED = "No articles left. Try fewer filters or groups, or other words."
MAP_CLEAR = "Clear selection"
MAP_CLOSE = "Close list"
MAP_TABLE = "The map in figures"
MAP_TABLE_COLUMNS = {"name": "Group", "count": "Articles", "found": "Found", "selected": "Listed"}
MAP_WORDS = {
    "map": "Map of {count} articles by look, coloured by {by}.",
    "role": "map",
    "keys": "Drag to move. Hold Ctrl and scroll, or pinch, to zoom. Keys: arrows move, plus and minus zoom, 0 shows "
    "everything, Enter opens the article nearest the centre, Escape closes its card.",
    "nearer": "Zoom in",
    "farther": "Zoom out",
    "all": "Show all",
    "lasso": "Draw a lasso around articles (or hold Shift and drag)",
    "view": "List the articles in view",
    "labels": "Mostly found here",
    "zoom": "Zoom to these",
    "zoom_one": "Zoom to it",
    "list_one": "List this article",
    "list": "List these {count} articles",
    "legend": "Show only",
    "everything": "Show everything",
    "drop": "Remove {group}",
    "wheel": "Hold Ctrl (⌘) while you scroll to zoom the map.",
    "more": "{count} more",
    "fewer": "Fewer",
    "open": "Open",
    "loading": "Loading the map …",
    "failed": "The map could not be loaded. Reload the page.",
    "unavailable": "This browser does not support WebGL 2, which the map needs. Its figures are below; Discover has "
    "all articles.",
}
# Shares of fewer articles than this are counted out: a percentage of five says more than is known.
_COUNTED_OUT = 20


def map_found(count: int, query: str, filtered: bool) -> str:
    """How many articles of the map have the words and pass the filters."""
    if count:
        return f"{count:,} found." if query else f"{count:,} match the filters."
    if query:
        return (
            f"None of them matches “{query}” and the filters."
            if filtered
            else f"None of them matches “{query}”."
        )
    return "None of them matches the filters."


def map_share(count: int, whole: int) -> str:
    """A share of some articles, as precise as it is."""
    if whole < _COUNTED_OUT:
        return f"{count:,} of {whole:,}"
    if 0 < count < whole and not 0.005 <= count / whole < 0.995:
        return "under 1%" if count / whole < 0.5 else "over 99%"
    return f"{count / whole:.0%}"


def map_sales(steps: Sequence[int]) -> list[str]:
    """Name the sales bands that start at these numbers; the last is open-ended."""
    names = [f"{first:,}" if end == first + 1 else f"{first:,}–{end - 1:,}" for first, end in pairwise(steps)]
    return [MAP_NEVER_SOLD, *names[1:], f"{steps[-1]:,} or more"]
