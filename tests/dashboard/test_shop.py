"""What the dashboard knows of a data folder, also of one where something is missing."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from helpers import copy_table, jpeg, put

from stylo.candidates.similar_articles import VisualTwins
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


def test_the_price_is_the_last_one_paid_before_the_cutoff(tables_only: DataFolder) -> None:
    split(tables_only, date(2020, 9, 13), days=14)
    shop = open_shop(tables_only, tables_only.root)
    assert shop.article("0108775015")["price"] == pytest.approx(29.99, abs=0.005)
    assert shop.article("0108775044")["price"] == pytest.approx(9.99, abs=0.005)
    assert shop.article("0999999999")["price"] is None


def test_sales_of_the_week_and_the_first_week_are_those_before_the_cutoff(tables_only: DataFolder) -> None:
    split(tables_only, date(2020, 9, 13), days=14)
    shop = open_shop(tables_only, tables_only.root)
    sold = shop.folder.scan("transactions.parquet").collect()
    for row in shop.articles.rows(named=True):
        mine = sold.filter((pl.col("article") == row["article"]) & (pl.col("t_dat") < date(2020, 9, 13)))
        assert row["sales"] == mine.filter(pl.col("t_dat") >= date(2020, 9, 6)).height
        if mine.height:
            first = mine["t_dat"].min()
            assert row["first_sold"] <= first < row["first_sold"] + timedelta(days=7)  # type: ignore[operator]
            assert row["is_new"] == (row["first_sold"] >= date(2020, 9, 13) - timedelta(days=28))
        else:
            assert row["first_sold"] is None
            assert not row["is_new"]


def test_the_season_of_an_article_is_when_its_share_of_all_sales_is_largest(shop: Shop) -> None:
    names = {0: "Winter", 1: "Spring", 2: "Summer", 3: "Autumn"}
    past = [row for row in shop.sales.rows(named=True) if row["week"] < shop.as_of]

    def season(row: dict[str, object]) -> str:
        middle = row["week"] + timedelta(days=3)  # type: ignore[operator]
        return names[middle.month % 12 // 3]

    whole: dict[str, int] = defaultdict(int)
    for row in past:
        whole[season(row)] += row["sales"]
    for article in shop.articles.head(10).rows(named=True):
        mine: dict[str, int] = defaultdict(int)
        for row in past:
            if row["article"] == article["article"]:
                mine[season(row)] += row["sales"]
        if sum(mine.values()) < 5:
            assert article["season"] is None
        else:
            shares = {name: count / whole[name] for name, count in mine.items()}
            assert shares[article["season"]] == pytest.approx(max(shares.values()))


def test_variants_are_the_other_articles_of_the_product(shop: Shop) -> None:
    numbers = shop.articles["article"].to_list()
    for number in numbers[:10]:
        others = [other for other in numbers if other // 1000 == number // 1000 and other != number]
        assert [row["article"] for row in shop.variants(number)] == others


def test_the_weeks_of_an_article_add_up_to_its_sales(shop: Shop) -> None:
    sold = shop.folder.scan("transactions.parquet").group_by("article").agg(pl.len()).collect()
    for number, count in sold.sort("article").head(10).iter_rows():
        assert shop.weeks(number)["sales"].sum() == count
    assert shop.weeks(1).is_empty()


def test_the_colours_of_a_photo_share_the_garment(shop: Shop) -> None:
    found = shop.colours(shop.articles["article"][0])
    assert 1 <= len(found) <= 3
    assert sum(share for *_, share in found) == pytest.approx(1, abs=1e-3)
    assert shop.colours(1) == []


def test_rows_come_in_the_order_asked_and_without_strangers(shop: Shop) -> None:
    some = shop.articles["article"].to_list()[5:0:-1]
    found = shop.rows([some[0], 1, *some[1:], 2**31 + 5])
    assert [row["article"] for row in found] == some
    assert shop.rows([]) == []


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
    assert shop.articles.height == 4
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


def test_photos_out_of_reach_are_a_problem_or_shown_by_their_thumbnails(
    tables_only: DataFolder, tmp_path: Path
) -> None:
    images = tmp_path / "photos"
    images.mkdir()
    (images / "010").symlink_to(tmp_path / "away")
    shop = open_shop(tables_only, images)
    assert "No photo in" in shop.problems["photos"].problem
    assert state(tables_only, images) == state(tables_only, images)
    put(images, "099/0999999999.jpg", jpeg())
    for article in ("0108775015", "0200000001"):
        put(tables_only.root, f"thumbnails/{article[:3]}/{article}.jpg", jpeg())
    shop = open_shop(tables_only, images)
    assert "photos" not in shop.problems
    assert shop.pictures.find(108775015, "small") == jpeg()
    shown = dict(zip(shop.articles["article_id"], shop.articles["has_photo"], strict=True))
    assert [shown[article] for article in ("0108775015", "0999999999", "0200000001")] == [True, True, False]
