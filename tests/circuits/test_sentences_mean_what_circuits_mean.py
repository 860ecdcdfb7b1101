"""Sentences about polynomials, read back word by word, are true exactly where the circuit is."""

from __future__ import annotations

from fractions import Fraction
from math import gcd

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.circuits.reading_sentences import Reader
from zkproof_circuits.circuit import (
    Circuit,
    Constraint,
    CredentialRequirement,
    Formula,
    Inequality,
    LinearZero,
    NamedIssuers,
    NotZero,
    Polynomial,
    QuadraticZero,
    Slot,
    StatedRate,
)
from zkproof_circuits.explain import explain
from zkproof_circuits.labels import LANGUAGES
from zkproof_circuits.schema_text import parse_schema

_TYPES = {
    "alpha": 'kind = "money", currency = "MOP", scale = 2, minimum = -9999, maximum = 9999',
    "beta": 'kind = "money", currency = "MOP", scale = 2, minimum = -9999, maximum = 9999',
    "gamma": 'kind = "money", currency = "HKD", scale = 2, minimum = -9999, maximum = 9999',
    "yen": 'kind = "money", currency = "JPY", scale = 0, minimum = -99, maximum = 99',
    "plain": 'kind = "int", minimum = -9, maximum = 9',
    "term": 'kind = "int", minimum = -9, maximum = 9, unit = "months"',
    "staff": 'kind = "int", minimum = -9, maximum = 9, unit = "people"',
    "lapse": 'kind = "int", minimum = -99, maximum = 99, unit = "days"',
    "share": 'kind = "int", minimum = -99, maximum = 999, unit = "percent"',
    "opened": 'kind = "date"',
    "closed": 'kind = "date"',
    "stated": 'kind = "date"',
    "early": 'kind = "timestamp"',
    "late": 'kind = "timestamp"',
}
SCHEMA = parse_schema(
    'id = "sums"\nversion = 1\ntitle = { en = "Sums" }\n'
    + "".join(
        f'[[attributes]]\nname = "{name}"\ntype = {{ {kind} }}\nlabel = {{ en = "{name}" }}\n'
        for name, kind in _TYPES.items()
    )
)
RATE = StatedRate("MOP", "HKD", Fraction("1.03"), "the bank", 20_000)
RATES = {("MOP", "HKD"): RATE.rate}
DAY = 20_782


def circuit_of(formula: Formula, *, rates: tuple[StatedRate, ...] = (RATE,)) -> Circuit:
    required = CredentialRequirement("c", SCHEMA.digest, NamedIssuers(("x",)))
    return Circuit("t", 1, "why", None, (required,), (), (Constraint(formula, ""),), rates)


def sentence_of(formula: Formula, language: str) -> str:
    (sentence,) = explain(circuit_of(formula), [SCHEMA], language).constraints
    return sentence


slots = st.sampled_from([Slot("c", name) for name in _TYPES])
monomials = st.one_of(
    st.tuples(slots), st.tuples(slots, slots).map(lambda pair: tuple(sorted(pair)))
)
factors = st.sampled_from([1, -1, 1, -1, 2, -2, 3, 100, -100, 103, -35, 86_400, -86_400])
constants = st.one_of(
    st.integers(-3, 3), st.integers(-100_000, 100_000), st.sampled_from([DAY, -DAY, 100, -9900])
)


