"""Registrations that issuers, verifiers and auditors hand to governance as JSON files.

They hold the fields of the ledger entry, octets in hexadecimal. Governance reads them from people
it does not control, so nothing is taken that is not exactly this.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zkproof.bounded import load_json
from zkproof.errors import DecodeError
from zkproof.ledger.bodies import TYPES
from zkproof.record import Kind, Record, hexadecimal, line

MAX_REGISTRATION_BYTES = 1 << 16

_OCTETS = frozenset(("admin_key", "public_key", "possession"))


def _registration(who: str, entry: str, more: Mapping[str, Kind] | None = None) -> Record:
    """A file with the fields of an entry. Only governance gives a registered key an end."""
    fields = {
        name: hexadecimal(kind) if name in _OCTETS else kind
        for name, kind in TYPES[entry].items()
        if name != "not_after"
    }
    return Record(f"{who}'s registration", {**(more or {}), **fields})


ISSUER = _registration("issuer", "issuer-register", {"ledger": line()})
_VERIFIER = _registration("verifier", "verifier-register")
_AUDITOR = _registration("auditor", "auditor-register")


def issuer_registration(data: bytes, ledger_id: str) -> dict[str, Any]:
    """The body of an ``issuer-register``. Raises `DecodeError` naming the field.

    The file names the ledger that it is for: its proof of possession holds on no other.
    """
    body = _read(data, ISSUER)
    if body.pop("ledger") != ledger_id:
        raise DecodeError(f"{ISSUER.name}.ledger", "made for another ledger")
    return {**body, "not_after": None}


def verifier_registration(data: bytes, *, field: str | None = None) -> dict[str, Any]:
    """The body of a ``verifier-register``. Raises `DecodeError` naming the field.

    ``field`` names the file in errors, where it is the reader's own.
    """
    return _read(data, _VERIFIER, field)


def auditor_registration(data: bytes) -> dict[str, Any]:
    """The body of an ``auditor-register``. Raises `DecodeError` naming the field."""
    return _read(data, _AUDITOR)


def _read(data: bytes, record: Record, field: str | None = None) -> dict[str, Any]:
    name = field or record.name
    return record.check(load_json(data, field=name, max_bytes=MAX_REGISTRATION_BYTES), name)
