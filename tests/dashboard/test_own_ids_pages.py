"""Pages of a shop with SKUs and customer ids of its own: people see and type these, whatever is in them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import polars as pl
import pytest
from own_shop import HARD, key_of, replaced, shop_customer, skus, with_own_ids
from pages import cards, html, mounted, page, words
from serving import linked
from starlette.applications import Starlette
from starlette.testclient import TestClient

from stylo.dashboard.lists.export import csv, ids, ids_of
from stylo.dashboard.map.routes import routes
from stylo.dashboard.shop import open_shop
from stylo.records.importing import ShopFacts
from stylo.tables.folder import DataFolder
from stylo.tables.schemas import UNKNOWN_NAME


@pytest.fixture(scope="module")
def own(demo_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = with_own_ids(linked(demo_shop, tmp_path_factory.mktemp("own") / "shop"))
    (data / "images").symlink_to(demo_shop / "images")
    return data


@pytest.fixture(scope="module")
def number(demo_shop: Path) -> dict[str, int]:
    """The number of each SKU."""
    articles = pl.read_parquet(demo_shop / "articles.parquet").sort("article")
    return dict(zip(skus(articles["article_id"].to_list()), articles["article"], strict=True))


def test_a_card_shows_and_leads_to_the_sku_and_is_selected_by_its_number(
    own: Path, number: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = cards(page(monkeypatch, own), "listing")
    assert shown
    for card in shown:
        assert parse_qs(urlsplit(card["href"]).query)["article"] == [card["id"]]
        assert card["article"] == f"{number[card['id']]:010d}"
        assert f"/{card['article']}.jpg" in card["src"]


@pytest.mark.parametrize("sku", HARD, ids=range(len(HARD)))
def test_the_page_of_an_article_opens_by_its_sku(
    own: Path, number: dict[str, int], monkeypatch: pytest.MonkeyPatch, sku: str
) -> None:
    app = page(monkeypatch, own, article=sku)
    assert not app.exception
    assert not app.error
    assert mounted(app, "copy-number")["text"] == sku
    links = {each.proto.label: parse_qs(each.proto.query_string) for each in app.get("page_link")}
    assert links["Compare with …"] == {"id": [sku]}


def test_ten_digits_open_the_article_and_the_sku_wins(
    own: Path, number: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(monkeypatch, own, article=f"{number[HARD[3]]:010d}")
    assert mounted(app, "copy-number")["text"] == HARD[3]
    digits = next(sku for sku in number if sku.isdecimal())
    assert mounted(page(monkeypatch, own, article=digits), "copy-number")["text"] == digits


def test_what_is_no_sku_is_said_and_what_was_meant_is_offered(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(monkeypatch, own, article="sku-0010/m")
    assert "There is no article “sku-0010/m”" in words(app)
    assert HARD[0] in words(app)
    assert html(app, "article=SKU-0010%2FM")
    for name in ("compare.page", "photo_search", "map.page"):
        app = page(monkeypatch, own, alone=name, article="nothing", id="nothing", show="nothing")
        assert not app.exception
        assert "There is no article “nothing”" in words(app)


@pytest.mark.parametrize(
    ("query", "first"),
    [(HARD[0], HARD[0]), ("sku-0012/M", "SKU-0012/M"), ("sku-0012", "SKU-0012/M"), ("0012", "SKU-0012/M")],
)
def test_the_search_box_finds_a_sku_its_beginning_and_its_digits(
    own: Path, monkeypatch: pytest.MonkeyPatch, query: str, first: str
) -> None:
    shown = cards(page(monkeypatch, own, q=query), "listing")
    assert shown
    assert first in [card["id"] for card in shown][:2]


def test_a_list_is_compared_exported_and_copied_by_skus(
    own: Path, number: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(monkeypatch, own, alone="compare.page", id=[*HARD[:3], f"{number[HARD[0]]:010d}"])
    assert not app.exception
    assert f"{HARD[0]} was given more than once" in words(app)
    assert html(app, "class='compare'")
    shop = open_shop(DataFolder(own), own / "images")
    some = [number[sku] for sku in HARD]
    assert ids_of(shop, some) == list(HARD)
    assert ids(shop, some).split("\n") == list(HARD)
    rows = pl.read_csv(csv(shop, some))
    # What a spreadsheet would take for a formula is text.
    assert rows["article_id"].to_list() == [f"'{sku}" if sku[0] in "=" else sku for sku in HARD]


def test_a_table_links_to_each_article_and_shows_its_sku(
    own: Path, number: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(monkeypatch, own, table="listing")
    (table,) = app.dataframe
    for to in table.value["article_id"]:
        asked, _, shown = to.removeprefix("./?article=").partition("#")
        sku = shown.replace("%25", "%")
        assert sku in number
        assert asked == quote(sku, safe="").replace("%20", "+")


def test_the_map_knows_numbers_and_links_to_skus(own: Path, number: dict[str, int]) -> None:
    shop = open_shop(DataFolder(own), own / "images")
    assert shop.map is not None
    asking = TestClient(Starlette(routes=routes("", lambda: shop)))
    for sku in HARD[:4]:
        found = asking.get(f"/map/article/{number[sku]:010d}").json()
        assert parse_qs(urlsplit(found["href"]).query)["article"] == [sku]


def test_a_shopper_is_found_and_shown_by_the_shops_own_id(
    own: Path, number: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    bought = pl.read_parquet(own / "transactions.parquet" / "*.parquet").group_by("customer").len()
    customer = shop_customer(bought.sort("len", "customer", descending=[True, False])["customer"][0])
    for typed in (customer, key_of(customer), key_of(customer)[:12]):
        app = page(monkeypatch, own, alone="shopper.page", customer=typed, as_of="now")
        assert not app.exception
        assert re.sub(r"[\\\u2060]", "", app.title[0].value) == f"Shopper {customer}"
        assert app.code[0].value == customer
        assert cards(app, "now")
    app = page(monkeypatch, own, alone="shopper.page", customer="nobody@läden.example")
    assert "There is no customer" in words(app)


def test_lists_of_weeks_that_were_scored_are_read_by_skus(
    own: Path, number: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    lists = pl.read_parquet(own / "predictions.parquet")
    assert set(lists["article_id"].explode()) <= set(number)
    app = page(monkeypatch, own, alone="evaluation.page")
    assert not app.exception
    assert "Kundin+" in json.dumps([element.proto.json for element in app.get("bidi_component")])


@pytest.fixture(scope="module")
def plain_shop(demo_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An imported shop in francs, which says nothing of patterns and whose articles are all of one group."""
    data = with_own_ids(linked(demo_shop, tmp_path_factory.mktemp("plain") / "shop"))
    (data / "images").symlink_to(demo_shop / "images")
    path = data / "articles.parquet"
    nothing = {
        "graphical_appearance_no": pl.lit(-1, pl.Int32),
        "graphical_appearance_name": pl.lit(UNKNOWN_NAME),
        "product_group_name": pl.lit("Clothing"),
        "other_skus": pl.when(pl.col("sku") == HARD[0]).then(pl.lit("SIZE-M\tSIZE-L")),
    }
    replaced(pl.read_parquet(path).with_columns(**nothing), path)
    facts = ShopFacts(price_unit=1.0, currency="CHF")
    (data / "shop.json").write_text(facts.to_json())
    return data


