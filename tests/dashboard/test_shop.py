"""What the dashboard knows of a data folder, also of one where something is missing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from helpers import copy_table

from stylo.candidates.visual_twins import VisualTwins
from stylo.dashboard.shop import Shop, open_shop, state
from stylo.errors import BadIdentifier, MissingArtefact, UnknownArticle
from stylo.recommender import HYBRID
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder
from stylo.tables.split import split


@pytest.fixture(scope="module")
def shop(demo_shop: Path) -> Shop:
    return open_shop(DataFolder(demo_shop), demo_shop / "images")


@pytest.fixture
def tables_only(tiny_shop: Path) -> DataFolder:
    folder = DataFolder(tiny_shop)
    convert(tiny_shop, folder)
    return folder


def test_a_complete_folder_has_no_problem_and_says_that_its_network_is_untrained(shop: Shop) -> None:
    assert shop.problems == {}
    assert shop.untrained
    assert shop.as_of == date(2020, 9, 16)


def test_the_shelf_of_visual_twins_is_the_table_of_visual_twins(shop: Shop, demo_shop: Path) -> None:
    table = pl.read_parquet(demo_shop / "visual_reccs.parquet")
    article = table["article"][0]
    mine = table.filter(pl.col("article") == article).sort("rank")
    shelf = shop.shelf(article, VisualTwins.name)
    assert [row["article"] for row in shelf] == mine["neighbour"].to_list()
    assert [row["score"] for row in shelf] == pytest.approx(mine["similarity"].to_list())


def test_the_hybrid_shelf_says_who_proposed_each(shop: Shop) -> None:
    for row in shop.articles.head(5).rows(named=True):
        shelf = shop.shelf(row["article"], HYBRID)
        assert 0 < len(shelf) <= 12
        assert all(near["proposed_by"] for near in shelf)
        assert row["article"] not in [near["article"] for near in shelf]


def test_a_search_wants_every_word_and_shows_the_best_seller_first(tables_only: DataFolder) -> None:
    split(tables_only, date(2020, 9, 13), days=14)
    shop = open_shop(tables_only, tables_only.root / "images")
    count, rows = shop.search("TEE colour", 12)
    assert count == 4
    # In the week before the 13th: 0108775044 and 0200000001 were sold once each, the others not.
    assert [row["article_id"] for row in rows] == ["0108775044", "0200000001", "0108775015", "0999999999"]
    assert shop.search("0877504", 12)[0] == 1
    assert shop.search("tee nonsense", 12) == (0, [])
    assert shop.search("tee", 1)[0] == 4
    assert len(shop.search("tee", 1)[1]) == 1


def test_the_price_is_the_last_one_paid_before_the_cutoff(tables_only: DataFolder) -> None:
    split(tables_only, date(2020, 9, 13), days=14)
    shop = open_shop(tables_only, tables_only.root)
    assert shop.article("0108775015")["price"] == pytest.approx(29.99, abs=0.005)
    assert shop.article("0108775044")["price"] == pytest.approx(9.99, abs=0.005)
    assert shop.article("0999999999")["price"] is None


@pytest.mark.parametrize("article", ["", "abc", "108775015", "0108775015 ", "²²²²²²²²²²"])
def test_what_is_no_article_id_is_refused(shop: Shop, article: str) -> None:
    with pytest.raises(BadIdentifier):
        shop.article(article)


def test_an_unknown_article_is_named(shop: Shop) -> None:
    with pytest.raises(UnknownArticle, match="0999999998"):
        shop.article("0999999998")


def test_without_tables_the_script_to_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingArtefact, match=r"data_optim\.py"):
        open_shop(DataFolder(tmp_path), tmp_path)


def test_tables_alone_are_enough_to_show_articles(tables_only: DataFolder) -> None:
    shop = open_shop(tables_only, tables_only.root / "nowhere")
    assert set(shop.problems) == {
        "train_split.parquet",
        "article_reccs.parquet",
        "visual_reccs.parquet",
        "photos",
    }
    assert shop.as_of is None
    assert len(shop.bestsellers(12)) == 4
    assert shop.shelf(108775015, HYBRID) == []


def test_a_stale_artefact_is_a_problem_and_is_not_shown(demo_shop: Path, tmp_path: Path) -> None:
    for path in demo_shop.glob("*.parquet"):
        copy_table(path, tmp_path)
    split(DataFolder(tmp_path), date(2020, 9, 1))
    shop = open_shop(DataFolder(tmp_path), demo_shop / "images")
    assert "another train_split.parquet" in str(shop.problems["article_reccs.parquet"])
    assert shop.shelf(shop.articles["article"][0], HYBRID) == []
    assert shop.shelf(shop.articles["article"][0], VisualTwins.name)


def test_the_state_changes_when_an_artefact_is_replaced(tables_only: DataFolder) -> None:
    before = state(tables_only, tables_only.root)
    assert state(tables_only, tables_only.root) == before
    split(tables_only, date(2020, 9, 13), days=14)
    assert state(tables_only, tables_only.root) != before
