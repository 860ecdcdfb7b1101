"""Choosing certificates: it finds what exists, says what misses, knows when it stopped."""

from __future__ import annotations

import random

import pytest

from tests.presentation.building import ALICE, CHECKPOINT, NOW, TODAY, deposit, trust_view
from zkproof.credential.credential import Credential
from zkproof.presentation.publications import HeldListProofs
from zkproof.wallet import choosing
from zkproof.wallet.candidates import Search
from zkproof.wallet.choosing import Chosen, choose
from zkproof.wallet.reasons import Reason, ReasonCode
from zkproof_circuits import library
from zkproof_circuits.policy import compile_policy

TEMPLATE = """
policy several-accounts v1
purpose "proof of funds"
{credentials}
same holder {aliases}
require distinct {accounts}
require {balances} >= {threshold} MOP
"""


def search(count: int, threshold: str, balances: list[int]) -> Search:
    """So many accounts asked for, with that sum; these in the wallet, in whole patacas."""
    aliases = "abcdefgh"[:count]
    policy = TEMPLATE.format(
        credentials="\n".join(
            f'credential {a}: deposit-certificate from any of registry "mo-banks"' for a in aliases
        ),
        aliases=", ".join(aliases),
        accounts=", ".join(f"{a}.account_hash" for a in aliases),
        balances=" + ".join(f"{a}.balance" for a in aliases),
        threshold=threshold,
    )
    circuit = compile_policy(policy, library.all_schemas(), today=TODAY)
    held: dict[str, Credential] = {}
    template = deposit(ALICE)
    for number, balance in enumerate(balances):
        values = {
            **template.values,
            "balance": balance * 100,
            "account_hash": number.to_bytes(32, "big"),
            "rid": number + 1,
        }
        held[f"n{number}"] = Credential(
            template.schema,
            template.ledger_id,
            template.issuer_id,
            template.issuer_name,
            template.key_id,
            template.public_key,
            values,
            {},
            template.blind,
            template.signature,
        )
    known = {name: {**each.known, "holder": b"one"} for name, each in held.items()}
    return Search(circuit, held, known, trust_view(), TODAY, NOW, CHECKPOINT, HeldListProofs([]))


def names(found: object) -> list[str]:
    assert isinstance(found, tuple)
    assert isinstance(found[0], Chosen), found
    return sorted(found[0].names.values())


def reasons(found: object) -> list[Reason]:
    assert isinstance(found, tuple)
    assert all(isinstance(each, Reason) for each in found)
    return list(found)


def test_two_accounts_that_suffice_are_chosen() -> None:
    assert names(choose(search(2, "1_000_000.00", [600_000, 400_000]))) == ["n0", "n1"]


def test_who_has_two_accounts_hears_of_their_sum_not_of_counting_one_twice() -> None:
    (reason,) = reasons(choose(search(2, "1_000_000.00", [600_000, 399_999])))
    assert reason.code is ReasonCode.REQUIREMENT_NOT_MET
    assert "a.balance + b.balance" in (reason.requirement or "")
    assert reason.missing is not None
    assert reason.missing.text("en") == "MOP 1.00"
    assert "600" not in str(reason)
    assert "399" not in str(reason)


def test_the_one_combination_among_hundreds_is_found() -> None:
    drawn = random.Random(7)
    balances = [drawn.randrange(1, 1000) for _ in range(297)] + [400_000, 300_000, 300_000]
    drawn.shuffle(balances)
    chosen = names(choose(search(3, "1_000_000.00", balances)))
    found = sorted(balances[int(name[1:])] for name in chosen)
    assert found == [300_000, 300_000, 400_000]


def test_hundreds_that_do_not_suffice_are_told_what_the_best_of_them_miss() -> None:
    balances = list(range(1, 301))
    (reason,) = reasons(choose(search(3, "1_000.00", balances)))
    assert reason.code is ReasonCode.REQUIREMENT_NOT_MET


def test_search_that_stopped_does_not_say_that_nothing_fits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    balances = [600_000, 400_000, 1, 2, 3]
    assert names(choose(search(2, "1_000_000.00", balances))) == ["n0", "n1"]
    monkeypatch.setattr(choosing, "MAX_STEPS", 1)
    (reason,) = reasons(choose(search(2, "1_000_000.00", balances)))
    assert reason.code is ReasonCode.SEARCH_STOPPED
