"""The map."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

MAP = "Catalogue map"
MAP_CAPTION = (
    "{count:,} articles by look: the closer two are, the more similar their photos. Directions mean nothing."
)
MAP_TAB = "“{query}” on the map"
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
MAP_FOUND = "{count:,} of them found."
MAP_NOT_FOUND = "None of them matches “{query}”."
MAP_NEVER_SOLD = "Never sold"
MAP_ONLY = "{colouring}: {names}"
MAP_SELECTED = "Selected on the map: {articles}"
MAP_SELECTED_CAPTION = "Most common among them: {parts}."
MAP_NOTHING_SELECTED = "None of the articles shown are inside the lasso."
MAP_CLEAR = "Clear selection"
MAP_TABLE = "The map in figures"
MAP_TABLE_COLUMNS = {"name": "Group", "count": "Articles", "found": "Found", "selected": "Selected"}
MAP_WORDS = {
    "map": "Map of {count} articles by look, coloured by {by}.",
    "keys": "Drag to move; hold Ctrl and scroll, or pinch, to zoom. Keys: arrows move, plus and minus zoom, 0 shows "
    "all, Enter opens the article nearest the centre.",
    "nearer": "Zoom in",
    "farther": "Zoom out",
    "all": "Show all",
    "lasso": "Draw a lasso around articles (or drag with Shift)",
    "legend": "Show only",
    "everything": "Show everything",
    "drop": "No longer show only {group}",
    "wheel": "Hold Ctrl (⌘) while you scroll to zoom the map.",
    "more": "{count} more",
    "fewer": "Fewer",
    "open": "Open",
    "loading": "Loading the map …",
    "failed": "The map could not be loaded. Reload the page.",
    "unavailable": "This browser does not support WebGL 2, which the map needs. Its figures are shown below; "
    "Discover has all articles.",
}


def map_sales(steps: Sequence[int]) -> list[str]:
    """Name the sales bands that start at these numbers; the last is open-ended."""
    names = [f"{first:,}" if end == first + 1 else f"{first:,}–{end - 1:,}" for first, end in pairwise(steps)]
    return [MAP_NEVER_SOLD, *names[1:], f"{steps[-1]:,} or more"]
