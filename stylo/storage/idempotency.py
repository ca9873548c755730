"""What became of requests, by the idempotency keys that their senders gave them: each is done once, however often it
is sent."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, NoReturn

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from stylo.errors import OtherBody
from stylo.storage import pruning, schema
from stylo.storage.database import Database, Queue
from stylo.storage.schema import moment

_COLUMNS = schema.outcomes.c
_LAST = sa.select(sa.func.max(_COLUMNS.at))


class RequestKind(StrEnum):
    """Of requests: the same idempotency key may be used once for each."""

    EVENTS = "events"
    MODELS = "models"
    EXPERIMENTS = "experiments"
    RULES = "rules"


_QUEUES = {
    RequestKind.EVENTS: Queue.EVENTS,
    RequestKind.MODELS: Queue.DEPLOYMENTS,
    RequestKind.EXPERIMENTS: Queue.EXPERIMENTS,
    RequestKind.RULES: Queue.RULES,
}


@dataclass(frozen=True)
class NamedRequest:
    """A request that may be sent again.

    key_id : of the API key that sent it.
    idempotency_key : chosen by the sender, unique for the API key and kind.
    digest : of what was asked for; says whether a second one is the same.
    """

    kind: RequestKind
    key_id: str
    idempotency_key: str
    digest: str


class KeptAnswer(NamedTuple):
    """answer : what the sender was told, or would have been."""

    digest: str
    answer: dict[str, Any]
    at: datetime


class DoneBefore(Exception):
    """The same request was done before; nothing is done again.

    answer : the one that it had then.
    """

    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer = answer
        super().__init__()


def check_new(connection: Connection, request: NamedRequest | None) -> None:
    """Before a request is done, in its transaction. None is a request that nobody will send again.

    Raises DoneBefore, or OtherBody where the idempotency key was used for another request.
    """
    if request is None:
        return
    done = found(connection, request.kind, [request.idempotency_key])
    if (outcome := done.get((request.key_id, request.idempotency_key))) is not None:
        _raise_done(request, outcome)


def keep(
    connection: Connection, request: NamedRequest | None, answer: Mapping[str, Any], at: datetime
) -> None:
    """After a request was done, in its transaction. Moments in the answer become texts in ISO 8601."""
    if request is not None:
        keep_many(connection, [(request, answer)], at)


def found(
    connection: Connection, kind: RequestKind, idempotency_keys: Collection[str]
) -> dict[tuple[str, str], KeptAnswer]:
    """What was done under these idempotency keys, by (key_id, idempotency_key)."""
    if not idempotency_keys:
        return {}
    rows = connection.execute(
        sa.select(
            *(_COLUMNS[name] for name in ("key_id", "idempotency_key", "digest", "answer", "at"))
        ).where(_COLUMNS.idempotency_key.in_(idempotency_keys), _COLUMNS.kind == kind)
    )
    return {
        (key_id, idempotency_key): KeptAnswer(digest, json.loads(answer), at)
        for key_id, idempotency_key, digest, answer, at in rows
    }


def keep_many(
    connection: Connection, done: Sequence[tuple[NamedRequest, Mapping[str, Any]]], at: datetime
) -> None:
    """Each request with its answer."""
    if done:
        rows = [
            vars(request) | {"answer": json.dumps(answer, default=_text), "at": at}
            for request, answer in done
        ]
        connection.execute(schema.outcomes.insert(), rows)


_ONE = sa.select(_COLUMNS.digest, _COLUMNS.answer, _COLUMNS.at).where(
    *(_COLUMNS[name] == sa.bindparam(name) for name in ("idempotency_key", "key_id", "kind"))
)


def look_up(database: Database, request: NamedRequest) -> None:
    """Whether a request was done before, at this moment: nobody is waited for. Raises as `check_new`."""
    asked = {"kind": request.kind.value, "key_id": request.key_id, "idempotency_key": request.idempotency_key}
    for digest, answer, at in database.read(_ONE, asked):
        _raise_done(request, KeptAnswer(digest, json.loads(answer), moment(at)))


def settled(database: Database, kind: RequestKind, key_id: str, idempotency_key: str) -> KeptAnswer | None:
    """What became of a request whose sender was told that this is unknown; None: nothing, and nothing will.

    Waits for whatever is being committed. Raises StorageUnavailable while that goes on.
    """
    with database.begin(_QUEUES[kind]) as connection:
        return found(connection, kind, [idempotency_key]).get((key_id, idempotency_key))


def prune(database: Database, older_than: timedelta) -> int:
    """Forgets what was done so long before the last request that changed anything. Returns how many there were.

    A request that is sent again after that is a new one.
    """
    ((last,),) = database.read(_LAST, {})
    return 0 if last is None else pruning.delete_before(database, schema.outcomes, moment(last) - older_than)


def _raise_done(request: NamedRequest, outcome: KeptAnswer) -> NoReturn:
    if outcome.digest != request.digest:
        raise other_body(request.idempotency_key)
    raise DoneBefore(outcome.answer)


def other_body(idempotency_key: str) -> OtherBody:
    return OtherBody(
        f"The idempotency key {idempotency_key!r} was already used for another request.",
        cure="Send a new request with a new key; reuse a key only to send the same request again.",
    )


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")  # as the API writes it
    raise TypeError(f"{value!r} is not kept in JSON")
