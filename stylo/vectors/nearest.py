"""Who is nearest to whom: for each row the k others with the highest cosine similarity, exact, in bounded memory.

Comparing all with all in full width is what costs. So each vector is cut to a short head (see `cosine`), and the
bounds of all pairs are one narrow matrix product, of which one half is that of the other. How long the heads are is
chosen from the vectors.

    first guess     a few numbers of each head find some neighbours; the k-th of them is a similarity to beat
    pairs           whose bound beats that of either of the two
    best            of a row's pairs, in full width: float32, and float64 for the last of them

A row with very many pairs (photos that are almost the same, an untrained network) is looked at alone: a shortlist
of the highest bounds, longer and longer, until whoever is not on it is below the k-th similarity; or all in full
width, where that is sooner done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from stylo.parallel.workers import LOCAL, Shared, Workers
from stylo.progress import SILENT, Progress
from stylo.vectors.cosine import (
    BOUND_ERROR,
    ROUNDING,
    SAMPLE,
    TIE_DIGITS,
    directions_of,
    lengths_of,
    with_tail,
)
from stylo.vectors.ragged import stretches

_QUERIES = 256
_ROWS_AT_ONCE = 4096
# Rows and columns of a tile of bounds: 32 MiB.
_TILE = 2048, 4096
# A first guess compares this many numbers of each head, and so many times k neighbours in full width.
_GUESSED, _GUESSES = 64, 4
# A row with more pairs than this is looked at alone.
_MOST_PAIRS = 1000
_SLACK = 8
_LONGER = 8
# The maximum of this many bounds is looked at first.
_GROUP = 32
# Numbers that are gathered at a time to be compared in full width: 1 MiB of float32.
_GATHERED = 1 << 18
# Queries on which the length of the heads is tried.
_TRIED = 128
_WIDTHS = (32, 64, 128, 192, 256, 384, 512, 768, 1024)
# Time of one multiplication in a product, and of one number that is gathered and multiplied: about 1 to 40.
_GATHERED_COST = 40
_WORTH_CUTTING = 4096


def nearest(
    vectors: np.ndarray,
    rows: np.ndarray,
    articles: np.ndarray,
    k: int,
    progress: Progress = SILENT,
    kin: np.ndarray | None = None,
    workers: Workers = LOCAL,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The k nearest others of each chosen row by cosine similarity, the smaller article id first on a tie.

    Parameters
    ----------
    vectors : (n, d) real, may be memory-mapped.
    rows : (m,) the rows that take part, in ascending order of their article.
    articles : (m,) their article numbers, for messages.
    kin : (m,); rows that share a value never count as each other's nearest. None: each stands alone.
    workers : who compares. The result is the same, whoever it is.

    Returns positions into `rows` (m, min(k, m - 1)) and similarities of the same shape, in float64 and rounded
    to twelve digits, so that equal directions tie. A vector of zeros has similarity 0 to all. Where kin leave
    fewer than k, the position is -1.
    Time O(m² h) for heads of h ≤ d numbers, memory O(m h + block × m) beside the result. Raises DamagedArtefact
    for a vector that is not finite.
    """
    count = len(rows)
    k = min(k, count - 1)
    positions = np.full((count, max(k, 0)), -1, dtype=np.int64)
    similarities = np.full(positions.shape, -np.inf)
    if k < 1:
        return positions, similarities
    kin = np.arange(count) if kin is None else kin
    everyone = _Everyone(vectors, rows, lengths_of(vectors, rows, articles))
    with progress.task("Articles", count) as advance, threadpool_limits(1, "blas"):
        for some, near, exact in _Search(workers, everyone, _Comparison(k, kin, *_cut(everyone, k))).all():
            positions[some, : near.shape[1]], similarities[some, : near.shape[1]] = near, exact
            advance(len(some))
    positions[np.isneginf(similarities)] = -1
    return positions, similarities


