"""What a failing database says, turned into one error with its cure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import exc

from stylo.errors import NotMigrated, OutcomeUnknown, StorageUnavailable
from stylo.system import room

_OUR_MISTAKES = (exc.IntegrityError, exc.ProgrammingError, exc.DataError, exc.NotSupportedError)
_NO_SUCH_TABLE = ("42P01", "42703", "no such table", "no such column")
_ROOM = "Free some space where the database is stored, then try again."
_RIGHTS = "Give this process permission to read and write the database's file and its folder."
_USER = "Correct the user or the password in the database's URL."
_BUSY = "Try again; if it persists, end the process that is holding the database."
_CURES = {
    "is locked": _BUSY,
    "lock timeout": _BUSY,
    "statement timeout": _BUSY,
    "is full": _ROOM,
    "No space left": _ROOM,
    "I/O error": "Check that the disk is mounted, then try again.",
    "readonly": _RIGHTS,
    "unable to open": _RIGHTS,
    "read-only": "Name the primary database, not a read-only replica.",
    "not a database": "Name another file, or put a copy of the database back.",
    "malformed": "Put a copy of the database back.",
    "authentication": _USER,
    "password": _USER,
    "role": _USER,
    "too many": "Allow the server more connections, or each process fewer.",
    "does not exist": "Make the database first (createdb), or correct its name in the URL.",
}
_SERVER = "Check that the database server is running and reachable from here, then try again."


@contextmanager
def storage_failures(place: str, file: Path | None = None) -> Iterator[None]:
    """Raises StorageUnavailable for what the database cannot do now; a mistake of ours stays what it is.

    place : the database as it may be shown.
    file : that of an SQLite database.
    """
    try:
        yield
    except exc.TimeoutError as error:
        raise StorageUnavailable(
            "All connections to the database are in use.",
            where=place,
            cure="Try again; if it persists, allow more connections.",
        ) from error
    except exc.DBAPIError as error:
        said = " ".join(str(error.orig).split())
        state = getattr(error.orig, "sqlstate", None) or said
        if state.startswith(_NO_SUCH_TABLE):
            raise NotMigrated(
                f"The database fails: {said}", where=place, cure="Migrate the database first."
            ) from error
        if isinstance(error, _OUR_MISTAKES) and not error.connection_invalidated:
            raise
        if reason := _no_room(error, file):
            said, cure = f"{reason} ({said})", _ROOM
        else:
            cure = next((cure for text, cure in _CURES.items() if text in said), _SERVER)
        raise StorageUnavailable(f"The database fails: {said}", where=place, cure=cure) from error


@contextmanager
def commit_failures(place: str) -> Iterator[None]:
    """Raises OutcomeUnknown where a commit was sent off and it is not known whether it came to the disk."""
    try:
        yield
    except exc.DBAPIError as error:
        not_flushed = getattr(error.orig, "sqlite_errorname", "") == "SQLITE_IOERR_FSYNC"
        if not (error.connection_invalidated or not_flushed):
            raise
        raise OutcomeUnknown(
            f"The database failed during a commit: {' '.join(str(error.orig).split())}",
            where=place,
            cure="Look whether it was done before you try again.",
        ) from error


def _no_room(error: exc.DBAPIError, file: Path | None) -> str | None:
    """Of a disk that is full SQLite often says no more than that something went wrong, or cannot be opened."""
    if file is None:
        return None
    name = getattr(error.orig, "sqlite_errorname", "")
    if reason := room.no_room(error):
        return reason
    if not name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN")):
        return None
    return room.cannot_take_more(file, *(file.with_name(file.name + ending) for ending in ("-wal", "-shm")))
