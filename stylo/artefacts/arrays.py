"""Many arrays in one file: memory-mapped, so that opening costs nothing and processes share them."""

from __future__ import annotations

import json
import mmap
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from stylo.artefacts.manifest import Manifest, sample_digest
from stylo.errors import DamagedArtefact

# Arrays begin at whole lines of the processor's cache.
_ALIGNED = 64


def write_arrays(
    path: Path, beside: Path, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any], manifest: Manifest
) -> None:
    """Writes the arrays one after the other, and into the JSON beside where each lies and what it is."""
    places: dict[str, Any] = {}
    with path.open("wb") as file:
        for name, array in arrays.items():
            file.write(b"\0" * (-file.tell() % _ALIGNED))
            places[name] = {"at": file.tell(), "dtype": array.dtype.str, "shape": array.shape}
            # Not tofile: it does not tell why it could not write.
            file.write(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
        size = file.tell()
    text = {
        "bytes": size,
        "sample": sample_digest(path),
        "arrays": places,
        "facts": dict(facts),
        "manifest": asdict(manifest),
    }
    beside.write_text(json.dumps(text) + "\n")


def open_arrays(path: Path, cure: str) -> tuple[dict[str, np.ndarray], dict[str, Any], Manifest]:
    """The arrays, read-only and memory-mapped, the facts and the manifest. Raises DamagedArtefact with the cure."""
    try:
        text = json.loads(path.with_suffix(".json").read_text("utf-8"))
        size, places, facts = text["bytes"], text["arrays"], dict(text["facts"])
        found = path.stat().st_size
        if found != size:
            raise DamagedArtefact(
                f"{path} is damaged: it has {found:,} bytes, its JSON says {size:,}.", cure=cure
            )
        if sample_digest(path) != text["sample"]:
            raise DamagedArtefact(f"{path} is damaged: it is not the file described in its JSON.", cure=cure)
        whole = np.asarray(np.memmap(path, np.uint8, "r")) if size else np.zeros(0, np.uint8)
        arrays = {name: _array(whole, **place) for name, place in places.items()}
        return arrays, facts, Manifest(**text["manifest"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedArtefact(
            f"{path}, or the JSON next to it, is damaged.", where=str(error), cure=cure
        ) from error


def let_go(array: np.ndarray) -> None:
    """Frees memory of the file that an array is mapped from; what is looked at again comes from the disk's cache."""
    base = array
    while isinstance(base.base, np.ndarray):
        base = base.base
    if isinstance(base.base, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        base.base.madvise(mmap.MADV_DONTNEED)


def _array(whole: np.ndarray, at: int, dtype: str, shape: list[int]) -> np.ndarray:
    count = int(np.prod(shape)) * np.dtype(dtype).itemsize
    return whole[at : at + count].view(dtype).reshape(shape)
