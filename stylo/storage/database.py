"""The database: one engine over SQLite or PostgreSQL, and the two ways to use it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine

from stylo.errors import BadOption, MissingLibrary, StorageUnavailable
from stylo.storage.address import address, file_of, make_file, shown
from stylo.storage.attempts import begin_commit
from stylo.storage.failures import commit_failures, storage_failures

_PATIENCE_S = 5  # for a connection, a lock, a server that does not answer
_VERSION = sa.select(sa.column("version_num", sa.Text)).select_from(sa.table("alembic_version"))
_Answer = TypeVar("_Answer")
_STYLO = int.from_bytes(b"styl")  # other programs may use locks of the same database
Query = sa.Select[Any] | sa.CompoundSelect[Any]
_LOCK = sa.select(sa.func.pg_advisory_xact_lock(_STYLO, sa.bindparam("queue", type_=sa.Integer)))


class Queue(IntEnum):
    """Transactions that must not overlap wait for each other, in all threads and processes."""

    MIGRATIONS = 1
    EVENTS = 2
    DEPLOYMENTS = 3
    EXPERIMENTS = 4
    ALARMS = 5
    BOARDS = 6
    RULES = 7


class Database:
    """One engine, for all threads of a process.

    A read is one statement by itself and takes no lock; what writes does so within `begin()`. What was committed
    survives the loss of power. Every method raises StorageUnavailable where the database cannot answer now; if it stops
    to answer during a commit, that is OutcomeUnknown.

    url_shown : the URL without its password.
    """

    def __init__(self, url: URL, engine: Engine) -> None:
        self.url_shown = shown(url)
        self._file = file_of(url)
        self._inode: tuple[int, int] | None = None
        self._engine = engine
        # IMMEDIATE: two that read before they write would block each other.
        self._begin = sa.text("BEGIN IMMEDIATE" if self._file else "BEGIN")
        self._texts: dict[Query, tuple[str, dict[str, Any]]] = {}

    @classmethod
    def open(cls, url: str | URL, *, pool: int = 4) -> Database:
        """Nothing is asked of the database yet, and nothing is made.

        pool : how many connections at most.

        Raises BadOption for a URL that names neither an SQLite file nor a PostgreSQL database, MissingLibrary where
        the driver is not installed.
        """
        if pool < 1:
            raise BadOption(f"{pool} connections are too few.", cure="Allow at least one.")
        place = address(url)
        try:
            return cls(place, _engine(place, pool))
        except ModuleNotFoundError as error:
            cure = "Install it: pip install 'stylo[serve]'."
            raise MissingLibrary(f"The library {error.name} is not installed.", cure=cure) from error

    def create(self) -> None:
        """Makes an SQLite file where there is none, as nothing else does: one that is missing later is an error.

        Raises CannotWrite.
        """
        if self._file:
            make_file(self._file)

    def migrate(self) -> None:
        """Creates what is not there and brings the tables up to date; when several processes do so together, the first
        does the work.

        Raises ForeignStorage for a database that a newer version has migrated, or another program has made, and
        CannotWrite.
        """
        from stylo.storage.migrating import lift_time_limits, locked, upgrade  # loads Alembic

        self.create()
        with locked(self._file):
            if self._file:
                with storage_failures(self.url_shown, self._file), self._engine.connect() as connection:
                    connection.execute(sa.text("PRAGMA journal_mode = WAL"))
            with self.begin() as connection:
                lift_time_limits(connection)
                _wait_in(Queue.MIGRATIONS, connection)
                upgrade(connection)

    def check(self) -> None:
        """One trivial question, of which the answer needs the tables."""
        self.read(_VERSION, {})

    @contextmanager
    def begin(self, queue: Queue | None = None) -> Iterator[Connection]:
        """A transaction: committed at the end of the block, rolled back where an error leaves it, or where the attempt
        to which it belongs was given up.

        queue : transactions of the same queue run one after the other.
        """
        self._same_file()
        with storage_failures(self.url_shown, self._file), self._engine.connect() as connection:
            _once_more(connection, lambda: connection.execute(self._begin))
            if queue is not None:
                _wait_in(queue, connection)
            yield connection
            begin_commit()
            with commit_failures(self.url_shown):
                connection.commit()
        self._same_file()  # else it was committed into nowhere

    def read(self, statement: Query, parameters: dict[str, Any]) -> Sequence[tuple[Any, ...]]:
        """All rows of one statement, as the driver gives them: a moment as its microseconds.

        statement : its text is kept, so it is one that is always the same.
        parameters : as the driver takes them.
        """
        text, constants = self._texts.get(statement) or self._text(statement)
        given = constants | parameters
        self._same_file()
        with storage_failures(self.url_shown, self._file), self._engine.connect() as connection:
            try:  # every request comes here, and by the driver's cursor it is through in half the time
                cursor = connection.connection.cursor()
                cursor.execute(text, given)
                return cursor.fetchall()
            except self._engine.dialect.loaded_dbapi.Error:
                connection.invalidate()
                return _once_more(connection, lambda: connection.exec_driver_sql(text, given).all())

    def close(self) -> None:
        self._engine.dispose()

    def _same_file(self) -> None:
        """Raises StorageUnavailable if an SQLite file is missing, or no longer the one that was opened.

        Whoever has it open goes on in a file that has no name: what is written there is lost.
        """
        if self._file is None:
            return
        try:
            found = self._file.stat()
        except (FileNotFoundError, NotADirectoryError):
            inode = None
        except OSError:
            return  # SQLite says it better
        else:
            inode = found.st_dev, found.st_ino
        if self._inode is None:
            if inode is None:
                raise StorageUnavailable(
                    f"There is no database {self._file}.",
                    cure="Put it back; if there never was one, start the service, which makes it: python serve.py",
                )
            self._inode = inode
        elif inode != self._inode:
            raise StorageUnavailable(
                f"{self._file} was {'deleted' if inode is None else 'replaced by another file'} while it was in use.",
                cure="Put the right file in its place and restart what uses it.",
            )

    def __repr__(self) -> str:
        return f"Database({self.url_shown})"

    def _text(self, statement: Query) -> tuple[str, dict[str, Any]]:
        compiled = statement.compile(dialect=self._engine.dialect)
        constants = {name: value for name, value in compiled.params.items() if value is not None}
        self._texts[statement] = str(compiled), constants
        return self._texts[statement]


def _wait_in(queue: Queue, connection: Connection) -> None:
    """Until the end of this transaction no other one of the same queue goes on.

    In SQLite any transaction that writes has the database to itself anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK, {"queue": int(queue)})


