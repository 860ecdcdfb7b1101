"""Alembic's entry: runs on the connection that the service hands over."""

from __future__ import annotations

from alembic import context

from zkproof_server.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
