"""Merchandising rules: which are live, and how others are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request

from stylo.deployment.rule_book import RuleBook
from stylo.errors import BadOption, NoPreviousVersion, NotMigrated, Overtaken
from stylo.service.problems import ProblemError, problem_responses
from stylo.service.routes.common import ScopedRoute, WorkerOf, info_of, needs, note
from stylo.service.routes.idempotency import AskedFor, IdempotencyKey, once, outcome
from stylo.service.schemas import (
    OutcomeResponse,
    RulesRequest,
    RulesResponse,
    RulesRollbackRequest,
    RulesStepResponse,
)
from stylo.service.worker import Worker
from stylo.storage import rule_versions
from stylo.storage.idempotency import NamedRequest, RequestKind
from stylo.storage.keys import Scope
from stylo.storage.rule_versions import RulesStep, without_text

ROUTER = APIRouter(
    prefix="/admin/rules", tags=["rules"], dependencies=needs(Scope.ADMIN), route_class=ScopedRoute
)
_HISTORY = 50


@ROUTER.get("", response_model=RulesResponse, responses=problem_responses())
async def rules(worker: WorkerOf) -> dict[str, Any]:
    """The rules that are live, what is to be said of them, and those that were, the newest first."""
    release = worker.release

    def read() -> list[RulesStep]:
        try:
            return rule_versions.history(worker.database, _HISTORY)
        except NotMigrated:
            return []

    history = await worker.storage.do(read)
    found = worker.rules.of(release)
    return {
        "answering": found.version,
        "live": history[0].version if history else None,
        "text": history[0].text if history else "",
        "notes": found.notes(worker.clock.zone.day(worker.now())),
        "history": [without_text(each) for each in history],
    }


@ROUTER.get("/outcome", response_model=OutcomeResponse, responses=problem_responses())
async def outcome_of_rules(request: Request, worker: WorkerOf, idempotency_key: AskedFor) -> dict[str, Any]:
    """What became of a request to set rules or to roll back whose outcome was unknown."""
    return await outcome(request, worker, RequestKind.RULES, idempotency_key)


@ROUTER.post("/set", status_code=201, response_model=RulesStepResponse, responses=problem_responses(409, 504))
async def set_rules(
    request: Request, worker: WorkerOf, asked: RulesRequest, idempotency_key: IdempotencyKey = None
) -> dict[str, Any]:
    """Makes a file of rules the live one. One that names what is not there, or contradicts itself, is refused."""
    who = info_of(request).key_id
    return await _changed(
        request,
        worker,
        idempotency_key,
        lambda book, named: book.set(asked.text, who=who, reason=asked.reason, request=named),
    )


@ROUTER.post(
    "/rollback", status_code=201, response_model=RulesStepResponse, responses=problem_responses(409, 504)
)
async def roll_back_rules(
    request: Request, worker: WorkerOf, asked: RulesRollbackRequest, idempotency_key: IdempotencyKey = None
) -> dict[str, Any]:
    """Makes the rules live again that were before, or those of a version."""
    who = info_of(request).key_id
    return await _changed(
        request,
        worker,
        idempotency_key,
        lambda book, named: book.rollback(who=who, reason=asked.reason, to=asked.version, request=named),
    )


async def _changed(
    request: Request,
    worker: Worker,
    idempotency_key: str | None,
    step: Callable[[RuleBook, NamedRequest], RulesStep],
) -> dict[str, Any]:
    release = worker.release

    async def done(named: NamedRequest) -> dict[str, Any]:
        book = RuleBook(worker.database, release.assortment, worker.settings.data)
        try:
            found = await worker.storage.do(lambda: step(book, named))
        except (NoPreviousVersion, Overtaken) as error:
            raise ProblemError(409, error.problem) from error
        except BadOption as error:
            wrong = [{"where": "body.text", "what": line} for line in error.where.splitlines()]
            raise ProblemError(422, error.problem, errors=wrong) from error
        await worker.live.load_rules()
        note(request, rules_version=found.version, action=found.action.value)
        return without_text(found)

    return await once(request, worker, RequestKind.RULES, idempotency_key, done)
