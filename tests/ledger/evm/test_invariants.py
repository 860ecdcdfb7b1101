"""The contract under any calls by anybody, on another EVM (py-evm, in this process): a model of it
in Python says what each call does, and after each both agree.
"""

from __future__ import annotations

import ast
import warnings
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)

from zkproof.ledger.evm import contract as registry
from zkproof.ledger.evm.contract import Event, Item
from zkproof.ledger.evm.kinds import KINDS
from zkproof.ledger.evm.node import NodeError, RawLog, octets
from zkproof.ledger.fold import GOVERNANCE_RULES, ISSUER_RULES, VERIFIER_RULES

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of the EVM's own dependencies
    from eth_tester import EthereumTester, PyEVMBackend
    from eth_tester.exceptions import TransactionFailed

GAS = 8_000_000
GOVERNANCE = registry.name_hash("governance")
AUTHORS = [GOVERNANCE, *(registry.name_hash(name) for name in ("a", "b", "c"))]
ISSUER, VERIFIER, SUSPENDED = 1, 2, 4
ABOUT = {
    KINDS["issuer-register"]: (ISSUER, None),
    KINDS["verifier-register"]: (VERIFIER, None),
    KINDS["issuer-suspend"]: (ISSUER, SUSPENDED),
    KINDS["issuer-reinstate"]: (ISSUER, 0),
    KINDS["verifier-suspend"]: (VERIFIER, SUSPENDED),
    KINDS["verifier-reinstate"]: (VERIFIER, 0),
}
MAY = {
    kind: [KINDS[name] for name in rules]
    for kind, rules in (
        (0, {"governance-root": None, **GOVERNANCE_RULES}),
        (ISSUER, ISSUER_RULES),
        (VERIFIER, VERIFIER_RULES),
    )
}


class Model:
    """What the contract is to remember."""

    def __init__(self, owner: str) -> None:
        self.accounts = {owner: GOVERNANCE}
        self.roles: dict[bytes, int] = {}
        self.nonces: set[tuple[bytes, bytes]] = set()
        self.count = 0

    def refuses(self, sender: str, position: int, item: Item) -> str | None:
        """The error of a call that appends one entry."""
        mine, role = self.accounts.get(sender), self.roles.get(item.author, 0)
        about = ABOUT.get(item.kind)
        known = self.roles.get(item.subject, 0)
        checks: list[tuple[bool, str]] = [
            (position != self.count, "Stale"),
            (mine is None, "NotEnrolled"),
            (not 0 < len(item.entry) <= 65_535, "BadSize"),
            ((position == 0) != (item.kind == KINDS["governance-root"]), "OutOfOrder"),
            (mine not in (GOVERNANCE, item.author), "NotForAuthor"),
        ]
        if item.author == GOVERNANCE:
            allowed = MAY[0]
        else:
            known_as = role & ~SUSPENDED
            checks.append((not known_as, "UnknownAuthor"))
            stopped = role & ISSUER or item.kind == KINDS["policy-register"]
            checks.append((bool(role & SUSPENDED and stopped), "Suspended"))
            allowed = MAY[known_as] if known_as else []
        checks.append((item.kind not in allowed, "NotTheirs"))
        checks.append(((item.author, item.nonce) in self.nonces, "NonceUsed"))
        if about is None:
            checks.append((item.subject != bytes(32), "BadSubject"))
        elif about[1] is None:
            checks.append((item.subject == bytes(32), "BadSubject"))
            checks.append((item.subject == GOVERNANCE or known != 0, "Taken"))
        else:
            checks.append((not known & about[0], "UnknownAuthor"))
            checks.append((known & SUSPENDED == about[1], "NothingChanges"))
        return next((name for wrong, name in checks if wrong), None)

    def take(self, item: Item) -> None:
        self.count += 1
        self.nonces.add((item.author, item.nonce))
        if item.kind in ABOUT:
            role, change = ABOUT[item.kind]
            self.roles[item.subject] = role | (change or 0)


items = st.builds(
    Item,
    kind=st.sampled_from([0, 25, *KINDS.values(), *ABOUT, *ABOUT]),
    author=st.sampled_from([GOVERNANCE, GOVERNANCE, *AUTHORS]),
    nonce=st.integers(0, 1 << 60).map(lambda k: k.to_bytes(16, "big"))
    | st.sampled_from([bytes(16), b"\x01" * 16]),
    subject=st.sampled_from([bytes(32), *AUTHORS]),
    entry=st.sampled_from([b"", b"entry", b"e" * 3000]),
)
senders = st.sampled_from([0, 0, 0, 1, 2])


