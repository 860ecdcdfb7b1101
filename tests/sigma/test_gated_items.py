"""Every public item of a clause with gates enters the transcript and the equations."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.sigma.building import INTERFACE
from tests.sigma.gates import COUNT, LIST_PAIRS, PAIRS, Ways
from tests.sigma.ways import gated_ways, mixed, one_of, prove
from zkproof.bbs.generators import generators
from zkproof.sigma import composite, wire
from zkproof.sigma.clause import Clause
from zkproof.sigma.gate import GatePair
from zkproof.sigma.gated_token import GatedToken
from zkproof.sigma.one_of import Alternative, OneOf
from zkproof.sigma.statement import Statement

FIRST, ISSUERS, MIXED = gated_ways(2, status=True), one_of(2, status=True), mixed()


def changed(ways: Ways, position: int, clause: Clause, exact: Statement | None = None) -> Statement:
    """With another clause in this place, and the exact constraints of ``exact``."""
    clauses = list(ways.statement.clauses)
    clauses[position] = clause
    constraints = (exact or ways.statement).exact
    return replace(ways.statement, clauses=tuple(clauses), exact=constraints)


def doubled(pair: GatePair) -> GatePair:
    """Another pair of the key."""
    return GatePair(pair.public_key, pair.U + pair.U, pair.U_prime + pair.U_prime)


def of_tokens() -> dict[str, Statement]:
    token = FIRST.statement.clauses[1]
    assert isinstance(token, GatedToken)
    other = {
        "ledger": replace(token, ledger_id="ledger 2"),
        "list's kind": replace(token, kind="members"),
        "list": replace(token, list_id="bank 1"),
        "version": replace(token, version=8),
        "list's key": replace(token, pair=LIST_PAIRS[4]),
        "list's pair": replace(token, pair=doubled(token.pair)),
        "element": replace(token, slot=FIRST.records[1]),
    }
    found = {what: changed(FIRST, 1, clause) for what, clause in other.items()}
    found["order"] = replace(FIRST.statement, clauses=FIRST.statement.clauses[::-1])
    return found


def of_alternatives(ways: Ways) -> dict[str, Statement]:
    """The first clause is one of two."""
    choice = ways.choices[0]
    a, b = choice.alternatives
    over = generators(replace(INTERFACE, api_id=b"ZKPROOF_OTHER_INTERFACE_"), COUNT)
    swapped = (choice.slots[0], choice.slots[2], choice.slots[1], choice.slots[3])

    def with_second(other: Alternative) -> OneOf:
        return replace(choice, alternatives=(a, other))

    other = {
        "interface": replace(choice, generators=over),
        "slots": replace(choice, slots=swapped),
        "issuers exchanged": replace(choice, alternatives=(b, a)),
        "an issuer's key": with_second(replace(b, pair=PAIRS[4])),
        "an issuer's pair": with_second(replace(b, pair=doubled(b.pair))),
        "an issuer's header": with_second(replace(b, header=b"other")),
        "keys exchanged": replace(
            choice, alternatives=(replace(a, pair=b.pair), replace(b, pair=a.pair))
        ),
    }
    return {what: changed(ways, 0, clause) for what, clause in other.items()}


CASES = {
    "tokens": (FIRST, of_tokens()),
    "issuers": (ISSUERS, of_alternatives(ISSUERS)),
    "issuers within a way": (MIXED, of_alternatives(MIXED)),
}


@pytest.mark.parametrize("kind", CASES)
def test_every_public_item_of_a_clause_with_gates_matters(kind: str) -> None:
    ways, others = CASES[kind]
    proof = prove(ways, 0)
    assert composite.verify(ways.statement, proof)
    digests = {digest(ways.statement)}
    for what, other in others.items():
        assert not composite.verify(other, proof), what
        digests.add(digest(other))
    assert len(digests) == 1 + len(others)


def digest(statement: Statement) -> bytes:
    return composite.statement_transcript(statement, wire.Blocks.of(statement)).digest()


def test_gate_and_selector_of_an_alternative_matter() -> None:
    """Changed together with the constraint that ties them, which enters the transcript as well:
    here the clause alone is looked at.
    """
    choice = ISSUERS.choices[0]
    a, b = choice.alternatives
    others = (
        replace(choice, alternatives=(replace(a, gate=b.gate), replace(b, gate=a.gate))),
        replace(
            choice, alternatives=(replace(a, selector=b.selector), replace(b, selector=a.selector))
        ),
    )
    for other in others:
        assert other.canonical() != choice.canonical()
    token = FIRST.statement.clauses[1]
    assert isinstance(token, GatedToken)
    assert replace(token, gate=FIRST.gates[0]).canonical() != token.canonical()
