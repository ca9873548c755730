"""Keys: made once, shown once, checked at each request, ended for good."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from storage_processes import NOW

from stylo.errors import BadOption, UnknownKey
from stylo.storage import keys, schema
from stylo.storage.database import Database
from stylo.storage.keys import Scope

HOUR = timedelta(hours=1)


def test_a_key_is_known_by_its_token(database: Database) -> None:
    key, token = keys.create(
        database, "tablet in the shop", [Scope.READ, Scope.EVENTS], now=NOW, expires_at=NOW + HOUR, rate=2.5
    )
    assert keys.authenticate(database, token) == key
    assert key.name == "tablet in the shop"
    assert key.scopes == {Scope.READ, Scope.EVENTS}
    assert (key.rate, key.created_at, key.expires_at, key.revoked_at) == (2.5, NOW, NOW + HOUR, None)
    assert token.startswith(f"stylo_{key.id}_")


def test_a_key_lasts_and_is_as_fast_as_the_service_allows_unless_said_otherwise(database: Database) -> None:
    key, _ = keys.create(database, "till", [Scope.READ], now=NOW)
    assert (key.rate, key.expires_at) == (None, None)
    assert key.refusal(NOW + 1_000_000 * HOUR) is None


def test_two_keys_of_one_name_are_two(database: Database) -> None:
    first, first_token = keys.create(database, "till", [Scope.READ], now=NOW)
    second, second_token = keys.create(database, "till", [Scope.ADMIN], now=NOW + HOUR)
    assert keys.listed(database) == [first, second]
    assert keys.authenticate(database, first_token) == first
    assert keys.authenticate(database, second_token) == second


def test_only_the_digest_of_a_secret_is_kept(database: Database) -> None:
    key, token = keys.create(database, "till", [Scope.READ], now=NOW)
    secret = token.removeprefix(f"stylo_{key.id}_")
    ((*row,),) = database.read(sa.select(schema.keys), {})
    assert hashlib.sha256(secret.encode()).hexdigest() in row
    assert not any(secret in str(value) for value in row)


def test_no_file_holds_the_secret(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path}/stylo.db")
    database.migrate()
    key, token = keys.create(database, "till", [Scope.READ], now=NOW)
    keys.authenticate(database, token)
    secret = token.removeprefix(f"stylo_{key.id}_").encode()
    assert not any(secret in path.read_bytes() for path in tmp_path.iterdir())
    database.close()


def test_a_wrong_token_opens_nothing(database: Database) -> None:
    key, token = keys.create(database, "till", [Scope.READ], now=NOW)
    other, other_token = keys.create(database, "other", [Scope.READ], now=NOW)
    secret = token.removeprefix(f"stylo_{key.id}_")
    wrong = [
        f"stylo_{other.id}_{secret}",
        other_token.replace(other.id, key.id),
        f"stylo_{'0' * 12}_{secret}",  # nobody has this id
        f"stylo_{key.id}_{'A' * 43}",
        token.swapcase(),
        token + "A",
        token[:-1],
        token + "\n",
        " " + token,
        token.replace("stylo", "Stylo"),
        f"stylo_{key.id}",
        f"stylo_{key.id}_",
        f"stylo__{secret}",
        secret,
        "",
        "\0",
        token[:-1] + "é",
        token[:-1] + "\ud800",
        token.replace(key.id, "٠" * 12),  # digits, but not ASCII
        "stylo_" + "0" * 10_000,
        token * 200,
        "stylo_' OR 1=1 --_" + secret,
    ]
    assert [keys.authenticate(database, each) for each in wrong] == [None] * len(wrong)
    assert keys.authenticate(database, token) == key


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(st.one_of(st.text(), st.from_regex(r"stylo_[0-9a-f]{12}_[A-Za-z0-9_-]{43}", fullmatch=True)))
def test_whatever_is_sent_as_a_token_is_answered(database: Database, token: str) -> None:
    assert keys.authenticate(database, token) is None


def test_a_revoked_key_is_refused_and_stays_revoked_since_the_first_time(database: Database) -> None:
    key, token = keys.create(database, "till", [Scope.READ], now=NOW)
    assert key.refusal(NOW) is None
    keys.revoke(database, key.id, NOW + HOUR)
    revoked = keys.revoke(database, key.id, NOW + 2 * HOUR)
    assert revoked.revoked_at == NOW + HOUR
    assert revoked.refusal(NOW) == "revoked"
    assert keys.authenticate(database, token) == revoked


def test_a_key_expires_in_the_very_moment(database: Database) -> None:
    _, token = keys.create(database, "till", [Scope.READ], now=NOW, expires_at=NOW + HOUR)
    found = keys.authenticate(database, token)
    assert found is not None
    assert found.refusal(NOW + HOUR - timedelta(microseconds=1)) is None
    assert found.refusal(NOW + HOUR) == "expired"


def test_an_expiry_of_another_time_zone_is_the_same_moment(database: Database) -> None:
    there = datetime(2020, 9, 22, 14, tzinfo=timezone(timedelta(hours=2)))  # 12:00 in UTC
    key, _ = keys.create(database, "till", [Scope.READ], now=NOW, expires_at=there)
    (listed,) = keys.listed(database)
    assert listed.expires_at == key.expires_at == there
    assert listed.refusal(datetime(2020, 9, 22, 11, 59, tzinfo=NOW.tzinfo)) is None


def test_a_key_that_does_not_exist_cannot_be_revoked(database: Database) -> None:
    with pytest.raises(UnknownKey, match="nobody"):
        keys.revoke(database, "nobody", NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "  "},
        {"name": "two\nlines"},
        {"name": "nothing\0after"},
        {"name": "long" * 26},
        {"scopes": []},
        {"rate": 0.0},
        {"rate": -1.0},
        {"rate": float("nan")},
        {"rate": float("inf")},
        {"expires_at": NOW},
    ],
    ids=str,
)
def test_a_key_that_makes_no_sense_is_not_made(tmp_path: Path, change: dict[str, object]) -> None:
    database = Database.open(f"sqlite:///{tmp_path}/stylo.db")
    database.migrate()
    usual: dict[str, object] = {"name": "till", "scopes": [Scope.READ], "now": NOW}
    with pytest.raises(BadOption):
        keys.create(database, **(usual | change))  # type: ignore[arg-type]
    assert keys.listed(database) == []
    database.close()
