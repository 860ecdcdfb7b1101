"""One node of a chain, by JSON-RPC over HTTP: bounded, retried, and every answer read strictly.

web3's own transport reads answers of any length and passes on what they contain; here the octets,
the time and the number of tries are bounded (`zkproof.web`), and what is not exactly what was asked
for is a `NodeError`. One call at a time: some nodes take no batches, or short ones. No field is
sent empty: some nodes refuse null.

Trusted: no.
"""

from __future__ import annotations

import json
import re
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from zkproof.bounded import load_json
from zkproof.errors import DecodeError, LedgerError
from zkproof.web import Caller, Unreachable, require_private

MAX_REPLY_BYTES = 1 << 24
MAX_LOGS = 1 << 14
"""Events that one block may hold for one contract."""

_TRIES = 3
_PAUSE = 0.2
_SECONDS = 20.0
_OK = 200
_METHOD_MISSING = -32601
_QUANTITY = re.compile(r"0x(?:0|[1-9a-f][0-9a-f]{0,63})", re.ASCII)
_OCTETS = re.compile(r"0x(?:[0-9a-fA-F]{2})*", re.ASCII)
_MILLISECONDS = 100_000_000_000
"""Times from here on are milliseconds: in seconds it is the year 5138, in the other 1973."""

Sleep = Callable[[float], None]


class NodeError(LedgerError):
    """A node that is away, answers with an error, or with something that is no answer.

    ``code`` and ``data`` are those of its error, where it gave one.
    """

    def __init__(
        self, message: str, *, code: int | None = None, data: bytes = b"", hint: str | None = None
    ) -> None:
        super().__init__(f"node: {message}", hint=hint)
        self.code = code
        self.data = data


class MethodMissing(NodeError):
    """The node does not have this method; for many that is how it should be."""


@dataclass(frozen=True, slots=True)
class Block:
    """What is asked of a block. ``time`` is in seconds, whatever the node counts in."""

    number: int
    block_hash: bytes
    time: int
    base_fee: int | None


