"""The log of predictions: added many at a time, and forgotten in time."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from helpers import run_here
from storage_processes import NOW

from stylo.storage import predictions, pruning, schema
from stylo.storage.address import service_file
from stylo.storage.database import Database
from stylo.storage.predictions import Prediction
from stylo.storage.schema import moment

SHOWN = Prediction(
    at=NOW,
    request_id="7f3a",
    key_id="0123456789ab",
    customer_id=f"{7:064x}",
    route="recommendations",
    model_version="2020-09-22",
    variant="champion",
    articles=(706016001, 108775015),
    cached=True,
    degraded=None,
)
BARE = replace(
    SHOWN, key_id=None, customer_id=None, model_version=None, variant=None, articles=(), degraded="no model"
)
STORED = sa.select(schema.predictions).order_by(schema.predictions.c.id)


def test_what_was_shown_is_kept_as_it_was(database: Database) -> None:
    predictions.log(database, [SHOWN, BARE])
    for logged, row in zip([SHOWN, BARE], database.read(STORED, {}), strict=True):
        stored = dict(zip(schema.predictions.c.keys(), row, strict=True))
        stored.pop("id")
        stored |= {"at": moment(stored["at"]), "articles": tuple(json.loads(stored["articles"]))}
        assert stored == vars(logged)


def test_nothing_shown_is_nothing_to_keep(database: Database) -> None:
    predictions.log(database, [])
    assert database.read(STORED, {}) == []


def test_what_is_older_is_forgotten_slice_by_slice(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    predictions.log(database, [replace(SHOWN, at=NOW + timedelta(days=day)) for day in range(10)])
    monkeypatch.setattr(pruning, "_SLICE", 3)
    assert predictions.prune(database, NOW + timedelta(days=7)) == 7
    days = [(moment(row[1]) - NOW).days for row in database.read(STORED, {})]
    assert days == [7, 8, 9]
    assert predictions.prune(database, NOW + timedelta(days=7)) == 0


def test_the_log_is_pruned_by_command_as_of_the_last_recommendation(tmp_path: Path) -> None:
    database = Database.open(service_file(tmp_path / "service"))
    database.migrate()
    assert pruned(tmp_path, 30) == "0 recommendations deleted from the log, and 0 outcomes of requests.\n"
    predictions.log(database, [replace(SHOWN, at=NOW - timedelta(days=day)) for day in (0, 30, 31, 400)])
    assert pruned(tmp_path, 30) == "2 recommendations deleted from the log, and 0 outcomes of requests.\n"
    assert [(NOW - moment(row[1])).days for row in database.read(STORED, {})] == [0, 30]
    database.close()


def pruned(data: Path, days: int) -> str:
    done = run_here("serve.py", "log", "prune", "--data", data, "--older-than", str(days))
    assert done.returncode == 0, done.stderr
    return done.stdout
