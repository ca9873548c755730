"""Photos as they lie: `0XX/0XXXXXXXXX.jpg` in a folder, or inside Kaggle's zip without unpacking it."""

from __future__ import annotations

import errno
import os
import re
import stat
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from stylo.errors import MissingFile, NoPhotos, PhotosOutOfReach
from stylo.packed import UNPACK_IT, why_not_unpacked
from stylo.tables.ids import ARTICLE_ID, article_id
from stylo.visual.decoding import (
    SCALED,
    UnreadablePhoto,
    decode,
    open_image,
    shrink,
    squeeze,
    thumbnail,
)

__all__ = [
    "REACH",
    "SCALED",
    "Photos",
    "UnreachablePhoto",
    "UnreadablePhoto",
    "decode",
    "open_image",
    "open_photos",
    "printable",
    "shelves",
    "shrink",
    "squeeze",
    "thumbnail",
    "told_places",
]

_PHOTO = re.compile(rf"(?:^|/)({ARTICLE_ID})\.(?:jpe?g|png|webp)$", re.IGNORECASE)
_SHELF = re.compile(r"0[0-9]{2}")
_LARGEST_BYTES = 100_000_000
# What systems put beside photos; some of it is closed to everybody.
_NOT_OURS = ("lost+found", "__macosx", "@eadir", "$recycle.bin", "system volume information")
#: What to do about photos that cannot be reached.
REACH = "Give yourself permission to read there, or mount its disk; then run this again."
_CURE = "Put the photos there as images/README.md describes, or give their folder or .zip: --images PATH."


class UnreachablePhoto(Exception):
    """A photo that cannot be got at now, whatever it holds: no right to read it, a disk that is away or fails.

    Parameters
    ----------
    place : its file, or its article where that is not known.
    """

    def __init__(self, place: str, reason: str) -> None:
        self.place, self.reason = place, reason
        super().__init__(f"{place}: {reason}")

    def __reduce__(self) -> tuple[type[UnreachablePhoto], tuple[str, str]]:
        return type(self), (self.place, self.reason)


@dataclass(frozen=True)
class Photos:
    """The photos of a folder or zip, by article number.

    `stamps` tells size and last change (or check sum) of each, so that another state is recognised. `out_of_reach`
    names folders and photos that cannot be looked at now, with the reason. Threads may read side by side.
    """

    source: Path
    stamps: dict[int, str]
    _read: Callable[[int], bytes]
    out_of_reach: Mapping[Path, str] = field(default_factory=dict)

    @property
    def articles(self) -> list[int]:
        return sorted(self.stamps)

    @property
    def sample(self) -> Path:
        """A file visible to whoever can see the photos: the zip, or one of them."""
        paths = self._read.paths if isinstance(self._read, _FilesByArticle) else {}
        return next(iter(paths.values()), self.source)

    def read(self, article: int) -> bytes:
        """The bytes of an article's photo.

        Raises KeyError if it has none, UnreadablePhoto if they are lost, UnreachablePhoto if they are kept from us.
        """
        if self.size_and_mark(article)[0] > _LARGEST_BYTES:
            raise UnreadablePhoto(f"{article_id(article)}: more than {_LARGEST_BYTES:,} bytes")
        try:
            return self._read(article)
        except OSError as error:
            if error.errno in (None, errno.EINVAL):  # a place in a zip that there cannot be
                raise UnreadablePhoto(f"{article_id(article)}: {error}") from error
            place = printable(error.filename) if error.filename else article_id(article)
            raise UnreachablePhoto(place, error.strerror or str(error)) from error
        except Exception as error:  # a damaged zip raises many kinds
            raise UnreadablePhoto(f"{article_id(article)}: {error}") from error

    def size_and_mark(self, article: int) -> tuple[int, int]:
        """Bytes, and time of last change in ns (folder) or CRC (zip). Raises KeyError if there is no photo."""
        size, mark = self.stamps[article].split()
        return int(size), int(mark)

    def may_hide(self, article: int) -> bool:
        """Whether an article has no photo here, but may have one that is out of reach.

        The name of what is out of reach tells, or that of the `0XX` folder around it; else it may be any article's.
        """
        if article in self.stamps or not self.out_of_reach:
            return False
        name = article_id(article)
        return "" in self._hidden or name in self._hidden or name[:3] in self._hidden

    @cached_property
    def _hidden(self) -> set[str]:
        """Ids, or beginnings of ids, of articles whose photos may be out of reach."""
        hidden = set()
        for place in self.out_of_reach:
            inside = place.relative_to(self.source)
            photo = _PHOTO.search(inside.as_posix())
            shelves = [part for part in inside.parts if _SHELF.fullmatch(part)]
            hidden.add(photo[1] if photo else shelves[-1] if shelves else "")
        return hidden


