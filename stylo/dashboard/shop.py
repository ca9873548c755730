"""What the dashboard knows: articles, their sales, neighbours, pictures, and what is missing. No Streamlit here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from stylo.artefacts import read_manifest
from stylo.candidates.rows import find
from stylo.candidates.visual_twins import VisualTwins
from stylo.dashboard.customers import Customers
from stylo.dashboard.map_points import MapPoints, open_map
from stylo.dashboard.pictures import Pictures
from stylo.errors import StyloError, UnknownArticle
from stylo.search.facets import Facets
from stylo.search.text_index import TextIndex
from stylo.tables.folder import MADE_BY, DataFolder
from stylo.tables.ids import article_number, products
from stylo.tables.schemas import WEEKLY_SALES
from stylo.tables.split import read_cut
from stylo.tables.weekly_sales import weekly_sales
from stylo.vectors.embeddings import open_embeddings
from stylo.visual.alike import Lookalikes, open_lookalikes
from stylo.visual.encoder import Encoder, encoder_of
from stylo.visual.known import FILE as PHOTOS_FILE
from stylo.visual.map import FILE as MAP_FILE
from stylo.visual.photos import open_photos
from stylo.visual.thumbnails import Thumbnails

#: An article is new if it was first sold within so many days.
NEW_DAYS = 28
_WEEK = timedelta(days=7)
_PROPOSALS, _TWINS = "article_reccs.parquet", "visual_reccs.parquet"
_NEIGHBOURS = pl.Schema(
    {"article": pl.Int32(), "rank": pl.UInt16(), "score": pl.Float32(), "proposed_by": pl.List(pl.String())}
)


@dataclass(frozen=True, eq=False)
class Shop:
    """A data folder, read. It never changes; who wants newer files opens another.

    articles : `articles.parquet` with `price` (last paid, in units of money; null if never sold), `sales` of the last
        week, `first_sold` (the first day of that week), `season`, `is_new` and `has_photo`; the best seller first.
    sales : rows of WEEKLY_SALES.
    as_of : the day before which everything here was known; None without a split.
    problems : artefact → what is wrong with it and what to do.
    untrained : whether the vectors of the photos come from random weights.
    version : another one after files were replaced.
    """

    folder: DataFolder
    articles: pl.DataFrame
    sales: pl.DataFrame
    pictures: Pictures
    as_of: date | None
    problems: dict[str, StyloError] = field(default_factory=dict)
    untrained: bool = False
    version: str = ""

    def warm_up(self) -> None:
        """Makes at once what is else made when it is first needed."""
        _ = self.index, self.facets, self.lookalikes, self.map

    def article(self, article_id: str) -> dict[str, Any]:
        """The row of an article. Raises BadIdentifier or UnknownArticle."""
        rows = self.rows([article_number(article_id)])
        if not rows:
            raise UnknownArticle(f"There is no article {article_id}.")
        return rows[0]

    def rows(self, articles: list[int]) -> list[dict[str, Any]]:
        """The rows of articles, in their order, without those that are not in the catalogue."""
        numbers, place = self._order
        found = find(numbers, np.array(articles, dtype=np.int64))
        return self.articles[place[found[found >= 0]]].rows(named=True)

    def shelf(self, article: int, strategy: str) -> list[dict[str, Any]]:
        """The neighbours of an article by a strategy, nearest first: rows of `articles` with score and reason."""
        if strategy == VisualTwins.name:
            own = pl.lit(strategy)
            near = self._near(_TWINS, article, score="similarity", proposed_by=pl.concat_list(own))
        else:
            near = self._near(_PROPOSALS, article, pl.col("strategy") == strategy)
        known = {row["article"]: row for row in self.rows(near["article"].to_list())}
        return [known[mine["article"]] | mine for mine in near.rows(named=True) if mine["article"] in known]

    def variants(self, article: int) -> list[dict[str, Any]]:
        """The other articles of the same product, the best seller first."""
        numbers = self.articles["article"].to_numpy()
        mine = products(numbers) == products(np.array(article))
        return self.articles.filter(pl.Series(mine & (numbers != article))).rows(named=True)

    def weeks(self, article: int) -> pl.DataFrame:
        """`week`, `sales`, `online`, `mean_price` of an article, week by week; those without a sale are left out."""
        column = self.sales["article"]
        start, end = (column.search_sorted(article, side=side) for side in ("left", "right"))
        return self.sales.slice(start, end - start).select("week", "sales", "online", "mean_price")

    def colours(self, article: int) -> list[tuple[float, float, float, float]]:
        """The colours that were found on an article's photo: L, a, b and share; empty if it was not looked at."""
        row = self._photos.filter(pl.col("article") == article)
        values = row["colours"].to_numpy().reshape(-1, 4) if row.height else np.zeros((0, 4))
        return [tuple(map(float, value)) for value in values if value[3] > 0]  # type: ignore[misc]

    @cached_property
    def customers(self) -> Customers:
        return Customers(self.folder)

    @cached_property
    def index(self) -> TextIndex:
        """All articles, to be found by words."""
        return TextIndex.of(self.articles)

    @cached_property
    def facets(self) -> Facets:
        return Facets.of(self.articles)

    @cached_property
    def dear(self) -> float:
        """What all but one in a hundred articles cost at most, in whole units of money, from 1; 0 without a sale."""
        prices = self.facets.prices[~np.isnan(self.facets.prices)]
        return max(float(np.ceil(np.quantile(prices, 0.99))), 1.0) if len(prices) else 0.0

    @cached_property
    def lookalikes(self) -> Lookalikes | None:
        """What is alike, asked live; None where no photo was looked at."""
        try:
            return open_lookalikes(self.folder, with_sales=False)
        except StyloError:
            return None

    @cached_property
    def map(self) -> MapPoints | None:
        """The catalogue map; None where it is missing or no good, which `problems` then tells."""
        past = self.sales if self.as_of is None else self.sales.filter(pl.col("week") < self.as_of)
        try:
            return open_map(self.folder, self.articles, past, self._photos)
        except StyloError as error:
            self.problems[MAP_FILE] = error
            return None

    @cached_property
    def encoder(self) -> Encoder:
        """The network that made the vectors, for photos from outside. Raises MissingWeights or what opening raises."""
        return encoder_of(open_embeddings(self.folder).facts)

    @cached_property
    def _order(self) -> tuple[np.ndarray, np.ndarray]:
        numbers = self.articles["article"].to_numpy()
        place = np.argsort(numbers)
        return numbers[place], place

    @cached_property
    def _photos(self) -> pl.DataFrame:
        try:
            return self.folder.scan(PHOTOS_FILE).select("article", "colours").collect()
        except StyloError:
            return pl.DataFrame(schema={"article": pl.Int32, "colours": pl.Array(pl.Float32, 12)})

    def _near(self, name: str, article: int, *only: pl.Expr, **renamed: Any) -> pl.DataFrame:
        if name in self.problems:
            return pl.DataFrame(schema=_NEIGHBOURS)
        table = self.folder.scan(name).filter(pl.col("article") == article, *only).with_columns(**renamed)
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
    for name in (_PROPOSALS, _TWINS):
        try:
            folder.scan(name)
        except StyloError as error:
            problems[name] = error
    if _TWINS not in problems:
        manifest = read_manifest(folder.path(_TWINS))
        untrained = manifest is not None and manifest.parameters.get("trained") is False
    try:
        photos = open_photos(images)
    except StyloError as error:
        problems["photos"] = error
    thumbnails = Thumbnails.of(folder)
    pictured = set(photos.stamps) if photos else thumbnails.articles()
    shown = _with_facts(catalogue, sales, as_of, pictured)
    pictures = Pictures(photos, thumbnails)
    return Shop(folder, shown, sales, pictures, as_of, problems, untrained, version)


