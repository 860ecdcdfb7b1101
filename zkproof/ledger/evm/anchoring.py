"""A log's checkpoints in the contract: a chain that witnesses a log.

Whoever runs the log, or anybody enrolled, sends its newest checkpoint, once a day for example. A
reader of the log compares: an anchored checkpoint that the log does not extend proves, with the
log's own signature, that it showed two histories; a log smaller than what is anchored was rolled
back. The block says by when the log had grown to that size.
"""

from __future__ import annotations

from dataclasses import dataclass

from zkproof.errors import DecodeError, LedgerError
from zkproof.ledger.checkpoint import Checkpoint
from zkproof.ledger.evm import contract as registry
from zkproof.ledger.evm.chain import Chain
from zkproof.ledger.evm.node import seconds
from zkproof.ledger.ledger import Ledger
from zkproof.ledger.reader import SplitView
from zkproof.trust import Checkpoint as Root

_STEPS = 1000


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A checkpoint that is anchored in a final block, and that block's number and time."""

    checkpoint: Checkpoint
    block: int
    time: int


def anchor(chain: Chain, checkpoint: Checkpoint) -> None:
    """Put a log's checkpoint into the contract. Raises `Refused` when a larger one is there."""
    origin = registry.name_hash(checkpoint.origin)
    note = checkpoint.to_note()
    chain.send(registry.call("anchor", origin, checkpoint.size, note))


def anchored(chain: Chain, origin: str) -> Witnessed | None:
    """The newest one of this log that is final; nobody's signature on it was checked.

    A node can hold it back, and then an older one or none is found. Raises `LedgerError`.
    """
    final = chain.final_block()
    for contract in reversed(chain.contracts()):
        key = registry.name_hash(origin)
        _, at = registry.asked(chain.node, contract, "anchored", ("uint64", "uint64"), key)
        for _ in range(_STEPS):
            if not at:
                break
            found = registry.anchors_in(chain.node, contract, at, origin)
            if not found:
                raise LedgerError(f"chain: the node leaves out what is anchored in block {at}")
            if at <= final:
                return _read(found[-1], at, origin)
            if found[0].previous >= at:
                raise LedgerError("chain: an anchored checkpoint points forward")
            at = found[0].previous
    return None


def compare(chain: Chain, log: Ledger) -> Witnessed | None:
    """What is anchored of a log that is read elsewhere, once the log was found to extend it.

    Raises `SplitView` with both checkpoints where it does not, and `LedgerError` where the log is
    smaller, or what is anchored was not signed by it.
    """
    view, pins = log.trust(), log.pins
    found = anchored(chain, pins.origin)
    if found is None:
        return None
    theirs = found.checkpoint
    if not pins.vouches_for(theirs):
        raise LedgerError("chain: what is anchored was not signed by the pinned log")
    if theirs.size > view.tree_size:
        raise LedgerError(
            f"ledger: of {view.tree_size} entries, but {theirs.size} were anchored",
            hint="the log was rolled back: ask its operator, and another reader",
        )
    if not view.includes(Root(theirs.size, theirs.root_hash)):
        ours = log.believed_checkpoint()
        raise SplitView(ours, theirs)
    return found


def _read(event: registry.Anchored, block: int, origin: str) -> Witnessed:
    try:
        checkpoint = Checkpoint.from_note(event.note)
    except DecodeError as error:
        raise LedgerError(f"chain: what is anchored is no checkpoint: {error.message}") from None
    if checkpoint.origin != origin or checkpoint.size != event.size:
        raise LedgerError("chain: what is anchored is not what the contract was told")
    return Witnessed(checkpoint, block, seconds(event.time))
