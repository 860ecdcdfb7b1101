"""Statements whose gates could not do their work are refused, and provers that do not fit them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.sigma.building import linear
from tests.sigma.gates import RECORD, certificate, identity
from tests.sigma.reckless import reckless
from tests.sigma.ways import gated_ways, mixed, one_list, one_of, prove, prove_with
from zkproof.errors import ConflictError, UsageError
from zkproof.sigma import composite
from zkproof.sigma.gated_token import GatedToken
from zkproof.sigma.one_of import OneOf
from zkproof.sigma.polynomial import Polynomial
from zkproof.sigma.pseudonym import Pseudonym
from zkproof.sigma.statement import Statement


def gated(clause: OneOf, *, gate: int | None = None, selector: int | None = None) -> OneOf:
    """A clause of one alternative with another gate or selector."""
    (a,) = clause.alternatives
    gate, selector = a.gate if gate is None else gate, a.selector if selector is None else selector
    return replace(clause, alternatives=(replace(a, gate=gate, selector=selector),))


def without(statement: Statement, polynomial: Polynomial) -> tuple[Polynomial, ...]:
    assert polynomial in statement.exact
    return tuple(P for P in statement.exact if polynomial != P)


def test_statement_whose_gate_cannot_do_its_work_is_refused() -> None:
    statement = gated_ways(2).statement
    a, b = statement.clauses
    assert isinstance(a, OneOf)
    assert isinstance(b, OneOf)
    (w,), (s,), (other,) = a.gates, a.selectors, b.selectors
    closing = Polynomial.build({(s, w): 1})
    rest = without(statement, closing)

    with pytest.raises(UsageError, match="two clauses share one"):
        replace(statement, clauses=(a, gated(b, gate=w)))
    with pytest.raises(UsageError, match="gates: auxiliary slots only"):
        replace(statement, clauses=(gated(a, gate=0), b))
    with pytest.raises(UsageError, match="gates: one that no exact constraint closes"):
        replace(statement, exact=rest)
    with pytest.raises(UsageError, match="its own selector does not close"):
        replace(statement, clauses=(gated(a, selector=other), b))
    with pytest.raises(UsageError, match="its own selector does not close"):
        replace(statement, exact=(*rest, Polynomial.build({(s, w): 1, (other, w): 1})))
    with pytest.raises(UsageError, match="its own selector does not close"):
        replace(statement, exact=(*statement.exact, closing))
    bit = Polynomial.build({(s, s): 1, (s,): -1})
    no_bits: list[dict[tuple[int, ...], int]] = [
        {(s, s): 1},
        {(s, s): 1, (s,): -2},
        {(s, s): 2, (s,): -1},
        {(s, s): 1, (s,): -1, (): -6},
        {(s, s): 1, (s,): -1, (other,): 1},
        {(s, other): 1, (s,): -1},
    ]
    for terms in no_bits:
        with pytest.raises(UsageError, match="closed by something that is no bit"):
            replace(statement, exact=(*without(statement, bit), Polynomial.build(terms)))
    wrong: list[dict[tuple[int, ...], int]] = [
        {(s, w): 2},
        {(s, w): 1, (w,): 1},
        {(s, w): 1, (): 1},
        {(s, w): 1, (s, other): 1},
        {(s, w): 1, (w, w): 1},
        {(w, w): 1},
    ]
    for terms in wrong:
        with pytest.raises(UsageError, match="read by nothing but what closes them"):
            replace(statement, exact=(*rest, Polynomial.build(terms)))
    with pytest.raises(UsageError, match="read by nothing but what closes them"):
        replace(statement, linear=(*statement.linear, linear({0: 1, w: -1}, 0)))
    with pytest.raises(UsageError, match="read by nothing but what closes them"):
        replace(statement, inequalities=(*statement.inequalities, Polynomial.build({(w,): 1})))
    with pytest.raises(UsageError, match="read by nothing but what closes them"):
        replace(statement, clauses=(a, b, Pseudonym("scope", w)))
    with pytest.raises(UsageError, match="read by nothing but what closes them"):
        replace(statement, clauses=(a, gated(b, selector=w)))


def test_statement_whose_selectors_may_be_two_is_refused() -> None:
    statement = one_of(2).statement
    with pytest.raises(UsageError, match="their sum is not said to be one"):
        replace(statement, linear=())
    choice = statement.clauses[0]
    assert isinstance(choice, OneOf)
    two = linear(dict.fromkeys(choice.selectors, 1), 2)
    with pytest.raises(UsageError, match="their sum is not said to be one"):
        replace(statement, linear=(two,))
    within = mixed().statement
    assert len(within.linear) == 2
    for i in range(2):
        kept = (within.linear[i],)
        if i == 0:  # the issuers sum to the way's bit; how many ways hold is another matter
            replace(within, linear=kept)
        else:
            with pytest.raises(UsageError, match="their sum is not said to be one"):
                replace(within, linear=kept)


def test_selector_that_is_signed_is_refused() -> None:
    statement = gated_ways(1).statement
    (a,) = statement.clauses
    assert isinstance(a, OneOf)
    (w,) = a.gates
    signed = 2
    exact = (
        *without(statement, Polynomial.build({(w, a.selectors[0]): 1})),
        Polynomial.build({(signed, signed): 1, (signed,): -1}),
        Polynomial.build({(signed, w): 1}),
    )
    with pytest.raises(UsageError, match="selectors: auxiliary slots only"):
        replace(statement, clauses=(gated(a, selector=signed),), exact=exact)


def test_token_whose_gate_cannot_do_its_work_is_refused() -> None:
    statement = one_list().statement
    choice, standing = statement.clauses
    assert isinstance(choice, OneOf)
    assert isinstance(standing, GatedToken)
    closing = Polynomial.build({(s, standing.gate): 1 for s in choice.selectors})
    with pytest.raises(UsageError, match="gates: one that no exact constraint closes"):
        replace(statement, exact=without(statement, closing))
    one_minus = Polynomial.build({(standing.gate,): 1, (choice.selectors[0], standing.gate): -1})
    with pytest.raises(UsageError, match="read by nothing but what closes them"):
        replace(statement, exact=(*without(statement, closing), one_minus))
    with pytest.raises(UsageError, match="element and gate are two slots"):
        replace(standing, slot=standing.gate)


def test_clause_that_makes_no_sense_is_refused() -> None:
    choice = one_of(2).choices[0]
    x, y = choice.alternatives
    for wrong, match in (
        ((), "no alternative"),
        ((x, replace(y, pair=x.pair)), "the same key and header twice"),
        ((x, replace(y, selector=x.selector)), "share a selector"),
    ):
        with pytest.raises(UsageError, match=match):
            replace(choice, alternatives=wrong)
    with pytest.raises(UsageError, match="a slot for each message"):
        replace(choice, slots=choice.slots[1:])


def test_prover_whose_secret_does_not_fit_is_told_so() -> None:
    ways = gated_ways(2)
    slots, have = ways.honest[0].slots, list(ways.honest[0].secrets)
    assert composite.verify(ways.statement, prove(ways, 0))
    absent = ways.choices[0].absent()
    with pytest.raises(UsageError, match="by none of the listed keys"):
        prove_with(ways, slots, [certificate(3), have[1]])
    with pytest.raises(UsageError, match="a signature or the vector in its place"):
        prove_with(ways, slots, [None, have[1]])
    with pytest.raises(UsageError, match="not as many values"):
        prove_with(ways, slots, [identity(), have[1]])
    with pytest.raises(UsageError, match="drawn here"):
        prove_with(ways, {**slots, ways.gates[1]: 5}, have)
    with pytest.raises(ConflictError, match="no signature where one is selected"):
        prove_with(ways, ways.selected([0, 1]), have)
    with pytest.raises(ConflictError, match="no signature where one is selected"):
        prove_with(ways, slots, [absent, have[1]])
    with pytest.raises(UsageError, match="closed without one"):
        reckless(ways, slots, have)
    issuers = one_of(2)
    assert composite.verify(issuers.statement, prove(issuers, 0))
    with pytest.raises(ConflictError, match="no signature where one is selected"):
        prove_with(issuers, issuers.selected([0, 1]), issuers.honest[0].secrets)


def test_prover_whose_token_does_not_fit_is_told_so() -> None:
    ways = gated_ways(2, status=True)
    slots, have = ways.honest[0].slots, list(ways.honest[0].secrets)
    assert composite.verify(ways.statement, prove(ways, 0))
    with pytest.raises(UsageError, match="without a token its slot is zero"):
        prove_with(ways, {**slots, ways.records[1]: RECORD}, have)
    with pytest.raises(ConflictError, match="the constraint does not hold"):
        prove_with(ways, {**slots, ways.records[0]: 0}, [have[0], None, *have[2:]])
    with pytest.raises(UsageError, match="not as many values"):
        prove_with(ways, slots, [have[0], have[0], *have[2:]])
