"""An issuer: offers certificates, signs what holders commit to, and keeps a record of each.

What may be signed is decided by schemas, who is signed for by the issuer's own records; a holder's
link secret is never seen. Everything an issuer does, from the command line or in a program, goes
through here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zkproof import bbs, files
from zkproof.bounded import load_json
from zkproof.clock import Clock, system_clock
from zkproof.credential.credential import Credential
from zkproof.credential.issuing import IssuerIdentity, Offer
from zkproof.errors import DecodeError, UsageError
from zkproof.issuer.records import IssuanceRecords
from zkproof.issuer.registration import issuer_entry
from zkproof.issuer.subjects import Subjects
from zkproof.keys import keyring
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.presentation.issuance import IssuanceRequest, ask
from zkproof.trust import TrustSource, TrustView, view_of
from zkproof_circuits import library
from zkproof_circuits.schema import Schema
from zkproof_circuits.types import Value

REGISTRATION = "issuer.json"
KEYS = "issuer.key"
RECORDS = "book.db"
OFFER_SECONDS = 7 * 86_400
"""How long an offer can be answered unless said otherwise."""

MAX_OFFER_SECONDS = 366 * 86_400


@dataclass(frozen=True, slots=True)
class IssuerName:
    """Who an issuer is, on whichever ledger: identifier, name for people, key in use."""

    issuer_id: str
    name: str
    key_id: str

    def on(self, ledger_id: str) -> IssuerIdentity:
        """The issuer on one ledger."""
        return IssuerIdentity(self.issuer_id, self.name, self.key_id, ledger_id)


class Issuer:
    """An issuer. Make one with `create` or `open`."""

    def __init__(
        self,
        name: IssuerName,
        signing_key: bbs.SigningKey,
        admin: Ed25519Signer,
        records: IssuanceRecords,
        *,
        ledger_id: str | None = None,
        folder: Path | None = None,
        clock: Clock = system_clock,
    ) -> None:
        self.records = records
        self.subjects = Subjects(records)
        self._name = name
        self._ledger_id = ledger_id
        self._folder = folder
        self._signing_key = signing_key
        self._admin = admin
        self._clock = clock

    def __repr__(self) -> str:
        return f"<Issuer {self._name.issuer_id}>"

    @classmethod
    def create(
        cls,
        issuer_id: str,
        name: str,
        *,
        folder: Path | None = None,
        passphrase: str | None = None,
        ledger_id: str | None = None,
        key_id: str = "1",
        clock: Clock = system_clock,
    ) -> Issuer:
        """An issuer with fresh keys: in memory, or in a new ``folder`` under a passphrase.

        An issuer signs for one ledger: ``ledger_id``, or the first that asks for its
        `registration`. With it the folder's ``issuer.json`` is a registration to hand to that
        ledger's governance. Raises `UsageError` when the folder holds an issuer already.
        """
        known = IssuerName(issuer_id, name, key_id)
        signing, admin = bbs.SigningKey.generate(), Ed25519Signer.generate()
        if folder is None:
            records = IssuanceRecords(None)
            return cls(known, signing, admin, records, ledger_id=ledger_id, clock=clock)
        if passphrase is None:
            raise UsageError("passphrase: needed to keep an issuer's keys in a folder")
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / KEYS).exists():
            raise UsageError(f"{folder}: holds an issuer already", hint="choose another folder")
        secrets = {"signing": signing.export_secret(), "admin": admin.export_secret()}
        keyring.save(folder / KEYS, secrets, passphrase)
        made = _json({"issuer": issuer_id, "name": name, "key": key_id})
        if ledger_id is not None:
            entry = issuer_entry(known.on(ledger_id), signing, admin, now=clock())
            made = _registration(ledger_id, entry)
        files.write_new(folder / REGISTRATION, made)
        return cls(
            known,
            signing,
            admin,
            IssuanceRecords(folder / RECORDS),
            ledger_id=ledger_id,
            folder=folder,
            clock=clock,
        )

    @classmethod
    def open(cls, folder: Path, passphrase: str, *, clock: Clock = system_clock) -> Issuer:
        """The issuer of a folder. Raises `UsageError`, and `WalletError` for a wrong passphrase."""
        known, ledger_id = registration_of(folder)
        signing, admin = keyring.load(folder / KEYS, passphrase, "signing", "admin")
        return cls(
            known,
            bbs.SigningKey.from_octets(signing),
            Ed25519Signer.from_octets(admin),
            IssuanceRecords(folder / RECORDS),
            ledger_id=ledger_id,
            folder=folder,
            clock=clock,
        )

    @property
    def identity(self) -> IssuerIdentity:
        """Who it is on its ledger. Raises `UsageError` before any ledger asked for it."""
        if self._ledger_id is None:
            raise UsageError(
                f"{self._name.issuer_id}: on no ledger yet, and credentials name their ledger",
                hint="register it: ledger.register(issuer)",
            )
        return self._name.on(self._ledger_id)

    @property
    def admin(self) -> Ed25519Signer:
        """The key that signs the issuer's entries on the ledger."""
        return self._admin

    @property
    def signing_key(self) -> bbs.SigningKey:
        """The key in use for credentials. Prints nothing."""
        return self._signing_key

    def registration(self, ledger_id: str, *, now: int) -> tuple[str, Mapping[str, Any]]:
        """Type and body of the ledger entry that registers this issuer and its key.

        Its credentials are for this ledger from then on. Raises `UsageError` when they are for
        another one already.
        """
        if self._ledger_id not in (None, ledger_id):
            raise UsageError(
                f"{self._name.issuer_id}: signs for the ledger {self._ledger_id}",
                hint="an issuer on two ledgers is two issuers here, each with its own keys",
            )
        identity = self._name.on(ledger_id)
        body = issuer_entry(identity, self._signing_key, self._admin, now=now)
        if self._ledger_id is None and self._folder is not None:
            files.replace(self._folder / REGISTRATION, _registration(ledger_id, body))
        self._ledger_id = ledger_id
        return "issuer-register", body

    def offer(
        self,
        schema: str | Schema,
        values: Mapping[str, object],
        *,
        reference: str | None = None,
        lifetime: int = OFFER_SECONDS,
    ) -> Offer:
        """Make a one-shot offer, to be answered within ``lifetime`` seconds.

        ``schema`` is a packaged one's identifier, or one of the issuer's own; ``values`` are what a
        record of the schema holds, as texts or as Python objects natural for each type, without the
        record identifier, which is drawn here. ``reference`` is the issuer's own name for the
        customer, for `IssuanceRecords.find`.

        Raises `SchemaError` naming the attribute, `UsageError` for a lifetime out of range.
        """
        if not 0 < lifetime <= MAX_OFFER_SECONDS:
            raise UsageError(f"lifetime: 1 to {MAX_OFFER_SECONDS} seconds")
        chosen = schema if isinstance(schema, Schema) else library.schema(schema)
        return self.records.add(
            chosen,
            typed_values(chosen, values),
            signing_key=self._signing_key,
            issuer=self.identity,
            expires_at=self._clock() + lifetime,
            reference=reference,
        )

    def issue(self, offer: Offer, commitment: bytes | None = None) -> Credential:
        """Sign the credential of an offer, once; the same commitment again gets the same one.

        Raises `IssuanceError` when the offer is not this issuer's, expired, or was answered
        otherwise, or when the commitment does not hold for it.
        """
        return self.records.answer(
            offer.offer_id, commitment, signing_key=self._signing_key, now=self._clock()
        )

    def ask(
        self,
        offer: Offer,
        subject: str,
        policy: str | None = None,
        *,
        ledger: TrustView | TrustSource,
        expected: Mapping[str, object] | None = None,
        parameters: Mapping[str, str] | None = None,
        adds_share: bool = False,
        lifetime: int = OFFER_SECONDS,
    ) -> IssuanceRequest:
        """Ask for more than a commitment before an offer is signed.

        ``policy`` says which credential is to be shown, so that the new certificate has its link
        secret, and ``expected`` which disclosed values have to be this customer's, by slot, as
        texts or as Python objects natural for each type. Without
        a policy it is asked for the issuer's own pseudonym only. ``subject`` is the issuer's
        reference for the customer: one customer has one link secret. ``adds_share`` is for
        somebody's first credential, see `zkproof.presentation.issuance`.

        Raises `PolicyError`, `UsageError`, and `IssuanceError` for an offer of somebody else.
        """
        view = view_of(ledger)
        asked = ask(
            self._admin,
            offer,
            policy,
            tuple(view.schemas.values()),
            now=self._clock(),
            lifetime=lifetime,
            parameters=parameters,
            adds_share=adds_share,
        )
        self.subjects.ask(asked, subject, _typed_slots(asked, view, expected or {}))
        return asked

    def answer(self, answer: bytes, ledger: TrustView | TrustSource) -> Credential:
        """Sign the credential of an offer that was asked about, once its answer holds.

        Raises `IssuanceError`, see `zkproof.issuer.subjects`.
        """
        return self.subjects.answer(
            answer, view_of(ledger), signing_key=self._signing_key, now=self._clock()
        )

    def revoke(self, offer: Offer, reason: str) -> None:
        """Take a record out of good standing, from the next version of the status list on.

        Raises `IssuanceError` for an offer of somebody else.
        """
        self.records.revoke(offer.offer_id, reason, now=self._clock())


