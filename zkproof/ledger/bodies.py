"""What each type of entry says: its fields, and what may stand in each.

There is no type and no field for attributes, proofs, pseudonyms or record identifiers, and unknown
fields are refused: they cannot be put on the ledger. Free text (names, reasons, the text of a
policy) is written by governance, issuers and verifiers, about themselves and their rules.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from zkproof.errors import DecodeError
from zkproof.ledger.note import KEY_BYTES
from zkproof.record import (
    Kind,
    Record,
    distinct,
    line,
    list_of,
    number,
    octets,
    one_of,
    optional,
    text,
)
from zkproof.trust import MAX_COUNT, MOST_BITS_CAP, ListKind, ScopeForm, Spread
from zkproof_circuits.scopes import PeriodUnit

MAX_ID = 256
MAX_KEY_ID = 64
MAX_POLICY_TEXT = 32_768
MAX_GOVERNORS = 32
MAX_LISTED = 512
BBS_KEY_BYTES = 96
POSSESSION_BYTES = 80
AUDITOR_KEY_BYTES = 48
AUDITOR_POSSESSION_BYTES = 64
MAX_KEY_PARTS = 64
DIGEST_BYTES = 32
LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))
"""Hosts that are this machine: the only ones that plain http is for."""

_ATTRIBUTE = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)


def is_text(value: Any, *, longest: int = MAX_ID) -> bool:
    """One line of printable characters."""
    return isinstance(value, str) and 0 < len(value) <= longest and value.isprintable()


def is_location(value: Any) -> bool:
    """An address that is the same for everybody: https, without user, port, query or fragment.

    Plain http and ports are for this machine alone.
    """
    if not is_text(value) or not value.isascii() or set(value) & set("@?#\\ "):
        return False
    try:
        parts = urlsplit(value)
        local, port = parts.hostname in LOOPBACK, parts.port
    except ValueError:
        return False
    if not parts.hostname:
        return False
    return parts.scheme in ("http", "https") if local else parts.scheme == "https" and port is None


Fields = Mapping[str, Kind]

_text = line(MAX_ID)
_key_id = line(MAX_KEY_ID)
_number = number()
"""A count, version or time in seconds, exact in every JSON reader."""


def _policy_text(value: Any, field: str) -> str:
    found: str = text(MAX_POLICY_TEXT)(value, field)
    if not all(not each or each.isprintable() for each in found.split("\n")):
        raise DecodeError(field, "lines of printable characters are needed")
    return found


def _attribute_name(value: Any, field: str) -> str:
    if not isinstance(value, str) or _ATTRIBUTE.fullmatch(value) is None:
        raise DecodeError(field, "the name of an attribute is needed")
    return value


def _location(value: Any, field: str) -> str:
    if not is_location(value):
        raise DecodeError(field, "an address that is the same for everybody is needed")
    return str(value)


def _auditor_possession(value: Any, field: str) -> bytes:
    """One proof; or, for a key made by several, the part of each with its proof."""
    found: bytes = octets()(value, field)
    count, rest = divmod(len(found), AUDITOR_KEY_BYTES + AUDITOR_POSSESSION_BYTES)
    several = not rest and 2 <= count <= MAX_KEY_PARTS
    if len(found) != AUDITOR_POSSESSION_BYTES and not several:
        raise DecodeError(field, f"{AUDITOR_POSSESSION_BYTES} octets, or parts with their proofs")
    return found


def _several(kind: Kind, most: int) -> Kind:
    return distinct(list_of(kind, most=most))


_KEYS = _several(octets(KEY_BYTES), MAX_GOVERNORS)
_DIGEST = octets(DIGEST_BYTES)
_KIND, _SPREAD, _FORM, _UNIT = (
    one_of({each.value for each in values}) for values in (ListKind, Spread, ScopeForm, PeriodUnit)
)
_BITS_CAP, _COUNT = number(0, MOST_BITS_CAP + 1), number(0, MAX_COUNT + 1)
_BBS_KEY: Fields = {
    "key": _key_id,
    "public_key": octets(BBS_KEY_BYTES),
    "possession": octets(POSSESSION_BYTES),
    "not_before": _number,
    "not_after": optional(_number),
}
_AUDITOR_KEY: Fields = {
    "key": _key_id,
    "public_key": octets(AUDITOR_KEY_BYTES),
    "possession": _auditor_possession,
}

TYPES: Mapping[str, Fields] = {
    # Governance: the first entry, and changes of its own keys.
    "governance-root": {"keys": _KEYS, "threshold": _number, "name": _text},
    "governance-rotate": {"keys": _KEYS, "threshold": _number},
    # Issuers.
    "issuer-register": {
        "issuer": _text,
        "name": _text,
        "admin_key": octets(KEY_BYTES),
        **_BBS_KEY,
    },
    "issuer-replace-admin": {"issuer": _text, "admin_key": octets(KEY_BYTES)},
    # A new key, and the one before it, which is believed until `replaced_not_after` if given.
    "issuer-rotate-key": {
        **_BBS_KEY,
        "replaces": _key_id,
        "replaced_not_after": optional(_number),
    },
    "issuer-revoke-key": {"issuer": _text, "key": _key_id, "reason": _text},
    "issuer-suspend": {"issuer": _text, "reason": _text},
    "issuer-reinstate": {"issuer": _text},
    # What is published: schemas, lists of accredited issuers, status and other lists.
    "schema-publish": {"schema": octets(least=1)},
    "registry-publish": {
        "registry": _text,
        "version": _number,
        "issuers": _several(_text, MAX_LISTED),
    },
    # A list's key for coming versions, how its files are cut, where they are; then its versions.
    "list-authority": {
        "list": _text,
        "kind": _KIND,
        "spread": _SPREAD,
        "bits_cap": _BITS_CAP,
        "public_key": octets(BBS_KEY_BYTES),
        "possession": octets(POSSESSION_BYTES),
        "location": optional(_location),
    },
    "list-version": {
        "list": _text,
        "version": _number,
        "not_before": _number,
        "not_after": _number,
        "count": _COUNT,
        "root": _DIGEST,
    },
    # A list's key that was stolen: versions under it are believed no more.
    "list-revoke-key": {"list": _text, "public_key": octets(BBS_KEY_BYTES), "reason": _text},
    # Auditors, to whom holders encrypt what a policy says.
    "auditor-register": {"auditor": _text, "name": _text, **_AUDITOR_KEY},
    "auditor-rotate-key": {"auditor": _text, **_AUDITOR_KEY},
    # Verifiers, so that a holder can see who asks, and for what.
    "verifier-register": {
        "verifier": _text,
        "name": _text,
        "key": _key_id,
        "public_key": octets(KEY_BYTES),
    },
    "verifier-rotate-key": {
        "verifier": _text,
        "key": _key_id,
        "public_key": octets(KEY_BYTES),
    },
    "verifier-suspend": {"verifier": _text, "reason": _text},
    "verifier-reinstate": {"verifier": _text},
    "policy-register": {
        "policy": _text,
        "version": _number,
        "circuit": _DIGEST,
        "text": _policy_text,
    },
    # A scope in which several verifiers see the same pseudonyms or tags.
    "scope-register": {
        "scope": _text,
        "form": _FORM,
        "unit": optional(_UNIT),
        "slots": _several(_attribute_name, 2),
        "since": _number,
        "purpose": _text,
        "members": _several(_text, MAX_LISTED),
    },
    "receipt-head": {"size": _number, "head": _DIGEST},
    # A document's salted digests, as anchored before there were credentials, and their withdrawal.
    "document-anchor": {"sha256": _DIGEST, "sm3": _DIGEST},
    "document-revoke": {"sha256": _DIGEST},
}


_BODIES = {name: Record("entry.body", fields) for name, fields in TYPES.items()}


def check_body(kind: object, body: object) -> dict[str, Any]:
    """The body, with exactly the fields of the type, each in range. Raises `DecodeError`."""
    record = _BODIES.get(kind) if isinstance(kind, str) else None
    if record is None:
        raise DecodeError("entry.type", "unknown")
    return record.check(body)
