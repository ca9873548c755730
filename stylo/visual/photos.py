"""Photos as they lie: `0XX/0XXXXXXXXX.jpg` in a folder, or inside Kaggle's zip without unpacking it."""

from __future__ import annotations

import io
import lzma
import re
import threading
import warnings
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from stylo.errors import MissingFile, NoPhotos
from stylo.tables.ids import article_id

#: How `decode` reads a JPEG, in words: part of what decides a vector.
SCALED = "JPEGs decoded at the smallest scale of their own (1/1, 1/2, 1/4, 1/8) that is no smaller than asked"

_PHOTO = re.compile(r"(?:^|/)(0[0-9]{9})\.(?:jpe?g|png|webp)$", re.IGNORECASE)
# Pillow reads dozens of others, some by starting other programs.
_FORMATS = ("JPEG", "PNG", "WEBP")
_LARGEST_PIXELS = 100_000_000
_LARGEST_BYTES = 100_000_000
_TALLEST = 4
_LOST_BYTES = (
    OSError, EOFError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error, lzma.LZMAError
)  # fmt: skip


class UnreadablePhoto(Exception):
    """A file that bears an article's name but holds no picture that can be used."""


@dataclass(frozen=True)
class Photos:
    """The photos of a folder or zip, by article number.

    `stamps` tells size and last change (or check sum) of each, so that another state is recognised. Threads may
    read side by side.
    """

    source: Path
    stamps: dict[int, str]
    _read: Callable[[int], bytes]

    @property
    def articles(self) -> list[int]:
        return sorted(self.stamps)

    def read(self, article: int) -> bytes:
        """The bytes of an article's photo. Raises KeyError if it has none, UnreadablePhoto if they are lost."""
        if self.size_and_mark(article)[0] > _LARGEST_BYTES:
            raise UnreadablePhoto(f"{article_id(article)}: more than {_LARGEST_BYTES:,} bytes")
        try:
            return self._read(article)
        except _LOST_BYTES as error:
            raise UnreadablePhoto(f"{article_id(article)}: {error}") from error

    def size_and_mark(self, article: int) -> tuple[int, int]:
        """Bytes, and time of last change in ns (folder) or CRC (zip). Raises KeyError if there is no photo."""
        size, mark = self.stamps[article].split()
        return int(size), int(mark)


def open_photos(source: Path) -> Photos:
    """The photos in a folder (at any depth) or in a zip; where an article has several, the first path counts.

    Raises MissingFile if there is no such place, NoPhotos if it holds none.
    """
    if not source.exists():
        raise MissingFile(f"{source} is not there.", cure=_CURE)
    photos = _in_folder(source) if source.is_dir() else _in_zip(source)
    if not photos.stamps:
        raise NoPhotos(f"{source} holds no photo named like 0XX/0XXXXXXXXX.jpg.", cure=_CURE)
    return photos


_CURE = "Put the photos there as images/README.md says, or name their folder or .zip with --images PATH."


def _in_folder(folder: Path) -> Photos:
    paths: dict[int, Path] = {}
    for path in sorted(folder.rglob("0*.*")):
        if (match := _PHOTO.search(path.as_posix())) and path.is_file():
            paths.setdefault(int(match[1]), path)
    states = {article: path.stat() for article, path in paths.items()}
    stamps = {article: f"{state.st_size} {state.st_mtime_ns}" for article, state in states.items()}
    return Photos(folder, stamps, lambda article: paths[article].read_bytes())


def _in_zip(source: Path) -> Photos:
    try:
        archive = zipfile.ZipFile(source)
    except (zipfile.BadZipFile, OSError) as error:
        raise NoPhotos(f"{source} is neither a folder nor a readable zip: {error}", cure=_CURE) from error
    members: dict[int, zipfile.ZipInfo] = {}
    for member in sorted(archive.infolist(), key=lambda member: member.filename):
        if match := _PHOTO.search(member.filename):
            members.setdefault(int(match[1]), member)
    stamps = {article: f"{member.file_size} {member.CRC}" for article, member in members.items()}
    turn = threading.Lock()

    def read(article: int) -> bytes:
        # Reading and unpacking run side by side; opening and closing count uses of the archive and do not.
        with turn:
            member = archive.open(members[article])
        try:
            return member.read()
        finally:
            with turn:
                member.close()

    return Photos(source, stamps, read)


def open_image(data: bytes, at_least: int) -> Image.Image:
    """Decodes a photo upright and in RGB, no smaller than needed for `at_least` pixels on each side.

    JPEGs are decoded at the smallest scale of their own (1/2, 1/4, 1/8) that still has that size, which is several
    times faster: 3 ms instead of 24 for 1166 × 1750. Raises UnreadablePhoto.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=_FORMATS)
        if image.width * image.height > _LARGEST_PIXELS:
            raise UnreadablePhoto(f"{image.width} × {image.height} pixels are too many")
        image.draft("RGB", (at_least, at_least))
        return ImageOps.exif_transpose(image).convert("RGB")
    except UnreadablePhoto:
        raise
    except UnidentifiedImageError as error:  # its words name an object in memory
        raise UnreadablePhoto("it is no JPEG, PNG or WebP") from error
    except (OSError, ValueError, SyntaxError, MemoryError, Image.DecompressionBombError) as error:
        raise UnreadablePhoto(str(error)) from error


def decode(data: bytes, size: int) -> NDArray[np.uint8]:
    """A photo as `size` × `size` × 3 bytes, squeezed to the square. Raises UnreadablePhoto."""
    return squeeze(open_image(data, size), size)


def squeeze(image: Image.Image, size: int) -> NDArray[np.uint8]:
    """A picture as `size` × `size` × 3 bytes, whatever its shape."""
    return np.asarray(image.resize((size, size), Image.Resampling.BILINEAR))


def thumbnail(data: bytes, width: int) -> bytes:
    """A photo as a JPEG `width` pixels wide, at most four times as high. Raises UnreadablePhoto."""
    return shrink(open_image(data, 2 * width), width, Image.Resampling.LANCZOS, quality=85)


def shrink(image: Image.Image, width: int, resampling: Image.Resampling, quality: int) -> bytes:
    """A picture as a JPEG `width` pixels wide, at most four times as high."""
    height = min(max(1, round(image.height * width / image.width)), _TALLEST * width)
    written = io.BytesIO()
    image.resize((width, height), resampling).save(written, "JPEG", quality=quality)
    return written.getvalue()
