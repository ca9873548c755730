"""The nearest of the catalogue for chosen articles: brute force, exact, in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from stylo.errors import BadOption
from stylo.tables.ids import product_keys
from stylo.vectors.cosine import ROUNDING, TIE_DIGITS, lengths_of
from stylo.vectors.embeddings import Embeddings
from stylo.vectors.ragged import stretches

_SCHEMA = {"article": pl.Int32, "neighbour": pl.Int32, "rank": pl.UInt8, "similarity": pl.Float32}
_MOST = 255
# Values of one product of queries and catalogue: 64 MiB.
_PRODUCT = 16_000_000
# Vectors that are held in float64 at a time: 64 MiB of 256 values each.
_GATHERED = 32_768


def neighbours(
    embeddings: Embeddings,
    articles: pl.Series,
    k: int,
    *,
    products: pl.DataFrame | None = None,
    among: pl.Series | None = None,
) -> pl.DataFrame:
    """The k nearest of each article: `Neighbourhood`, for one question."""
    return Neighbourhood(embeddings, among).of(articles, k, products=products)


class Neighbourhood:
    """Vectors made ready for many questions: beside the file one float32 copy, O(catalogue × dimensions).

    Parameters
    ----------
    embeddings : of the articles asked for, and of those that may be found.
    among : who may be found; by default whoever has a vector.

    Raises DamagedArtefact for a vector that is not finite.
    """

    def __init__(self, embeddings: Embeddings, among: pl.Series | None = None) -> None:
        self._everyone = _Rows.of(embeddings)
        self._known = self._everyone if among is None else self._everyone.only(among)
        self._catalogue = self._known.unit()

    def of(self, articles: pl.Series, k: int, *, products: pl.DataFrame | None = None) -> pl.DataFrame:
        """The k nearest of each article by cosine similarity; the smaller article id first on a tie.

        Parameters
        ----------
        articles : of whom; those without a vector get no row.
        k : 1 to 255.
        products : `article`, `product_code`, of all that have a vector: variants of one product are no neighbours.
            None if they are.

        Returns article, neighbour, rank (1 is nearest), similarity, by article and rank; less than k of an
        article only where there are no more. Equal to what float64 gives, rounded to twelve digits, so that
        equal vectors tie; a vector of zeros has similarity 0 to all. Time O(articles × catalogue × dimensions),
        memory 64 MiB and a few times more where very many tie. Raises BadOption.
        """
        if not 1 <= k <= _MOST:
            raise BadOption(f"k = {k}: between 1 and {_MOST} neighbours can be asked for.")
        asked, known = self._everyone.only(articles), self._known
        own = _Own(asked.articles, known.articles, products)
        parts = [pl.DataFrame(schema=_SCHEMA)]
        step = max(1, _PRODUCT // max(len(known.articles), 1))
        for start in range(0, len(asked.articles), step):
            queries = asked.part(slice(start, start + step))
            product = queries.unit() @ self._catalogue.T
            product[own.pairs(start, start + step)] = -np.inf
            query, place = _shortlist(product, k)
            parts.append(_best(queries, known, query, place, k))
        return pl.concat(parts)


@dataclass(frozen=True)
class _Rows:
    """Vectors (n, d) in ascending order of their articles (n,), and their lengths in float64 (n,)."""

    articles: np.ndarray
    vectors: np.ndarray
    lengths: np.ndarray

    @classmethod
    def of(cls, embeddings: Embeddings) -> _Rows:
        order = np.argsort(embeddings.articles)
        vectors, articles = np.asarray(embeddings.vectors), embeddings.articles[order]
        if not np.array_equal(articles, embeddings.articles):
            vectors = vectors[order]
        return cls(articles, vectors, lengths_of(vectors, np.arange(len(vectors)), articles))

    def only(self, articles: pl.Series) -> _Rows:
        """Those of some articles; no copy if these are all."""
        asked = np.isin(self.articles, articles.to_numpy())
        return self if asked.all() else self.part(np.flatnonzero(asked))

    def part(self, some: slice | np.ndarray) -> _Rows:
        return _Rows(self.articles[some], self.vectors[some], self.lengths[some])

    def unit(self) -> np.ndarray:
        return self.vectors.astype(np.float32) / self.lengths[:, None].astype(np.float32)


class _Own:
    """Who is no neighbour of whom: the article itself, or all variants of its product.

    asked, known : ascending ids of articles.
    """

    def __init__(self, asked: np.ndarray, known: np.ndarray, products: pl.DataFrame | None) -> None:
        mine, others = (_keys(articles, products) for articles in (asked, known))
        self._order = np.argsort(others, kind="stable")
        others = others[self._order]
        self._first = np.searchsorted(others, mine, "left")
        self._count = np.searchsorted(others, mine, "right") - self._first

    def pairs(self, start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        """int64 each: places among asked[start:stop], and places among the known. O(pairs)."""
        first, count = self._first[start:stop], self._count[start:stop]
        return np.arange(len(count)).repeat(count), self._order[stretches(first, count)]


def _keys(articles: np.ndarray, products: pl.DataFrame | None) -> np.ndarray:
    """(n,): the article, or what is equal for all variants of its product."""
    if products is None:
        return articles
    codes = pl.DataFrame({"article": articles}).join(
        products, on="article", how="left", maintain_order="left"
    )
    return product_keys(articles, codes["product_code"].to_numpy())


def _shortlist(product: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs (query, place) that hold the k nearest of each query, all ties of the last one with them.

    The k-th best in float32 lies at most one error from the k-th best, and so does each of the k best from its
    float32 value: none is further below than two errors.
    """
    width = product.shape[1]
    floor = np.full((len(product), 1), -1.0 - ROUNDING, dtype=np.float32)
    if width > k:
        floor = np.maximum(floor, np.partition(product, width - k, axis=1)[:, width - k, None] - 2 * ROUNDING)
    query, place = np.nonzero(product >= floor)
    return query, place


def _best(queries: _Rows, known: _Rows, query: np.ndarray, place: np.ndarray, k: int) -> pl.DataFrame:
    """The k best of each query among the pairs, in order."""
    similarity = np.empty(len(query))
    for start in range(0, len(query), _GATHERED):
        mine, other = query[start : start + _GATHERED], place[start : start + _GATHERED]
        dots = np.einsum("ij,ij->i", queries.vectors[mine], known.vectors[other], dtype=np.float64)
        similarity[start : start + _GATHERED] = dots / (queries.lengths[mine] * known.lengths[other])
    similarity = similarity.round(TIE_DIGITS)
    order = np.lexsort((place, -similarity, query))
    query, place, similarity = query[order], place[order], similarity[order]
    rank = np.arange(len(query)) - np.searchsorted(query, query) + 1
    best = rank <= k
    return pl.DataFrame(
        {
            "article": queries.articles[query[best]],
            "neighbour": known.articles[place[best]],
            "rank": rank[best],
            "similarity": similarity[best],
        },
        schema=_SCHEMA,
    )
