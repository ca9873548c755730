"""A network that is quick and whose answer is known, and a data folder with photos to run it over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from helpers import jpeg, put

from stylo.progress import Silent
from stylo.tables.folder import DataFolder
from stylo.visual.encoder import Encoder
from stylo.visual.extract import extract
from stylo.visual.extraction import Extraction


class Counting:
    """Encodes a photo as the mean of each colour channel, and counts the photos."""

    def __init__(self) -> None:
        self.photos = 0

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        self.photos += len(pixels)
        vectors = np.zeros((len(pixels), 2048), np.float32)
        if len(pixels):
            vectors[:, :3] = pixels.mean(axis=(1, 2))
        return vectors


class Notes(Silent):
    """Keeps what is told on the way."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def note(self, text: str) -> None:
        self.told.append(text)


def encoder(
    network: Callable[[np.ndarray], np.ndarray], weights: str = "0", runtime: str = "mean 1"
) -> Encoder:
    return Encoder("means", 2048, "none", "test", weights, True, "f32", runtime, network)


def place(article: int) -> str:
    """Where an article's photo lies in a folder of photos."""
    return f"{article:010d}"[:3] + f"/{article:010d}.jpg"


class Studio:
    """A data folder, its photos, and runs over them with a network that counts."""

    def __init__(self, folder: DataFolder) -> None:
        self.folder, self.images = folder, folder.root / "images"
        self.notes: list[str] = []

    def photograph(self, article: int, red: int) -> Path:
        put(self.images, place(article), jpeg((red, 10, 10), size=(360, 540)))
        return self.images / place(article)

    def run(
        self, weights: str = "0", runtime: str = "mean 1", verify: bool = False, limit: int | None = None
    ) -> tuple[Extraction, int]:
        """What became of the photos, and how many the network saw."""
        network, notes = Counting(), Notes()
        made = encoder(network, weights, runtime)
        done = extract(self.folder, self.images, lambda: made, limit, notes, verify)
        self.notes = notes.told
        return done, network.photos

    def matrix(self) -> bytes:
        return self.folder.path("visual_features.npy").read_bytes()

    def from_scratch(self) -> bytes:
        """The matrix that one run over the present photos writes where nothing was before."""
        other = DataFolder(self.folder.root / "scratch")
        other.root.mkdir(exist_ok=True)
        for name in ("visual_features.npy", "visual_features.json", "visual_photos.parquet"):
            other.path(name).unlink(missing_ok=True)
        other.path("articles.parquet").write_bytes(self.folder.path("articles.parquet").read_bytes())
        extract(other, self.images, lambda: encoder(Counting()))
        return other.path("visual_features.npy").read_bytes()
