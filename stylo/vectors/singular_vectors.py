"""The main directions of a large sparse matrix, in little more memory than one block of vectors of its longer side."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy import linalg

# More directions than are wanted are looked for: the first of them come out sharper.
_MORE = 10
# Numbers that are copied at a time.
_AT_A_TIME = 4_000_000


def right_singular_vectors(matrix: sp.csr_array, count: int, seed: int) -> np.ndarray:
    """float64 (count, columns): the directions of the largest singular values, by their size.

    The randomised method of Halko, Martinsson and Tropp (2011), step by step as scikit-learn's `randomized_svd` takes
    it, with the same bits. That holds four or five blocks of (longer side, count + 10) float64 at a time, this one: it
    factorises in place, and copies strips. To have the same bits on any number of cores, call it with one thread.

    Parameters
    ----------
    matrix : float64, indices in order within a row.
    """
    rows, columns = matrix.shape
    wide = rows < columns
    tall = sp.csr_array(matrix.T) if wide else matrix
    block = np.random.RandomState(seed).normal(size=(tall.shape[1], count + _MORE))
    for _ in range(7 if count < 0.1 * min(rows, columns) else 4):
        block = _normal(_product(tall, block))
        block = _normal(np.asfortranarray(_transposed_product(tall, block)))
    block = _product(tall, block)
    basis, _ = linalg.qr(block, mode="economic", overwrite_a=True, check_finite=False)
    del block
    small = _transposed_product(tall, basis).T
    left, _, right = linalg.svd(small, full_matrices=False)
    if wide:
        signs = np.sign(right[np.arange(len(right)), np.abs(right).argmax(axis=1)])
        return np.ascontiguousarray((basis @ left * signs)[:, :count].T)
    return (right * _signs(basis, left)[:, None])[:count]


def _product(matrix: sp.csr_array, block: np.ndarray) -> np.ndarray:
    """matrix · block, column by column in memory."""
    found = np.empty((matrix.shape[0], block.shape[1]), order="F")
    for some in _slices(matrix.shape[0], block.shape[1]):
        found[some] = matrix[some] @ block
    return found


def _transposed_product(matrix: sp.csr_array, block: np.ndarray) -> np.ndarray:
    """matrixᵀ · block, row by row in memory."""
    transposed, found = matrix.T, np.empty((matrix.shape[1], block.shape[1]))
    for some in _slices(block.shape[1], block.shape[0]):
        found[:, some] = transposed @ np.ascontiguousarray(block[:, some])
    return found


def _slices(count: int, numbers: int) -> list[slice]:
    """Of `count` rows, or columns, of so many numbers."""
    step = max(1, _AT_A_TIME // max(1, numbers))
    return [slice(first, first + step) for first in range(0, count, step)]


def _normal(block: np.ndarray) -> np.ndarray:
    """P · L of block = P · L · U. A block with more rows than columns is overwritten with it."""
    rows, columns = block.shape
    if rows <= columns:
        return linalg.lu(block, permute_l=True, check_finite=False)[0]
    factors, exchanged, _ = linalg.lapack.dgetrf(block, overwrite_a=True)
    factors[:columns] = np.tril(factors[:columns], -1) + np.eye(columns)
    for row in reversed(range(columns)):
        factors[[row, exchanged[row]]] = factors[[exchanged[row], row]]
    return factors


def _signs(basis: np.ndarray, left: np.ndarray) -> np.ndarray:
    """float64 (columns,): the sign of the number furthest from zero in each column of basis · left."""
    furthest = np.zeros(left.shape[1])
    for some in _slices(len(basis), left.shape[1]):
        part = basis[some] @ left
        here = part[np.abs(part).argmax(axis=0), np.arange(part.shape[1])]
        furthest = np.where(np.abs(here) > np.abs(furthest), here, furthest)
    return np.sign(furthest)
