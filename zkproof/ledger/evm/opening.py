"""Open a ledger on a chain, or make one: the folder of its reader or writer.

::

    pins.json    what is pinned (`zkproof.ledger.evm.pins`)
    chain.db     the mirror (`zkproof.ledger.evm.mirror`)
    ledger.key   whoever appends: the account, and governance's key where it is governance; sealed

The keys are there before anything is sent: whoever runs out of funds while making a ledger sends
some and does the same again. A process killed meanwhile leaves a contract that nobody pins.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from zkproof import files
from zkproof.clock import Clock
from zkproof.errors import LedgerError, UsageError, WalletError
from zkproof.keys import keyring
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.ledger.evm.account import Account
from zkproof.ledger.evm.chain import Chain
from zkproof.ledger.evm.contract import deployment
from zkproof.ledger.evm.node import Node
from zkproof.ledger.evm.pins import ChainPins
from zkproof.ledger.evm.place import ChainAddress, checked_finality
from zkproof.ledger.evm.profile import ETHEREUM, Profile, profile_of
from zkproof.ledger.evm.sending import Sender, Unsettled
from zkproof.ledger.first import first_entries
from zkproof.ledger.founding import DATABASE, KEYS, PINS
from zkproof.ledger.merkle import leaf_hash


@dataclass(frozen=True, slots=True)
class Opened:
    """A ledger on a chain. ``governance`` is there for whoever governs."""

    pins: ChainPins
    chain: Chain
    governance: Ed25519Signer | None


def open_chain(
    place: ChainAddress,
    pins: ChainPins,
    state: Path,
    passphrase: str | None,
    *,
    clock: Clock,
    profile: Profile | None = None,
) -> Opened:
    """Raises `UsageError` where the address says something else than the pins, `WalletError` for a
    wrong passphrase.
    """
    for name, said, pinned in (
        ("contract", place.contract, pins.contract),
        ("profile", place.profile, pins.profile),
        ("finality", place.finality, pins.finality),
    ):
        if said is not None and said != pinned:
            raise UsageError(f"ledger: the address says {name} {said}, the pins say {pinned}")
    account, governance = (None, None) if passphrase is None else read_keys(state, passphrase)
    node = Node(place.node)
    chain = Chain(node, pins, state, account=account, clock=clock, profile=profile)
    return Opened(pins, chain, governance)


def found_chain(
    place: ChainAddress,
    folder: Path,
    name: str,
    passphrase: str,
    *,
    clock: Clock,
    profile: Profile | None = None,
) -> Opened:
    """Make a contract and put the governance root and all packaged schemas into it.

    The keys are those in the folder, or new ones. Raises `UsageError` when there is a ledger
    already, `LedgerError` when the account cannot pay.
    """
    for taken in (PINS, DATABASE):
        if (folder / taken).exists():
            raise UsageError(f"{folder}: holds a ledger already", hint="choose another folder")
    if place.contract is not None:
        raise UsageError("ledger: a new one makes its contract; leave the address' last part out")
    if not (folder / KEYS).exists():
        write_keys(folder, passphrase, governance=True)
    account, governance = read_keys(folder, passphrase)
    if governance is None:
        raise UsageError(f"{folder}: its keys are an account's alone", hint="use another folder")
    kind = profile or profile_of(place.profile or ETHEREUM.name)
    node = Node(place.node)
    chain_id = node.chain_id()
    _, receipt = Sender(node, account, kind, chain_id).send(None, deployment())
    if receipt.contract is None:
        raise LedgerError("chain: the deployment made no contract")
    first = first_entries(name, governance, now=clock())
    pins = ChainPins(
        ledger_id=name,
        chain_id=chain_id,
        contract=receipt.contract,
        profile=kind.name,
        finality=checked_finality(kind.finality if place.finality is None else place.finality),
        root=leaf_hash(first[0].to_bytes()),
    )
    chain = Chain(node, pins, folder, account=account, clock=clock, profile=kind)
    try:
        chain.append_many(first)
    except Unsettled as error:  # they are on their way: what they are pinned by must not be lost
        files.write_new(folder / PINS, pins.to_json())
        error.hint = "look later: zkproof ledger verify; or begin anew in another folder"
        raise
    files.write_new(folder / PINS, pins.to_json())
    return Opened(pins, chain, governance)


def write_keys(folder: Path, passphrase: str, *, governance: bool) -> Account:
    """Make an account, and governance's key where asked. Raises `UsageError` where keys are."""
    folder.mkdir(parents=True, exist_ok=True)
    account = Account.generate()
    secrets = {"account": account.export_secret()}
    if governance:
        secrets["governance"] = Ed25519Signer.generate().export_secret()
    keyring.save(folder / KEYS, secrets, passphrase)
    return account


def read_keys(folder: Path, passphrase: str) -> tuple[Account, Ed25519Signer | None]:
    """The account, and governance's key where it is there. Raises `WalletError`, `UsageError`."""
    secrets = keyring.load_all(folder / KEYS, passphrase)
    if "account" not in secrets:
        raise WalletError(f"{folder / KEYS}: holds no account of a chain")
    governance = secrets.get("governance")
    signer = None if governance is None else Ed25519Signer.from_octets(governance)
    return Account(secrets["account"]), signer
