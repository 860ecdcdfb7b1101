"""What the entries so far say. Data only: `zkproof.ledger.fold` changes it, rule by rule."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from zkproof.trust import (
    Auditor,
    Issuer,
    ListKind,
    ListVersion,
    RegisteredScope,
    RegisteredVerifier,
    Spread,
)
from zkproof_circuits.schema import Schema


@dataclass(frozen=True, slots=True)
class Registry:
    """A named list of accredited issuers."""

    version: int
    issuers: frozenset[str]
    position: int = 0
    """Index of the entry that published this version."""


@dataclass(frozen=True, slots=True)
class PublishedList:
    """A list: whose it is, its kind, how its files are cut, the key for coming versions, where its
    files are, and every version that a request may still speak of.

    Without a key, for it was revoked, nothing can be published.
    """

    issuer_id: str
    kind: ListKind
    spread: Spread
    bits_cap: int
    public_key: bytes | None
    gate_pair: bytes
    """Of that key; see `zkproof.trust.IssuerKey`."""

    location: str | None
    versions: tuple[ListVersion, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """The digests of an anchored document."""

    sm3: bytes
    author: str
    anchored_at: int
    withdrawn_at: int | None = None


@dataclass
class LedgerState:
    """Everything in force after some prefix of the log. The values in its tables are immutable."""

    ledger_id: str = ""
    name: str = ""
    governance: frozenset[bytes] = frozenset()
    threshold: int = 0
    size: int = 0
    """How many entries were folded."""

    time: int = 0
    """The latest time any entry stated."""
    issuers: dict[str, Issuer] = field(default_factory=dict)
    admins: dict[str, bytes] = field(default_factory=dict)
    schemas: dict[bytes, Schema] = field(default_factory=dict)
    schema_owners: dict[str, str] = field(default_factory=dict)
    schema_versions: set[tuple[str, int]] = field(default_factory=set)
    registries: dict[str, Registry] = field(default_factory=dict)
    lists: dict[str, PublishedList] = field(default_factory=dict)
    auditors: dict[str, Auditor] = field(default_factory=dict)
    verifiers: dict[str, RegisteredVerifier] = field(default_factory=dict)
    scopes: dict[str, RegisteredScope] = field(default_factory=dict)
    documents: dict[bytes, Document] = field(default_factory=dict)
    """By SHA-256 digest."""
    nonces: set[tuple[str, bytes]] = field(default_factory=set)
    public_keys: set[bytes] = field(default_factory=set)
    """Every key any issuer, list, auditor or verifier ever registered."""

    def copy(self) -> LedgerState:
        """A state that can go on by itself."""
        return replace(
            self,
            issuers=dict(self.issuers),
            admins=dict(self.admins),
            schemas=dict(self.schemas),
            schema_owners=dict(self.schema_owners),
            schema_versions=set(self.schema_versions),
            registries=dict(self.registries),
            lists=dict(self.lists),
            auditors=dict(self.auditors),
            verifiers=dict(self.verifiers),
            scopes=dict(self.scopes),
            documents=dict(self.documents),
            nonces=set(self.nonces),
            public_keys=set(self.public_keys),
        )
