"""Names of the regions of the catalogue map: what most of the articles that lie there are, the finer the nearer.

The map is cut into square cells, into more of them for each step of zoom. A cell is named by what is true of most of
its articles and much rarer elsewhere: type with colour, or type, section, product group, colour, the first that fits.
Cells of one name side by side are one region, as far as one looks at that zoom. Where nothing is true of most, there is
no name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from stylo.dashboard import text
from stylo.dashboard.map.lasso import SIDE, Places

#: A name is true of more than this share of the articles of each cell that has it ...
MOST = 0.5
#: ... and of so many times the share that it has of the whole map ...
DISTINCT = 1.5
#: ... and of so many articles of the cell.
LEAST = 5
#: Level 0 is for the whole map, and each further one for twice the zoom.
LEVELS = 5
_CELLS = 8
# Cells with fewer articles than this on average tell nothing.
_A_CELL = 8
# What names a cell, the first that fits: far away, and from this level on.
_NEAR = 2
_FAR_NAMES = (("product_type_name",), ("product_group_name",), ("section_name",))
_NEAR_NAMES = (
    ("product_type_name", "colour_group_name"),
    ("product_type_name",),
    ("section_name",),
    ("product_group_name",),
    ("colour_group_name",),
)
_NOBODY = -1
Codes = NDArray[np.int64]


@dataclass(frozen=True)
class RegionLabel:
    """A region's name and its middle on the grid of `lasso`; it is true of `count` of the `among` articles there."""

    name: str
    x: int
    y: int
    count: int
    among: int


def region_labels(articles: pl.DataFrame, places: Places) -> list[list[RegionLabel]]:
    """The regions' names, level by level, those of most articles first.

    Parameters
    ----------
    articles : rows of the shop's articles (n).
    places : (n, 2) where they lie.

    O(levels × n log n).
    """
    known: dict[tuple[str, ...], tuple[list[str], Codes]] = {}
    finest = max(2, int((len(places) / _A_CELL) ** 0.5))
    levels = []
    for level in range(LEVELS):
        side = min(_CELLS << level, finest)
        names = _FAR_NAMES if level < _NEAR else _NEAR_NAMES
        for columns in names:
            if columns not in known:
                known[columns] = _coded(articles, columns)
        levels.append(_level(places, side, 1 << level, [known[columns] for columns in names]))
    return levels


def _level(
    places: Places, side: int, views: int, namings: Sequence[tuple[list[str], Codes]]
) -> list[RegionLabel]:
    """The regions of a map of side × side cells, of which none leaves one of views × views parts of the map.

    namings : labels and each article's, the finest first.
    """
    columns, rows = (places.astype(np.int64) * side // (SIDE + 1)).T
    cells = rows * side + columns
    total = np.bincount(cells, minlength=side * side)
    named = np.full(side * side, _NOBODY)
    fits = np.zeros(len(places), dtype=np.bool_)
    names: list[str] = []
    for labels, codes in namings:
        mine = _dominant(cells, codes, total, len(labels))
        mine[named != _NOBODY] = _NOBODY
        fits |= (mine[cells] != _NOBODY) & (mine[cells] == codes)
        named[mine != _NOBODY] = mine[mine != _NOBODY] + len(names)
        names += labels
    regions = _regions(named, side, views)
    return _labels(places, cells, regions, fits, names, named)


def _dominant(cells: Codes, codes: Codes, total: Codes, labels: int) -> Codes:
    """The code that most articles of a cell have, if it may name it; for each cell, _NOBODY where there is none."""
    known = codes != _NOBODY
    pairs, times = np.unique(cells[known] * max(labels, 1) + codes[known], return_counts=True)
    at, code = np.divmod(pairs, max(labels, 1))
    share = times / total[at]
    whole = np.bincount(codes[known], minlength=labels) / max(len(codes), 1)
    true = (times >= LEAST) & (share > MOST) & (share >= DISTINCT * whole[code])
    found = np.full(len(total), _NOBODY)
    found[at[true]] = code[true]
    return found


def _regions(named: Codes, side: int, views: int) -> Codes:
    """The region of each cell: equal for cells of one name in one part of the map that touch by a side."""
    grid = np.arange(side * side).reshape(side, side)
    part = np.arange(side) * views // side
    part = (part[:, None] * views + part).ravel()
    beside = [(grid[:, :-1], grid[:, 1:]), (grid[:-1], grid[1:])]
    ones, others = (np.concatenate([pair[end].ravel() for pair in beside]) for end in (0, 1))
    same = (named[ones] == named[others]) & (named[ones] != _NOBODY) & (part[ones] == part[others])
    ties = coo_array((np.ones(same.sum()), (ones[same], others[same])), shape=(side * side, side * side))
    return connected_components(ties, directed=False)[1].astype(np.int64)


def _labels(
    places: Places, cells: Codes, regions: Codes, fits: NDArray[np.bool_], names: list[str], named: Codes
) -> list[RegionLabel]:
    """A label for each region that has a name, at that of its articles that is nearest to their middle."""
    inside = np.flatnonzero(named[cells] != _NOBODY)
    among = np.bincount(regions[cells[inside]], minlength=len(named))
    mine = np.flatnonzero(fits)
    of = regions[cells[mine]]
    count = np.bincount(of, minlength=len(named))
    sums = np.stack([np.bincount(of, axis, len(named)) for axis in places[mine].T.astype(np.float64)])
    middle = sums / np.maximum(count, 1)
    off = ((places[mine] - middle.T[of]) ** 2).sum(axis=1)
    order = np.lexsort((off, of))
    firsts = order[np.unique(of[order], return_index=True)[1]]
    labels = []
    for first in firsts:
        region, point = of[first], mine[first]
        x, y = places[point].tolist()
        name = names[named[cells[point]]]
        labels.append(RegionLabel(name, x, y, int(count[region]), int(among[region])))
    return sorted(labels, key=lambda label: (-label.count, label.name, label.x, label.y))


def _coded(articles: pl.DataFrame, columns: tuple[str, ...]) -> tuple[list[str], Codes]:
    """The names that articles have by some columns, and which each has (n,), _NOBODY where one is not known."""
    unknown = ["", text.UNKNOWN.lower()]
    known = [pl.when(~pl.col(each).str.to_lowercase().is_in(unknown)).then(pl.col(each)) for each in columns]
    names = articles.select(name=pl.concat_str(known, separator=" · "))["name"]
    labels = names.drop_nulls().unique().sort()
    codes = (names.rank("dense").cast(pl.Int64) - 1).fill_null(_NOBODY)
    return labels.to_list(), codes.to_numpy()
