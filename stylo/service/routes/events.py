"""What customers do: on disk before it is answered, and known to their next recommendation."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Header, Request

from stylo.deployment.release import Release
from stylo.errors import OtherBody
from stylo.service.problems import ProblemError, problem_responses
from stylo.service.routes.common import ScopedRoute, WorkerOf, info_of, needs, note
from stylo.service.schemas import EventRequest, EventsRequest, EventsResponse
from stylo.storage.events import CustomerEvent, Submission
from stylo.storage.keys import Scope
from stylo.tables.ids import article_number

ROUTER = APIRouter(tags=["events"], route_class=ScopedRoute)
# Clocks of two machines differ a little.
_AHEAD = timedelta(minutes=5)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LONGEST_KEY = 200


@ROUTER.post(
    "/events",
    status_code=201,
    dependencies=needs(Scope.EVENTS),
    responses=problem_responses(404, 409),
    response_model=EventsResponse,
)
async def events(
    request: Request,
    worker: WorkerOf,
    posted: EventsRequest,
    idempotency_key: Annotated[
        str | None,
        Header(
            max_length=_LONGEST_KEY,
            pattern=r"^[\x21-\x7e]+$",
            description="A name for this request, unique per key: if sent again, it is stored only once.",
        ),
    ] = None,
) -> dict[str, Any]:
    """Stores purchases, views and clicks: all of a request or none.

    Answered when they are on disk. After an answer that did not arrive, send the same request with the same
    `Idempotency-Key` again.
    """
    release, now, info = worker.release, worker.now(), info_of(request)
    note(request, model_version=release.version, events=len(posted.events))
    _check(release, posted.events, now, known_only=not worker.settings.new_articles)
    submission = Submission(
        key_id=info.key_id,
        events=tuple(_event(each, now) for each in posted.events),
        received_at=datetime.now(UTC),
        idempotency_key=idempotency_key,
        digest=hashlib.sha256(info.body).hexdigest(),
    )
    try:
        receipt = await worker.event_writer.store(submission)
    except OtherBody as error:
        raise ProblemError(409, "This idempotency key was already sent with a different body.") from error
    return {
        "stored": receipt.count,
        "first": receipt.first,
        "last": receipt.last,
        "repeated": receipt.repeated,
    }


def _check(release: Release, posted: list[EventRequest], now: datetime, *, known_only: bool) -> None:
    """Raises ProblemError for events of the future, and for articles that are not in the catalogue."""
    late = [
        {"where": f"body.events.{n}.at", "what": f"{each.at.isoformat()}; it is {now.isoformat()}"}
        for n, each in enumerate(posted)
        if each.at is not None and not _EARLIEST <= each.at <= now + _AHEAD
    ]
    if late:
        raise ProblemError(
            422, "An event is in the future or too far in the past; nothing was stored.", errors=late
        )
    if not known_only:
        return
    places = release.assortment.places(np.array([article_number(each.article_id) for each in posted]))
    unknown = [
        {"where": f"body.events.{n}.article_id", "what": f"There is no article {posted[n].article_id}."}
        for n in np.flatnonzero(places < 0).tolist()
    ]
    if unknown:
        raise ProblemError(404, "An article is not in the catalogue; nothing was stored.", errors=unknown)


def _event(posted: EventRequest, now: datetime) -> CustomerEvent:
    return CustomerEvent(
        customer_id=posted.customer_id,
        kind=posted.kind,
        article=article_number(posted.article_id),
        at=(posted.at or now).astimezone(UTC),
        price=posted.price,
        channel=posted.channel,
    )