def _once_more(connection: Connection, ask: Callable[[], _Answer]) -> _Answer:
    """The first question on a connection; asked again, on a new one, if the server had hung up since its last."""
    try:
        return ask()
    except sa.exc.DBAPIError as error:
        if not error.connection_invalidated:
            raise
        connection.rollback()
        return ask()


def _engine(url: URL, pool: int) -> Engine:
    """No transaction begins by itself: a statement stands alone unless BEGIN was executed."""
    options: dict[str, Any] = {
        "isolation_level": "AUTOCOMMIT",
        "pool_size": pool,
        "max_overflow": 0,
        "pool_timeout": _PATIENCE_S,
        "hide_parameters": True,  # an error must not tell whose events they were
    }
    if url.drivername == "sqlite":
        # Named parameters, as PostgreSQL's driver has them.
        return sa.create_engine(url, **options, paramstyle="named", creator=lambda: _sqlite(url))
    limits = f"-c lock_timeout={_PATIENCE_S}s -c statement_timeout={6 * _PATIENCE_S}s"
    usual = {
        "application_name": "stylo",
        "connect_timeout": _PATIENCE_S,
        "tcp_user_timeout": 2000 * _PATIENCE_S,
        "options": limits,
    }
    return sa.create_engine(url, **options, connect_args=usual | dict(url.query))


def _sqlite(url: URL) -> sqlite3.Connection:
    """A connection to a file that is there: SQLite would make one that is missing."""
    name = quote(os.fsencode(Path(str(url.database)).absolute()))
    connection = sqlite3.connect(
        f"file:{name}?mode=rw", uri=True, timeout=_PATIENCE_S, check_same_thread=False
    )
    connection.execute("PRAGMA synchronous = FULL")  # a commit is on the disk before it is acknowledged
    connection.execute("PRAGMA foreign_keys = ON")
    return connection