def printable(path: str | os.PathLike[str]) -> str:
    """A path as it can be written anywhere: bytes that are no UTF-8 become question marks."""
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def open_photos(source: Path) -> Photos:
    """The photos in a folder (at any depth, behind links too) or in a zip; of several the first path counts.

    Raises MissingFile if there is no such location, NoPhotos if it holds none, or none that can be unpacked,
    PhotosOutOfReach if it may hold some and cannot be read.
    """
    try:
        is_folder = stat.S_ISDIR(source.stat().st_mode)
        photos = _in_folder(source) if is_folder else _in_zip(source)
    except (FileNotFoundError, NotADirectoryError) as error:
        where = f"It is a link to {printable(source.readlink())}." if source.is_symlink() else ""
        raise MissingFile(
            f"{printable(source)} is not there.", where=where, cure=f"{_CURE} Is its disk mounted?"
        ) from error
    except OSError as error:
        raise PhotosOutOfReach(
            f"{printable(source)} cannot be read: {error.strerror or error}.", cure=REACH
        ) from error
    if not photos.stamps and photos.out_of_reach:
        raise PhotosOutOfReach(
            f"No photo in {printable(source)} can be reached.",
            where="\n".join(told_places(photos.out_of_reach)),
            cure=REACH,
        )
    if not photos.stamps:
        raise NoPhotos(
            f"{printable(source)} contains no photo named like 0XX/0XXXXXXXXX.jpg.",
            cure=f"{_CURE} Is its disk mounted?" if is_folder else _CURE,
        )
    return photos


