"""Tenants; identifiers of relying party and wallet apart; states; policies; replies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_TIME = sa.Integer().with_variant(sa.BigInteger(), "postgresql")


def upgrade() -> None:
    _widen_times()
    _add_tenants()
    _add_to_requests()
    _move_receipts()
    for column in (
        sa.Column("tenant", sa.String(32), nullable=True, server_default="default"),
        sa.Column("created_at", _TIME, nullable=False, server_default="0"),
        sa.Column("expires_at", _TIME, nullable=True),
        sa.Column("last_used_at", _TIME, nullable=True),
    ):
        op.add_column("api_key", column)
    op.add_column("probe", sa.Column("salt", sa.LargeBinary, nullable=True))
    op.create_table(
        "policy",
        sa.Column("tenant", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(128), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("created_by", sa.String(64), nullable=False),
    )
    op.create_table(
        "reply",
        sa.Column("tenant", sa.String(32), primary_key=True),
        sa.Column("key_id", sa.String(16), primary_key=True),
        sa.Column("route", sa.String(64), primary_key=True),
        sa.Column("key", sa.String(128), primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("kept_until", _TIME, nullable=False),
    )
    op.create_index("ix_reply_kept_until", "reply", ["kept_until"])


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _widen_times() -> None:
    """After 2038 seconds do not fit into 32 bits."""
    if _is_postgresql():
        for table, column in (
            ("request", "expires_at"),
            ("result", "kept_until"),
            ("probe", "written_at"),
        ):
            op.alter_column(table, column, type_=sa.BigInteger())


def _add_tenants() -> None:
    """What there was belongs to the first tenant, with the one chain that there was."""
    op.create_table(
        "tenant",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("chain", sa.LargeBinary, nullable=False),
    )
    op.execute(
        "INSERT INTO tenant (id, created_at, position, chain)"
        " SELECT 'default', 0, position, chain FROM receipt_chain_head"
    )
    op.drop_table("receipt_chain_head")


def _add_to_requests() -> None:
    for column in (
        sa.Column("rp_id", sa.String(32), nullable=False, server_default=""),
        sa.Column("tenant", sa.String(32), nullable=False, server_default="default"),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("policy", sa.String(128), nullable=False, server_default=""),
        sa.Column("policy_version", sa.Integer, nullable=False, server_default="0"),
        sa.Column("language", sa.String(8), nullable=False, server_default="en"),
        sa.Column("reference", sa.String(128), nullable=True),
        sa.Column("details", sa.JSON, nullable=True),
        sa.Column("created_at", _TIME, nullable=False, server_default="0"),
        sa.Column("fetched_at", _TIME, nullable=True),
        sa.Column("answered_at", _TIME, nullable=True),
        sa.Column("ended_at", _TIME, nullable=True),
    ):
        op.add_column("request", column)
    drawn = (
        "replace(gen_random_uuid()::text, '-', '')"
        if _is_postgresql()
        else "lower(hex(randomblob(16)))"
    )
    # When they were asked was not kept; when they end is nearest to it.
    op.execute(f"UPDATE request SET rp_id = {drawn}, created_at = expires_at")  # noqa: S608
    # An answer that was proven is a try as well.
    op.execute("UPDATE request SET tries = tries + 1 WHERE state = 'answered'")
    op.execute(
        "UPDATE request SET state = CASE WHEN state = 'answered' THEN 'proven'"
        " WHEN state = 'closed' THEN 'refused' WHEN tries > 0 THEN 'answered'"
        " ELSE 'created' END"
    )
    op.create_index("ix_request_rp_id", "request", ["rp_id"], unique=True)
    op.create_index("ix_request_tenant_created_at", "request", ["tenant", "created_at", "rp_id"])
    op.create_index("ix_request_state_expires_at", "request", ["state", "expires_at"])


def _move_receipts() -> None:
    """Positions count for each tenant: a new primary key."""
    op.drop_index("ix_receipt_request_id", "receipt")
    op.create_table(
        "receipt_of_tenant",
        sa.Column("tenant", sa.String(32), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("request_id", sa.String(32), sa.ForeignKey("request.id"), nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("chain", sa.LargeBinary, nullable=False),
        sa.Column("presentation", sa.LargeBinary, nullable=True),
    )
    op.execute(
        "INSERT INTO receipt_of_tenant SELECT 'default', position, request_id, document, chain,"
        " presentation FROM receipt"
    )
    op.drop_table("receipt")
    op.rename_table("receipt_of_tenant", "receipt")
    op.create_index(
        "ix_receipt_request_id_presentation",
        "receipt",
        ["request_id", "presentation"],
        unique=True,
    )
