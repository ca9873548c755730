"""The articles of a shop: what they are, what they cost and sell, what looks like them, and how they are found."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from stylo.candidates.catalogue import find
from stylo.errors import StyloError, UnknownArticle
from stylo.search.article_finder import ArticleFinder
from stylo.search.facets import Facets
from stylo.tables.folder import DataFolder
from stylo.tables.ids import SKU, ArticleIds, product_keys
from stylo.vectors.embeddings import open_embeddings
from stylo.visual.alike import Lookalikes, open_lookalikes
from stylo.visual.encoder import Encoder, open_encoder
from stylo.visual.kept_network import is_kept
from stylo.visual.known import FILE as PHOTOS_FILE

#: An article is new if it was first sold within so many days.
NEW_DAYS = 28
_WEEK = timedelta(days=7)


@dataclass(frozen=True, eq=False)
class Assortment:
    """The articles of a data folder, read. It never changes; who wants newer files opens another.

    articles : rows of `with_facts`; `article_id` is the id by which people know the article, see `ids`.
    sales : rows of WEEKLY_SALES.
    with_looks : whether what was found of photos may be used.
    """

    folder: DataFolder
    articles: pl.DataFrame
    sales: pl.DataFrame
    with_looks: bool = field(default=True, kw_only=True)

    def article(self, article_id: str) -> dict[str, Any]:
        """The row of an article. Raises BadIdentifier or UnknownArticle."""
        rows = self.rows([self.ids.number(article_id)])
        if not rows:
            raise UnknownArticle(f"There is no article {article_id}.", cure=self.ids.cure)
        return rows[0]

    def rows(self, articles: list[int]) -> list[dict[str, Any]]:
        """The rows of articles, in their order, without those that are not in the catalogue."""
        place = self.places(np.array(articles, dtype=np.int64))
        return self.articles[place[place >= 0]].rows(named=True)

    def places(self, articles: np.ndarray) -> np.ndarray:
        """int64: where articles stand in the frame; −1 for one that is not in the catalogue."""
        numbers, place = self._order
        found = find(numbers, articles)
        return np.append(place, -1)[found]

    def variants(self, article: int) -> list[dict[str, Any]]:
        """The other articles of the same product, the best seller first."""
        numbers = self.articles["article"].to_numpy()
        mine = np.isin(self.products, self.products[numbers == article])
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
    def ids(self) -> ArticleIds:
        """The ids by which people and other programs know the articles."""
        return ArticleIds.of(self.articles)

    @cached_property
    def products(self) -> np.ndarray:
        """int64, of each article of the frame: equal for variants of one product."""
        return product_keys(self.articles["article"].to_numpy(), self.articles["product_code"].to_numpy())

    @cached_property
    def index(self) -> ArticleFinder:
        """All articles, to be found by words and by what these mean."""
        return ArticleFinder.of(self.articles)

    @cached_property
    def facets(self) -> Facets:
        return Facets.of(self.articles)

    @cached_property
    def lookalikes(self) -> Lookalikes | None:
        """What is alike, asked live; None where no photo was looked at."""
        if not self.with_looks:
            return None
        try:
            return open_lookalikes(self.folder, with_sales=False)
        except StyloError:
            return None

    @cached_property
    def encoder(self) -> Encoder:
        """The network that made the vectors, for photos from outside. Raises MissingWeights or what opening raises."""
        return open_encoder(self.folder, open_embeddings(self.folder))

    def warm_up_encoder(self) -> None:
        """Opens and runs the network once, so that the first photo need not wait for it.

        Only where it is kept beside the vectors: to build it from its weights takes more time and memory than a photo
        that may never come is worth.
        """
        if self.lookalikes is not None and is_kept(self.folder):
            self.encoder.warm_up()

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


def with_facts(
    catalogue: pl.DataFrame, sales: pl.DataFrame, as_of: date | None, pictured: set[int]
) -> pl.DataFrame:
    """`articles.parquet` with what its articles sold before the day, or ever; the best seller first.

    Adds `price` (last paid, in units of money; null if never sold), `sales` of the last week, `sold` (how often ever),
    `first_sold` (the first day of that week), `season`, `is_new` and `has_photo`. `article_id` becomes the id by which
    people know the article: its SKU where the shop has SKUs.

    Parameters
    ----------
    sales : rows of WEEKLY_SALES.
    pictured : who has a photo.
    """
    past = sales if as_of is None else sales.filter(pl.col("week") < as_of)
    newest = past["week"].max()
    end = as_of or (newest + _WEEK if isinstance(newest, date) else date.max)
    sold = past.group_by("article", maintain_order=True).agg(
        price=pl.col("last_price").last(),
        first_sold=pl.col("week").first(),
        sales=pl.col("sales").filter(pl.col("week") >= end - _WEEK).sum(),
        sold=pl.col("sales").sum(),
    )
    is_new = pl.col("first_sold") >= end - timedelta(days=NEW_DAYS)
    return (
        catalogue.join(sold, on="article", how="left")
        .join(_seasons(past), on="article", how="left")
        .with_columns(
            pl.col("sales", "sold").fill_null(0),
            is_new=is_new.fill_null(value=False),
            has_photo=pl.col("article").is_in(sorted(pictured)),
            **({"article_id": pl.col(SKU)} if SKU in catalogue.columns else {}),
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
