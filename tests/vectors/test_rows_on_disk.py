"""Rows read from the file are the rows of the matrix."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stylo.vectors.rows_on_disk import RowsOnDisk, rows_of


@pytest.mark.parametrize("kind", ["<f4", "<f2", "<f8"])
@pytest.mark.parametrize("shape", [(1, 1), (7, 3), (100, 2048)])
def test_rows_are_those_of_the_matrix_in_any_order_and_again(
    kind: str, shape: tuple[int, int], tmp_path: Path
) -> None:
    matrix = np.random.default_rng(0).standard_normal(shape).astype(kind)
    np.save(tmp_path / "m.npy", matrix)
    rows = rows_of(np.load(tmp_path / "m.npy", mmap_mode="r"))
    assert isinstance(rows, RowsOnDisk)
    asked = np.random.default_rng(1).integers(0, shape[0], 20)
    assert np.array_equal(rows[asked], matrix[asked])
    assert np.array_equal(rows[shape[0] - 1], matrix[-1])
    assert rows[np.zeros(0, np.int64)].shape == (0, shape[1])


def test_a_matrix_in_memory_or_by_columns_stays_as_it_is(tmp_path: Path) -> None:
    matrix = np.arange(6.0).reshape(2, 3)
    assert rows_of(matrix) is matrix
    np.save(tmp_path / "f.npy", np.asfortranarray(matrix))
    mapped = np.load(tmp_path / "f.npy", mmap_mode="r")
    assert rows_of(mapped) is mapped


def test_rows_stay_those_of_the_file_that_was_opened_when_it_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "m.npy"
    np.save(path, np.ones((5, 4), np.float32))
    rows = rows_of(np.load(path, mmap_mode="r"))
    np.save(tmp_path / "new.npy", np.zeros((5, 4), np.float32))
    (tmp_path / "new.npy").replace(path)
    assert rows[np.arange(5)].sum() == 20


def test_a_file_replaced_between_map_and_rows_is_not_read_from(tmp_path: Path) -> None:
    path = tmp_path / "m.npy"
    np.save(path, np.ones((5, 4), np.float32))
    mapped = np.load(path, mmap_mode="r")
    np.save(tmp_path / "new.npy", np.zeros((5, 4), np.float32))
    (tmp_path / "new.npy").replace(path)
    assert rows_of(mapped) is mapped