@st.composite
def polynomials(draw: st.DrawFn) -> Polynomial:
    """Sums of a few products, some of them lengths of time as policies write them."""
    coefficients: dict[tuple[Slot, ...], int] = {}

    def add(monomial: tuple[Slot, ...], factor: int) -> None:
        key = tuple(sorted(monomial))
        coefficients[key] = coefficients.get(key, 0) + factor

    for monomial in draw(st.lists(monomials, max_size=3)):
        add(monomial, draw(factors))
    opened, closed, stated = (Slot("c", name) for name in ("opened", "closed", "stated"))
    for _ in range(draw(st.integers(0, 2))):
        factor, first, last = (
            draw(factors),
            *draw(st.sampled_from([(opened, closed), (closed, stated)])),
        )
        others = draw(st.lists(slots, max_size=1))
        add((last, *others), factor)
        add((first, *others), -factor)
    if draw(st.booleans()):  # a date moved by a hidden length of time
        add((closed,), 1)
        add((Slot("c", "lapse"),), draw(st.sampled_from([1, -1, 7])))
        if draw(st.booleans()):
            add((opened,), -1)
        else:
            add((), -DAY)
    if draw(st.booleans()):  # a percentage of an amount, beside others
        add((Slot("c", "alpha"), Slot("c", "share")), draw(st.sampled_from([1, -1, 4])))
        add((Slot("c", "alpha"),), draw(st.sampled_from([5, -30, 7, -250])))
    if draw(st.booleans()):  # (closed - opened) * (day - stated)
        for left, one in ((closed, 1), (opened, -1)):
            add((left,), one * DAY)
            add((left, stated), -one)
    add((), draw(constants))
    return Polynomial.build(coefficients)


def reduced(polynomial: Polynomial) -> Polynomial:
    """As atoms have it: no common factor of the terms with slots."""
    common = gcd(*(value for monomial, value in polynomial.terms if monomial))
    return Polynomial.build({monomial: value // common for monomial, value in polynomial.terms})


def _near(name: str) -> st.SearchStrategy[int]:
    """Values inside the type; dates close to each other, so that bounds are met."""
    if name in ("opened", "closed", "stated"):
        return st.integers(DAY - 40, DAY + 40)
    if name in ("early", "late"):
        return st.integers(DAY * 86_400 - 5, DAY * 86_400 + 5)
    return st.integers(*(SCHEMA.attribute(name).type.box or (0, 0)))


values_of_attributes = st.fixed_dictionaries({name: _near(name) for name in _TYPES})


def check(formula: Formula, values: dict[str, int], holds: bool) -> None:
    for language in LANGUAGES:
        sentence = sentence_of(formula, language)
        assert Reader(SCHEMA, language, RATES).holds(sentence, values) == holds, sentence


@given(st.data())
def test_inequalities_are_said_exactly(data: st.DataObject) -> None:
    polynomial = data.draw(polynomials())
    assume(polynomial.degree > 0)
    polynomial = reduced(polynomial)
    values = data.draw(values_of_attributes)
    value = polynomial.evaluate({Slot("c", name): each for name, each in values.items()})
    check(Inequality(polynomial), values, value >= 0)
    # At the bound itself, and one beyond.
    for shift, holds in ((-value, True), (-value - 1, False)):
        moved = Polynomial.build({**dict(polynomial.terms), (): polynomial.constant + shift})
        check(Inequality(moved), values, holds)


@given(st.data())
def test_equations_are_said_exactly(data: st.DataObject) -> None:
    polynomial = data.draw(polynomials())
    assume(polynomial.degree > 0)
    polynomial = reduced(polynomial)
    if next(value for monomial, value in polynomial.terms if monomial) < 0:
        polynomial = Polynomial.build({m: -value for m, value in polynomial.terms})
    values = data.draw(values_of_attributes)
    value = polynomial.evaluate({Slot("c", name): each for name, each in values.items()})
    equation = LinearZero if polynomial.degree == 1 else QuadraticZero
    for shift in (-value, 1 - value):
        moved = Polynomial.build({**dict(polynomial.terms), (): polynomial.constant + shift})
        check(equation(moved), values, shift == -value)
        check(NotZero(moved), values, shift != -value)


def test_reader_notices_a_wrong_unit_and_a_wrong_factor() -> None:
    values = dict.fromkeys(_TYPES, 100)
    reader = Reader(SCHEMA, "en", RATES)
    assert reader.holds("alpha × lapse is at least 100 MOP·days", values)
    assert not reader.holds("alpha × lapse is at least 101 MOP·days", values)
    with pytest.raises(Exception, match="dimensions"):
        reader.holds("alpha × lapse is at least MOP 100.00", values)
