"""One query at a time: who of the catalogue is nearest to a vector, in milliseconds, among those that are allowed.

    heads of all, memory-mapped ──▶ highest bounds: a shortlist ──▶ compared in full width ──▶ the k best

The bounds (see `cosine`) mostly prove that the shortlist holds the k nearest; `exact` goes on until they do.

On the disk it is one plain float32 matrix: the directions (d rows), below them a row for each vector, each with its
head, the length of the lost tail, and the vector's own length.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from stylo.artefacts import Manifest
from stylo.errors import BadOption
from stylo.tables.folder import MADE_BY, DataFolder
from stylo.vectors.cosine import (
    BOUND_ERROR,
    ROUNDING,
    SAMPLE,
    TIE_DIGITS,
    Floats,
    directions_of,
    lengths_of,
    with_tail,
)
from stylo.vectors.embeddings import FILE as VECTORS_FILE
from stylo.vectors.embeddings import LEARNED, PHOTO_SPACE, Embeddings, json_beside

FILE = "visual_index.npy"
#: Embedding file → its index.
INDEX_OF = {VECTORS_FILE: FILE, LEARNED: "visual_learned_index.npy", PHOTO_SPACE: "visual_search_index.npy"}
_HEAD = 128
_SHORTLIST = 400
_LONGER = 4
# Below this share of allowed rows their heads are gathered, above it all heads are compared.
_FEW = 0.2
_ROWS_AT_ONCE = 4096
_PAIRED = 500


@dataclass(frozen=True)
class Near:
    """Rows of the catalogue, best first, their cosines and scores (float32), and whether none better can exist."""

    rows: NDArray[np.int64]
    similarities: Floats
    scores: Floats
    proven: bool


class VectorIndex:
    """Vectors that can be asked for those nearest to another.

    Parameters
    ----------
    vectors : (n, d) real, may be memory-mapped; single rows are asked for.
    heads : (d + n, h + 2) as `write_index` lays it out.
    """

    def __init__(self, vectors: np.ndarray | MappedRows, heads: Floats) -> None:
        self._vectors = vectors
        width = vectors.shape[1]
        self._directions, self._heads = heads[:width, :-2], heads[width:, :-1]
        self._lengths = np.ascontiguousarray(heads[width:, -1])

    @classmethod
    def of(cls, embeddings: Embeddings) -> VectorIndex:
        """Made in memory: some seconds for 100,000 vectors. Raises DamagedArtefact for one that is not finite."""
        heads, filled = np.empty(_shape(embeddings), dtype=np.float32), 0
        for block in _blocks(embeddings):
            heads[filled : filled + len(block)] = block
            filled += len(block)
        return cls(embeddings.vectors, heads)

    def __len__(self) -> int:
        return len(self._lengths)

    def short(self, dimensions: int) -> Floats:
        """The vectors at length one on the first directions alone: (n, dimensions) or fewer, no longer than one."""
        return self._heads[:, :-1][:, :dimensions]

    def unit(self, row: int) -> Floats:
        """The vector of a row, of length 1 (or 0), shape (d,)."""
        return np.asarray(self._vectors[row], dtype=np.float32) / self._lengths[row]

    def typical(self) -> float:
        """The median cosine of two of the catalogue, from a sample: what two have in common that are not alike."""
        some = np.linspace(0, len(self) - 1, min(len(self), _PAIRED)).astype(np.int64)
        units = _units(self._vectors, some, self._lengths)
        return float(np.median((units @ units.T)[np.triu_indices(len(some), 1)])) if len(some) > 1 else 0.0

    def similarities(self, query: Floats, rows: NDArray[np.int64]) -> Floats:
        """Cosines of a vector of length 1 with chosen rows."""
        found = np.empty(len(rows), dtype=np.float32)
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            some = rows[start : start + _ROWS_AT_ONCE]
            part = np.asarray(self._vectors[some], dtype=np.float32) @ query
            found[start : start + len(some)] = part / self._lengths[some]
        return found

    def bounds(self, query: Floats) -> Floats:
        """What the cosine of a vector of length 1 with each row does not exceed, shape (n,)."""
        return self._heads @ self._head_of(query)

    def nearest(
        self,
        query: Floats,
        k: int,
        allowed: NDArray[np.bool_] | None = None,
        *,
        weight: float = 1.0,
        more: Floats | None = None,
        least: float = -1.0,
        exact: bool = False,
    ) -> Near:
        """The k best among the allowed rows; fewer only if fewer are allowed. The score is the cosine.

        Parameters
        ----------
        query : (d,) finite, of any length.
        allowed : (n,) who may be found; None for all.
        weight, more : score `weight` × cosine + `more` (n,) instead, with a weight above 0.
        least : what a lower cosine counts as in the score.
        exact : go on until no better one can exist. Without it the shortlist is compared and that is it.

        The smaller row comes first on a tie. Raises BadOption for k < 1 or a query that does not fit.
        """
        if k < 1:
            raise BadOption(f"k = {k}: ask for at least one neighbour.")
        if query.shape != self._vectors.shape[1:] or not np.isfinite(query).all():
            raise BadOption(f"A query must be {self._vectors.shape[1]} finite numbers.")
        length = np.linalg.norm(query.astype(np.float64))
        unit = (query / (length or 1.0)).astype(np.float32)
        among = None
        if allowed is not None and np.count_nonzero(allowed) < _FEW * len(self):
            among = np.flatnonzero(allowed)
        bounds = (self._heads if among is None else self._heads[among]) @ self._head_of(unit)
        more = np.zeros(len(self), dtype=np.float32) if more is None else more
        bounds = _scores(bounds, weight, more if among is None else more[among], least)
        if allowed is not None and among is None:
            bounds[~allowed] = -np.inf
        keep = max(_SHORTLIST, 4 * k)
        while True:
            rows, floor = _highest(bounds, among, keep)
            cosines = self.similarities(unit, rows)
            scores = _scores(cosines, weight, more[rows], least)
            kth = -np.partition(-scores, k - 1)[k - 1] if len(rows) > k else -np.inf
            proven = bool(kth > floor + BOUND_ERROR * max(weight, 1)) or floor == -np.inf
            if proven or not exact:
                best = scores >= kth - ROUNDING * max(weight, 1)
                return self._in_order(query / (length or 1.0), rows[best], k, weight, more, least, proven)
            keep *= _LONGER

    def _in_order(
        self,
        unit: NDArray[np.float64],
        rows: NDArray[np.int64],
        k: int,
        weight: float,
        more: Floats,
        least: float,
        proven: bool,
    ) -> Near:
        """The k best of a few rows, from cosines in float64: equal vectors tie, also where float32 splits them."""
        cosines = (self._vectors[rows].astype(np.float64) @ unit / self._lengths[rows]).round(TIE_DIGITS)
        scores = weight * np.maximum(cosines, least) + more[rows]
        order = np.lexsort((rows, -scores))[:k]
        return Near(rows[order], cosines[order].astype(np.float32), scores[order].astype(np.float32), proven)

    def _head_of(self, unit: Floats) -> Floats:
        return with_tail((unit @ self._directions)[None], unit[None])[0]


def _scores(cosines: Floats, weight: float, more: Floats, least: float) -> Floats:
    """Scores of cosines, or bounds of scores of bounds: no step turns the order of two of them."""
    return np.float32(weight) * np.maximum(cosines, np.float32(least)) + more


def _highest(bounds: Floats, among: NDArray[np.int64] | None, keep: int) -> tuple[NDArray[np.int64], float]:
    """The rows with the highest bounds, ascending, and what no other bound exceeds."""
    chosen, floor = np.arange(len(bounds)), -np.inf
    if keep < len(bounds):
        chosen = np.argpartition(bounds, len(bounds) - keep)[-keep:]
        floor = float(bounds[chosen].min())
    chosen = np.sort(chosen[bounds[chosen] > -np.inf])
    return chosen if among is None else among[chosen], floor


def write_index(path: Path, embeddings: Embeddings) -> None:
    """Writes the index of vectors under a name that `writing` gave."""
    header = {"descr": "<f4", "fortran_order": False, "shape": _shape(embeddings)}
    with path.open("wb") as file:  # not mapped: a full disk would end the process without a word
        np.lib.format.write_array_header_1_0(file, header)
        for block in _blocks(embeddings):
            file.write(block.data)


def write_index_json(path: Path, folder: DataFolder) -> None:
    """Writes the JSON beside the index: which vectors it belongs to."""
    manifest = Manifest(MADE_BY[FILE], folder.fingerprints(VECTORS_FILE), {"head": _HEAD})
    path.write_text(json.dumps({"manifest": asdict(manifest)}, indent=1) + "\n")


def open_index(folder: DataFolder, embeddings: Embeddings) -> VectorIndex:
    """The folder's index, memory-mapped; built in memory where there is none for these vectors.

    Raises DamagedArtefact for a vector that is not finite.
    """
    path, width = folder.path(INDEX_OF[embeddings.file]), embeddings.vectors.shape[1]
    try:
        manifest = Manifest(**json.loads(json_beside(path).read_text("utf-8"))["manifest"])
        heads = open_memmap(path, mode="r")
        fits = heads.dtype == np.float32 and heads.shape == (
            width + len(embeddings.vectors), min(_HEAD, width) + 2
        )  # fmt: skip
        if fits and manifest.inputs == folder.fingerprints(VECTORS_FILE):
            return VectorIndex(rows_of(embeddings.vectors), heads)
    except (OSError, ValueError, KeyError, TypeError, EOFError):
        pass
    return VectorIndex.of(embeddings)


def _shape(embeddings: Embeddings) -> tuple[int, int]:
    width, count = embeddings.vectors.shape[1], len(embeddings.vectors)
    return width + count, min(_HEAD, width) + 2


def _blocks(embeddings: Embeddings) -> Iterator[Floats]:
    """The rows of an index from first to last, many at a time."""
    vectors, columns = embeddings.vectors, _shape(embeddings)[1]
    everyone = np.arange(len(vectors))
    lengths = lengths_of(vectors, everyone, embeddings.articles).astype(np.float32)
    sample = np.linspace(0, len(vectors) - 1, min(len(vectors), SAMPLE)).astype(np.int64)
    directions = directions_of(_units(vectors, sample, lengths))[:, : columns - 2]
    yield _beside(directions, np.zeros((len(directions), 2), dtype=np.float32))
    for start in range(0, len(vectors), _ROWS_AT_ONCE):
        rows = everyone[start : start + _ROWS_AT_ONCE]
        units = _units(vectors, rows, lengths)
        yield _beside(with_tail(units @ directions, units), lengths[rows, None])


def _beside(left: Floats, right: Floats) -> Floats:
    return np.ascontiguousarray(np.concatenate([left, right], axis=1), dtype="<f4")


def _units(vectors: np.ndarray | MappedRows, rows: NDArray[np.int64], lengths: Floats) -> Floats:
    units: Floats = np.asarray(vectors[rows], dtype=np.float32) / lengths[rows, None]
    return units


class MappedRows:
    """Single rows of a large memory-mapped matrix, without the whole of it coming to count as the process's own.

    The system brings in up to two megabytes around each row: a few queries for hundreds of rows, and the whole file
    is resident. Its pages are handed back after each query, which costs two milliseconds. (Reading row by row from
    the file would cost less alone, and seconds beside a busy thread, since each read lets go of Python's lock.)
    """

    def __init__(self, matrix: np.memmap, pages: mmap.mmap) -> None:
        self.shape, self.dtype = matrix.shape, matrix.dtype
        self._matrix, self._pages = matrix, pages

    def __getitem__(self, rows: int | NDArray[np.int64]) -> np.ndarray:
        found = np.array(self._matrix[rows])
        self._pages.madvise(mmap.MADV_DONTNEED)  # they stay in the system's cache
        return found


def rows_of(matrix: np.ndarray) -> np.ndarray | MappedRows:
    """A matrix of which single rows will be asked; the matrix itself where it is no map of a file."""
    pages = getattr(matrix, "_mmap", None)
    if (
        not isinstance(matrix, np.memmap)
        or not isinstance(pages, mmap.mmap)
        or not hasattr(mmap, "MADV_DONTNEED")
    ):
        return matrix
    return MappedRows(matrix, pages)