def shelves(folder: Path) -> list[Path]:
    """The `0XX` folders that lie directly in a folder; none if it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return sorted(folder / entry.name for entry in entries if _SHELF.fullmatch(entry.name))
    except OSError:
        return []


def told_places(places: Mapping[Path, str] | Mapping[str, str], most: int = 5) -> list[str]:
    """Places that cannot be read, a line each; only some of them if they are many."""
    lines = [f"{printable(place)} cannot be read: {reason}." for place, reason in places.items()]
    return lines if len(lines) <= most else [*lines[:most], f"… and {len(lines) - most:,} more."]


def _in_folder(folder: Path) -> Photos:
    out_of_reach: dict[Path, str] = {}
    paths: dict[int, Path] = {}
    stamps: dict[int, str] = {}
    for article, path, state in _walk(folder, out_of_reach):
        if article not in paths:
            paths[article] = path
            stamps[article] = f"{state.st_size} {state.st_mtime_ns}"
    return Photos(folder, stamps, _FilesByArticle(paths), out_of_reach)


class _FilesByArticle:
    """Reads photos that are files."""

    def __init__(self, paths: Mapping[int, Path]) -> None:
        self.paths = paths

    def __call__(self, article: int) -> bytes:
        return self.paths[article].read_bytes()

    def __reduce__(self) -> tuple[type[_FilesByArticle], tuple[dict[int, Path]]]:
        # Another process may be in another folder.
        return _FilesByArticle, ({article: path.absolute() for article, path in self.paths.items()},)


def _walk(folder: Path, out_of_reach: dict[Path, str]) -> Iterator[tuple[int, Path, os.stat_result]]:
    """Photos in the order of their paths; what cannot be looked at goes to `out_of_reach`.

    Links are followed. A folder that leads back to one seen before is not entered again. Raises OSError if the
    folder itself cannot be read.
    """
    seen: set[str] = set()
    waiting = [folder]
    while waiting:
        path = waiting.pop()
        photo = _PHOTO.search(path.name)
        try:
            state = path.stat()
            if photo and stat.S_ISREG(state.st_mode):
                yield int(photo[1]), path, state
            if stat.S_ISDIR(state.st_mode) and (real := os.path.realpath(path)) not in seen:
                seen.add(real)
                waiting += [path / name for name in sorted(_names(path), reverse=True)]
        except OSError as error:
            if path == folder:
                raise
            if not isinstance(error, FileNotFoundError) or path.is_symlink():  # else it has just gone
                out_of_reach[path] = _why(path, error)


def _names(folder: Path) -> list[str]:
    """What may be a photo or hold some."""
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries if _PHOTO.search(entry.name) or _may_be_folder(entry)]


def _may_be_folder(entry: os.DirEntry[str]) -> bool:
    if _passed_over(entry.name):
        return False
    try:
        # A link that leads nowhere may have led to a folder.
        return entry.is_dir() or (
            entry.is_symlink() and "." not in entry.name and not Path(entry.path).exists()
        )
    except OSError:
        return "." not in entry.name


def _passed_over(folder: str) -> bool:
    hidden = folder.startswith(".") and folder not in (".", "..")
    return hidden or folder.lower() in _NOT_OURS


def _why(path: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError) and path.is_symlink():
        return f"it is a link to {printable(path.readlink())}, which is not there"
    return error.strerror or str(error)


def _in_zip(source: Path) -> Photos:
    archive = _PhotoZip(source)
    stamps = {article: f"{member.file_size} {member.CRC}" for article, member in archive.members.items()}
    return Photos(source, stamps, archive)


class _PhotoZip:
    """Reads photos of a zip."""

    def __init__(self, source: Path) -> None:
        self._source, self._archive, self._turn = source, _opened(source), threading.Lock()
        self.members, self._closed = _members(source, self._archive)

    def __call__(self, article: int) -> bytes:
        if article in self._closed:
            raise UnreadablePhoto(f"it {self._closed[article]}")
        # Reading and unpacking run side by side; opening and closing count uses of the archive and do not.
        with self._turn:
            member: Any = self._archive.open(self.members[article])
        try:
            return _whole(member, self.members[article])
        finally:
            with self._turn:
                member.close()

    def __reduce__(self) -> tuple[type[_PhotoZip], tuple[Path]]:
        return _PhotoZip, (self._source.absolute(),)


def _members(source: Path, archive: zipfile.ZipFile) -> tuple[dict[int, zipfile.ZipInfo], dict[int, str]]:
    """The photo of each article, and why some cannot be unpacked. Raises NoPhotos if none can."""
    members: dict[int, zipfile.ZipInfo] = {}
    # Of two members of one name the last counts, as it does when the zip is unpacked.
    named = {member.filename.replace("\\", "/"): member for member in archive.infolist()}
    for name, member in sorted(named.items(), key=lambda item: item[0].split("/")):
        if (match := _PHOTO.search(name)) and not any(map(_passed_over, name.split("/")[:-1])):
            members.setdefault(int(match[1]), member)
    closed = {article: why for article, member in members.items() if (why := why_not_unpacked(member))}
    if members and len(closed) == len(members):
        article, why = next(iter(closed.items()))
        raise NoPhotos(
            f"None of the {len(members):,} photos in {printable(source)} can be unpacked here.",
            where=f"The first, {printable(members[article].filename)}, {why}.",
            cure=f"{UNPACK_IT} Then give the folder or zip: --images PATH.",
        )
    return members, closed


def _opened(source: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(source)
    except OSError as error:
        if error.errno != errno.EINVAL:  # as above
            raise
        reason: Exception = error
    except Exception as error:  # damaged ones raise many kinds
        reason = error
    raise NoPhotos(
        f"{printable(source)} is neither a folder nor a readable zip: {reason}",
        cure=f"If it should be a zip, is it complete? Download it again. Otherwise: {_CURE}",
    ) from reason


# Of these the standard library unpacks no more than it is asked for; of the others, all that the packed bytes hold
# that it reads at a time: 50 million or more may come of these few.
_MEASURED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_PIECE = 32


def _whole(file: zipfile.ZipExtFile, member: zipfile.ZipInfo) -> bytes:
    """A member as large as its zip says, and never much more in memory, whatever it would unpack to."""
    if member.compress_type in _MEASURED:
        return file.read(member.file_size)
    file.MIN_READ_SIZE = _PIECE
    return b"".join(iter(lambda: file.read(_PIECE), b""))
