"""The catalogue map of a shop: where each article lies, how points are coloured, and both as bytes for a browser."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stylo.dashboard.map.colours import Colouring, by_colour, by_label, by_sales
from stylo.dashboard.map.labels import RegionLabel, region_labels
from stylo.dashboard.map.lasso import SIDE, Places
from stylo.errors import DamagedArtefact, StaleArtefact
from stylo.tables.folder import MADE_BY, DataFolder
from stylo.user_paths import quoted
from stylo.visual.map import FILE

GROUP, TYPE, COLOUR, SECTION, SALES = "group", "type", "colour", "section", "sales"
_COLUMNS = {GROUP: "product_group_name", TYPE: "product_type_name", SECTION: "section_name"}
_LAB = ("L", "a", "b")
#: What points can be coloured by.
COLOURINGS = (GROUP, TYPE, COLOUR, SECTION, SALES)


@dataclass(frozen=True, eq=False)
class MapPoints:
    """The articles of a shop that lie on its map, by ascending number.

    articles : rows of the shop's articles (n), `sold` so far, and `L`, `a`, `b` of the colour that its photo shows
        most; null where no photo was looked at.
    rows : int64 (n,), where they stand among the shop's articles.
    places : uint16 (n, 2) on the grid of `lasso`.
    """

    articles: pl.DataFrame
    rows: NDArray[np.int64]
    places: Places

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def colouring(self) -> Callable[[str], Colouring]:
        """The colouring of a name in COLOURINGS, made when it is first asked for."""
        return lru_cache(maxsize=len(COLOURINGS))(self._colouring)

    @cached_property
    def packed(self) -> bytes:
        """Article numbers as differences, int32; then x, then y, uint16; then a bit for each that has a photo.

        All little-endian: 8 n bytes, and an eighth of n.
        """
        numbers = self.articles["article"].to_numpy()
        steps = np.diff(numbers, prepend=np.int32(0)).astype("<i4")
        places = np.ascontiguousarray(self.places.T, dtype="<u2")
        return steps.tobytes() + places.tobytes() + _bits(self.articles["has_photo"].to_numpy())

    @cached_property
    def labels(self) -> list[list[RegionLabel]]:
        """The names of its regions, level by level."""
        return region_labels(self.articles, self.places)

    def bits(self, mask: NDArray[np.bool_]) -> str:
        """Which points are meant (n,), a bit for each, in base64."""
        return base64.b64encode(_bits(mask)).decode()

    def _colouring(self, what: str) -> Colouring:
        if what == SALES:
            return by_sales(self.articles["sold"].to_numpy())
        if what == COLOUR:
            return by_colour(self.articles["colour_group_name"], self.articles.select(_LAB).to_numpy())
        return by_label(self.articles[_COLUMNS[what]])


def open_map(folder: DataFolder, articles: pl.DataFrame, photos: pl.DataFrame) -> MapPoints:
    """The map of a data folder; what is no article of the shop is left out.

    Parameters
    ----------
    articles : of a shop.
    photos : `article`, `colours`, as of visual_photos.parquet.

    Raises MissingArtefact, DamagedArtefact or StaleArtefact.
    """
    again = f"Make it again: python {MADE_BY[FILE]} --data {quoted(folder.root)}"
    scanned = folder.scan(FILE)
    try:
        table = scanned.select(pl.col("article").cast(pl.Int32), pl.col("x", "y").cast(pl.Float64)).collect()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DamagedArtefact(
            f"{folder.path(FILE)} cannot be read.", where=str(error).splitlines()[0], cure=again
        ) from error
    off = pl.any_horizontal(pl.all().is_null(), ~pl.col("x", "y").is_between(-1, 1))
    if table.select(off.any() | pl.col("article").is_duplicated().any()).item():
        raise DamagedArtefact(
            f"{folder.path(FILE)} has positions outside the map, or articles that appear on it twice.",
            cure=again,
        )
    known = table.join(articles.with_row_index("row"), on="article").sort("article")
    if known.is_empty():
        raise StaleArtefact(f"{folder.path(FILE)} contains no article from articles.parquet.", cure=again)
    first = {name: pl.col("colours").arr.get(place) for place, name in enumerate(_LAB)}
    looked_at = photos.filter(pl.col("colours").arr.get(len(_LAB)) > 0).select("article", **first)
    known = known.join(looked_at, on="article", how="left", maintain_order="left")
    places = np.rint((known.select("x", "y").to_numpy() + 1) * (SIDE / 2)).astype(np.uint16)
    return MapPoints(
        known.drop("row", "x", "y"),
        known["row"].to_numpy().astype(np.int64),
        places,
    )


def _bits(mask: NDArray[np.bool_]) -> bytes:
    """A bit for each, the lowest of the first byte first."""
    return np.packbits(mask, bitorder="little").tobytes()
