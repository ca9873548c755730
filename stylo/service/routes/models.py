"""Versions of the model: which are there, which is live, and how another one is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request

from stylo.errors import BadOption, StorageUnavailable, StyloError
from stylo.service.answers import Activation, Deployed, Models, Reason
from stylo.service.logs import without_folders
from stylo.service.problems import Refused, responses
from stylo.service.routes.common import ScopedRoute, ServiceOf, key_id, needs, note
from stylo.service.service import Service
from stylo.storage import deployments
from stylo.storage.deployments import Action, Deployment
from stylo.storage.keys import Scope
from stylo.tables.folder import DataFolder

ROUTER = APIRouter(
    prefix="/admin/models", tags=["models"], dependencies=needs(Scope.ADMIN), route_class=ScopedRoute
)
_HISTORY = 50


@ROUTER.get("", response_model=Models, responses=responses())
async def models(service: ServiceOf) -> dict[str, Any]:
    """Versions that are there, and the history of those that were live, the newest first."""
    history = await service.storage.do(lambda: deployments.history(service.database, _HISTORY))
    return {
        "answering": service.loaded.version if service.loaded else None,
        "live": history[0].version if history else None,
        "versions": await service.in_thread(service.releases.versions),
        "history": [vars(each) for each in history],
    }


@ROUTER.post("/publish", status_code=201, response_model=Deployed, responses=responses(409))
async def publish(request: Request, service: ServiceOf, asked: Reason) -> dict[str, Any]:
    """Takes up what `final.py` has left in the data folder: published, checked, live."""
    folder = DataFolder(service.settings.data)
    try:
        version = await service.in_thread(lambda: service.releases.publish(folder))
    except StyloError as error:
        raise Refused(
            409, f"What lies in the data folder cannot be served: {type(error).__name__}."
        ) from error
    return await _activate(request, service, version, Action.PUBLISH, asked.reason)


@ROUTER.post("/activate", status_code=201, response_model=Deployed, responses=responses(404, 409))
async def activate(request: Request, service: ServiceOf, asked: Activation) -> dict[str, Any]:
    """Makes a version the live one. It is checked byte by byte first; the old one answers until it is loaded."""
    return await _activate(request, service, asked.version, Action.ACTIVATE, asked.reason)


@ROUTER.post("/rollback", status_code=201, response_model=Deployed, responses=responses(404, 409))
async def rollback(request: Request, service: ServiceOf, asked: Reason) -> dict[str, Any]:
    """Goes back to the version that was live before."""
    live = await service.storage.do(lambda: deployments.live(service.database))
    if live is None or live.previous is None:
        raise Refused(409, "No version was live before this one.")
    return await _activate(request, service, live.previous, Action.ROLLBACK, asked.reason)


async def _activate(
    request: Request, service: Service, version: str, action: Action, reason: str
) -> dict[str, Any]:
    who, now = key_id(request), datetime.now(UTC)

    def record() -> Deployment:
        why = reason or "no reason given"
        return deployments.record(service.database, version, action, who=who, reason=why, now=now)

    try:
        deployed = await service.deploy(version, record)
    except BadOption as error:
        raise Refused(404, error.problem) from error
    except StorageUnavailable:
        raise
    except StyloError as error:
        problem = without_folders(error.problem)
        raise Refused(409, f"Version {version} is damaged; the old one stays: {problem}") from error
    note(request, model_version=version, action=action.value)
    return vars(deployed)