def registration_of(folder: Path) -> tuple[IssuerName, str | None]:
    """Who an issuer's folder belongs to, and its ledger if it has one. Raises `UsageError`."""
    try:
        table = load_json(files.read(folder / REGISTRATION), field=f"{folder}/{REGISTRATION}")
        return IssuerName(table["issuer"], table["name"], table["key"]), table.get("ledger")
    except DecodeError as error:
        raise UsageError(error.message) from None
    except (KeyError, TypeError, AttributeError):
        raise UsageError(f"{folder}/{REGISTRATION}: not an issuer's registration") from None


def typed_values(schema: Schema, values: Mapping[str, object]) -> dict[str, Value]:
    """Values of a record in their types, but for the record identifier.

    Raises `SchemaError` naming the attribute.
    """
    typed: dict[str, Value] = {}
    for name, value in values.items():
        kind = schema.attribute(name).type
        if isinstance(value, str):
            typed[name] = kind.parse(value, field=name)
        else:
            typed[name] = kind.from_python(value, field=name)
    return typed


def _typed_slots(
    asked: IssuanceRequest, trust: TrustView, expected: Mapping[str, object]
) -> dict[str, Value]:
    """Values of slots in their types. Raises `UsageError` for a slot that is not disclosed, and
    `SchemaError` for a value outside its type.
    """
    circuit = None if asked.request is None else asked.request.circuit(trust.schemas)
    revealed = {} if circuit is None else {str(slot): slot for slot in circuit.revealed}
    typed: dict[str, Value] = {}
    for name, value in expected.items():
        if circuit is None or name not in revealed:
            raise UsageError(f"{name}: expected, and not revealed by what is asked")
        slot = revealed[name]
        schema = trust.schemas[circuit.requirement(slot.credential).schema_digest]
        typed |= {name: typed_values(schema, {slot.attribute: value})[slot.attribute]}
    return typed


def _registration(ledger_id: str, body: Mapping[str, object]) -> bytes:
    """What governance is handed: a first key has no end of its time."""
    open_ended = {name: value for name, value in body.items() if name != "not_after"}
    return _json({"ledger": ledger_id, **open_ended})


def _json(table: Mapping[str, object]) -> bytes:
    return json.dumps(table, indent=2, default=bytes.hex).encode() + b"\n"
