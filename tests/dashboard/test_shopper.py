"""A shopper's page: what was recommended, why, and what was bought."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path

import polars as pl
import pytest
from helpers import copy_table
from pages import cards, mounted, page, words
from streamlit.testing.v1 import AppTest

from stylo.dashboard import text
from stylo.dashboard.shopper.customer_base import CustomerBase
from stylo.dashboard.shopper.records import CustomerRecords
from stylo.dashboard.site import site
from stylo.recommender import HYBRID


def shopper(monkeypatch: pytest.MonkeyPatch, data: Path, **address: str) -> AppTest:
    return page(monkeypatch, data, alone="shopper.page", **address)


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
    assert text.hits(hits, of) in words(app)
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
    assert all(metric.help for metric in app.metric)
    assert all(header.proto.help for header in app.header)


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


@pytest.mark.parametrize(
    ("found", "of", "said"),
    [
        (2, 4, "2 of 4 articles bought that week were recommended."),
        (1, 4, "1 of 4 articles bought that week was recommended."),
        (0, 4, "0 of 4 articles bought that week were recommended."),
        (1, 1, "The only article bought that week was recommended."),
        (0, 1, "The only article bought that week was not recommended."),
        (0, 0, "Nothing was bought that week."),
    ],
)
def test_hits_are_told_in_a_sentence(found: int, of: int, said: str) -> None:
    assert text.hits(found, of) == said


def test_what_was_already_bought_can_be_hidden_and_the_next_best_take_its_place(
    demo_shop: Path, bought: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    for who in bought["customer_id"].value_counts(sort=True)["customer_id"]:
        mine = set(bought.filter(pl.col("customer_id") == who)["article_id"])
        listed = [
            card["article"]
            for card in cards(shopper(monkeypatch, demo_shop, customer=who, as_of="now"), "now") or []
        ]
        if hidden := mine & set(listed):
            break
    app = shopper(monkeypatch, demo_shop, customer=who, as_of="now", hide="true")
    shown = [card["article"] for card in cards(app, "now") or []]
    assert len(shown) == 12
    assert not mine & set(shown)
    kept = [article for article in listed if article not in mine]
    assert shown[: len(kept)] == kept
    assert text.hidden_bought(len(hidden), refilled=True) in words(app)
    app.toggle[0].set_value(False).run()
    assert [card["article"] for card in cards(app, "now") or []] == listed


def test_in_a_past_week_only_what_was_bought_before_it_is_hidden(
    demo_shop: Path, lists: pl.DataFrame, bought: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    hybrid = lists.filter((pl.col("model") == HYBRID) & (pl.col("cutoff") == pl.col("cutoff").max()))
    cutoff = hybrid["cutoff"][0]
    past = bought.filter(pl.col("t_dat") < cutoff)
    before = {who: set(mine) for who, mine in past.group_by("customer_id").agg("article_id").iter_rows()}
    rows = hybrid.select("customer_id", "article_id").sort("customer_id").rows()
    who, listed = next((who, listed) for who, listed in rows if before.get(who, set()) & set(listed))
    app = shopper(monkeypatch, demo_shop, customer=who, hide="true")
    shown = cards(app, "then") or []
    assert [card["article"] for card in shown] == [each for each in listed if each not in before[who]]
    ranks = {article: str(rank) for rank, article in enumerate(listed, start=1)}
    assert all(card["mark"] == "hit" or card["badge"] == ranks[card["article"]] for card in shown)
    assert text.hidden_bought(12 - len(shown), refilled=False) in words(app)


def test_reasons_speak_of_the_shopper_and_of_the_day_of_the_list(
    demo_shop: Path, lists: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = lists.filter((pl.col("model") == HYBRID) & pl.col("reason").list.contains("again"))
    who, cutoff = own.sort("cutoff", "customer_id").select("customer_id", "cutoff").row(-1)
    said = [
        card["reason"]
        for card in cards(shopper(monkeypatch, demo_shop, customer=who, as_of=str(cutoff)), "then") or []
    ]
    assert any(each.startswith("This shopper bought it ") and each.endswith(" before.") for each in said)
    assert not any(" you " in f" {each.lower()} " or each.endswith(" ago.") for each in said)


def landing(monkeypatch: pytest.MonkeyPatch, data: Path, **address: str) -> AppTest:
    """The page without a shopper, once everybody is counted."""
    app = shopper(monkeypatch, data, **address)
    site().shop().customers.base.result()
    return app.run()


def test_the_page_opens_with_examples_of_every_kind_and_a_click_opens_one(
    demo_shop: Path, bought: pl.DataFrame, lists: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = landing(monkeypatch, demo_shop)
    assert not app.exception
    shown = mounted(app, "example-shoppers")["shoppers"]
    assert all(each.proto.help for each in (*app.header, *app.selectbox))
    kinds = [each["kind"] for each in shown]
    assert set(kinds) == set(site().shop().customers.base.result().buyers["kind"])
    assert len(kinds) > len(set(kinds)) > 1
    cutoff = lists["cutoff"].max()
    for each in shown:
        assert each["customer"] in set(lists.filter(pl.col("cutoff") == cutoff)["customer_id"])
        mine = bought.filter((pl.col("customer_id") == each["customer"]) & (pl.col("t_dat") < cutoff))
        first = f"{mine.height:,} purchase" if mine.height else text.FIRST_TIME
        assert each["lines"][0].startswith(first)
        newest = mine.sort("t_dat", "article", descending=[True, False])["article_id"].unique(
            maintain_order=True
        )[:3]
        assert [photo["src"].split("/")[-1].split(".")[0] for photo in each["photos"]] == newest.to_list()


def test_the_list_is_filtered_and_sorted_by_the_address(
    demo_shop: Path, bought: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = pl.read_parquet(demo_shop / "customers.parquet")
    app = landing(monkeypatch, demo_shop, age="20-29", sort="purchases")
    table = mounted(app, "customers")
    asked = people.filter(pl.col("age").is_between(20, 29))
    assert f"{asked.height:,} of {people.height:,} customers" in words(app)
    counts = bought.join(asked, on="customer_id").group_by("customer_id").len().sort("len", descending=True)
    assert [row["cells"][3] for row in table["rows"]] == [
        f"{n:,}" for n in [*counts["len"], *[0] * asked.height][: len(table["rows"])]
    ]
    assert {row["cells"][2] for row in table["rows"]} <= {str(age) for age in range(20, 30)}
    (column,) = (each for each in table["columns"] if each["sorted"])
    assert (column["name"], column["sorted"]) == ("purchases", "down")
    turned = mounted(landing(monkeypatch, demo_shop, sort="purchases-up", kind="active"), "customers")
    numbers = [int(row["cells"][3].replace(",", "")) for row in turned["rows"]]
    assert numbers == sorted(numbers)
    assert {row["cells"][1] for row in turned["rows"]} == {"Active"}
    nobody = landing(monkeypatch, demo_shop, kind="never", recency="28")
    assert text.NO_CUSTOMERS_LEFT in [each.value for each in nobody.info]


def test_while_customers_are_counted_the_page_says_so(
    demo_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forever: Future[CustomerBase] = Future()
    monkeypatch.setattr(CustomerRecords, "base", forever)
    app = shopper(monkeypatch, demo_shop)
    assert not app.exception
    assert text.COUNTING in [each.value for each in app.info]
