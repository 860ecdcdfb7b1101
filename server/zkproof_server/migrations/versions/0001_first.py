"""Requests, results, the chain of receipts, API keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "request",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("expires_at", sa.Integer, nullable=False),
        sa.Column("opened_by", sa.String(64), nullable=False),
    )
    op.create_table(
        "result",
        sa.Column("request_id", sa.String(32), sa.ForeignKey("request.id"), primary_key=True),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("kept_until", sa.Integer, nullable=False),
    )
    op.create_index("ix_result_kept_until", "result", ["kept_until"])
    op.create_table(
        "receipt",
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("request_id", sa.String(32), sa.ForeignKey("request.id"), nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("chain", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_receipt_request_id", "receipt", ["request_id"])
    head = op.create_table(
        "receipt_chain_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("chain", sa.LargeBinary, nullable=False),
    )
    op.bulk_insert(head, [{"id": 1, "position": 0, "chain": bytes(32)}])
    op.create_table(
        "api_key",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("scopes", sa.String(200), nullable=False),
        sa.Column("revoked", sa.Boolean, nullable=False),
    )