class Contract(RuleBasedStateMachine):
    """One contract, three accounts: governance's, an issuer's and a verifier's to begin with."""

    appended: Bundle[Any] = Bundle("appended")

    @initialize()
    def deploy(self) -> None:
        self.evm = EthereumTester(PyEVMBackend())
        self.accounts = self.evm.get_accounts()[:3]
        self.model = Model(self.accounts[0])
        sent = self._send(0, registry.deployment(), to=None)
        self.address = self.evm.get_transaction_receipt(sent)["contract_address"]
        self.link = registry.first_link(self.address)
        root = Item(KINDS["governance-root"], GOVERNANCE, bytes(16), bytes(32), b"root")
        self.append(0, root, 0)
        for kind, author, account in (("issuer", AUTHORS[1], 1), ("verifier", AUTHORS[2], 2)):
            nonce = bytes(15) + bytes((account,))
            made = Item(KINDS[f"{kind}-register"], GOVERNANCE, nonce, author, b"registered")
            self.append(0, made, 0)
            self.enrol(0, account, author)

    @rule(sender=senders, item=items, off=st.sampled_from([0, 0, 0, 0, 1, -1]))
    def append(self, sender: int, item: Item, off: int) -> None:
        position = max(0, self.model.count + off)
        expected = self.model.refuses(self.accounts[sender], position, item)
        self._call(sender, registry.append_call(position, [item]), expected)
        if expected is None:
            self.model.take(item)

    @rule(item=items, other=items)
    def append_two(self, item: Item, other: Item) -> None:
        """All of them or none."""
        trial = Model(self.accounts[0])
        trial.accounts, trial.roles = dict(self.model.accounts), dict(self.model.roles)
        trial.nonces, trial.count = set(self.model.nonces), self.model.count
        expected = None
        for each in (item, other):
            expected = expected or trial.refuses(self.accounts[0], trial.count, each)
            if expected is None:
                trial.take(each)
        self._call(0, registry.append_call(self.model.count, [item, other]), expected)
        if expected is None:
            self.model = trial

    @rule(sender=senders, account=senders, author=st.sampled_from([bytes(32), *AUTHORS]))
    def enrol(self, sender: int, account: int, author: bytes) -> None:
        governs = self.model.accounts.get(self.accounts[sender]) == GOVERNANCE
        expected = None if governs and sender != account else "NothingChanges"
        if not governs:
            expected = "NotGovernance"
        target = self.accounts[account]
        self._call(sender, registry.call("enrol", target, author), expected)
        if expected is None:
            if any(author):
                self.model.accounts[target] = author
            else:
                self.model.accounts.pop(target, None)

    @rule(sender=senders, author=st.sampled_from(AUTHORS[1:]), role=st.integers(0, 9))
    def assign(self, sender: int, author: bytes, role: int) -> None:
        governs = self.model.accounts.get(self.accounts[sender]) == GOVERNANCE
        expected = None if governs else "NotGovernance"
        if governs and role > 7:
            expected = "BadSize"
        if role & 3 == 3 and expected is None:
            return  # somebody who is both does not occur
        self._call(sender, registry.call("assign", author, role), expected)
        if expected is None:
            self.model.roles[author] = role

    @invariant()
    def head_and_roles_are_those_of_the_model(self) -> None:
        if not hasattr(self, "address"):
            return
        count, last, link, start, _, after = registry.decoded(
            registry._HEAD, self._view(registry.call("head")), "head"
        )
        assert (count, start, after) == (self.model.count, 0, registry.NOWHERE)
        assert link == self.link
        assert last <= self.evm.get_block_by_number("latest")["number"]
        for author in AUTHORS:
            (role,) = registry.decoded(
                ("uint8",), self._view(registry.call("roleOf", author)), "role"
            )
            assert role == self.model.roles.get(author, 0)
        assert GOVERNANCE in self.model.accounts.values()  # somebody always governs

    def _call(self, sender: int, data: bytes, expected: str | None) -> None:
        assert self._refusal(sender, data) == expected
        if expected is not None:
            return
        sent = self._send(sender, data, to=self.address)
        for log in self.evm.get_transaction_receipt(sent)["logs"]:
            if len(log["data"]) < 500:  # enrolments and the like
                continue
            event = Event.of(RawLog(log["block_number"], (0, 0), (), octets(log["data"], "log")))
            self.link = event.link_after(self.link)
            assert event.link == self.link

    def _refusal(self, sender: int, data: bytes) -> str | None:
        call = {"from": self.accounts[sender], "to": self.address, "data": "0x" + data.hex()}
        try:
            self.evm.call({**call, "gas": GAS})
        except TransactionFailed as error:
            found = registry.refusal(NodeError("", data=_data_of(error)))
            return found.name if isinstance(found, registry.Refused) else repr(error)
        return None

    def _send(self, sender: int, data: bytes, *, to: str | None) -> Any:
        call = {"from": self.accounts[sender], "data": "0x" + data.hex(), "gas": GAS}
        call |= {"gas_price": 10**10} | ({"to": to} if to else {})
        sent = self.evm.send_transaction(call)
        assert self.evm.get_transaction_receipt(sent)["status"] == 1
        return sent

    def _view(self, data: bytes) -> bytes:
        call = {"from": self.accounts[0], "to": self.address, "data": "0x" + data.hex()}
        return octets(self.evm.call(call), "call")


def _data_of(error: Any) -> bytes:
    """The octets of a refusal; the tester gives them as Python writes them."""
    (said,) = error.args
    found = ast.literal_eval(said) if str(said).startswith("b") else b""
    return found if isinstance(found, bytes) else b""


TestContract = pytest.mark.filterwarnings("ignore")(Contract.TestCase)
TestContract.settings = settings(
    max_examples=settings().max_examples // 10, stateful_step_count=15, deadline=None
)
