"""The contract ``contracts/Registry.sol`` in octets: calls to it, its events, head and refusals."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from zkproof.errors import LedgerError, UsageError
from zkproof.ledger.entries import Entry
from zkproof.ledger.evm.kinds import KINDS, subject_of
from zkproof.ledger.evm.node import Node, NodeError, RawLog
from zkproof.ledger.evm.place import checked_contract

try:
    from eth_abi.abi import decode, encode
    from eth_abi.exceptions import DecodingError
    from eth_utils.crypto import keccak
    from web3 import Web3
except ImportError as error:  # pragma: no cover - every developer's environment has them
    raise UsageError("ledger: a chain needs web3", hint="pip install 'zkproof[evm]'") from error

NOWHERE = "0x" + "00" * 20
MAX_ITEMS = 256
"""Entries of one transaction, as the contract has it."""

_EVENT = (
    "uint64",
    "uint64",
    "uint64",
    "uint8",
    "bytes32",
    "bytes16",
    "bytes32",
    "bytes32",
    "bytes",
)
_ANCHOR = ("uint64", "uint64", "uint64", "bytes")
_LINKED = ("bytes32", "uint64", "uint64", "uint8", "bytes32", "bytes16", "bytes32", "bytes32")
_HEAD = ("uint64", "uint64", "bytes32", "uint64", "address", "address")

_REFUSALS = {
    "NotEnrolled": "this account is enrolled for nobody",
    "NotGovernance": "this account is not one of governance's",
    "NotForAuthor": "this account is enrolled for another author",
    "UnknownAuthor": "author not known to this ledger",
    "NotTheirs": "this kind of entry is not for its author to say",
    "Suspended": "the author is suspended",
    "NonceUsed": "its nonce was used before",
    "BadSize": "too large, or empty",
    "BadSubject": "names nobody it is about, or somebody it is not",
    "Taken": "this identifier is taken",
    "NothingChanges": "nothing would change",
    "OutOfOrder": "the first entry is the governance root, and no later one",
    "Smaller": "a checkpoint of this log with more entries is anchored already",
    "Moved": "the ledger has moved to another contract",
    "NotSuccessor": "that contract does not go on from here",
}


class Refused(LedgerError):
    """The contract refuses; ``name`` is that of its error."""

    def __init__(self, name: str) -> None:
        super().__init__(f"contract: {_REFUSALS.get(name, name)}")
        self.name = name


@dataclass(frozen=True, slots=True)
class Item:
    """An entry as it is handed to the contract."""

    kind: int
    author: bytes
    nonce: bytes
    subject: bytes
    entry: bytes

    @classmethod
    def of(cls, entry: Entry) -> Item:
        """What the contract is told of an entry."""
        subject = subject_of(entry)
        return cls(
            KINDS[entry.type],
            name_hash(entry.author),
            entry.nonce,
            bytes(32) if subject is None else name_hash(subject),
            entry.to_bytes(),
        )


@dataclass(frozen=True, slots=True)
class Event:
    """An entry as the contract took it: where, after which block's, when, and the link after it."""

    block: int
    position: int
    previous: int
    time: int
    item: Item
    link: bytes

    @classmethod
    def of(cls, log: RawLog) -> Event:
        """Raises `NodeError` for octets that are no such event."""
        position, previous, time, kind, author, nonce, subject, link, entry = decoded(
            _EVENT, log.data, "log.data"
        )
        item = Item(kind, author, nonce, subject, entry)
        return cls(log.block, position, previous, time, item, link)

    def link_after(self, link: bytes) -> bytes:
        """What the link has to be, by the one before."""
        item = self.item
        values = (link, self.position, self.time, item.kind, item.author, item.nonce, item.subject)
        return bytes(keccak(encode(_LINKED, (*values, keccak(item.entry)))))


