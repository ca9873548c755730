"""What the dashboard knows: articles, their sales, neighbours, pictures, and what is missing. No Streamlit here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from stylo.artefacts import read_manifest
from stylo.assortment import Assortment, with_facts
from stylo.candidates.similar_articles import VisualTwins
from stylo.dashboard.map.points import MapPoints, open_map
from stylo.dashboard.shopper.records import CustomerRecords
from stylo.errors import StyloError
from stylo.outfits.maker import OutfitMaker
from stylo.outfits.model import OutfitModel
from stylo.tables.folder import MADE_BY, OUTFITS_FILE, DataFolder
from stylo.tables.schemas import WEEKLY_SALES
from stylo.tables.split import read_cut
from stylo.tables.weekly_sales import weekly_sales
from stylo.visual.map import FILE as MAP_FILE
from stylo.visual.photos import open_photos, shelves
from stylo.visual.thumbnails import Pictures, Thumbnails

#: What `final.py` and `visual_reccs.py` propose for articles.
PROPOSALS = "article_reccs.parquet"
TWINS = "visual_reccs.parquet"
_NEIGHBOURS = pl.Schema(
    {"article": pl.Int32(), "rank": pl.UInt16(), "score": pl.Float32(), "proposed_by": pl.List(pl.String())}
)


@dataclass(frozen=True, eq=False)
class Shop(Assortment):
    """A data folder with all that its pages show.

    as_of : the day before which everything here was known; None without a split.
    problems : artefact → what is wrong with it and what to do.
    untrained : whether the vectors of the photos come from random weights.
    version : another one after files were replaced.
    """

    pictures: Pictures
    as_of: date | None
    problems: dict[str, StyloError] = field(default_factory=dict)
    untrained: bool = False
    version: str = ""

    def warm_up(self) -> None:
        """Makes at once what is else made when it is first needed."""
        _ = self.facets, self.lookalikes, self.map and self.map.labels
        self.index.warm_up()

    def shelf(self, article: int, strategy: str) -> list[dict[str, Any]]:
        """The neighbours of an article by a strategy, nearest first: rows of `articles` with score and reason."""
        near = self.shelves([article], strategy)
        known = {row["article"]: row for row in self.rows(near["article"].to_list())}
        return [known[mine["article"]] | mine for mine in near.rows(named=True) if mine["article"] in known]

    def shelves(self, articles: list[int], strategy: str) -> pl.DataFrame:
        """The neighbours of several articles by a strategy: `article`, `rank`, `score`, `proposed_by`, by rank."""
        if strategy == VisualTwins.name:
            own = pl.lit(strategy)
            return self._near(TWINS, articles, score="similarity", proposed_by=pl.concat_list(own))
        return self._near(PROPOSALS, articles, pl.col("strategy") == strategy)

    @cached_property
    def customers(self) -> CustomerRecords:
        return CustomerRecords(self.folder)

    @cached_property
    def dear(self) -> float:
        """What all but one in a hundred articles cost at most, in whole units of money, from 1; 0 without a sale."""
        prices = self.facets.prices[~np.isnan(self.facets.prices)]
        return max(float(np.ceil(np.quantile(prices, 0.99))), 1.0) if len(prices) else 0.0

    @cached_property
    def channels(self) -> tuple[bool, bool]:
        """Whether the shop has sold anything in shops, and online."""
        sales, online = (int(self.sales[name].sum()) for name in ("sales", "online"))
        return sales > online, online > 0

    @cached_property
    def telling(self) -> frozenset[str]:
        """The columns of `articles` that say something: not those with no value, nor with the same word for all."""
        return frozenset(
            column.name
            for column in self.articles
            if column.null_count() < len(column)
            and (column.dtype not in (pl.String, pl.Boolean) or column.n_unique() > 1)
        )

    @cached_property
    def outfits(self) -> OutfitMaker | None:
        """What goes with what; None where it is missing or no good, which `problems` then tells."""
        try:
            return OutfitMaker(OutfitModel.open(self.folder), self.articles, self.ids)
        except StyloError as error:
            self.problems[OUTFITS_FILE] = error
            return None

    @cached_property
    def map(self) -> MapPoints | None:
        """The catalogue map; None where it is missing or no good, which `problems` then tells."""
        try:
            return open_map(self.folder, self.articles, self._photos)
        except StyloError as error:
            self.problems[MAP_FILE] = error
            return None

    def _near(self, name: str, articles: list[int], *only: pl.Expr, **renamed: Any) -> pl.DataFrame:
        if name in self.problems:
            return pl.DataFrame(schema=_NEIGHBOURS)
        table = (
            self.folder.scan(name).filter(pl.col("article").is_in(articles), *only).with_columns(**renamed)
        )
        mine = table.sort("rank").select("rank", "score", "proposed_by", article="neighbour")
        return mine.select(*_NEIGHBOURS).cast(_NEIGHBOURS).collect()


def open_shop(folder: DataFolder, images: Path, version: str = "") -> Shop:
    """Reads a data folder; what is missing, stale or damaged is named in `problems`, the rest works.

    Raises MissingArtefact, DamagedArtefact or StaleArtefact only for `articles.parquet`: without it there is
    nothing to show.
    """
    catalogue = folder.scan("articles.parquet").collect()
    problems: dict[str, StyloError] = {}
    as_of, sales, photos, untrained = None, pl.DataFrame(schema=WEEKLY_SALES), None, False
    try:
        as_of = read_cut(folder)[0]
        folder.scan("train_split.parquet")
    except StyloError as error:
        problems["train_split.parquet"] = error
    try:
        sales = weekly_sales(folder)
    except StyloError as error:
        problems["transactions.parquet"] = error
    for name in (PROPOSALS, TWINS):
        try:
            folder.scan(name)
        except StyloError as error:
            problems[name] = error
    if TWINS not in problems:
        manifest = read_manifest(folder.path(TWINS))
        untrained = manifest is not None and manifest.parameters.get("trained") is False
    try:
        photos = open_photos(images)
    except StyloError as error:
        problems["photos"] = error
    thumbnails = Thumbnails.of(folder)
    pictured = set(photos.stamps) if photos else thumbnails.articles()
    if photos and photos.out_of_reach:
        pictured |= set(filter(photos.may_hide, thumbnails.articles()))
    shown = with_facts(catalogue, sales, as_of, pictured)
    pictures = Pictures(photos, thumbnails)
    return Shop(folder, shown, sales, pictures, as_of, problems, untrained, version)


def state(folder: DataFolder, images: Path) -> tuple[tuple[str, int], ...]:
    """Which artefacts and photos are there and when they were written: changes when one is replaced."""
    made_here = {"weekly_sales.parquet"}
    paths = [*(folder.path(name) for name in MADE_BY if name not in made_here), folder.root / "reports"]
    paths += [images, *shelves(images)]
    return tuple((path.name, written) for path in paths if (written := _written(path)) is not None)


def _written(path: Path) -> int | None:
    """When a file or folder was last changed; None if it is not there, or out of reach."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None
