"""Registrations that issuers, verifiers and auditors hand to governance as JSON files.

They hold the fields of the ledger entry, octets in hexadecimal. Governance reads them from people
it does not control, so nothing is taken that is not exactly this.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zkproof.bounded import load_json
from zkproof.errors import DecodeError
from zkproof.ledger.bodies import TYPES, check_body

MAX_REGISTRATION_BYTES = 1 << 16

_TEXT, _OCTETS, _NUMBER = "text", "octets", "number"
_ISSUER: Mapping[str, str] = {
    "ledger": _TEXT,
    "issuer": _TEXT,
    "name": _TEXT,
    "admin_key": _OCTETS,
    "key": _TEXT,
    "public_key": _OCTETS,
    "possession": _OCTETS,
    "not_before": _NUMBER,
}
_VERIFIER: Mapping[str, str] = {
    "verifier": _TEXT,
    "name": _TEXT,
    "key": _TEXT,
    "public_key": _OCTETS,
}
_AUDITOR: Mapping[str, str] = {
    "auditor": _TEXT,
    "name": _TEXT,
    "key": _TEXT,
    "public_key": _OCTETS,
    "possession": _OCTETS,
}


def issuer_registration(data: bytes, ledger_id: str) -> dict[str, Any]:
    """The body of an ``issuer-register``. Raises `DecodeError` naming the field.

    The file names the ledger that it is for: its proof of possession holds on no other.
    """
    what = "issuer's registration"
    body = _read(data, _ISSUER, what)
    if body.pop("ledger") != ledger_id:
        raise DecodeError(f"{what}: ledger", "made for another ledger")
    return _checked("issuer-register", {**body, "not_after": None}, what)


def verifier_registration(data: bytes) -> dict[str, Any]:
    """The body of a ``verifier-register``. Raises `DecodeError` naming the field."""
    what = "verifier's registration"
    return _checked("verifier-register", _read(data, _VERIFIER, what), what)


def auditor_registration(data: bytes) -> dict[str, Any]:
    """The body of an ``auditor-register``. Raises `DecodeError` naming the field."""
    what = "auditor's registration"
    return _checked("auditor-register", _read(data, _AUDITOR, what), what)


def _read(data: bytes, fields: Mapping[str, str], what: str) -> dict[str, Any]:
    table = load_json(data, field=what, max_bytes=MAX_REGISTRATION_BYTES)
    if not isinstance(table, dict):
        raise DecodeError(what, "an object is needed")
    for name in [*fields, *table]:
        if name not in table:
            raise DecodeError(f"{what}: {name}", "missing")
        if name not in fields:
            raise DecodeError(f"{what}: {_quoted(name)}", "no field of it")
    return {name: _value(table[name], kind, f"{what}: {name}") for name, kind in fields.items()}


def _value(value: object, kind: str, field: str) -> str | int | bytes:
    if kind == _NUMBER:
        if type(value) is not int:
            raise DecodeError(field, "a whole number is needed")
        return value
    if not isinstance(value, str):
        raise DecodeError(field, "text is needed")
    if kind == _TEXT:
        return value
    try:
        octets = bytes.fromhex(value)
    except ValueError:
        octets = b""
    if octets.hex() != value:
        raise DecodeError(field, "octets in lower-case hexadecimal are needed")
    return octets


def _checked(kind: str, body: dict[str, Any], what: str) -> dict[str, Any]:
    """The body, once each field may stand on the ledger."""
    for name, check in TYPES[kind].items():
        if not check(body[name]):
            raise DecodeError(f"{what}: {name}", "wrong length or range")
    check_body(kind, body)
    return body


def _quoted(name: str) -> str:
    """A foreign name, fit for an error message."""
    return ascii(name[:40])
