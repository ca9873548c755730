"""Shops that few have: every page shows what there is, and none ends in an error."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from helpers import ARTICLE_COLUMNS, CUSTOMER_COLUMNS, TRANSACTION_COLUMNS, article_row, customer, slow
from pages import page

from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder
from stylo.tables.split import split

NAMES = [
    "\u9023\u8863\u88d9" * 40,
    "x" * 5000,
    "<script>alert(1)</script>",
    "$\\frac{1}{2}$ **b** :red[x] {0} %s",
    "0",
    " ",
]
PAGES = ("photo_search", "shopper.page", "map.page", "evaluation.page", "operations.page", "data.page")


def shop(folder: Path, names: list[str], price: str = "0.05") -> Path:
    """Articles of these names, each bought by one customer on two days."""
    ids = [f"0{100000 + number}001" for number in range(len(names))]
    articles = [article_row(each, name) for each, name in zip(ids, names, strict=True)]
    bought = [f"2020-09-{day},{customer(1)},{each},{price},2" for each in ids for day in ("05", "15")]
    folder.mkdir()
    for file, columns, rows in (
        ("articles", ARTICLE_COLUMNS, articles),
        ("customers", CUSTOMER_COLUMNS, [f"{customer(1)},,,,,,{customer(9)}"]),
        ("transactions_train", TRANSACTION_COLUMNS, bought),
    ):
        (folder / f"{file}.csv").write_text("\n".join([columns, *rows]) + "\n")
    convert(folder, DataFolder(folder))
    return folder


@pytest.mark.parametrize("cut", [True, *slow(False)], ids=["split", "whole"])
@pytest.mark.parametrize(
    ("names", "price"),
    [(["Tee"], "0.05"), (NAMES, "0.05"), (["Tee", "Tee"], "0")],
    ids=["one", "names", "free"],
)
def test_every_page_of_an_odd_shop_is_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, names: list[str], price: str, cut: bool
) -> None:
    data = shop(tmp_path / "shop", names, price)
    if cut:
        split(DataFolder(data), date(2020, 9, 10))
    visits = [{}, {"q": "tee"}, {"sort": "newest", "page": "2"}, {"article": "0100000001"}, {"price": "0.01"}]
    shown = [page(monkeypatch, data, **visit) for visit in visits]
    shown += [page(monkeypatch, data, alone=name) for name in PAGES]
    shown += [
        page(monkeypatch, data, alone="shopper.page", customer=customer(1), as_of=day) for day in ("now", "x")
    ]
    assert [list(each.exception) for each in shown] == [[]] * len(shown)


def test_a_shop_of_articles_alone_is_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    data = shop(tmp_path / "shop", ["Tee"])
    for path in [*data.glob("transactions*"), *data.glob("customers*"), *data.glob("weekly_sales*")]:
        if path.suffix != ".csv" and not path.is_dir():
            path.unlink()
        elif path.is_dir():
            path.rename(path.with_name("gone"))
    shown = [page(monkeypatch, data), page(monkeypatch, data, article="0100000001")]
    shown += [page(monkeypatch, data, alone=name) for name in PAGES]
    assert [list(each.exception) for each in shown] == [[]] * len(shown)


def test_files_that_are_made_again_behind_a_page_are_told_and_not_an_error_of_ours(
    demo_shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "shop"
    shutil.copytree(demo_shop, data, ignore=shutil.ignore_patterns("images", "*.csv"))
    article = pl.read_parquet(data / "articles.parquet")["article_id"][0]
    app = page(monkeypatch, data, article=article)
    assert not app.exception and not app.error
    split(DataFolder(data), date(2020, 9, 1))  # a retraining has begun
    app.run()
    assert not app.exception
    assert [each.value for each in app.error if "out of date" in each.value]
