"""A table as a folder of Parquet parts, with a JSON beside it that lists them.

    transactions.parquet/2018-09-20.parquet     one part a month, named after its first day
                         2018-10-01.parquet
    transactions.json                           the manifest; rows, first and last day, size, digest of each part

Parts are never changed: days are added as new parts, and another table may share them (a hard link).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from stylo.errors import DamagedArtefact


@dataclass(frozen=True)
class Part:
    """One part: its file's name, rows, first and last day, size and the digest of its content."""

    file: str
    rows: int
    first: date
    last: date
    bytes: int
    digest: str

    @classmethod
    def of(cls, path: Path, rows: int, first: date, last: date) -> Part:
        """Describes a part that has just been written; reads it once."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()[:16]
        return cls(path.name, rows, first, last, path.stat().st_size, digest)


def read_parts(folder: Path) -> list[Part]:
    """The parts of a table in order of time.

    Raises DamagedArtefact unless the folder holds exactly those that the JSON beside it lists, in their sizes.
    """
    parts = listed_parts(folder)
    there = {path.name: path.stat().st_size for path in folder.glob("*.parquet")}
    listed = {part.file: part.bytes for part in parts}
    if there != listed:
        odd = sorted(name for name in {*there, *listed} if there.get(name) != listed.get(name))
        raise DamagedArtefact(
            f"{folder} is incomplete: it does not hold the parts that {folder.stem}.json lists.",
            where=f"Missing, unknown or of the wrong size: {', '.join(odd[:5])}",
            cure="Run the script that makes it again.",
        )
    return parts


def listed_parts(folder: Path) -> list[Part]:
    """The parts that the JSON beside a folder lists. Raises DamagedArtefact if it cannot be read."""
    beside = folder.with_suffix(".json")
    try:
        return [
            Part(
                **{
                    **part,
                    "first": date.fromisoformat(part["first"]),
                    "last": date.fromisoformat(part["last"]),
                }
            )
            for part in json.loads(beside.read_text("utf-8"))["parts"]
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedArtefact(
            f"{folder} has no list of its parts.",
            where=f"{beside}: {error}",
            cure="Run the script that makes it again.",
        ) from error


def write_list(path: Path, manifest: dict[str, object], parts: list[Part]) -> None:
    """Writes the JSON that stands beside a folder of parts."""
    listed = [asdict(part) for part in sorted(parts, key=lambda part: part.first)]
    path.write_text(json.dumps({"manifest": manifest, "parts": listed}, indent=1, default=str) + "\n")
