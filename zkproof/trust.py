"""The trust view: what a verifier believes, at one checkpoint of one ledger.

Verification is a pure function of request, presentation, trust view and time. The ledger can
produce a view from its state and a test can write one by hand; neither knows the other, which
is why the type lives here, below both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from zkproof_circuits.schema import Schema
from zkproof_circuits.scopes import PeriodUnit


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
    position: int = 0
    """Index of the entry on the ledger that registered it."""

    changed_position: int = 0
    """Index of the last entry that registered it, ended its time sooner, or revoked it."""

    gate_pair: bytes = b""
    """96 octets, from the proof that the issuer holds the secret: what stands for a signature of
    this key that a prover does not have (`zkproof.sigma.gate`). Empty in a view without it.
    """


@dataclass(frozen=True, slots=True)
class Issuer:
    """An issuer as the ledger names it: identifier, name for people, keys by key id."""

    issuer_id: str
    name: str
    keys: Mapping[str, IssuerKey]
    suspended: bool = False
    admin_key: bytes = b""
    """Ed25519 key with which it signs its entries on the ledger, and what it asks of its customers.
    """

    standing_position: int = 0
    """Index of the entry that registered, or last suspended or reinstated it."""

    def signing_key(self, at: int) -> IssuerKey | None:
        """The one key that signs at that time: the newest that has begun, is not over and was never
        revoked.

        Older keys go on verifying what they signed. One signing key at a time keeps an issuer from
        marking its customers by keys.
        """
        begun = [
            key
            for key in self.keys.values()
            if key.revoked_at is None
            and key.not_before <= at
            and (key.not_after is None or at <= key.not_after)
        ]
        return max(begun, key=lambda key: key.not_before, default=None)


class ListKind(StrEnum):
    """What a published list says, and how it is proven."""

    STATUS = "status"
    """Record identifiers in good standing; one version for each epoch. A token for each."""

    MEMBERS = "members"
    """A set, with a token for each element."""

    GAPS = "gaps"
    """Integers that are excluded, with a signature on each gap between neighbours."""


class Spread(StrEnum):
    """How a value's place among a list's files is computed from the value.

    It follows from the attribute in its schema, so that one value has one place in all lists.
    """

    PREFIX = "prefix"
    """For values that are uniform by construction, below 2^40: record identifiers."""

    BLOCK = "block"
    """For other integers from 0 to 2^40: 256 neighbours stay together."""

    HASH = "hash"
    """For everything else."""


OWN_BITS_CAP = 8
"""Most bits of a value's place that the owner of a list may ask a holder to show."""

MOST_BITS_CAP = 14
"""The same when governance signs too, for populations whose size it knows."""

MAX_COUNT = 1 << 32
"""Most entries of a version."""

LEAD = 3600
"""Seconds between a version's beginning and its use, for everybody to fetch it; and for as long a
version is used after its end, and a request is answered by the versions of its own time.
"""

VERSION_INTERVAL = 6 * 3600
"""Least seconds between the beginnings of two versions of one list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListVersion:
    """One published version of one list. Times in seconds; ``root`` is over the version's files."""

    ledger_id: str
    list_id: str
    kind: ListKind
    spread: Spread
    public_key: bytes
    version: int
    not_before: int
    not_after: int
    count: int
    root: bytes
    used_from: int
    """`LEAD` after ``not_before``; but the first version, and the first one after a list's key was
    revoked, is used at once: there is none before it that somebody could still be using.
    """

    position: int
    """Index of its entry on the ledger."""

    bits_cap: int = OWN_BITS_CAP
    key_revoked: bool = False
    """Nothing of it is believed any more: its key was stolen."""

    revoked_position: int = 0
    """Index of the entry that revoked the key, where one did."""

    gate_pair: bytes = b""
    """As that of `IssuerKey`; one serves every version that the key signs."""


def version_in_force(versions: Sequence[ListVersion], *, at: int, size: int) -> ListVersion | None:
    """The version that a request of that time speaks of, by the first ``size`` entries of a ledger.

    It is a function of what is public, the same for holder and verifier: neither chooses. The
    newest version that is used by then decides. When it has ended, or its key was revoked, there is
    none: an older one never comes back.
    """
    used = [each for each in versions if each.position < size and each.used_from <= at]
    if not used or used[-1].key_revoked or at > used[-1].not_after + LEAD:
        return None
    return used[-1]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How many entries a ledger had, and their root."""

    size: int
    root: bytes


class ScopeForm(StrEnum):
    """What is the same at every visit within a scope."""

    PSEUDONYM = "pseudonym"
    """A point of the holder's link secret."""

    TAG = "tag"
    """A point of the link secret and one attribute: of one record."""


