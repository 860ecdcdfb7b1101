"""Entries in words: when, who, what kind, about whom or what. For people who read the log."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from zkproof.errors import DecodeError, ZkProofError
from zkproof.ledger.entries import Entry
from zkproof_circuits.schema import Schema

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry. ``subject`` is the identifier it is about, ``details`` what it says of it."""

    position: int
    time: int
    kind: str
    author: str
    subject: str
    details: str

    @property
    def when(self) -> str:
        """The time in ISO 8601, UTC."""
        return iso_time(self.time)


def listed(entries: Iterable[bytes], *, start: int = 0) -> Iterator[Listed]:
    """Entries as they stand in the log, from position ``start`` on.

    Raises `DecodeError` for octets that are no entry.
    """
    for position, data in enumerate(entries, start):
        try:
            entry = Entry.from_bytes(data)
        except DecodeError as error:
            raise DecodeError(f"entry {position}", error.message) from None
        subject, details = about(entry)
        yield Listed(position, entry.time, entry.type, entry.author, subject, details)


def about(entry: Entry) -> tuple[str, str]:
    """Subject and details of an entry. Raises `DecodeError` for a type without words."""
    words = _WORDS.get(entry.type)
    if words is None:
        raise DecodeError("entry.type", "unknown")
    subject, details = words(entry.body)
    return subject or entry.author, details


def iso_time(seconds: int) -> str:
    """``2026-11-25T08:00:00Z``; the number itself where no calendar reaches."""
    try:
        moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    except (ValueError, OverflowError, OSError):
        return f"{seconds} s"
    return moment.isoformat().replace("+00:00", "Z")


def _key(name: str) -> Callable[[Body], tuple[str, str]]:
    return lambda body: (body.get(name, ""), f"key {body['key']}")


def _named_key(name: str) -> Callable[[Body], tuple[str, str]]:
    return lambda body: (body[name], f"{body['name']}, key {body['key']}")


def _reason(name: str) -> Callable[[Body], tuple[str, str]]:
    return lambda body: (body[name], body["reason"])


def _alone(name: str) -> Callable[[Body], tuple[str, str]]:
    return lambda body: (body[name], "")


def _governance(body: Body) -> tuple[str, str]:
    return body.get("name", ""), f"{body['threshold']} of {len(body['keys'])} keys"


def _rotation(body: Body) -> tuple[str, str]:
    words = f"key {body['key']}, in place of {body['replaces']}"
    if body["replaced_not_after"] is None:
        return "", words
    return "", f"{words} (until {iso_time(body['replaced_not_after'])})"


def _schema(body: Body) -> tuple[str, str]:
    try:
        schema = Schema.from_bytes(body["schema"])
    except ZkProofError:
        return "not a schema", ""
    return schema.id, f"version {schema.version}, digest {schema.digest.hex()}"


def _version(body: Body) -> tuple[str, str]:
    until = iso_time(body["not_after"])
    return body["list"], f"version {body['version']}, {body['count']} entries, until {until}"


_WORDS: Mapping[str, Callable[[Body], tuple[str, str]]] = {
    "governance-root": _governance,
    "governance-rotate": _governance,
    "issuer-register": _named_key("issuer"),
    "issuer-replace-admin": _alone("issuer"),
    "issuer-rotate-key": _rotation,
    "issuer-revoke-key": lambda body: (body["issuer"], f"key {body['key']}: {body['reason']}"),
    "issuer-suspend": _reason("issuer"),
    "issuer-reinstate": _alone("issuer"),
    "schema-publish": _schema,
    "registry-publish": lambda body: (
        body["registry"],
        f"version {body['version']}: {', '.join(body['issuers']) or 'nobody'}",
    ),
    "list-authority": lambda body: (
        body["list"],
        f"{body['kind']}, at {body['location'] or 'no address'}",
    ),
    "list-version": _version,
    "list-revoke-key": _reason("list"),
    "auditor-register": _named_key("auditor"),
    "auditor-rotate-key": _key("auditor"),
    "verifier-register": _named_key("verifier"),
    "verifier-rotate-key": _key("verifier"),
    "verifier-suspend": _reason("verifier"),
    "verifier-reinstate": _alone("verifier"),
    "policy-register": lambda body: (
        body["policy"],
        f"version {body['version']}, circuit {body['circuit'].hex()}",
    ),
    "scope-register": lambda body: (
        body["scope"],
        f"{body['form']} of {', '.join(body['slots'])}, renewed {body['unit'] or 'never'}, for "
        f"{', '.join(body['members'])}: {body['purpose']}",
    ),
    "receipt-head": lambda body: ("", f"{body['size']} receipts, head {body['head'].hex()}"),
    "document-anchor": lambda body: (body["sha256"].hex(), f"SM3 {body['sm3'].hex()}"),
    "document-revoke": lambda body: (body["sha256"].hex(), "withdrawn"),
}
