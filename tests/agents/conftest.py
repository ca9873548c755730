"""Fixtures of the agents: a service that says what a test wants, and a real one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import Server, linked
from stub_service import StubService


@pytest.fixture
def service() -> Iterator[StubService]:
    stub = StubService()
    yield stub
    stub.close()


@pytest.fixture(scope="session")
def shop_server(
    demo_shop: Path, kept_network: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The demo shop's service, with the network that looks at photos."""
    data = linked(demo_shop, tmp_path_factory.mktemp("agents") / "shop")
    shutil.copytree(kept_network, data, copy_function=os.link, dirs_exist_ok=True)
    with Server(data, demo_shop / "images", rate=1e6, patience=60, picture_seconds=1000) as running:
        yield running
