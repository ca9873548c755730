"""Who is nearest to whom: for each row the k others with the highest cosine similarity, exact, in bounded memory.

Blocks of queries meet blocks of the catalogue in one matrix product each, in float32. A shortlist a little
longer than k is kept, computed again in float64, and put in order. Rows whose shortlist cannot be proven to
hold the k nearest (photos that are almost the same, an untrained network) get a longer one, until it does.
"""

from __future__ import annotations

import numpy as np

from stylo.errors import DamagedArtefact
from stylo.progress import SILENT, Progress
from stylo.tables.ids import article_id

_QUERIES, _COLUMNS = 2048, 4096
_SLACK = 8
_LONGER = 8
# Places in the shortlists of one product: 16 bytes each.
_SHORTLISTED = 4_000_000
# Vectors that are held in float64 at a time: 64 MiB of 2,048 values each.
_GATHERED = 4096
# A float32 product of unit vectors of a few thousand values is this close to the float64 one; see the test.
_ERROR = 4e-6
_TIE_DIGITS = 12


def nearest(
    vectors: np.ndarray, rows: np.ndarray, articles: np.ndarray, k: int, progress: Progress = SILENT
) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest others of each chosen row by cosine similarity, the smaller article id first on a tie.

    Parameters
    ----------
    vectors : (n, d) real, may be memory-mapped.
    rows : (m,) the rows that take part, in ascending order of their article.
    articles : (m,) their article numbers, for messages.

    Returns positions into `rows` (m, min(k, m - 1)) and similarities of the same shape, in float64 and rounded
    to twelve digits, so that equal directions tie. A vector of zeros has similarity 0 to all.
    Time O(m² d), memory O(block × (d + block)) beside the result. Raises DamagedArtefact for a vector that is
    not finite.
    """
    count = len(rows)
    k = min(k, count - 1)
    if k == 0:
        return np.empty((count, 0), dtype=np.int64), np.empty((count, 0))
    lengths = _lengths(vectors, rows, articles)
    positions = np.empty((count, k), dtype=np.int64)
    similarities = np.empty((count, k))
    with progress.task("Articles", count) as advance:
        for start in range(0, count, _QUERIES):
            queries = np.arange(start, min(start + _QUERIES, count))
            pending, keep = queries, min(k + _SLACK, count - 1)
            while len(pending):
                unproven = []
                for some in np.array_split(pending, max(1, -(-len(pending) * keep // _SHORTLISTED))):
                    shortlist, floor = _shortlist(vectors, rows, lengths, some, keep)
                    near, exact = _in_order(vectors, rows, lengths, some, shortlist)
                    positions[some], similarities[some] = near[:, :k], exact[:, :k]
                    if keep < count - 1:
                        unproven.append(some[exact[:, k - 1] <= floor + _ERROR])
                pending = np.concatenate(unproven) if unproven else queries[:0]
                keep = min(_LONGER * keep, count - 1)
            advance(len(queries))
    return positions, similarities


def _lengths(vectors: np.ndarray, rows: np.ndarray, articles: np.ndarray) -> np.ndarray:
    lengths = np.empty(len(rows))
    for start in range(0, len(rows), _COLUMNS):
        block = np.asarray(vectors[rows[start : start + _COLUMNS]], dtype=np.float64)
        lengths[start : start + len(block)] = np.sqrt(np.einsum("ij,ij->i", block, block))
    bad = np.flatnonzero(~np.isfinite(lengths))
    if len(bad):
        raise DamagedArtefact(
            f"{len(bad):,} vectors are not finite numbers, the first of article "
            f"{article_id(int(articles[bad[0]]))}.",
            cure="Make the file of vectors again.",
        )
    # Any length serves a vector of zeros: its products are zero.
    return np.where(lengths == 0, 1.0, lengths)


def _shortlist(
    vectors: np.ndarray, rows: np.ndarray, lengths: np.ndarray, queries: np.ndarray, keep: int
) -> tuple[np.ndarray, np.ndarray]:
    """The `keep` nearest of each query by float32, in no order, and the similarity that none outside exceeds."""
    unit = _unit(vectors, rows, lengths, queries)
    best = np.full((len(queries), keep), -np.inf, dtype=np.float32)
    places = np.zeros((len(queries), keep), dtype=np.int64)
    for start in range(0, len(rows), _COLUMNS):
        columns = np.arange(start, min(start + _COLUMNS, len(rows)))
        product = unit @ _unit(vectors, rows, lengths, columns).T
        own = np.flatnonzero((queries >= start) & (queries < start + len(columns)))
        product[own, queries[own] - start] = -np.inf
        if len(columns) > keep:
            top = np.argpartition(product, len(columns) - keep, axis=1)[:, -keep:]
        else:
            top = np.broadcast_to(np.arange(len(columns)), product.shape)
        merged = np.hstack([best, np.take_along_axis(product, top, axis=1)])
        merged_places = np.hstack([places, columns[top]])
        chosen = np.argpartition(merged, merged.shape[1] - keep, axis=1)[:, -keep:]
        best = np.take_along_axis(merged, chosen, axis=1)
        places = np.take_along_axis(merged_places, chosen, axis=1)
    return places, best.min(axis=1)


def _unit(vectors: np.ndarray, rows: np.ndarray, lengths: np.ndarray, which: np.ndarray) -> np.ndarray:
    block = np.asarray(vectors[rows[which]], dtype=np.float32)
    return block / lengths[which, None].astype(np.float32)


def _in_order(
    vectors: np.ndarray, rows: np.ndarray, lengths: np.ndarray, queries: np.ndarray, others: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """`others` (q, n) of each query (q,), nearest first, and their float64 similarities.

    Ties go to the smaller position, which is the smaller article.
    """
    similarity = np.empty(others.shape)
    step = max(1, _GATHERED // others.shape[1])
    for start in range(0, len(queries), step):
        some = slice(start, start + step)
        mine = np.asarray(vectors[rows[queries[some]]], dtype=np.float64)
        for first in range(0, others.shape[1], _GATHERED):
            part = slice(first, first + _GATHERED)
            block = np.asarray(vectors[rows[others[some, part]]], dtype=np.float64)
            similarity[some, part] = (block @ mine[:, :, None])[:, :, 0]
    # Vectors that point the same way tie, also where float64 splits them in its last bits.
    similarity = (similarity / (lengths[others] * lengths[queries][:, None])).round(_TIE_DIGITS)
    order = np.lexsort((others, -similarity), axis=1)
    return np.take_along_axis(others, order, axis=1), np.take_along_axis(similarity, order, axis=1)
