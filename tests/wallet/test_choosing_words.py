"""What a wallet says when nothing fits: about the combination that comes nearest."""

from __future__ import annotations

from tests.presentation.building import ALICE, TODAY, deposit, trust_view
from zkproof.errors import WalletError
from zkproof.wallet.choosing import choose
from zkproof_circuits import library
from zkproof_circuits.policy import compile_policy

POLICY = """
policy two-accounts v1
purpose "proof of funds"
credential a: deposit-certificate from any of registry "mo-banks"
credential b: deposit-certificate from any of registry "mo-banks"
same holder a, b
require distinct a.account_hash, b.account_hash
require a.balance + b.balance >= 1_000_000.00 MOP
"""


def said(first: int, second: int) -> str:
    """What comes of two accounts with so much on them."""
    circuit = compile_policy(POLICY, library.all_schemas(), today=TODAY)
    held = {
        "one": deposit(ALICE, balance=first * 100, account_hash=b"\x01", rid=1),
        "two": deposit(ALICE, balance=second * 100, account_hash=b"\x02", rid=2),
    }
    registries = trust_view().registries
    try:
        names = choose(circuit, held, ALICE, today=TODAY, registries=registries).names
    except WalletError as error:
        return error.message
    return ", ".join(sorted(names.values()))


def test_two_accounts_that_suffice_are_chosen() -> None:
    assert said(600_000, 400_000) == "one, two"


def test_who_has_two_accounts_hears_of_their_sum_not_of_counting_one_twice() -> None:
    message = said(600_000, 399_999)
    assert "a.balance + b.balance" in message
    assert "distinct" not in message


def test_reason_names_no_values() -> None:
    message = said(600_000, 399_999)
    assert "600" not in message
    assert "399" not in message
