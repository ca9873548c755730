"""Boards: named collections of articles with notes, which several people change at the same time.

Adding and removing articles commute. The name and the notes are changed by whoever saw them as they are: `version` says
so, and a second person learns who was first.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from stylo.errors import BadOption, ChangedBoard, UnknownBoard
from stylo.storage import schema
from stylo.storage.database import Database, Queue
from stylo.storage.schema import moment
from stylo.storage.texts import check_text

#: Letters of a name and of notes, and articles of a board.
MOST_NAME, MOST_NOTES, MOST_ARTICLES = 80, 10_000, 5000
#: So long a deleted board can be taken back.
KEPT = timedelta(days=30)
_BOARDS, _ARTICLES = schema.boards.c, schema.board_articles.c
_BESIDE = sa.func.count(_ARTICLES.id).label("articles"), sa.func.max(_ARTICLES.id).label("last")
_ALL = (
    sa.select(schema.boards, *_BESIDE)
    .outerjoin(schema.board_articles, _ARTICLES.board == _BOARDS.id)
    .where(_BOARDS.deleted_at.is_(None))
    .group_by(*_BOARDS)
    .order_by(_BOARDS.changed_at.desc(), _BOARDS.id)
)
_ONE = _ALL.where(_BOARDS.id == sa.bindparam("wanted"))
_HOLDING = (
    sa.select(_BOARDS.id, _BOARDS.name)
    .join(schema.board_articles, _ARTICLES.board == _BOARDS.id)
    .where(_BOARDS.deleted_at.is_(None), _ARTICLES.article == sa.bindparam("wanted"))
    .order_by(_BOARDS.changed_at.desc(), _BOARDS.id)
)
_HELD = sa.select(_ARTICLES.article).where(_ARTICLES.board == sa.bindparam("wanted")).order_by(_ARTICLES.id)


@dataclass(frozen=True)
class Board:
    """version, changed_at, changed_by : of the name and the notes.

    articles : how many.   last : the number of the addition that came last; None without articles.
    """

    id: str
    name: str
    notes: str
    version: int
    changed_at: datetime
    changed_by: str
    articles: int
    last: int | None


def make(database: Database, name: str, articles: Sequence[int], *, who: str, now: datetime) -> Board:
    """A new board with articles. Raises BadOption for a name or articles that are too many, or an empty name."""
    row = _described(name, "") | {
        "id": secrets.token_hex(5),
        "version": 1,
        "changed_at": now,
        "changed_by": who,
    }
    with database.begin(Queue.BOARDS) as connection:
        connection.execute(schema.boards.insert(), row)
        _put(connection, row["id"], articles, who, now)
        return _read(connection, row["id"])


def listed(database: Database) -> list[Board]:
    """All that are not deleted, the one that was changed last first."""
    return [_board(row) for row in database.read(_ALL, {})]


def one(database: Database, board: str) -> Board:
    """Raises UnknownBoard."""
    rows = database.read(_ONE, {"wanted": board})
    if not rows:
        raise unknown(board)
    return _board(rows[0])


def articles_of(database: Database, board: str) -> list[int]:
    """In the order in which they were added; none of a board that is not there."""
    return [article for (article,) in database.read(_HELD, {"wanted": board})]


def holding(database: Database, article: int) -> dict[str, str]:
    """The boards that hold an article, the one that was changed last first: their ids and names."""
    return dict(map(tuple, database.read(_HOLDING, {"wanted": article})))


def add(database: Database, board: str, articles: Sequence[int], *, who: str, now: datetime) -> int:
    """Puts articles on a board; returns how many were not on it. Raises UnknownBoard, BadOption for too many."""
    with database.begin(Queue.BOARDS) as connection:
        before = _read(connection, board)
        _put(connection, board, articles, who, now)
        return _read(connection, board).articles - before.articles


def remove(database: Database, board: str, articles: Sequence[int]) -> int:
    """Takes articles off a board; returns how many were on it. Raises UnknownBoard."""
    with database.begin(Queue.BOARDS) as connection:
        _read(connection, board)
        gone = schema.board_articles.delete().where(
            _ARTICLES.board == board, _ARTICLES.article.in_(list(articles))
        )
        return connection.execute(gone).rowcount


def describe(
    database: Database, board: str, name: str, notes: str, *, seen: int, who: str, now: datetime
) -> Board:
    """Changes the name and the notes.

    seen : the version that was changed. Raises ChangedBoard if it is no longer the last one, UnknownBoard, BadOption.
    """
    row = _described(name, notes)
    with database.begin(Queue.BOARDS) as connection:
        kept = _read(connection, board)
        if kept.version != seen:
            raise ChangedBoard(
                f"{kept.changed_by} changed this board’s name or notes on {kept.changed_at:%-d %B at %H:%M} UTC, "
                "after you opened it. Your text was not saved.",
                cure="Compare the two, then save again to replace theirs with yours.",
            )
        if (kept.name, kept.notes) == (row["name"], row["notes"]):
            return kept
        row |= {"version": seen + 1, "changed_at": now, "changed_by": who}
        connection.execute(schema.boards.update().where(_BOARDS.id == board).values(**row))
        return _read(connection, board)


def delete(database: Database, board: str, *, now: datetime) -> None:
    """From now on it is not listed; `restore` takes that back for as long as KEPT. Raises UnknownBoard."""
    with database.begin(Queue.BOARDS) as connection:
        _read(connection, board)
        connection.execute(schema.boards.update().where(_BOARDS.id == board).values(deleted_at=now))
        old = sa.select(_BOARDS.id).where(_BOARDS.deleted_at < now - KEPT).scalar_subquery()
        connection.execute(schema.board_articles.delete().where(_ARTICLES.board.in_(old)))
        connection.execute(schema.boards.delete().where(_BOARDS.deleted_at < now - KEPT))


def restore(database: Database, board: str) -> None:
    """Takes a deletion back. Raises UnknownBoard where it was too long ago."""
    with database.begin(Queue.BOARDS) as connection:
        connection.execute(schema.boards.update().where(_BOARDS.id == board).values(deleted_at=None))
        _read(connection, board)


def limited(text: str, most: int, what: str) -> str:
    """A text without space around it. Raises BadOption for one that is too long or cannot be kept.

    what : `The name`.
    """
    kept = text.strip()
    if len(kept) > most:
        raise BadOption(f"{what} has {len(kept):,} characters.", cure=f"Use at most {most:,}.")
    check_text(kept, what)
    return kept


def unknown(board: str) -> UnknownBoard:
    """The error for a board that is not there."""
    return UnknownBoard(
        f"There is no board {board[:40]!r}: it was deleted, or the link is incomplete.",
        cure="Choose another, or ask for the link again.",
    )


def _described(name: str, notes: str) -> dict[str, Any]:
    row = {
        "name": limited(" ".join(name.split()), MOST_NAME, "The name"),
        "notes": limited(notes, MOST_NOTES, "The note"),
    }
    if not row["name"]:
        raise BadOption("The board has no name.", cure="Type one.")
    return row


def _put(connection: Connection, board: str, articles: Sequence[int], who: str, now: datetime) -> None:
    """Those that are there already stay where they are."""
    if articles:
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        added = insert(schema.board_articles).on_conflict_do_nothing()
        rows = [{"board": board, "article": each, "added_at": now, "added_by": who} for each in articles]
        connection.execute(added, rows)
    if (count := _read(connection, board).articles) > MOST_ARTICLES:
        raise BadOption(
            f"The board would have {count:,} articles.", cure=f"A board holds {MOST_ARTICLES:,}; use several."
        )


def _read(connection: Connection, board: str) -> Board:
    row = connection.execute(_ONE, {"wanted": board}).one_or_none()
    if row is None:
        raise unknown(board)
    columns = row._asdict()
    del columns["deleted_at"]
    return Board(**columns)


def _board(row: tuple[Any, ...]) -> Board:
    number, name, notes, version, at, who, _, articles, last = row
    return Board(number, name, notes, version, moment(at), who, articles, last)
