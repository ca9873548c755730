"""Single rows of a large matrix, read when they are asked for.

A memory map brings in megabytes around each row, which then count as the process's own: after some queries the whole
file. Reading the rows themselves costs a query a millisecond.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


class RowsOnDisk:
    """The rows of a memory-mapped matrix, by `[row]` or `[rows]`. POSIX only: see `rows_of`."""

    def __init__(self, matrix: np.memmap) -> None:
        self.shape, self.dtype = matrix.shape, matrix.dtype
        self._offset, self._stride = matrix.offset, matrix.strides[0]
        self._file = Path(str(matrix.filename)).open("rb", buffering=0)  # noqa: SIM115

    def __getitem__(self, rows: int | NDArray[np.int64]) -> np.ndarray:
        if isinstance(rows, int | np.integer):
            return self[np.array([rows])][0]
        found = np.empty((len(rows), *self.shape[1:]), self.dtype)
        file = self._file.fileno()
        for row, place in zip(found, rows.tolist(), strict=True):
            os.preadv(file, [row.data], self._offset + place * self._stride)
        return found


def rows_of(matrix: np.ndarray) -> np.ndarray | RowsOnDisk:
    """A matrix of which single rows will be asked; the matrix itself where it is no map of a file, or none of rows."""
    if not isinstance(matrix, np.memmap) or not matrix.flags.c_contiguous or not hasattr(os, "preadv"):
        return matrix
    rows = RowsOnDisk(matrix)
    some = np.unique([0, len(matrix) // 2, len(matrix) - 1]) if len(matrix) else np.zeros(0, np.int64)
    # A file that was replaced since it was mapped is not the one to read from.
    return rows if np.array_equal(rows[some], matrix[some], equal_nan=True) else matrix
