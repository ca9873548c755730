"""Who is near by content: for chosen articles the k nearest of the catalogue, exact, in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from stylo.errors import BadOption, DamagedArtefact
from stylo.tables.ids import article_id, products
from stylo.vectors.embeddings import Embeddings

_SCHEMA = {"article": pl.Int32, "neighbour": pl.Int32, "rank": pl.UInt8, "similarity": pl.Float32}
_MOST = 255
# Values of one product of queries and catalogue: 64 MiB.
_PRODUCT = 16_000_000
# Vectors that are held in float64 at a time: 64 MiB of 256 values each.
_GATHERED = 32_768
# A float32 product of unit vectors of a few thousand values is this close to the float64 one.
_ERROR = 4e-6
_TIE_DIGITS = 12


def neighbours(
    embeddings: Embeddings,
    articles: pl.Series,
    k: int,
    *,
    variants: bool = True,
    among: pl.Series | None = None,
) -> pl.DataFrame:
    """The k nearest of each article by cosine similarity; the smaller article id first on a tie.

    Parameters
    ----------
    articles : of whom; those without a vector get no row.
    k : 1 to 255.
    variants : whether other variants of the same product code may be neighbours.
    among : who may be a neighbour; by default whoever has a vector.

    Returns article, neighbour, rank (1 is nearest), similarity, by article and rank; less than k of an article
    only where there are no more. Equal to what float64 gives, rounded to twelve digits, so that equal vectors
    tie; a vector of zeros has similarity 0 to all. Time O(articles × catalogue × dimensions), memory
    O(catalogue × dimensions). Raises BadOption, and DamagedArtefact for a vector that is not finite.
    """
    if not 1 <= k <= _MOST:
        raise BadOption(f"k = {k}: between 1 and {_MOST} neighbours can be asked for.")
    asked, known = _Rows.of(embeddings, articles), _Rows.of(embeddings, among)
    own = (
        _own(asked.articles, known.articles)
        if variants
        else _own(*map(products, (asked.articles, known.articles)))
    )
    catalogue, parts = known.unit(), [pl.DataFrame(schema=_SCHEMA)]
    step = max(1, _PRODUCT // max(len(known.articles), 1))
    for start in range(0, len(asked.articles), step):
        queries = asked.part(start, start + step)
        product = queries.unit() @ catalogue.T
        for row, (first, last) in zip(product, own[start : start + step], strict=True):
            row[first:last] = -np.inf
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
    def of(cls, embeddings: Embeddings, articles: pl.Series | None) -> _Rows:
        rows = np.argsort(embeddings.articles)
        if articles is not None:
            rows = rows[np.isin(embeddings.articles[rows], articles.to_numpy())]
        vectors, numbers = np.asarray(embeddings.vectors[rows]), embeddings.articles[rows]
        lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
        bad = np.flatnonzero(~np.isfinite(lengths))
        if len(bad):
            raise DamagedArtefact(
                f"{len(bad):,} vectors are not finite numbers, the first of article "
                f"{article_id(int(numbers[bad[0]]))}.",
                cure="Make the file of vectors again.",
            )
        # Any length serves a vector of zeros: its products are zero.
        return cls(numbers, vectors, np.where(lengths == 0, 1.0, lengths))

    def part(self, start: int, stop: int) -> _Rows:
        some = slice(start, stop)
        return _Rows(self.articles[some], self.vectors[some], self.lengths[some])

    def unit(self) -> np.ndarray:
        return self.vectors.astype(np.float32) / self.lengths[:, None].astype(np.float32)


def _own(asked: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(m, 2): from where to where in ascending order `known` is what was asked for itself."""
    return np.stack([np.searchsorted(known, asked, side) for side in ("left", "right")], axis=1)


def _shortlist(product: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs (query, place) that hold the k nearest of each query, all ties of the last one with them.

    The k-th best in float32 lies at most one error from the k-th best, and so does each of the k best from its
    float32 value: none is further below than two errors.
    """
    width = product.shape[1]
    floor = np.full((len(product), 1), -1.0 - _ERROR, dtype=np.float32)
    if width > k:
        floor = np.maximum(floor, np.partition(product, width - k, axis=1)[:, width - k, None] - 2 * _ERROR)
    query, place = np.nonzero(product >= floor)
    return query, place


def _best(queries: _Rows, known: _Rows, query: np.ndarray, place: np.ndarray, k: int) -> pl.DataFrame:
    """The k best of each query among the pairs, in order."""
    similarity = np.empty(len(query))
    for start in range(0, len(query), _GATHERED):
        mine, other = query[start : start + _GATHERED], place[start : start + _GATHERED]
        dots = np.einsum("ij,ij->i", queries.vectors[mine], known.vectors[other], dtype=np.float64)
        similarity[start : start + _GATHERED] = dots / (queries.lengths[mine] * known.lengths[other])
    similarity = similarity.round(_TIE_DIGITS)
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
