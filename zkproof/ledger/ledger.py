"""One ledger as programs use it: read what it says, and append to it with the right keys.

`Ledger.in_memory` lives as long as its process, for examples and tests; `Ledger.create` and
`Ledger.open` keep a log in a folder. Reading a folder trusts nothing but its pins: checkpoint,
hashes and every rule are verified. Appending needs the passphrase of the folder's keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from zkproof import files
from zkproof.clock import Clock, system_clock
from zkproof.errors import DecodeError, LedgerError, UsageError
from zkproof.keys import keyring
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.ledger.checkpoint import Checkpoint
from zkproof.ledger.entries import GOVERNANCE, Entry, make_entry
from zkproof.ledger.following import follow, state_at
from zkproof.ledger.log import Appended, Log
from zkproof.ledger.pins import Pins
from zkproof.ledger.reader import LedgerReader
from zkproof.ledger.state import LedgerState
from zkproof.ledger.trust import trust_view
from zkproof.trust import RegisteredScope, TrustView
from zkproof_circuits import library

DATABASE = "ledger.db"
PINS = "pins.json"
KEYS = "ledger.key"


class Registrant(Protocol):
    """An issuer or verifier that can say who it is, for governance to sign."""

    def registration(self, ledger_id: str, *, now: int) -> tuple[str, Mapping[str, Any]]:
        """The type and body of the entry that registers it on this ledger."""
        ...


class Ledger:
    """A ledger. Make one with `in_memory`, `create` or `open`."""

    def __init__(
        self,
        pins: Pins,
        *,
        folder: Path | None,
        log: Log | None,
        governance: Ed25519Signer | None,
        clock: Clock,
    ) -> None:
        self.pins = pins
        self.folder = folder
        self._log = log
        self._governance = governance
        self._clock = clock
        self._reader = LedgerReader(pins)

    @classmethod
    def in_memory(
        cls,
        name: str = "ledger.example",
        *,
        issuers: Iterable[Registrant] = (),
        verifiers: Iterable[Registrant] = (),
        registries: Mapping[str, Iterable[str]] | None = None,
        clock: Clock = system_clock,
    ) -> Ledger:
        """A ledger of this process: packaged schemas, and whom it is given, registered.

        ``registries`` gives names of registries the identifiers of their accredited issuers.
        Raises `LedgerError` when an entry breaks a rule.
        """
        log = Log.open(None, name, Ed25519PrivateKey.generate(), create=True, clock=clock)
        ledger = cls._founded(name, log, Ed25519Signer.generate(), folder=None, clock=clock)
        for registrant in (*issuers, *verifiers):
            ledger.register(registrant)
        for registry, listed in (registries or {}).items():
            ledger.publish_registry(registry, listed)
        return ledger

    @classmethod
    def create(
        cls, folder: Path, name: str, passphrase: str, *, clock: Clock = system_clock
    ) -> Ledger:
        """Start a ledger in a folder: keys, the governance root, all packaged schemas.

        Raises `UsageError` when there is one already.
        """
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / PINS).exists() or (folder / DATABASE).exists():
            raise UsageError(f"{folder}: holds a ledger already", hint="choose another folder")
        log_key, governance = Ed25519PrivateKey.generate(), Ed25519Signer.generate()
        log = Log.open(folder / DATABASE, name, log_key, create=True, clock=clock)
        secrets = {"log": log_key.private_bytes_raw(), "governance": governance.export_secret()}
        keyring.save(folder / KEYS, secrets, passphrase)
        ledger = cls._founded(name, log, governance, folder=folder, clock=clock)
        files.write_new(folder / PINS, ledger.pins.to_json())
        return ledger

    @classmethod
    def open(
        cls, folder: Path, passphrase: str | None = None, *, clock: Clock = system_clock
    ) -> Ledger:
        """Open the ledger of a folder: to read, and with the passphrase of its keys to append.

        Raises `UsageError`, `LedgerError` and, for a wrong passphrase, `WalletError`.
        """
        pins = read_pins(folder)
        if passphrase is None:
            return cls(pins, folder=folder, log=None, governance=None, clock=clock)
        secret, governance = keyring.load(folder / KEYS, passphrase, "log", "governance")
        key = Ed25519PrivateKey.from_private_bytes(secret)
        log = Log.open(folder / DATABASE, pins.origin, key, clock=clock, witnesses=pins.witnesses)
        signer = Ed25519Signer.from_octets(governance)
        return cls(pins, folder=folder, log=log, governance=signer, clock=clock)

    @classmethod
    def _founded(
        cls, name: str, log: Log, governance: Ed25519Signer, *, folder: Path | None, clock: Clock
    ) -> Ledger:
        root = {"keys": [governance.public_key], "threshold": 1, "name": name}
        now = clock()
        log.append(make_entry(name, "governance-root", GOVERNANCE, root, governance, now=now))
        ledger = cls(log.pins(), folder=folder, log=log, governance=governance, clock=clock)
        for schema in library.all_schemas():
            ledger.govern("schema-publish", {"schema": schema.to_bytes()})
        return ledger

    @property
    def ledger_id(self) -> str:
        """The identifier that requests and entries name."""
        return self.pins.ledger_id

    @property
    def governed(self) -> bool:
        """Whether governance's key is at hand, so that `govern` and `register` work."""
        return self._governance is not None

    @property
    def log(self) -> Log:
        """The operator's side. Raises `LedgerError` where only reading is possible."""
        if self._log is None:
            raise LedgerError("ledger: opened for reading", hint="give the passphrase of its keys")
        return self._log

    @property
    def state(self) -> LedgerState:
        """Everything in force, verified as a reader does. Raises `LedgerError`."""
        if self.folder is None:
            return self.log.state
        return self._followed().state

    def trust(self) -> TrustView:
        """What verification may believe, up to date. Raises `LedgerError`."""
        if self.folder is None:
            return self.log.trust_view(as_of=self._clock())
        return self._followed().trust_view()

    def trust_at(self, size: int, root_hash: bytes, *, as_of: int) -> TrustView:
        """What the ledger said when it had ``size`` entries and this root.

        Raises `LedgerError` when it never had, or has not grown to it as far as is verified here.
        """
        if self.folder is None:
            raise LedgerError("ledger: its past is kept in a folder only")
        reader = self._followed()
        state = state_at(reader, self.folder / DATABASE, size, root_hash)
        return trust_view(state, Checkpoint(self.pins.origin, size, root_hash), as_of=as_of)

    def append(self, entry: Entry) -> Appended:
        """Append an entry that its authors signed. Raises what `Log.append` raises."""
        return self.log.append(entry)

    def submit(
        self, kind: str, author: str, body: Mapping[str, Any], signer: Ed25519Signer
    ) -> Appended:
        """Append what somebody else than governance says, signed by its own key."""
        return self.append(
            make_entry(self.ledger_id, kind, author, body, signer, now=self._clock())
        )

    def govern(self, kind: str, body: Mapping[str, Any]) -> Appended:
        """Append what governance says. Raises `LedgerError` without its key."""
        if self._governance is None:
            raise LedgerError("ledger: opened for reading", hint="give the passphrase of its keys")
        return self.submit(kind, GOVERNANCE, body, self._governance)

    def register(self, registrant: Registrant) -> Appended:
        """Register an issuer or a verifier, by governance's word."""
        kind, body = registrant.registration(self.ledger_id, now=self._clock())
        return self.govern(kind, body)

    def publish_registry(self, registry: str, issuers: Iterable[str]) -> Appended:
        """Publish a list of accredited issuers; a later one replaces it."""
        known = self.log.state.registries.get(registry)
        version = known.version + 1 if known else 1
        body = {"registry": registry, "version": version, "issuers": sorted(set(issuers))}
        return self.govern("registry-publish", body)

    def share_scope(self, scope: RegisteredScope) -> Appended:
        """Register a scope in which several verifiers see the same pseudonyms or tags.

        A later one may change members and purpose. Raises `LedgerError`.
        """
        return self.govern(
            "scope-register",
            {
                "scope": scope.scope_id,
                "form": scope.form.value,
                "unit": None if scope.unit is None else scope.unit.value,
                "slots": list(scope.slots),
                "since": scope.since,
                "purpose": scope.purpose,
                "members": sorted(scope.members),
            },
        )

    def _followed(self) -> LedgerReader:
        if self.folder is None:
            raise LedgerError("ledger: not in a folder")
        follow(self._reader, self.folder / DATABASE, now=self._clock())
        return self._reader


def read_pins(folder: Path) -> Pins:
    """What a reader pins: identifiers, log key, governance root. Raises `UsageError`."""
    try:
        return Pins.from_json(files.read(folder / PINS))
    except DecodeError as error:
        raise UsageError(f"{folder}/{PINS}: {error.message}") from None
