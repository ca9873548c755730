"""Weights are read out of a PyTorch file as numbers; nothing in it is run, whatever it says."""

from __future__ import annotations

import hashlib
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch_files import Stored, file_of, plain

from stylo.errors import MissingWeights
from stylo.visual.torch_file import UnsafeFile, parse_tensors, read_tensors

WEIGHT = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
GOOD = file_of({"conv.weight": plain(WEIGHT), "steps": plain(np.array([7], dtype=np.int64))})


def test_tensors_come_out_by_name_in_their_type_and_shape() -> None:
    found = parse_tensors(GOOD)
    assert list(found) == ["conv.weight", "steps"]
    np.testing.assert_array_equal(found["conv.weight"], WEIGHT)
    assert found["steps"].dtype == np.int64
    assert found["steps"].tolist() == [7]


@settings(deadline=None)
@given(
    shape=st.lists(st.integers(1, 5), min_size=1, max_size=4),
    order=st.randoms(use_true_random=False),
    offset=st.integers(0, 7),
)
def test_a_tensor_that_lies_transposed_comes_out_in_its_logical_order(
    shape: list[int], order: Any, offset: int
) -> None:
    expected = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    axes = list(range(len(shape)))
    order.shuffle(axes)
    lies = np.ascontiguousarray(expected.transpose(axes))
    strides = [0] * len(shape)
    for place, axis in enumerate(axes):
        strides[axis] = lies.strides[place] // 4
    values = np.concatenate([np.full(offset, -1, np.float32), lies.ravel()])
    found = parse_tensors(file_of({"w": Stored(values, tuple(shape), tuple(strides), offset)}))
    np.testing.assert_array_equal(found["w"], expected)


class Runs:
    """Asks a loader to run a command, as a hostile pickle does."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.answer = function, arguments

    def __reduce__(self) -> Any:
        return self.answer


class SetsAttributes:
    """Asks a loader to hang attributes onto what an allowed call gives."""

    def __reduce__(self) -> Any:
        return dict, (), {"__class__": 1}


@pytest.mark.parametrize(
    "hostile",
    [
        Runs(os.system, "touch broken_into"),
        Runs(eval, "open('broken_into', 'w')"),
        Runs(getattr, "", "join"),
        Runs(__import__, "this"),
        SetsAttributes(),
        Path("a"),
        {"w": Runs(os.remove, "broken_into")},
        {"w": 3},
        {3: plain},
        [1, 2],
        None,
        b"bytes",
        1.5,
        {1, 2},
    ],
    ids=lambda hostile: type(hostile).__name__,
)
def test_anything_but_tensors_is_refused_and_nothing_runs(
    hostile: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnsafeFile):
        parse_tensors(file_of({}, hostile if hostile is not None else [None]))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("protocol", [0, 1, 3, 4, 5])
def test_instructions_of_other_protocols_are_refused(protocol: int) -> None:
    code = pickle.dumps(Runs(os.getcwd), protocol=protocol)
    with pytest.raises(UnsafeFile):
        parse_tensors(GOOD.replace(pickle.dumps(1001, protocol=2), code, 1))


def test_an_allowed_function_gets_no_attributes() -> None:
    # GLOBAL, EMPTY_DICT, BUILD: pickle.load would update the function's own dictionary.
    code = b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n}b."
    with pytest.raises(UnsafeFile, match="sets attributes"):
        parse_tensors(GOOD.replace(pickle.dumps(1001, protocol=2), code, 1))


@pytest.mark.parametrize(
    "stored",
    [
        Stored(np.zeros(4, np.float32), (5,), (1,)),
        Stored(np.zeros(4, np.float32), (2,), (3,), 1),
        Stored(np.zeros(4, np.float32), (2, 2), (1,)),
        Stored(np.zeros(4, np.float32), (1000, 1000, 1000), (0, 0, 0)),
        Stored(np.zeros(4, np.float32), (2,), (-1,), 1),
        Stored(np.zeros(4, np.float32), (2,), (1,), -1),
    ],
    ids=["longer", "offset", "ranks differ", "bomb", "backwards", "before"],
)
def test_a_tensor_that_reaches_beyond_its_storage_is_refused(stored: Stored) -> None:
    with pytest.raises(UnsafeFile):
        parse_tensors(file_of({"w": stored}))


@settings(deadline=None)
@given(cut=st.integers(0, len(GOOD) - 1))
def test_a_file_that_is_cut_short_is_refused(cut: int) -> None:
    with pytest.raises(UnsafeFile):
        parse_tensors(GOOD[:cut])


@settings(max_examples=300, deadline=None)
@given(place=st.integers(0, len(GOOD) - 1), byte=st.integers(0, 255), more=st.binary(max_size=8))
def test_no_damage_does_anything_but_refuse_or_read(place: int, byte: int, more: bytes) -> None:
    try:
        found = parse_tensors(GOOD[:place] + bytes([byte]) + more + GOOD[place + 1 :])
    except UnsafeFile:
        return
    assert all(isinstance(tensor, np.ndarray) for tensor in found.values())


def test_another_file_than_the_expected_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(GOOD)
    digest = hashlib.sha256(GOOD).hexdigest()
    assert set(read_tensors(path, digest)) == {"conv.weight", "steps"}
    path.write_bytes(GOOD[:-1] + b"\x01")
    with pytest.raises(MissingWeights, match=rf"its SHA-256 is .*expected is {digest}"):
        read_tensors(path, digest)
