"""An article's page: facts, shelves, twins by weights; and what is missing is said with the script to run."""

from __future__ import annotations

import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from helpers import copy_table
from pages import cards, html, page, words

from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder

SHELVES = ["Goes with it", "Instead of it", "Looks like it", "Strategy by strategy"]


@pytest.fixture(scope="module")
def articles(demo_shop: Path) -> pl.DataFrame:
    return pl.read_parquet(demo_shop / "articles.parquet")


def test_facts_and_shelves_of_an_article(
    demo_shop: Path, articles: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = articles.filter(pl.col("detail_desc").is_not_null()).row(7, named=True)
    app = page(monkeypatch, demo_shop, article=row["article_id"])
    assert not app.exception
    said = words(app)
    for fact in (
        "prod_name",
        "product_type_name",
        "colour_group_name",
        "section_name",
        "article_id",
        "detail_desc",
    ):
        assert row[fact] in said
    assert [title.value for title in app.subheader if title.value in SHELVES] == SHELVES
    assert "Untrained network" in said


def test_the_shelf_of_visual_twins_is_the_table_of_visual_twins_where_nothing_else_is_asked(
    demo_shop: Path, articles: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = articles["article_id"][3]
    table = pl.read_parquet(demo_shop / "visual_reccs.parquet").filter(pl.col("article") == int(number))
    twins = [f"{article:010d}" for article in table.sort("rank")["neighbour"]]
    shown = cards(page(monkeypatch, demo_shop, article=number), "visual-twins")
    assert shown is not None
    assert [card["article"] for card in shown][: len(twins)] == twins
    assert all(card["match"].endswith("% match") for card in shown)


def test_the_same_product_can_be_left_out_and_shape_brings_the_same_type(
    demo_shop: Path, articles: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = articles["product_type_name"].value_counts().sort("count", "product_type_name")
    kind = counts["product_type_name"][-1]
    number = articles.filter(pl.col("product_type_name") == kind)["article_id"][0]
    app = page(monkeypatch, demo_shop, article=number, look="0", shape="100", same="false")
    shown = cards(app, "visual-twins")
    assert shown is not None
    assert not [card for card in shown if card["article"].startswith(number[:7])]
    others = articles.filter(
        (pl.col("product_type_name") == kind) & ~pl.col("article_id").str.starts_with(number[:7])
    )
    first = {card["article"] for card in shown[: others.height]}
    assert first == set(others["article_id"]) or len(shown) < others.height


def test_look_alikes_can_be_of_another_colour_the_same_type_and_within_a_price(
    demo_shop: Path, articles: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = articles["product_type_name"].mode().sort()[0]
    row = articles.filter(pl.col("product_type_name") == kind).row(0, named=True)
    asked = {"article": row["article_id"], "alike_colour": "other", "alike_type": "same"}
    shown = cards(page(monkeypatch, demo_shop, **asked), "visual-twins")
    assert shown
    for card in shown:
        assert card["facts"].startswith(f"{kind} · ")
        assert card["facts"] != f"{kind} · {row['colour_group_name']}"
    prices = sorted(float(card["price"]) for card in shown if card["price"])
    dearest = prices[len(prices) // 2]
    priced = cards(page(monkeypatch, demo_shop, **asked, alike_price=["0", str(dearest)]), "visual-twins")
    assert priced == [card for card in shown if card["price"] and float(card["price"]) <= dearest]
    alone = page(monkeypatch, demo_shop, article=row["article_id"], alike_price=["999999", "inf"])
    assert cards(alone, "visual-twins") is None
    assert "No article passes these filters." in words(alone)


def test_where_nothing_looks_like_an_article_that_is_said_and_the_closest_are_shown(
    demo_shop: Path, articles: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = articles["article_id"][0]
    assert "Nothing else in this shop looks like" not in words(page(monkeypatch, demo_shop, article=number))
    monkeypatch.setattr("stylo.dashboard.article.twins._LEAST_MATCH", 1.1)
    app = page(monkeypatch, demo_shop, article=number)
    assert "Nothing else in this shop looks like this article." in words(app)
    assert cards(app, "visual-twins")


def test_what_goes_with_an_article_is_no_stand_in_for_it_and_no_shelf_measures_strength(
    demo_shop: Path, articles: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = dict(articles.select("article_id", "product_group_name").iter_rows())
    number = articles["article_id"][0]
    app = page(monkeypatch, demo_shop, article=number)
    with_it, instead = (cards(app, name) for name in ("goes-with", "instead"))
    assert with_it and instead
    assert not {card["article"] for card in with_it} & {card["article"] for card in instead}
    assert all(group[card["article"]] == group[number] for card in instead)
    for shelf in (with_it, instead, cards(app, "hybrid") or []):
        assert not [card for card in shelf if card["match"] or card["parts"]]


def test_a_list_by_strategy_says_who_proposed_each(
    demo_shop: Path, articles: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = cards(page(monkeypatch, demo_shop, article=articles["article_id"][0]), "hybrid")
    assert shown is not None
    assert 0 < len(shown) <= 12
    assert all(card["reason"] for card in shown)
    app = page(monkeypatch, demo_shop, article=articles["article_id"][0], strategy="same style")
    assert cards(app, "hybrid") is None
    assert cards(app, "same-style")


def test_who_bought_an_article_is_listed_once_it_is_asked_for(
    demo_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bought = pl.read_parquet(demo_shop / "transactions.parquet/*.parquet")
    last = bought.sort("t_dat", "customer").row(-1, named=True)
    people = pl.read_parquet(demo_shop / "customers.parquet")
    number = people.filter(pl.col("customer") == last["customer"])["customer_id"].item()
    app = page(monkeypatch, demo_shop, article=f"{last['article']:010d}")
    assert html(app, "shopper?") == []
    app.session_state["buyers"] = True
    app.run()
    assert not app.exception
    (table,) = html(app, "shopper?")
    assert f"shopper?customer={number}" in table.split("</tr>")[1]
    assert f"{last['t_dat'].day} {last['t_dat']:%b %Y}" in table.split("</tr>")[1]


def test_the_ways_to_other_pages_name_the_article(
    demo_shop: Path, articles: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = articles["article_id"][0]
    links = {
        each.proto.label: each.proto for each in page(monkeypatch, demo_shop, article=number).get("page_link")
    }
    assert {label: (of.page, of.query_string) for label, of in links.items()} == {
        "Search by this photo": ("photo", f"article={number}"),
        "Show on the map": ("map", f"show={number}"),
        "Compare with …": ("compare", f"id={number}"),
    }


def test_text_from_the_data_is_never_markup(
    demo_shop: Path, articles: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stylo.artefacts import read_manifest, write_parquet

    for name in ("customers", "transactions"):
        copy_table(demo_shop / f"{name}.parquet", tmp_path)
    evil = "<script>alert(1)</script> [x](javascript:alert(1)) **bold** $x$"
    manifest = read_manifest(demo_shop / "articles.parquet")
    assert manifest is not None
    changed = articles.with_columns(prod_name=pl.lit(evil), detail_desc=pl.lit(evil))
    write_parquet(changed, tmp_path / "articles.parquet", manifest)
    app = page(monkeypatch, tmp_path, article=articles["article_id"][0])
    assert not app.exception
    assert evil in words(app)
    for element in (*app.title, *app.markdown):
        assert "<script>" not in element.value
        assert "](javascript" not in element.value


def test_an_article_without_description_name_or_sale_has_a_page(
    demo_shop: Path, articles: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stylo.artefacts import read_manifest, write_parquet

    for name in ("customers", "transactions"):
        copy_table(demo_shop / f"{name}.parquet", tmp_path)
    manifest = read_manifest(demo_shop / "articles.parquet")
    assert manifest is not None
    bare = articles.head(1).with_columns(
        article=pl.lit(999_999_999, pl.Int32),
        article_id=pl.lit("0999999999"),
        detail_desc=pl.lit(None, pl.String),
        prod_name=pl.lit(None, pl.String),
    )
    write_parquet(pl.concat([articles, bare]), tmp_path / "articles.parquet", manifest)
    app = page(monkeypatch, tmp_path, article="0999999999")
    assert not app.exception
    assert "No description." in words(app)
    assert "not sold yet" in [metric.value for metric in app.metric]


def test_with_tables_alone_each_shelf_names_its_script(
    demo_shop: Path, articles: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("articles", "customers", "transactions"):
        copy_table(demo_shop / f"{name}.parquet", tmp_path)
    app = page(monkeypatch, tmp_path, article=articles["article_id"][0])
    assert not app.exception
    said = words(app)
    assert "python final.py" in said
    assert "python visual_reccs.py" in said
    assert "No photos: " in said


def test_where_photos_are_gone_and_thumbnails_are_left_the_page_says_so(
    demo_shop: Path, articles: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(monkeypatch, demo_shop, tmp_path / "nowhere", article=articles["article_id"][0])
    assert "their stored thumbnails are shown instead" in words(app)


def test_a_stale_shelf_is_not_shown(
    demo_shop: Path, articles: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import date

    from stylo.tables.folder import DataFolder
    from stylo.tables.split import split

    for path in demo_shop.glob("*.parquet"):
        copy_table(path, tmp_path)
    for path in demo_shop.glob("visual_*"):
        if not (tmp_path / path.name).exists():
            shutil.copy(path, tmp_path)
    split(DataFolder(tmp_path), date(2020, 9, 1))
    app = page(monkeypatch, tmp_path, article=articles["article_id"][0])
    assert "another train_split.parquet" in words(app)
    assert cards(app, "hybrid") is None
    assert cards(app, "visual-twins")


def test_an_article_sold_in_a_single_week_has_a_chart_of_months_with_a_bar_of_a_week(
    tiny_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    convert(tiny_shop, DataFolder(tiny_shop))
    app = page(monkeypatch, tiny_shop, article="0200000001")
    (chart,) = app.get("plotly_chart")
    assert "in 1 week with a sale" in chart.proto.alt
    figure = json.loads(chart.proto.spec)
    first, last = map(date.fromisoformat, figure["layout"]["xaxis"]["range"])
    assert last - first == timedelta(weeks=13)
    assert {bar["width"] for bar in figure["data"] if bar["type"] == "bar"} == {6 * 24 * 3600 * 1000}
