"""What a failing database says, turned into one error with its cure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from stylo.errors import StorageUnavailable

_OUR_MISTAKES = (exc.IntegrityError, exc.ProgrammingError, exc.DataError, exc.NotSupportedError)
_NO_SUCH_TABLE = ("42P01", "42703", "no such table", "no such column")
_ROOM = "Make room where the database lies, then try again."
_RIGHTS = "Give this process the right to read and write the database's file and its folder."
_USER = "Correct the user or the password in the database's URL."
_BUSY = "Try again; if it stays so, end the process that holds the database for so long."
_CURES = {
    "is locked": _BUSY,
    "lock timeout": _BUSY,
    "statement timeout": _BUSY,
    "is full": _ROOM,
    "No space left": _ROOM,
    "I/O error": "See that the disk is there and has room, then try again.",
    "readonly": _RIGHTS,
    "unable to open": _RIGHTS,
    "read-only": "Name the database itself, not a copy that follows it.",
    "not a database": "Name another file, or put a copy of the database back.",
    "malformed": "Put a copy of the database back.",
    "authentication": _USER,
    "password": _USER,
    "role": _USER,
    "too many": "Allow the server more connections, or each process fewer.",
    "does not exist": "Make the database first (createdb), or correct its name in the URL.",
}
_SERVER = "See that the database's server runs and can be reached from here, then try again."


@contextmanager
def storage_failures(place: str) -> Iterator[None]:
    """Raises StorageUnavailable for what the database cannot do now; a mistake of ours stays what it is.

    place : the database as it may be shown.
    """
    try:
        yield
    except exc.TimeoutError as error:
        raise StorageUnavailable(
            "All connections to the database are in use.",
            where=place,
            cure="Try again; if it stays so, allow more connections.",
        ) from error
    except exc.DBAPIError as error:
        said = " ".join(str(error.orig).split())
        state = getattr(error.orig, "sqlstate", None) or said
        if state.startswith(_NO_SUCH_TABLE):
            cure = "Migrate the database first."
        elif isinstance(error, _OUR_MISTAKES) and not error.connection_invalidated:
            raise
        else:
            cure = next((cure for text, cure in _CURES.items() if text in said), _SERVER)
        raise StorageUnavailable(f"The database fails: {said}", where=place, cure=cure) from error
