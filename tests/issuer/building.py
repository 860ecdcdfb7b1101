"""What the tests of an issuer's files share: a schema, a bank, rows of it as a CSV file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.presentation.building import BANK, KEYS, NOW
from zkproof.bbs.keys import SigningKey
from zkproof.credential.issuing import IssuerIdentity, Offer, make_offer
from zkproof.issuer.importing import Imported, import_rows
from zkproof.issuer.offering import add_offer
from zkproof.issuer.records import IssuanceRecords
from zkproof.issuer.rows import BadRow, Row
from zkproof_circuits.schema import Schema
from zkproof_circuits.schema_text import parse_schema
from zkproof_circuits.types import Value

PAYROLL_TOML = """
id = "payroll"
version = 1
title = { en = "Payroll" }

[roles]
holder = "holder"
record_id = "rid"
valid_from = "valid_from"
valid_until = "valid_until"

[[attributes]]
name = "holder"
type = { kind = "link_secret" }
blind = true
label = { en = "holder" }

[[attributes]]
name = "rid"
type = { kind = "id" }
label = { en = "record identifier" }

[[attributes]]
name = "employer"
type = { kind = "text", maximum_length = 120 }
label = { en = "employer" }

[[attributes]]
name = "salary"
type = { kind = "money", currency = "MOP", scale = 2, minimum = -999999999, maximum = 999999999 }
label = { en = "salary" }

[[attributes]]
name = "months"
type = { kind = "int", minimum = 0, maximum = 1000, unit = "months" }
label = { en = "months employed" }

[[attributes]]
name = "valid_from"
type = { kind = "date" }
label = { en = "valid from" }

[[attributes]]
name = "valid_until"
type = { kind = "date" }
label = { en = "valid until" }
"""
PAYROLL: Schema = parse_schema(PAYROLL_TOML)
HEADER = "employer,salary,months,valid_from,valid_until"
ROW = "Works,35000.00,36,2026-01-01,2099-12-31"


def table(*lines: str, header: str = HEADER) -> bytes:
    return "\n".join((header, *lines, "")).encode()


def taken(
    records: IssuanceRecords, found: Iterable[Row | BadRow], schema: Schema, **options: Any
) -> Imported:
    key = KEYS[BANK.issuer_id]
    return import_rows(
        records,
        found,
        schema,
        make_offer=lambda: make_offer(key, BANK, schema, expires_at=NOW + 60),
        **options,
    )


def added(
    records: IssuanceRecords,
    schema: Schema,
    values: Mapping[str, Value],
    *,
    signing_key: SigningKey,
    issuer: IssuerIdentity,
    expires_at: int,
    reference: str | None = None,
) -> Offer:
    """One open offer in the records, of whichever issuer."""
    made = make_offer(signing_key, issuer, schema, expires_at=expires_at)
    add_offer(records, made, values, reference=reference)
    return made
