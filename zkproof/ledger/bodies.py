"""What each type of entry says: its fields, and what may stand in each.

There is no type and no field for attributes, proofs, pseudonyms or record identifiers, and unknown
fields are refused: they cannot be put on the ledger. Free text (names, reasons, the text of a
policy) is written by governance, issuers and verifiers, about themselves and their rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from zkproof.errors import DecodeError
from zkproof.ledger.note import KEY_BYTES
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
LARGEST = 1 << 53
LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))
"""Hosts that are this machine: the only ones that plain http is for."""

_ATTRIBUTE = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)

Check = Callable[[Any], bool]
Fields = Mapping[str, Check]


def is_text(value: Any, *, longest: int = MAX_ID) -> bool:
    """One line of printable characters."""
    return isinstance(value, str) and 0 < len(value) <= longest and value.isprintable()


def is_number(value: Any) -> bool:
    """A count, version or time in seconds, exact in every JSON reader."""
    return type(value) is int and 0 <= value < LARGEST


def is_octets(value: Any, length: int) -> bool:
    return isinstance(value, bytes) and len(value) == length


def _key_id(value: Any) -> bool:
    return is_text(value, longest=MAX_KEY_ID)


def _policy_text(value: Any) -> bool:
    lines = value.split("\n") if isinstance(value, str) and len(value) <= MAX_POLICY_TEXT else []
    return bool(value) and bool(lines) and all(not line or line.isprintable() for line in lines)


def _schema(value: Any) -> bool:
    return isinstance(value, bytes) and bool(value)


def _kind(value: Any) -> bool:
    return isinstance(value, str) and value in {kind.value for kind in ListKind}


def _form(value: Any) -> bool:
    return isinstance(value, str) and value in {form.value for form in ScopeForm}


def _unit(value: Any) -> bool:
    return isinstance(value, str) and value in {unit.value for unit in PeriodUnit}


def _attribute_name(value: Any) -> bool:
    return isinstance(value, str) and _ATTRIBUTE.fullmatch(value) is not None


def _spread(value: Any) -> bool:
    return isinstance(value, str) and value in {spread.value for spread in Spread}


def _bits_cap(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MOST_BITS_CAP


def _count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MAX_COUNT


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


def _octets(length: int) -> Check:
    return lambda value: is_octets(value, length)


def _auditor_possession(value: Any) -> bool:
    """One proof; or, for a key made by several, the part of each with its proof."""
    if is_octets(value, AUDITOR_POSSESSION_BYTES):
        return True
    if not isinstance(value, bytes):
        return False
    count, rest = divmod(len(value), AUDITOR_KEY_BYTES + AUDITOR_POSSESSION_BYTES)
    return not rest and 2 <= count <= MAX_KEY_PARTS


def _optional(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _set_of(check: Check, most: int) -> Check:
    """A list without repetitions."""
    return lambda value: (
        isinstance(value, list)
        and len(value) <= most
        and all(check(each) for each in value)
        and len(set(value)) == len(value)
    )


_KEYS = _set_of(_octets(KEY_BYTES), MAX_GOVERNORS)
_DIGEST = _octets(DIGEST_BYTES)
_BBS_KEY: Fields = {
    "key": _key_id,
    "public_key": _octets(BBS_KEY_BYTES),
    "possession": _octets(POSSESSION_BYTES),
    "not_before": is_number,
    "not_after": _optional(is_number),
}
_AUDITOR_KEY: Fields = {
    "key": _key_id,
    "public_key": _octets(AUDITOR_KEY_BYTES),
    "possession": _auditor_possession,
}

TYPES: Mapping[str, Fields] = {
    # Governance: the first entry, and changes of its own keys.
    "governance-root": {"keys": _KEYS, "threshold": is_number, "name": is_text},
    "governance-rotate": {"keys": _KEYS, "threshold": is_number},
    # Issuers.
    "issuer-register": {
        "issuer": is_text,
        "name": is_text,
        "admin_key": _octets(KEY_BYTES),
        **_BBS_KEY,
    },
    "issuer-replace-admin": {"issuer": is_text, "admin_key": _octets(KEY_BYTES)},
    # A new key, and the one before it, which is believed until `replaced_not_after` if given.
    "issuer-rotate-key": {
        **_BBS_KEY,
        "replaces": _key_id,
        "replaced_not_after": _optional(is_number),
    },
    "issuer-revoke-key": {"issuer": is_text, "key": _key_id, "reason": is_text},
    "issuer-suspend": {"issuer": is_text, "reason": is_text},
    "issuer-reinstate": {"issuer": is_text},
    # What is published: schemas, lists of accredited issuers, status and other lists.
    "schema-publish": {"schema": _schema},
    "registry-publish": {
        "registry": is_text,
        "version": is_number,
        "issuers": _set_of(is_text, MAX_LISTED),
    },
    # A list's key for coming versions, how its files are cut, where they are; then its versions.
    "list-authority": {
        "list": is_text,
        "kind": _kind,
        "spread": _spread,
        "bits_cap": _bits_cap,
        "public_key": _octets(BBS_KEY_BYTES),
        "possession": _octets(POSSESSION_BYTES),
        "location": _optional(is_location),
    },
    "list-version": {
        "list": is_text,
        "version": is_number,
        "not_before": is_number,
        "not_after": is_number,
        "count": _count,
        "root": _DIGEST,
    },
    # A list's key that was stolen: versions under it are believed no more.
    "list-revoke-key": {"list": is_text, "public_key": _octets(BBS_KEY_BYTES), "reason": is_text},
    # Auditors, to whom holders encrypt what a policy says.
    "auditor-register": {"auditor": is_text, "name": is_text, **_AUDITOR_KEY},
    "auditor-rotate-key": {"auditor": is_text, **_AUDITOR_KEY},
    # Verifiers, so that a holder can see who asks, and for what.
    "verifier-register": {
        "verifier": is_text,
        "name": is_text,
        "key": _key_id,
        "public_key": _octets(KEY_BYTES),
    },
    "verifier-rotate-key": {
        "verifier": is_text,
        "key": _key_id,
        "public_key": _octets(KEY_BYTES),
    },
    "verifier-suspend": {"verifier": is_text, "reason": is_text},
    "verifier-reinstate": {"verifier": is_text},
    "policy-register": {
        "policy": is_text,
        "version": is_number,
        "circuit": _DIGEST,
        "text": _policy_text,
    },
    # A scope in which several verifiers see the same pseudonyms or tags.
    "scope-register": {
        "scope": is_text,
        "form": _form,
        "unit": _optional(_unit),
        "slots": _set_of(_attribute_name, 2),
        "since": is_number,
        "purpose": is_text,
        "members": _set_of(is_text, MAX_LISTED),
    },
    "receipt-head": {"size": is_number, "head": _DIGEST},
    # A document's salted digests, as anchored before there were credentials, and their withdrawal.
    "document-anchor": {"sha256": _DIGEST, "sm3": _DIGEST},
    "document-revoke": {"sha256": _DIGEST},
}


def check_body(kind: object, body: object) -> None:
    """Raises `DecodeError` unless ``body`` has exactly the fields of the type, each in range."""
    fields = TYPES.get(kind) if isinstance(kind, str) else None
    if fields is None:
        raise DecodeError("entry.type", "unknown")
    if not isinstance(body, Mapping) or set(body) != set(fields):
        raise DecodeError("entry.body", f"not the fields of {kind}")
    for name, check in fields.items():
        if not check(body[name]):
            raise DecodeError(f"entry.body.{name}", "wrong type, length or range")
