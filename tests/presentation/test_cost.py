"""The estimate of a policy's cost is the cost of its presentation."""

from __future__ import annotations

import pytest

from tests.presentation.building import ALICE, TODAY, deposit, identity, request
from tests.presentation.publishing import (
    AUDITOR,
    BANK_STATUS,
    IDENTITY_STATUS,
    gaps,
    published,
    tokens,
    version_of,
)
from zkproof.errors import NotFoundError
from zkproof.presentation.cost import estimate
from zkproof.presentation.presentation import present
from zkproof.trust import ListKind, Spread
from zkproof_circuits import library
from zkproof_circuits.policy import compile_policy

HEAD = """
policy cost v1
purpose "test"
credential a: deposit-certificate from "did:web:bank-a.mo"
credential i: identity from "did:web:dsi.gov.mo"
same holder a, i
"""
STATUS = version_of(BANK_STATUS, ListKind.STATUS)
IDENTITIES = version_of(IDENTITY_STATUS, ListKind.STATUS)


@pytest.mark.parametrize(
    "statements",
    [
        "",
        "reveal a.currency, i.residency\nrequire i.residency in {MO, HK}",
        "require a.balance >= 500_000.00 MOP",
        "require a.balance between 1.00 MOP and 900_000.00 MOP or a.residency = HK",
        "require i.residency in {MO, HK, CN, PT, JP}",
        "require not revoked a, i",
        'pseudonym for scope "x"',
        f'encrypt i.rid to "{AUDITOR}"',
    ],
)
def test_octets_of_the_estimate_are_those_of_the_proof(statements: str) -> None:
    asked = request(HEAD + statements + "\n")
    trust = published(STATUS, IDENTITIES)
    circuit = asked.circuit(trust.schemas)
    list_proofs = [*tokens(STATUS, [4711]), *tokens(IDENTITIES, [815])]
    credentials = {"a": deposit(), "i": identity()}
    made = present(asked, circuit, credentials, ALICE, trust, list_proofs=list_proofs)
    cost = estimate(circuit, trust.schemas.values(), today=TODAY, standing=ListKind.STATUS)
    assert cost.proof_octets == len(made.proof)
    assert abs(cost.presentation_octets - len(made.to_bytes())) < 60
    assert 0 < cost.verify_ms < 1000
    assert 0 < cost.prove_ms < 1000


@pytest.mark.parametrize("name", library.policy_names())
def test_every_packaged_policy_has_an_estimate(name: str) -> None:
    circuit = compile_policy(library.policy_text(name), library.all_schemas(), today=TODAY)
    cost = estimate(circuit, library.all_schemas(), today=TODAY)
    assert cost.proof_octets < cost.presentation_octets < 1 << 15
    with pytest.raises(NotFoundError, match="schema is not known"):
        estimate(circuit, (), today=TODAY)


def test_octets_of_good_standing_by_gaps() -> None:
    asked = request(HEAD + "require not revoked a, i\n")
    by_gaps = [
        version_of(list_id, ListKind.GAPS, spread=Spread.PREFIX)
        for list_id in (BANK_STATUS, IDENTITY_STATUS)
    ]
    trust = published(*by_gaps)
    circuit = asked.circuit(trust.schemas)
    held = [each for version in by_gaps for each in gaps(version, [1000])]
    credentials = {"a": deposit(), "i": identity()}
    made = present(asked, circuit, credentials, ALICE, trust, list_proofs=held)
    cost = estimate(circuit, trust.schemas.values(), today=TODAY)
    assert cost.proof_octets == len(made.proof)
    tokens_only = estimate(circuit, trust.schemas.values(), today=TODAY, standing=ListKind.STATUS)
    assert tokens_only.proof_octets < cost.proof_octets
