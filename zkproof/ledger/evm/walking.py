"""Read a contract's entries, newest block first, by the pointers in them.

1.  The pinned contract, or the one it points to at last, says how many entries there are, in which
    block the newest is, and the link after it.
2.  The block of each is asked for by number, alone. An entry that is missing there was dropped, or
    the chain has changed meanwhile: everything is asked again, `TRIES` times at most.
3.  Forwards, the links have to lead from what was known to what the contract says.

So nobody between contract and reader leaves out, repeats, moves or changes an entry. A node that
speaks for a contract of its own making can hold the newest back; it is caught by a reader that has
seen them, and it cannot forge the signatures inside.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from zkproof.errors import LedgerError
from zkproof.ledger.evm.contract import NOWHERE, Event, Head, events_in, first_link, head_of
from zkproof.ledger.evm.node import Block, Node

TRIES = 4
MAX_CONTRACTS = 16
MAX_EVENTS = 1 << 22
_PAUSE = 0.3


class Dropped(LedgerError):
    """The node does not hand over what the contract holds, or something else."""


class Rewritten(LedgerError):
    """The chain is shorter than, or another than the one that was believed to be final."""


@dataclass(frozen=True, slots=True)
class Known:
    """How many entries are known, and the link after them."""

    count: int
    link: bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """What is new: in blocks that are final, and in those that are not yet."""

    block: Block
    """The newest that is final."""
    final: tuple[Event, ...]
    pending: tuple[Event, ...]
    contract: str
    head: Head


def read(node: Node, contract: str, known: Known | None, *, finality: int) -> Reading:
    """Everything after ``known``. Raises `LedgerError`: `Rewritten`, `Dropped` or `NodeError`."""
    start = known or Known(0, first_link(contract))
    for left in range(TRIES)[::-1]:
        try:
            return _once(node, contract, start, finality)
        except Dropped:
            if not left:
                raise
            node.sleep(_PAUSE * (TRIES - left))
    raise AssertionError  # the last try returns or raises


def _once(node: Node, contract: str, known: Known, finality: int) -> Reading:
    latest = node.block()
    # Taken before the head: what is appended in between is pending at most.
    block = latest if not finality else node.block(max(0, latest.number - finality))
    chain = contracts_of(node, contract)  # 1.
    newest, head = chain[-1]
    if head.count < known.count:
        raise Rewritten(
            f"chain: the contract holds {head.count} entries, {known.count} were seen before",
            hint="the node is behind or lies, or the chain was rolled back: ask another node",
        )
    if head.count - known.count > MAX_EVENTS:
        raise LedgerError(f"chain: more than {MAX_EVENTS} entries at once")
    events = list(_walk(node, chain, known.count))[::-1]  # 2.
    link = known.link
    for event in events:  # 3.
        link = event.link_after(link)
        if link != event.link:
            if event.position == known.count and known.count:
                raise _other_past()
            raise Dropped(f"chain: entry {event.position} does not follow from those before")
    if link != head.link:
        if not events and known.count:
            raise _other_past()
        raise Dropped("chain: its entries are not those that the contract holds")
    final = tuple(each for each in events if each.block <= block.number)
    return Reading(block, final, tuple(events[len(final) :]), newest, head)


def contracts_of(node: Node, contract: str) -> list[tuple[str, Head]]:
    """The pinned contract and those that go on from it, with their heads."""
    found = [(contract, head_of(node, contract))]
    while found[-1][1].after != NOWHERE:
        (before, last), after = found[-1], found[-1][1].after
        head = head_of(node, after)
        if head.before != before or head.start != last.count or head.count < head.start:
            raise Dropped("chain: a contract points to one that does not go on from it")
        found.append((after, head))
        if len(found) > MAX_CONTRACTS:
            raise LedgerError(f"chain: moved more than {MAX_CONTRACTS} times")
    return found


def _walk(node: Node, chain: list[tuple[str, Head]], known: int) -> Iterator[Event]:
    """Entries from the newest back to position ``known``."""
    at, left = chain[-1][1].last, chain[-1][1].count
    for index, (contract, head) in reversed(list(enumerate(chain))):
        while left > max(known, head.start):
            found = [each for each in events_in(node, contract, at) if each.position < left]
            if not found:
                raise Dropped(f"chain: the node leaves out entry {left - 1}, in block {at}")
            for event in reversed(found):
                left -= 1
                if event.position != left:
                    raise Dropped(f"chain: the node leaves out entry {left}, in block {at}")
                if left >= known:
                    yield event
            previous = found[0].previous
            if left > max(known, head.start) and previous >= at:
                raise Dropped(f"chain: entry {left} points forward")
            at = previous
        if left <= known:
            return
        if index == 0:
            break
    if left:
        raise Dropped(f"chain: the pinned contract begins with entry {left}")


def _other_past() -> Rewritten:
    return Rewritten(
        "chain: its entries are other than those that were believed",
        hint="the node lies or follows another fork, or the chain was rewritten: ask another node",
    )
