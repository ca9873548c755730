"""Boards and tags: what two people do to one board, and what is refused."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from storage_processes import NOW, together

from stylo.errors import BadOption, ChangedBoard, NotMigrated, StorageUnavailable, UnknownBoard
from stylo.storage import boards, tags
from stylo.storage.database import Database

LATER = NOW + timedelta(minutes=5)
ANNA = {"who": "anna", "now": NOW}
BEN = {"who": "ben", "now": LATER}


def test_a_board_keeps_its_articles_in_the_order_in_which_they_came(database: Database) -> None:
    made = boards.make(database, "  Summer   edit ", [30, 10], **ANNA)
    assert (made.name, made.notes, made.version, made.articles) == ("Summer edit", "", 1, 2)
    assert boards.add(database, made.id, [20, 10], **BEN) == 1
    assert boards.articles_of(database, made.id) == [30, 10, 20]
    assert boards.remove(database, made.id, [30, 99]) == 1
    assert boards.articles_of(database, made.id) == [10, 20]
    assert boards.one(database, made.id).articles == 2


def test_boards_are_listed_with_the_one_that_was_changed_last_first(database: Database) -> None:
    first = boards.make(database, "First", [], **ANNA)
    second = boards.make(database, "Second", [1], who="anna", now=NOW + timedelta(seconds=1))
    assert boards.listed(database) == [second, first]
    changed = boards.describe(database, first.id, "First", "new", seen=1, **BEN)
    assert boards.listed(database) == [changed, second]


def test_of_an_article_the_boards_that_hold_it_are_known(database: Database) -> None:
    first = boards.make(database, "First", [1, 2], **ANNA)
    second = boards.make(database, "Second", [2], **BEN)
    gone = boards.make(database, "Gone", [2], **BEN)
    boards.delete(database, gone.id, now=LATER)
    assert list(boards.holding(database, 2).items()) == [(second.id, "Second"), (first.id, "First")]
    assert boards.holding(database, 1) == {first.id: "First"}
    assert boards.holding(database, 3) == {}


def test_whoever_describes_a_board_second_learns_who_was_first_and_nothing_is_overwritten(
    database: Database,
) -> None:
    made = boards.make(database, "Summer", [], **ANNA)
    first = boards.describe(database, made.id, "Summer", "<b>bold</b> 夏", seen=made.version, **BEN)
    assert (first.version, first.notes, first.changed_by) == (2, "<b>bold</b> 夏", "ben")
    with pytest.raises(ChangedBoard, match=r"ben changed .* on 22 September at 10:35 UTC"):
        boards.describe(database, made.id, "Winter", "", seen=made.version, **ANNA)
    assert boards.one(database, made.id) == first
    replaced = boards.describe(database, made.id, "Winter", "", seen=first.version, **ANNA)
    assert (replaced.version, replaced.name) == (3, "Winter")
    # Saving what is there already is no change: the next person need not look again.
    assert boards.describe(database, made.id, "Winter", "", seen=3, **BEN) == replaced


def fill(url: str, board: str) -> int:
    """Ten articles that all have in common, and one of its own; how many it added."""
    database = Database.open(url)
    articles = [*range(10), 100 + os.getpid()]
    return sum(boards.add(database, board, [each], **ANNA) for each in articles)


def test_what_several_processes_add_at_once_is_all_there_once(url: str) -> None:
    database = Database.open(url)
    database.migrate()
    made = boards.make(database, "Summer", [], **ANNA)
    assert sum(together(fill, url, made.id)) == 13
    assert len(set(boards.articles_of(database, made.id))) == 13
    database.close()


def test_a_deleted_board_is_gone_until_it_is_taken_back(database: Database) -> None:
    made = boards.make(database, "Summer", [1, 2], **ANNA)
    boards.delete(database, made.id, now=NOW)
    assert boards.listed(database) == []
    for act in (
        lambda: boards.one(database, made.id),
        lambda: boards.add(database, made.id, [3], **ANNA),
        lambda: boards.remove(database, made.id, [1]),
        lambda: boards.describe(database, made.id, "x", "", seen=1, **ANNA),
        lambda: boards.delete(database, made.id, now=NOW),
    ):
        with pytest.raises(UnknownBoard, match="it was deleted"):
            act()
    boards.restore(database, made.id)
    assert boards.one(database, made.id) == made
    boards.delete(database, made.id, now=NOW)
    other = boards.make(database, "Other", [], **ANNA)
    boards.delete(database, other.id, now=NOW + boards.KEPT + timedelta(days=1))
    with pytest.raises(UnknownBoard):
        boards.restore(database, made.id)
    boards.restore(database, other.id)


@pytest.mark.parametrize(
    ("name", "notes", "said"),
    [
        ("n" * 10_000, "", r"The name has 10,000 characters.\nUse at most 80."),
        ("fine", "n" * 10_001, r"The note has 10,001 characters.\nUse at most 10,000."),
        (" \n ", "", "The board has no name"),
        ("a\0b", "", "The name contains a NUL character"),
        ("fine", "\ud800", "The note contains half of a surrogate pair"),
    ],
    ids=["long name", "long note", "no name", "NUL", "surrogate"],
)
def test_a_name_or_a_note_that_cannot_be_kept_is_refused_with_the_limit(
    database: Database, name: str, notes: str, said: str
) -> None:
    made = boards.make(database, "Summer", [], **ANNA)
    with pytest.raises(BadOption, match=said):
        boards.describe(database, made.id, name, notes, seen=1, **ANNA)
    assert boards.one(database, made.id) == made


def test_too_many_articles_are_refused_and_none_of_them_is_kept(database: Database) -> None:
    made = boards.make(database, "Summer", [7], **ANNA)
    with pytest.raises(BadOption, match=r"would have 5,001 articles.\nA board holds 5,000"):
        boards.add(database, made.id, range(100, 5100), **ANNA)
    assert boards.articles_of(database, made.id) == [7]


def test_a_database_without_these_tables_says_so(url: str) -> None:
    database = Database.open(url)
    database.create()
    with pytest.raises(NotMigrated):
        boards.listed(database)
    with pytest.raises(NotMigrated):
        boards.make(database, "Summer", [], **ANNA)
    database.close()


def test_tags_are_counted_and_found_by_either_side(database: Database) -> None:
    assert tags.tag(database, [3, 1], "  hero   piece ", **ANNA) == "hero piece"
    tags.tag(database, [1, 2], "hero piece", **BEN)
    tags.tag(database, [1], "été", **BEN)
    assert tags.counts(database) == {"hero piece": 3, "été": 1}
    assert tags.tagged(database, "hero piece") == [1, 3, 2]
    assert sorted(tags.tags_of(database, 1)) == ["hero piece", "été"]
    assert tags.untag(database, [1, 9], "hero piece") == 1
    assert tags.tagged(database, "hero piece") == [3, 2]
    for word, said in (("t" * 41, r"The tag has 41 characters.\nUse at most 40."), (" ", "The tag is empty")):
        with pytest.raises(BadOption, match=said):
            tags.tag(database, [1], word, **ANNA)
    assert tags.counts(database) == {"hero piece": 2, "été": 1}


def test_a_file_that_may_only_be_read_is_told(tmp_path: Path) -> None:
    """As SQLite says it, also to somebody whom rights do not stop."""
    database = Database.open(f"sqlite:///{tmp_path}/stylo.db", pool=1)
    database.migrate()
    made = boards.make(database, "Summer", [], **ANNA)
    with database._engine.connect() as connection:
        connection.execute(sa.text("PRAGMA query_only = ON"))
    with pytest.raises(StorageUnavailable, match="readonly"):
        boards.add(database, made.id, [1], **ANNA)
    assert boards.one(database, made.id) == made
    database.close()
