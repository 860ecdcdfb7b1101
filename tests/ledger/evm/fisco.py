"""The documented limits of FISCO BCOS 3's web3 calls, in front of another node.

They are those of the chain's own execution (docs/ledger.md says where they were read); newer
versions can be configured to run as Ethereum does, without most of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.ledger.evm.nodes import Refuse

BLOCKS = 10
"""Of a query for events; the rest is left out without a word."""

BATCH = 8
MISSING = (
    "eth_feeHistory",
    "eth_maxPriorityFeePerGas",
    "eth_getBlockReceipts",
    "eth_getProof",
    "eth_createAccessList",
    "txpool_",
    "debug_",
    "anvil_",
    "evm_",
)


class FiscoLimits:
    """A twist for `Proxy`. ``milliseconds`` is whether blocks are dated in them."""

    def __init__(self, *, milliseconds: bool = True, chain_id: int | None = None) -> None:
        self._milliseconds = milliseconds
        self._chain_id = chain_id

    def __call__(self, method: str, params: list[Any], ask: Callable[[], Any]) -> Any:
        if method.startswith(MISSING):
            raise Refuse(-32601, "Method not found")
        if _has_null(params):
            raise Refuse(-32602, "Invalid params: null")
        if method == "eth_chainId" and self._chain_id is not None:
            return hex(self._chain_id)
        if method == "eth_gasPrice":
            return "0x0"
        if method == "eth_getLogs":
            return self._logs(params, ask)
        if method in ("eth_call", "eth_getTransactionCount", "eth_getCode", "eth_getBalance"):
            params[1:] = ["latest"]
        if method == "eth_getBlockByNumber":
            return self._block(ask())
        return ask()

    def _logs(self, params: list[Any], ask: Callable[[], Any]) -> Any:
        wanted = params[0]
        if "blockHash" not in wanted and wanted.get("toBlock", "latest").startswith("0x"):
            first = int(wanted["fromBlock"], 16)
            wanted["toBlock"] = hex(min(int(wanted["toBlock"], 16), first + BLOCKS - 1))
        elif "blockHash" not in wanted and wanted.get("fromBlock", "").startswith("0x"):
            wanted["toBlock"] = hex(int(wanted["fromBlock"], 16) + BLOCKS - 1)
        found = ask()
        first_of: dict[str, int] = {}
        for each in found:  # an event's index counts within its transaction
            index = int(each["logIndex"], 16)
            each["logIndex"] = hex(index - first_of.setdefault(each["transactionHash"], index))
        return found

    def _block(self, block: Any) -> Any:
        if not isinstance(block, dict):
            return block
        time = int(block["timestamp"], 16)
        if not self._milliseconds and time > 10**11:
            time //= 1000
        sealers = "0x" + "ab" * 512
        return {**block, "timestamp": hex(time), "extraData": sealers, "baseFeePerGas": "0x0"}


def _has_null(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_null(each) for each in value.values())
    if isinstance(value, list):
        return any(_has_null(each) for each in value)
    return value is None
