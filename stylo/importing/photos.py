"""Photos of a shop, found in a folder by the names that the product export has for them, under our names.

Nothing is downloaded: of an address only the last part counts. A photo is linked where the disk allows it, else copied.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import polars as pl

from stylo.errors import CannotWrite, MissingFile
from stylo.tables.ids import article_id

_ENDINGS = (".jpg", ".jpeg", ".png", ".webp")
_SHELF = 3


@dataclass(frozen=True)
class PhotosPlaced:
    """placed : articles with a photo now.   missing : those without one; `example` names one.

    unnamed : articles of which the export names no photo.
    """

    placed: int
    missing: int
    unnamed: int
    example: str


def check_photos(folder: Path) -> None:
    """Raises MissingFile if there is no such folder."""
    if not folder.is_dir():
        raise MissingFile(
            f"There is no folder {folder}.", cure="Name the folder of photos: photos in shop.toml."
        )


def place_photos(variants: pl.DataFrame, folder: Path, images: Path) -> PhotosPlaced:
    """Puts the photo of each article into `images`, as `0XX/0XXXXXXXXX.jpg`; an older one under that name goes.

    Looked for by the file name of the photo's path or address, without case, anywhere in `folder`; else by SKU.

    Parameters
    ----------
    variants : `article`, `sku`, `photo` (paths or addresses, the first counts), the first variant of an article first.

    Raises MissingFile or CannotWrite.
    """
    check_photos(folder)
    there: dict[str, Path] = {}
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            if name.lower().endswith(_ENDINGS):
                there.setdefault(name.casefold(), Path(place, name))
    placed, unnamed, missing, example = 0, 0, 0, ""
    by_article = variants.group_by("article", maintain_order=True).agg("sku", pl.col("photo").drop_nulls())
    for article, skus, photos in by_article.rows():
        wanted = [_file_name(photo) for photo in photos]
        wanted += [sku + ending for sku in skus for ending in _ENDINGS]
        found = next((there[name.casefold()] for name in wanted if name.casefold() in there), None)
        if found is None:
            missing += 1
            unnamed += not photos
            example = example or (photos[0] if photos else "")
            continue
        try:
            _place(found, images, article_id(article))
        except OSError as error:
            raise CannotWrite(
                f"A photo cannot be put into {images}.", where=str(error), cure="Run the import again."
            ) from error
        placed += 1
    return PhotosPlaced(placed, missing, unnamed, example)


def _file_name(photo: str) -> str:
    """Of the first of several paths or addresses, without what a shop adds behind a question mark."""
    first = photo.replace("|", ",").split(",")[0].strip()
    path = urlsplit(first).path if "://" in first else first
    return unquote(path.replace("\\", "/").rpartition("/")[2])


def _place(photo: Path, images: Path, name: str) -> None:
    shelf = images / name[:_SHELF]
    shelf.mkdir(parents=True, exist_ok=True)
    target = shelf / f"{name}{photo.suffix.lower()}"
    if target.exists() and target.samefile(photo):
        return
    temporary = shelf / f".{name}.tmp"
    temporary.unlink(missing_ok=True)
    try:
        os.link(photo, temporary)
    except OSError:  # another disk, or one without hard links
        shutil.copy2(photo, temporary)
    for ending in _ENDINGS:
        old = shelf / f"{name}{ending}"
        if old != target:
            old.unlink(missing_ok=True)
    temporary.replace(target)
