"""Bringing the tables up to date. Alembic, set up here: there is no alembic.ini to install or to find."""

from __future__ import annotations

from collections.abc import Iterator, Set
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from stylo.errors import CannotWrite, ForeignStorage
from stylo.storage.address import shown
from stylo.storage.schema import METADATA
from stylo.system import locks

_SCRIPTS = Path(__file__).with_name("migrations")


def lift_time_limits(connection: Connection) -> None:
    """For a transaction that waits until another process has migrated: that may take longer than a request waits."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SET LOCAL lock_timeout = 0"))
        connection.execute(sa.text("SET LOCAL statement_timeout = 0"))


def upgrade(connection: Connection, step: str = "head") -> None:
    """Runs the migrations that are missing up to a step, in the transaction of the connection.

    Raises ForeignStorage, before anything is changed, for a database that a newer version has migrated or
    another program has made.
    """
    config = _config()
    config.attributes["connection"] = connection
    applied = set(MigrationContext.configure(connection).get_current_heads())
    known, last = _steps()
    _refuse_foreign(connection, applied, known)
    if applied != last:
        command.upgrade(config, step)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    return config


@cache
def _steps() -> tuple[Set[str], Set[str]]:
    """All migrations that this version knows, and the last; Alembic runs every file of them to tell."""
    scripts = ScriptDirectory.from_config(_config())
    return {script.revision for script in scripts.walk_revisions()}, set(scripts.get_heads())


def _refuse_foreign(connection: Connection, applied: set[str], known: Set[str]) -> None:
    place = shown(connection.engine.url)
    if unknown := applied - known:
        raise ForeignStorage(
            f"The database is at migration step {', '.join(sorted(unknown))}, which this version does not know.",
            where=place,
            cure="Use the version of StyloAI that migrated it, or a newer one; or name another database.",
        )
    taken = METADATA.tables.keys() & set(sa.inspect(connection).get_table_names())
    if taken and not applied:
        raise ForeignStorage(
            f"The database has tables that belong to another program: {', '.join(sorted(taken))}.",
            where=place,
            cure="Name another database.",
        )


@contextmanager
def locked(file: Path | None) -> Iterator[None]:
    """Waits until no other process migrates the SQLite file; the system lets go of it when a process dies."""
    if file is None:
        yield
        return
    with ExitStack() as held:
        try:
            held.enter_context(locks.locked(file.with_name(f".{file.name}.lock"), wait=True))
        except OSError as error:
            raise CannotWrite(
                f"{file} cannot be written: {error.strerror}.",
                cure="Free some space, give yourself permission to write in its folder, or choose another location.",
            ) from error
        yield
