"""``zkproof ledger doctor``, ``account``, ``enrol``, ``move``, ``anchor``, ``anchored``.

What only a ledger on a chain has. All other commands are the same there: ``--ledger evm+https://…``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zkproof.cli.ledger_place import (
    DEFAULT_LEDGER,
    LedgerPlace,
    folder_of,
    has_keys,
    reading,
)
from zkproof.cli.terminal import Json, passphrase, tell
from zkproof.clock import system_clock
from zkproof.errors import UsageError
from zkproof.ledger.evm.place import ChainAddress, is_chain
from zkproof.ledger.listing import iso_time

if TYPE_CHECKING:
    from zkproof.ledger.evm.chain import Chain

ChainPlace = Annotated[
    str, typer.Option("--chain", help="The contract: evm+https://…/0x…", envvar="ZKPROOF_CHAIN")
]
ChainFolder = Annotated[
    Path,
    typer.Option(help="Folder with the contract's pins and keys.", envvar="ZKPROOF_CHAIN_STATE"),
]
_CHAIN = Path("chain")


def doctor(
    address: Annotated[str, typer.Argument(help="A node, or a contract: evm+https://…/0x…")],
    as_json: Json = False,
) -> None:
    """Ask a node what it can do, and say what will not work; exit code 1 when something needed
    does not.
    """
    from zkproof.ledger.evm.doctor import examine, works

    found = examine(ChainAddress.from_text(address), clock=system_clock)
    tell({each.what: f"{each.verdict.value}: {each.said}" for each in found}, as_json)
    if not works(found):
        raise typer.Exit(1)


def account(ledger: LedgerPlace = DEFAULT_LEDGER, as_json: Json = False) -> None:
    """Show this side's account on the chain; the first time, make its key.

    An issuer makes one, sends the address to governance, and has it enrolled.
    """
    from zkproof.ledger.evm.opening import read_keys, write_keys

    folder = folder_of(_checked(ledger))
    known = has_keys(ledger)
    secret = passphrase("the account", new=not known)
    made = read_keys(folder, secret)[0] if known else write_keys(folder, secret, governance=False)
    tell({"account": made.address, "folder": folder}, as_json)


def enrol(
    address: Annotated[str, typer.Argument(help="The account: 0x…")],
    author: Annotated[
        str | None, typer.Argument(help="Issuer or verifier it writes for; none to end it.")
    ] = None,
    ledger: LedgerPlace = DEFAULT_LEDGER,
    as_json: Json = False,
) -> None:
    """Let an account write for one issuer or verifier. Governance's account does this."""
    chain = _chain(ledger, folder_of(_checked(ledger)), appends=True)
    chain.enrol(address, author)
    tell({"account": address, "writes for": author or "nobody"}, as_json)


def move(ledger: LedgerPlace = DEFAULT_LEDGER, as_json: Json = False) -> None:
    """Make a new contract that goes on from the newest one, and point to it. Pins stay as they are.

    Accounts other than governance's are enrolled again there.
    """
    chain = _chain(ledger, folder_of(_checked(ledger)), appends=True)
    tell({"contract": chain.move(), "entries": chain.state.size}, as_json)


def anchor(
    chain: ChainPlace,
    chain_state: ChainFolder = _CHAIN,
    ledger: LedgerPlace = DEFAULT_LEDGER,
    as_json: Json = False,
) -> None:
    """Put the newest checkpoint of a log into a contract, so that the chain witnesses the log."""
    from zkproof.ledger.evm import anchoring

    log = reading(ledger)
    view = log.trust()
    opened = _chain(chain, chain_state, appends=True)
    anchoring.anchor(opened, log.believed_checkpoint())
    tell({"log": log.pins.origin, "entries": view.tree_size, "root": view.root_hash}, as_json)


def anchored(
    chain: ChainPlace,
    chain_state: ChainFolder = _CHAIN,
    ledger: LedgerPlace = DEFAULT_LEDGER,
    as_json: Json = False,
) -> None:
    """Compare a log with what is anchored of it: exit code 1 when it does not extend that."""
    from zkproof.ledger.evm import anchoring

    log = reading(ledger)
    found = anchoring.compare(_chain(chain, chain_state, appends=False), log)
    if found is None:
        tell({"log": log.pins.origin, "anchored": "nothing"}, as_json)
        return
    facts = {"log": log.pins.origin, "anchored": found.checkpoint.size}
    tell({**facts, "block": found.block, "at": iso_time(found.time)}, as_json)


def add_to(app: typer.Typer) -> None:
    """Put these commands into ``zkproof ledger``."""
    for each in (doctor, account, enrol, move, anchor, anchored):
        app.command(each.__name__)(each)


def _checked(place: str) -> str:
    if not is_chain(place):
        raise UsageError("ledger: not on a chain", hint="--ledger evm+https://…/0x…")
    return place


def _chain(place: str, folder: Path, *, appends: bool) -> Chain:
    from zkproof.ledger.evm.opening import open_chain
    from zkproof.ledger.evm.pins import ChainPins
    from zkproof.ledger.ledger import read_pinned

    pins = read_pinned(folder)
    if not isinstance(pins, ChainPins):
        raise UsageError(f"{folder}: pins of a log, not of a chain")
    secret = passphrase("the account") if appends else None
    at = ChainAddress.from_text(_checked(place))
    return open_chain(at, pins, folder, secret, clock=system_clock).chain
