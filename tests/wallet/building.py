"""A ledger in memory with the test world's issuers and verifier, and wallets that stand on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.presentation.building import (
    AUTHORITY,
    BANK,
    DEPOSIT,
    IDENTITY,
    INCOME,
    KEYS,
    NOW,
    OTHER_BANK,
    TAX_OFFICE,
)
from zkproof.credential.issuing import IssuerIdentity, issue, make_offer
from zkproof.issuer.registration import issuer_entry
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.ledger.ledger import Ledger
from zkproof.verifier.verifier import Verifier
from zkproof.wallet.wallet import Wallet
from zkproof_circuits import library
from zkproof_circuits.types import Value

VERIFIER_ID = "did:web:hengqin-bank.cn"

FUNDS = """
policy funds v1
purpose "account opening"
credential a: deposit-certificate from any of registry "mo-banks"
credential i: identity from "did:web:dsi.gov.mo"
same holder a, i
reveal a.currency
require a.balance >= 500_000.00 MOP
"""


class Time:
    """A clock that a test turns."""

    def __init__(self, now: int = NOW) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


class _Known:
    """A registrant from the test world."""

    def __init__(self, identity: IssuerIdentity) -> None:
        self._identity = identity

    def registration(self, ledger_id: str, *, now: int) -> tuple[str, Mapping[str, Any]]:
        key = KEYS[self._identity.issuer_id]
        admin = Ed25519Signer.generate()
        return "issuer-register", issuer_entry(
            replace(self._identity, ledger_id=ledger_id), key, admin, now=now
        )


def make_ledger(clock: Time, name: str = "ledger.test") -> Ledger:
    """An authority, a tax office and two banks, both in the registry ``mo-banks``."""
    return Ledger.in_memory(
        name,
        issuers=[_Known(each) for each in (AUTHORITY, BANK, OTHER_BANK, TAX_OFFICE)],
        registries={"mo-banks": [BANK.issuer_id, OTHER_BANK.issuer_id]},
        clock=clock,
    )


def make_verifier(ledger: Ledger, clock: Time) -> Verifier:
    return Verifier.create(VERIFIER_ID, "Hengqin Bank", ledger=ledger, clock=clock)


def give(
    wallet: Wallet,
    name: str | None = None,
    *,
    issuer: IssuerIdentity = BANK,
    schema: str = "deposit-certificate",
    **changes: Value,
) -> str:
    """A credential through the whole exchange; its name in the wallet."""
    defaults = {"deposit-certificate": DEPOSIT, "income-statement": INCOME}.get(schema, IDENTITY)
    key = KEYS[issuer.issuer_id]
    offer = make_offer(key, issuer, library.schema(schema), expires_at=NOW + 60)
    values = {**defaults, **changes}
    return wallet.receive(issue(key, offer, values, wallet.commit(offer), now=NOW), name)


def resident(clock: Time) -> Wallet:
    """A wallet with a deposit certificate over MOP 750,000 and an identity."""
    wallet = Wallet.in_memory(clock=clock)
    give(wallet)
    give(wallet, issuer=AUTHORITY, schema="identity")
    return wallet
