"""Bringing the tables up to date. Alembic, set up here: there is no alembic.ini to install or to find."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from stylo.errors import CannotWrite, ForeignStorage
from stylo.storage.address import shown
from stylo.storage.queues import Queue, wait_in
from stylo.storage.schema import METADATA

try:
    import fcntl
except ImportError:  # Windows, where SQLite's own lock has to do
    fcntl = None  # type: ignore[assignment]

_SCRIPTS = Path(__file__).with_name("migrations")


def upgrade(connection: Connection) -> None:
    """Runs the migrations that are missing, in the transaction of the connection.

    Raises ForeignStorage, before anything is changed, for a database that a newer version has migrated or
    another program has made.
    """
    if connection.dialect.name == "postgresql":  # another process may migrate for longer than a request waits
        connection.execute(sa.text("SET LOCAL lock_timeout = 0"))
        connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
    wait_in(Queue.MIGRATIONS, connection)
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    applied = set(MigrationContext.configure(connection).get_current_heads())
    _refuse_foreign(connection, applied, known={script.revision for script in scripts.walk_revisions()})
    if applied != set(scripts.get_heads()):
        command.upgrade(config, "head")


def _refuse_foreign(connection: Connection, applied: set[str], known: set[str]) -> None:
    place = shown(connection.engine.url)
    if unknown := applied - known:
        raise ForeignStorage(
            f"The database is at step {', '.join(sorted(unknown))}, which this version does not know.",
            where=place,
            cure="Use the version of StyloAI that migrated it, or a newer one; or name another database.",
        )
    taken = METADATA.tables.keys() & set(sa.inspect(connection).get_table_names())
    if taken and not applied:
        raise ForeignStorage(
            f"The database has tables of another program: {', '.join(sorted(taken))}.",
            where=place,
            cure="Name another database.",
        )


@contextmanager
def locked(file: Path | None) -> Iterator[None]:
    """Waits until no other process migrates the SQLite file; the system lets go of it when a process dies."""
    if file is None or fcntl is None:
        yield
        return
    try:
        lock = os.open(file.with_name(f".{file.name}.lock"), os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise CannotWrite(
            f"{file} cannot be written: {error.strerror}.",
            cure="Give yourself the right to write in its folder, or choose another place.",
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
