"""The application without a server, and someone who asks it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from serving import token
from starlette.testclient import TestClient

from stylo.deployment.releases import Releases
from stylo.service.app import application
from stylo.service.server import prepare
from stylo.service.settings import ServiceSettings
from stylo.service.worker import Worker
from stylo.storage.database import Database
from stylo.storage.keys import Scope


@contextmanager
def asking(settings: ServiceSettings, *scopes: Scope, **key: object) -> Iterator[TestClient]:
    """Asks the application of some settings with a key of these scopes, or of every one."""
    database = Database.open(settings.state_folder.database_url)
    prepare(settings, database)
    app = application(settings, database, Releases.of(settings.state_folder, settings.images))
    headers = {"authorization": f"Bearer {token(settings.state_folder.database_url, *scopes, **key)}"}
    with TestClient(app, headers=headers, raise_server_exceptions=False) as client:
        yield client


def worker_of(client: Any) -> Worker:
    """The worker behind a client."""
    return client.app.state.worker
