"""Hidden alternatives are proven, whichever way holds, in proofs of one length."""

from __future__ import annotations

import pytest

from tests.sigma.building import INTERFACE, KEYS, shown, signed
from tests.sigma.gates import AMOUNT, BANKS, BOUND, COUNT, PAIRS, Ways, bits, certificate, some
from tests.sigma.reckless import forge, reckless, squares
from tests.sigma.ways import gated_ways, mixed, one_list, one_of, prove, prove_with
from zkproof.bbs.generators import generators
from zkproof.sigma import composite, wire
from zkproof.sigma.clause import Secret
from zkproof.sigma.one_of import Alternative, OneOf
from zkproof.sigma.polynomial import Polynomial
from zkproof.sigma.statement import Statement


def assert_all_ways_are_proven(ways: Ways) -> None:
    for way in range(len(ways.honest)):
        proof = prove(ways, way)
        assert composite.verify(ways.statement, proof)
        assert len(proof) == wire.proof_length(ways.statement)


@pytest.mark.parametrize("k", [1, 2, 3, 5])
@pytest.mark.parametrize("status", [False, True])
def test_every_way_is_proven_in_proofs_of_one_length(k: int, status: bool) -> None:
    assert_all_ways_are_proven(gated_ways(k, status=status))


@pytest.mark.parametrize("k", [1, 2, 3, 5])
@pytest.mark.parametrize("status", [False, True])
def test_every_hidden_issuer_is_proven_in_proofs_of_one_length(k: int, status: bool) -> None:
    assert_all_ways_are_proven(one_of(k, status=status))


def test_issuers_within_a_way_two_credentials_under_one_selector_and_none_are_proven() -> None:
    ways = mixed()
    assert len(ways.honest) == 4
    assert_all_ways_are_proven(ways)


def test_absent_vector_is_zeros_and_its_point_a_constant() -> None:
    first, second = one_of(2).choices[0], gated_ways(1).choices[0]
    assert first.absent() is second.absent()
    assert first.absent().values == (0,) * COUNT
    assert INTERFACE.suite.p1 == first.absent().B


@pytest.mark.parametrize("held", [(0, 1), (0, 2), (1, 2)])
def test_two_of_three_are_proven_and_one_is_refused(held: tuple[int, int]) -> None:
    ways = gated_ways(3, needed=2)
    choices = ways.choices
    have: list[Secret] = [certificate(i) if i in held else choices[i].absent() for i in range(3)]
    selected = ways.selected(bits(3, *held))
    assert composite.verify(ways.statement, prove_with(ways, selected, have))
    have[held[1]] = choices[held[1]].absent()
    opened = {gate: some() for i, gate in enumerate(ways.gates) if i != held[0]}
    values = [AMOUNT - BOUND if i == held[0] else 0 for i in range(3)]
    forged = reckless(ways, selected | opened, have, given=squares(21_426, *values))
    assert not composite.verify(ways.statement, forged)


def test_cost_of_an_alternative_is_the_one_documented() -> None:
    """Octets: 240 a signature behind a gate, 64 gate and selector, 192 a token; 224 an issuer."""

    def length(ways: Ways) -> int:
        return wire.proof_length(ways.statement)

    inequality_octets = length(gated_ways(3)) - length(gated_ways(2)) - 240 - 64 - 32 * COUNT
    assert inequality_octets == 32 + 6 * 16
    assert length(one_of(3)) - length(one_of(2)) == 224
    assert length(one_of(3, status=True)) - length(one_of(2, status=True)) == 224 + 192


def gaps() -> tuple[Statement, OneOf]:
    """The amount is strictly inside a gap that bank 1 signed, or selector and gap are absent.

    Slots: 0 amount; 1, 2 the gap; 3 gate; 4 selector; 5 ``s*(amount - low)``.
    """
    held = signed(KEYS[0], (50,))
    over = generators(INTERFACE, 2)
    clause = OneOf((Alternative(PAIRS[1], b"gap", 3, 4),), over, (1, 2))
    wide = (0, 2**40)
    statement = Statement(
        b"",
        (shown(held, [], (0,)),),
        boxes=((1, 2**40 - 1), wide, wide, None, (0, 1), (-(2**40), 2**40)),
        inequalities=(Polynomial.build({(5, 2): 1, (5, 0): -1, (4,): -1}),),
        exact=(
            Polynomial.build({(4, 4): 1, (4,): -1}),
            Polynomial.build({(3, 4): 1}),
            Polynomial.build({(4, 0): 1, (4, 1): -1, (5,): -1}),
        ),
        clauses=(clause,),
        auxiliary=3,
    )
    return statement, clause


def test_gap_behind_a_gate_holds_or_says_nothing() -> None:
    statement, clause = gaps()
    held = signed(KEYS[0], (50,))
    inside, at_end = (signed(BANKS[1], ends, b"gap") for ends in ((40, 60), (50, 60)))
    proof = composite.prove(statement, [held], [0, 1, 10], clause_secrets=[inside])
    assert composite.verify(statement, proof)
    without = composite.prove(statement, [held], [0, 0, 0], clause_secrets=[clause.absent()])
    assert composite.verify(statement, without)
    assert len(without) == len(proof)
    nothing = [(0, 0, 0)]
    forged = forge(statement, [held], [0, 1, 0], [at_end], given=nothing)
    assert not composite.verify(statement, forged)
    forged = forge(statement, [held], [some(), 1, 50], [clause.absent()], given=nothing)
    assert not composite.verify(statement, forged)


def test_one_list_for_two_issuers_needs_one_token() -> None:
    ways = one_list()
    assert len(ways.token_gates) == 1
    assert_all_ways_are_proven(ways)
    for bank in range(2):
        honest = ways.honest[bank]
        opened = {ways.gates[1 - bank]: some(), ways.token_gates[0]: some(), ways.records[0]: 0}
        unlisted = reckless(ways, {**honest.slots, **opened}, [honest.secrets[0], None])
        assert not composite.verify(ways.statement, unlisted)
