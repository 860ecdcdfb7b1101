"""Bank statements of ISO 20022, ``camt.053.001.08``, as rows for deposit certificates.

Read as a stream, without external entities or document type declarations. The closing booked
balance (``CLBD``) of each statement is what is certified.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from zkproof.errors import DecodeError, SchemaError
from zkproof.issuer.csv_rows import BadRow
from zkproof.issuer.documents import document_digests
from zkproof_circuits.schema import Schema
from zkproof_circuits.types import Value

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
MAX_STATEMENTS = 10_000_000
_N = f"{{{NAMESPACE}}}"


@dataclass(frozen=True, slots=True)
class Statement:
    """What a certificate needs of a statement. Amounts stay text: no floats."""

    account: str
    owner: str
    currency: str
    balance: str
    as_of: str


def read_statements(data: bytes) -> Iterator[Statement]:
    """Statements in order. Raises `DecodeError` naming the statement and the element."""
    count = 0
    try:
        for _, element in iterparse(io.BytesIO(data), events=("end",), forbid_dtd=True):
            if element.tag != f"{_N}Stmt":
                continue
            count += 1
            if count > MAX_STATEMENTS:
                raise DecodeError("camt.053", "too many statements")
            yield _statement(element, f"camt.053 statement {count}")
            element.clear()
    except DefusedXmlException:
        raise DecodeError("camt.053", "document type or entity declarations are refused") from None
    except ParseError as error:
        raise DecodeError("camt.053", f"not well-formed XML ({error})") from None
    if count == 0:
        raise DecodeError("camt.053", "no statement of version .001.08 in it")


def account_hash(account: str, salt: bytes) -> bytes:
    """The account as a credential carries it: SHA-256 of the issuer's salt and the account."""
    return hashlib.sha256(bytes((len(salt),)) + salt + account.encode()).digest()


def _statement(element: Element, where: str) -> Statement:
    account = _text(element, f"{_N}Acct/{_N}Id/{_N}Othr/{_N}Id", where)
    owner = _text(element, f"{_N}Acct/{_N}Ownr/{_N}Nm", where)
    for balance in element.findall(f"{_N}Bal"):
        if _text(balance, f"{_N}Tp/{_N}CdOrPrtry/{_N}Cd", where) != "CLBD":
            continue
        amount = balance.find(f"{_N}Amt")
        sign = _text(balance, f"{_N}CdtDbtInd", where)
        if amount is None or not amount.text or sign not in ("CRDT", "DBIT"):
            raise DecodeError(where, "closing balance without amount or sign")
        text = amount.text if sign == "CRDT" else "-" + amount.text
        day = _text(balance, f"{_N}Dt/{_N}Dt", where)
        return Statement(account, owner, amount.get("Ccy", ""), text, day)
    raise DecodeError(where, "no closing booked balance (CLBD)")


def _text(element: Element, path: str, where: str) -> str:
    found = element.find(path)
    if found is None or not found.text:
        raise DecodeError(where, f"no {path.replace(_N, '')}")
    return found.text


def deposit_rows(
    statements: Iterator[Statement],
    schema: Schema,
    *,
    bank: str,
    residency: str,
    valid_days: int,
    salt: bytes,
) -> Iterator[dict[str, Value] | BadRow]:
    """Rows for the packaged deposit-certificate schema.

    A statement does not say when an account was opened: what it shows is that it existed on the
    day of the balance, so that is the day certified. ``salt`` is the issuer's own, 16 octets or
    more; account and statement digests are salted with it.
    """
    for number, statement in enumerate(statements, 1):
        as_text = "|".join(
            (statement.account, statement.currency, statement.balance, statement.as_of)
        )
        sha256, sm3 = document_digests(as_text.encode(), salt)
        record = {
            "bank_name": bank,
            "account_hash": account_hash(statement.account, salt).hex(),
            "currency": statement.currency,
            "balance": statement.balance,
            "account_kind": "current",
            "residency": residency,
            "opened": statement.as_of,
            "as_of": statement.as_of,
            "document_sha256": sha256.hex(),
            "document_sm3": sm3.hex(),
            "valid_from": statement.as_of,
        }
        yield _deposit_row(record, number, schema, valid_days)


def _deposit_row(
    record: dict[str, str], number: int, schema: Schema, valid_days: int
) -> dict[str, Value] | BadRow:
    values: dict[str, Value] = {}
    for name, text in record.items():
        try:
            values[name] = schema.attribute(name).type.parse(text, field=name)
        except SchemaError as error:
            return BadRow(number, error.message)
    first = values["valid_from"]
    if not isinstance(first, int):
        return BadRow(number, "valid_from: a date is needed")
    values["valid_until"] = first + valid_days
    return values
