"""Photos of the demo shop encoded without a network, for who tries it on a cluster."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from stylo.parallel.workers import Workers
from stylo.progress import Silent
from stylo.tables.folder import DataFolder
from stylo.visual.encoder import Encoder
from stylo.visual.extract import extract
from stylo.visual.extraction import Extraction


def mean_colours(pixels: np.ndarray) -> np.ndarray:
    vectors = np.zeros((len(pixels), 2048), np.float32)
    vectors[:, :3] = pixels.mean(axis=(1, 2)) if len(pixels) else 0
    return vectors


ENCODER = Encoder("means", 2048, "none", "test", "0", True, "f32", "mean 1", mean_colours)


def encoded(
    shop: Path, images: Path, workers: Workers | None = None, encoder: Encoder = ENCODER, progress: Any = None
) -> Extraction:
    more = {} if workers is None else {"workers": workers}
    return extract(DataFolder(shop), images, lambda: encoder, None, progress or Silent(), **more)


def visual_files(shop: Path) -> dict[str, bytes]:
    """Vectors, what is known of photos, and thumbnails."""
    photos = repr(pl.read_parquet(shop / "visual_photos.parquet").rows()).encode()
    small = {path.name: path.read_bytes() for path in (shop / "thumbnails").rglob("*.jpg")}
    return {"npy": (shop / "visual_features.npy").read_bytes(), "photos": photos, **small}
