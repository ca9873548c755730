"""Articles over HTTP: found by words and filters, one with its facts and its picture, and what is similar to it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import polars as pl
import pytest
from in_process import asking
from offline import ids
from PIL import Image
from serving import linked

from stylo.assortment import with_facts
from stylo.search.article_finder import ArticleFinder
from stylo.search.facets import Facets
from stylo.search.text_index import TextIndex
from stylo.service.settings import ServiceSettings
from stylo.tables.folder import DataFolder
from stylo.visual.alike import Lookalikes, Weights, open_lookalikes


@pytest.fixture(scope="module")
def table(demo_shop: Path) -> pl.DataFrame:
    """The articles with their facts, what sells best first."""
    folder = DataFolder(demo_shop)
    articles = folder.scan("articles.parquet").collect()
    sales = folder.scan("weekly_sales.parquet").collect()
    return with_facts(articles, sales, None, set(articles["article"]))


@pytest.fixture(scope="module")
def lookalikes(demo_shop: Path) -> Lookalikes:
    return open_lookalikes(DataFolder(demo_shop))


def searched(client: httpx2.Client, **asked: Any) -> dict[str, Any]:
    answer = client.get("/v1/articles", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def similar(client: httpx2.Client, article_id: str, **asked: Any) -> list[dict[str, Any]]:
    answer = client.get(f"/v1/articles/{article_id}/similar", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["articles"]


@pytest.mark.parametrize(
    "query", ["dress", "black dress", "swetaer", "cotton jersey", "0137887", "xyzzy", ""]
)
def test_a_query_finds_what_the_search_of_the_pages_finds(
    client: httpx2.Client, table: pl.DataFrame, query: str
) -> None:
    found = ArticleFinder.of(table).search(query)
    score = found.score.tolist()
    # Of those with one score the best seller comes first.
    order = sorted(
        np.flatnonzero(found.mask).tolist() if query else range(len(score)), key=lambda n: -score[n]
    )
    answer = searched(client, q=query, limit=100)
    assert ids(answer["articles"]) == [table["article_id"][n] for n in order][:100]
    assert answer["found"] == len(order)
    assert answer["meaning"] == ("used" if found.by_meaning else "unused")
    assert answer["corrected"] == found.corrected
    assert answer["unknown"] == list(found.unknown)


def test_what_is_meant_is_found_as_on_the_pages_and_told(client: httpx2.Client, table: pl.DataFrame) -> None:
    query = "something to keep my legs warm"
    found = ArticleFinder.of(table).search(query)
    assert found.by_meaning
    answer = searched(client, q=query, limit=100)
    order = np.argsort(-found.score, kind="stable")[: min(100, int(found.mask.sum()))]
    assert ids(answer["articles"]) == [table["article_id"][int(row)] for row in order]
    assert (answer["found"], answer["meaning"]) == (int(found.mask.sum()), "used")
    assert searched(client, q="")["meaning"] == "unused"


def test_words_and_filters_together_narrow_and_count(client: httpx2.Client, table: pl.DataFrame) -> None:
    found = TextIndex.of(table).search("cotton").mask
    chosen = {"pattern": ["Solid"], "colour": ["Black", "Dark Blue"]}
    narrowed = Facets.of(table).narrow(found, chosen, (5.0, None))
    answer = searched(client, q="cotton", **chosen, price_min=5)
    assert set(ids(answer["articles"])) == set(table["article_id"].filter(pl.Series(narrowed.mask)))
    counts = {
        name: [(each["label"], each["articles"]) for each in labels]
        for name, labels in answer["facets"].items()
    }
    assert counts == narrowed.counts


def test_a_label_that_is_not_there_is_told_and_passed_over(
    client: httpx2.Client, article_ids: list[str]
) -> None:
    answer = searched(client, colour="Blakc")
    assert answer["unknown"] == ["Blakc"]
    assert answer["found"] == len(article_ids)


def test_nothing_is_without_a_photo_where_everything_has_one(client: httpx2.Client) -> None:
    answer = searched(client, photo=False)
    assert (answer["found"], answer["articles"], answer["unknown"]) == (0, [], [])


@pytest.mark.parametrize("query", ["", "cotton"])
def test_pages_do_not_overlap_and_cover_all(client: httpx2.Client, query: str) -> None:
    found = searched(client, q=query, limit=100)
    pages = [
        ids(searched(client, q=query, limit=7, offset=offset)["articles"])
        for offset in range(0, found["found"] + 7, 7)
    ]
    assert [article for page in pages for article in page] == ids(found["articles"])
    assert pages[-1] == []


def test_an_article_has_the_facts_of_its_row(client: httpx2.Client, table: pl.DataFrame) -> None:
    for row in (table.row(0, named=True), table.row(-1, named=True)):
        answer = client.get(f"/v1/articles/{row['article_id']}").json()
        price = None if row["price"] is None else round(row["price"], 2)
        sold = None if row["first_sold"] is None else str(row["first_sold"])
        assert answer == {
            "article_id": row["article_id"],
            "name": row["prod_name"],
            "description": row["detail_desc"],
            "product_type": row["product_type_name"],
            "section": row["section_name"],
            "department": row["department_name"],
            "colour": row["colour_group_name"],
            "pattern": row["graphical_appearance_name"],
            "season": row["season"],
            "price": price,
            "sales_last_week": row["sales"],
            "first_sold": sold,
            "new": row["is_new"],
            "photo": True,
        }


def test_an_unknown_article_is_not_found_wherever_it_is_asked_for(client: httpx2.Client) -> None:
    for more in ("", "/thumbnail", "/similar", "/similar?by=visual"):
        answer = client.get(f"/v1/articles/0999999999{more}")
        assert answer.status_code == 404
        assert answer.json()["detail"] == "There is no article 0999999999."


@pytest.mark.parametrize(
    ("by", "strategy"), [("hybrid", "hybrid"), ("together", "bought together"), ("style", "same style")]
)
def test_similar_articles_are_those_that_final_py_wrote(
    client: httpx2.Client, demo_shop: Path, article_ids: list[str], by: str, strategy: str
) -> None:
    written = pl.read_parquet(demo_shop / "article_reccs.parquet").filter(strategy=strategy)
    some = 0
    for article_id in article_ids[::3]:
        rows = (
            written.filter(article=int(article_id)).sort("rank").select("rank", "neighbour", "score").rows()
        )
        expected = [(rank, f"{neighbour:010d}", score) for rank, neighbour, score in rows]
        found = similar(client, article_id, by=by, k=100)
        assert [(each["rank"], each["article_id"], each["score"]) for each in found] == expected
        some += len(expected)
    assert some


def test_k_and_filters_shorten_the_list_of_similar_articles(
    client: httpx2.Client, table: pl.DataFrame, article_ids: list[str]
) -> None:
    everything = ids(similar(client, article_ids[0]))
    assert ids(similar(client, article_ids[0], k=5)) == everything[:5]
    solid = set(table.filter(graphical_appearance_name="Solid")["article_id"])
    assert ids(similar(client, article_ids[0], pattern="Solid")) == [
        article for article in everything if article in solid
    ]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"look": 0.5, "colour_weight": 0.5},
        {"look": 0, "shape": 1},
        {"look": 0.25, "shape": 0.25, "colour_weight": 0.25, "pattern_weight": 0.25},
        {"same_product": False},
    ],
)
def test_what_looks_alike_is_what_the_vectors_say(
    client: httpx2.Client, lookalikes: Lookalikes, article_ids: list[str], asked: dict[str, Any]
) -> None:
    weights = Weights(
        asked.get("look", 1.0),
        asked.get("shape", 0.0),
        asked.get("colour_weight", 0.0),
        asked.get("pattern_weight", 0.0),
    )
    for article_id in article_ids[:4]:
        query = lookalikes.of_article(int(article_id))
        rows = lookalikes.find(query, 9, weights, variants=asked.get("same_product", True))
        found = similar(client, article_id, by="visual", k=9, **asked)
        assert ids(found) == [f"{article:010d}" for article in rows["article"]]
        assert [each["score"] for each in found] == rows["score"].to_list()
        for name in ("look", "shape", "colour", "pattern"):
            assert [each["parts"][name] for each in found] == rows[name].to_list()


def test_what_looks_alike_is_looked_for_among_all_that_pass(
    client: httpx2.Client, table: pl.DataFrame, article_ids: list[str]
) -> None:
    black = set(table.filter(colour_group_name="Black")["article_id"]) - {article_ids[0]}
    assert set(ids(similar(client, article_ids[0], by="visual", k=100, colour="Black"))) == black


def test_weights_that_are_all_zero_are_refused(client: httpx2.Client, article_ids: list[str]) -> None:
    answer = client.get(f"/v1/articles/{article_ids[0]}/similar", params={"by": "visual", "look": 0})
    assert answer.status_code == 422


@pytest.mark.parametrize("by", ["hybrid", "visual"])
def test_other_colours_of_the_product_can_be_left_out(
    client: httpx2.Client, article_ids: list[str], by: str
) -> None:
    article_id = article_ids[0]
    product = article_id[:7]
    everything = ids(similar(client, article_id, by=by, k=100))
    others = ids(similar(client, article_id, by=by, k=100, same_product=False))
    assert others == [article for article in everything if article[:7] != product]


def test_a_thumbnail_is_the_articles_photo(
    client: httpx2.Client, demo_shop: Path, article_ids: list[str]
) -> None:
    answer = client.get(f"/v1/articles/{article_ids[0]}/thumbnail")
    assert answer.headers["content-type"] == "image/jpeg"
    photo = Image.open(demo_shop / "images" / article_ids[0][:3] / f"{article_ids[0]}.jpg")
    shown = Image.open(io.BytesIO(answer.content))
    assert shown.width <= 320
    small = [np.asarray(each.convert("RGB").resize((16, 24)), dtype=float) for each in (photo, shown)]
    assert np.abs(small[0] - small[1]).mean() < 5  # of 255: the same picture, written twice


def test_an_article_without_a_photo_has_no_thumbnail(
    demo_shop: Path, tmp_path: Path, article_ids: list[str]
) -> None:
    data = linked(demo_shop, tmp_path / "shop")
    for path in (data / "thumbnails").rglob("*"):
        if path.is_file():
            path.unlink()
    with asking(ServiceSettings(data=data, images=tmp_path / "none")) as client:
        answer = client.get(f"/v1/articles/{article_ids[0]}/thumbnail")
        assert answer.status_code == 404
        assert answer.json()["detail"] == f"There is no photo of article {article_ids[0]}."
        assert searched(client, photo=True)["found"] == 0
        assert searched(client, photo=False)["found"] == len(article_ids)
