"""The files of a published version: whether they are still what they were, found cheaply and for certain.

A file whose size and times are those that were noted is taken as the same: who changes its bytes cannot put back when
its entry changed last (ctime). Where one of them differs, all of its bytes are read.
"""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from stylo.errors import DamagedArtefact, MissingArtefact
from stylo.records.operations import ReleaseCard
from stylo.user_paths import printable

#: Bytes, and when the file and its entry changed last, in ns since 1970; of a file that is not there, nothing.
Stamp = tuple[int, ...]

#: The machine cannot look now: this says nothing of a file.
_NOT_NOW = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)
_CURE = (
    "Roll back to another version, or publish this one again from its data folder: serve.py models publish"
)


@dataclass(frozen=True)
class ReleaseFiles:
    """The files of a version in its folder, as its card has them."""

    folder: Path
    card: ReleaseCard

    @classmethod
    def of(cls, folder: Path, card: Path) -> Self:
        """Raises DamagedArtefact where the card cannot be read, or is another version's."""
        try:
            found = ReleaseCard.load(card, "python serve.py models publish")
        except MissingArtefact as error:
            raise DamagedArtefact(f"{card} is not there.", cure=_CURE) from error
        if found.version != folder.name:
            raise DamagedArtefact(
                f"{card} is that of version {printable(found.version)[:80]}, not of {folder.name}.",
                cure=_CURE,
            )
        return cls(folder, found)

    def stamps(self) -> dict[str, Stamp]:
        """Name of each file → what tells cheaply whether it was touched."""
        return {name: stamp(self.folder / name) for name in self.card.files}

    def changed(self, known: Mapping[str, Stamp]) -> list[str]:
        """Names of files that are not what they were. Raises OSError if the machine cannot look now.

        known : stamps of files that were found to be good, beside those that the card has.
        """
        good = {name: tuple(each) for name, each in self.card.stamps.items()}
        return [
            name
            for name, digest in self.card.files.items()
            if (now := stamp(self.folder / name)) not in (good.get(name), known.get(name))
            and (not now or not _is(self.folder / name, digest))
        ]

    def check(self) -> None:
        """Reads every byte. Raises DamagedArtefact for the first file that is not what it was."""
        for name, digest in self.card.files.items():
            if not _is(self.folder / name, digest):
                raise self.damaged(name)

    def damaged(self, name: str) -> DamagedArtefact:
        """What a file is that has changed."""
        return DamagedArtefact(
            f"{printable(name)} of version {self.card.version} has changed since it was published.",
            cure=_CURE,
        )


def stamp(path: Path) -> Stamp:
    """Of one file. Raises OSError if the machine cannot look now."""
    try:
        found = path.stat()
    except (OSError, ValueError) as error:
        _say_if_not_now(error)
        return ()
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is(path: Path, digest: str) -> bool:
    try:
        return sha256(path) == digest
    except (OSError, ValueError) as error:
        _say_if_not_now(error)
        return False


def _say_if_not_now(error: Exception) -> None:
    if isinstance(error, OSError) and error.errno in _NOT_NOW:
        raise error