LIST_SEPARATOR = "#"
"""Between a list's owner and its name in the list's identifier; in no issuer's identifier."""


def status_list_id(issuer_id: str, schema_id: str) -> str:
    """The list in which record identifiers of an issuer's credentials stand, for one schema.

    It follows from what the verifier knows of the credential: a prover that could name the list
    would name one that it is on.
    """
    return f"{issuer_id}{LIST_SEPARATOR}{schema_id}"


@dataclass(frozen=True, slots=True)
class Auditor:
    """Who can open what is encrypted to it: 48 octets of an ElGamal key, in G1."""

    auditor_id: str
    name: str
    key_id: str
    public_key: bytes


@dataclass(frozen=True, slots=True)
class RegisteredPolicy:
    """A policy as its verifier registered it."""

    policy_id: str
    version: int
    circuit: bytes
    text: str


@dataclass(frozen=True, slots=True)
class RegisteredVerifier:
    """A verifier as the ledger names it. ``policies`` by identifier and version."""

    verifier_id: str
    name: str
    key_id: str
    public_key: bytes
    policies: Mapping[tuple[str, int], RegisteredPolicy] = field(default_factory=dict)
    receipt_head: tuple[int, bytes] | None = None
    """Size and head of its receipt log, as last published."""
    key_ids: frozenset[str] = frozenset()
    """All it ever used."""
    suspended: bool = False
    """Governance withdrew its word: wallets do not answer."""


@dataclass(frozen=True, slots=True)
class RegisteredScope:
    """A scope in which several verifiers see the same pseudonyms or tags.

    Everything but members and purpose is fixed for ever: two members never ask differently.
    """

    scope_id: str
    """``<owner>#<name>``."""
    form: ScopeForm
    unit: PeriodUnit | None
    """How often it is renewed."""
    slots: tuple[str, ...]
    """Attributes: the link secret, and for a tag the one that names the record."""
    since: int
    """First day (days since 1970-01-01) on which anybody may ask in it."""
    purpose: str
    members: frozenset[str]
    """Identifiers of the verifiers."""


@dataclass(frozen=True, slots=True)
class TrustView:
    """Issuer keys, schemas, registries, lists, auditors and verifiers as of one checkpoint."""

    ledger_id: str
    tree_size: int
    root_hash: bytes
    as_of: int
    issuers: Mapping[str, Issuer]
    schemas: Mapping[bytes, Schema]
    past: Past | None = field(default=None, compare=False, repr=False)
    """What else this ledger's reader can say of earlier checkpoints."""

    registries: Mapping[str, frozenset[str]] = field(default_factory=dict)
    registry_positions: Mapping[str, int] = field(default_factory=dict)
    """Index of the entry that published each registry last."""

    lists: Mapping[str, tuple[ListVersion, ...]] = field(default_factory=dict)
    """By identifier, in the ledger's order: every version that a request may still speak of."""

    list_locations: Mapping[str, str] = field(default_factory=dict)
    """Addresses of published lists' files, by identifier, as their owners state them."""

    auditors: Mapping[str, Auditor] = field(default_factory=dict)
    verifiers: Mapping[str, RegisteredVerifier] = field(default_factory=dict)
    scopes: Mapping[str, RegisteredScope] = field(default_factory=dict)

    @property
    def checkpoint(self) -> Checkpoint:
        """What this view is of."""
        return Checkpoint(self.tree_size, self.root_hash)

    def includes(self, checkpoint: Checkpoint) -> bool:
        """Whether the ledger that this view is of went through that checkpoint.

        False as well for an earlier one of which this view cannot say.
        """
        if checkpoint.size == self.tree_size:
            return checkpoint.root == self.root_hash
        if checkpoint.size > self.tree_size or self.past is None:
            return False
        return self.past.had_root(checkpoint.size, checkpoint.root)


class Past(Protocol):
    """Whether a ledger had a root at an earlier size; proven, not believed."""

    def had_root(self, size: int, root: bytes) -> bool: ...


class TrustSource(Protocol):
    """A ledger, or whatever else gives the newest view of one."""

    def trust(self) -> TrustView: ...


def view_of(source: TrustView | TrustSource) -> TrustView:
    """The view itself, or the newest one of its source. Raises what the source raises."""
    return source if isinstance(source, TrustView) else source.trust()
