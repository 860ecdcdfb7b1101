"""Ask a node what it can do, and say what will not work.

Some limits only matter to other programs: this client never needs them. They are told all the same,
so that somebody who points another tool at the node knows. Nothing is sent that costs anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from zkproof.bounded import load_json
from zkproof.clock import Clock
from zkproof.errors import DecodeError, LedgerError
from zkproof.ledger.evm.contract import call, deployment, head_of
from zkproof.ledger.evm.node import (
    MethodMissing,
    Node,
    NodeError,
    hexed,
    octets,
    quantity,
)
from zkproof.ledger.evm.place import ChainAddress
from zkproof.ledger.evm.walking import read
from zkproof.ledger.pins import MAX_AGE, SKEW
from zkproof.web import Caller, Unreachable

_NOBODY = "0x" + "00" * 20
_MILLISECONDS = 10**11
_BATCH = 9
_MAX_REPLY = 1 << 16


class Verdict(StrEnum):
    """What a finding means for this client."""

    FINE = "fine"
    LIMIT = "limit"
    """It works all the same; other programs may not."""
    FAULT = "fault"
    """It does not work."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was asked, and what follows."""

    what: str
    verdict: Verdict
    said: str


def examine(place: ChainAddress, *, clock: Clock) -> list[Finding]:
    """Everything that was found, in the order in which it was asked. Raises nothing."""
    node = Node(place.node)
    found: list[Finding] = []
    try:
        for check in (_client, _chain_id, _block, _fees, _contract_runs, _calls, _batches):
            found += _tried(check.__name__.strip("_"), check(node, clock))
        if place.contract is not None:
            found += _tried("contract", _contract(node, place.contract))
    finally:
        node.close()
    return found


def works(findings: list[Finding]) -> bool:
    """Whether a ledger can be carried through this node."""
    return all(each.verdict is not Verdict.FAULT for each in findings)


def _tried(what: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    try:
        yield from findings
    except LedgerError as error:
        yield Finding(what.replace("_", " "), Verdict.FAULT, error.message)


def _client(node: Node, _: Clock) -> Iterator[Finding]:
    try:
        said = str(node.ask("web3_clientVersion"))[:80]
    except MethodMissing:
        said = "does not say"
    words = "".join(letter for letter in said if letter.isprintable())
    yield Finding("program", Verdict.FINE, words)


def _chain_id(node: Node, _: Clock) -> Iterator[Finding]:
    yield Finding("chain identifier", Verdict.FINE, str(node.chain_id()))


def _block(node: Node, clock: Clock) -> Iterator[Finding]:
    raw = node.ask("eth_getBlockByNumber", "latest", False)
    block, age = node.block(), 0
    table = raw if isinstance(raw, dict) else {}
    if quantity(table.get("timestamp"), "block.timestamp") >= _MILLISECONDS:
        yield Finding("block time", Verdict.LIMIT, "in milliseconds; read as seconds here")
    else:
        yield Finding("block time", Verdict.FINE, "in seconds")
    extra = len(octets(table.get("extraData", "0x"), "block.extraData"))
    if extra > 32:
        yield Finding("extra data", Verdict.LIMIT, f"{extra} octets; not read here")
    age = clock() - block.time
    if age < -SKEW:
        yield Finding("clock", Verdict.FAULT, f"the newest block is {-age} s ahead of this machine")
    elif age > MAX_AGE:
        said = f"the newest block is {age} s old: readers wait for `zkproof ledger refresh`"
        yield Finding("newest block", Verdict.LIMIT, said)
    else:
        yield Finding("newest block", Verdict.FINE, f"{block.number}, {max(age, 0)} s old")


def _fees(node: Node, _: Clock) -> Iterator[Finding]:
    price = quantity(node.ask("eth_gasPrice"), "eth_gasPrice")
    yield Finding("gas price", Verdict.FINE, f"{price} wei")
    for method, params, lost in (
        ("eth_maxPriorityFeePerGas", (), "the tip follows from the gas price"),
        ("eth_feeHistory", ("0x1", "latest", []), "not used here"),
        ("eth_getBlockReceipts", ("latest",), "not used here"),
    ):
        try:
            node.ask(method, *params)
        except MethodMissing:
            yield Finding(method, Verdict.LIMIT, f"missing; {lost}")
            continue
        except NodeError as error:
            if error.code is not None:
                yield Finding(method, Verdict.LIMIT, f"{error.message}; {lost}")
                continue
        # An answer with fractions is one, too, though nothing here reads such numbers.
        yield Finding(method, Verdict.FINE, "answers")


def _contract_runs(node: Node, _: Clock) -> Iterator[Finding]:
    """The contract is made in thought only."""
    made = {"from": _NOBODY, "data": hexed(deployment())}
    gas = quantity(node.ask("eth_estimateGas", made), "eth_estimateGas")
    yield Finding("contract can be made", Verdict.FINE, f"for {gas} gas")


def _calls(node: Node, _: Clock) -> Iterator[Finding]:
    try:
        node.ask("eth_call", {"to": _NOBODY, "data": "0x", "value": None}, "latest")
    except NodeError:
        yield Finding("empty fields", Verdict.LIMIT, "null is refused; never sent here")
    else:
        yield Finding("empty fields", Verdict.FINE, "null is taken")


def _batches(node: Node, _: Clock) -> Iterator[Finding]:
    one = {"jsonrpc": "2.0", "method": "eth_chainId", "params": []}
    calls = json.dumps([{**one, "id": k} for k in range(_BATCH)]).encode()
    caller = Caller()
    try:
        reply = caller.call(
            "POST", node.address, limit=_MAX_REPLY, content=calls, content_type="application/json"
        )
        answer = load_json(reply.body, field="answer", max_bytes=_MAX_REPLY)
    except (Unreachable, DecodeError):
        answer = None
    finally:
        caller.close()
    if isinstance(answer, list) and len(answer) == _BATCH:
        yield Finding("batches", Verdict.FINE, f"{_BATCH} calls at once are answered")
    else:
        said = f"{_BATCH} calls at once are refused; one is sent at a time here"
        yield Finding("batches", Verdict.LIMIT, said)


def _contract(node: Node, contract: str) -> Iterator[Finding]:
    if not node.has_code(contract):
        yield Finding("contract", Verdict.FAULT, "there is none at this address")
        return
    head = head_of(node, contract)
    found = read(node, contract, None, finality=0)
    events = (*found.final, *found.pending)
    yield Finding("contract", Verdict.FINE, f"{len(events)} entries, all of them read back")
    try:
        early = node.ask("eth_call", {"to": contract, "data": hexed(call("head"))}, "0x0")
        ignored = early != "0x"
    except NodeError:
        ignored = False
    if ignored:
        yield Finding("the past", Verdict.LIMIT, "calls ignore the block that they name")
    else:
        yield Finding("the past", Verdict.FINE, "calls are answered as of the block that they name")
    if not events or head.after != _NOBODY:
        return
    first, last = events[0].block, events[-1].block
    wanted = {"fromBlock": hex(first), "toBlock": hex(last), "address": contract}
    try:
        logs = node.ask("eth_getLogs", wanted)
        count = len(logs) if isinstance(logs, list) else 0
        said = f"of {last - first + 1} blocks at once: {count} of at least {len(events)}"
    except NodeError as error:
        count, said = 0, error.message
    if count < len(events):
        said += "; one block is asked for at a time here"
    verdict = Verdict.FINE if count >= len(events) else Verdict.LIMIT
    yield Finding("events", verdict, said)
