"""Values that go to another process: mapped arrays by the name of their file, others as they are."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from stylo.errors import MissingFile, StyloError
from stylo.parallel.transport import pack, unpack


@dataclass
class Value:
    mapped: np.ndarray
    column: np.ndarray
    own: np.ndarray
    text: str


@pytest.fixture
def matrix(tmp_path: Path) -> np.ndarray:
    np.save(tmp_path / "matrix.npy", np.arange(3000, dtype=np.float32).reshape(100, 30))
    return np.load(tmp_path / "matrix.npy", mmap_mode="r")


def test_mapped_arrays_go_as_the_name_of_their_file(matrix: np.ndarray, tmp_path: Path) -> None:
    value = Value(np.asarray(matrix)[10:20], matrix[::3, 2], np.arange(5000.0), "x")
    packed = pack(value)
    assert packed.files == [tmp_path / "matrix.npy"]
    assert len(packed.content) < 2000
    assert [len(array) for array in packed.arrays] == [40_000]
    again = unpack(packed)
    for name in ("mapped", "column", "own"):
        np.testing.assert_array_equal(getattr(again, name), getattr(value, name))
    assert not again.mapped.flags.writeable
    assert not again.column.flags.writeable
    assert again.text == "x"


def test_arrays_are_not_copied_on_the_way() -> None:
    own = np.arange(1000.0)
    packed = pack([own, {"again": own}])
    assert np.shares_memory(packed.arrays[0], own)
    first, second = unpack(packed)
    assert first is second["again"]


def test_a_mapping_that_may_be_written_to_goes_as_it_is(tmp_path: Path) -> None:
    np.save(tmp_path / "matrix.npy", np.zeros(10))
    written = np.load(tmp_path / "matrix.npy", mmap_mode="c")
    written[3] = 1.0
    packed = pack(written)
    assert packed.files == []
    assert unpack(packed).tolist() == [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]


def test_what_is_empty_or_has_objects_goes_too(matrix: np.ndarray) -> None:
    assert unpack(pack(matrix[5:5])).shape == (0, 30)
    assert unpack(pack(np.array(["a", None], dtype=object))).tolist() == ["a", None]


@pytest.mark.parametrize("kind", [StyloError, MissingFile])
def test_an_error_keeps_its_parts_on_the_way(kind: type[StyloError]) -> None:
    again = pickle.loads(pickle.dumps(kind("Problem.", where="Where", cure="Cure.")))
    assert type(again) is kind
    assert (again.problem, again.where, again.cure) == ("Problem.", "Where", "Cure.")