@dataclass(frozen=True, slots=True)
class RawLog:
    """An event as the node hands it over."""

    block: int
    place: tuple[int, int]
    """Of its transaction in the block, and its own: some nodes count the latter by transaction."""
    topics: tuple[bytes, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a transaction that is in a block."""

    block: int
    succeeded: bool
    gas_used: int
    contract: str | None


class Node:
    """Calls one address, from any thread."""

    def __init__(self, address: str, *, sleep: Sleep = time.sleep) -> None:
        require_private(address)
        self.address = address
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port else ""
        self.shown = f"{parts.scheme}://{parts.hostname}{port}"
        """For messages: paths and user names of nodes often are secrets."""
        self.sleep = sleep
        self._caller = Caller()
        weakref.finalize(self, self._caller.close)
        self._calls = 0

    def close(self) -> None:
        self._caller.close()

    def ask(self, method: str, *params: Any) -> Any:
        """The result of a call. Raises `NodeError`, and `MethodMissing` where there is no such."""
        for left in range(_TRIES)[::-1]:
            try:
                return self._once(method, params)
            except Unreachable as error:
                if not left:
                    said = error.message.replace(self.address, self.shown)
                    raise NodeError(said, hint="try again later, or another node") from None
                self.sleep(_PAUSE * (_TRIES - left))
        raise AssertionError  # the last try returns or raises

    def _once(self, method: str, params: Sequence[Any]) -> Any:
        self._calls += 1
        call = {"jsonrpc": "2.0", "id": self._calls, "method": method, "params": list(params)}
        reply = self._caller.call(
            "POST",
            self.address,
            limit=MAX_REPLY_BYTES,
            content=json.dumps(call).encode(),
            content_type="application/json",
            seconds=_SECONDS,
        )
        try:
            answer = load_json(reply.body, field="answer", max_bytes=MAX_REPLY_BYTES)
        except DecodeError as error:
            if reply.status != _OK:
                raise NodeError(f"{method} answers {reply.status}") from None
            raise NodeError(f"{method}: {error.message}") from None
        if not isinstance(answer, dict) or answer.get("id") not in (call["id"], None):
            raise NodeError(f"{method}: answers another call")
        if answer.get("error") is not None:
            raise _error_of(method, answer["error"])
        if "result" not in answer or answer.get("id") is None:
            raise NodeError(f"{method}: neither result nor error")
        return answer["result"]

    def chain_id(self) -> int:
        """Raises `NodeError`, for a chain without an identifier too."""
        found = quantity(self.ask("eth_chainId"), "eth_chainId")
        if not found:
            raise NodeError(
                "chain identifier 0: signatures would hold on any chain",
                hint="set web3_chain_id in the chain's genesis configuration",
            )
        return found

    def block(self, number: int | None = None) -> Block:
        """That block, or the newest one."""
        tag = "latest" if number is None else hex(number)
        found = self.ask("eth_getBlockByNumber", tag, False)
        if not isinstance(found, dict):
            raise NodeError(f"no block {tag}")
        base_fee = found.get("baseFeePerGas")
        block = Block(
            number=quantity(found.get("number"), "block.number"),
            block_hash=octets(found.get("hash"), "block.hash", 32),
            time=seconds(quantity(found.get("timestamp"), "block.timestamp")),
            base_fee=None if base_fee is None else quantity(base_fee, "block.baseFeePerGas"),
        )
        if number is not None and block.number != number:
            raise NodeError(f"block {block.number} in place of {number}")
        return block

    def call(self, contract: str, data: bytes, *, sender: str | None = None) -> bytes:
        """What a contract answers. Raises `NodeError` with the octets of its refusal."""
        made = {"to": contract, "data": hexed(data), **({"from": sender} if sender else {})}
        return octets(self.ask("eth_call", made, "latest"), "eth_call")

    def logs(self, contract: str, number: int, topic: bytes) -> list[RawLog]:
        """The events of one contract in one block: no node's limit on ranges is met."""
        at = hex(number)
        wanted = {"fromBlock": at, "toBlock": at, "address": contract, "topics": [hexed(topic)]}
        found = self.ask("eth_getLogs", wanted)
        if not isinstance(found, list) or len(found) > MAX_LOGS:
            raise NodeError("eth_getLogs: not a list of events, or a very long one")
        logs = [_log(each, contract) for each in found]
        if any(each.block != number or each.topics[:1] != (topic,) for each in logs):
            raise NodeError("eth_getLogs: events that were not asked for")
        return sorted(logs, key=lambda each: each.place)

    def has_code(self, contract: str) -> bool:
        """Whether there is a contract."""
        return bool(octets(self.ask("eth_getCode", contract, "latest"), "eth_getCode"))

    def receipt(self, transaction: bytes) -> Receipt | None:
        """What became of it; ``None`` while it is in no block."""
        found = self.ask("eth_getTransactionReceipt", hexed(transaction))
        if found is None:
            return None
        if not isinstance(found, dict):
            raise NodeError("eth_getTransactionReceipt: not a receipt")
        if octets(found.get("transactionHash"), "receipt.transactionHash", 32) != transaction:
            raise NodeError("eth_getTransactionReceipt: of another transaction")
        created = found.get("contractAddress")
        return Receipt(
            block=quantity(found.get("blockNumber"), "receipt.blockNumber"),
            succeeded=quantity(found.get("status"), "receipt.status") == 1,
            gas_used=quantity(found.get("gasUsed"), "receipt.gasUsed"),
            contract=hexed(octets(created, "receipt.contractAddress", 20)) if created else None,
        )


def quantity(value: object, field: str) -> int:
    """A number as JSON-RPC writes it. Raises `NodeError`."""
    if not isinstance(value, str) or not _QUANTITY.fullmatch(value):
        raise NodeError(f"{field}: not a number")
    return int(value, 16)


def octets(value: object, field: str, length: int | None = None) -> bytes:
    """Octets as JSON-RPC writes them. Raises `NodeError`."""
    if not isinstance(value, str) or not _OCTETS.fullmatch(value):
        raise NodeError(f"{field}: not octets")
    found = bytes.fromhex(value[2:])
    if length is not None and len(found) != length:
        raise NodeError(f"{field}: {length} octets are needed")
    return found


def hexed(data: bytes) -> str:
    """Octets as JSON-RPC wants them."""
    return "0x" + data.hex()


def seconds(time: int) -> int:
    """A block's time in seconds; FISCO BCOS counts in milliseconds, depending on whom one asks."""
    return time // 1000 if time >= _MILLISECONDS else time


def _log(found: object, contract: str) -> RawLog:
    if not isinstance(found, dict) or not isinstance(found.get("topics"), list):
        raise NodeError("eth_getLogs: not an event")
    if octets(found.get("address"), "log.address", 20) != bytes.fromhex(contract[2:]):
        raise NodeError("eth_getLogs: events of another contract")
    return RawLog(
        block=quantity(found.get("blockNumber"), "log.blockNumber"),
        place=(
            quantity(found.get("transactionIndex"), "log.transactionIndex"),
            quantity(found.get("logIndex"), "log.logIndex"),
        ),
        topics=tuple(octets(each, "log.topics", 32) for each in found["topics"]),
        data=octets(found.get("data"), "log.data"),
    )


def _error_of(method: str, error: object) -> NodeError:
    table: Mapping[str, Any] = error if isinstance(error, dict) else {}
    code, said = table.get("code"), str(table.get("message", "an error without words"))[:200]
    data = table.get("data")
    if isinstance(data, dict):  # some nodes put the octets one level deeper
        data = data.get("data")
    known = data if isinstance(data, str) and _OCTETS.fullmatch(data) else "0x"
    number = code if type(code) is int else None
    # A node's words are for people; nothing follows from them.
    words = "".join(letter for letter in said if letter.isprintable())
    kind = MethodMissing if number == _METHOD_MISSING else NodeError
    return kind(f"{method}: {words}", code=number, data=bytes.fromhex(known[2:]))
