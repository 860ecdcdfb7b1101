"""Get a transaction into a block.

1.  The node estimates the gas, a quarter is added; so a refusal is known before anything is paid.
2.  Fees are asked for, and bounded: a node that asks for everything the account has gets nothing.
3.  The number of the transaction (its nonce) is the account's next one. Where another process took
    it, the next is asked for again.
4.  What is in no block after `Profile.stuck` seconds is sent again under the same number with a
    higher fee: one of them gets in, never both.
5.  After `Profile.patience` seconds the caller is told that it may still come. Sending the same
    entries again is safe: they are bound to one place in the order.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from zkproof.errors import LedgerError
from zkproof.ledger.evm.account import Account
from zkproof.ledger.evm.contract import checksummed, refusal
from zkproof.ledger.evm.node import MethodMissing, Node, NodeError, Receipt, hexed, octets, quantity
from zkproof.ledger.evm.profile import Profile

MAX_GAS_PRICE = 2_000 * 10**9
"""Wei for one gas, at most."""

MAX_GAS = 1 << 30
_NONCE_TRIES = 5
_BUMPS = 3
_POLL = 0.1
_POLL_MOST = 4.0
_KNOWN = ("already known", "already imported", "known transaction", "alreadyexists", "already in")
_NONCE = ("nonce",)


class Unsettled(LedgerError):
    """A transaction that was sent and is in no block, or not deep enough, yet."""

    def __init__(self, message: str, transaction: bytes) -> None:
        super().__init__(
            f"chain: {message} (transaction {hexed(transaction)})",
            hint="do the same again later: it is appended once",
        )
        self.transaction = transaction


@dataclass(frozen=True, slots=True)
class Fees:
    """What is paid for gas, in wei: one price, or a ceiling and a tip."""

    price: int
    tip: int | None

    def raised(self) -> Fees:
        """A quarter more: nodes replace a transaction for a tenth."""
        tip = self.tip
        more = None if tip is None else tip + max(tip // 4, 1)
        return Fees(self.price + max(self.price // 4, 1), more)

    def fields(self) -> dict[str, Any]:
        """As a transaction has them."""
        if self.tip is None:
            return {"gasPrice": self.price}
        return {"type": 2, "maxFeePerGas": self.price, "maxPriorityFeePerGas": self.tip}


class Sender:
    """Sends from one account. Processes may share the account."""

    def __init__(
        self,
        node: Node,
        account: Account,
        profile: Profile,
        chain_id: int,
    ) -> None:
        self._node = node
        self._account = account
        self._profile = profile
        self._chain_id = chain_id

    def send(self, to: str | None, data: bytes) -> tuple[bytes, Receipt]:
        """Send, and wait until it is in a block. Raises `Refused` for what the contract refuses,
        `Unsettled`, and `NodeError`.
        """
        gas = self._gas(to, data)  # 1.
        fees = self._fees()  # 2.
        call = {"data": hexed(data), "value": 0, "gas": gas, "chainId": self._chain_id}
        if to is not None:
            call["to"] = checksummed(to)
        for left in range(_NONCE_TRIES)[::-1]:
            nonce = self._nonce()  # 3.
            transaction = {**call, "nonce": nonce, **fees.fields()}
            try:
                sent = self._transmit(transaction)
            except NodeError as error:
                if not left or not _says(error, _NONCE):
                    raise self._explained(error) from None
                self._node.sleep(_POLL)
                continue
            found = self._settle(sent, transaction, fees)
            if found is None:  # another transaction took this number
                continue
            if not found[1].succeeded:
                self._gas(to, data)  # says why, where it still does
                raise LedgerError("chain: the transaction failed", hint="do the same again")
            return found
        raise LedgerError("chain: the account is used by others all the time", hint="try again")

    def _gas(self, to: str | None, data: bytes) -> int:
        made = {"from": self._account.address, "data": hexed(data), **({"to": to} if to else {})}
        try:
            gas = quantity(self._node.ask("eth_estimateGas", made), "eth_estimateGas")
        except NodeError as error:
            raise self._explained(error) from None
        if not 0 < gas <= MAX_GAS:
            raise LedgerError(f"chain: {gas} gas are more than any block has")
        return gas + gas // 4

    def _fees(self) -> Fees:
        price = quantity(self._node.ask("eth_gasPrice"), "eth_gasPrice")
        base_fee = self._node.block().base_fee if self._profile.fee_market else None
        tip: int | None = None
        if base_fee:
            try:
                tip = quantity(self._node.ask("eth_maxPriorityFeePerGas"), "tip")
            except MethodMissing:
                tip = max(price - base_fee, 0)
            price = 2 * base_fee + tip  # a full block raises the base fee by an eighth
        if price > MAX_GAS_PRICE:
            raise LedgerError(
                f"chain: the node asks {price} wei for one gas",
                hint=f"at most {MAX_GAS_PRICE} are paid; ask another node",
            )
        return Fees(price, tip)

    def _nonce(self) -> int:
        address = self._account.address
        found = self._node.ask("eth_getTransactionCount", address, "pending")
        return quantity(found, "eth_getTransactionCount")

    def _transmit(self, transaction: dict[str, Any]) -> bytes:
        raw, expected = self._account.sign(transaction)
        try:
            said = self._node.ask("eth_sendRawTransaction", hexed(raw))
        except NodeError as error:
            if _says(error, _KNOWN):  # the first try got there, its answer did not
                return expected
            raise
        if octets(said, "eth_sendRawTransaction", 32) != expected:
            raise NodeError("eth_sendRawTransaction: took another transaction")
        return expected

    def _settle(
        self, sent: bytes, transaction: dict[str, Any], fees: Fees
    ) -> tuple[bytes, Receipt] | None:
        """The transaction that got in; ``None`` when one of another process did."""
        begun, hashes, pause = time.monotonic(), [sent], _POLL
        bump_at, bumps = begun + self._profile.stuck, 0
        while True:
            for each in hashes:
                receipt = self._node.receipt(each)
                if receipt is not None:
                    return each, receipt
            now = time.monotonic()
            if now > begun + self._profile.patience:
                raise Unsettled("not in a block yet", hashes[-1])
            if now > bump_at and bumps < _BUMPS:  # 4.
                if self._mined_nonce() > transaction["nonce"]:
                    return self._last_look(hashes)
                fees, bumps = fees.raised(), bumps + 1
                bump_at = now + self._profile.stuck
                if fees.price <= MAX_GAS_PRICE:
                    hashes += self._replace(transaction, fees)
            self._node.sleep(pause)
            pause = min(_POLL_MOST, pause * 1.5)

    def _replace(self, transaction: dict[str, Any], fees: Fees) -> list[bytes]:
        try:
            return [self._transmit({**transaction, **fees.fields()})]
        except NodeError:  # it got in meanwhile, or the node keeps the first one
            return []

    def _last_look(self, hashes: list[bytes]) -> tuple[bytes, Receipt] | None:
        found = [(each, self._node.receipt(each)) for each in hashes]
        return next(((h, receipt) for h, receipt in found if receipt is not None), None)

    def _mined_nonce(self) -> int:
        address = self._account.address
        return quantity(self._node.ask("eth_getTransactionCount", address, "latest"), "nonce")

    def _explained(self, error: NodeError) -> LedgerError:
        """The contract's reason, or what to do about the node's."""
        found = refusal(error)
        if found is error and _says(error, ("insufficient funds", "insufficient balance")):
            address = self._account.address
            hint = f"send some to {address}, and do the same again"
            return LedgerError("chain: the account cannot pay for gas", hint=hint)
        return found


def _says(error: NodeError, words: tuple[str, ...]) -> bool:
    said = error.message.lower()
    return any(each in said for each in words)
