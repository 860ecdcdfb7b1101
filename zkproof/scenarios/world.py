"""The world of a scenario: a ledger, issuers, lists, auditors and a verifier, everything real but
the people.

It stands in one folder: the ledger's log, and the files of published lists. Keys live as long as
the world does.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zkproof import bbs, curve
from zkproof.credential.credential import Credential
from zkproof.credential.issuing import IssuerIdentity, issue, make_offer
from zkproof.issuer.registration import issuer_entry
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.ledger.ledger import Ledger
from zkproof.ledger.possession import Purpose, prove_auditor_possession, prove_possession
from zkproof.lists.layout import Edition
from zkproof.lists.publish import publish_gaps, publish_members
from zkproof.lists.source import folder_source
from zkproof.lists.writing import Published
from zkproof.presentation.request import Request
from zkproof.sigma import encryption
from zkproof.trust import (
    LIST_SEPARATOR,
    OWN_BITS_CAP,
    ListKind,
    RegisteredScope,
    Spread,
    TrustView,
    status_list_id,
)
from zkproof.verifier.verifier import Verifier
from zkproof.wallet.refreshing import Refreshed
from zkproof.wallet.wallet import Wallet
from zkproof_circuits import library
from zkproof_circuits.atoms.lists import GAP_RANGE

LEDGER = "ledger.scenario.example"
VERIFIER = "did:web:verifier.example"
EPOCH = 86_400
OTHERS = 200
"""Revoked records of other people in each status list."""

Progress = Callable[[str, int, int], None]
"""Called with what is being published, entries done, and all of them."""


@dataclass(slots=True)
class _Owner:
    """An issuer with its keys, and the records it revoked, by schema."""

    identity: IssuerIdentity
    key: bbs.SigningKey
    admin: Ed25519Signer
    revoked: dict[str, set[int]]


class World:
    """One ledger and who is on it. ``now`` is the time of everything that happens, but for what was
    written on the ledger in the two days before.
    """

    def __init__(self, folder: Path, *, now: int, progress: Progress) -> None:
        self.folder, self.now, self.progress = folder, now, progress
        self._written_at = now - 2 * EPOCH
        self.ledger = Ledger.in_memory(LEDGER, clock=lambda: self._written_at)
        self._owners: dict[str, _Owner] = {}
        self._list_keys: dict[str, bbs.SigningKey] = {}

    def clock(self) -> int:
        """The world's time."""
        return self.now

    # Who is there

    def add_issuer(self, issuer_id: str, name: str) -> None:
        """Register an issuer with a key and an admin key of its own."""
        owner = _Owner(
            IssuerIdentity(issuer_id, name, "1", LEDGER),
            bbs.SigningKey.generate(),
            Ed25519Signer.generate(),
            {},
        )
        self._owners[issuer_id] = owner
        body = issuer_entry(owner.identity, owner.key, owner.admin, now=self.now)
        self._govern("issuer-register", body)

    def suspend(self, issuer_id: str) -> None:
        """Nothing of this issuer is accepted from now on."""
        self._govern("issuer-suspend", {"issuer": issuer_id, "reason": "licence withdrawn"})

    def add_registry(self, registry: str, issuers: Sequence[str]) -> None:
        """Publish a list of accredited issuers."""
        body = {"registry": registry, "version": 1, "issuers": sorted(issuers)}
        self._govern("registry-publish", body)

    def add_auditor(self, auditor: str) -> curve.SecretScalar:
        """Register an auditor; its secret key."""
        secret = curve.secret_scalar((1 + secrets.randbelow(curve.R - 1)).to_bytes(32, "big"))
        g, _ = encryption.generators()
        body = {
            "auditor": auditor,
            "name": auditor,
            "key": "1",
            "public_key": secret.multiply(g).encode(),
            "possession": prove_auditor_possession(secret, LEDGER, auditor, "1"),
        }
        self._govern("auditor-register", body)
        return secret

    def add_verifier(self, name: str, verifier_id: str = VERIFIER) -> Verifier:
        """Register a verifier."""
        return Verifier.create(verifier_id, name, ledger=self.ledger, clock=self.clock)

    def add_scope(self, scope: RegisteredScope) -> None:
        """Register a shared scope, by governance's word."""
        self.ledger.share_scope(scope)

    # What they do

    def issue(
        self, wallet: Wallet, alias: str, issuer_id: str, schema_id: str, record: Mapping[str, str]
    ) -> None:
        """A credential through the whole exchange, kept under ``alias``."""
        owner = self._owners[issuer_id]
        schema = library.schema(schema_id)
        record_id = 1 + secrets.randbelow((1 << 40) - 1)
        values = schema.parse_record({**record, "rid": str(record_id)})
        offer = make_offer(owner.key, owner.identity, schema, expires_at=self.now + 600)
        credential = issue(owner.key, offer, values, wallet.commit(offer), now=self.now)
        wallet.receive(credential, alias)
        if schema_id not in owner.revoked:
            others = {1 + secrets.randbelow((1 << 40) - 1) for _ in range(OTHERS)}
            owner.revoked[schema_id] = others - {record_id}

    def publish_status(self, revoked: Sequence[Credential]) -> None:
        """Two epochs of every status list, gaps between other people's revoked records: one of the
        days before, and one of today, in which what is ``revoked`` is listed too.
        """
        gone = {_record_of(each) for each in revoked}
        for begins in (self.now - 2 * EPOCH, self.now - EPOCH // 2):
            self._written_at = begins
            for issuer_id, owner in self._owners.items():
                for schema_id, listed in owner.revoked.items():
                    if begins > self.now - EPOCH:
                        listed |= {each[2] for each in gone if each[:2] == (issuer_id, schema_id)}
                    self._publish_epoch(status_list_id(issuer_id, schema_id), sorted(listed))
        self._written_at = self.now

    def _publish_epoch(self, list_id: str, listed: Sequence[int]) -> None:
        kind, spread = ListKind.GAPS, Spread.PREFIX
        if list_id not in self._list_keys:
            self._list_keys[list_id] = self._open_list(list_id, kind, spread)
        epoch = self._written_at // EPOCH
        made = publish_gaps(
            self.folder,
            self._list_keys[list_id],
            _edition(list_id, kind, spread, epoch),
            listed,
            progress=self._shown(list_id, len(listed)),
        )
        self._anchor(list_id, epoch, self._written_at, made)

    def publish_list(
        self, list_id: str, kind: ListKind, spread: Spread, entries: Sequence[int]
    ) -> None:
        """One version of a set or an exclusion list."""
        key = self._open_list(list_id, kind, spread)
        writer = publish_gaps if kind is ListKind.GAPS else publish_members
        made = writer(
            self.folder,
            key,
            _edition(list_id, kind, spread, 1),
            entries,
            progress=self._shown(list_id, len(entries)),
        )
        self._anchor(list_id, 1, self.now, made)

    def refresh(self, wallet: Wallet, request: Request) -> Refreshed:
        """What a holder fetches: status of all credentials, and what a request asks besides."""
        source = folder_source(self.folder)
        return wallet.refresh(self.ledger, request=request, sources=lambda _: source)

    def view(self) -> TrustView:
        """What everybody believes now."""
        return self.ledger.trust()

    def _open_list(self, list_id: str, kind: ListKind, spread: Spread) -> bbs.SigningKey:
        key = bbs.SigningKey.generate()
        owner = list_id.partition(LIST_SEPARATOR)[0]
        body = {
            "list": list_id,
            "kind": kind.value,
            "spread": spread.value,
            "bits_cap": OWN_BITS_CAP,
            "public_key": key.public_key.octets,
            "possession": prove_possession(
                key, LEDGER, owner, list_id, purpose=Purpose(kind.value)
            ),
            "location": None,
        }
        self._say(owner, "list-authority", body)
        return key

    def _anchor(self, list_id: str, version: int, begins: int, made: Published) -> None:
        body = {
            "list": list_id,
            "version": version,
            "not_before": begins,
            "not_after": begins + EPOCH,
            "count": made.count,
            "root": made.root,
        }
        self._say(list_id.partition(LIST_SEPARATOR)[0], "list-version", body)

    def _shown(self, what: str, total: int) -> Callable[[int], None]:
        return lambda done: self.progress(what, done, total)

    def _govern(self, kind: str, body: dict[str, Any]) -> None:
        self.ledger.govern(kind, body)

    def _say(self, issuer_id: str, kind: str, body: dict[str, Any]) -> None:
        signer = self._owners[issuer_id].admin
        self.ledger.submit(kind, issuer_id, body, signer)


def _edition(list_id: str, kind: ListKind, spread: Spread, version: int) -> Edition:
    return Edition(ledger_id=LEDGER, list_id=list_id, kind=kind, spread=spread, version=version)


def exclusion_entries(count: int, included: Sequence[int], kept_free: Sequence[int]) -> list[int]:
    """So many made-up integers; some are on the list for certain, and some are not."""
    found = set(included)
    free = set(kept_free)
    while len(found) < count:
        found.add(1 + secrets.randbelow(GAP_RANGE[1] - 1))
        found -= free
    return sorted(found)


def _record_of(credential: Credential) -> tuple[str, str, int]:
    """Issuer, schema and record identifier."""
    record_id = credential.values[credential.schema.roles.record_id or ""]
    assert isinstance(record_id, int)  # noqa: S101  # record ids are integers
    return credential.issuer_id, credential.schema.id, record_id
