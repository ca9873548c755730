"""Agents and a real service, from end to end: the protocol's client, `stylo mcp`, HTTP, the demo shop."""

from __future__ import annotations

import base64
import sys
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import uvicorn
from agent_calls import data_of, over_http, pictures_of, refusal_of, with_client
from helpers import REPOSITORY, customer
from mcp import StdioServerParameters
from PIL import Image
from serving import Server, free_port, token, until
from shell_examples import blocks

from stylo.agents.access import ShopAccess
from stylo.agents.server import agent_server
from stylo.agents.tool_list import all_tools
from stylo.agents.transports import http_application
from stylo.service.client import Client, Event
from stylo.storage.keys import Scope

STYLO = ("-c", "from stylo.cli import main; main()", "mcp")


@pytest.fixture(scope="module")
def shopper(demo_shop: Path) -> str:
    """The customer who bought most often."""
    bought = pl.read_parquet(demo_shop / "transactions.parquet" / "*.parquet").group_by("customer").len()
    names = pl.read_parquet(demo_shop / "customers.parquet").select("customer", "customer_id")
    order = bought.join(names, on="customer").sort("len", "customer", descending=[True, False])
    return str(order["customer_id"][0])


@pytest.fixture(scope="module")
def host(shop_server: Server, demo_shop: Path) -> StdioServerParameters:
    """What a host of agents would start, with a key that may read and nothing else."""
    key = token(shop_server.database, Scope.READ)
    return StdioServerParameters(
        command=sys.executable,
        args=[*STYLO, "--photos", str(demo_shop / "images")],
        env={
            "STYLO_MCP_SERVICE": shop_server.address,
            "STYLO_MCP_KEY": key,
            "PYTHONPATH": str(REPOSITORY),
        },
        cwd=REPOSITORY,
    )


def test_an_agent_finds_an_article_its_look_alikes_and_why_it_is_recommended(
    host: StdioServerParameters, shop_server: Server, demo_shop: Path, shopper: str
) -> None:
    with Client(shop_server.address, shop_server.token, timeout=60) as shop:
        expected = shop.search("dress", limit=3)
        picks = shop.recommendations(shopper, 4, explain=True)
        alike = shop.similar(expected["articles"][0]["article_id"], by="visual", k=2, same_product=False)
    article = expected["articles"][0]["article_id"]

    async def work(agent: Any) -> None:
        found = data_of(await agent.call_tool("search_articles", {"query": "dress", "limit": 3}))
        assert found["found"] == expected["found"]
        assert [each["article_id"] for each in found["articles"]] == [
            each["article_id"] for each in expected["articles"]
        ]
        labels = data_of(await agent.call_tool("list_labels", {}))["labels"]
        assert set(labels) >= {"section", "product_type", "colour", "pattern", "season"}
        shown = await agent.call_tool("get_article", {"article_id": article})
        assert data_of(shown)["name"] == expected["articles"][0]["name"]
        (picture,) = pictures_of(shown)
        assert Image.open(BytesIO(base64.b64decode(picture.data))).format == "JPEG"
        near = data_of(await agent.call_tool("similar_articles", {"article_id": article, "limit": 2}))
        assert [each["article_id"] for each in near["articles"]] == [
            each["article_id"] for each in alike["articles"]
        ]
        photo = {"path": f"{article[:3]}/{article}.jpg", "limit": 3, "photos": 1}
        of_photo = await agent.call_tool("similar_to_photo", photo)
        assert len(data_of(of_photo)["articles"]) == 3
        assert len(pictures_of(of_photo)) == 1
        given = data_of(await agent.call_tool("recommend", {"customer_id": shopper, "limit": 4}))
        assert [each["article_id"] for each in given["articles"]] == [
            each["article_id"] for each in picks["recommendations"]
        ]
        assert given["articles"][0]["why"] == (picks["recommendations"][0]["why"] or {})["sentence"]
        asked = {"customer_id": shopper, "article_id": given["articles"][0]["article_id"]}
        explained = data_of(await agent.call_tool("explain_recommendation", asked))
        assert (explained["recommended"], explained["rank"]) == (True, 1)
        assert explained["reason"] == given["articles"][0]["why"]
        assert explained["features"] and explained["proposed_by"]

    with_client(host, work)


def test_an_agent_composes_an_outfit_and_recommends_to_a_stranger(
    host: StdioServerParameters, shop_server: Server, demo_shop: Path
) -> None:
    types = pl.read_parquet(demo_shop / "articles.parquet").select("article_id", "product_type_name")
    trousers = types.filter(pl.col("product_type_name") == "Trousers")["article_id"].min()
    with Client(shop_server.address, shop_server.token, timeout=60) as shop:
        worn = shop.outfit(trousers, alternatives=2)
        asked = {"age": 25, "seed_articles": [trousers], "exclude": [worn["slots"][0]["article_id"]]}
        picks = shop.recommendations_for_anybody(4, diversity=0.5, **asked)

    async def work(agent: Any) -> None:
        found = data_of(await agent.call_tool("compose_outfit", {"article_id": trousers, "alternatives": 2}))
        assert [(each["slot"], each["article"]["article_id"]) for each in found["slots"]] == [
            (each["slot"], each["article_id"]) for each in worn["slots"]
        ]
        given = data_of(await agent.call_tool("recommend", {"limit": 4, "diversity": 0.5, **asked}))
        assert [each["article_id"] for each in given["articles"]] == [
            each["article_id"] for each in picks["recommendations"]
        ]
        assert not {trousers, *asked["exclude"]} & {each["article_id"] for each in given["articles"]}

    with_client(host, work)


