"""What customers do: on disk before it is answered, and known to their next recommendation."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from itertools import repeat
from typing import Any

from fastapi import APIRouter, Request

from stylo.service.identifiers import articles_of, customers_of
from stylo.service.problems import ProblemError, problem_responses
from stylo.service.routes.common import ScopedRoute, WorkerOf, info_of, needs, note
from stylo.service.routes.idempotency import AskedFor, IdempotencyKey, once, outcome
from stylo.service.schemas import EventRequest, EventsRequest, EventsResponse, OutcomeResponse
from stylo.storage.events import CustomerEvent, Submission
from stylo.storage.idempotency import NamedRequest, RequestKind
from stylo.storage.keys import Scope

ROUTER = APIRouter(tags=["events"], route_class=ScopedRoute)
# Clocks of two machines differ a little.
_AHEAD = timedelta(minutes=5)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


@ROUTER.post(
    "/events",
    status_code=201,
    dependencies=needs(Scope.EVENTS),
    responses=problem_responses(404, 409, 504),
    response_model=EventsResponse,
)
async def events(
    request: Request, worker: WorkerOf, posted: EventsRequest, idempotency_key: IdempotencyKey = None
) -> dict[str, Any]:
    """Stores what customers did: all of a request or none.

    Answered when they are on disk. After an answer that did not arrive, or 504, send the same request with the same
    `Idempotency-Key` again.
    """
    release, info = worker.release, info_of(request)
    note(request, model_version=release.version, events=len(posted.events))

    async def store(named: NamedRequest) -> dict[str, Any]:
        now = worker.now()
        _check_times(posted.events, now)
        articles = articles_of(
            release,
            ((f"body.events.{n}.article_id", each.article_id) for n, each in enumerate(posted.events)),
            known_only=not worker.settings.new_articles,
            unknown_detail="An article is not in the catalogue; nothing was stored.",
        )
        customers = customers_of(
            release,
            [(f"body.events.{n}.customer_id", each.customer_id) for n, each in enumerate(posted.events)],
        )
        receipt = await worker.event_writer.store(
            Submission(
                key_id=named.key_id,
                events=tuple(map(_event, posted.events, customers, articles, repeat(now))),
                received_at=datetime.now(UTC),
                idempotency_key=named.idempotency_key,
                digest=named.digest,
            )
        )
        return {"first": receipt.first, "last": receipt.last, "repeated": receipt.repeated}

    digest = hashlib.sha256(info.body).hexdigest()
    return _receipt(await once(request, worker, RequestKind.EVENTS, idempotency_key, store, digest))


@ROUTER.get(
    "/events/outcome",
    dependencies=needs(Scope.EVENTS),
    responses=problem_responses(),
    response_model=OutcomeResponse,
)
async def outcome_of_events(request: Request, worker: WorkerOf, idempotency_key: AskedFor) -> dict[str, Any]:
    """What became of a request to store events whose outcome was unknown."""
    return await outcome(request, worker, RequestKind.EVENTS, idempotency_key, _receipt)


def _check_times(posted: list[EventRequest], now: datetime) -> None:
    """Raises ProblemError for events of the future."""
    late = [
        {"where": f"body.events.{n}.at", "what": f"{each.at.isoformat()}; it is {now.isoformat()}"}
        for n, each in enumerate(posted)
        if each.at is not None and not _EARLIEST <= each.at <= now + _AHEAD
    ]
    if late:
        raise ProblemError(
            422, "An event is in the future or too far in the past; nothing was stored.", errors=late
        )


def _event(posted: EventRequest, customer_id: str, article: int, now: datetime) -> CustomerEvent:
    return CustomerEvent(
        customer_id=customer_id,
        kind=posted.kind,
        article=article,
        at=(posted.at or now).astimezone(UTC),
        price=posted.price,
        channel=posted.channel,
    )


def _receipt(kept: dict[str, Any]) -> dict[str, Any]:
    return kept | {"stored": kept["last"] - kept["first"] + 1}
