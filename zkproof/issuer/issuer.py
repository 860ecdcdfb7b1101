"""An issuer: offers certificates, signs what holders commit to, and keeps a record of each.

What may be signed is decided by schemas, who is signed for by the issuer's own records; a holder's
link secret is never seen. Everything an issuer does, from the command line or in a program, goes
through here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from zkproof import bbs
from zkproof.clock import Clock, RandomBytes, os_random, system_clock
from zkproof.credential.credential import Credential
from zkproof.credential.issuing import IssuerIdentity, Offer, make_offer
from zkproof.errors import ConflictError, NotFoundError, UsageError
from zkproof.issuer import offer_files, rotation
from zkproof.issuer.bulk import BulkSource
from zkproof.issuer.folder import (
    RECORDS,
    IssuerName,
    Keys,
    Registration,
    found_folder,
    read_salt,
    write_registration,
)
from zkproof.issuer.importing import Imported, Progress, import_rows
from zkproof.issuer.offering import add_offer, tell_values
from zkproof.issuer.records import IssuanceRecords, Record, State
from zkproof.issuer.registration import issuer_entry
from zkproof.issuer.rows import BadRow, Warn, check_reference
from zkproof.issuer.schemas import find_schema
from zkproof.issuer.subjects import Subjects
from zkproof.issuer.values import typed_values
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.ledger.ledger import Ledger
from zkproof.presentation.issuance import IssuanceAnswer, IssuanceRequest, ask
from zkproof.trust import TrustSource, TrustView, view_of
from zkproof_circuits.schema import Schema
from zkproof_circuits.types import Value

DAY = 86_400
OFFER_SECONDS = 7 * DAY
"""How long an offer can be answered unless said otherwise."""

MAX_OFFER_SECONDS = 366 * DAY


class Issuer:
    """An issuer. Make one with `create` or `open`."""

    def __init__(
        self,
        registration: Registration,
        keys: Keys,
        records: IssuanceRecords,
        *,
        folder: Path | None = None,
        passphrase: str | None = None,
        clock: Clock = system_clock,
        random: RandomBytes = os_random,
    ) -> None:
        self.records = records
        self.subjects = Subjects(records)
        self.folder = folder
        self._registration = registration
        self._keys = keys
        self._passphrase = passphrase
        self._clock = clock
        self._random = random
        self._salt: bytes | None = None

    def __repr__(self) -> str:
        return f"<Issuer {self.issuer_id}>"

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
        random: RandomBytes = os_random,
    ) -> Issuer:
        """An issuer with fresh keys: in memory, or in a new ``folder`` under a passphrase.

        An issuer signs for one ledger: ``ledger_id``, or the first that asks for its
        `registration`. With it the folder's ``issuer.json`` is a registration to hand to that
        ledger's governance. Raises `ConflictError` when the folder holds an issuer already.
        """
        registration = Registration(IssuerName(issuer_id, name, key_id), ledger_id)
        keys = Keys({key_id: bbs.SigningKey.generate()}, Ed25519Signer.generate())
        if folder is None:
            records = IssuanceRecords(None)
            return cls(registration, keys, records, clock=clock, random=random)
        if passphrase is None:
            raise UsageError("passphrase: needed to keep an issuer's keys in a folder")
        found_folder(folder, registration, keys, passphrase, now=clock())
        return cls(
            registration,
            keys,
            IssuanceRecords(folder / RECORDS),
            folder=folder,
            passphrase=passphrase,
            clock=clock,
            random=random,
        )

    @classmethod
    def open(
        cls,
        folder: Path,
        passphrase: str,
        *,
        clock: Clock = system_clock,
        random: RandomBytes = os_random,
    ) -> Issuer:
        """The issuer of a folder.

        Raises `NotFoundError` and `ConflictError`, and `WalletError` for a wrong passphrase.
        """
        registration = Registration.read(folder)
        keys = Keys.load(folder, passphrase, registration.name.key_id)
        return cls(
            registration,
            keys,
            IssuanceRecords(folder / RECORDS),
            folder=folder,
            passphrase=passphrase,
            clock=clock,
            random=random,
        )

    @property
    def issuer_id(self) -> str:
        """Its identifier, on whichever ledger."""
        return self._registration.name.issuer_id

    @property
    def identity(self) -> IssuerIdentity:
        """Who it is on its ledger, with the key that signs offers made now.

        Raises `ConflictError` before any ledger asked for it.
        """
        if self._registration.ledger_id is None:
            raise ConflictError(
                f"{self.issuer_id}: on no ledger yet, and credentials name their ledger",
                hint="register it: ledger.register(issuer)",
            )
        name = replace(self._registration.name, key_id=self._registration.key_at(self._clock()))
        return name.on(self._registration.ledger_id)

    @property
    def admin(self) -> Ed25519Signer:
        """The key that signs the issuer's entries on the ledger."""
        return self._keys.admin

    @property
    def signing_key(self) -> bbs.SigningKey:
        """The key in use for credentials. Prints nothing."""
        return self._key(self._registration.key_at(self._clock()))

    @property
    def clock(self) -> Clock:
        """What tells it the time."""
        return self._clock

    def registration(self, ledger_id: str, *, now: int) -> tuple[str, Mapping[str, Any]]:
        """Type and body of the ledger entry that registers this issuer and its key.

        Its credentials are for this ledger from then on. Raises `ConflictError` when they are for
        another one already.
        """
        known = self._registration
        if known.ledger_id not in (None, ledger_id):
            raise ConflictError(
                f"{self.issuer_id}: signs for the ledger {known.ledger_id}",
                hint="an issuer on two ledgers is two issuers here, each with its own keys",
            )
        key = self._key(known.name.key_id)
        body = issuer_entry(known.name.on(ledger_id), key, self.admin, now=now)
        if known.ledger_id is None and self.folder is not None:
            write_registration(self.folder, {"ledger": ledger_id, **body})
        self._registration = replace(known, ledger_id=ledger_id)
        return "issuer-register", body

    def offer(
        self,
        schema: str | Path | Schema,
        values: Mapping[str, object] | None,
        *,
        reference: str | None = None,
        lifetime: int = OFFER_SECONDS,
    ) -> Offer:
        """Make a one-shot offer, to be answered within ``lifetime`` seconds.

        ``schema`` is a packaged one's identifier, a schema, or the path of one's own as TOML;
        ``values`` are what a record of it holds, as texts or as Python objects natural for each
        type. The record identifier is drawn here unless the issuer gives its own. Values that are
        not known yet are told when it is issued. ``reference`` is the issuer's own name for the
        customer, for `find`.

        Raises `SchemaError` naming every attribute that is wrong, `UsageError` for a lifetime out
        of range.
        """
        chosen = find_schema(schema)
        if reference is not None:
            check_reference(reference)
        made = self._make_offer(chosen, lifetime)
        typed = None if values is None else typed_values(chosen, values)
        add_offer(self.records, made, typed, reference=reference)
        return made

    def bulk(
        self,
        source: BulkSource,
        schema: str | Path | Schema,
        *,
        skip: bool = False,
        equal_rows: bool = False,
        lifetime: int = OFFER_SECONDS,
        report: Callable[[BadRow], None] = lambda _: None,
        warn: Warn = lambda _: None,
        progress: Progress = lambda _: None,
    ) -> Imported:
        """Turn the rows of a file into offers, all or none; run again, nothing is offered twice.

        ``skip`` takes the good rows of a file with bad ones, ``equal_rows`` takes equal rows
        without a reference for several people. Raises `IssuanceError` when bad rows, which were
        reported, keep the file from being taken.
        """
        chosen = find_schema(schema)
        require_lifetime(lifetime)
        rows = source.rows(chosen, bank=self._registration.name.name, salt=self._salted, warn=warn)
        return import_rows(
            self.records,
            rows,
            chosen,
            make_offer=lambda: self._make_offer(chosen, lifetime),
            skip=skip,
            equal_rows=equal_rows,
            report=report,
            progress=progress,
        )

    def issue(
        self,
        offer: Offer | bytes,
        commitment: bytes | None = None,
        *,
        values: Mapping[str, object] | None = None,
    ) -> Credential:
        """Sign the credential of an offer, or of its identifier, once; the same commitment again
        gets the same one. ``values`` are those of an offer that was made without.

        Raises `NotFoundError` for an offer of another issuer, `IssuanceError` when it has expired
        or was answered otherwise, or when the commitment does not hold for it; `SchemaError` for
        the values.
        """
        kept = self.records.offer(_id(offer))
        if values is not None:
            tell_values(self.records, kept.offer_id, typed_values(kept.schema, values))
        return self.records.answer(
            kept.offer_id,
            commitment,
            signing_key=self._key(kept.issuer.key_id),
            now=self._clock(),
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
            self.admin,
            offer,
            policy,
            tuple(view.schemas.values()),
            checkpoint=view.checkpoint,
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
        kept = self.records.offer(IssuanceAnswer.from_bytes(answer).offer_id)
        return self.subjects.answer(
            answer,
            view_of(ledger),
            signing_key=self._key(kept.issuer.key_id),
            now=self._clock(),
        )

    def renew(self, offer: Offer | bytes, *, lifetime: int = OFFER_SECONDS) -> Offer:
        """Another offer for the same record in the place of one that nobody answered.

        Raises `IssuanceError` when it was answered or its record revoked.
        """
        kept = self.records.offer(_id(offer))
        made = self._make_offer(kept.schema, lifetime)
        self.records.renew(kept.offer_id, made)
        return made

    def renew_lapsed(self, *, lifetime: int = OFFER_SECONDS) -> int:
        """Renew every offer whose time is over and about which nothing more was asked; gives how
        many there were.
        """
        require_lifetime(lifetime)
        lapsed = [
            offer_id
            for offer_id in self.records.offers()
            if self.records.record(offer_id, now=self._clock()).state is State.LAPSED
            and not self.records.is_asked(offer_id)
        ]
        for offer_id in lapsed:
            self.renew(offer_id, lifetime=lifetime)
        return len(lapsed)

    def find(self, reference: str) -> tuple[Record, ...]:
        """Records made under one of the issuer's own references, oldest first."""
        now = self._clock()
        return tuple(self.records.record(each, now=now) for each in self.records.find(reference))

    def revoke(self, named: Offer | bytes | str | int, reason: str) -> Record:
        """Take a record out of good standing, from the next version of the status list on.

        ``named`` is the offer, its identifier, the record's identifier or the issuer's reference.
        Raises `NotFoundError` when it names none of this issuer's records, `IssuanceError` when
        it names several.
        """
        offer_id = self._named(named)
        self.records.revoke(offer_id, reason, now=self._clock())
        return self.records.record(offer_id, now=self._clock())

    def reinstate(self, named: Offer | bytes | str | int) -> Record:
        """Undo `revoke`. Raises `IssuanceError` when there is nothing to undo."""
        offer_id = self._named(named)
        self.records.reinstate(offer_id)
        return self.records.record(offer_id, now=self._clock())

    def write_offers(
        self, folder: Path, *, progress: Callable[[int], None] = lambda _: None
    ) -> offer_files.Written:
        """Write every open offer to a file that is named by its reference."""
        return offer_files.write_offers(self.records, folder, now=self._clock(), progress=progress)

    def rotate_key(
        self, ledger: Ledger, *, key_id: str | None = None, until: int | None = None
    ) -> rotation.Rotation:
        """Make a new signing key, register it, and use it from its time on.

        The old key is kept for offers made with it, and stays believed, or until ``until``. Raises
        `LedgerError` when the ledger refuses the entry.
        """
        planned = rotation.carry_out(
            ledger,
            self._registration,
            self._keys,
            keep=self._keep,
            key_id=key_id,
            until=until,
            now=self._clock(),
        )
        self._registration = self._registration.with_key(planned.key_id, planned.not_before)
        if self.folder is not None:
            self._registration.save(self.folder)
        return planned

    def _keep(self, keys: Keys) -> None:
        if self.folder is not None and self._passphrase is not None:
            keys.save(self.folder, self._passphrase)
        self._keys = keys

    def _make_offer(self, schema: Schema, lifetime: int) -> Offer:
        require_lifetime(lifetime)
        identity = self.identity
        return make_offer(
            self._key(identity.key_id),
            identity,
            schema,
            expires_at=self._clock() + lifetime,
            random=self._random,
        )

    def _key(self, key_id: str) -> bbs.SigningKey:
        try:
            return self._keys.signing[key_id]
        except KeyError:
            raise NotFoundError(f"key {key_id}: not among this issuer's keys") from None

    def _named(self, named: Offer | bytes | str | int) -> bytes:
        if isinstance(named, Offer | bytes):
            return self.records.offer(_id(named)).offer_id
        return self.records.resolve(str(named))

    def _salted(self) -> bytes:
        if self._salt is None:
            self._salt = self._random(32) if self.folder is None else read_salt(self.folder)
        return self._salt


def require_lifetime(lifetime: int) -> None:
    """Raises `UsageError` for offers that would have ended before they begin, or never end."""
    if not 0 < lifetime <= MAX_OFFER_SECONDS:
        raise UsageError(
            f"lifetime: 1 to {MAX_OFFER_SECONDS} seconds ({MAX_OFFER_SECONDS // DAY} days)"
        )


def _id(offer: Offer | bytes) -> bytes:
    return offer.offer_id if isinstance(offer, Offer) else offer


def _typed_slots(
    asked: IssuanceRequest, trust: TrustView, expected: Mapping[str, object]
) -> dict[str, Value]:
    """Values of slots in their types. Raises `UsageError` for a slot that is not disclosed, and
    `SchemaError` for a value outside its type.
    """
    circuit = None if asked.request is None else asked.request.circuit(trust.schemas).at_once
    revealed = {} if circuit is None else {str(slot): slot for slot in circuit.revealed}
    typed: dict[str, Value] = {}
    for name, value in expected.items():
        if circuit is None or name not in revealed:
            raise UsageError(f"{name}: expected, and not revealed by what is asked")
        slot = revealed[name]
        schema = trust.schemas[circuit.requirement(slot.credential).schema_digest]
        typed |= {name: typed_values(schema, {slot.attribute: value})[slot.attribute]}
    return typed