def test_what_a_real_service_refuses_reaches_the_agent_in_words(
    host: StdioServerParameters, shopper: str
) -> None:
    async def work(agent: Any) -> None:
        async def refused(tool: str, **arguments: object) -> str:
            return refusal_of(await agent.call_tool(tool, arguments))

        assert "There is no article 0999999999" in await refused("get_article", article_id="0999999999")
        assert "article_id" in await refused("get_article", article_id="a dress")
        assert "This customer is unknown" in await refused("recommend", customer_id=customer(77_777))
        assert "customer_id" in await refused("recommend", customer_id="Anna")
        assert "in the future" in await refused("recommend", customer_id=shopper, as_of="2999-01-01")
        assert "Blak" in await refused("recommend", customer_id=shopper, colour=["Blak"])
        assert "Blak" in await refused("similar_to_photo", photo_base64=png(8, 8), colour=["Blak"])
        spoilt = base64.b64encode(b"\xff\xd8\xff not a photo").decode()
        assert "cannot be read" in await refused("similar_to_photo", photo_base64=spoilt)
        ignored = data_of(await agent.call_tool("search_articles", {"query": "dress", "colour": ["Blak"]}))
        assert ignored["not_understood"] == ["Blak"]
        nothing = data_of(await agent.call_tool("search_articles", {"query": "xqzzvw"}))
        assert (nothing["found"], nothing["articles"]) == (0, [])

    with_client(host, work)


def png(width: int, height: int) -> str:
    kept = BytesIO()
    Image.new("RGB", (width, height), "navy").save(kept, "PNG")
    return base64.b64encode(kept.getvalue()).decode()


@pytest.fixture(scope="module")
def address(shop_server: Server) -> Iterator[str]:
    """Of a server of agents over HTTP."""
    port = free_port()
    application = http_application(agent_server(ShopAccess(shop_server.address, None), all_tools()))
    server = uvicorn.Server(uvicorn.Config(application, port=port, log_config=None, ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    until(lambda: server.started)
    yield f"http://127.0.0.1:{port}/mcp"
    server.should_exit = True
    thread.join()


def test_over_http_a_caller_may_do_what_its_own_key_may(
    shop_server: Server, address: str, shopper: str
) -> None:
    reads, sends = token(shop_server.database, Scope.READ), token(shop_server.database, Scope.EVENTS)

    def recommend(agent: Any) -> Any:
        return agent.call_tool("recommend", {"customer_id": shopper})

    assert data_of(over_http(address, reads, recommend))["customer_id"] == shopper
    narrow = refusal_of(over_http(address, sends, recommend))
    assert "does not have the scope 'read'" in narrow
    assert "stylo keys create --name agent --scope read" in narrow
    wrong = refusal_of(over_http(address, "stylo_000000000000_" + "a" * 43, recommend))
    assert "unknown, expired or revoked" in wrong


def test_a_key_without_requests_left_is_told_when_to_try_again(shop_server: Server, address: str) -> None:
    rare = token(shop_server.database, Scope.READ, rate=0.01)

    async def work(agent: Any) -> tuple[Any, Any]:
        return await agent.call_tool("list_labels", {}), await agent.call_tool("list_labels", {})

    first, second = over_http(address, rare, work)
    data_of(first)
    assert "too many requests. Try again in" in refusal_of(second)


def test_what_a_customer_did_a_moment_ago_is_known_to_the_next_call(
    shop_server: Server, address: str, shopper: str
) -> None:
    key = token(shop_server.database, Scope.READ)

    def recommend(agent: Any) -> Any:
        return agent.call_tool("recommend", {"customer_id": shopper, "exclude_purchased": True})

    bought = data_of(over_http(address, key, recommend))["articles"][0]["article_id"]
    with Client(shop_server.address, shop_server.token, timeout=60) as shop:
        shop.send([Event(shopper, "purchase", bought)])
    after = data_of(over_http(address, key, recommend))["articles"]
    assert bought not in {each["article_id"] for each in after}


def test_recommendations_of_a_past_day_can_be_asked_for(
    shop_server: Server, address: str, shopper: str
) -> None:
    key = token(shop_server.database, Scope.READ)
    answer = data_of(
        over_http(
            address,
            key,
            lambda agent: agent.call_tool("recommend", {"customer_id": shopper, "as_of": "2020-09-01"}),
        )
    )
    assert answer["as_of"] == "2020-09-01"


def test_the_example_of_the_documentation_runs(
    shop_server: Server, address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (REPOSITORY / "docs" / "agents.md").read_text("utf-8")
    (example,) = (content for language, content in blocks(page) if language == "python")
    monkeypatch.setenv("KEY", token(shop_server.database, Scope.READ))
    exec(compile(example.replace("http://127.0.0.1:8010/mcp", address), "agents.md", "exec"), {})
    with Client(shop_server.address, shop_server.token, timeout=60) as shop:
        found = shop.search("black dress", limit=8, price_max=40)["articles"]
    expected = "".join(f"{each['article_id']} {each['name']} {each['price']}\n" for each in found)
    assert capsys.readouterr().out == expected != ""
