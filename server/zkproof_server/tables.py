"""Every table of the service. Times are seconds since 1970."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

Time = Integer().with_variant(BigInteger(), "postgresql")
"""SQLite's integers have 64 bits under every name."""

# Whose keys, policies, requests and receipts these are. The row is also the head of the tenant's
# chain of receipts: who appends to the chain takes it first, so that the chain cannot fork.
tenants = Table(
    "tenant",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("created_at", Time, nullable=False),
    Column("position", Integer, nullable=False),
    Column("chain", LargeBinary, nullable=False),
)

requests = Table(
    "request",
    metadata,
    Column("id", String(32), primary_key=True),  # the wallet's, as the signed request carries it
    Column("rp_id", String(32), nullable=False),  # the relying party's
    Column("tenant", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("version", Integer, nullable=False),  # goes up with every change
    Column("document", LargeBinary, nullable=False),
    Column("policy", String(128), nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("language", String(8), nullable=False),
    Column("reference", String(128), nullable=True),
    Column("details", JSON, nullable=True),
    Column("opened_by", String(64), nullable=False),
    Column("created_at", Time, nullable=False),
    Column("fetched_at", Time, nullable=True),
    Column("answered_at", Time, nullable=True),
    Column("ended_at", Time, nullable=True),
    Column("expires_at", Time, nullable=False),
    Index("ix_request_rp_id", "rp_id", unique=True),
    Index("ix_request_tenant_created_at", "tenant", "created_at", "rp_id"),
    Index("ix_request_state_expires_at", "state", "expires_at"),
)

# The only place of disclosed values; rows are deleted when their time is over.
results = Table(
    "result",
    metadata,
    Column("request_id", String(32), ForeignKey("request.id"), primary_key=True),
    Column("facts", JSON, nullable=False),
    Column("kept_until", Time, nullable=False, index=True),
)

receipts = Table(
    "receipt",
    metadata,
    Column("tenant", String(32), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("request_id", String(32), ForeignKey("request.id"), nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("chain", LargeBinary, nullable=False),
    Column("presentation", LargeBinary, nullable=True),  # digest of the answer it is about
    # One answer has one receipt, however often it is sent.
    Index("ix_receipt_request_id_presentation", "request_id", "presentation", unique=True),
)

api_keys = Table(
    "api_key",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("tenant", String(32), nullable=True),  # none: the operator of the whole service
    Column("digest", String(64), nullable=False),
    Column("name", String(64), nullable=False),
    Column("scopes", String(200), nullable=False),
    Column("revoked", Boolean, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("expires_at", Time, nullable=True),
    Column("last_used_at", Time, nullable=True),
)

policies = Table(
    "policy",
    metadata,
    Column("tenant", String(32), primary_key=True),
    Column("name", String(128), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("created_by", String(64), nullable=False),
)

# What a caller was told about a thing it created, sealed, so that asking again says the same.
replies = Table(
    "reply",
    metadata,
    Column("tenant", String(32), primary_key=True),
    Column("key_id", String(16), primary_key=True),
    Column("route", String(64), primary_key=True),
    Column("key", String(128), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("kept_until", Time, nullable=False, index=True),
)

# One row that says nothing: writing it shows that the database can be written.
probe = Table(
    "probe",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("written_at", Time, nullable=False),
    Column("salt", LargeBinary, nullable=True),  # of the key that seals what has to be read again
)

# Where a tenant wants to be told of changes. ``secrets`` are sealed.
webhooks = Table(
    "webhook",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("tenant", String(32), nullable=False, index=True),
    Column("url", String(2048), nullable=False),
    Column("types", String(400), nullable=False),
    Column("secrets", LargeBinary, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_at", Time, nullable=False),
)

# The outbox: written in the transaction of what it tells of, emptied by whoever has time.
deliveries = Table(
    "delivery",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("webhook_id", String(32), ForeignKey("webhook.id"), nullable=False),
    Column("type", String(64), nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(16), nullable=False),  # pending, delivered, dead
    Column("attempts", Integer, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("due_at", Time, nullable=False),
    Column("lease_until", Time, nullable=False),
    Column("ended_at", Time, nullable=True),
    Index("ix_delivery_state_due_at", "state", "due_at"),
    Index("ix_delivery_webhook_id_created_at", "webhook_id", "created_at", "id"),
)

attempts = Table(
    "attempt",
    metadata,
    Column("delivery_id", String(32), ForeignKey("delivery.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Time, nullable=False),
    Column("status", Integer, nullable=True),
    Column("reason", String(64), nullable=True),
    Column("milliseconds", Integer, nullable=False),
)
