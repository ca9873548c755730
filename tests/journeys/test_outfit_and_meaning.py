"""An outfit and a search by meaning, from the tables to what a shopper and another program see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import polars as pl
import pytest
from browsing import cards, expect_articles, settled, shown
from playwright.sync_api import Page, expect
from serving import Server, linked

from stylo.dashboard import text

WEDDING = "something for a summer wedding"


@pytest.fixture(scope="module")
def service(demo_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    """Asks a real server over the demo shop, with a key."""
    data = linked(demo_shop, tmp_path_factory.mktemp("dressed") / "shop")
    with Server(data, demo_shop / "images", rate=1e6) as server, server.client() as client:
        yield client


def outfit(service: httpx2.Client, article_id: str, **asked: Any) -> dict[str, Any]:
    answer = service.get(f"/v1/articles/{article_id}/outfit", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def dressed(service: httpx2.Client, **asked: Any) -> dict[str, Any]:
    """The outfit of the best-selling article around which a slot has an alternative."""
    for article in service.get("/v1/articles", params={"limit": 100}).raise_for_status().json()["articles"]:
        answer = service.get(f"/v1/articles/{article['article_id']}/outfit", params=asked)
        if answer.status_code == 200 and any(each["alternatives"] for each in answer.json()["slots"]):
            return answer.json()
    raise AssertionError("no outfit of the demo shop has an alternative")


def test_another_program_asks_for_an_outfit_a_lock_and_a_price(service: httpx2.Client) -> None:
    whole = dressed(service, max_price=1e6)  # so that all of it has a price
    article = whole["article_id"]
    slot = next(each for each in whole["slots"] if each["alternatives"])
    other = slot["alternatives"][0]
    locked = outfit(service, article, locked=other["article_id"], alternatives=1)
    (same,) = (each for each in locked["slots"] if each["slot"] == slot["slot"])
    assert (same["article_id"], same["locked"]) == (other["article_id"], True)
    assert all(len(each["alternatives"]) <= 1 for each in locked["slots"])
    # What all of it costs is what its parts cost; a cent less is another outfit, and it keeps to that.
    own = service.get(f"/v1/articles/{article}").raise_for_status().json()["price"] or 0
    parts = own + sum(each["price"] for each in whole["slots"])
    if whole["price"] is not None:
        assert whole["price"] == pytest.approx(parts, abs=0.05)
    limit = round(parts - 0.01, 2)
    cheaper = outfit(service, article, max_price=limit)
    for each in cheaper["slots"]:
        rest = own + sum(one["price"] for one in cheaper["slots"] if one is not each)
        for worn in (each, *each["alternatives"]):
            assert rest + worn["price"] <= limit + 0.05


def test_a_sock_is_told_what_else_to_ask(service: httpx2.Client, articles: pl.DataFrame) -> None:
    socks = articles.filter(pl.col("product_type_name") == "Socks")["article_id"]
    if not len(socks):
        pytest.skip("this demo shop sells no socks")
    answer = service.get(f"/v1/articles/{socks[0]}/outfit")
    assert answer.status_code == 422
    assert f"/v1/articles/{socks[0]}/similar?by=together" in answer.json()["detail"]


def without_words(articles: pl.DataFrame, *words: str) -> bool:
    """Whether no text of the catalogue has one of these."""
    texts = pl.concat_str(pl.col(pl.String).fill_null(""), separator=" ").str.to_lowercase()
    return not articles.select(texts.str.contains_any(list(words)).any()).item()


def test_another_program_finds_by_meaning_what_no_word_finds(
    service: httpx2.Client, articles: pl.DataFrame
) -> None:
    assert without_words(articles, "wedding", "summer", "something")
    found = service.get("/v1/articles", params={"q": WEDDING}).raise_for_status().json()
    assert found["meaning"] == "used"
    assert "Dress" in {each["product_type"] for each in found["articles"][: found["found"]]}
    warm = service.get("/v1/articles", params={"q": "cold winter walks"}).raise_for_status().json()
    assert warm["articles"][0]["product_type"] in {"Coat", "Jacket", "Boots", "Scarf"}
    other = service.get("/v1/articles", params={"q": "mortgage interest rates"}).raise_for_status().json()
    assert (other["found"], other["meaning"]) == (0, "unused")


@pytest.mark.browser
def test_a_shopper_finds_by_meaning_what_no_word_finds(
    page: Page, address: str, service: httpx2.Client
) -> None:
    wanted = service.get("/v1/articles", params={"q": WEDDING}).raise_for_status().json()
    page.goto(address)
    shown(page, "listing")
    page.get_by_placeholder("black midi dress").fill(WEDDING)
    expect(page.get_by_text(text.BY_MEANING)).to_be_visible()
    settled(page)
    found = shown(page, "listing")
    assert found == [each["article_id"] for each in wanted["articles"]][: len(found)]


@pytest.mark.browser
def test_a_shopper_locks_a_part_of_an_outfit(page: Page, address: str, service: httpx2.Client) -> None:
    whole = dressed(service, alternatives=5)
    slot = next(each for each in whole["slots"] if each["alternatives"])
    offered = [each["article_id"] for each in (slot, *slot["alternatives"])]
    page.goto(f"{address}/?article={whole['article_id']}")
    expect(page.get_by_role("heading", name=text.OUTFIT)).to_be_visible()
    expect_articles(page, f"outfit-{slot['slot']}", offered)
    settled(page)
    page.locator(f".st-key-lock-{slot['slot']} button").last.click()
    page.wait_for_url(lambda url: parse_qs(urlsplit(url).query).get("locked") == offered[-1:])
    expect(cards(page, f"outfit-{slot['slot']}")).to_have_count(1)
    assert shown(page, f"outfit-{slot['slot']}") == offered[-1:]
