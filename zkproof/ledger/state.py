"""The state of the ledger: a pure fold over its entries. Rules, in the order they are checked:

1.  The first entry is the governance root, signed by a threshold of the keys it names; no other is.
2.  Every entry names this ledger, and its nonce was not used before.
3.  Time does not run backwards by more than `SKEW`.
4.  Governance (a threshold of its current keys) rotates its keys, registers, suspends and
reinstates
    issuers, registers verifiers, publishes registries; it may publish schemas, revoke an issuer's
    key and anchor documents.
5.  An issuer (its admin key) that is registered and not suspended rotates and revokes its own keys,
    publishes schemas, status epochs, and anchors and withdraws documents.
6.  A verifier (its key) registers its policies and publishes heads of its receipt log.
7.  A key identifier is used once for each issuer. A public key belongs to one issuer, once. A
revoked key
    never comes back. Whoever registers a BBS key proves that it holds the secret.
8.  A schema is published once; its identifier and version name one digest for ever.
9.  Registries and epochs go up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from zkproof.credential.trust import Issuer, IssuerKey, StatusEpoch, TrustView
from zkproof.errors import DecodeError, LedgerError
from zkproof.ledger.entries import GOVERNANCE, Entry
from zkproof.ledger.possession import verify_possession
from zkproof_circuits.schema import Schema

SKEW = 300
"""Seconds by which an entry may be dated before its predecessor."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A verifier as the ledger names it."""

    verifier_id: str
    name: str
    key_id: str
    public_key: bytes
    policies: frozenset[bytes] = frozenset()
    receipt_heads: tuple[tuple[int, bytes], ...] = ()


