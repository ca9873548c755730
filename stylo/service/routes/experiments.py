"""Experiments: defined, started and stopped; what came of them, `python -m stylo.operations experiments show` tells."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from stylo.errors import BadExperiment, ChangedSplit, SlotTaken, UnknownExperiment
from stylo.experiment_book import ExperimentBook
from stylo.recommender import STRATEGIES
from stylo.service.answers import Reason
from stylo.service.problems import Refused, responses
from stylo.service.routes.common import ScopedRoute, ServiceOf, key_id, needs
from stylo.service.service import Service
from stylo.storage import experiments
from stylo.storage.experiments import Kept
from stylo.storage.keys import Scope

ROUTER = APIRouter(
    prefix="/admin/experiments",
    tags=["experiments"],
    dependencies=needs(Scope.ADMIN),
    route_class=ScopedRoute,
)
_EXAMPLE = {
    "name": "more twins",
    "layer": "ranking",
    "slot": [0.0, 0.5],
    "salt": "2020-09",
    "variants": [
        {"name": "control", "share": 0.5},
        {"name": "twins", "share": 0.5, "settings": {"visual twins": 0.3}},
    ],
    "metric": "conversion",
    "minimum_effect": 0.05,
    "planned_customers": 40000,
}
Name = Annotated[
    str,
    Path(pattern=r"^\w[\w .-]{0,59}$", examples=["more twins"], description="The experiment's name."),
]


class Definition(Reason):
    definition: dict[str, Any] = Field(description="See docs/experiments.md.", examples=[_EXAMPLE])


class ExperimentTold(BaseModel):
    name: str = Field(examples=["more twins"])
    state: str = Field(examples=["running"])
    definition: dict[str, Any]
    defined_at: datetime
    started_at: datetime | None
    stopped_at: datetime | None
    who: str
    reason: str


class ExperimentsTold(BaseModel):
    experiments: list[ExperimentTold]


@ROUTER.get("", response_model=ExperimentsTold, responses=responses())
async def listed(service: ServiceOf) -> dict[str, Any]:
    """All experiments, the oldest first."""
    kept = await service.storage.do(lambda: experiments.listed(service.database))
    return {"experiments": [_told(each) for each in kept]}


@ROUTER.post("/define", status_code=201, response_model=ExperimentTold, responses=responses(409))
async def define(request: Request, service: ServiceOf, asked: Definition) -> dict[str, Any]:
    """Keeps a definition; one of the same name takes the place of the old. It does not run yet."""
    text, who = json.dumps(asked.definition), key_id(request)
    return await _step(service, lambda book: book.define(text, who=who, reason=asked.reason))


@ROUTER.post("/{name}/start", status_code=201, response_model=ExperimentTold, responses=responses(404, 409))
async def start(request: Request, service: ServiceOf, name: Name, asked: Reason) -> dict[str, Any]:
    """Exposes customers to it, in every process within two seconds."""
    who = key_id(request)
    return await _step(service, lambda book: book.start(name, who=who, reason=asked.reason))


@ROUTER.post("/{name}/stop", status_code=201, response_model=ExperimentTold, responses=responses(404, 409))
async def stop(request: Request, service: ServiceOf, name: Name, asked: Reason) -> dict[str, Any]:
    """Exposes nobody any more; purchases within the window still count."""
    who = key_id(request)
    return await _step(service, lambda book: book.stop(name, who=who, reason=asked.reason))


async def _step(service: Service, step: Any) -> dict[str, Any]:
    def work() -> Kept:
        names = [strategy.name for strategy in STRATEGIES]
        kept: Kept = step(ExperimentBook(service.database, service.releases.versions(), names))
        return kept

    try:
        return _told(await service.storage.do(work))
    except UnknownExperiment as error:
        raise Refused(404, error.problem) from error
    except (SlotTaken, ChangedSplit) as error:
        raise Refused(409, error.problem) from error
    except BadExperiment as error:
        raise Refused(422, error.problem, errors=[{"where": error.where, "what": error.cure}]) from error


def _told(kept: Kept) -> dict[str, Any]:
    return {**vars(kept), "state": kept.state.value, "definition": json.loads(kept.definition)}
