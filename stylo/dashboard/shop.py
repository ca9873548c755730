"""What the dashboard knows: articles, neighbours, photos, and what is missing. No Streamlit here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from stylo.artefacts import read_manifest
from stylo.candidates.visual_twins import VisualTwins
from stylo.errors import StyloError, UnknownArticle
from stylo.tables.folder import MADE_BY, DataFolder
from stylo.tables.ids import article_number
from stylo.tables.prices import PRICE_UNIT
from stylo.tables.split import read_cut
from stylo.visual.photos import Photos, open_photos
from stylo.visual.thumbnails import Thumbnails

_BESTSELLER_DAYS = 7
_SEARCHED = ("prod_name", "product_type_name", "colour_group_name", "article_id")


@dataclass(frozen=True)
class Shop:
    """A data folder, read.

    articles : `articles.parquet` with `price` (last paid, in units of money; null if never sold), `sales` of
        the last week, and `searched`, the text that a search looks at; the best seller first.
    neighbours : `article`, `strategy`, `neighbour`, `rank`, `score`, `proposed_by`, sorted by article.
    photos : None if they are not there.
    thumbnails : looked up one by one when they are shown, so that new ones need no reading anew.
    as_of : the day before which everything here was known; None without a split.
    problems : artefact → what is wrong with it and what to do.
    untrained : whether the visual twins come from random weights.
    """

    articles: pl.DataFrame
    neighbours: pl.DataFrame
    photos: Photos | None
    thumbnails: Thumbnails
    as_of: date | None
    problems: dict[str, StyloError] = field(default_factory=dict)
    untrained: bool = False

    def article(self, article_id: str) -> dict[str, Any]:
        """The row of an article. Raises BadIdentifier or UnknownArticle."""
        rows = self.articles.filter(pl.col("article") == article_number(article_id))
        if rows.is_empty():
            raise UnknownArticle(f"There is no article {article_id}.")
        return rows.row(0, named=True)

    def shelf(self, article: int, strategy: str) -> list[dict[str, Any]]:
        """The neighbours of an article by a strategy, nearest first: rows of `articles` with score and reason."""
        column = self.neighbours["article"]
        start, end = (column.search_sorted(article, side=side) for side in ("left", "right"))
        mine = self.neighbours.slice(start, end - start).filter(pl.col("strategy") == strategy).sort("rank")
        near = mine.select("score", "proposed_by", article="neighbour")
        return near.join(self.articles, on="article", maintain_order="left").rows(named=True)

    def bestsellers(self, count: int) -> list[dict[str, Any]]:
        """The articles that sold most in the week before `as_of`."""
        return self.articles.head(count).rows(named=True)

    def search(self, query: str, count: int) -> tuple[int, list[dict[str, Any]]]:
        """How many articles hold every word of the query in id, name, type or colour, and the best sellers of them."""
        words = query.lower().split()
        found = self.articles.filter(
            pl.all_horizontal(pl.col("searched").str.contains(word, literal=True) for word in words)
        )
        return found.height, found.head(count).rows(named=True)


def open_shop(folder: DataFolder, images: Path) -> Shop:
    """Reads a data folder; what is missing, stale or damaged is named in `problems`, the rest works.

    Raises MissingArtefact, DamagedArtefact or StaleArtefact only for `articles.parquet`: without it there is
    nothing to show.
    """
    catalogue = folder.scan("articles.parquet").collect()
    problems: dict[str, StyloError] = {}
    as_of, sold = None, None
    try:
        as_of, _ = read_cut(folder)
        sold = _sales(folder, as_of)
    except StyloError as error:
        problems["train_split.parquet"] = error
    frames, untrained = [], False
    for name, read in (("article_reccs.parquet", _proposals), ("visual_reccs.parquet", _twins)):
        try:
            frames.append(read(folder.scan(name)))
        except StyloError as error:
            problems[name] = error
    if "visual_reccs.parquet" not in problems:
        manifest = read_manifest(folder.path("visual_reccs.parquet"))
        untrained = manifest is not None and manifest.parameters.get("trained") is False
    photos = None
    try:
        photos = open_photos(images)
    except StyloError as error:
        problems["photos"] = error
    neighbours = pl.concat([_EMPTY.lazy(), *frames]).sort("article").collect()
    shown = _with_sales(catalogue, sold)
    return Shop(shown, neighbours, photos, Thumbnails.of(folder), as_of, problems, untrained)


def state(folder: DataFolder, images: Path) -> tuple[tuple[str, int], ...]:
    """Which artefacts and photos are there and when they were written: changes when one is replaced."""
    paths = [*(folder.path(name) for name in MADE_BY), images, *sorted(images.glob("0[0-9][0-9]"))]
    return tuple((path.name, path.stat().st_mtime_ns) for path in paths if path.exists())


_EMPTY = pl.DataFrame(
    schema={
        "article": pl.Int32,
        "strategy": pl.String,
        "neighbour": pl.Int32,
        "score": pl.Float32,
        "rank": pl.UInt16,
        "proposed_by": pl.List(pl.String),
    }
)


def _proposals(reccs: pl.LazyFrame) -> pl.LazyFrame:
    return reccs.filter(pl.col("strategy") != VisualTwins.name).select(_EMPTY.columns)


def _twins(reccs: pl.LazyFrame) -> pl.LazyFrame:
    own = pl.lit(VisualTwins.name)
    columns = reccs.with_columns(score="similarity", strategy=own, proposed_by=pl.concat_list(own))
    return columns.select(_EMPTY.columns).cast(_EMPTY.schema)


def _sales(folder: DataFolder, as_of: date) -> pl.DataFrame:
    """`article`, `price` last paid, `sales` in the last week before the cutoff."""
    week = pl.col("t_dat") >= as_of - timedelta(days=_BESTSELLER_DAYS)
    by_article = folder.scan("train_split.parquet").group_by("article")
    last = pl.col("price").sort_by("t_dat", "price").last() * PRICE_UNIT
    return by_article.agg(last.alias("price"), week.sum().alias("sales")).collect()


def _with_sales(catalogue: pl.DataFrame, sold: pl.DataFrame | None) -> pl.DataFrame:
    if sold is None:
        sold = pl.DataFrame(schema={"article": pl.Int32, "price": pl.Float32, "sales": pl.UInt32})
    searched = pl.concat_str(_SEARCHED, separator=" ").str.to_lowercase()
    return (
        catalogue.join(sold, on="article", how="left")
        .with_columns(pl.col("sales").fill_null(0), searched.alias("searched"))
        .sort("sales", "article", descending=[True, False])
    )
