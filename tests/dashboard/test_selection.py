"""What is selected, the tray, and what is done with all articles of a list."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pages import cards, page, words
from streamlit.testing.v1 import AppTest

from stylo.dashboard import text
from stylo.storage import boards, tags
from stylo.storage.database import Database


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a database that is not there yet."""
    url = f"sqlite:///{tmp_path}/kept/boards.db"
    monkeypatch.setenv("STYLO_SERVICE_DATABASE", url)
    return url


@pytest.fixture
def articles(demo_shop: Path) -> list[int]:
    return pl.read_parquet(demo_shop / "articles.parquet")["article"].to_list()


def with_selected(app: AppTest, *articles: int) -> AppTest:
    app.session_state["selected-articles"] = list(articles)
    return app.run()


def element(app: AppTest, key: str) -> dict[str, Any]:
    (found,) = (each for each in app.get("bidi_component") if each.key == key)
    data: dict[str, Any] = json.loads(found.proto.json)
    return data


def keys(app: AppTest) -> set[str]:
    return {each.key for kind in ("button", "download_button") for each in app.get(kind)}


def test_without_a_selection_there_is_no_tray(demo_shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page(monkeypatch, demo_shop)
    assert "tray-clear" not in keys(app)
    assert element(app, "cards-listing")["selected"] == {"number": 0, "articles": []}


def test_the_tray_says_how_many_are_selected_and_clears_them(
    demo_shop: Path, articles: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = with_selected(page(monkeypatch, demo_shop), articles[3], articles[0], 999_999_999)
    assert not app.exception
    assert "2 selected" in words(app)  # one is not in the catalogue
    app.button(key="tray-clear").click().run()
    assert "selected" not in words(app)
    assert element(app, "cards-listing")["selected"]["articles"] == []


@pytest.mark.parametrize(("count", "possible"), [(1, False), (2, True), (4, True), (5, False)])
def test_two_to_four_articles_can_be_compared(
    demo_shop: Path, articles: list[int], count: int, possible: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = with_selected(page(monkeypatch, demo_shop), *articles[:count])
    (link,) = (each for each in app.get("page_link") if each.proto.label == text.COMPARE_SELECTED)
    assert link.proto.disabled is not possible
    assert link.proto.query_string == "&".join(f"id={each:010d}" for each in articles[:count])


@pytest.mark.parametrize(
    "said",
    [
        None,
        "x",
        {},
        {"number": "x", "articles": []},
        {"number": 1, "articles": ["706016001"]},
        {"number": 1, "articles": [7]},
        {"number": 1, "articles": {"0706016001": 1}},
        {"articles": ["0706016001"]},
    ],
    ids=str,
)
def test_nonsense_from_a_browser_selects_nothing(said: object) -> None:
    app = AppTest.from_function(_take, args=(said,)).run()
    assert not app.exception
    assert [each.value for each in app.text] == ["[]"]


def _take(said: object) -> None:
    import streamlit as st

    from stylo.dashboard.lists import selection

    selection.take(said)
    st.text(str(selection.selected()))


def test_the_first_board_makes_the_database_and_later_ones_are_offered(
    demo_shop: Path, articles: list[int], database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = with_selected(page(monkeypatch, demo_shop), *articles[:2])
    assert text.NEW_BOARD not in {each.label for each in app.text_input}  # asked for when somebody looks
    app.session_state["tray-boards"] = True
    app.run()
    app.text_input(key="tray-name").set_value("n" * 10_240)
    submit(app, text.MAKE_BOARD)
    assert "The name has 10,240 characters. Use at most 80." in words(app)
    assert app.text_input(key="tray-name").value == "n" * 10_240  # what was typed is not lost
    app.text_input(key="tray-name").set_value("*Summer*")
    submit(app, text.MAKE_BOARD)
    assert [each.value.replace("\\", "") for each in app.toast] == ["Added 2 articles to “*Summer*”."]
    opened = Database.open(database)
    (made,) = boards.listed(opened)
    assert (made.name, boards.articles_of(opened, made.id)) == ("*Summer*", articles[:2])
    assert [each.proto.query_string for each in app.get("page_link")][-1] == f"board={made.id}"

    with_selected(app, *articles[1:4])
    submit(app, text.ADD)
    assert app.toast[0].value.replace("\\", "") == "Added 2 articles to “*Summer*”. 1 already there."
    assert boards.articles_of(opened, made.id) == articles[:4]
    opened.close()


def submit(app: AppTest, label: str) -> AppTest:
    (button,) = (each for each in app.button if each.label == label)
    return button.click().run()


def test_articles_get_a_tag(
    demo_shop: Path, articles: list[int], database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = with_selected(page(monkeypatch, demo_shop), *articles[:2])
    app.session_state["tray-tags-popover"] = True
    app.run()
    submit(app, text.ADD)
    assert "The tag is empty. Type a word." in words(app)
    app.text_input(key="tray-tag").set_value("hero piece")
    submit(app, text.ADD)
    opened = Database.open(database)
    assert sorted(tags.tagged(opened, "hero piece")) == sorted(articles[:2])
    opened.close()


def test_a_database_that_is_away_is_told_where_somebody_looks(
    demo_shop: Path, articles: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STYLO_SERVICE_DATABASE", "postgresql://nobody@127.0.0.1:1/nothing")
    app = with_selected(page(monkeypatch, demo_shop), articles[0])
    assert not app.error
    app.session_state["tray-boards"] = True
    app.run()
    assert not app.exception
    assert "Check that the database server is running" in words(app)


def test_a_database_of_the_service_that_is_gone_is_not_made_anew(
    demo_shop: Path, articles: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STYLO_SERVICE_STATE", str(tmp_path))
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "live").write_text("2020-09-16-00000000")
    app = with_selected(page(monkeypatch, demo_shop), articles[0])
    app.session_state["tray-boards"] = True
    app.run()
    assert "service.sqlite is gone" in words(app)
    assert not (tmp_path / "service.sqlite").exists()


def test_a_list_is_shown_as_a_table_where_the_address_says_so(
    demo_shop: Path, articles: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(monkeypatch, demo_shop, table="listing", sort="cheapest", page="2")
    assert not app.exception
    assert cards(app, "listing") is None
    (table,) = app.dataframe
    assert len(table.value) == 60  # all pages
    assert table.value["article_id"][0].startswith("./?article=0")
    prices = table.value["price"].dropna().to_list()
    assert prices == sorted(prices)
    app.toggle(key="table-listing").set_value(False).run()
    assert len(cards(app, "listing") or []) == 12
    assert "table" not in app.query_params


def test_every_list_of_an_article_can_be_taken_along(
    demo_shop: Path, articles: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(monkeypatch, demo_shop, article=f"{articles[0]:010d}", table="visual-twins")
    exported = {key for key in keys(app) if key.startswith("export-")}
    shown = {
        each.key.removeprefix("cards-")
        for each in app.get("bidi_component")
        # A slot of an outfit is a choice, not a list.
        if each.key.startswith("cards-") and not each.key.startswith("cards-outfit-")
    }
    assert exported == {f"export-{key}" for key in {*shown, "visual-twins"}}
    assert len(app.dataframe[0].value) == 24


def test_an_article_is_selected_on_its_own_page(
    demo_shop: Path, articles: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    number = f"{articles[0]:010d}"
    app = page(monkeypatch, demo_shop, article=number)
    app.checkbox(key=f"select-{number}").check().run()
    assert "1 selected" in words(app)
    assert element(app, "copy-number")["text"] == number
    app.checkbox(key=f"select-{number}").uncheck().run()
    assert "selected" not in words(app)


def test_of_nothing_there_is_no_file(demo_shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STYLO_DATA", str(demo_shop))
    app = AppTest.from_function(_nothing).run()
    assert not app.exception
    assert (keys(app), words(app)) == (set(), text.NOTHING_TO_EXPORT)


def _nothing() -> None:
    from stylo.dashboard.lists.take_along import take_along
    from stylo.dashboard.site import site

    take_along(site().shop(), "x", [], "x")
