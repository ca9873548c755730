"""Versions of the model: which are there, which is live, and how another one is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request

from stylo.deployment.control_plane import ControlPlane, held_lines
from stylo.errors import BadOption, NoPreviousVersion, Overtaken, StyloError
from stylo.service.problems import ProblemError, problem_responses
from stylo.service.routes.common import ScopedRoute, WorkerOf, info_of, needs, note
from stylo.service.routes.idempotency import AskedFor, IdempotencyKey, look_up, once, outcome
from stylo.service.schemas import (
    ActivationRequest,
    DeployedResponse,
    ModelsResponse,
    OutcomeResponse,
    ReasonRequest,
)
from stylo.service.worker import Worker
from stylo.storage import deployments
from stylo.storage.deployments import Action, Deployment
from stylo.storage.idempotency import NamedRequest, RequestKind
from stylo.storage.keys import Scope

ROUTER = APIRouter(
    prefix="/admin/models", tags=["models"], dependencies=needs(Scope.ADMIN), route_class=ScopedRoute
)
_HISTORY = 50


@ROUTER.get("", response_model=ModelsResponse, responses=problem_responses())
async def models(worker: WorkerOf) -> dict[str, Any]:
    """Versions that are there, and the history of those that were live, the newest first."""
    history = await worker.storage.do(lambda: deployments.history(worker.database, _HISTORY))
    return {
        "answering": worker.live.loaded.version if worker.live.loaded else None,
        "live": history[0].version if history else None,
        "held": next(iter(held_lines(deployments.decide(history))), None),
        "versions": await worker.in_thread(worker.releases.versions),
        "history": [vars(each) for each in history],
    }


@ROUTER.get("/outcome", response_model=OutcomeResponse, responses=problem_responses())
async def outcome_of_deployment(
    request: Request, worker: WorkerOf, idempotency_key: AskedFor
) -> dict[str, Any]:
    """What became of a request to publish, activate, roll back, hold or unhold whose outcome was unknown."""
    return await outcome(request, worker, RequestKind.MODELS, idempotency_key)


@ROUTER.post(
    "/publish", status_code=201, response_model=DeployedResponse, responses=problem_responses(409, 504)
)
async def publish(
    request: Request, worker: WorkerOf, asked: ReasonRequest, idempotency_key: IdempotencyKey = None
) -> dict[str, Any]:
    """Takes up what `final.py` has left in the data folder: published, checked, live."""
    folder, who = worker.settings.state_folder.data_folder, info_of(request).key_id

    async def step(named: NamedRequest) -> dict[str, Any]:
        await look_up(worker, named)  # the data folder may hold another model by now
        try:
            version = await worker.in_thread(lambda: worker.releases.publish(folder))
        except StyloError as error:
            why = f"The contents of the data folder cannot be served: {type(error).__name__}."
            raise ProblemError(409, why) from error
        return await _deployed(
            request,
            worker,
            lambda control: control.promote(
                version, who=who, reason=asked.reason, action=Action.PUBLISH, request=named
            ),
        )

    return await once(request, worker, RequestKind.MODELS, idempotency_key, step)


@ROUTER.post(
    "/activate", status_code=201, response_model=DeployedResponse, responses=problem_responses(404, 409, 504)
)
async def activate(
    request: Request, worker: WorkerOf, asked: ActivationRequest, idempotency_key: IdempotencyKey = None
) -> dict[str, Any]:
    """Makes a version the live one. It is checked byte by byte first; the old one answers until it is loaded."""
    who = info_of(request).key_id
    return await _deploy(
        request,
        worker,
        idempotency_key,
        lambda control, named: control.promote(asked.version, who=who, reason=asked.reason, request=named),
    )


@ROUTER.post(
    "/rollback", status_code=201, response_model=DeployedResponse, responses=problem_responses(404, 409, 504)
)
async def rollback(
    request: Request, worker: WorkerOf, asked: ReasonRequest, idempotency_key: IdempotencyKey = None
) -> dict[str, Any]:
    """Goes back to the last version that was live before and was not rolled back itself."""
    who = info_of(request).key_id
    return await _deploy(
        request,
        worker,
        idempotency_key,
        lambda control, named: control.rollback(who=who, reason=asked.reason, request=named),
    )


@ROUTER.post(
    "/hold", status_code=201, response_model=DeployedResponse, responses=problem_responses(404, 409, 504)
)
async def hold(
    request: Request, worker: WorkerOf, asked: ReasonRequest, idempotency_key: IdempotencyKey = None
) -> dict[str, Any]:
    """Keeps the live version: retraining and a restart leave it live."""
    who = info_of(request).key_id
    return await _deploy(
        request,
        worker,
        idempotency_key,
        lambda control, named: control.hold(who=who, reason=asked.reason, request=named),
    )


@ROUTER.post(
    "/unhold", status_code=201, response_model=DeployedResponse, responses=problem_responses(404, 409, 504)
)
async def unhold(
    request: Request, worker: WorkerOf, asked: ReasonRequest, idempotency_key: IdempotencyKey = None
) -> dict[str, Any]:
    """Lets retraining and a restart replace the live version again."""
    who = info_of(request).key_id
    return await _deploy(
        request,
        worker,
        idempotency_key,
        lambda control, named: control.unhold(who=who, reason=asked.reason, request=named),
    )


async def _deploy(
    request: Request,
    worker: Worker,
    idempotency_key: str | None,
    step: Callable[[ControlPlane, NamedRequest], Deployment],
) -> dict[str, Any]:
    async def done(named: NamedRequest) -> dict[str, Any]:
        return await _deployed(request, worker, lambda control: step(control, named))

    return await once(request, worker, RequestKind.MODELS, idempotency_key, done)


async def _deployed(
    request: Request, worker: Worker, step: Callable[[ControlPlane], Deployment]
) -> dict[str, Any]:
    try:
        deployed = await worker.live.deploy(step)
    except (NoPreviousVersion, Overtaken) as error:
        raise ProblemError(409, error.problem) from error
    except BadOption as error:
        raise ProblemError(404, error.problem) from error
    note(request, model_version=deployed.version, action=deployed.action.value)
    return vars(deployed)
