"""Where a command finds the ledger: ``--ledger``, the same for every command that reads one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from zkproof.cli.terminal import passphrase
from zkproof.errors import UsageError
from zkproof.ledger.evm.place import ChainAddress, is_chain
from zkproof.ledger.founding import KEYS
from zkproof.ledger.ledger import Ledger, read_pinned
from zkproof.ledger.pins import Pinned
from zkproof.ledger.source import is_address

LedgerPlace = Annotated[
    str,
    typer.Option(
        "--ledger",
        help="Folder of the ledger; its address, to read it; or its place on a chain.",
        envvar="ZKPROOF_LEDGER",
    ),
]
DEFAULT_LEDGER = "ledger"
STATE_VARIABLE = "ZKPROOF_LEDGER_STATE"


def reading(place: str) -> Ledger:
    """The ledger to read: of a folder, or at an address.

    What is believed of it is kept in its folder, or in the one that the environment names; there
    the pins of an address are, too.
    """
    return Ledger.open(place, state=_state_of(place))


def appending(place: str) -> Ledger:
    """The ledger with its keys, for appending: of a folder, or on a chain."""
    return Ledger.open(place, passphrase("the ledger"), state=_state_of(place))


def creating(place: str, name: str, secret: str) -> Ledger:
    """A new ledger: in a folder, or on the chain at an address, with its folder beside."""
    if not is_chain(place):
        return Ledger.create(Path(place), name, secret)
    at, state = ChainAddress.from_text(place), folder_of(place)
    if at.contract is not None:
        raise UsageError("ledger: a new one makes its contract; leave the address' last part out")
    return Ledger.create_evm(at.node, state, name, secret, profile=at.profile, finality=at.finality)


def has_keys(place: str) -> bool:
    """Whether keys are in the folder that belongs to an address."""
    return (folder_of(place) / KEYS).exists()


def folder_of(place: str) -> Path:
    """Where pins, keys and what was believed are."""
    return _state_of(place) or Path(place)


def pins_of(place: str) -> Pinned:
    """The pins of the ledger."""
    return read_pinned(folder_of(place) if is_address(place) else Path(place))


def _state_of(place: str) -> Path | None:
    named = os.environ.get(STATE_VARIABLE)
    if named:
        return Path(named)
    return Path(DEFAULT_LEDGER) if is_address(place) else None
