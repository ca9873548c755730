"""The journal of a run: what has been encoded so far, so that an interrupted run goes on where it stopped.

    .visual_features.journal     a record of JSON that says which encoder it belongs to, then a record a photo

Records have one size. A tail that a kill tore off is cut away.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

Records = NDArray[np.void]


def record_type(dimensions: int) -> np.dtype[np.void]:
    """A photo as the journal keeps it: article, size, mark and digest of the file, colours, vector."""
    return np.dtype(
        [
            ("article", "<i4"),
            ("bytes", "<i8"),
            ("mark", "<i8"),
            ("digest", "<u8"),
            ("colours", "<f4", 12),
            ("vector", "<f4", dimensions),
        ]
    )


class Journal:
    """Records of one encoder, appended batch by batch; the file is made when the first one comes.

    Parameters
    ----------
    path : the file.
    dimensions : of a vector.
    """

    def __init__(self, path: Path, dimensions: int) -> None:
        self.path = path
        self.type = record_type(dimensions)
        self._head = b""
        self._file: BinaryIO | None = None

    @property
    def facts(self) -> dict[str, object] | None:
        """What the records on disk depend on; None if there are none."""
        try:
            with self.path.open("rb") as file:
                return dict(json.loads(file.read(self.type.itemsize)))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def begin(self, facts: Mapping[str, object]) -> None:
        """Says what this run's vectors depend on. Records of others are lost with the first that is added."""
        self._head = json.dumps(facts, sort_keys=True).encode().ljust(self.type.itemsize)

    def records(self) -> Records:
        """All whole records of these facts, in the order in which they came; memory-mapped."""
        whole = self.path.stat().st_size // self.type.itemsize if self._goes_on() else 0
        if whole < 2:
            return np.empty(0, self.type)
        return np.memmap(self.path, self.type, "r", offset=self.type.itemsize, shape=(whole - 1,))

    def append(self, records: Records) -> None:
        """Adds records; they outlive this process as soon as this returns."""
        if self._file is None:
            self._file = self._opened()
        self._file.write(records.tobytes())
        self._file.flush()

    def discard(self) -> None:
        """The journal goes: what it holds is in the artefact."""
        self._close()
        self.path.unlink(missing_ok=True)

    def _goes_on(self) -> bool:
        try:
            with self.path.open("rb") as file:
                return file.read(self.type.itemsize) == self._head
        except FileNotFoundError:
            return False

    def _opened(self) -> BinaryIO:
        if not self._goes_on():
            self.path.write_bytes(self._head)
        file = self.path.open("r+b")
        file.truncate(self.path.stat().st_size // self.type.itemsize * self.type.itemsize)
        file.seek(0, os.SEEK_END)
        return file

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
