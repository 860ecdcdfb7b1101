"""One ledger as programs use it: read what it says, and append to it with the right keys.

`Ledger.in_memory` lives as long as its process, for examples and tests; `Ledger.create` and
`Ledger.open` keep a log in a folder; `Ledger.open` also follows one at an address. `Ledger.evm` and
`Ledger.create_evm` are the same for a ledger that a chain carries. Reading trusts nothing but the
pins and what was believed before (`zkproof.ledger.believed`): checkpoint, hashes and every rule are
verified. Appending needs the passphrase of the folder's keys.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from zkproof import files
from zkproof.bounded import MAX_TEXT_BYTES
from zkproof.clock import Clock, system_clock
from zkproof.errors import DecodeError, LedgerError, NotFoundError, UsageError
from zkproof.keys import keyring
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.ledger.believed import BelievedFiles
from zkproof.ledger.bundle import Bundle, bundle_from, verify_bundle
from zkproof.ledger.carrying import Carrier, Writer
from zkproof.ledger.checkpoint import Checkpoint
from zkproof.ledger.cosigning import Collector
from zkproof.ledger.entries import GOVERNANCE, Entry, make_entry
from zkproof.ledger.evm.pins import ChainPins, of_chain
from zkproof.ledger.evm.place import ChainAddress, is_chain
from zkproof.ledger.first import first_entries
from zkproof.ledger.following import PastOfLog, entries_of, follow, state_at
from zkproof.ledger.founding import DATABASE, KEYS, MIRROR, PINS, POLICY, founding
from zkproof.ledger.grouping import Appended
from zkproof.ledger.log import Log
from zkproof.ledger.pins import Pinned, Pins
from zkproof.ledger.policy import MAX_POLICY_BYTES, Policy
from zkproof.ledger.reader import LedgerReader
from zkproof.ledger.snapshot import Snapshot
from zkproof.ledger.source import LogAddress, LogFile, Place, is_address
from zkproof.ledger.state import LedgerState
from zkproof.ledger.trust import trust_view
from zkproof.trust import RegisteredScope, TrustView


class Registrant(Protocol):
    """An issuer or verifier that can say who it is, for governance to sign."""

    def registration(self, ledger_id: str, *, now: int) -> tuple[str, Mapping[str, Any]]:
        """The type and body of the entry that registers it on this ledger."""
        ...


class Ledger:
    """A ledger. Make one with `in_memory`, `create` or `open`."""

    def __init__(
        self,
        pins: Pinned,
        *,
        folder: Path | None,
        log: Log | None,
        governance: Ed25519Signer | None,
        clock: Clock,
        place: Place | None = None,
        state: Path | None = None,
        carrier: Carrier | None = None,
    ) -> None:
        self.pins = pins
        self.folder = folder
        if place is None and folder is not None:
            place = LogFile(folder / DATABASE)
        self._place = place
        self._log = log
        self._carrier = carrier
        self._governance = governance
        self._clock = clock
        self._reader = LedgerReader(pins)
        self._lock = threading.Lock()
        kept = state or folder
        self._believed = None if kept is None else BelievedFiles(kept, pins)

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

        Raises `ConflictError` when there is one already. A process that is killed leaves no ledger,
        and nothing that keeps the next attempt from making one.
        """
        log_key, governance = Ed25519PrivateKey.generate(), Ed25519Signer.generate()
        secrets = {"log": log_key.private_bytes_raw(), "governance": governance.export_secret()}
        with founding(folder) as draft:
            keyring.save(draft / KEYS, secrets, passphrase)
            log = Log.open(draft / DATABASE, name, log_key, create=True, clock=clock)
            pins = cls._founded(name, log, governance, folder=draft, clock=clock).pins
            files.write_new(draft / PINS, pins.to_json())
            log.close()
        log = Log.open(folder / DATABASE, name, log_key, clock=clock)
        return cls(pins, folder=folder, log=log, governance=governance, clock=clock)

    @classmethod
    def open(
        cls,
        place: Path | str,
        passphrase: str | None = None,
        *,
        state: Path | None = None,
        clock: Clock = system_clock,
    ) -> Ledger:
        """Open the ledger of a folder: to read, and with the passphrase of its keys to append; or
        the ledger at an address (``https://…``, on this machine ``http://…``), to read; or the one
        on a chain (``evm+https://…/0x…``), to read, and with the passphrase to append.

        What is believed is kept in the folder, or in ``state`` where a reader has its own. Of an
        address, ``state`` is needed, with the ``pins.json`` that the reader got over a way it
        trusts. Raises `NotFoundError`, `ConflictError`, `LedgerError` and, for a wrong passphrase,
        `WalletError`.
        """
        if isinstance(place, str) and is_chain(place):
            if state is None:
                raise UsageError(_STATE_NEEDED, hint=_STATE_HINT)
            at = ChainAddress.from_text(place)
            return cls._on_chain(at, state, passphrase, clock)
        if is_address(place):
            return cls._at_address(str(place), passphrase, state, clock)
        folder = Path(place)
        pins = read_pins(folder)
        if passphrase is None:
            return cls(pins, folder=folder, log=None, governance=None, clock=clock, state=state)
        secret, governance = keyring.load(folder / KEYS, passphrase, "log", "governance")
        key = Ed25519PrivateKey.from_private_bytes(secret)
        log = Log.open(
            folder / DATABASE,
            pins.origin,
            key,
            clock=clock,
            witnesses=pins.witnesses,
            collector=collector_of(folder),
        )
        signer = Ed25519Signer.from_octets(governance)
        return cls(pins, folder=folder, log=log, governance=signer, clock=clock, state=state)

    @classmethod
    def _at_address(
        cls, address: str, passphrase: str | None, state: Path | None, clock: Clock
    ) -> Ledger:
        if passphrase is not None:
            raise UsageError("ledger: appending needs its folder, not an address")
        if state is None:
            raise UsageError(_STATE_NEEDED, hint=_STATE_HINT)
        at = LogAddress(address)
        return cls(
            read_pins(state),
            folder=None,
            log=None,
            governance=None,
            clock=clock,
            place=at,
            state=state,
        )

    @classmethod
    def evm(
        cls,
        url: str,
        address: str,
        *,
        state: Path,
        passphrase: str | None = None,
        profile: str | None = None,
        clock: Clock = system_clock,
    ) -> Ledger:
        """Open the ledger that the contract at ``address`` carries, through the node at ``url``.

        ``state`` is the folder with the ``pins.json`` that this reader got over a way it trusts,
        and with its keys where it appends. ``profile`` is checked against the pins. Raises
        `UsageError`, `LedgerError` and, for a wrong passphrase, `WalletError`.
        """
        at = ChainAddress.from_text(f"evm+{url.rstrip('/')}/{address}")
        return cls._on_chain(replace(at, profile=profile), state, passphrase, clock)

    @classmethod
    def create_evm(
        cls,
        url: str,
        folder: Path,
        name: str,
        passphrase: str,
        *,
        profile: str | None = None,
        finality: int | None = None,
        clock: Clock = system_clock,
    ) -> Ledger:
        """Start a ledger on a chain: keys, the contract, the governance root, all packaged schemas.

        ``profile`` is ``ethereum`` or ``fisco``; ``finality`` is how many blocks stand on one that
        is believed. Raises `UsageError` when the folder holds a ledger, and `LedgerError` when the
        account, which is made at the first try, cannot pay: send it some and do the same again.
        """
        from zkproof.ledger.evm.opening import found_chain

        at = replace(ChainAddress.from_text(f"evm+{url}"), profile=profile, finality=finality)
        made = found_chain(at, folder, name, passphrase, clock=clock)
        return cls(
            made.pins,
            folder=None,
            log=None,
            governance=made.governance,
            clock=clock,
            place=LogFile(folder / MIRROR),
            state=folder,
            carrier=made.chain,
        )

    @classmethod
    def _on_chain(
        cls, at: ChainAddress, state: Path, passphrase: str | None, clock: Clock
    ) -> Ledger:
        # web3 is only there where a chain is used.
        from zkproof.ledger.evm.opening import open_chain

        pins = read_pinned(state)
        if not isinstance(pins, ChainPins):
            raise UsageError(f"{state}/{PINS}: of a log, not of a chain")
        opened = open_chain(at, pins, state, passphrase, clock=clock)
        return cls(
            pins,
            folder=None,
            log=None,
            governance=opened.governance,
            clock=clock,
            place=LogFile(state / MIRROR),
            state=state,
            carrier=opened.chain,
        )

    @classmethod
    def _founded(
        cls, name: str, log: Log, governance: Ed25519Signer, *, folder: Path | None, clock: Clock
    ) -> Ledger:
        log.append_many(first_entries(name, governance, now=clock()))
        return cls(log.pins(), folder=folder, log=log, governance=governance, clock=clock)

    def close(self) -> None:
        """Close the log, where it is open for appending, or the connection to a chain."""
        if self._log is not None:
            self._log.close()
        if self._carrier is not None:
            self._carrier.close()

    @property
    def ledger_id(self) -> str:
        """The identifier that requests and entries name."""
        return self.pins.ledger_id

    @property
    def notices(self) -> list[str]:
        """What the person who reads this ledger, or appends to it, should know of that."""
        found = [] if self._believed is None else list(self._believed.notices)
        if self._log is not None and self._log.collector is not None:
            found += self._log.collector.failures
        return found

    @property
    def governed(self) -> bool:
        """Whether governance's key is at hand, so that `govern` and `register` work."""
        return self._governance is not None

    @property
    def log(self) -> Log:
        """The operator's side of a log. Raises `LedgerError` where only reading is possible."""
        if self._log is None:
            raise LedgerError("ledger: opened for reading", hint="give the passphrase of its keys")
        return self._log

    @property
    def writer(self) -> Writer:
        """Where entries go. Raises `LedgerError` where only reading is possible."""
        return self.log if self._carrier is None else self._carrier

    @property
    def state(self) -> LedgerState:
        """Everything in force, verified as a reader does. Raises `LedgerError`."""
        if self._place is None:
            return self.log.state
        return self._followed().state

    def trust(self) -> TrustView:
        """What verification may believe, up to date. Raises `LedgerError`."""
        if self._place is None:
            return self.log.trust_view(as_of=self._clock())
        view = self._followed().trust_view()
        past = PastOfLog(self._place, view.tree_size, view.root_hash)
        return replace(view, past=past)

    def trust_at(self, size: int, root_hash: bytes, *, as_of: int) -> TrustView:
        """What the ledger said when it had ``size`` entries and this root.

        Raises `LedgerError` when it never had, or has not grown to it as far as is verified here.
        """
        if self._place is None:
            raise LedgerError("ledger: its past is kept in a folder only")
        reader = self._followed()
        state = state_at(reader, self._place, size, root_hash)
        return trust_view(state, Checkpoint(self.pins.origin, size, root_hash), as_of=as_of)

    def believed_checkpoint(self) -> Checkpoint:
        """The newest checkpoint that this reader believes, with its lines. Raises `LedgerError`."""
        found = self.log.checkpoint() if self._place is None else self._followed().last
        if found is None:
            raise LedgerError("ledger: nothing read yet")
        return found

    def entries(self) -> list[bytes]:
        """Every entry, oldest first, verified as a reader does. Raises `LedgerError`."""
        if self._place is None:
            return self.log.store.entries()
        return entries_of(self._followed(), self._place)

    def bundle(self, position: int) -> Bundle:
        """An entry with its proof, for whoever has the pins and no ledger. Raises `LedgerError`."""
        pins = self.pins
        if self._place is None:
            return bundle_from(self.log.store, position)
        if not isinstance(pins, Pins):
            raise LedgerError("bundle: nobody signs a chain's checkpoints", hint="read the chain")
        with self._place.reading() as source:
            made = bundle_from(source, position, pins.required)
        verify_bundle(made, pins, now=self._clock())
        return made

    def append(self, entry: Entry) -> Appended:
        """Append an entry that its authors signed. Raises what `Log.append` raises."""
        return self.writer.append(entry)

    def append_many(self, entries: Sequence[Entry]) -> list[Appended]:
        """Append all of these entries or none. Raises what `Log.append_many` raises."""
        return self.writer.append_many(entries)

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
        known = self.writer.state.registries.get(registry)
        version = known.version + 1 if known else 1
        body = {"registry": registry, "version": version, "issuers": sorted(set(issuers))}
        return self.govern("registry-publish", body)

    def forget(self) -> None:
        """Forget what was believed: the next reading takes the ledger as it is then."""
        if self._believed is not None:
            self._believed.forget()
        if self._carrier is not None:
            self._carrier.forget()
        self._reader = LedgerReader(self.pins)

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
        if self._place is None or self._believed is None:
            raise LedgerError("ledger: of this process only, there is nothing to follow")
        with self._lock:
            self._believed.resume(self._reader)
            if self._carrier is not None:
                reader = self._reader
                known = Snapshot(reader.state, reader.frontier) if reader.size else None
                self._carrier.follow(known)
            follow(self._reader, self._place, now=self._clock())
            self._believed.keep(self._reader)
        return self._reader


