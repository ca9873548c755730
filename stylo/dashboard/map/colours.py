"""The colours of the points of the catalogue map: which groups there are, and which each point belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stylo.dashboard import text
from stylo.visual.colours import named_colours, to_rgb

# Far apart also for who sees no red or no green, each neither too pale for a light page nor too dark for a dark one.
_APART = (
    "#4f83f0", "#cf4a12", "#35bd95", "#dba900", "#8f3ff0", "#b44b87", "#79b8da", "#965a4b", "#cc2bb8", "#93b356",
)  # fmt: skip
_REST = "#a09a95"
# The more the stronger against a light page, and against a dark one.
_MORE = ("#e2b7a5", "#d98f86", "#c9637a", "#a63d78", "#74246f", "#3b1055")
_MORE_ON_DARK = ("#744083", "#a03d82", "#c94a7a", "#e66c6c", "#f4a072", "#fbdc95")
# Nothing sold is no less of something, but another thing.
_NONE, _NONE_ON_DARK = "#5f85a3", "#7fa3bf"
#: Where the groups of sales begin: never sold, once, ...
SALES_STEPS = (0, 1, 3, 10, 32, 100, 316)
# As many names of colours, each as its own, are told apart; an unknown one is this grey.
_MOST_COLOURS = 60


@dataclass(frozen=True)
class Group:
    """Points of one colour: `light` on a light page, `dark` on a dark one. `small` ones need not be named at first."""

    name: str
    count: int
    light: str
    dark: str
    small: bool = False


@dataclass(frozen=True, eq=False)
class Colouring:
    """`codes` uint8 (n,) are places in `groups`."""

    groups: tuple[Group, ...]
    codes: NDArray[np.uint8]

    def of(self, names: Sequence[str]) -> NDArray[np.bool_]:
        """The points of groups, bool (n,); all if none of them is there."""
        wanted = np.array([group.name in names for group in self.groups], dtype=np.bool_)
        return wanted[self.codes] if wanted.any() else np.ones(len(self.codes), dtype=np.bool_)

    def counts(self, mask: NDArray[np.bool_]) -> list[int]:
        """How many of some points (n,) are of each group."""
        counts: list[int] = np.bincount(self.codes[mask], minlength=len(self.groups)).tolist()
        return counts


def by_label(labels: pl.Series) -> Colouring:
    """The largest groups in colours far apart; the others together in grey."""
    names, codes = _ranked(labels, len(_APART))
    colours = [*_APART[: len(names)], _REST]
    return _colouring([*names, text.MAP_OTHERS], codes, colours, colours)


def by_colour(names: pl.Series, lab: NDArray[np.floating]) -> Colouring:
    """Each `colour_group_name` in its colour; one that is no colour, such as gold, in that of its photos.

    Parameters
    ----------
    lab : (n, 3) the colours of the photos, nan where none is known.
    """
    ranked, codes = _ranked(names, _MOST_COLOURS)
    named = named_colours(ranked)[:, 0]
    colours = []
    for place, (*own, known) in enumerate(named):
        shown = lab[codes == place]
        shown = shown[~np.isnan(shown).any(axis=1)]
        if not known and not len(shown):
            colours.append(_REST)
            continue
        middle = np.array(own if known else np.median(shown, axis=0), dtype=np.float32)
        colours.append("#{:02x}{:02x}{:02x}".format(*to_rgb(middle).tolist()))
    return _colouring(
        [*ranked, text.MAP_OTHERS], codes, [*colours, _REST], [*colours, _REST], named=len(_APART)
    )


def by_sales(sold: NDArray[np.integer]) -> Colouring:
    """Groups that begin at SALES_STEPS, each about three times the one before."""
    codes = np.searchsorted(SALES_STEPS, sold, side="right") - 1
    return _colouring(text.map_sales(SALES_STEPS), codes, [_NONE, *_MORE], [_NONE_ON_DARK, *_MORE_ON_DARK])


def _ranked(labels: pl.Series, most: int) -> tuple[list[str], NDArray[np.int64]]:
    """The most frequent labels, and the place of each point's among them (n,); `most` stands for all others."""
    named = labels.fill_null(text.UNKNOWN).alias("name")
    counted = named.value_counts().sort("count", "name", descending=[True, False]).head(most)
    ranked = counted["name"].to_list()
    places = named.replace_strict(ranked, range(len(ranked)), default=len(ranked), return_dtype=pl.Int64)
    return ranked, places.to_numpy()


def _colouring(
    names: Sequence[str],
    codes: NDArray[np.integer],
    light: Sequence[str],
    dark: Sequence[str],
    named: int = len(_APART) + 1,
) -> Colouring:
    counts = np.bincount(codes, minlength=len(names)).tolist()
    groups = [
        Group(name, count, *colours, small=place >= named)
        for place, (name, count, colours) in enumerate(
            zip(names, counts, zip(light, dark, strict=True), strict=True)
        )
    ]
    return Colouring(tuple(groups), codes.astype(np.uint8))
