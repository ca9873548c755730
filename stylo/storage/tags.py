"""Tags: words that people give to articles, the same for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from stylo.errors import BadOption
from stylo.storage import schema
from stylo.storage.boards import limited
from stylo.storage.database import Database

#: Letters of a tag.
MOST_LETTERS = 40
_COLUMNS = schema.article_tags.c
_ALL = sa.select(_COLUMNS.tag, sa.func.count()).group_by(_COLUMNS.tag).order_by(_COLUMNS.tag)
_HAVE = (
    sa.select(_COLUMNS.article)
    .where(_COLUMNS.tag == sa.bindparam("wanted"))
    .order_by(_COLUMNS.added_at, _COLUMNS.article)
)
_OF = sa.select(_COLUMNS.tag).where(_COLUMNS.article == sa.bindparam("wanted")).order_by(_COLUMNS.tag)


def tag(database: Database, articles: Sequence[int], word: str, *, who: str, now: datetime) -> str:
    """Gives articles a tag, which is returned as it is kept. Raises BadOption for one that is empty or too long."""
    kept = limited(" ".join(word.split()), MOST_LETTERS, "The tag")
    if not kept:
        raise BadOption("The tag is empty.", cure="Type a word.")
    rows = [{"tag": kept, "article": each, "added_at": now, "added_by": who} for each in articles]
    if rows:
        with database.begin() as connection:
            insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
            connection.execute(insert(schema.article_tags).on_conflict_do_nothing(), rows)
    return kept


def untag(database: Database, articles: Sequence[int], word: str) -> int:
    """Takes a tag from articles; returns how many had it."""
    with database.begin() as connection:
        gone = schema.article_tags.delete().where(_COLUMNS.tag == word, _COLUMNS.article.in_(list(articles)))
        return connection.execute(gone).rowcount


def counts(database: Database) -> dict[str, int]:
    """All tags, and how many articles each has."""
    return dict(map(tuple, database.read(_ALL, {})))


def tagged(database: Database, word: str) -> list[int]:
    """The articles that have a tag, in the order in which they got it."""
    return [article for (article,) in database.read(_HAVE, {"wanted": word})]


def tags_of(database: Database, article: int) -> list[str]:
    return [word for (word,) in database.read(_OF, {"wanted": article})]
