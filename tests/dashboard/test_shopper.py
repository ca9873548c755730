"""A shopper's page: what was recommended, why, and what was bought."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from helpers import copy_table
from pages import cards, page, words
from streamlit.testing.v1 import AppTest

from stylo.recommender import HYBRID


def shopper(monkeypatch: pytest.MonkeyPatch, data: Path, **address: str) -> AppTest:
    return page(monkeypatch, data, alone="shopper", **address)


@pytest.fixture(scope="module")
def lists(demo_shop: Path) -> pl.DataFrame:
    return pl.read_parquet(demo_shop / "predictions.parquet")


@pytest.fixture(scope="module")
def bought(demo_shop: Path) -> pl.DataFrame:
    """`customer_id`, `article_id`, `t_dat`."""
    customers = pl.read_parquet(demo_shop / "customers.parquet").select("customer", "customer_id")
    sold = pl.read_parquet(demo_shop / "transactions.parquet/*.parquet").join(customers, on="customer")
    return sold.with_columns(article_id=pl.col("article").cast(pl.String).str.zfill(10))


def test_hits_of_the_week_are_marked_and_counted(
    demo_shop: Path, lists: pl.DataFrame, bought: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    hybrid = lists.filter((pl.col("model") == HYBRID) & (pl.col("cutoff") == pl.col("cutoff").max()))
    cutoff = hybrid["cutoff"][0]
    week = bought.filter(pl.col("t_dat") >= cutoff)
    truth = {who: set(mine) for who, mine in week.group_by("customer_id").agg("article_id").iter_rows()}
    rows = hybrid.select("customer_id", "article_id").rows()
    who, listed = next((who, listed) for who, listed in rows if truth[who] & set(listed))
    app = shopper(monkeypatch, demo_shop, customer=who, as_of=str(cutoff))
    assert not app.exception
    shown = cards(app, "then")
    assert shown is not None
    assert [card["article"] for card in shown] == listed
    assert {card["article"] for card in shown if card["mark"] == "hit"} == truth[who] & set(listed)
    assert all(card["reason"].endswith(".") for card in shown)
    hits, of = len(truth[who] & set(listed)), len(truth[who])
    assert f"{hits} of the {'1 article' if of == 1 else f'{of} articles'} bought that week." in words(app)
    assert {card["article"] for card in cards(app, "truth") or []} == truth[who]


def test_now_shows_twelve_with_a_sentence_each_and_all_purchases(
    demo_shop: Path, bought: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = bought["customer_id"].mode().sort()[0]
    app = shopper(monkeypatch, demo_shop, customer=who[:20], as_of="now")
    assert not app.exception
    assert len(cards(app, "now") or []) == 12
    mine = bought.filter(pl.col("customer_id") == who).height
    assert len(cards(app, "time-line") or []) == min(mine, 60)
    assert f"{mine:,}" in [metric.value for metric in app.metric]


def test_somebody_without_a_purchase_gets_what_sells(
    demo_shop: Path, bought: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    everyone = pl.read_parquet(demo_shop / "customers.parquet")["customer_id"]
    nobody = sorted(set(everyone) - set(bought["customer_id"]))
    if not nobody:
        pytest.skip("everybody in this shop has bought something")
    app = shopper(monkeypatch, demo_shop, customer=nobody[0])
    assert not app.exception
    assert len(cards(app, "now") or []) == 12
    assert "No purchases so far" in words(app)


def test_an_unknown_customer_is_told(demo_shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = shopper(monkeypatch, demo_shop, customer="<b>" + "f" * 70)
    assert not app.exception
    assert "There is no customer “<b>fff" in words(app)
    assert "<b>" not in app.error[0].value


def test_without_predictions_and_model_the_page_names_the_script(
    demo_shop: Path, tmp_path: Path, bought: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("articles", "customers", "transactions"):
        copy_table(demo_shop / f"{name}.parquet", tmp_path)
    app = shopper(monkeypatch, tmp_path, customer=bought["customer_id"][0])
    assert not app.exception
    assert "python final.py" in words(app)
    assert cards(app, "time-line")
