"""What is alike: by look, shape, colour and pattern, each with its weight, for an article or for a photo.

    look      cosine of the vectors of the photos; 0 is that of any two articles
    shape     the product type: the article's own, and those of the articles that look like it
    colour    the colours of the garment on the photo (see `colours`)
    pattern   the graphical appearance, as the shape

Each is from 0 to 1. A photo from outside has no type of its own; those of its nearest looks stand for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stylo.errors import BadOption, StaleArtefact, StyloError, UnknownArticle
from stylo.tables.folder import DataFolder
from stylo.tables.ids import ArticleIds, product_keys
from stylo.tables.schemas import LIST_LENGTH
from stylo.vectors.embeddings import FILE as VECTORS_FILE
from stylo.vectors.embeddings import Embeddings, open_embeddings
from stylo.vectors.index import VectorIndex, open_index
from stylo.visual.colours import COLOURS, colour_vectors, named_colours
from stylo.visual.encoder import SIZE, Encoder
from stylo.visual.filters import Filter
from stylo.visual.known import FILE as PHOTOS_FILE
from stylo.visual.look import open_look
from stylo.visual.photo_space import open_photo_space
from stylo.visual.prepared import PreparedPhoto

_NO_SALES = pl.DataFrame(schema={"article": pl.Int32, "price": pl.Float32, "sold": pl.Date})

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

# So many nearest looks tell of what type and pattern a photo is.
_WITNESSES = 30
# What an article's own type or pattern counts beside those of its nearest looks.
_OWN = 0.5
# With a weight of 0 the look still decides between equals.
_LEAST_LOOK = 1e-4
# Vectors that are closer together than this are as good as the same.
_LEAST_SPREAD = 1e-4


@dataclass(frozen=True)
class Weights:
    """How much look, shape, colour and pattern count; only their proportions matter."""

    look: float = 1.0
    shape: float = 0.0
    colour: float = 0.0
    pattern: float = 0.0

    def shares(self) -> tuple[float, ...]:
        """They sum to 1. Raises BadOption if one is negative, or all are 0."""
        weights = astuple(self)
        total = sum(weights)
        if not (all(0 <= weight < np.inf for weight in weights) and total > 0):
            raise BadOption(
                f"Weights {', '.join(f'{weight:g}' for weight in weights)} of look, shape, colour and pattern.",
                cure="None may be negative, and at least one must be above 0.",
            )
        return tuple(weight / total for weight in weights)


@dataclass(frozen=True)
class Query:
    """What is searched for. `shape` and `pattern` tell how likely it has each code of the catalogue, 0 to 1.

    vector (d,) of the space that it is compared in, colour (NAMED,), shape (types,), pattern (patterns,); article if it
    is one; photo if it is one from outside, and then `network`: the vector before it was projected into that space.
    """

    vector: Floats
    colour: Floats
    shape: Floats
    pattern: Floats
    article: int | None = None
    photo: bool = False
    network: Floats | None = None


@dataclass(frozen=True)
class Space:
    """Vectors that are compared with a query's.

    typical : the median cosine of two articles. Untrained vectors all lie near 1, and only what is above tells.
    project : maps the network's vectors (n, d) into it; None where they are in it.
    """

    index: VectorIndex
    typical: float
    project: Callable[[Floats], Floats] | None = None


@dataclass(frozen=True)
class Lookalikes:
    """The catalogue, ready to be asked what is alike. Rows are in the order of the vectors.

    articles : `article`, names of articles.parquet, `price` (last paid, in units of money) and `sold` (the last day).
    index, typical : the look, by which articles are compared with each other (see `Space`).
    as_of : the day after the last known sale; None without transactions.
    photos : what photos from outside are compared with; None where it is the look.
    network : the network's own vectors, which tell whether a photo shows anything that the shop has: in a space that
        was learned, all photos come near to some article. None where they are the look.
    """

    articles: pl.DataFrame
    index: VectorIndex
    typical: float
    colours: Floats
    shapes: NDArray[np.int64]
    patterns: NDArray[np.int64]
    as_of: date | None
    untrained: bool
    photos: Space | None = None
    network: Space | None = None

    @property
    def _look(self) -> Space:
        return Space(self.index, self.typical)

    @property
    def _of_photos(self) -> Space:
        return self.photos or self._look

    def of_article(self, article: int, among: Mask | None = None) -> Query:
        """Asks for what is alike to an article. Raises UnknownArticle if it has no vector.

        Parameters
        ----------
        among : (n,) who may tell what looks like it; None for all.
        """
        rows = np.flatnonzero(self.articles["article"].to_numpy() == article)
        if not len(rows):
            raise UnknownArticle(f"Article {ArticleIds.of(self.articles).id(article)} has no visual vector.")
        row = int(rows[0])
        query = self.of_vector(self.index.unit(row), self.colours[row], among, article)
        for likely, codes in ((query.shape, self.shapes), (query.pattern, self.patterns)):
            likely *= 1 - _OWN
            likely[codes[row]] += _OWN
        return query

    def of_photo(self, data: bytes, encoder: Encoder) -> Query:
        """A photo from outside: JPEG, PNG or WebP, at most 25 MB. Raises UnreadablePhoto.

        Parameters
        ----------
        encoder : the one that made the vectors of the catalogue.
        """
        return self.of_prepared(PreparedPhoto.of(data, SIZE), encoder)

    def of_prepared(self, photo: PreparedPhoto, encoder: Encoder) -> Query:
        """A photo from outside, ready for the network: see `of_photo`."""
        colour = colour_vectors(photo.colours[None])[0]
        return self.of_vector(encoder.encode(photo.pixels[None])[0], colour, photo=True)

    def of_vector(
        self,
        vector: Floats,
        colour: Floats,
        among: Mask | None = None,
        article: int | None = None,
        *,
        photo: bool = False,
    ) -> Query:
        """A look of which nothing else is known: its nearest looks tell the type and the pattern.

        Parameters
        ----------
        vector, colour : (d,) of the catalogue's encoder, and (NAMED,) of `colour_vectors`.
        among : (n,) who may tell; None for all. `article` itself never does.
        photo : whether the vector is the network's own, of a photo from outside.
        """
        others = self.articles["article_id"].is_not_null().to_numpy() if among is None else among
        if article is not None:
            others = others & (self.articles["article"].to_numpy() != article)
        space = self._of_photos if photo else self._look
        network = vector if photo else None
        if photo and space.project is not None:
            vector = space.project(vector[None])[0]
        near = space.index.nearest(vector, _WITNESSES, others).rows
        shape, pattern = (
            (np.bincount(codes[near], minlength=codes.max() + 1) / max(len(near), 1)).astype(np.float32)
            for codes in (self.shapes, self.patterns)
        )
        return Query(vector, colour, shape, pattern, article, photo, network)

    def resemblance(self, photo: Query) -> float:
        """How much a photo from outside looks like anything of the shop, 0 to 1: its nearest look, as the network
        sees it. 0 is no more than any two articles look like each other.
        """
        assert photo.network is not None
        space = self.network or self._look
        best = float(space.index.nearest(photo.network, 1).similarities[0])
        return float(np.clip((best - space.typical) / max(1 - space.typical, _LEAST_SPREAD), 0, 1))

    def find(
        self,
        query: Query,
        k: int = LIST_LENGTH,
        weights: Weights = Weights(),
        only: Filter | None = None,
        *,
        variants: bool = True,
        among: Mask | None = None,
        exact: bool = False,
    ) -> pl.DataFrame:
        """The k articles most alike, whenever so many pass the filter; the article itself never.

        Parameters
        ----------
        variants : whether other variants of the query's product may be found.
        among : (n,) who may be found, beside the filter.
        exact : see `VectorIndex.nearest`.

        Returns article, score (0 to 1), and what look, shape, colour and pattern have added to it; the best first.
        Raises BadOption for senseless weights, filters or k.
        """
        look, shape, colour, pattern = weights.shares()
        allowed = self._allowed(query, only, variants)
        if among is not None:
            allowed &= among
        parts = {
            "shape": shape * query.shape[self.shapes] if shape else None,
            "colour": colour * (self.colours @ query.colour) if colour else None,
            "pattern": pattern * query.pattern[self.patterns] if pattern else None,
        }
        more = np.zeros(len(self.index), dtype=np.float32)
        for part in parts.values():
            if part is not None:
                more += part
        space = self._of_photos if query.photo else self._look
        above = 1 / max(1 - space.typical, _LEAST_SPREAD)
        near = space.index.nearest(
            query.vector,
            k,
            allowed,
            weight=max(look, _LEAST_LOOK) * above,
            more=more,
            # Beside other things no look speaks against an article; alone it still decides between poor ones.
            least=space.typical if look < 1 else -1.0,
            exact=exact,
        )
        seen = np.clip((near.similarities - space.typical) * above, 0, 1)
        added = {"look": look * seen} | {
            name: np.zeros(len(near.rows), np.float32) if part is None else part[near.rows]
            for name, part in parts.items()
        }
        return pl.DataFrame(
            {
                "article": self.articles["article"].gather(near.rows),
                "score": np.sum(list(added.values()), axis=0),
                **added,
            },
            schema={"article": pl.Int32, **dict.fromkeys(("score", *added), pl.Float32)},
        )

    def _allowed(self, query: Query, only: Filter | None, variants: bool) -> Mask:
        allowed = self.articles["article_id"].is_not_null().to_numpy().copy()
        if query.article is not None:
            numbers = self.articles["article"].to_numpy()
            own = numbers == query.article
            if not variants:
                products = product_keys(numbers, self.articles["product_code"].fill_null(-1).to_numpy())
                own |= np.isin(products, products[own])
            allowed &= ~own
        passes = only.allowed(self.articles, self.as_of) if only else None
        return allowed if passes is None else allowed & passes


def open_lookalikes(folder: DataFolder, *, with_sales: bool = True) -> Lookalikes:
    """The vectors of a data folder, with what is known of their articles.

    Without sales it opens at once, and filters by price or sale are refused.

    The colours of articles whose photo was not looked at are those of their colour group; sales are left out where
    there are no transactions. Vectors of unknown articles are never found.

    Raises MissingArtefact, DamagedArtefact or StaleArtefact for articles and vectors.
    """
    plain = open_embeddings(folder)
    embeddings = open_look(folder, plain)
    catalogue = folder.scan("articles.parquet").collect()
    if not np.isin(embeddings.articles, catalogue["article"].to_numpy()).any():
        raise StaleArtefact(
            f"{folder.path(VECTORS_FILE)} has no vector of an article in articles.parquet.",
            cure="It belongs to another shop: make it again with visual_features.py.",
        )
    index = open_index(folder, embeddings)
    sold, as_of = _sales(folder) if with_sales else (_NO_SALES, None)
    articles = pl.DataFrame({"article": embeddings.articles}, schema={"article": pl.Int32})
    for table in (catalogue, sold):
        articles = articles.join(table, on="article", how="left", maintain_order="left")
    return Lookalikes(
        articles,
        index,
        index.typical(),
        _colours(folder, articles),
        _codes(articles["product_type_no"]),
        _codes(articles["graphical_appearance_no"]),
        as_of,
        embeddings.untrained,
        *_spaces_of_photos(folder, plain, embeddings),
    )


def _spaces_of_photos(
    folder: DataFolder, plain: Embeddings, look: Embeddings
) -> tuple[Space | None, Space | None]:
    """Where photos from outside are looked up, and the network's own vectors; None for each that is the look."""
    network = None if look is plain else _space(folder, plain)
    found = open_photo_space(folder, plain)
    return (network if found is None else _space(folder, *found)), network


