"""Requests that may be sent again: what was done is not done twice, and its sender can find out how it ended.

request ─▶ done before under its idempotency key? ─▶ done, with the key, in one transaction ─▶ answer
                 └▶ the first answer once more           └▶ no end in sight: 504, and where to ask later
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Header, Query, Request

from stylo.errors import OtherBody, OutcomeUnknown, StorageUnavailable
from stylo.service.problems import ProblemError, outcome_unknown
from stylo.service.routes.common import info_of
from stylo.service.worker import Worker
from stylo.storage import idempotency
from stylo.storage.idempotency import DoneBefore, NamedRequest, RequestKind

_FORM: dict[str, Any] = {"max_length": 200, "pattern": r"^[\x21-\x7e]+$"}
IdempotencyKey = Annotated[
    str | None,
    Header(
        **_FORM,
        description="A name for this request, unique per API key: if sent again, it is done only once.",
    ),
]
AskedFor = Annotated[
    str,
    Query(**_FORM, description="The `Idempotency-Key` of the request.", examples=["order-4711"]),
]
#: Below which a kind of request asks for its outcome.
_PLACES = {
    RequestKind.EVENTS: "/v1/events",
    RequestKind.MODELS: "/v1/admin/models",
    RequestKind.EXPERIMENTS: "/v1/admin/experiments",
    RequestKind.RULES: "/v1/admin/rules",
}
Step = Callable[[NamedRequest], Awaitable[dict[str, Any]]]


async def once(
    request: Request,
    worker: Worker,
    kind: RequestKind,
    idempotency_key: str | None,
    step: Step,
    digest: str | None = None,
) -> dict[str, Any]:
    """What a step answers, with `repeated` unless it says so itself; where it was done before, the first answer.

    step : does what was asked for, and keeps the outcome of the request in the same transaction.
    digest : by which the same request is known; by default it is of its method, its address and its body.

    Raises what the step raises; ProblemError for an idempotency key of another request, and for a step of which it is
    not known how it ended.
    """
    info, root = info_of(request), request.scope.get("root_path", "")
    named = NamedRequest(
        kind,
        info.key_id,
        idempotency_key or uuid.uuid4().hex,  # so that it can be asked for
        digest or _digest(request, root),
    )
    try:
        try:
            return {"repeated": False} | await step(named)
        except ProblemError:
            # What was right when it was done may not be now: the clock, the catalogue, the live version.
            if idempotency_key is not None:
                await look_up(worker, named)
            raise
    except DoneBefore as before:
        return before.answer | {"repeated": True}
    except OtherBody as error:
        why = "This idempotency key was already sent with a different request."
        raise ProblemError(409, why) from error
    except OutcomeUnknown as error:
        query = urlencode({"idempotency_key": named.idempotency_key})
        raise outcome_unknown(f"{root}{_PLACES[kind]}/outcome?{query}") from error


async def look_up(worker: Worker, named: NamedRequest) -> None:
    """Raises DoneBefore, or OtherBody, for a request whose idempotency key was used; StorageUnavailable."""
    await worker.storage.do(lambda: idempotency.look_up(worker.database, named))


async def outcome(
    request: Request,
    worker: Worker,
    kind: RequestKind,
    idempotency_key: str,
    answered: Callable[[dict[str, Any]], dict[str, Any]] = dict,
) -> dict[str, Any]:
    """An `OutcomeResponse`. Raises StorageUnavailable while a commit goes on that may be that of the request.

    answered : from what a step has kept to what its route answers.
    """
    key_id = info_of(request).key_id
    try:
        found = await worker.storage.do(
            lambda: idempotency.settled(worker.database, kind, key_id, idempotency_key)
        )
    except OutcomeUnknown as error:  # of the question, which changes nothing
        raise StorageUnavailable(error.problem, cure=error.cure) from error
    if found is None:
        return {"done": False, "at": None, "answer": None}
    return {"done": True, "at": found.at, "answer": answered(found.answer)}


def _digest(request: Request, root: str) -> str:
    asked = f"{request.method} {request.scope['path'].removeprefix(root)}\n".encode("utf-8", "surrogatepass")
    return hashlib.sha256(asked + info_of(request).body).hexdigest()
