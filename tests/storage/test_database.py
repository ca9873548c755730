"""One database at a URL: how it is named, how its tables come to be, what is said when it fails."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import traceback
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nasty_names
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import example, given, settings
from postgres import PASSWORD, PostgresServer
from serving import count_events
from storage_processes import CUSTOMER, NOW, migrate, together

from stylo.errors import BadOption, CannotWrite, ForeignStorage, OtherBody, StorageUnavailable
from stylo.storage import database as database_module
from stylo.storage import deployments, events
from stylo.storage.address import service_file
from stylo.storage.database import Database
from stylo.storage.events import CustomerEvent, Receipt, Submission
from stylo.storage.migrating import upgrade
from stylo.storage.schema import METADATA

STEP = sa.select(sa.column("version_num")).select_from(sa.table("alembic_version"))


def tables(database: Database) -> set[str]:
    with database.begin() as connection:
        return set(sa.inspect(connection).get_table_names())


def execute(database: Database, statement: str) -> None:
    with database.begin() as connection:
        connection.execute(sa.text(statement))


def deploy(database: Database, version: str) -> None:
    deployments.record(database, version, deployments.Action.PUBLISH, who="test", reason="", now=NOW)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "service.sqlite"


@pytest.fixture
def on_file(file: Path) -> Iterator[Database]:
    opened = Database.open(f"sqlite:///{file}")
    opened.migrate()
    deploy(opened, "first")
    yield opened
    opened.close()


def test_nothing_is_written_to_or_read_from_a_file_that_was_deleted(on_file: Database, file: Path) -> None:
    file.unlink()
    for use in (lambda: deploy(on_file, "second"), lambda: deployments.live(on_file), on_file.check):
        with pytest.raises(StorageUnavailable, match="was deleted while it was in use"):
            use()
    assert not file.exists()


def test_nor_with_one_in_whose_place_another_came(on_file: Database, file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    copy.write_bytes(file.read_bytes())
    copy.replace(file)
    with pytest.raises(StorageUnavailable, match="was replaced by another file while it was in use"):
        deploy(on_file, "second")


def test_a_commit_into_a_file_that_was_deleted_meanwhile_is_not_acknowledged(
    on_file: Database, file: Path
) -> None:
    with pytest.raises(StorageUnavailable, match="was deleted"), on_file.begin():
        file.unlink()


def test_a_file_that_comes_back_is_used_again(on_file: Database, file: Path, tmp_path: Path) -> None:
    file.rename(tmp_path / "away")
    with pytest.raises(StorageUnavailable):
        deployments.live(on_file)
    (tmp_path / "away").rename(file)
    deploy(on_file, "second")
    live = deployments.live(on_file)
    assert live is not None and live.version == "second"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "stylo.db",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:stylo.db?mode=ro",
        "sqlite:///stylo.db?timeout=1",
        "mysql://stylo:secret@host/shop",
        "postgresql+asyncpg://stylo:secret@host/shop",
        "postgresql://stylo:sec@ret@host/shop",
        "postgresql://stylo:secret@host:port/shop",
    ],
)
def test_what_is_neither_sqlite_nor_postgresql_is_refused_and_no_password_told(url: str) -> None:
    with pytest.raises(BadOption) as refused:
        Database.open(url)
    told = "".join(traceback.format_exception(refused.value))
    assert "secret" not in told
    assert "ret@" not in told


def test_a_database_is_shown_without_its_password() -> None:
    for url in ("postgresql://stylo:secret@host/shop", "postgresql://stylo@host/shop?password=secret"):
        database = Database.open(url)
        assert "secret" not in database.url_shown + repr(database)
        assert "host/shop" in database.url_shown


def test_at_least_one_connection_is_needed(url: str) -> None:
    with pytest.raises(BadOption):
        Database.open(url, pool=0)


def test_the_folder_of_a_file_is_made(tmp_path: Path) -> None:
    Database.open(f"sqlite:///{tmp_path}/a/b/stylo.db").migrate()
    assert (tmp_path / "a" / "b" / "stylo.db").exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotWrite):
        Database.open(f"sqlite:///{tmp_path}/file/stylo.db").migrate()


def test_only_a_start_makes_a_file_and_nobody_who_finds_none(tmp_path: Path) -> None:
    file = tmp_path / "kept" / "stylo.db"
    database = Database.open(f"sqlite:///{file}")
    for use in (database.check, lambda: deployments.live(database), lambda: deploy(database, "first")):
        with pytest.raises(StorageUnavailable, match="There is no database"):
            use()
    assert not file.parent.exists()
    database.migrate()
    deploy(database, "first")
    database.close()


def test_a_file_that_is_deleted_between_the_look_and_the_opening_is_not_made_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database.open(f"sqlite:///{tmp_path}/stylo.db")
    monkeypatch.setattr(Database, "_same_file", lambda self: None)
    with pytest.raises(StorageUnavailable, match="unable to open"):
        database.check()
    assert not list(tmp_path.iterdir())


def test_the_migrations_make_the_tables_that_the_code_knows(database: Database) -> None:
    with database.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, METADATA) == []


def test_migrating_again_changes_nothing(database: Database) -> None:
    deployments.record(database, "1", deployments.Action.PUBLISH, who="command line", reason="", now=NOW)
    database.migrate()
    database.check()
    assert len(deployments.history(database, 10)) == 1


def test_processes_that_start_together_migrate_once(url: str) -> None:
    assert together(migrate, url) == [0, 0, 0]
    database = Database.open(url)
    assert database.read(STEP, {}) == [("0008",)]
    database.close()


def test_a_migration_that_fails_leaves_nothing_behind(url: str) -> None:
    database = Database.open(url)
    database.create()
    execute(database, "CREATE TABLE visits (at INTEGER)")
    execute(database, "CREATE INDEX predictions_by_at ON visits (at)")  # a name that the migration needs
    with pytest.raises((StorageUnavailable, sa.exc.ProgrammingError)):
        database.migrate()
    assert tables(database) == {"visits"}
    execute(database, "DROP INDEX predictions_by_at")
    database.migrate()
    database.check()
    database.close()


def at_step(url: str, step: str) -> Database:
    """A database as an earlier version has left it, with one key."""
    database = Database.open(url)
    database.create()
    with database.begin() as connection:
        upgrade(connection, step)
    execute(
        database, "INSERT INTO keys (id, name, digest, scopes, created_at) VALUES ('k', 'k', '', 'events', 0)"
    )
    return database


def test_events_that_were_kept_with_a_day_of_utc_keep_their_moments(url: str) -> None:
    database = at_step(url, "0002")
    kept = "INSERT INTO events (id, customer_id, kind, article, at, day, key_id, received_at) VALUES "
    execute(database, f"{kept} (1, 'c', 'view', 108775015, 1600813800000000, 737690, 'k', 0)")
    database.migrate()
    at = datetime(2020, 9, 22, 22, 30, tzinfo=UTC)
    assert [(event.article, event.at) for event in events.of(database, "c", at)] == [(108775015, at)]
    assert events.of(database, "c", at + timedelta(microseconds=1)) == []
    database.close()


def test_events_of_an_earlier_version_stay_and_their_ids_go_on(url: str) -> None:
    database = at_step(url, "0006")
    kept = "INSERT INTO events (customer_id, kind, article, at, price, channel, key_id, received_at) VALUES "
    for article in range(3):
        execute(database, f"{kept} ('c', 'view', {article}, {article}, 9.5, 1, 'k', 0)")
    execute(database, "DELETE FROM events WHERE id = 3")  # an id is never given twice
    database.migrate()
    database.check()
    sent = Submission("k", (CustomerEvent(CUSTOMER, "dismiss", 7, NOW),), NOW, None, "")
    assert events.store(database, [sent]) == [Receipt(4, 4, 1, repeated=False)]
    assert [(each.id, each.price) for each in events.of(database, "c", NOW.replace(year=2))] == [
        (1, 9.5),
        (2, 9.5),
    ]
    with pytest.raises((sa.exc.IntegrityError, StorageUnavailable)):
        execute(database, f"{kept} ('c', 'wish', 1, 1, 9.5, 1, 'k', 0)")
    database.close()


def test_what_an_earlier_version_has_stored_is_not_stored_again(url: str) -> None:
    database = at_step(url, "0003")
    execute(
        database,
        "INSERT INTO submissions (key_id, idempotency_key, digest, first, last, created_at) "
        "VALUES ('k', 'order 1', 'digest', 41, 43, 0)",
    )
    database.migrate()
    views = tuple(CustomerEvent(CUSTOMER, "view", article, NOW) for article in range(3))
    sent = Submission("k", views, NOW, "order 1", "digest")
    assert events.store(database, [sent]) == [Receipt(41, 43, 3, repeated=True)]
    assert isinstance(events.store(database, [replace(sent, digest="other")])[0], OtherBody)
    assert count_events(database) == 0
    database.close()


def test_a_database_that_a_newer_version_migrated_is_refused(database: Database) -> None:
    execute(database, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(ForeignStorage, match="9999") as refused:
        database.migrate()
    assert PASSWORD not in str(refused.value)


def test_a_database_with_tables_of_another_program_is_refused(url: str) -> None:
    database = Database.open(url)
    database.create()
    execute(database, "CREATE TABLE keys (door INTEGER)")
    with pytest.raises(ForeignStorage, match="keys") as refused:
        database.migrate()
    assert tables(database) == {"keys"}
    assert PASSWORD not in str(refused.value)
    database.close()


def test_a_database_without_tables_asks_to_be_migrated(url: str) -> None:
    database = Database.open(url)
    database.create()
    for ask in (database.check, lambda: count_events(database)):
        with pytest.raises(StorageUnavailable, match="Migrate the database first"):
            ask()
    database.close()


def test_what_an_error_interrupts_is_not_written(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.begin() as connection:
        connection.execute(sa.text("DELETE FROM alembic_version"))
        _ = 1 / 0
    assert len(database.read(STEP, {})) == 1


def test_a_mistake_of_ours_is_no_failure_of_the_database(database: Database) -> None:
    with pytest.raises(sa.exc.IntegrityError), database.begin() as connection:
        connection.execute(METADATA.tables["keys"].insert(), {"id": "without a name"})


def test_a_commit_in_sqlite_is_on_the_disk_and_readers_do_not_wait(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path}/stylo.db")
    database.migrate()
    with database.begin() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
        assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}
        database.check()  # another connection reads while this one writes
    database.close()


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "stylo.db").write_text("Dear diary, " * 100)
    with pytest.raises(StorageUnavailable, match="Name another file"):
        Database.open(f"sqlite:///{tmp_path}/stylo.db").migrate()


def test_a_file_that_another_process_holds_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "_PATIENCE_S", 0)
    database = Database.open(f"sqlite:///{tmp_path}/stylo.db")
    database.migrate()
    other = sqlite3.connect(tmp_path / "stylo.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageUnavailable, match="locked"), database.begin():
        pass
    other.execute("ROLLBACK")
    with database.begin():
        pass
    other.close()
    database.close()


def test_more_threads_than_connections_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "_PATIENCE_S", 0)
    database = Database.open(f"sqlite:///{tmp_path}/stylo.db", pool=1)
    database.create()
    with database.begin(), pytest.raises(StorageUnavailable, match="allow more connections"):
        database.check()
    database.close()


def test_after_a_restart_of_the_server_every_connection_works(postgres: PostgresServer) -> None:
    database = Database.open(postgres.url("postgres"), pool=3)
    question = sa.select(sa.literal_column("1"))
    with database.begin(), database.begin(), database.begin():
        pass
    postgres.restart()
    with database.begin() as first, database.begin() as second:
        assert database.read(question, {}) == [(1,)]
        assert first.scalar(question) == second.scalar(question) == 1
    postgres.restart()
    assert [database.read(question, {}) for _ in range(4)] == [[(1,)]] * 4
    database.close()


def test_a_server_that_stops_in_the_middle_of_a_transaction_is_told(postgres: PostgresServer) -> None:
    database = Database.open(postgres.fresh())
    try:
        with pytest.raises(StorageUnavailable), database.begin() as connection:
            connection.execute(sa.text("CREATE TABLE visits (at INTEGER)"))
            postgres.stop()
            connection.execute(sa.text("CREATE TABLE purchases (at INTEGER)"))
        with pytest.raises(StorageUnavailable) as away:
            database.check()
    finally:
        postgres.start()
    assert "server is running" in away.value.cure
    assert PASSWORD not in "".join(traceback.format_exception(away.value))
    assert tables(database) == set()
    database.close()


def test_a_wrong_password_is_told_but_not_shown(postgres: PostgresServer) -> None:
    database = Database.open(postgres.url("postgres", "wrong-horse"))
    with pytest.raises(StorageUnavailable, match="password") as refused:
        database.check()
    assert "wrong-horse" not in "".join(traceback.format_exception(refused.value))


def test_a_database_that_the_server_does_not_have_is_told(postgres: PostgresServer) -> None:
    with pytest.raises(StorageUnavailable, match="createdb"):
        Database.open(postgres.url("nowhere")).check()


@settings(max_examples=25, deadline=None)
@given(name=nasty_names.names)
@example(name="q?x")
@example(name="50%20")
@example(name=nasty_names.NOT_UTF_8)
def test_a_state_folder_has_a_database_of_its_own_whatever_it_is_called(name: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        others = nasty_names.beside(root, name)
        for number, state in enumerate([root / name, *others]):
            opened = Database.open(service_file(state), pool=1)
            opened.create()
            with opened.begin() as connection:
                connection.execute(sa.text(f"CREATE TABLE only_in_{number} (a INTEGER)"))
            opened.close()
            assert opened.url_shown == f"sqlite:///{state.resolve()}/service.sqlite"
        for number, state in enumerate([root / name, *others]):
            with sqlite3.connect(os.fsencode(state / "service.sqlite")) as found:
                tables = found.execute("SELECT name FROM sqlite_master").fetchall()
            found.close()
            assert tables == [(f"only_in_{number}",)]
        assert {path.name for path in root.iterdir()} == {name, *(path.name for path in others)}


def test_a_state_folder_of_any_name_is_migrated(tmp_path: Path) -> None:
    opened = Database.open(service_file(tmp_path / "a [1]* ?x#50%20:é" / nasty_names.NOT_UTF_8))
    opened.migrate()
    opened.check()
    opened.close()
