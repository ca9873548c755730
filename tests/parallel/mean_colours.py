"""Photos of the demo shop encoded without a network, and one that kills, for who tries it on a cluster."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from stylo.parallel.workers import Workers
from stylo.progress import Silent
from stylo.tables.folder import DataFolder
from stylo.visual.encoder import Encoder
from stylo.visual.extract import extract
from stylo.visual.extraction import Extraction
from stylo.visual.photos import Photos, open_photos


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


@dataclass(frozen=True)
class Deadly:
    """Photos of which one ends the process that reads it; only the first one, if there is a file to tell by."""

    read: Callable[[int], bytes]
    article: int
    once: Path | None = None
    spared: int = 0

    def __call__(self, article: int) -> bytes:
        if article == self.article and os.getpid() != self.spared and not (self.once and self.once.exists()):
            if self.once:
                self.once.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return self.read(article)


def deadly(monkeypatch: pytest.MonkeyPatch, number: int, once: Path | None = None) -> list[int]:
    """Makes the photo of the article with this number one that kills; gives its article when it is known."""
    chosen: list[int] = []

    def opened(source: Path) -> Photos:
        photos = open_photos(source)
        chosen.append(photos.articles[number])
        return replace(photos, _read=Deadly(photos._read, chosen[0], once, os.getpid()))

    monkeypatch.setattr("stylo.visual.extract.open_photos", opened)
    return chosen
