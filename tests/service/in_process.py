"""The application without a server, and someone who asks it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from serving import token
from starlette.testclient import TestClient

from stylo.service.app import application, releases_of
from stylo.service.service import Service
from stylo.service.serving import prepare
from stylo.service.settings import Settings
from stylo.storage.database import Database
from stylo.storage.keys import Scope


@contextmanager
def asking(settings: Settings, *scopes: Scope, **key: object) -> Iterator[TestClient]:
    """Asks the application of some settings with a key of these scopes, or of every one."""
    database = Database.open(settings.database_url)
    prepare(settings, database)
    app = application(settings, database, releases_of(settings))
    headers = {"authorization": f"Bearer {token(settings.database_url, *scopes, **key)}"}
    with TestClient(app, headers=headers, raise_server_exceptions=False) as client:
        yield client


def service_of(client: Any) -> Service:
    """The service behind a client."""
    return client.app.state.service