@dataclass
class LedgerState:
    """What the entries so far say. Changed only by `apply`."""

    ledger_id: str = ""
    name: str = ""
    governance: frozenset[bytes] = frozenset()
    threshold: int = 0
    time: int = 0
    nonces: set[bytes] = field(default_factory=set)
    issuers: dict[str, Issuer] = field(default_factory=dict)
    admins: dict[str, bytes] = field(default_factory=dict)
    schemas: dict[bytes, Schema] = field(default_factory=dict)
    registries: dict[str, tuple[int, frozenset[str]]] = field(default_factory=dict)
    verifiers: dict[str, Verifier] = field(default_factory=dict)
    status: dict[str, tuple[StatusEpoch, ...]] = field(default_factory=dict)
    documents: dict[bytes, tuple[bytes, str, bool]] = field(default_factory=dict)
    """SHA-256 digest to (SM3 digest, author, withdrawn)."""

    def copy(self) -> LedgerState:
        """A state that can go on by itself. What it holds is immutable but for its tables."""
        return replace(
            self,
            nonces=set(self.nonces),
            issuers=dict(self.issuers),
            admins=dict(self.admins),
            schemas=dict(self.schemas),
            registries=dict(self.registries),
            verifiers=dict(self.verifiers),
            status=dict(self.status),
            documents=dict(self.documents),
        )

    def apply(self, entry: Entry) -> None:
        """Take an entry in. Raises `LedgerError` naming the rule; the state is then as before."""
        signers = entry.valid_signers()
        if not signers:
            raise LedgerError("entry: a signature does not hold, or a key signed twice")
        if not self.ledger_id:
            self._root(entry, signers)
        else:
            self._check_place(entry)
            self._check_author(entry, signers)
            getattr(self, "_" + entry.type.replace("-", "_"))(entry)
        self.nonces.add(entry.nonce)
        self.time = max(self.time, entry.time)

    def _check_place(self, entry: Entry) -> None:
        if entry.ledger_id != self.ledger_id:
            raise LedgerError("entry: made for another ledger")
        if entry.nonce in self.nonces:
            raise LedgerError("entry: appended before", hint="sign a new one")
        if entry.time + SKEW < self.time:
            raise LedgerError("entry: dated before its predecessor")
        if entry.type == "governance-root":
            raise LedgerError("entry: the governance root stands first and once")

    def _check_author(self, entry: Entry, signers: frozenset[bytes]) -> None:
        kind, author = entry.type, entry.author
        if author == GOVERNANCE:
            if kind not in _GOVERNANCE_TYPES:
                raise LedgerError(f"entry: {kind} is not for governance to say")
            if len(signers & self.governance) < self.threshold or signers - self.governance:
                raise LedgerError("entry: not signed by enough governance keys, and no others")
        elif author in self.issuers:
            if kind not in _ISSUER_TYPES:
                raise LedgerError(f"entry: {kind} is not for an issuer to say")
            if signers != {self.admins[author]}:
                raise LedgerError("entry: not signed by the issuer's admin key")
            if self.issuers[author].suspended:
                raise LedgerError("entry: the issuer is suspended")
        elif author in self.verifiers:
            if kind not in _VERIFIER_TYPES:
                raise LedgerError(f"entry: {kind} is not for a verifier to say")
            if signers != {self.verifiers[author].public_key}:
                raise LedgerError("entry: not signed by the verifier's key")
        else:
            raise LedgerError("entry: author not known to this ledger")

    def _root(self, entry: Entry, signers: frozenset[bytes]) -> None:
        if entry.type != "governance-root" or entry.author != GOVERNANCE:
            raise LedgerError("entry: the first one is the governance root")
        keys, threshold = _governance(entry)
        if len(signers & keys) < threshold or signers - keys:
            raise LedgerError("entry: the root is not signed by enough of its own keys")
        self.ledger_id, self.name = entry.ledger_id, entry.body["name"]
        self.governance, self.threshold = keys, threshold

    def _governance_rotate(self, entry: Entry) -> None:
        self.governance, self.threshold = _governance(entry)

    def _issuer_register(self, entry: Entry) -> None:
        body = entry.body
        issuer_id = body["issuer"]
        if issuer_id in self.issuers or issuer_id in self.verifiers or issuer_id == GOVERNANCE:
            raise LedgerError("entry: this identifier is taken")
        if body["admin_key"] in self.admins.values():
            raise LedgerError("entry: this admin key belongs to another issuer")
        key = self._new_key(entry, issuer_id)
        self.issuers[issuer_id] = Issuer(issuer_id, body["name"], {key.key_id: key})
        self.admins[issuer_id] = body["admin_key"]

    def _issuer_rotate_key(self, entry: Entry) -> None:
        body, issuer = entry.body, self.issuers[entry.author]
        old = issuer.keys.get(body["replaces"])
        if old is None or old.revoked_at is not None:
            raise LedgerError("entry: the key to be replaced is not in use")
        if body["key"] in issuer.keys:
            raise LedgerError("entry: this key identifier was used before")
        if old.not_after is not None and body["replaced_not_after"] > old.not_after:
            raise LedgerError("entry: a rotation cannot lengthen the old key's time")
        key = self._new_key(entry, issuer.issuer_id)
        shortened = replace(old, not_after=body["replaced_not_after"])
        keys = {**issuer.keys, old.key_id: shortened, key.key_id: key}
        self.issuers[entry.author] = replace(issuer, keys=keys)

    def _issuer_revoke_key(self, entry: Entry) -> None:
        issuer = self.issuers.get(entry.body["issuer"])
        if issuer is None or entry.author not in (GOVERNANCE, issuer.issuer_id):
            raise LedgerError("entry: not an issuer whose keys this author may revoke")
        key = issuer.keys.get(entry.body["key"])
        if key is None or key.revoked_at is not None:
            raise LedgerError("entry: no such key, or revoked before")
        keys = {**issuer.keys, key.key_id: replace(key, revoked_at=entry.time)}
        self.issuers[issuer.issuer_id] = replace(issuer, keys=keys)

    def _issuer_suspend(self, entry: Entry) -> None:
        self._set_suspended(entry, True)

    def _issuer_reinstate(self, entry: Entry) -> None:
        self._set_suspended(entry, False)

    def _set_suspended(self, entry: Entry, suspended: bool) -> None:
        issuer = self.issuers.get(entry.body["issuer"])
        if issuer is None or issuer.suspended is suspended:
            raise LedgerError("entry: no such issuer, or nothing would change")
        self.issuers[issuer.issuer_id] = replace(issuer, suspended=suspended)

    def _schema_publish(self, entry: Entry) -> None:
        try:
            schema = Schema.from_bytes(entry.body["schema"])
        except DecodeError as error:
            raise LedgerError(f"entry: {error.message}") from None
        for known in self.schemas.values():
            if (known.id, known.version) == (schema.id, schema.version):
                raise LedgerError("entry: this schema version was published before")
        self.schemas[schema.digest] = schema

    def _registry_publish(self, entry: Entry) -> None:
        body = entry.body
        if body["version"] <= self.registries.get(body["registry"], (0, None))[0]:
            raise LedgerError("entry: registry versions go up")
        unknown = [each for each in body["issuers"] if each not in self.issuers]
        if unknown:
            raise LedgerError("entry: a registry lists registered issuers only")
        self.registries[body["registry"]] = (body["version"], frozenset(body["issuers"]))

    def _verifier_register(self, entry: Entry) -> None:
        body = entry.body
        verifier_id = body["verifier"]
        if verifier_id in self.issuers or verifier_id == GOVERNANCE:
            raise LedgerError("entry: this identifier is taken")
        known = self.verifiers.get(verifier_id)
        if known is not None and known.key_id == body["key"]:
            raise LedgerError("entry: this key identifier was used before")
        self.verifiers[verifier_id] = Verifier(
            verifier_id, body["name"], body["key"], body["public_key"]
        )

    def _policy_register(self, entry: Entry) -> None:
        verifier = self.verifiers[entry.author]
        policies = verifier.policies | {entry.body["circuit"]}
        self.verifiers[entry.author] = replace(verifier, policies=policies)

    def _receipt_head(self, entry: Entry) -> None:
        verifier, size = self.verifiers[entry.author], entry.body["size"]
        if verifier.receipt_heads and size <= verifier.receipt_heads[-1][0]:
            raise LedgerError("entry: receipt logs only grow")
        heads = (*verifier.receipt_heads, (size, entry.body["head"]))
        self.verifiers[entry.author] = replace(verifier, receipt_heads=heads)

    def _status_epoch(self, entry: Entry) -> None:
        body = entry.body
        epochs = self.status.get(body["list"], ())
        if epochs and (
            body["epoch"] <= epochs[-1].epoch or body["public_key"] != epochs[-1].public_key
        ):
            raise LedgerError("entry: epochs go up and keep the authority's key")
        if not body["not_before"] < body["not_after"]:
            raise LedgerError("entry: an epoch ends after it begins")
        epoch = StatusEpoch(
            body["list"], body["public_key"], body["epoch"], body["not_before"], body["not_after"]
        )
        # Two are enough: the current one and the one before it, for a verifier's grace.
        self.status[body["list"]] = (*epochs[-1:], epoch)

    def _document_anchor(self, entry: Entry) -> None:
        if entry.body["sha256"] in self.documents:
            raise LedgerError("entry: this document was anchored before")
        self.documents[entry.body["sha256"]] = (entry.body["sm3"], entry.author, False)

    def _document_revoke(self, entry: Entry) -> None:
        known = self.documents.get(entry.body["sha256"])
        if known is None or known[1] != entry.author or known[2]:
            raise LedgerError("entry: no such document of this author, or withdrawn before")
        self.documents[entry.body["sha256"]] = (known[0], known[1], True)

    def _new_key(self, entry: Entry, issuer_id: str) -> IssuerKey:
        body = entry.body
        used = {key.public_key for issuer in self.issuers.values() for key in issuer.keys.values()}
        if body["public_key"] in used:
            raise LedgerError("entry: this public key was registered before")
        if body["not_after"] is not None and body["not_after"] <= body["not_before"]:
            raise LedgerError("entry: a key's time ends after it begins")
        if not verify_possession(
            body["public_key"], body["possession"], self.ledger_id, issuer_id, body["key"]
        ):
            raise LedgerError("entry: no proof that the issuer holds this key's secret")
        return IssuerKey(body["key"], body["public_key"], body["not_before"], body["not_after"])

    def trust_view(self, tree_size: int, root_hash: bytes, as_of: int) -> TrustView:
        """What a verifier may believe, at that checkpoint."""
        return TrustView(
            ledger_id=self.ledger_id,
            tree_size=tree_size,
            root_hash=root_hash,
            as_of=as_of,
            issuers=dict(self.issuers),
            schemas=dict(self.schemas),
            registries={name: issuers for name, (_, issuers) in self.registries.items()},
            status=dict(self.status),
        )


_ISSUER_TYPES = frozenset(
    (
        "issuer-rotate-key",
        "issuer-revoke-key",
        "schema-publish",
        "status-epoch",
        "document-anchor",
        "document-revoke",
    )
)
_VERIFIER_TYPES = frozenset(("policy-register", "receipt-head"))
_GOVERNANCE_TYPES = frozenset(
    (
        "governance-rotate",
        "issuer-register",
        "issuer-revoke-key",
        "issuer-suspend",
        "issuer-reinstate",
        "schema-publish",
        "registry-publish",
        "verifier-register",
        "document-anchor",
        "document-revoke",
    )
)


def _governance(entry: Entry) -> tuple[frozenset[bytes], int]:
    keys, threshold = frozenset(entry.body["keys"]), entry.body["threshold"]
    if not 1 <= threshold <= len(keys):
        raise LedgerError("entry: threshold between one and the number of keys")
    return keys, threshold


def fold(entries: Iterable[Entry]) -> LedgerState:
    """The state after all of them. Raises `LedgerError` at the first that breaks a rule."""
    state = LedgerState()
    for entry in entries:
        state.apply(entry)
    return state
