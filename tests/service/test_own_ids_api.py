"""A shop with SKUs and customer ids of its own: every address takes and gives these, whatever is in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, unquote

import httpx2
import polars as pl
import pytest
from own_shop import HARD, SIZES, key_of, shop_customer, skus, with_own_ids
from serving import Server, linked, until

from stylo import Discovery
from stylo.errors import BadRows, MissingFile, UnknownArticle, UnknownCustomer
from stylo.operations.lineage import of_request
from stylo.operations.workspace import Workspace
from stylo.service.batch import command
from stylo.service.client import Client, Event, Refused
from stylo.service.settings import ServiceSettings
from stylo.storage import predictions

NOBODY = "nobody@läden.example"


@pytest.fixture(scope="module")
def server(demo_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = with_own_ids(linked(demo_shop, tmp_path_factory.mktemp("own") / "shop"))
    with Server(data, demo_shop / "images", pseudonyms="secret") as running:
        yield running


@pytest.fixture
def shop(server: Server) -> Iterator[Client]:
    with Client(server.address, server.token, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def known(article_ids: list[str]) -> dict[str, str]:
    """The ten digits of each SKU."""
    return dict(zip(skus(article_ids), article_ids, strict=True))


@pytest.fixture(scope="module")
def buyer(demo_shop: Path) -> str:
    """A customer who bought a lot, as the shop calls them."""
    bought = pl.read_parquet(demo_shop / "transactions.parquet" / "*.parquet").group_by("customer").len()
    return shop_customer(bought.sort("len", "customer", descending=[True, False])["customer"][0])


def test_each_sku_leads_to_its_article_whatever_is_in_it(
    shop: Client, server: Server, demo_shop: Path, known: dict[str, str]
) -> None:
    names = dict(
        pl.read_parquet(demo_shop / "articles.parquet").select("article_id", "prod_name").iter_rows()
    )
    for sku, digits in known.items():
        found = shop.article(sku)
        assert (found["article_id"], found["name"]) == (sku, names[digits])
        assert shop.similar(sku, k=3)["article_id"] == sku
        assert shop.thumbnail(sku)[:2] == b"\xff\xd8"


def test_a_sku_that_is_the_number_of_another_article_wins(shop: Client, known: dict[str, str]) -> None:
    (sku,) = (each for each in known if each in known.values())
    assert known[sku] != sku
    assert shop.article(sku)["article_id"] == sku


@pytest.mark.parametrize("size", SIZES)
def test_the_sku_of_any_size_leads_to_its_article_which_goes_by_one(
    shop: Client, buyer: str, size: str
) -> None:
    assert shop.article(size)["article_id"] == HARD[0]
    assert shop.similar(size)["article_id"] == HARD[0]
    assert [each["article_id"] for each in shop.search(size)["articles"]] == [HARD[0]]
    new = f"buyer of {size}"
    assert shop.send([Event(new, "purchase", size, price=20)])["stored"] == 1
    given = shop.recommendations(new, exclude_purchased=True)["recommendations"]
    assert HARD[0] not in [each["article_id"] for each in given]
    kept = shop.recommendations(buyer)["recommendations"]
    if HARD[0] in [each["article_id"] for each in kept]:
        without = shop.recommendations(buyer, exclude=[size])["recommendations"]
        assert HARD[0] not in [each["article_id"] for each in without]


def test_ten_digits_that_are_no_sku_are_understood(shop: Client, known: dict[str, str]) -> None:
    assert shop.article(known[HARD[0]])["article_id"] == HARD[0]


@pytest.mark.parametrize("wrong", ["AB-12/É 3", "sku-0010/M", "0999999999", "nothing"])
def test_what_is_no_sku_is_not_found(shop: Client, wrong: str) -> None:
    with pytest.raises(Refused, match="There is no article") as refused:
        shop.article(wrong)
    assert refused.value.status == 404


@pytest.mark.parametrize("wrong", ["x" * 65, "a\nb", "\x00"])
def test_what_cannot_be_a_sku_is_invalid(shop: Client, wrong: str) -> None:
    with pytest.raises(Refused) as refused:
        shop.article(wrong)
    assert refused.value.status == 422


def test_every_list_of_articles_has_skus(shop: Client, known: dict[str, str], buyer: str) -> None:
    found = shop.search(limit=100)["articles"]
    assert {each["article_id"] for each in found} == set(known)
    assert {each["article_id"] for each in shop.search(HARD[0])["articles"][:2]} == set(HARD[:2])
    given = shop.recommendations(buyer, explain=True)["recommendations"]
    said = {each["article_id"] for each in given}
    said |= {each["why"]["because"] for each in given if each["why"]["because"]}
    assert said <= set(known)
    for by in ("hybrid", "visual", "style", "together"):
        assert {each["article_id"] for each in shop.similar(HARD[3], by=by)["articles"]} <= set(known)


def test_a_customer_is_known_by_the_shops_own_id_and_by_ours(shop: Client, buyer: str) -> None:
    by_own, by_ours = shop.recommendations(buyer), shop.recommendations(key_of(buyer))
    assert by_own["customer_id"] == buyer
    assert by_own["recommendations"] == by_ours["recommendations"]
    assert shop.recommendations(buyer) == by_own  # from the cache
    with pytest.raises(Refused, match="unknown"):
        shop.recommendations(NOBODY)
    lists = shop.batch([buyer, NOBODY])
    assert [each["customer_id"] for each in lists["lists"]] == [buyer]
    assert lists["unknown"] == [NOBODY]


def test_events_name_both_by_the_shops_ids(shop: Client, server: Server) -> None:
    new = "new/one@läden.example"
    assert shop.send([Event(new, "purchase", sku, price=20) for sku in HARD])["stored"] == len(HARD)
    given = shop.recommendations(new, exclude_purchased=True)
    assert given["customer_id"] == new
    assert not {each["article_id"] for each in given["recommendations"]} & set(HARD)
    with pytest.raises(Refused, match="nothing was stored") as refused:
        shop.send([Event(new, "view", "AB-12"), Event(new, "view", HARD[0])])
    assert refused.value.errors == (("body.events.0.article_id", "There is no article AB-12."),)
    assert not [line for line in server.logged() if "new/one" in str(line)]


def test_a_slash_that_is_not_encoded_cuts_the_address(server: Server) -> None:
    with server.client() as client:
        assert client.get("/v1/articles/SKU-0010/M").status_code == 404
        assert client.get("/v1/articles/SKU-0010%2fM").json()["article_id"] == "SKU-0010/M"
        answer: httpx2.Response = client.get("/v1/articles/SKU-0010%2FM/similar?k=1")
        assert answer.json()["article_id"] == "SKU-0010/M"


def test_a_batch_names_customers_and_articles_by_the_shops_ids(
    server: Server, known: dict[str, str], buyer: str, tmp_path: Path
) -> None:
    wanted = tmp_path / "customers.txt"
    wanted.write_text(f"customer_id\n{buyer}\n{key_of(buyer)}\n{NOBODY}\n", "utf-8")
    report = command.main(str(wanted), tmp_path / "lists.parquet", server.data, no_events=True)
    assert (report.facts["lists"], report.facts["repeated"], report.facts["unknown"]) == (1, 1, 1)
    assert NOBODY in report.lines[-1]
    (row,) = pl.read_parquet(tmp_path / "lists.parquet").rows(named=True)
    assert row["customer_id"] == buyer
    assert set(row["article_id"]) <= set(known)
    command.main("all", tmp_path / "lists.csv", server.data, no_events=True)
    lists = pl.read_csv(tmp_path / "lists.csv")
    (prediction,) = lists.filter(customer_id=buyer)["prediction"]
    assert [unquote(each) for each in prediction.split(" ")] == row["article_id"]
    assert all(who.startswith("Kundin+") for who in lists["customer_id"])


def test_a_line_that_cannot_be_a_customers_id_is_named(server: Server, tmp_path: Path) -> None:
    wanted = tmp_path / "customers.txt"
    wanted.write_text(f"{NOBODY}\n{'x' * 65}\n")
    with pytest.raises(BadRows, match="not a customer id") as refused:
        command.main(str(wanted), tmp_path / "lists.parquet", server.data, no_events=True)
    assert "Line 2" in refused.value.where
    assert "as the shop has them" in refused.value.cure


def test_the_python_api_takes_and_gives_the_shops_ids(
    server: Server, known: dict[str, str], buyer: str
) -> None:
    shop = Discovery.open(server.data)
    assert set(shop.articles["article_id"]) == set(known)
    assert "sku" not in shop.articles.columns
    listed = shop.recommend([buyer])
    assert listed["customer_id"].unique().to_list() == [buyer]
    assert listed["article_id"].to_list() == shop.recommend(key_of(buyer))["article_id"].to_list()
    assert set(shop.explain(buyer)["article_id"]) <= set(known)
    for sku in HARD:
        assert set(shop.similar(sku)["neighbour_id"]) <= set(known)
    assert set(shop.look_alikes(HARD[0])["article_id"]) <= set(known)
    assert set(shop.similar(SIZES[1])["article_id"]) == {HARD[0]}
    with pytest.raises(UnknownArticle, match="SKU"):
        shop.similar("nothing")
    # A SKU that was mistyped is not taken for a photo, unless it looks like the path of one.
    with pytest.raises(UnknownArticle, match="There is no article 'SKU-99'"):
        shop.look_alikes("SKU-99")
    with pytest.raises(MissingFile, match="cannot be read") as error:
        shop.look_alikes("SKU/99.jpg")
    assert "no article either" in error.value.cure
    with pytest.raises(UnknownCustomer):
        shop.recommend(NOBODY)


def test_lineage_names_the_articles_of_an_answer_by_sku(
    server: Server, known: dict[str, str], buyer: str
) -> None:
    with server.client() as client:
        answer = client.get(f"/v1/customers/{quote(buyer, safe='')}/recommendations?k=5")
    given = [each["article_id"] for each in answer.json()["recommendations"]]
    workspace = Workspace(ServiceSettings(data=server.data))
    request = answer.headers["x-request-id"]
    until(lambda: predictions.find(workspace.database, request) is not None)
    assert of_request(workspace, request)["answer"]["articles"] == given
