"""The trust view: what a verifier believes, at one checkpoint of one ledger.

Verification is a pure function of request, presentation, trust view and time. The ledger can
produce a view from its state and a test can write one by hand; neither knows the other, which
is why the type lives here, below both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from zkproof_circuits.schema import Schema


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """One BBS key of an issuer, believed from ``not_before`` to ``not_after`` (seconds).

    ``revoked_at`` set means that nothing signed with this key is accepted any more, whenever it was
    signed: a thief of the key can date a credential back.
    """

    key_id: str
    public_key: bytes
    not_before: int
    not_after: int | None = None
    revoked_at: int | None = None


@dataclass(frozen=True, slots=True)
class Issuer:
    """An issuer as the ledger names it: identifier, name for people, keys by key id."""

    issuer_id: str
    name: str
    keys: Mapping[str, IssuerKey]
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class StatusEpoch:
    """The newest published epoch of a status list and the authority's key for it."""

    list_id: str
    public_key: bytes
    epoch: int
    not_before: int
    not_after: int


@dataclass(frozen=True, slots=True)
class TrustView:
    """Issuer keys, schemas, registries and status epochs as of one checkpoint."""

    ledger_id: str
    tree_size: int
    root_hash: bytes
    as_of: int
    issuers: Mapping[str, Issuer]
    schemas: Mapping[bytes, Schema]
    registries: Mapping[str, frozenset[str]] = field(default_factory=dict)
    status: Mapping[str, tuple[StatusEpoch, ...]] = field(default_factory=dict)
