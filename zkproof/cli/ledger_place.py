"""Where a command finds the ledger: ``--ledger``, the same for every command that reads one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from zkproof.ledger.ledger import Ledger, read_pins
from zkproof.ledger.pins import Pins
from zkproof.ledger.source import is_address

LedgerPlace = Annotated[
    str,
    typer.Option(
        "--ledger",
        help="Folder of the ledger; to read it, also its address.",
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


def pins_of(place: str) -> Pins:
    """The pins of the ledger."""
    return read_pins((_state_of(place) if is_address(place) else None) or Path(place))


def _state_of(place: str) -> Path | None:
    named = os.environ.get(STATE_VARIABLE)
    if named:
        return Path(named)
    return Path(DEFAULT_LEDGER) if is_address(place) else None