def test_facets_in_which_no_article_differs_are_left_out(
    plain_shop: Path, demo_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shown(data: Path, **address: str) -> set[str]:
        return {each["key"] for each in mounted(page(monkeypatch, data, **address), "choices")["facets"]}

    assert "pattern" in shown(demo_shop)
    assert "pattern" not in shown(plain_shop)
    # What an address asks for can be taken back.
    assert "pattern" in shown(plain_shop, pattern=UNKNOWN_NAME)


def test_a_table_leaves_out_columns_in_which_no_article_differs(
    plain_shop: Path, demo_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def columns(data: Path) -> list[str]:
        (table,) = page(monkeypatch, data, table="listing").dataframe
        return list(table.value.columns)

    every = columns(demo_shop)
    assert "pattern" in every
    assert columns(plain_shop) == [name for name in every if name != "pattern"]


def test_the_map_offers_colourings_in_which_articles_differ(
    plain_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(monkeypatch, plain_shop, alone="map.page")
    assert not app.exception
    (by,) = (each for each in app.selectbox if each.label == "Colour by")
    assert "Product group" not in by.options
    assert by.value == "type"


def test_an_article_has_its_price_in_the_shops_currency_and_nothing_unknown(
    plain_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sold = pl.read_parquet(plain_shop / "weekly_sales.parquet")["article"][0]
    sku = pl.read_parquet(plain_shop / "articles.parquet").filter(article=sold)["sku"].item()
    app = page(monkeypatch, plain_shop, article=sku)
    assert not app.exception
    (price,) = (each for each in app.metric if each.label == "Price")
    assert price.value.endswith(" CHF")
    assert UNKNOWN_NAME not in words(app)


@pytest.mark.parametrize("address", [{"article": "SIZE-L"}, {"q": "size-l"}])
def test_any_sku_of_a_size_leads_to_the_article(
    plain_shop: Path, monkeypatch: pytest.MonkeyPatch, address: dict[str, str]
) -> None:
    app = page(monkeypatch, plain_shop, **address)
    assert not app.exception
    if "q" in address:
        shown = cards(app, "listing")
        assert shown
        assert [card["id"] for card in shown] == [HARD[0]]
    else:
        assert mounted(app, "copy-number")["text"] == HARD[0]


def test_a_shop_with_its_own_ids_is_not_asked_for_others(
    plain_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = page(monkeypatch, plain_shop, alone="rules.page")
    (shopper,) = (each for each in rules.text_input if each.label == "Shopper")
    assert "64" not in shopper.placeholder
    assert "SKU" in words(page(monkeypatch, plain_shop, q="zzqqxx"))


def test_what_a_shop_knows_of_nobody_is_left_out(
    demo_shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = with_own_ids(linked(demo_shop, tmp_path / "shop"))
    path = data / "customers.parquet"
    nobody = {"age": pl.lit(None, pl.UInt8), "club_member_status": pl.lit(None, pl.String)}
    replaced(pl.read_parquet(path).with_columns(**nobody), path)
    app = page(monkeypatch, data, alone="shopper.page", customer=shop_customer(1), as_of="now")
    assert not app.exception
    assert {"Age", "Club"}.isdisjoint(each.label for each in app.metric)
    whole = page(
        monkeypatch, demo_shop, alone="shopper.page", customer=customer_of(demo_shop, 1), as_of="now"
    )
    assert {"Age", "Club"} <= {each.label for each in whole.metric}


def customer_of(shop: Path, number: int) -> str:
    return str(pl.read_parquet(shop / "customers.parquet").filter(customer=number)["customer_id"].item())
