"""What a verifier learns: a report of exactly what was proven, or a refusal with a stable code.

Neither has a truth value, so that neither can be mistaken for the other; disclosed values are
reachable only through a `Report`, where they are the values that were checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NoReturn

from zkproof.trust import ListVersion
from zkproof_circuits.types import Value


class RefusalCode(Enum):
    """Why a presentation was refused. Codes are stable; texts may change."""

    MALFORMED = "malformed"
    REQUEST_UNKNOWN = "request-unknown"
    ALREADY_ANSWERED = "already-answered"
    WRONG_REQUEST = "wrong-request"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    TRUST_STALE = "trust-stale"
    WRONG_LEDGER = "wrong-ledger"
    SCHEMA_UNKNOWN = "schema-unknown"
    CREDENTIALS_MISMATCH = "credentials-mismatch"
    ISSUER_NOT_ACCEPTED = "issuer-not-accepted"
    ISSUER_UNKNOWN = "issuer-unknown"
    ISSUER_SUSPENDED = "issuer-suspended"
    KEY_UNKNOWN = "key-unknown"
    KEY_REVOKED = "key-revoked"
    KEY_EXPIRED = "key-expired"
    ISSUERS_CHANGED = "issuers-changed"
    TOO_MANY_ISSUERS = "too-many-issuers"
    LIST_UNKNOWN = "list-unknown"
    LIST_NOT_CURRENT = "list-not-current"
    AUDITOR_UNKNOWN = "auditor-unknown"
    SCOPE_NOT_ACCEPTED = "scope-not-accepted"
    DISCLOSED_MISMATCH = "disclosed-mismatch"
    CONSTRAINT_FAILED = "constraint-failed"
    PROOF_INVALID = "proof-invalid"


class _NoTruthValue:
    __slots__ = ()

    def __bool__(self) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} has no truth value; use isinstance")


@dataclass(frozen=True, slots=True)
class Refusal(_NoTruthValue):
    """The presentation is not accepted. ``text`` is for people and holds no personal data."""

    code: RefusalCode
    text: str


@dataclass(frozen=True, slots=True)
class ProvenCredential:
    """One credential that was shown: who signed it, with which key, of which schema."""

    alias: str
    schema_id: str
    schema_version: int
    schema_digest: bytes
    issuer_id: str
    issuer_name: str
    key_id: str
    disclosed: Mapping[str, Value]
    hidden: tuple[str, ...]
    """Names of the attributes whose values stayed hidden, what follows from others left out."""
    status: tuple[str, int] | None
    """Status list and epoch in which it was in good standing, where the policy asks."""


@dataclass(frozen=True, slots=True)
class HiddenIssuerCredential:
    """One credential that one of several issuers signed, which stays hidden.

    ``in_a_way``: only one way of an alternative asks for it, and whether it is held stays hidden
    too; the constraint of the alternative says what was proven.
    """

    alias: str
    schema_id: str
    schema_version: int
    schema_digest: bytes
    issuers: tuple[tuple[str, str], ...]
    """Identifier and name of each that may have signed it."""
    keys: tuple[tuple[str, str], ...]
    """Issuer and key id of each key that may have signed it."""
    disclosed: Mapping[str, Value]
    hidden: tuple[str, ...]
    """As in `ProvenCredential`."""
    in_a_way: bool
    status: tuple[tuple[str, int], ...]
    """Status lists and their versions, in one of which it was in good standing, where the policy
    asks."""


@dataclass(frozen=True, slots=True)
class ProvenPseudonym:
    """The holder's pseudonym for a scope, or the tag of one record: 48 octets.

    ``scope`` says whose it is, its name and period, as in ``did:web:bank.example#loans/2026-11``;
    ``slots`` are the attributes it is made from, as the policy names them.
    """

    scope: str
    slots: tuple[str, ...]
    value: bytes


@dataclass(frozen=True, slots=True)
class ProvenCiphertext:
    """An attribute, encrypted to an auditor: 96 octets that hold the signed value."""

    slot: str
    auditor_id: str
    key_id: str
    ciphertext: bytes


@dataclass(frozen=True, slots=True)
class ProvenConstraint:
    """One requirement of the policy, as its text, and the credentials it speaks of."""

    source: str
    credentials: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report(_NoTruthValue):
    """Everything here was proven or checked, and nothing else was."""

    request_id: bytes
    request_digest: bytes
    presentation_digest: bytes
    policy_name: str
    policy_version: int
    circuit_digest: bytes
    purpose: str
    credentials: tuple[ProvenCredential | HiddenIssuerCredential, ...]
    constraints: tuple[ProvenConstraint, ...]
    pseudonyms: tuple[ProvenPseudonym, ...]
    ciphertexts: tuple[ProvenCiphertext, ...]
    lists: tuple[ListVersion, ...]
    """Versions of published lists that were relied on."""
    ledger_id: str
    tree_size: int
    root_hash: bytes
    trust_as_of: int
    today: int
    verified_at: int