def state(folder: DataFolder, images: Path) -> tuple[tuple[str, int], ...]:
    """Which artefacts and photos are there and when they were written: changes when one is replaced."""
    made_here = {"weekly_sales.parquet"}
    paths = [*(folder.path(name) for name in MADE_BY if name not in made_here), folder.root / "reports"]
    paths += [images, *sorted(images.glob("0[0-9][0-9]"))]
    return tuple((path.name, path.stat().st_mtime_ns) for path in paths if path.exists())


def _with_facts(
    catalogue: pl.DataFrame, sales: pl.DataFrame, as_of: date | None, pictured: set[int]
) -> pl.DataFrame:
    """The catalogue with what its articles sold before the day; everything that was sold, without one."""
    past = sales if as_of is None else sales.filter(pl.col("week") < as_of)
    newest = past["week"].max()
    end = as_of or (newest + _WEEK if isinstance(newest, date) else date.max)
    sold = past.group_by("article", maintain_order=True).agg(
        price=pl.col("last_price").last(),
        first_sold=pl.col("week").first(),
        sales=pl.col("sales").filter(pl.col("week") >= end - _WEEK).sum(),
    )
    is_new = pl.col("first_sold") >= end - timedelta(days=NEW_DAYS)
    return (
        catalogue.join(sold, on="article", how="left")
        .join(_seasons(past), on="article", how="left")
        .with_columns(
            pl.col("sales").fill_null(0),
            is_new=is_new.fill_null(value=False),
            has_photo=pl.col("article").is_in(sorted(pictured)),
        )
        .sort("sales", "article", descending=[True, False])
    )


_SEASONS = {1: "Winter", 2: "Spring", 3: "Summer", 4: "Autumn"}
_LEAST_SOLD = 5


def _seasons(sales: pl.DataFrame) -> pl.DataFrame:
    """`article`, `season`: when its share of what the whole shop sells is largest; null for hardly sold ones.

    Winter is December to February.
    """
    by_season = (
        sales.group_by("article", season=(pl.col("week") + pl.duration(days=3)).dt.month() % 12 // 3 + 1)
        .agg(pl.col("sales").sum())
        .with_columns(share=pl.col("sales") / pl.col("sales").sum().over("season"))
        .sort("article", "share", "season", descending=[False, True, False])
    )
    return by_season.group_by("article", maintain_order=True).agg(
        season=pl.when(pl.col("sales").sum() >= _LEAST_SOLD)
        .then(pl.col("season").first().replace_strict(_SEASONS, return_dtype=pl.String))
        .otherwise(None)
    )
