"""Experiments: defined, started and stopped; what came of them, `python -m stylo.operations experiments show` tells."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request

from stylo.errors import BadExperiment, ChangedSplit, SlotTaken, UnknownExperiment
from stylo.experiment_book import ExperimentBook
from stylo.recommender import STRATEGIES
from stylo.service.problems import ProblemError, problem_responses
from stylo.service.routes.common import ScopedRoute, WorkerOf, info_of, needs
from stylo.service.schemas import DefinitionRequest, ExperimentResponse, ExperimentsResponse, ReasonRequest
from stylo.service.worker import Worker
from stylo.storage import experiments
from stylo.storage.experiments import StoredExperiment
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
    return {"experiments": [_response(each) for each in kept]}


@ROUTER.post("/define", status_code=201, response_model=ExperimentResponse, responses=problem_responses(409))
async def define(request: Request, worker: WorkerOf, asked: DefinitionRequest) -> dict[str, Any]:
    """Keeps a definition; one of the same name takes the place of the old. It does not run yet."""
    text, who = json.dumps(asked.definition), info_of(request).key_id
    return await _step(worker, lambda book: book.define(text, who=who, reason=asked.reason))


@ROUTER.post(
    "/{name}/start", status_code=201, response_model=ExperimentResponse, responses=problem_responses(404, 409)
)
async def start(request: Request, worker: WorkerOf, name: Name, asked: ReasonRequest) -> dict[str, Any]:
    """Exposes customers to it, in every process within two seconds."""
    who = info_of(request).key_id
    return await _step(worker, lambda book: book.start(name, who=who, reason=asked.reason))


@ROUTER.post(
    "/{name}/stop", status_code=201, response_model=ExperimentResponse, responses=problem_responses(404, 409)
)
async def stop(request: Request, worker: WorkerOf, name: Name, asked: ReasonRequest) -> dict[str, Any]:
    """Exposes nobody any more; purchases within the window still count."""
    who = info_of(request).key_id
    return await _step(worker, lambda book: book.stop(name, who=who, reason=asked.reason))


async def _step(worker: Worker, step: Any) -> dict[str, Any]:
    def work() -> StoredExperiment:
        names = [strategy.name for strategy in STRATEGIES]
        kept: StoredExperiment = step(ExperimentBook(worker.database, worker.releases.versions(), names))
        return kept

    try:
        return _response(await worker.storage.do(work))
    except UnknownExperiment as error:
        raise ProblemError(404, error.problem) from error
    except (SlotTaken, ChangedSplit) as error:
        raise ProblemError(409, error.problem) from error
    except BadExperiment as error:
        raise ProblemError(422, error.problem, errors=[{"where": error.where, "what": error.cure}]) from error


def _response(kept: StoredExperiment) -> dict[str, Any]:
    return {**vars(kept), "state": kept.state.value, "definition": json.loads(kept.definition)}
