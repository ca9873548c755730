"""Single rows of a large memory-mapped matrix, without the whole of it coming to count as the process's own.

The system brings in up to two megabytes around each row: a few queries for hundreds of rows, and the whole file is
resident. Its pages are handed back after each query, which costs two milliseconds. (Reading row by row from the file
would cost less alone, and seconds beside a busy thread, since each read lets go of Python's lock.)
"""

from __future__ import annotations

import mmap

import numpy as np
from numpy.typing import NDArray


class MappedRows:
    """The rows of a memory-mapped matrix, by `[row]` or `[rows]`; see `rows_of`."""

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
