"""Boards: named collections of articles with notes; and tags of articles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "boards",
        Column("id", sa.Text, primary_key=True),
        Column("name", sa.Text, nullable=False),
        Column("notes", sa.Text, nullable=False),
        Column("version", sa.Integer, nullable=False),
        Column("changed_at", sa.BigInteger(), nullable=False),
        Column("changed_by", sa.Text, nullable=False),
        Column("deleted_at", sa.BigInteger()),
    )
    op.create_table(
        "board_articles",
        Column("id", number, primary_key=True),
        Column(
            "board",
            sa.Text,
            sa.ForeignKey("boards.id", name="board_articles_board_of_boards"),
            nullable=False,
        ),
        Column("article", sa.Integer, nullable=False),
        Column("added_at", sa.BigInteger(), nullable=False),
        Column("added_by", sa.Text, nullable=False),
        sa.UniqueConstraint("board", "article", name="board_articles_board_article_once"),
    )
    op.create_table(
        "article_tags",
        Column("tag", sa.Text, primary_key=True),
        Column("article", sa.Integer, primary_key=True),
        Column("added_at", sa.BigInteger(), nullable=False),
        Column("added_by", sa.Text, nullable=False),
    )
