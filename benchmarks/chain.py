"""What does a ledger cost on a chain? Gas for each type of entry, and ten years of a bureau.

Entries      one of each type, with bodies of usual size, signed by two of three governors or by
             their one author; appended one by one to a contract that knows their authors
Node         py-evm in this process: an EVM after the rules of a public chain's newest fork that it
             knows. Other nodes count a little differently (other forks), so these are no promises
Ten years    a bureau that publishes three lists and a head of its receipts every day, anchors its
             log's checkpoint, replaces its key once a year, and registers ten policies

Gas is what a consortium chain bounds and a public one charges for.
"""

from __future__ import annotations

import warnings
from typing import Any

from benchmarks.progress import Step
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.ledger.bodies import TYPES
from zkproof.ledger.entries import GOVERNANCE, Entry, make_entry
from zkproof.ledger.evm import contract as registry
from zkproof.ledger.evm.contract import Item
from zkproof.ledger.evm.kinds import KINDS
from zkproof.ledger.fold import GOVERNANCE_RULES, VERIFIER_RULES
from zkproof_circuits import library

_NAME, _BANK, _DESK = "ledger.example", "did:web:bank.example", "did:web:desk.example"
_NOW, _GAS, _NOTE_OCTETS = 1_790_000_000, 8_000_000, 420
_YEARS = 10
BUREAU = {
    "list-version": 3 * 365,
    "receipt-head": 365,
    "checkpoint anchored": 365,
    "issuer-rotate-key": 1,
    "policy-register": 1,
}
"""How many of each in a year."""

_KEY = {
    "key": "2026-1",
    "public_key": bytes(96),
    "possession": bytes(80),
    "not_before": _NOW,
    "not_after": None,
}
_ISSUER, _VERIFIER, _LIST = {"issuer": _BANK}, {"verifier": _DESK}, {"list": f"{_BANK}#2026"}
_AUDITOR = {"auditor": "office", "key": "2026-1", "public_key": bytes(48), "possession": bytes(64)}
_REQUEST_KEY = {"key": "2026-1", "public_key": bytes(32)}
_SCHEMA = library.schema("deposit-certificate").to_bytes()

_BODIES: dict[str, dict[str, Any]] = {
    "governance-root": {"keys": [bytes([k]) * 32 for k in range(3)], "threshold": 2, "name": "G"},
    "governance-rotate": {"keys": [bytes([k]) * 32 for k in range(3)], "threshold": 2},
    "issuer-register": {**_ISSUER, "name": "Bank A", "admin_key": bytes(32), **_KEY},
    "issuer-replace-admin": {**_ISSUER, "admin_key": bytes(32)},
    "issuer-rotate-key": {**_KEY, "replaces": "2025-1", "replaced_not_after": _NOW},
    "issuer-revoke-key": {**_ISSUER, "key": "2026-1", "reason": "device lost"},
    "issuer-suspend": {**_ISSUER, "reason": "supervision"},
    "issuer-reinstate": _ISSUER,
    "schema-publish": {"schema": _SCHEMA},
    "registry-publish": {
        "registry": "mo-banks",
        "version": 1,
        "issuers": [f"did:web:bank-{k}.example" for k in range(20)],
    },
    "list-authority": {
        **_LIST,
        "kind": "status",
        "spread": "prefix",
        "bits_cap": 8,
        "public_key": bytes(96),
        "possession": bytes(80),
        "location": "https://lists.bank.example/2026",
    },
    "list-version": {
        **_LIST,
        "version": 365,
        "not_before": _NOW,
        "not_after": _NOW + 86_400,
        "count": 100_000,
        "root": bytes(32),
    },
    "list-revoke-key": {**_LIST, "public_key": bytes(96), "reason": "stolen"},
    "auditor-register": {**_AUDITOR, "name": "Office"},
    "auditor-rotate-key": _AUDITOR,
    "verifier-register": {**_VERIFIER, "name": "Mortgage desk", **_REQUEST_KEY},
    "verifier-rotate-key": {**_VERIFIER, **_REQUEST_KEY},
    "verifier-suspend": {**_VERIFIER, "reason": "supervision"},
    "verifier-reinstate": _VERIFIER,
    "policy-register": {
        "policy": "proof-of-funds",
        "version": 1,
        "circuit": bytes(32),
        "text": "require a.balance >= 500_000.00 MOP\n" * 20,
    },
    "scope-register": {
        "scope": "governance#pledge",
        "form": "tag",
        "unit": None,
        "slots": ["link", "account_hash"],
        "since": 20_000,
        "purpose": "one pledge for each deposit",
        "members": [_DESK],
    },
    "receipt-head": {"size": 1_000_000, "head": bytes(32)},
    "document-anchor": {"sha256": bytes(32), "sm3": bytes(32)},
    "document-revoke": {"sha256": bytes(32)},
}
_FIRST = ("governance-root", "issuer-register", "verifier-register")