@dataclass(frozen=True, slots=True)
class Anchored:
    """A log's checkpoint in the contract."""

    size: int
    previous: int
    time: int
    note: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The contract now: how many entries, the block of the newest, the link after it, where this
    contract began, and its neighbours.
    """

    count: int
    last: int
    link: bytes
    start: int
    before: str
    after: str


@functools.cache
def artifact() -> dict[str, Any]:
    """What the compiler made; see contracts/compile.mjs."""
    text = resources.files(__package__).joinpath("registry.json").read_text(encoding="utf-8")
    table: dict[str, Any] = json.loads(text)
    return table


@functools.cache
def _contract() -> Any:
    return Web3().eth.contract(abi=artifact()["abi"], bytecode=artifact()["bytecode"])


@functools.cache
def _errors() -> dict[bytes, str]:
    found = {}
    for each in artifact()["abi"]:
        if each["type"] == "error":
            types = ",".join(one["type"] for one in each["inputs"])
            found[bytes(keccak(text=f"{each['name']}({types})")[:4])] = each["name"]
    return found


def _topic(name: str) -> bytes:
    (event,) = (e for e in artifact()["abi"] if (e["type"], e.get("name")) == ("event", name))
    types = ",".join(one["type"] for one in event["inputs"])
    return bytes(keccak(text=f"{name}({types})"))


def name_hash(identifier: str) -> bytes:
    """How the contract knows an author."""
    return bytes(keccak(text=identifier))


def first_link(contract: str) -> bytes:
    """The link before the first entry."""
    return bytes(keccak(encode(("address",), (contract,))))


def checksummed(address: str) -> str:
    """How web3 wants addresses. Raises `UsageError`."""
    return str(Web3.to_checksum_address(checked_contract(address)))


def deployment(before: str = NOWHERE) -> bytes:
    """What to send to make a contract."""
    return _octets(_contract().constructor(checksummed(before)).data_in_transaction)


def call(name: str, *values: Any) -> bytes:
    """The octets of a call."""
    return _octets(_contract().encode_abi(name, args=list(values)))


def append_call(position: int, items: Sequence[Item]) -> bytes:
    """A call that appends these at this place."""
    rows = [(each.kind, each.author, each.nonce, each.subject, each.entry) for each in items]
    return call("append", position, rows)


def decoded(types: Sequence[str], data: bytes, field: str) -> tuple[Any, ...]:
    """Values in the contract's encoding. Raises `NodeError` unless they have the one encoding."""
    try:
        found = tuple(decode(types, data))
        if encode(types, found) != data:
            raise NodeError(f"{field}: not the canonical encoding")
    except (DecodingError, ValueError, OverflowError):
        raise NodeError(f"{field}: not what the contract would say") from None
    return found


def asked(node: Node, contract: str, name: str, types: Sequence[str], *values: Any) -> Any:
    """What a view of the contract answers."""
    try:
        data = node.call(contract, call(name, *values))
    except NodeError as error:
        raise refusal(error) from None
    return decoded(types, data, name)


def head_of(node: Node, contract: str) -> Head:
    """Raises `NodeError` where there is no such contract."""
    return Head(*asked(node, contract, "head", _HEAD))


def events_in(node: Node, contract: str, number: int) -> list[Event]:
    """The entries that it took in a block, in order."""
    return [Event.of(each) for each in node.logs(contract, number, _topic("Entry"))]


def anchors_in(node: Node, contract: str, number: int, origin: str) -> list[Anchored]:
    """The checkpoints of a log that it took in a block, in order."""
    found = node.logs(contract, number, _topic("Anchor"))
    of_log = [each for each in found if each.topics[1:] == (name_hash(origin),)]
    return [Anchored(*decoded(_ANCHOR, each.data, "log.data")) for each in of_log]


def refusal(error: NodeError) -> LedgerError:
    """The contract's reason, where the node passes it on; otherwise the node's error."""
    name = _errors().get(error.data[:4])
    return error if name is None else Refused(name)


def _octets(text: Any) -> bytes:
    return bytes.fromhex(str(text).removeprefix("0x"))
