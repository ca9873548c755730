"""Each test that takes `url` or `database` runs twice: on an SQLite file, and on a database of PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres import fresh_url
from storage_processes import NOW

from stylo.storage import keys
from stylo.storage.database import Database
from stylo.storage.keys import Key, Scope


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a database that is empty; SQLite's file is yet to be made."""
    return fresh_url(request, tmp_path / "kept" / "stylo.db")


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """With its tables, all of them empty."""
    opened = Database.open(url)
    opened.migrate()
    yield opened
    opened.close()


@pytest.fixture
def key(database: Database) -> Key:
    return keys.create(database, "till", [Scope.EVENTS], now=NOW)[0]
