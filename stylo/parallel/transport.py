"""Values on their way to another process: arrays that are mapped from a file go as its name, others without a copy.

So a model of hundreds of megabytes on shared storage costs the way there nothing, and each machine maps it once.
"""

from __future__ import annotations

import io
import mmap
import pickle  # nosec B403
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Packed:
    """A value taken apart.

    content : pickled, but for its arrays.
    arrays : uint8 each, what they hold; of those that lie in files nothing.
    files : that arrays are mapped from.
    """

    content: bytes
    arrays: Sequence[np.ndarray]
    files: Sequence[Path]


def pack(value: object) -> Packed:
    """Takes a value apart. No array is copied."""
    target, buffers = io.BytesIO(), list[pickle.PickleBuffer]()
    pickler = _Pickler(target, buffers.append)
    pickler.dump(value)
    arrays = [np.frombuffer(buffer.raw(), dtype=np.uint8) for buffer in buffers]
    return Packed(target.getvalue(), arrays, sorted(pickler.files))


def unpack(packed: Packed) -> Any:
    """The value again. Its arrays are those of `packed`, and parts of files: not to be written to."""
    return pickle.loads(packed.content, buffers=packed.arrays)  # nosec B301


class _Pickler(pickle.Pickler):
    """Notes the files that arrays are mapped from."""

    def __init__(self, target: io.BytesIO, keep: Callable[[pickle.PickleBuffer], Any]) -> None:
        super().__init__(target, pickle.HIGHEST_PROTOCOL, buffer_callback=keep)
        self.files: set[Path] = set()

    def reducer_override(self, value: Any) -> Any:
        if not isinstance(value, np.ndarray) or (whole := _mapped(value)) is None:
            return NotImplemented
        path = Path(str(whole.filename))
        self.files.add(path)
        at = value.__array_interface__["data"][0] - whole.__array_interface__["data"][0] + whole.offset
        return _part_of_file, (path, at, value.dtype.str, value.shape, value.strides)


def _mapped(array: np.ndarray) -> np.memmap[Any, Any] | None:
    """The mapping that an array lies in; None if it lies elsewhere, or in one that this process may write to."""
    whole = array
    while isinstance(whole.base, np.ndarray):
        whole = whole.base
    if isinstance(whole, np.memmap) and isinstance(whole.base, mmap.mmap) and not array.flags.writeable:
        return whole if whole.filename is not None and array.size else None
    return None


def _part_of_file(
    path: Path, at: int, dtype: str, shape: tuple[int, ...], strides: tuple[int, ...]
) -> np.ndarray:
    return np.ndarray(shape, dtype, np.memmap(path, np.uint8, "r"), at, strides)
