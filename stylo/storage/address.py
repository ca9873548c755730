"""Where the database is: a URL, read strictly, and never shown with its password."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from stylo.errors import BadOption, CannotWrite

_POSTGRESQL = "postgresql+psycopg"
_DRIVERS = {
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgres": _POSTGRESQL,
    "postgresql": _POSTGRESQL,
    _POSTGRESQL: _POSTGRESQL,
}
_FILE = "service.sqlite"
_CURE = (
    "It is sqlite:///folder/stylo.db (four slashes before an absolute path) or "
    "postgresql://name:password@host/database; write @ and % in a password as %40 and %25."
)


def address(text: str | URL) -> URL:
    """The URL with its driver; one that is a URL already stays as it is.

    Raises BadOption where a text names no SQLite file and no PostgreSQL database.
    """
    if isinstance(text, URL):
        return text
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        # Not chained: the parser may quote a piece of the password.
        raise BadOption("The database's URL cannot be read.", cure=_CURE) from None
    if url.drivername not in _DRIVERS:
        raise BadOption(f"{url.drivername}:// is not a supported database.", cure=_CURE)
    url = url.set(drivername=_DRIVERS[url.drivername])
    if url.drivername == "sqlite":
        named = url.database not in (None, "", ":memory:") and not str(url.database).startswith("file:")
        wrong = "names no file" if not named else "has options after its file" if url.query else None
    else:
        wrong = "has an @ that belongs to the password" if "@" in f"{url.host}{url.database}" else None
    if wrong:
        raise BadOption(f"The database's URL {wrong}.", cure=_CURE)
    return url


def service_file(state: Path) -> URL:
    """The service's database where none is named: a file in its state folder, whatever that is called."""
    return URL.create("sqlite", database=str((state / _FILE).resolve()))


def shown(url: URL) -> str:
    """As it may be shown: without the password, and without the options, where another may be."""
    if url.drivername == "sqlite":
        return f"sqlite:///{url.database}"
    return url.set(query={}).render_as_string(hide_password=True)


def file_of(url: URL) -> Path | None:
    """The file of an SQLite database; None for a server."""
    return Path(str(url.database)).absolute() if url.drivername == "sqlite" else None


def make_file(path: Path) -> None:
    """Makes the file of an SQLite database, empty, and its folder, if they are not there. Raises CannotWrite."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    except OSError as error:
        raise CannotWrite(
            f"{path} cannot be made: {error.strerror}.",
            where="The database was to be created there.",
            cure="Choose another location, or give yourself permission to write there.",
        ) from error
