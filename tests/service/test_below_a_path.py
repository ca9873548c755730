"""The service below a path of somebody's site, behind a proxy that strips the path and one that passes it on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import pytest
from helpers import REPOSITORY
from hypothesis import given
from hypothesis import strategies as st
from in_process import asking
from proxies import proxied
from pydantic import ValidationError
from serving import Server, linked
from starlette.testclient import TestClient

from stylo.service.client import Client
from stylo.service.middleware import mounted_below
from stylo.service.settings import ServiceSettings

ROOT = "/our/shop"


@pytest.fixture(scope="module")
def settings(demo_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> ServiceSettings:
    data = linked(demo_shop, tmp_path_factory.mktemp("below") / "shop")
    return ServiceSettings(
        data=data, images=demo_shop / "images", rate=1e6, root_path=ROOT, largest_body=1000
    )


@pytest.fixture(scope="module")
def client(settings: ServiceSettings) -> Iterator[TestClient]:
    with asking(settings) as client:
        yield client


@pytest.fixture(params=[ROOT, ""], ids=["passed on", "stripped"])
def path(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize(
    "address", ["/health/live", "/health/ready", "/version", "/metrics", "/openapi.json"]
)
def test_what_needs_no_key_needs_none(client: TestClient, path: str, address: str) -> None:
    assert client.get(path + address, headers={"authorization": ""}).status_code == 200


@pytest.mark.parametrize("address", ["/v1/articles", "/v1/admin/models", "/v1/nothing"])
def test_what_needs_a_key_needs_one(client: TestClient, path: str, address: str) -> None:
    assert client.get(path + address, headers={"authorization": ""}).status_code == 401


def test_the_rest_is_answered_as_at_the_root(client: TestClient, path: str, article_ids: list[str]) -> None:
    assert client.get(f"{path}/v1/articles/{article_ids[0]}").json()["article_id"] == article_ids[0]
    assert client.get(f"{path}/v1/nothing").status_code == 404
    assert client.get(f"{path}{ROOT}/v1/articles").status_code == (200 if not path else 404)
    assert client.get(path or "/").status_code == 404


def test_a_picture_may_be_larger_than_other_bodies(client: TestClient, path: str) -> None:
    kind = {"content-type": "image/jpeg"}
    assert client.post(f"{path}/v1/visual-search", content=b"x" * 2000, headers=kind).status_code == 422
    assert client.post(f"{path}/v1/events", content=b"x" * 2000).status_code == 413


def test_the_description_and_redirects_name_the_path(client: TestClient, path: str) -> None:
    assert client.get(f"{path}/openapi.json").json()["servers"] == [{"url": ROOT}]
    led = client.get(f"{path}/v1/articles/?q=a", follow_redirects=False)
    assert (led.status_code, led.headers["location"]) == (307, f"{ROOT}/v1/articles?q=a")


def test_a_metric_is_named_by_its_route(client: TestClient, path: str) -> None:
    client.get(f"{path}/v1/articles")
    assert ROOT not in client.get(f"{path}/metrics").text


def test_without_a_path_the_description_names_no_server(demo_shop: Path, tmp_path: Path) -> None:
    with asking(
        ServiceSettings(data=linked(demo_shop, tmp_path / "shop"), images=demo_shop / "images")
    ) as client:
        assert "servers" not in client.get("/openapi.json").json()


_PATHS = st.lists(st.text("ab.~_-", min_size=1, max_size=3), max_size=3).map(
    lambda parts: "/" + "/".join(parts)
)


@given(_PATHS.filter(lambda root: root != "/"), _PATHS)
def test_the_path_is_there_once_whoever_stripped_it(root: str, address: str) -> None:
    passed = mounted_below({"type": "http", "path": root + address}, root)
    assert (passed["root_path"], passed["path"]) == (root, root + address)
    if address != root and not address.startswith(f"{root}/"):
        assert mounted_below({"type": "http", "path": address}, root) == passed
    mounted = mounted_below({"type": "http", "path": "/mount" + address, "root_path": "/mount"}, root)
    assert mounted == mounted_below({"type": "http", "path": address}, root)


@pytest.mark.parametrize(
    ("said", "meant"),
    [("", ""), ("/", ""), ("shop", "/shop"), ("/our//shop/", "/our/shop"), ("/a.b~c", "/a.b~c")],
)
def test_slashes_around_a_path_do_not_matter(said: str, meant: str) -> None:
    assert ServiceSettings(root_path=said).root_path == meant


@pytest.mark.parametrize(
    "said", ["/v1", "health/x", "/version", "/metrics", "/a b", "/a?b", "/{x}", "https://a.b/c"]
)
def test_a_path_that_cannot_be_told_from_an_address_is_refused(said: str) -> None:
    with pytest.raises(ValidationError):
        ServiceSettings(root_path=said)


def test_the_client_asks_below_the_path_through_either_proxy(
    demo_shop: Path, tmp_path: Path, customers: list[str]
) -> None:
    with Server(linked(demo_shop, tmp_path / "shop"), demo_shop / "images", root_path="shop") as server:
        for strips in (True, False):
            with (
                proxied(server.address, "/shop", strips=strips) as site,
                Client(site, server.token) as client,
            ):
                assert client.ready()["ready"]
                found = client.search("a", limit=1)["articles"][0]
                assert client.thumbnail(found["article_id"]).startswith(b"\xff\xd8")
                assert len(client.recommendations(customers[0], k=3)["recommendations"]) == 3
                assert documented(site, server.token, customers[0], found["article_id"])


def documented(site: str, key: str, customer: str, article_id: str) -> str:
    """Runs the example of the documentation; gives what it prints."""
    text = (REPOSITORY / "docs" / "service.md").read_text().split("## From Python")[1]
    code = text.split("```python\n")[1].split("```")[0]
    code = code.replace("http://127.0.0.1:8000", site).replace("0441480001", article_id)
    environment = patch.dict(os.environ, {"KEY": key, "CUSTOMER": customer})
    with redirect_stdout(StringIO()) as said, environment:
        exec(code, {})
    return said.getvalue()
