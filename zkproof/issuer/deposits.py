"""Rows for deposit certificates from bank statements.

A statement does not say when an account was opened: what it shows is that it existed on the day of
the balance, so that is the day certified.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from zkproof.errors import SchemaError, UsageError
from zkproof.issuer.camt053 import Statement
from zkproof.issuer.documents import document_digests
from zkproof.issuer.rows import (
    MAX_REFERENCE,
    BadRow,
    Row,
    assigned_names,
    bad_row,
    faults_of_record,
    wanted_names,
)
from zkproof_circuits.labels import is_plain_text
from zkproof_circuits.schema import Schema
from zkproof_circuits.types import Date, Money, Value

VALID_DAYS = 90
_SAVINGS = frozenset({"LLSV", "SVGS"})
FACTS = (
    "bank_name",
    "account_hash",
    "currency",
    "balance",
    "account_kind",
    "residency",
    "opened",
    "as_of",
    "document_sha256",
    "document_sm3",
    "valid_from",
    "valid_until",
)
"""Attributes that a statement fills in, by name."""


def account_hash(account: str, salt: bytes) -> bytes:
    """The account as a credential carries it: SHA-256 of the issuer's salt and the account."""
    return hashlib.sha256(bytes((len(salt),)) + salt + account.encode()).digest()


def deposit_rows(
    statements: Iterable[Statement | BadRow],
    schema: Schema,
    *,
    bank: str,
    residency: str,
    salt: bytes,
    valid_days: int = VALID_DAYS,
) -> Iterator[Row | BadRow]:
    """Rows for the packaged deposit certificate, or a schema of one's own with its attributes.

    ``salt`` is the issuer's own, 16 octets or more; account and statement digests are salted with
    it. The reference of a row is its account, its subject is account, currency and day.

    Raises `UsageError` for a schema with attributes that statements do not fill in.
    """
    surplus = sorted(set(wanted_names(schema)) - set(FACTS))
    if surplus:
        raise UsageError(
            f"{schema.id}: a bank statement says nothing about {', '.join(surplus)}",
            hint="use a CSV file for this schema",
        )
    for statement in statements:
        if isinstance(statement, BadRow):
            yield statement
        else:
            yield _row(statement, schema, bank, residency, salt, valid_days)


def _row(
    statement: Statement, schema: Schema, bank: str, residency: str, salt: bytes, valid_days: int
) -> Row | BadRow:
    balance = f"{statement.balance:f}"
    as_text = "|".join((statement.account, statement.currency, balance, statement.as_of))
    sha256, sm3 = document_digests(as_text.encode("utf-8", "surrogatepass"), salt)
    facts = {
        "bank_name": bank,
        "account_hash": account_hash(statement.account, salt).hex(),
        "currency": statement.currency,
        "account_kind": "savings" if statement.account_type in _SAVINGS else "current",
        "residency": residency,
        "opened": statement.as_of,
        "as_of": statement.as_of,
        "document_sha256": sha256.hex(),
        "document_sm3": sm3.hex(),
        "valid_from": statement.as_of,
    }
    values: dict[str, Value] = {}
    faults: list[str] = []
    for name in wanted_names(schema):
        try:
            if name == "balance":
                values[name] = _balance(schema, statement)
            elif name == "valid_until":
                values[name] = _last_day(schema, statement.as_of, valid_days)
            else:
                values[name] = schema.attribute(name).type.parse(facts[name], field=name)
        except SchemaError as error:
            faults.append(error.message)
    if not is_plain_text(statement.account, MAX_REFERENCE):
        faults.append("Acct/Id: not an identifier on one line")
    if not faults:
        faults = faults_of_record(schema, values, assigned_names(schema))
    if faults:
        return bad_row(statement.where, faults)
    return Row(
        statement.where,
        values,
        reference=statement.account,
        subject="|".join((statement.account, statement.currency, statement.as_of)),
        names_itself="account_hash" in values and "as_of" in values,
    )


def _balance(schema: Schema, statement: Statement) -> int:
    """The balance in the schema's unit, which has to be the statement's. Raises `SchemaError`."""
    kind = schema.attribute("balance").type
    if not isinstance(kind, Money):
        raise SchemaError("balance: not an amount of money in this schema")
    if kind.currency != statement.currency:
        raise SchemaError(f"balance: in {statement.currency}, and the schema's is {kind.currency}")
    if statement.balance < 0:
        low = kind.box[0]
        if low >= 0:
            raise SchemaError("balance: the account is overdrawn")
    return kind.from_python(statement.balance, field="balance")


def _last_day(schema: Schema, as_of: str, valid_days: int) -> int:
    first = Date().parse(as_of, field="valid_from")
    kind = schema.attribute("valid_until").type
    checked = kind.check(first + valid_days, field="valid_until")
    if not isinstance(checked, int):
        raise SchemaError("valid_until: a date is needed")
    return checked