class Chain:
    """A contract in this process."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the EVM's own dependencies
            from eth_tester import EthereumTester, PyEVMBackend

            self._evm = EthereumTester(PyEVMBackend())
        self._account = self._evm.get_accounts()[0]
        made = self._send(registry.deployment(), None)
        self.deployed, self._address, self._count = made["gas_used"], made["contract_address"], 0

    def append(self, *entries: Entry) -> int:
        """Gas of one transaction."""
        data = registry.append_call(self._count, [Item.of(each) for each in entries])
        self._count += len(entries)
        return int(self._send(data, self._address)["gas_used"])

    def anchor(self, size: int) -> int:
        """Gas of a log's checkpoint."""
        data = registry.call("anchor", registry.name_hash(_NAME), size, bytes(_NOTE_OCTETS))
        return int(self._send(data, self._address)["gas_used"])

    def _send(self, data: bytes, to: str | None) -> Any:
        call = {"from": self._account, "data": "0x" + data.hex(), "gas": _GAS}
        call |= {"gas_price": 10**10} | ({"to": to} if to else {})
        receipt = self._evm.get_transaction_receipt(self._evm.send_transaction(call))
        if receipt["status"] != 1:
            raise RuntimeError("the contract refused what this benchmark sent")
        return receipt


def measure(quick: bool, step: Step) -> dict[str, Any]:
    """Octets and gas by type; the bureau's years."""
    step("chain: gas for each type of entry")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _measured()


def _measured() -> dict[str, Any]:
    signers = [Ed25519Signer.generate() for _ in range(2)]
    chain, rows = Chain(), []
    for kind in (*_FIRST, *(each for each in TYPES if each not in _FIRST)):
        entry = _entry(kind, signers)
        rows.append({"type": kind, "octets": len(entry.to_bytes()), "gas": chain.append(entry)})
    rows.sort(key=lambda row: KINDS[str(row["type"])])
    chain.anchor(1)
    rows.append({"type": "checkpoint anchored", "octets": _NOTE_OCTETS, "gas": chain.anchor(2)})
    batch = [_entry("document-anchor", signers) for _ in range(100)]
    of_batch = chain.append(*batch) / len(batch)
    gas = {str(row["type"]): int(row["gas"]) for row in rows}  # type: ignore[call-overload]
    years = _YEARS * sum(count * gas[kind] for kind, count in BUREAU.items())
    return {
        "rows": rows,
        "deployed": chain.deployed,
        "document_in_batch": round(of_batch),
        "years": _YEARS,
        "bureau": {**BUREAU},
        "bureau_gas": years,
    }


def _entry(kind: str, signers: list[Ed25519Signer]) -> Entry:
    author = GOVERNANCE
    if kind not in (*GOVERNANCE_RULES, "governance-root"):
        author = _DESK if kind in VERIFIER_RULES else _BANK
    by = signers if author == GOVERNANCE else signers[:1]
    return make_entry(_NAME, kind, author, _BODIES[kind], *by, now=_NOW)
