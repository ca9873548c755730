"""The page of boards: as it is shared, edited by two people, and when something is gone or away."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa
from pages import cards, html, page, words
from streamlit.testing.v1 import AppTest

from stylo.dashboard import text
from stylo.dashboard.boards import state as boards_state
from stylo.dashboard.boards.neighbours import more_like
from stylo.dashboard.site import site
from stylo.storage import boards, tags
from stylo.storage.boards import Board
from stylo.storage.database import Database

ANNA = {"who": "Anna", "now": datetime(2026, 5, 4, 9, 30, tzinfo=UTC)}


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    url = f"sqlite:///{tmp_path}/boards.db"
    monkeypatch.setenv("STYLO_SERVICE_DATABASE", url)
    opened = Database.open(url)
    opened.migrate()
    return opened


@pytest.fixture
def articles(demo_shop: Path) -> list[int]:
    return pl.read_parquet(demo_shop / "articles.parquet")["article"].to_list()


@pytest.fixture
def board(database: Database, articles: list[int]) -> Board:
    made = boards.make(database, "Summer *window*", articles[:3], **ANNA)
    return boards.describe(database, made.id, made.name, "<b>for</b>\n# Nina", seen=1, **ANNA)


def shown(app: AppTest, key: str) -> list[int]:
    return [int(card["article"]) for card in cards(app, key) or []]


def click(app: AppTest, label: str) -> AppTest:
    (button,) = (each for each in app.button if each.label == label)
    return button.click().run()


def test_a_board_is_opened_by_its_address(
    demo_shop: Path, board: Board, articles: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(monkeypatch, demo_shop, alone="boards.page", board=board.id)
    assert not app.exception
    assert [each.value for each in app.title] == [r"Summer \*window\*"]
    assert shown(app, "board") == articles[:3]
    assert "3 articles · last edited by Anna, 4 May 2026 at 09:30 UTC" in words(app)
    notes = [each.proto.body for each in app.get("html")]
    assert '<p class="notes">&lt;b&gt;for&lt;/b&gt;\n# Nina</p>' in notes  # as it was typed, no markup
    near = shown(app, "like-board")
    assert near
    assert not set(near) & set(articles[:3])
    (compare,) = (each for each in app.get("page_link") if each.proto.label == text.COMPARE_SELECTED)
    assert not compare.proto.disabled


def test_more_like_a_board_are_the_neighbours_of_its_articles_fused_by_rank(
    demo_shop: Path, articles: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STYLO_DATA", str(demo_shop))
    mine = articles[:3]
    votes: dict[int, float] = {}
    for name, only in (("visual_reccs", True), ("article_reccs", pl.col("strategy") == "style neighbours")):
        table = pl.read_parquet(demo_shop / f"{name}.parquet").filter(pl.col("article").is_in(mine), only)
        assert table.height
        for neighbour, rank in table.select("neighbour", "rank").iter_rows():
            votes[neighbour] = votes.get(neighbour, 0) + 1 / (60 + rank)
    wanted = sorted(set(votes) - set(mine), key=lambda each: (-round(votes[each], 12), each))
    found = [row["article"] for row in more_like(site().shop(), mine, 10)]
    assert [round(votes[each], 9) for each in found] == [round(votes[each], 9) for each in wanted[:10]]
    assert more_like(site().shop(), [], 10) == []


def test_who_saves_second_is_told_and_loses_nothing(
    demo_shop: Path, board: Board, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    nina = {"is_logged_in": True, "name": "Nina"}
    app = page(monkeypatch, demo_shop, alone="boards.page", board=board.id, user=nina)
    theirs = boards.describe(database, board.id, "Winter", "theirs", seen=2, **ANNA)
    name, notes = (f"board-{board.id}-{part}" for part in ("name", "notes"))
    app.text_input(key=name).set_value("Mine")
    app.text_area(key=notes).set_value("my notes")
    click(app, text.SAVE)
    assert "Anna changed this board’s name or notes on 4 May at 09:30 UTC" in words(app)
    assert boards.one(database, board.id) == theirs
    assert (app.text_input(key=name).value, app.text_area(key=notes).value) == ("Mine", "my notes")
    click(app, text.SAVE)  # now that both were seen
    saved = boards.one(database, board.id)
    assert (saved.name, saved.notes, saved.changed_by) == ("Mine", "my notes", "Nina")
    assert app.toast[0].value.replace("\\", "") == text.SAVED
    app.text_input(key=name).set_value("n" * 10_240)
    click(app, text.SAVE)
    assert "The name has 10,240 characters. Use at most 80." in words(app)
    assert boards.one(database, board.id) == saved


def test_articles_that_are_gone_are_named_and_stay_until_they_are_removed(
    demo_shop: Path, board: Board, database: Database, articles: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    boards.add(database, board.id, [999_999_998, 7], **ANNA)
    app = page(monkeypatch, demo_shop, alone="boards.page", board=board.id)
    assert "2 articles on this board are no longer in the catalogue: 0999999998, 0000000007." in words(app)
    assert shown(app, "board") == articles[:3]
    assert boards.articles_of(database, board.id) == [*articles[:3], 999_999_998, 7]
    click(app, text.REMOVE_GONE)
    assert boards.articles_of(database, board.id) == articles[:3]
    assert "no longer in the catalogue" not in words(app)


def test_what_is_selected_is_removed_and_nothing_else(
    demo_shop: Path, board: Board, database: Database, articles: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(monkeypatch, demo_shop, alone="boards.page", board=board.id)
    assert "Remove selected" not in [each.label for each in app.button]
    app.session_state["selected-articles"] = [articles[1], articles[9]]
    app.run()
    click(app, "Remove selected (1)")
    assert boards.articles_of(database, board.id) == [articles[0], articles[2]]


def test_a_deleted_board_can_be_taken_back_in_the_same_visit(
    demo_shop: Path, board: Board, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(monkeypatch, demo_shop, alone="boards.page", board=board.id)
    other = page(monkeypatch, demo_shop, alone="boards.page", board=board.id)
    click(app, text.DELETE_BOARD)
    assert not app.exception
    assert "board" not in app.query_params
    assert "“Summer *window*” was deleted." in words(app)
    assert boards.listed(database) == []
    assert f"There is no board '{board.id}'" in words(other.run())
    click(app, text.UNDO)
    assert boards.listed(database) == [board]
    assert text.UNDO not in [each.label for each in app.button]
    assert text.UNDO not in [each.label for each in page(monkeypatch, demo_shop, alone="boards.page").button]


def test_boards_and_tags_are_listed_and_lead_to_their_articles(
    demo_shop: Path, board: Board, database: Database, articles: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    tags.tag(database, articles[4:6], "hero [piece]", **ANNA)
    app = page(monkeypatch, demo_shop, alone="boards.page")
    assert "3 articles · edited 4 May 2026" in words(app)
    app.button(key=f"to-{board.id}").click().run()
    assert app.query_params["board"] == board.id
    click(app, text.ALL_BOARDS)
    app.button(key="to-hero [piece]").click().run()
    assert app.query_params["tag"] == "hero [piece]"
    assert sorted(shown(app, "board")) == sorted(articles[4:6])
    app.session_state["selected-articles"] = articles[:5]
    app.run()
    click(app, "Remove tag from selected (1)")
    assert shown(app, "board") == [articles[5]]


def test_without_a_database_there_are_no_boards_and_looking_makes_none(
    demo_shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STYLO_SERVICE_STATE", str(tmp_path / "state"))
    app = page(monkeypatch, demo_shop, alone="boards.page")
    assert not app.exception
    assert text.NO_BOARDS in words(app)
    assert not (tmp_path / "state").exists()
    app.text_input(key="new-board").set_value("First")
    click(app, text.MAKE_BOARD)
    assert [each.value for each in app.title] == ["First"]
    assert text.EMPTY_BOARD in words(app)
    assert (tmp_path / "state" / "service.sqlite").is_file()


def test_a_board_goes_into_a_database_that_an_earlier_version_has_made(
    demo_shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/old.db"
    monkeypatch.setenv("STYLO_SERVICE_DATABASE", url)
    old = Database.open(url)
    old.create()  # without a table
    app = page(monkeypatch, demo_shop, alone="boards.page")
    assert text.NO_BOARDS in words(app)
    app.text_input(key="new-board").set_value("First")
    click(app, text.MAKE_BOARD)
    assert [each.name for each in boards.listed(old)] == ["First"]
    old.close()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://nobody@127.0.0.1:1/nothing", "Check that the database server is running"),
        ("mysql://x/y", "is not a supported database"),
    ],
)
def test_a_database_that_is_away_is_told(
    demo_shop: Path, url: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STYLO_SERVICE_DATABASE", url)
    for address in ({}, {"board": "abc"}, {"tag": "x"}):
        app = page(monkeypatch, demo_shop, alone="boards.page", **address)
        assert not app.exception
        assert said in words(app)


def test_a_database_that_may_only_be_read_is_told_and_what_was_typed_stays(
    demo_shop: Path, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(monkeypatch, demo_shop, alone="boards.page", board=board.id)
    opened = boards_state.Place.open_database

    def read_only(place: boards_state.Place, **options: object) -> Database:
        database = opened(place, pool=1)
        with database._engine.connect() as connection:
            connection.execute(sa.text("PRAGMA query_only = ON"))
        return database

    monkeypatch.setattr(boards_state.Place, "open_database", read_only)
    name = f"board-{board.id}-name"
    app.text_input(key=name).set_value("Mine")
    click(app, text.SAVE)
    assert "attempt to write a readonly database" in words(app)
    assert "Give this process permission to read and write" in words(app)
    assert app.text_input(key=name).value == "Mine"
    assert shown(app, "board")  # reading goes on


@pytest.mark.parametrize(
    "address", [{"board": "<b>x</b>"}, {"board": "x" * 5000}, {"board": "\x00"}, {"tag": "nothing"}]
)
def test_an_address_of_nothing_is_told_with_the_way_to_all_boards(
    demo_shop: Path, database: Database, address: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(monkeypatch, demo_shop, alone="boards.page", **address)
    assert not app.exception
    assert "There is no board" in words(app) or "No article has the tag “nothing”." in words(app)
    assert text.ALL_BOARDS in [each.label for each in app.button]


def test_an_article_names_the_boards_that_it_is_on_and_its_tags(
    demo_shop: Path, board: Board, database: Database, articles: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = boards.make(database, "Gone", articles[:1], **ANNA)
    boards.delete(database, gone.id, now=ANNA["now"])
    boards.make(database, "Others", articles[1:2], **ANNA)
    for tag in ("hero piece", "<i>"):
        tags.tag(database, articles[:1], tag, **ANNA)
    app = page(monkeypatch, demo_shop, article=f"{articles[0]:010d}")
    assert not app.exception
    assert html(app, 'class="collected"') == [
        f'<p class="collected"><b>Boards</b> <a href="./boards?board={board.id}">Summer *window*</a>'
        " · <b>Tags</b> &lt;i&gt;, hero piece</p>"
    ]
    assert html(page(monkeypatch, demo_shop, article=f"{articles[3]:010d}"), 'class="collected"') == []


def test_an_article_says_nothing_of_boards_where_there_are_none_or_they_cannot_be_read(
    demo_shop: Path, articles: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken.db"
    broken.write_text("no database")
    for file in (tmp_path / "missing.db", broken):
        monkeypatch.setenv("STYLO_SERVICE_DATABASE", f"sqlite:///{file}")
        app = page(monkeypatch, demo_shop, article=f"{articles[0]:010d}")
        assert not app.exception
        assert html(app, 'class="collected"') == []
    assert not (tmp_path / "missing.db").exists()


def test_of_many_boards_the_first_are_named() -> None:
    assert text.some_of(["a", "b", "c"], most=3) == "a, b, c"
    assert text.some_of(["a", "b", "c", "d", "e"], most=3) == "a, b, c and 2 more"
