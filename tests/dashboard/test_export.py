"""Lists as tables and CSV: what spreadsheets and programs read."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from stylo.assortment import with_facts
from stylo.dashboard.lists import export
from stylo.dashboard.shop import Shop
from stylo.tables.folder import DataFolder
from stylo.tables.schemas import WEEKLY_SALES
from stylo.visual.thumbnails import Pictures, Thumbnails

DAY = date(2020, 9, 16)


def shop_of(folder: Path, names: dict[int, str], *sales: tuple[int, date, int]) -> Shop:
    """Articles with names; what was sold of which in a week."""
    articles = pl.DataFrame(
        {"article": list(names), "prod_name": list(names.values())},
        {"article": pl.Int32, "prod_name": pl.String},
    )
    facts = (
        "product_type_name",
        "colour_group_name",
        "graphical_appearance_name",
        "section_name",
        "department_name",
    )
    articles = articles.with_columns(
        *(pl.lit("x").alias(name) for name in facts),
        article_id=pl.col("article").cast(pl.String).str.zfill(10),
    )
    rows = [
        {"article": article, "week": week, "sales": count, "last_price": 9.5}
        for article, week, count in sorted(sales)
    ]
    week = pl.DataFrame(
        rows, {name: WEEKLY_SALES[name] for name in ("article", "week", "sales", "last_price")}
    )
    data = DataFolder(folder)
    pictures = Pictures(None, Thumbnails.of(data))
    return Shop(data, with_facts(articles, week, DAY, {1}), week, pictures, DAY)


def read(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def test_a_csv_has_the_articles_in_their_order_with_what_they_sold(tmp_path: Path) -> None:
    week = date(2020, 9, 9)
    shop = shop_of(
        tmp_path, {108775015: "Strap top", 1: "One", 2: "Two"},
        (108775015, week, 3), (108775015, date(2020, 8, 5), 4), (108775015, DAY, 90),
    )  # fmt: skip
    rows = read(export.csv(shop, [2, 108775015, 7]))  # 7 is not in the catalogue
    assert [row["article_id"] for row in rows] == ["0000000002", "0108775015"]
    assert list(rows[1].values()) == [
        "0108775015", "Strap top", "x", "x", "x", "x", "x", "9.50", "3", "7", "2020-08-05", "false",
    ]  # fmt: skip
    assert (rows[0]["price"], rows[0]["sold_in_all"], rows[0]["first_sold"]) == ("", "0", "")
    assert list(rows[0]) == list(export.table(shop, []).columns)
    assert export.ids(shop, [2, 108775015]) == "0000000002\n0108775015"


def test_columns_that_say_nothing_are_known(tmp_path: Path) -> None:
    same = {"type", "colour", "pattern", "section", "department"}
    every = set(export.table(shop_of(tmp_path, {}), []).columns)
    # Article 1 alone has a photo. Nothing was sold: there are no prices and no first day, but the count is known.
    unsold = shop_of(tmp_path, {1: "One name", 2: "One name"})
    assert set(export.telling(unsold)) == every - same - {"price", "first_sold"}
    sold = shop_of(tmp_path, {2: "Top", 3: "Top"}, (2, date(2020, 9, 9), 3))
    assert set(export.telling(sold)) == every - same - {"has_photo"}


@pytest.mark.parametrize(
    "name", ["=1+1", "+49 dress", "-5 %", "@SUM(A1)", "\tx", " =cmd|' /C calc'!A0", "＝1+1", '=a,"b"\n=c']
)
def test_no_cell_is_a_formula_to_a_spreadsheet(tmp_path: Path, name: str) -> None:
    (row,) = read(export.csv(shop_of(tmp_path, {1: name}), [1]))
    assert row["name"] == f"'{name}"


@pytest.mark.parametrize("name", ["Märta-dress", "夏のドレス", "فستان", "a = b", "3-pack", "'", 'a,"b"\nc'])
def test_a_name_in_any_script_stays_as_it_is(tmp_path: Path, name: str) -> None:
    data = export.csv(shop_of(tmp_path, {1: name}), [1])
    assert read(data)[0]["name"] == name
    assert data.startswith(b"\xef\xbb\xbf")  # by which spreadsheets know UTF-8


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Summer: été", "Summer-été.csv"),
        ("../../etc/passwd", "etc-passwd.csv"),
        ("夏", "夏.csv"),
        ('?*<>|"', "articles.csv"),
        ("a" * 300, "a" * 60 + ".csv"),
    ],
)
def test_a_file_can_have_its_name_on_any_system(name: str, file: str) -> None:
    assert export.file_name(name) == file
