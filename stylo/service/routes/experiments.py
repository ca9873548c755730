"""Experiments: defined, started and stopped; what came of them, `python -m stylo.operations experiments show` tells."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request

from stylo.errors import BadExperiment, ChangedSplit, SlotTaken, UnknownExperiment
from stylo.experiment_book import ExperimentBook
from stylo.recommender import STRATEGIES
from stylo.service.problems import ProblemError, problem_responses
from stylo.service.routes.common import ScopedRoute, WorkerOf, info_of, needs
from stylo.service.routes.idempotency import AskedFor, IdempotencyKey, once, outcome
from stylo.service.schemas import (
    DefinitionRequest,
    ExperimentsResponse,
    ExperimentStepResponse,
    OutcomeResponse,
    ReasonRequest,
)
from stylo.service.worker import Worker
from stylo.storage import experiments
from stylo.storage.experiments import StoredExperiment
from stylo.storage.idempotency import NamedRequest, RequestKind
from stylo.storage.keys import Scope

ROUTER = APIRouter(
    prefix="/admin/experiments",
    tags=["experiments"],
    dependencies=needs(Scope.ADMIN),
    route_class=ScopedRoute,
)
Name = Annotated[
    str, Path(pattern=r"^\w[\w .-]{0,59}$", examples=["more twins"], description="The experiment's name.")
]


@ROUTER.get("", response_model=ExperimentsResponse, responses=problem_responses())
async def listed(worker: WorkerOf) -> dict[str, Any]:
    """All experiments, the oldest first."""
    kept = await worker.storage.do(lambda: experiments.listed(worker.database))
    return {"experiments": [_response(vars(each)) for each in kept]}


@ROUTER.get("/outcome", response_model=OutcomeResponse, responses=problem_responses())
async def outcome_of_step(request: Request, worker: WorkerOf, idempotency_key: AskedFor) -> dict[str, Any]:
    """What became of a request to define, start or stop an experiment whose outcome was unknown."""
    return await outcome(request, worker, RequestKind.EXPERIMENTS, idempotency_key, _response)


@ROUTER.post(
    "/define", status_code=201, response_model=ExperimentStepResponse, responses=problem_responses(409, 504)
)
async def define(
    request: Request, worker: WorkerOf, asked: DefinitionRequest, idempotency_key: IdempotencyKey = None
) -> dict[str, Any]:
    """Keeps a definition; one of the same name takes the place of the old. It does not run yet."""
    text = json.dumps(asked.definition)
    how = _how(request, asked)
    return await _step(
        request, worker, idempotency_key, lambda book, named: book.define(text, **how, request=named)
    )


@ROUTER.post(
    "/{name}/start",
    status_code=201,
    response_model=ExperimentStepResponse,
    responses=problem_responses(404, 409, 504),
)
async def start(
    request: Request,
    worker: WorkerOf,
    name: Name,
    asked: ReasonRequest,
    idempotency_key: IdempotencyKey = None,
) -> dict[str, Any]:
    """Exposes customers to it, in every process within two seconds."""
    how = _how(request, asked)
    return await _step(
        request, worker, idempotency_key, lambda book, named: book.start(name, **how, request=named)
    )


@ROUTER.post(
    "/{name}/stop",
    status_code=201,
    response_model=ExperimentStepResponse,
    responses=problem_responses(404, 409, 504),
)
async def stop(
    request: Request,
    worker: WorkerOf,
    name: Name,
    asked: ReasonRequest,
    idempotency_key: IdempotencyKey = None,
) -> dict[str, Any]:
    """Exposes nobody any more; purchases within the window still count."""
    how = _how(request, asked)
    return await _step(
        request, worker, idempotency_key, lambda book, named: book.stop(name, **how, request=named)
    )


def _how(request: Request, asked: ReasonRequest) -> dict[str, str]:
    return {"who": info_of(request).key_id, "reason": asked.reason}


async def _step(
    request: Request,
    worker: Worker,
    idempotency_key: str | None,
    step: Callable[[ExperimentBook, NamedRequest], StoredExperiment],
) -> dict[str, Any]:
    async def done(named: NamedRequest) -> dict[str, Any]:
        def work() -> StoredExperiment:
            names = [strategy.name for strategy in STRATEGIES]
            return step(ExperimentBook(worker.database, worker.releases.versions(), names), named)

        try:
            return vars(await worker.storage.do(work))
        except UnknownExperiment as error:
            raise ProblemError(404, error.problem) from error
        except (SlotTaken, ChangedSplit) as error:
            raise ProblemError(409, error.problem) from error
        except BadExperiment as error:
            wrong = [{"where": error.where, "what": error.cure}]
            raise ProblemError(422, error.problem, errors=wrong) from error

    return _response(await once(request, worker, RequestKind.EXPERIMENTS, idempotency_key, done))


def _response(kept: dict[str, Any]) -> dict[str, Any]:
    return kept | {"definition": json.loads(kept["definition"])}
