"""Thumbnails of photos, and the pictures that pages and the service show."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from PIL import Image

from stylo.tables.folder import DataFolder
from stylo.tables.ids import article_id
from stylo.visual.decoding import refusing
from stylo.visual.photos import Photos, UnreachablePhoto, UnreadablePhoto, shrink, thumbnail

FOLDER = "thumbnails"
#: The scaled decode of Kaggle's photos (1166 pixels wide) has 292, and is kept so.
WIDTH = 288
_QUALITY = 75
SMALL, LARGE = "small", "large"
SMALL_WIDTH, LARGE_WIDTH = 320, 720
_MADE = 500


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
        """Makes the thumbnail of a decoded photo; it is there whole or not at all. Raises UnreadablePhoto."""
        with refusing():
            jpeg = shrink(picture, WIDTH, Image.Resampling.BILINEAR, _QUALITY)
        path = self.path(article)
        # Processes of two machines may have the same number.
        temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_bytes(jpeg)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

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


@dataclass(frozen=True, eq=False)
class Pictures:
    """The photos and thumbnails of a shop.

    photos : None if they are not there.
    """

    photos: Photos | None
    thumbnails: Thumbnails

    def find(self, article: int, size: str) -> bytes | None:
        """The JPEG of an article; None if there is no photo, or none that can be read."""
        if size == LARGE:
            return self._of_photo(article, LARGE_WIDTH) or self.thumbnails.read(article)
        return self.thumbnails.read(article) or self._of_photo(article, SMALL_WIDTH)

    def any(self) -> bool:
        return self.photos is not None or self.thumbnails.any()

    def _of_photo(self, article: int, width: int) -> bytes | None:
        try:
            return self._shrunk(article, width)
        except UnreachablePhoto:  # it may be there again next time
            return None

    @cached_property
    def _shrunk(self) -> Callable[[int, int], bytes | None]:
        """What was made of photos of late, by article and width."""

        @lru_cache(maxsize=_MADE)
        def made(article: int, width: int) -> bytes | None:
            try:
                return thumbnail(self.photos.read(article), width) if self.photos else None
            except (KeyError, UnreadablePhoto):
                return None

        return made
