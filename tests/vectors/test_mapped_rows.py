"""Rows of a map are the rows of the matrix, and its pages do not stay."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from stylo.vectors.index import MappedRows, rows_of


@pytest.mark.parametrize("kind", ["<f4", "<f2", "<f8"])
@pytest.mark.parametrize("shape", [(1, 1), (7, 3), (100, 2048)])
def test_rows_are_those_of_the_matrix_in_any_order_and_again(
    kind: str, shape: tuple[int, int], tmp_path: Path
) -> None:
    matrix = np.random.default_rng(0).standard_normal(shape).astype(kind)
    np.save(tmp_path / "m.npy", matrix)
    rows = rows_of(np.load(tmp_path / "m.npy", mmap_mode="r"))
    assert isinstance(rows, MappedRows)
    asked = np.random.default_rng(1).integers(0, shape[0], 20)
    assert np.array_equal(rows[asked], matrix[asked])
    assert np.array_equal(rows[shape[0] - 1], matrix[-1])
    assert rows[np.zeros(0, np.int64)].shape == (0, shape[1])


def test_a_matrix_in_memory_stays_as_it_is() -> None:
    matrix = np.arange(6.0).reshape(2, 3)
    assert rows_of(matrix) is matrix


def test_rows_stay_those_of_the_file_that_was_opened_when_it_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "m.npy"
    np.save(path, np.ones((5, 4), np.float32))
    rows = rows_of(np.load(path, mmap_mode="r"))
    np.save(tmp_path / "new.npy", np.zeros((5, 4), np.float32))
    (tmp_path / "new.npy").replace(path)
    assert rows[np.arange(5)].sum() == 20


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells what is resident")
def test_asking_for_rows_all_over_the_file_leaves_it_on_the_disk(tmp_path: Path) -> None:
    def resident() -> int:
        told = re.search(r"RssFile:\s+(\d+) kB", Path("/proc/self/status").read_text())
        assert told is not None
        return int(told[1]) * 1024

    path = tmp_path / "m.npy"
    np.save(path, np.ones((40_000, 256), np.float32))  # 41 MB
    rows = rows_of(np.load(path, mmap_mode="r"))
    before = resident()
    assert rows[np.arange(0, 40_000, 10)].sum() == 4_000 * 256
    assert resident() - before < 10_000_000
