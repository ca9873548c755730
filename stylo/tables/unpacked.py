"""A file as it is, or out of a .gz or .zip, whatever its name ends with; and why one cannot be unpacked."""

from __future__ import annotations

import gzip
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from stylo.errors import BadArchive
from stylo.packed import UNPACK_IT, why_not_unpacked

_FETCH = "Download the file again."
# What the libraries raise for bytes that are not what they should be.
_DAMAGED = (
    EOFError,
    OSError,
    OverflowError,
    UnicodeDecodeError,
    ValueError,
    lzma.LZMAError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


class Unpacked:
    """The content of a file, read from its beginning. Each method raises BadArchive where the packing is at fault."""

    def __init__(self, path: Path, on_disk: IO[bytes], content: IO[bytes]) -> None:
        self._path, self._on_disk, self._content = path, on_disk, content

    def readline(self, limit: int = -1) -> bytes:
        with _explained(self._path):
            return self._content.readline(limit)

    def read(self, limit: int = -1) -> bytes:
        """All that is left, or its first `limit` bytes."""
        with _explained(self._path):
            return self._content.read(limit)

    def readinto(self, target: memoryview) -> int:
        """How many bytes were read; 0 at the end."""
        with _explained(self._path):
            return self._content.readinto(target)  # type: ignore[attr-defined]

    def bytes_read(self) -> int:
        """How many bytes of the file on disk have been read."""
        return self._on_disk.tell()


@contextmanager
def unpacked(path: Path) -> Iterator[Unpacked]:
    """Opens a file, and unpacks it while it is read. Raises BadArchive."""
    with ExitStack() as opened:
        on_disk = opened.enter_context(path.open("rb"))
        magic = on_disk.read(4)
        on_disk.seek(0)
        content: IO[bytes] = on_disk
        with _explained(path):
            if magic[:2] == b"\x1f\x8b":
                content = opened.enter_context(gzip.open(on_disk))  # type: ignore[arg-type]
            elif magic in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"):
                archive = opened.enter_context(zipfile.ZipFile(on_disk))
                content = opened.enter_context(archive.open(_only_csv(path, archive)))
        yield Unpacked(path, on_disk, content)


def _only_csv(path: Path, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """The one CSV of an archive, without what macOS puts beside it."""
    files = [member for member in archive.infolist() if not _is_folder(member) and not _is_of_macos(member)]
    found = [member for member in files if member.filename.lower().endswith(".csv")]
    if len(found) != 1:
        names = ", ".join(member.filename for member in (found or files)[:5])
        is_excel = any(member.filename == "xl/workbook.xml" for member in files)
        raise BadArchive(
            f"{path} should hold one CSV.",
            where="It is an Excel workbook." if is_excel else f"It holds {names or 'no file'}.",
            cure="Save the sheet as CSV (UTF-8), with ids as text."
            if is_excel
            else "Unpack it, and name the folder of the CSVs with --raw DIR.",
        )
    member = found[0]
    if reason := why_not_unpacked(member):
        raise BadArchive(f"{path}: {member.filename} {reason}.", cure=UNPACK_IT)
    return member


def _is_folder(member: zipfile.ZipInfo) -> bool:
    return member.filename.endswith(("/", "\\"))


def _is_of_macos(member: zipfile.ZipInfo) -> bool:
    *folders, name = member.filename.replace("\\", "/").split("/")
    return "__MACOSX" in folders or name.startswith("._")


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turns what the libraries raise into BadArchive, with the cure that fits the cause."""
    try:
        yield
    except (
        NotImplementedError,
        RuntimeError,
    ) as error:  # a version or a method that is not known: the file is sound
        raise BadArchive(
            f"{path} is packed in a format that cannot be read here.", where=str(error), cure=UNPACK_IT
        ) from error
    except _DAMAGED as error:
        is_part = "multiple disks" in str(error)
        raise BadArchive(
            f"{path} is one part of a split archive."
            if is_part
            else f"{path} cannot be unpacked completely.",
            where=f"It is truncated or damaged: {error}" if not is_part else "",
            cure="Unpack all its parts together and put the CSV in its place." if is_part else _FETCH,
        ) from error