@dataclass(frozen=True)
class _Everyone:
    """The rows that take part, and their lengths; positions count among them."""

    vectors: np.ndarray
    rows: np.ndarray
    lengths: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.rows)

    def unit(self, positions: np.ndarray) -> NDArray[np.float32]:
        block = np.array(self.vectors[self.rows[positions]], dtype=np.float32)
        block /= self.lengths[positions, None]
        return block

    def similarity(self, queries: np.ndarray, others: np.ndarray, dtype: type) -> np.ndarray:
        """Cosines of each query (q,) with its `others` (q, n), computed in a float type."""
        found: np.ndarray = np.empty(others.shape, dtype)
        width = self.vectors.shape[1]
        at_once = max(1, _GATHERED // (width * others.shape[1]))
        for start in range(0, len(queries), at_once):
            some = slice(start, start + at_once)
            mine = self._turned(queries[some], dtype)[:, :, None]
            for left in range(0, others.shape[1], step := max(1, _GATHERED // width)):
                part = slice(left, left + step)
                theirs: np.ndarray = np.asarray(self.vectors[self.rows[others[some, part]]], dtype=dtype)
                found[some, part] = (theirs @ mine)[:, :, 0]
        found /= self.lengths[others].astype(dtype)
        return found

    def similarity_to_all(self, queries: np.ndarray) -> NDArray[np.float64]:
        """Cosines of each query with everyone, (q, m)."""
        found = np.empty((len(queries), len(self)))
        mine = self._turned(queries, np.float64)
        for start in range(0, len(self), _ROWS_AT_ONCE):
            part = slice(start, start + _ROWS_AT_ONCE)
            found[:, part] = mine @ np.asarray(self.vectors[self.rows[part]], dtype=np.float64).T
        found /= self.lengths
        return found

    def _turned(self, positions: np.ndarray, dtype: type) -> np.ndarray:
        """Rows of length 1, so that a product with others is of their size: very long or short ones stay finite."""
        rows: np.ndarray = np.asarray(self.vectors[self.rows[positions]], dtype=dtype)
        return rows / self.lengths[positions, None].astype(dtype)


def _cut(everyone: _Everyone, k: int) -> tuple[NDArray[np.float32], int]:
    """Heads with their lost length (m, h + 1), whose product bounds the similarity; and how long shortlists be."""
    count = len(everyone)
    shortest = min(k + _SLACK, count - 1)
    sample = np.linspace(0, count - 1, min(count, SAMPLE)).astype(np.int64)
    if count < _WORTH_CUTTING:
        return everyone.unit(np.arange(count)), shortest
    units = everyone.unit(sample)
    directions = directions_of(units)
    head, keep = _best_width(units @ directions, count, k)
    bounds = np.empty((count, head + 1), dtype=np.float32)
    for start in range(0, count, _ROWS_AT_ONCE):
        block = everyone.unit(np.arange(start, min(start + _ROWS_AT_ONCE, count)))
        bounds[start : start + len(block)] = with_tail(block @ directions[:, :head], block)
    return bounds, max(shortest, min(keep, count - 1))


def _best_width(turned: NDArray[np.float32], count: int, k: int) -> tuple[int, int]:
    """The length of the heads, and of the shortlists, that should take the least time, tried on a sample."""
    size, width = turned.shape
    queries = np.linspace(0, size - 1, _TRIED).astype(np.int64)
    exact = turned[queries] @ turned.T
    exact[np.arange(_TRIED), queries] = -np.inf
    # As many as lie among the k nearest of all.
    near = max(1, round(k * size / count))
    kth = -np.partition(-exact, near - 1, axis=1)[:, near - 1]
    costs = {(width, k + _SLACK): count * width / 2}
    for head in (head for head in _WIDTHS if head <= width // 2):
        bounds = with_tail(turned[:, :head], turned)
        above = (bounds[queries] @ bounds.T >= kth[:, None]).sum(axis=1)
        keep = int(np.quantile(above, 0.95) * count / size) + _SLACK
        costs[head, keep] = count * head / 2 + above.mean() * count / size * width * _GATHERED_COST
    return min(costs, key=lambda chosen: costs[chosen])


Found = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]
Pairs = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]


class _Search:
    """The k nearest of everyone; yields queries (q,), who is near (q, k) and the similarities.

    Cuts the work into parts and puts together what workers find.
    """

    def __init__(self, workers: Workers, everyone: _Everyone, comparison: _Comparison) -> None:
        self._workers, self._count = workers, len(everyone)
        self._vectors = workers.share(everyone.vectors)
        self._rest = workers.share((everyone.rows, everyone.lengths, comparison))

    def all(self) -> Iterator[Found]:
        everybody = np.arange(self._count)
        crowded = everybody
        if self._count >= _WORTH_CUTTING:
            to_beat = np.concatenate(list(self._each("guess", _blocks(everybody, _QUERIES))))
            yield from self._in_pairs(to_beat)
            crowded = np.flatnonzero(np.isinf(to_beat))
        for found in self._each("alone", _blocks(crowded, _QUERIES)):
            yield from found

    def _each(
        self, step: str, parts: Iterable[Any], to_beat: NDArray[np.float32] | None = None
    ) -> Iterator[Any]:
        shared = None if to_beat is None else self._workers.share(to_beat)
        return self._workers.map(_Step(step, self._vectors, self._rest, shared), parts)

    def _in_pairs(self, to_beat: NDArray[np.float32]) -> Iterator[Found]:
        """All but the crowded, whose similarity to beat becomes infinite."""
        everybody = np.arange(self._count)
        tiles = [
            (rows, columns)
            for rows in _blocks(everybody, _TILE[0])
            for columns in _blocks(everybody, _TILE[1])
            if columns[-1] > rows[0]
        ]
        counts, found = np.zeros(self._count, dtype=np.int64), []
        for one, other, crowded in self._each("pairs", tiles, to_beat):
            kept = np.isfinite(to_beat[one])  # a worker elsewhere may not know who is crowded
            one, other = one[kept], other[kept]
            counts += np.bincount(one, minlength=len(counts))
            to_beat[crowded] = to_beat[counts > _MOST_PAIRS] = np.inf
            found.append((one, other))
        one, other = (np.concatenate(side) for side in zip(*found, strict=True))
        other = other[np.argsort(one, kind="stable")]
        start = np.cumsum(counts) - counts
        # Rows with about as many pairs go together.
        order = np.argsort(counts, kind="stable")
        simple = order[~np.isinf(to_beat[order])]
        parts = (
            (queries, other[stretches(start[queries], counts[queries])], counts[queries])
            for queries in _blocks(simple, _QUERIES)
        )
        yield from self._each("among", parts)


@dataclass(frozen=True)
class _Step:
    """A `Work`: one step of the search, which each worker takes for the parts that it gets.

    vectors : of everyone.   rest : their rows and lengths, and how they are compared.
    to_beat : float32 (m,), the similarity that a pair must beat; where it can be written to, all threads share it.
    """

    step: str
    vectors: Shared[np.ndarray]
    rest: Shared[tuple[np.ndarray, NDArray[np.float64], _Comparison]]
    to_beat: Shared[NDArray[np.float32]] | None

    def open(self) -> Callable[[Any], Any]:
        rows, lengths, comparison = self.rest.get()
        worker = _Comparing(_Everyone(self.vectors.get(), rows, lengths), comparison)
        if self.to_beat is not None:
            to_beat = self.to_beat.get()
            to_beat = to_beat if to_beat.flags.writeable else to_beat.copy()
            return lambda tile: worker.pairs(tile[0], tile[1], to_beat)
        if self.step == "among":
            return lambda part: worker.among(*part)
        return worker.guess if self.step == "guess" else worker.alone


@dataclass(frozen=True)
class _Comparison:
    """How everyone is compared.

    kin : (m,), rows that share a value are not compared.
    bounds : float32 (m, h + 1), heads with their lost length, see `_cut`.   keep : how long shortlists are.
    """

    k: int
    kin: np.ndarray
    bounds: NDArray[np.float32]
    keep: int


class _Comparing:
    """The steps for one part each."""

    def __init__(self, everyone: _Everyone, comparison: _Comparison) -> None:
        self._everyone, self._k, self._kin = everyone, comparison.k, comparison.kin
        self._bounds, self._keep = comparison.bounds, comparison.keep

    @cached_property
    def _by_kin(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rows in the order of their kin; where those of each row's kin begin and end."""
        order = np.argsort(self._kin, kind="stable")
        first, past = (np.searchsorted(self._kin[order], self._kin, side=side) for side in ("left", "right"))
        return order, first, past

    def guess(self, queries: NDArray[np.int64]) -> NDArray[np.float32]:
        """A similarity that the k nearest of each query reach."""
        heads = self._bounds[:, :_GUESSED]
        rough = heads[queries] @ heads.T
        self._bar(rough, queries)
        others, _ = _highest(rough, _GUESSES * self._k)
        barred = np.isneginf(np.take_along_axis(rough, others, axis=1))
        found = np.where(barred, -np.inf, self._everyone.similarity(queries, others, np.float32))
        return -np.partition(-found, self._k - 1, axis=1)[:, self._k - 1] - np.float32(ROUNDING)

    def pairs(
        self, rows: NDArray[np.int64], columns: NDArray[np.int64], to_beat: NDArray[np.float32]
    ) -> Pairs:
        """Who (n,) may be near whom (n,) in a tile, as far as it lies above the diagonal; and the other way round.

        Last, the rows that have too many pairs in this tile already.
        """
        upper = self._bounds[rows] @ self._bounds[columns].T
        upper += np.float32(BOUND_ERROR)
        one, other, many = [], [], []
        for axis, mine in ((1, rows), (0, columns)):
            beats = upper >= np.expand_dims(to_beat[mine], axis)
            crowded = np.count_nonzero(beats, axis=axis) > _MOST_PAIRS
            if crowded.any():
                to_beat[mine[crowded]] = np.inf
                many.append(mine[crowded])
                beats &= ~np.expand_dims(crowded, axis)
            row, column = np.divmod(np.flatnonzero(beats), len(columns))
            row, column = rows[row], columns[column]
            keep = (column > row) & (self._kin[column] != self._kin[row])
            pair = row[keep].astype(np.int32), column[keep].astype(np.int32)
            one.append(pair[1 - axis])
            other.append(pair[axis])
        return (
            np.concatenate(one),
            np.concatenate(other),
            np.concatenate([*many, np.zeros(0, dtype=np.int64)]),
        )

    def among(
        self,
        queries: NDArray[np.int64],
        others: NDArray[np.int32],
        counts: NDArray[np.int64],
    ) -> Found:
        """The nearest of each query among its own stretch of `others`, of which each has so many."""
        place = np.arange(counts.max())
        start = np.cumsum(counts) - counts
        barred = place >= counts[:, None]
        mine = others[np.where(barred, 0, start[:, None] + place)].astype(np.int64)
        return queries, *_best_of(self._everyone, queries, mine, barred, self._k)

    def alone(self, queries: NDArray[np.int64]) -> list[Found]:
        """The nearest of each query among the highest bounds, as many as are needed for a proof."""
        pending, keep = queries, self._keep
        found: list[Found] = []
        count = len(self._everyone)
        while len(pending):
            # To read all costs as much as some more queries do.
            in_full = count * (len(pending) + _QUERIES)
            if keep >= count - 1 or len(pending) * keep * _GATHERED_COST > in_full:
                return [*found, self._in_full(pending)]
            upper = self._bounds[pending] @ self._bounds.T
            self._bar(upper, pending)
            others, floor = _highest(upper, keep)
            barred = np.isneginf(np.take_along_axis(upper, others, axis=1))
            near, exact = _best_of(self._everyone, pending, others, barred, self._k)
            done = exact[:, -1] > floor + BOUND_ERROR
            found.append((pending[done], near[done], exact[done]))
            pending = pending[~done]
            keep *= _LONGER
        return found

    def _in_full(self, queries: NDArray[np.int64]) -> Found:
        """The nearest of each query, compared with everyone in float64."""
        exact = self._everyone.similarity_to_all(queries)
        np.round(exact, TIE_DIGITS, out=exact)
        self._bar(exact, queries)
        near = np.empty((len(queries), self._k), dtype=np.int64)
        for mine, row in zip(near, exact, strict=True):
            above = np.flatnonzero(row >= np.partition(row, -self._k)[-self._k])
            mine[:] = above[np.argsort(-row[above], kind="stable")[: self._k]]
        return queries, near, np.take_along_axis(exact, near, axis=1)

    def _bar(self, values: NDArray[np.floating], queries: NDArray[np.int64]) -> None:
        """Takes each query and its kin out of a block (q, m)."""
        order, first, past = self._by_kin
        for row, query in enumerate(queries):
            values[row, order[first[query] : past[query]]] = -np.inf


def _blocks(positions: NDArray[np.int64], size: int) -> list[NDArray[np.int64]]:
    return [positions[start : start + size] for start in range(0, len(positions), size)]


def _highest(values: NDArray[np.float32], keep: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Places (q, keep) of the highest values of each row in no order, and what no other value exceeds (q,).

    The highest `keep` lie in those groups whose maxima are the highest `keep` maxima.
    """
    rows, columns = values.shape
    groups = columns // _GROUP
    if groups > keep:
        whole = groups * _GROUP
        maxima = values[:, :whole].reshape(rows, _GROUP, groups).max(axis=1)
        best = np.argpartition(maxima, groups - keep, axis=1)[:, groups - keep :]
        places = (best[:, None, :] + (np.arange(_GROUP) * groups)[None, :, None]).reshape(rows, -1)
        rest = np.broadcast_to(np.arange(whole, columns), (rows, columns - whole))
        places = np.hstack([places, rest])
        candidates = np.take_along_axis(values, places, axis=1)
    else:
        places, candidates = np.broadcast_to(np.arange(columns), values.shape), values
    if candidates.shape[1] <= keep:
        return places, np.full(rows, -np.inf, dtype=np.float32)
    order = np.argpartition(candidates, candidates.shape[1] - keep, axis=1)[:, -keep:]
    kept = np.take_along_axis(candidates, order, axis=1)
    return np.take_along_axis(places, order, axis=1), kept.min(axis=1)


def _best_of(
    everyone: _Everyone,
    queries: NDArray[np.int64],
    others: NDArray[np.int64],
    barred: NDArray[np.bool_],
    k: int,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The k best of `others`, nearest first, and their similarities.

    Who is barred has the similarity of minus infinity. Ties go to the smaller position, which is the smaller
    article.
    """
    if others.shape[1] > k + _SLACK:
        rough = np.where(barred, -np.inf, everyone.similarity(queries, others, np.float32))
        kth = -np.partition(-rough, k - 1, axis=1)[:, k - 1, None]
        chosen = max(k, int((rough >= kth - ROUNDING).sum(axis=1).max()))
        order = np.argsort(-rough, axis=1)[:, :chosen]
        others = np.take_along_axis(others, order, axis=1)
        barred = np.take_along_axis(barred, order, axis=1)
    # Vectors that point the same way tie, also where float64 splits them in its last bits.
    exact = everyone.similarity(queries, others, np.float64).round(TIE_DIGITS)
    exact = np.where(barred, -np.inf, exact)
    order = np.lexsort((others, -exact), axis=1)[:, :k]
    return np.take_along_axis(others, order, axis=1), np.take_along_axis(exact, order, axis=1)
