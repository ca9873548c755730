"""Thumbnails: a small JPEG of each photo, made while the photo is decoded anyway.

DATA/thumbnails/010/0108775015.jpg      288 pixels wide, about 10 kB
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from stylo.tables.folder import DataFolder
from stylo.tables.ids import article_id
from stylo.visual.photos import shrink

FOLDER = "thumbnails"
#: The scaled decode of Kaggle's photos (1166 pixels wide) has 292.
WIDTH = 288
_QUALITY = 75


@dataclass(frozen=True)
class Thumbnails:
    """The thumbnails of a data folder, by article number."""

    root: Path

    @classmethod
    def of(cls, folder: DataFolder) -> Thumbnails:
        return cls(folder.root / FOLDER)

    def path(self, article: int) -> Path:
        """Where an article's thumbnail lies, or would lie."""
        name = article_id(article)
        return self.root / name[:3] / f"{name}.jpg"

    def find(self, article: int) -> Path | None:
        """The thumbnail of an article; None if there is none."""
        path = self.path(article)
        return path if path.is_file() else None

    def read(self, article: int) -> bytes | None:
        """The JPEG of an article's thumbnail; None if there is none, or none that can be read."""
        try:
            return self.path(article).read_bytes()
        except OSError:
            return None

    def any(self) -> bool:
        """Whether there is a thumbnail at all; does not look at more than the first."""
        return next(self.root.glob("0??/0*.jpg"), None) is not None

    def articles(self) -> set[int]:
        """Articles that have a thumbnail."""
        return {int(path.stem) for path in self.root.glob("0??/0*.jpg") if path.stem.isdecimal()}

    def write(self, article: int, picture: Image.Image) -> None:
        """Makes the thumbnail of a decoded photo; it is there whole or not at all."""
        path = self.path(article)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(shrink(picture, WIDTH, Image.Resampling.BILINEAR, _QUALITY))
        temporary.replace(path)

    def remove(self, articles: Iterable[int]) -> None:
        """Removes thumbnails that are there."""
        for article in articles:
            self.path(article).unlink(missing_ok=True)

    def clean_up(self) -> None:
        """Removes what a killed run left half written, and folders that have become empty."""
        for left in self.root.glob("0??/.*.tmp"):
            left.unlink(missing_ok=True)
        for folder in self.root.glob("0??"):
            if not any(folder.iterdir()):
                shutil.rmtree(folder, ignore_errors=True)
