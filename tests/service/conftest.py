"""Fixtures of the service: a shop to serve, and the application without a server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from in_process import asking
from serving import linked
from starlette.testclient import TestClient

from stylo.service.settings import ServiceSettings


@pytest.fixture
def shop(demo_shop: Path, tmp_path: Path) -> Path:
    """The demo shop's data folder, of one's own."""
    return linked(demo_shop, tmp_path / "shop")


@pytest.fixture(scope="module")
def settings(demo_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> ServiceSettings:
    data = linked(demo_shop, tmp_path_factory.mktemp("served") / "shop")
    return ServiceSettings(data=data, images=demo_shop / "images", rate=1e6)


@pytest.fixture(scope="module")
def client(settings: ServiceSettings) -> Iterator[TestClient]:
    """Asks the application with a key of every scope."""
    with asking(settings) as client:
        yield client


@pytest.fixture(scope="session")
def customers(demo_shop: Path) -> list[str]:
    """Ids of customers who have bought, the most active first."""
    bought = pl.read_parquet(demo_shop / "transactions.parquet" / "*.parquet").group_by("customer").len()
    names = pl.read_parquet(demo_shop / "customers.parquet").select("customer", "customer_id")
    order = bought.join(names, on="customer").sort("len", "customer", descending=[True, False])
    return order["customer_id"].to_list()


@pytest.fixture(scope="session")
def article_ids(demo_shop: Path) -> list[str]:
    return pl.read_parquet(demo_shop / "articles.parquet")["article_id"].to_list()
