"""A ledger on a chain: brought up to date, and appended to with an account.

An entry is judged here before it is sent, as a log judges it: what breaks a rule never gets to the
chain. The contract takes it only at the place it was judged for; where another process was faster,
it is judged again. So a batch stands there whole or not at all.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from zkproof.clock import Clock
from zkproof.errors import LedgerError, UsageError
from zkproof.ledger.checkpoint import Checkpoint
from zkproof.ledger.entries import Entry
from zkproof.ledger.evm import contract as registry
from zkproof.ledger.evm.account import Account
from zkproof.ledger.evm.contract import Item, Refused
from zkproof.ledger.evm.judging import accepted
from zkproof.ledger.evm.mirror import Mirror, Overtaken
from zkproof.ledger.evm.node import Node, NodeError
from zkproof.ledger.evm.pins import ChainPins
from zkproof.ledger.evm.profile import Profile, profile_of
from zkproof.ledger.evm.sending import Sender, Unsettled
from zkproof.ledger.evm.walking import Reading, Rewritten, contracts_of, read
from zkproof.ledger.fold import apply
from zkproof.ledger.founding import MIRROR
from zkproof.ledger.grouping import Appended
from zkproof.ledger.log import AppendedBefore, BatchRefused, as_read
from zkproof.ledger.pins import SKEW
from zkproof.ledger.snapshot import Snapshot
from zkproof.ledger.state import LedgerState

_TRIES = 8
_POLL = 0.2
_POLL_MOST = 4.0


class Chain:
    """One contract through one node. Usable from any thread; processes may share folder, account
    and contract.
    """

    def __init__(
        self,
        node: Node,
        pins: ChainPins,
        folder: Path,
        *,
        account: Account | None,
        clock: Clock,
        profile: Profile | None = None,
    ) -> None:
        self.node = node
        self.pins = pins
        self.profile = profile or profile_of(pins.profile)
        self.mirror = Mirror(folder / MIRROR, pins)
        self._account = account
        self._clock = clock
        self._lock = threading.RLock()
        self._checked = False

    def close(self) -> None:
        self.mirror.close()
        self.node.close()

    @property
    def state(self) -> LedgerState:
        """What the final entries say, up to date. Not to be changed."""
        with self._lock:
            self._read()
            return self.mirror.state()

    def follow(self, snapshot: Snapshot | None = None) -> None:
        """Bring the mirror up to date. Raises `LedgerError`; nothing was taken then."""
        with self._lock:
            if snapshot is not None:
                self.mirror.start_from(snapshot)
            self._read()
            if snapshot is not None and not self.mirror.extends(snapshot.frontier):
                # A mirror made anew from a node that lies must not outlast the lie.
                self.mirror.forget()
                raise Rewritten(
                    "chain: its entries are other than those that were believed",
                    hint="the node lies or is behind, or the chain was rewritten: ask another node",
                )

    def forget(self) -> None:
        """Delete the mirror: everything is read again."""
        with self._lock:
            self.mirror.forget()

    def append(self, entry: Entry) -> Appended:
        """Append an entry that its authors signed; on return it is final.

        Raises `LedgerError` naming the rule it breaks, `AppendedBefore` for a repetition, `Refused`
        for what only the contract knows, `Unsettled`, `NodeError`, and `DecodeError`.
        """
        try:
            return self.append_many([entry])[0]
        except BatchRefused as refused:
            raise refused.__cause__ or refused from None

    def append_many(self, entries: Sequence[Entry]) -> list[Appended]:
        """Append entries in this order, all of them or none. Raises `BatchRefused` naming the entry
        and the rule it breaks, and what `append` raises.
        """
        if not 0 < len(entries) <= registry.MAX_ITEMS:
            raise UsageError(f"entries: 1 to {registry.MAX_ITEMS} are appended together")
        taken = [as_read(index, entry) for index, entry in enumerate(entries)]
        octets = [data for data, _ in taken]
        with self._lock:
            for _ in range(_TRIES):
                reading = self._read()
                state = self.mirror.state().copy()
                pending = accepted(state, reading.pending)
                self._refuse_repetition(octets, pending)
                if octets[0] in pending:  # sent before, by us or another: it only has to settle
                    return self._final(reading.head.count, octets, b"")
                latest = self._clock() + SKEW
                for index, (_, entry) in enumerate(taken):
                    try:
                        if entry.time > latest:
                            raise LedgerError("entry: dated in the future")
                        apply(state, entry)
                    except LedgerError as error:
                        raise BatchRefused(index, error) from error
                at = reading.head.count
                call = registry.append_call(at, [Item.of(entry) for _, entry in taken])
                try:
                    sent, _ = self._sender().send(reading.contract, call)
                except Refused as error:
                    if error.name in ("Stale", "Moved"):
                        continue
                    raise
                return self._final(at + len(taken), octets, sent)
        raise LedgerError("chain: others append all the time", hint="try again")

    def refresh(self) -> Checkpoint:
        """Let there be a new block, so that readers see that the chain goes on."""
        with self._lock:
            reading = self._read()
            sent, receipt = self._sender().send(reading.contract, registry.call("refresh"))
            self._until(lambda reading: reading.block.number >= receipt.block, sent)
            return self._checkpoint()

    def enrol(self, account: str, author: str | None) -> None:
        """Let an account write for one author; for none, with ``None``. Governance's alone may."""
        known = bytes(32) if author is None else registry.name_hash(author)
        checked = registry.checksummed(account)
        self._governed("enrol", checked, known)

    def move(self) -> str:
        """Make a contract that goes on from the newest one, and point to it. Its address."""
        with self._lock:
            reading = self._read()
            _, receipt = self._sender().send(None, registry.deployment(reading.contract))
            if receipt.contract is None:
                raise NodeError("a deployment without a contract")
            after = registry.checksummed(receipt.contract)
            self._governed("succeed", after)
            return receipt.contract

    def _governed(self, name: str, *values: object) -> None:
        with self._lock:
            reading = self._read()
            self._sender().send(reading.contract, registry.call(name, *values))

    def contracts(self) -> list[str]:
        """The pinned contract and those that go on from it; entries go to the last one."""
        with self._lock:
            self._check_node()
            return [each for each, _ in contracts_of(self.node, self.pins.contract)]

    def final_block(self) -> int:
        """The newest block that is final."""
        return max(0, self.node.block().number - self.pins.finality)

    def send(self, data: bytes) -> None:
        """Send a call to the newest contract."""
        with self._lock:
            self._sender().send(self._read().contract, data)

    def _check_node(self) -> None:
        if self._checked:
            return
        found = self.node.chain_id()
        if found != self.pins.chain_id:
            raise LedgerError(f"chain: this node is of chain {found}, not {self.pins.chain_id}")
        if not self.node.has_code(self.pins.contract):
            raise LedgerError("chain: there is no such contract on this node")
        self._checked = True

    def _read(self) -> Reading:
        self._check_node()
        for _ in range(_TRIES):
            known = self.mirror.known()
            finality = self.pins.finality
            reading = read(self.node, self.pins.contract, known, finality=finality)
            try:
                self.mirror.take(reading, known)
            except Overtaken:
                continue
            return reading
        raise LedgerError("chain: others read all the time", hint="try again")

    def _final(self, count: int, octets: list[bytes], sent: bytes) -> list[Appended]:
        """Where the entries stand, once the first ``count`` of the contract's are final."""
        if self._count() < count:
            self._until(lambda _: self._count() >= count, sent)
        checkpoint = self._checkpoint()
        found = [self.mirror.position_of(data) for data in octets]
        places = [place for place in found if place is not None]
        if len(places) != len(octets):
            raise LedgerError(
                "chain: readers leave this entry out, or another fork took its place",
                hint="is the clock of this machine that of the chain? then do the same again",
            )
        return [Appended(place, checkpoint) for place in places]

    def _count(self) -> int:
        """How many of the contract's entries are final and taken in."""
        known = self.mirror.known()
        return known.count if known else 0

    def _until(self, done: Callable[[Reading], bool], sent: bytes) -> None:
        """Read until it is so. Raises `Unsettled`."""
        ends, pause = time.monotonic() + self.profile.patience, _POLL
        while not done(self._read()):
            if time.monotonic() > ends:
                raise Unsettled("in a block that is not final yet", sent)
            self.node.sleep(pause)
            pause = min(_POLL_MOST, pause * 1.5)

    def _checkpoint(self) -> Checkpoint:
        found = self.mirror.checkpoint()
        if found is None:
            raise LedgerError("ledger: empty", hint="append the governance root first")
        return found

    def _refuse_repetition(self, octets: list[bytes], pending: list[bytes]) -> None:
        known = [self.mirror.position_of(data) for data in octets]
        found = [(index, place) for index, place in enumerate(known) if place is not None]
        if not found:
            if any(each in pending for each in octets[1:]) and octets[0] not in pending:
                raise LedgerError("entries: a part of them is on its way", hint="try again")
            return
        index, position = found[0]
        if known == list(range(position, position + len(octets))):
            raise AppendedBefore(position)
        raise BatchRefused(index, AppendedBefore(position))

    def _sender(self) -> Sender:
        if self._account is None:
            raise LedgerError("ledger: opened for reading", hint="give the passphrase of its keys")
        return Sender(self.node, self._account, self.profile, self.pins.chain_id)