_STATE_NEEDED = "ledger: an address is read from a folder with its pins"
_STATE_HINT = "name the folder where pins.json is, and where to keep what was believed"


def collector_of(folder: Path) -> Collector | None:
    """Who asks the witnesses of the policy in a ledger's folder. Raises `UsageError`."""
    path = folder / POLICY
    if not path.exists():
        return None
    try:
        return Collector(Policy.from_text(files.read(path, max_bytes=MAX_POLICY_BYTES)))
    except DecodeError as error:
        raise DecodeError(str(path), error.message) from None


def set_policy(folder: Path, policy: Policy) -> Pins:
    """Ask these witnesses from now on, and publish that their quorum is needed: the new pins, to be
    handed to readers. Raises `UsageError` when the policy is not for this log.
    """
    pins = replace(read_pins(folder), witnesses={}, quorum=0, policy=policy.without_addresses())
    files.replace(folder / POLICY, policy.to_text().encode())
    files.replace(folder / PINS, pins.to_json())
    return pins


def read_pins(folder: Path) -> Pins:
    """What a reader of a log pins: identifiers, log key, governance root.

    Raises `NotFoundError`, `DecodeError`, and `UsageError` for the pins of a chain.
    """
    pins = read_pinned(folder)
    if not isinstance(pins, Pins):
        raise UsageError(f"{folder}/{PINS}: of a chain, not of a log")
    return pins


def read_pinned(folder: Path) -> Pins | ChainPins:
    """What a reader pins, of a log or of a chain. Raises `NotFoundError` and `DecodeError`."""
    if not (folder / PINS).exists():
        raise NotFoundError(
            f"{folder}: no {PINS}, so no ledger to believe",
            hint="name the ledger's folder with --ledger, or start one: zkproof ledger init",
        )
    try:
        data = files.read(folder / PINS, max_bytes=MAX_TEXT_BYTES)
        return ChainPins.from_json(data) if of_chain(data) else Pins.from_json(data)
    except DecodeError as error:
        raise DecodeError(f"{folder}/{PINS}", error.message) from None
