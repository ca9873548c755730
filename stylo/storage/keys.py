"""Keys: who may use the service, for what, how often, until when."""

from __future__ import annotations

import hashlib
import hmac
import math
import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from stylo.errors import BadOption, UnknownKey
from stylo.storage import schema
from stylo.storage.database import Database
from stylo.storage.schema import moment

_ID_BYTES = 6
_SECRET_BYTES = 32
_TOKEN = re.compile(r"stylo_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_LONGEST_NAME = 100
_COLUMNS = schema.keys.c
_ALL = sa.select(schema.keys).order_by(_COLUMNS.created_at, _COLUMNS.id)
_ONE = sa.select(schema.keys).where(_COLUMNS.id == sa.bindparam("wanted"))
_DIGEST = _COLUMNS.keys().index("digest")
_NOBODY = ["0" * 64] * len(_COLUMNS)  # compared where nobody has the id; no secret has this digest


class Scope(StrEnum):
    READ = "read"
    EVENTS = "events"
    ADMIN = "admin"


@dataclass(frozen=True)
class Key:
    """What is known of a key; its secret is not.

    rate : requests a second; None: the service's default.
    """

    id: str
    name: str
    scopes: frozenset[Scope]
    rate: float | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    def refusal(self, now: datetime) -> str | None:
        """Why it may not be used at a moment: `revoked` or `expired`; None where it may."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else None


def create(
    database: Database,
    name: str,
    scopes: Collection[Scope],
    *,
    now: datetime,
    expires_at: datetime | None = None,
    rate: float | None = None,
) -> tuple[Key, str]:
    """A new key and its token, `stylo_<id>_<secret>`, which cannot be shown again.

    Only the SHA-256 of the secret is kept. A slow hash with a salt protects passwords, which people choose and
    others guess; nobody guesses 256 random bits, and one fast hash keeps each request cheap.

    Raises BadOption for a name that is empty, long or cannot be printed, no scope, an expiry that is past, or a
    rate that is not above 0.
    """
    _check(name, scopes, now, expires_at, rate)
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    key = Key(secrets.token_hex(_ID_BYTES), name, frozenset(map(Scope, scopes)), rate, now, expires_at, None)
    row = vars(key) | {"scopes": ",".join(sorted(key.scopes)), "digest": _digest(secret)}
    with database.begin() as connection:
        connection.execute(schema.keys.insert(), row)
    return key, f"stylo_{key.id}_{secret}"


def listed(database: Database) -> list[Key]:
    """All keys, the oldest first."""
    return [_key(row) for row in database.read(_ALL, {})]


def revoke(database: Database, key_id: str, now: datetime) -> Key:
    """Ends a key for good; one that was revoked before keeps its moment. Raises UnknownKey."""
    valid = schema.keys.update().where(_COLUMNS.id == key_id, _COLUMNS.revoked_at.is_(None))
    with database.begin() as connection:
        connection.execute(valid.values(revoked_at=now))
    rows = database.read(_ONE, {"wanted": key_id})
    if not rows:
        raise UnknownKey(f"There is no key {key_id!r}.", cure="List the keys to see their ids.")
    return _key(rows[0])


def authenticate(database: Database, token: str) -> Key | None:
    """The key of a token, revoked and expired ones too; None where there is none or the secret is another.

    How long it takes tells nothing of the secret, nor whether there is a key of that id.
    """
    parts = _TOKEN.fullmatch(token)
    if parts is None:
        return None
    rows = database.read(_ONE, {"wanted": parts[1]})
    row = rows[0] if rows else _NOBODY
    return _key(row) if hmac.compare_digest(row[_DIGEST], _digest(parts[2])) else None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _key(row: Sequence[Any]) -> Key:
    key_id, name, _, scopes, rate, *moments = row
    created_at, expires_at, revoked_at = (None if at is None else moment(at) for at in moments)
    assert created_at is not None
    return Key(
        key_id, name, frozenset(map(Scope, scopes.split(","))), rate, created_at, expires_at, revoked_at
    )


def _check(
    name: str, scopes: Collection[Scope], now: datetime, expires_at: datetime | None, rate: float | None
) -> None:
    problem = None
    if not name.strip() or not name.isprintable() or len(name) > _LONGEST_NAME:
        problem, cure = "A key's name", f"Give it 1 to {_LONGEST_NAME} characters that can be printed."
    elif not scopes:
        problem, cure = "A key", f"Give it at least one of the scopes {', '.join(Scope)}."
    elif expires_at is not None and expires_at <= now:
        problem, cure = f"The expiry {expires_at}", "Choose a time in the future."
    elif rate is not None and not (math.isfinite(rate) and rate > 0):
        problem, cure = f"The rate {rate}", "Choose a number of requests per second above 0."
    if problem:
        raise BadOption(f"{problem} is not valid.", cure=cure)
