"""Alembic runs this file for every command; the connection, and its transaction, come from `migrating.upgrade`."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
