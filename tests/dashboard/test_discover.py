"""Finding articles: words, filters, order, pages; and what an address may say."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from pages import applied, cards, choices, page, words

from stylo.dashboard import text
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder
from stylo.tables.split import split


@pytest.fixture
def tables_only(tiny_shop: Path) -> Path:
    """Articles 0108775015, 0108775044, 0200000001 and 0999999999; the cutoff is 2020-09-13."""
    folder = DataFolder(tiny_shop)
    convert(tiny_shop, folder)
    split(folder, date(2020, 9, 13), days=14)
    return tiny_shop


def ids(shown: list[dict[str, str]] | None) -> list[str]:
    assert shown is not None
    return [card["article"] for card in shown]


def test_the_first_page_shows_the_best_sellers_of_the_week(
    tables_only: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(monkeypatch, tables_only)
    assert not app.exception
    # In the week before the 13th 0108775044 and 0200000001 were sold once each, the others not.
    assert ids(cards(app, "listing")) == ["0108775044", "0200000001", "0108775015", "0999999999"]
    assert "Bestsellers" in words(app)


def test_words_find_articles_and_misspelt_ones_are_understood(
    demo_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    articles = pl.read_parquet(demo_shop / "articles.parquet")
    kind = articles["product_type_name"].mode().sort()[0]
    wanted = articles.filter(pl.col("product_type_name") == kind)["article_id"].to_list()
    app = page(monkeypatch, demo_shop, q=kind)
    assert set(wanted) <= set(ids(cards(app, "listing"))) or len(wanted) > 48
    number = articles["article_id"][5]
    assert ids(cards(page(monkeypatch, demo_shop, q=number), "listing")) == [number]
    assert ids(cards(page(monkeypatch, demo_shop, q=number[1:]), "listing")) == [number]
    nothing = page(monkeypatch, demo_shop, q="qqqq zzzz")
    assert cards(nothing, "listing") is None
    assert "Nothing found for “qqqq zzzz”" in words(nothing)


def test_filters_of_the_address_narrow_the_list_and_say_how_many_others_would_leave(
    demo_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    articles = pl.read_parquet(demo_shop / "articles.parquet")
    colour = articles["colour_group_name"].mode().sort()[0]
    app = page(monkeypatch, demo_shop, colour=colour)
    wanted = articles.filter(pl.col("colour_group_name") == colour)
    assert f"{wanted.height} articles" in words(app)
    assert sorted(ids(cards(app, "listing")))[:48] == sorted(wanted["article_id"])[:48]
    shown = choices(app)
    by_section = dict(wanted["section_name"].value_counts().iter_rows())
    assert shown["section"] == by_section
    # Another colour is chosen beside this one: its count is not narrowed by it.
    assert shown["colour"] == dict(articles["colour_group_name"].value_counts().iter_rows())


@pytest.mark.parametrize(
    "address",
    [
        {"colour": "Nonsense"},
        {"page": "-3"},
        {"page": "9" * 30},
        {"sort": "<b>"},
        {"price": "abc"},
        {"section": "Womens Everyday Collection; DROP TABLE"},
        {"unheard": "of"},
    ],
    ids=str,
)
def test_nonsense_in_the_address_is_passed_over(
    address: dict[str, str], demo_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(monkeypatch, demo_shop, **address)
    assert not app.exception
    assert len(ids(cards(app, "listing"))) == 48


def test_sixty_articles_take_two_pages_and_each_is_on_one(
    demo_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (ids(cards(page(monkeypatch, demo_shop, page=n), "listing")) for n in ("1", "2"))
    assert len(first) == 48
    assert sorted(first + second) == sorted(pl.read_parquet(demo_shop / "articles.parquet")["article_id"])


@pytest.mark.parametrize("order", ["cheapest", "dearest"])
def test_the_list_can_be_sorted_by_price(
    order: str, demo_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = cards(page(monkeypatch, demo_shop, sort=order), "listing")
    assert shown is not None
    prices = [float(card["price"].replace(",", "")) for card in shown if card["price"]]
    assert prices == sorted(prices, reverse=order == "dearest")


@pytest.mark.parametrize(
    ("asked", "left", "unpriced"),
    [
        (["1", "inf"], {"0108775044", "0108775015", "0200000001"}, 1),
        (["0", "12"], {"0108775044"}, 1),
        (["12", "16"], {"0200000001"}, 1),
        (["0", "inf"], {"0108775044", "0108775015", "0200000001", "0999999999"}, 0),
        (["16", "12"], {"0108775044", "0108775015", "0200000001", "0999999999"}, 0),
    ],
    ids=["from 1", "to 12", "12 to 16", "all", "upside down"],
)
def test_a_price_leaves_out_articles_without_one_and_says_so(
    asked: list[str], left: set[str], unpriced: int, tables_only: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 0108775015 cost 29.99, 0200000001 14.99, 0108775044 9.99; 0999999999 was never sold.
    app = page(monkeypatch, tables_only, price=asked)
    assert set(ids(cards(app, "listing"))) == left
    assert ("1 article without a price is left out." in words(app)) is bool(unpriced)


@pytest.mark.parametrize(
    ("article", "said"),
    [
        ("0999999998", "There is no article 0999999998"),
        ("706016001", "“706016001” lacks its leading zero. Did you mean 0706016001?"),
        ("abc", "“abc” is not an article number"),
        ("<b>x</b>", "“<b>x</b>” is not an article number"),
    ],
)
def test_an_unknown_article_is_told_and_the_shop_still_shown(
    article: str, said: str, tables_only: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(monkeypatch, tables_only, article=article)
    assert said in words(app)
    assert cards(app, "listing")


def test_without_tables_the_page_says_how_to_make_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(monkeypatch, tmp_path)
    assert not app.exception
    assert "Nothing to show yet" in words(app)
    assert f"python data_optim.py --data {tmp_path}" in words(app)


def test_a_damaged_catalogue_is_named_with_the_script_that_makes_it(
    tables_only: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tables_only / "articles.parquet").write_bytes(b"PAR1")
    app = page(monkeypatch, tables_only)
    assert not app.exception
    assert "data_optim.py" in words(app)
    assert "articles.parquet" in words(app)


def test_words_that_find_nothing_are_told_once_and_no_filter_is_blamed(
    demo_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = words(page(monkeypatch, demo_shop, q="qqqq zzzz"))
    assert "Nothing found for" in alone
    assert text.NOTHING_LEFT not in alone
    narrowed = words(page(monkeypatch, demo_shop, q="a", price=["99990", "inf"]))
    assert text.NOTHING_LEFT in narrowed
    assert "Nothing found for" not in narrowed


def test_a_price_in_words_is_the_price_until_another_is_chosen(
    tables_only: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 0108775015 cost 29.99, 0200000001 14.99, 0108775044 9.99; 0999999999 was never sold.
    told = page(monkeypatch, tables_only, q="under 15")
    assert set(ids(cards(told, "listing"))) == {"0108775044", "0200000001"}
    assert "Price up to 15, from “under 15” in your search." in words(told)
    assert applied(told) == ["Price up to 15"]
    chosen = page(monkeypatch, tables_only, q="under 15", price=["20", "inf"])
    assert ids(cards(chosen, "listing")) == ["0108775015"]
    assert "The price filter overrides “under 15” in your search." in words(chosen)
    assert applied(chosen) == ["Price from 20"]
    anything = page(monkeypatch, tables_only, q="under 15", price=["0", "inf"])
    assert len(ids(cards(anything, "listing"))) == 4
    assert applied(anything) == []


def test_words_are_taken_as_they_are_where_the_address_says_so(
    tables_only: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(monkeypatch, tables_only, q="under 15")
    (as_typed,) = (button for button in app.button if button.label.startswith("Search for exactly"))
    as_typed.click().run()
    assert "literal" in app.query_params
    assert text.TYPED_ONLY in words(app)
    assert applied(app) == []
    (back,) = (button for button in app.button if button.label == text.UNDERSTAND)
    back.click().run()
    assert "literal" not in app.query_params
    assert applied(app) == ["Price up to 15"]


@pytest.mark.parametrize(
    ("address", "found", "chips"),
    [
        ({"sold": "1"}, ["0999999999"], ["Never sold"]),
        ({"q": "what nobody bought"}, ["0999999999"], ["Never sold"]),
        ({"q": "never sold", "sold": "99"}, 4, ["Sold fewer than 99 times"]),
        ({"sold": "0"}, 4, []),
        ({"sold": "nonsense"}, 4, []),
        ({"sold": "9" * 30}, 4, []),
    ],
    ids=str,
)
def test_what_hardly_sold_can_be_asked_for(
    address: dict[str, str],
    found: list[str] | int,
    chips: list[str],
    tables_only: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = page(monkeypatch, tables_only, **address)
    shown = ids(cards(app, "listing"))
    assert shown == found or len(shown) == found
    assert applied(app) == chips
    if not address.get("q") and not chips:
        assert choices(app)["sold"] == {"1": 1}


def test_the_list_can_be_sorted_by_all_sales(demo_shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cutoff = json.loads((demo_shop / "train_split.json").read_text())["manifest"]["parameters"]["cutoff"]
    bought = pl.read_parquet(demo_shop / "transactions.parquet" / "**" / "*.parquet")
    counts = bought.filter(pl.col("t_dat") < date.fromisoformat(cutoff))["article"].value_counts()
    everything = pl.read_parquet(demo_shop / "articles.parquet")["article"]
    sold = dict.fromkeys(everything, 0) | dict(counts.iter_rows())
    for order, most_first in (("sold", True), ("slowest", False)):
        shown = ids(cards(page(monkeypatch, demo_shop, sort=order), "listing"))
        found = [sold[int(article)] for article in shown]
        assert found == sorted(found, reverse=most_first)
        assert found[0] == (max if most_first else min)(sold.values())


def test_a_filter_that_is_no_longer_there_is_said_and_can_be_taken_out(
    demo_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(monkeypatch, demo_shop, colour=["Black", "Nonsense <b>"])
    assert "This filter matches nothing in this catalogue and is ignored: Colour “Nonsense <b>”." in words(
        app
    )
    assert applied(app) == ["Black", "Nonsense <b>"]
    assert len(app.title) == 1