def _space(
    folder: DataFolder, vectors: Embeddings, project: Callable[[Floats], Floats] | None = None
) -> Space:
    index = open_index(folder, vectors)
    return Space(index, index.typical(), project)


def _codes(column: pl.Series) -> NDArray[np.int64]:
    """Values as numbers from 0; nothing is a value of its own."""
    return column.fill_null(-1).rank("dense").cast(pl.Int64).to_numpy() - 1


def _colours(folder: DataFolder, articles: pl.DataFrame) -> Floats:
    groups = articles["colour_group_name"].fill_null("").to_list()
    colours = named_colours(groups)
    try:
        photos = folder.scan(PHOTOS_FILE).select("article", "colours").collect()
    except StyloError:
        return colour_vectors(colours)
    rows = articles.select("article").with_row_index("row").join(photos, on="article")
    colours[rows["row"].to_numpy()] = rows["colours"].to_numpy().reshape(-1, COLOURS, 4)
    return colour_vectors(colours)


def _sales(folder: DataFolder) -> tuple[pl.DataFrame, date | None]:
    """`article`, `price` last paid, `sold` (the last day); and the day after the last."""
    try:
        sales = folder.scan("transactions.parquet")
    except StyloError:
        return _NO_SALES, None
    price = pl.col("price").filter(pl.col("t_dat") == pl.col("t_dat").max()).min() * folder.price_unit
    sold = sales.group_by("article").agg(price.alias("price"), pl.col("t_dat").max().alias("sold")).collect()
    last = sold["sold"].max()
    return sold, last + timedelta(days=1) if isinstance(last, date) else None
