"""Integers that the holder chooses: proven in their box when the credential is issued, so that
inequalities may read them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.presentation.building import ALICE, BANK, KEYS, NOW, SIGNER, VERIFIER, trust_view
from zkproof.credential import committing, issuing
from zkproof.credential.credential import Credential
from zkproof.credential.issuing import Offer, accept, commit, issue, make_offer
from zkproof.curve import R
from zkproof.errors import ConflictError, IssuanceError, SchemaError, UsageError
from zkproof.presentation.presentation import present
from zkproof.presentation.report import Report
from zkproof.presentation.request import open_request
from zkproof.presentation.verify import verify
from zkproof.sigma import composite
from zkproof.sigma.clause import Opening
from zkproof.sigma.gadgets import Builder
from zkproof_circuits.schema import Schema, schema_from_mapping
from zkproof_circuits.schema_text import parse_schema
from zkproof_circuits.types import Value

SCHEMA = parse_schema("""
id = "spending-limit"
version = 1
[title]
en = "Spending limit"
pt = "Limite de despesas"
zh-Hans = "消费限额"
zh-Hant = "消費限額"
[roles]
holder = "holder"
[[attributes]]
name = "holder"
type = { kind = "link_secret" }
blind = true
label = { en = "a", pt = "a", zh-Hans = "a", zh-Hant = "a" }
[[attributes]]
name = "card"
type = { kind = "text", maximum_length = 20 }
label = { en = "card", pt = "card", zh-Hans = "card", zh-Hant = "card" }
[[attributes]]
name = "limit"
type = { kind = "int", minimum = -5, maximum = 100_000 }
blind = true
label = { en = "limit", pt = "limit", zh-Hans = "limit", zh-Hant = "limit" }
""")

POLICY = """
policy within-limit v1
purpose "test"
credential a: spending-limit from any of registry "mo-banks"
require a.limit >= {bound}
"""


def issued(limit: int) -> Credential:
    offer = make_offer(KEYS[BANK.issuer_id], BANK, SCHEMA, expires_at=NOW + 600)
    chosen: Mapping[str, Value] = {"limit": limit}
    commitment, blind = commit(offer, ALICE, chosen)
    received = issue(KEYS[BANK.issuer_id], offer, {"card": "4711"}, commitment, now=NOW)
    assert received.chosen == {}, "the issuer does not know it"
    return accept(offer, received, link_secret=ALICE, blind=blind, chosen=chosen)


def proves(credential: Credential, bound: int) -> bool:
    trust = replace(trust_view(), schemas={SCHEMA.digest: SCHEMA})
    asked = open_request(
        SIGNER,
        VERIFIER,
        POLICY.format(bound=bound),
        (SCHEMA,),
        ledger_id=trust.ledger_id,
        checkpoint=trust.checkpoint,
        now=NOW,
    )
    circuit = asked.circuit(trust.schemas)
    answer = present(asked, circuit, {"a": credential}, ALICE, trust).to_bytes()
    return isinstance(verify(asked, answer, trust, now=NOW), Report)


@pytest.mark.parametrize("limit", [-5, -1, 0, 1, 65_535, 65_536, 99_999, 100_000])
def test_chosen_integer_is_issued_unseen_and_then_compared(limit: int) -> None:
    credential = issued(limit)
    assert credential.chosen == {"limit": limit}
    assert proves(credential, limit)
    if limit < 100_000:  # above, no value of the type could satisfy it
        with pytest.raises(ConflictError):
            proves(credential, limit + 1)
    assert Credential.from_bytes(credential.to_bytes()) == credential


@pytest.mark.parametrize("limit", [-6, 100_001, True, "5"])
def test_chosen_integer_outside_its_box_is_refused_by_the_holders_side(limit: Value) -> None:
    offer = make_offer(KEYS[BANK.issuer_id], BANK, SCHEMA, expires_at=NOW + 600)
    commit(offer, ALICE, {"limit": 5})
    with pytest.raises(SchemaError, match="limit"):
        commit(offer, ALICE, {"limit": limit})
    with pytest.raises(SchemaError, match="exactly these"):
        commit(offer, ALICE)


@pytest.mark.parametrize("value", [-6, 100_001, 1 << 17, pow(4, -1, R)])
def test_issuer_refuses_what_is_outside_the_box(
    value: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A holder's program without checks of its own: one past either end, one past the bits, and the
    fraction 1/4 that inequalities alone would let pass.
    """
    offer = make_offer(KEYS[BANK.issuer_id], BANK, SCHEMA, expires_at=NOW + 600)
    monkeypatch.setattr(composite, "_check_constraints", lambda *_: None)

    def answer(value: int) -> bytes:
        statement, builder = committing._statement(SCHEMA, committing_context(offer))
        link = int.from_bytes(ALICE.export_secret(), "big")
        return composite.prove(
            statement,
            (),
            builder.auxiliary_values([link, value]),
            clause_secrets=(Opening(7, (link, value % R)),),
        )

    issue(KEYS[BANK.issuer_id], offer, {"card": "4711"}, answer(100_000), now=NOW)
    with pytest.raises(IssuanceError, match="does not hold"):
        issue(KEYS[BANK.issuer_id], offer, {"card": "4711"}, answer(value), now=NOW)


def committing_context(offer: Offer) -> bytes:
    return issuing._context(offer)


def test_commitment_for_another_offer_is_refused() -> None:
    key = KEYS[BANK.issuer_id]
    first, second = (make_offer(key, BANK, SCHEMA, expires_at=NOW + 600) for _ in range(2))
    commitment, _ = commit(first, ALICE, {"limit": 5})
    issue(key, first, {"card": "4711"}, commitment, now=NOW)
    with pytest.raises(IssuanceError, match="does not hold"):
        issue(key, second, {"card": "4711"}, commitment, now=NOW)


@settings(max_examples=30)
@given(
    low=st.integers(-(2**40), 2**40),
    width=st.integers(0, 2**20),
    offset=st.integers(-3, 2**20 + 3),
)
def test_exact_range_holds_exactly_inside(low: int, width: int, offset: int) -> None:
    builder = Builder(boxes=[None])
    builder.in_range(0, low, low + width)
    x = low + offset
    values = [x, *builder.auxiliary_values([x])]
    satisfied = not any(P.value(values) % R for P in builder.exact) and not any(
        (sum(a * values[slot] for slot, a in each.terms) - each.constant) % R
        for each in builder.linear
    )
    assert satisfied is (0 <= offset <= width)


def test_wide_ranges_are_refused() -> None:
    Builder(boxes=[None]).in_range(0, 0, 2**64 - 1)
    with pytest.raises(UsageError, match="at most 64 bits"):
        Builder(boxes=[None]).in_range(0, 0, 2**64)
    with pytest.raises(UsageError, match="ascend"):
        Builder(boxes=[None]).in_range(0, 1, 0)


def test_blind_integer_with_a_wide_box_is_no_schema() -> None:
    wide = SCHEMA.to_mapping()
    wide["attributes"][2]["type"] = {"kind": "int", "minimum": 0, "maximum": 1 << 64}  # type: ignore[index]
    with pytest.raises(SchemaError, match="at most 64 bits"):
        schema_from_mapping(wide)
    wide["attributes"][2]["type"]["maximum"] = (1 << 64) - 1  # type: ignore[index]
    assert isinstance(schema_from_mapping(wide), Schema)
