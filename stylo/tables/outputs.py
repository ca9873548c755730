"""Files that a user names for lists of recommendations: what may be written there, and how.

.csv        customer_id,prediction as Kaggle has it
.csv.gz     the same, compressed with gzip
.zip        the same, as submission.csv in a zip
"""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from stylo.artefacts.writing import destination
from stylo.errors import BadOption
from stylo.tables.folder import MADE_BY, DataFolder
from stylo.tables.schemas import ARTICLES_CSV, CUSTOMERS_CSV, TRANSACTIONS_CSV

CSV_ENDINGS = (".csv", ".csv.gz", ".zip")
HEADER = b"customer_id,prediction"
_CSVS = tuple(table.file for table in (ARTICLES_CSV, CUSTOMERS_CSV, TRANSACTIONS_CSV))
_MEMBER, _ZIP_DAY = "submission.csv", (1980, 1, 1, 0, 0, 0)


def ending_of(path: Path, endings: Sequence[str] = CSV_ENDINGS) -> str | None:
    """Which of the endings a file's name has, in small letters; None if it has none of them."""
    return next((ending for ending in endings if path.name.lower().endswith(ending)), None)


def check_output(
    path: Path,
    folder: DataFolder,
    endings: Sequence[str] = CSV_ENDINGS,
    is_earlier: Callable[[Path], bool] | None = None,
) -> None:
    """Raises BadOption unless a file may be written there: a new one, or one that is replaced by its like.

    Nothing else is ever replaced: no table, input or report, whatever name or link leads to it.

    Parameters
    ----------
    folder : whose artefacts and inputs keep their names.
    is_earlier : whether a file that is there is an output of the same kind; else whether it holds such a CSV.
    """
    if path.is_dir():
        raise BadOption(
            f"{path} cannot be written: a folder stands where a file should be.",
            cure="Give a file inside it.",
        )
    if ending_of(path, endings) is None or path.name.lower() in endings:
        raise BadOption(
            f"{path} does not end in any of {', '.join(endings)}.",
            cure="Choose a file name whose ending says what the file should hold.",
        )
    real = destination(path)
    if reason := _belongs(real.resolve(), folder.root.resolve()):
        raise BadOption(f"{path} {reason}.", cure="Choose another file for the output.")
    if not real.exists():
        return
    if not real.is_file():
        raise BadOption(f"{path} is not a file that can be replaced.", cure="Choose another for the output.")
    if real.stat().st_size and not (is_earlier or holds_lists)(real):
        raise BadOption(
            f"{path} already exists, and is not an earlier output of this kind.",
            where="It was left as it is.",
            cure="Choose another file for the output, or move that one away.",
        )


def holds_lists(path: Path) -> bool:
    """Whether a file is a CSV of lists, plain or compressed."""
    try:
        with _reading(path) as file:
            return file.readline(len(HEADER) + 3).rstrip(b"\r\n") == HEADER
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, NotImplementedError, RuntimeError):
        return False


@contextmanager
def lists_written_to(temporary: Path, target: Path) -> Iterator[IO[bytes]]:
    """A stream into a temporary file, compressed as the target's ending says; the same bytes for the same lists."""
    ending = ending_of(target)
    with temporary.open("wb") as file:
        if ending == ".csv.gz":
            with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as compressed:
                yield cast(IO[bytes], compressed)
        elif ending == ".zip":
            member = zipfile.ZipInfo(_MEMBER, _ZIP_DAY)
            member.compress_type = zipfile.ZIP_DEFLATED
            with zipfile.ZipFile(file, "w") as archive, archive.open(member, "w", force_zip64=True) as inside:
                yield inside
        else:
            yield file


@contextmanager
def _reading(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as file:
        begins = file.read(4)
        file.seek(0)
        if begins.startswith(b"\x1f\x8b"):
            with gzip.open(file) as inside:
                yield cast(IO[bytes], inside)
        elif begins == b"PK\x03\x04":
            with zipfile.ZipFile(file) as archive, archive.open(archive.namelist()[0]) as member:
                yield member
        else:
            yield file


def _belongs(real: Path, root: Path) -> str | None:
    """Whose name or folder an output would take, in words."""
    if not real.is_relative_to(root) or real == root:
        return None
    top, *below = (part.casefold() for part in real.relative_to(root).parts)
    makers = {**MADE_BY, **{str(Path(name).with_suffix(".json")): script for name, script in MADE_BY.items()}}
    if top in makers:
        return f"{'lies in' if below else 'is'} what {makers[top]} makes"
    if not below and any(top in (csv, f"{csv}.gz", f"{csv}.zip") for csv in _CSVS):
        return "is the name of a file that data_optim.py reads"
    return None
