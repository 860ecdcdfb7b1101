"""Circuits: canonical objects, strict bytes, a digest over the meaning and nothing else."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from tests.circuits.building import HEAD, analyse
from zkproof import codec
from zkproof.errors import DecodeError, UsageError
from zkproof_circuits.circuit import (
    And,
    AtLeast,
    Circuit,
    Encrypt,
    Equal,
    Formula,
    Inequality,
    LinearZero,
    Member,
    NamedIssuers,
    NotRevoked,
    NotZero,
    Or,
    Polynomial,
    PseudonymFor,
    RegistryIssuers,
    Retention,
    Slot,
    StatedRate,
    at_least,
    conjunction,
    disjunction,
)

ONES, TWOS = "01" * 32, "02" * 32
FULL = f"""
retention 5 years
rate MOP per HKD = 1.03 source "x" at 2026-01-01
reveal p.word, q.country
require p.mop + p.hkd >= 3.00 MOP
require p.m * q.n != 12
require p.m * q.m = 4
require p.m in {{1, -2}} or p.colour in {{"red", "blue"}} and q.octets != "0a"
require p.sha not in {{"{ONES}", "{TWOS}"}}
require at least 2 of (p.flag, q.flag, p.m = 1)
require score {{20 if p.flag, -5 if q.m = 2}} >= 15
require if p.flag then p.months >= 12
require distinct p.octets, q.octets
require not revoked p, q
pseudonym for scope "s"
encrypt p.rid to "auditor"
"""
CIRCUIT = analyse(FULL).circuit

A, B, C = Slot("p", "a"), Slot("p", "b"), Slot("q", "a")


def at_least_one(slot: Slot) -> Inequality:
    return Inequality(Polynomial.build({(slot,): 1, (): -1}))


def test_circuit_with_everything_is_read_back() -> None:
    read = Circuit.from_bytes(CIRCUIT.to_bytes())
    assert read == CIRCUIT
    assert read.digest == CIRCUIT.digest


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (HEAD + FULL.replace("require", "# why\n  require"), True),
        (HEAD + FULL.replace("p.m in {1, -2}", "p.m in {-2, 1}"), True),
        (HEAD + FULL.replace("p.word, q.country", "q.country, p.word"), True),
        (HEAD + FULL.replace("at least 2 of (p.flag, q", "at least 2 of (p.flag = true, q"), True),
        (HEAD + FULL.replace("p.m * q.m = 4", "4 = q.m * p.m"), True),
        (HEAD + FULL.replace(">= 3.00 MOP", "- 1 MOP >= 2.00 MOP"), True),
        (HEAD.replace("same holder p, q", "same holder q, p") + FULL, True),
        (HEAD + FULL.replace(">= 3.00 MOP", "> 2.99 MOP"), False),
        (HEAD + FULL.replace("{1, -2}", "{1, -3}"), False),
        (HEAD + FULL.replace("20 if p.flag, -5 if q.m = 2", "-5 if q.m = 2, 20 if p.flag"), True),
        (HEAD + FULL.replace("20 if p.flag", "21 if p.flag"), False),
        (HEAD + FULL.replace("2} >= 15", "2} >= 14"), False),
        (HEAD + FULL.replace("if p.flag then", "if q.flag then"), False),
        (HEAD + FULL.replace("5 years", "6 years"), False),
        (HEAD + FULL.replace('source "x"', 'source "y"'), False),
        (HEAD + FULL.replace("at 2026-01-01", "at 2026-01-02"), False),
        (HEAD + FULL.replace('scope "s"', 'scope "t"'), False),
        (HEAD + FULL.replace('to "auditor"', 'to "auditors"'), False),
        (HEAD + FULL.replace("reveal p.word, ", "reveal "), False),
        (HEAD.replace("probe v1", "probe v2") + FULL, False),
        (HEAD.replace('"test"', '"tests"') + FULL, False),
        (HEAD.replace('from "issuer"', 'from "other"', 1) + FULL, False),
        (HEAD.replace('from "issuer"', 'from any of registry "issuer"', 1) + FULL, False),
    ],
)
def test_digest_changes_with_the_meaning_only(text: str, same: bool) -> None:
    circuit = analyse(text, head="").circuit
    assert (circuit.digest == CIRCUIT.digest) == same


def test_digest_does_not_cover_the_texts_of_constraints() -> None:
    first = CIRCUIT.constraints[0]
    renamed = dataclasses.replace(first, source="something else")
    other = dataclasses.replace(CIRCUIT, constraints=(renamed, *CIRCUIT.constraints[1:]))
    assert other.digest == CIRCUIT.digest
    assert other.to_bytes() != CIRCUIT.to_bytes()


def test_order_of_constraints_is_kept() -> None:
    swapped = dataclasses.replace(CIRCUIT, constraints=CIRCUIT.constraints[::-1])
    assert swapped.digest != CIRCUIT.digest
    assert Circuit.from_bytes(swapped.to_bytes()) == swapped


def test_parts_of_conjunctions_are_listed_one_by_one() -> None:
    wholes = [constraint.formula for constraint in CIRCUIT.constraints]
    assert sum(isinstance(each, NotRevoked) for each in CIRCUIT.formulas) == 2
    assert not any(isinstance(each, And) for each in CIRCUIT.formulas)
    assert any(isinstance(each, And) for each in wholes)


@pytest.mark.parametrize(
    ("accepted", "refused"),
    [
        (lambda: Equal(A, C), lambda: Equal(C, A)),
        (lambda: Equal(A, C), lambda: Equal(A, A)),
        (lambda: Member(A, (1, 2)), lambda: Member(A, (2, 1))),
        (lambda: Member(A, (1, 2)), lambda: Member(A, (1, 1))),
        (lambda: Member(A, (1, 2)), lambda: Member(A, (1, "2"))),
        (lambda: Member(A, (1,)), lambda: Member(A, (True,))),
        (lambda: Member(A, (1,)), lambda: Member(A, ())),
        (lambda: Member(A, tuple(range(1000))), lambda: Member(A, tuple(range(1001)))),
        (lambda: LinearZero(poly(1, 2)), lambda: LinearZero(poly(2, 4))),
        (lambda: LinearZero(poly(1, -2)), lambda: LinearZero(poly(-1, 2))),
        (lambda: LinearZero(poly(1, 2)), lambda: LinearZero(Polynomial.build({(A, A): 1}))),
        (lambda: NotZero(poly(1, 2)), lambda: NotZero(Polynomial.build({(): 1}))),
        (lambda: Inequality(poly(-1, 2)), lambda: Inequality(poly(-2, 2))),
        (lambda: Or((low(), high())), lambda: Or((high(), low()))),
        (lambda: Or((low(), high())), lambda: Or((low(), low()))),
        (lambda: Or((low(), high())), lambda: Or((low(),))),
        (lambda: And((low(), high())), lambda: And((And((low(), high())),))),
        (lambda: AtLeast(2, three()), lambda: AtLeast(1, three())),
        (lambda: AtLeast(2, three()), lambda: AtLeast(3, three())),
        (lambda: PseudonymFor("s", (A,)), lambda: PseudonymFor("", (A,))),
        (lambda: PseudonymFor("s", (A,)), lambda: PseudonymFor("s\n", (A,))),
        (lambda: Slot("p", "a"), lambda: Slot("P", "a")),
        (lambda: Slot("p", "a"), lambda: Slot("p", "a.b")),
        (lambda: Polynomial((((A,), 1),)), lambda: Polynomial((((A,), 0),))),
        (lambda: Polynomial((((A,), 1),)), lambda: Polynomial((((A, A, A), 1),))),
        (lambda: Polynomial((((A, B), 1),)), lambda: Polynomial((((B, A), 1),))),
        (
            lambda: Polynomial((((A,), 1), ((B,), 1))),
            lambda: Polynomial((((B,), 1), ((A,), 1))),
        ),
        (
            lambda: Polynomial((((A,), 2**256 - 1),)),
            lambda: Polynomial((((A,), 2**256),)),
        ),
        (lambda: NamedIssuers(("a", "b")), lambda: NamedIssuers(("b", "a"))),
        (lambda: NamedIssuers(("a",)), lambda: NamedIssuers(())),
        (lambda: RegistryIssuers("a"), lambda: RegistryIssuers("")),
        (lambda: Retention(5, "year"), lambda: Retention(-5, "year")),
        (lambda: rate(Fraction(1)), lambda: rate(Fraction(0))),
    ],
)
def test_object_that_is_not_canonical_is_refused(
    accepted: Callable[[], object], refused: Callable[[], object]
) -> None:
    accepted()
    with pytest.raises(UsageError):
        refused()


def poly(first: int, second: int) -> Polynomial:
    return Polynomial.build({(A,): first, (B,): second})


def low() -> Formula:
    return min((at_least_one(A), at_least_one(B)), key=str)


def high() -> Formula:
    return max((at_least_one(A), at_least_one(B)), key=str)


def three() -> tuple[Formula, ...]:
    formula = at_least(2, [at_least_one(A), at_least_one(B), at_least_one(C)])
    assert isinstance(formula, AtLeast)
    return formula.parts


def rate(value: Fraction) -> StatedRate:
    return StatedRate("MOP", "HKD", value, "x", 0)


def test_connectives_are_built_in_one_order_without_repetition() -> None:
    parts = [at_least_one(slot) for slot in (C, A, B)]
    for build in (conjunction, disjunction):
        formula = build(parts)
        assert formula == build(reversed(parts))
        assert formula == build([*parts, parts[0]])
        assert formula == build([build(parts[:2]), parts[2]])
        assert build(parts[:1]) == parts[0]


def test_count_that_is_a_plain_connective_becomes_one() -> None:
    parts = [at_least_one(slot) for slot in (C, A, B)]
    assert at_least(1, parts) == disjunction(parts)
    assert at_least(3, parts) == conjunction(parts)
    assert isinstance(at_least(2, parts), AtLeast)
    with pytest.raises(UsageError, match="count twice"):
        at_least(2, [*parts, parts[0]])
    with pytest.raises(UsageError):
        at_least(4, parts)


def test_what_shows_a_point_stands_in_no_alternative() -> None:
    disjunction([NotRevoked("p"), at_least_one(A)])
    for visible in (PseudonymFor("s", (A,)), Encrypt(A, "auditor")):
        conjunction([visible, at_least_one(A)])
        with pytest.raises(UsageError, match="no pseudonym, tag or ciphertext"):
            disjunction([visible, at_least_one(A)])


def test_formula_nested_without_end_is_refused() -> None:
    def nested(depth: int) -> Formula:
        formula: Formula = at_least_one(A)
        for number in range(depth):
            other = at_least_one(Slot("p", f"x{number}"))
            formula = (disjunction if number % 2 else conjunction)([formula, other])
        return formula

    nested(8)
    with pytest.raises(UsageError, match="nested deeper"):
        nested(9)


def decoded() -> Any:
    return codec.decode(CIRCUIT.to_bytes(), field="circuit")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((0,), []),
        ((1,), []),
        ((1, 0), 5),
        ((0, "name"), "Probe"),
        ((0, "name"), 5),
        ((0, "version"), 0),
        ((0, "version"), True),
        ((0, "purpose"), ""),
        ((0, "purpose"), "a\nb"),
        ((0, "retention"), [5, "decade"]),
        ((0, "retention"), [True, "day"]),
        ((0, "retention"), [5]),
        ((0, "credentials"), []),
        ((0, "credentials", 0, 0), "q"),
        ((0, "credentials", 0, 0), "r"),
        ((0, "credentials", 0, 1), b"short"),
        ((0, "credentials", 0, 2), "anyone"),
        ((0, "credentials", 0, 3), []),
        ((0, "credentials", 0, 3), ["b", "a"]),
        ((0, "credentials", 0, 3), [5]),
        ((0, "revealed"), ["q.country", "p.word"]),
        ((0, "revealed"), ["p.word", "p.word"]),
        ((0, "revealed"), ["r.word"]),
        ((0, "revealed"), ["word"]),
        ((0, "revealed"), [5]),
        ((0, "constraints", 0), []),
        ((0, "constraints", 0), [["equal", "p.holder"]]),
        ((0, "constraints", 0), [["equal", "q.holder", "p.holder"]]),
        ((0, "constraints", 0), [["equal", "p.holder", "r.holder"]]),
        ((0, "constraints", 0), [["unequal", "p.holder", "q.holder"]]),
        ((0, "constraints", 0), [["not-revoked", "p"], ["not-revoked", "q"]]),
        ((0, "constraints", 0), [["not-revoked", "q"], ["not-revoked", "p"], ["and", 2]]),
        (
            (0, "constraints", 0),
            [["encrypt", "p.n", "o"], ["not-revoked", "q"], ["or", 2]],
        ),
        ((0, "constraints", 0), [["not-revoked", "p"], ["and", 1]]),
        ((0, "constraints", 0), [["not-revoked", "p"], ["and", 2]]),
        ((0, "constraints", 0), [["not-revoked", "p"], ["not-revoked", "q"], ["and", True]]),
        ((0, "constraints", 0), [["inequality", [["1", "p.m"], ["0"]]]]),
        ((0, "constraints", 0), [["inequality", [["01", "p.m"]]]]),
        ((0, "constraints", 0), [["inequality", [[1, "p.m"]]]]),
        ((0, "constraints", 0), [["inequality", [["2", "p.m"]]]]),
        ((0, "constraints", 0), [["inequality", [["1", "p.m", "p.m", "p.m"]]]]),
        ((0, "constraints", 0), [["inequality", "p.m"]]),
        ((0, "constraints", 0), [["member", "p.m", "int", [1, 2]]]),
        ((0, "constraints", 0), [["member", "p.m", "int", ["2", "1"]]]),
        ((0, "constraints", 0), [["member", "p.m", "int", ["1", "01"]]]),
        ((0, "constraints", 0), [["member", "p.m", "text", ["b", "a"]]]),
        ((0, "constraints", 0), [["member", "p.m", "bytes", ["a"]]]),
        ((0, "constraints", 0), [["member", "p.m", "float", ["1"]]]),
        ((0, "constraints", 0), [["member", "p.m", [], ["1"]]]),
        ((0, "rates", 0, 0), "HKD"),
        ((0, "rates", 0, 2), "0"),
        ((0, "rates", 0, 2), 103),
        # The same rate, not in lowest terms.
        ((0, "rates", 0), ["MOP", "HKD", "206", "200", "x", 20454]),
        ((0, "rates", 0, 5), True),
        ((0, "rates", 0, 5), -1),
    ],
)
def test_bytes_of_a_circuit_with_one_thing_wrong_are_refused(path: Any, value: Any) -> None:
    whole = decoded()
    inner = whole
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    with pytest.raises(DecodeError, match=r"^circuit: "):
        Circuit.from_bytes(codec.encode(whole))


def test_surplus_field_of_a_circuit_is_refused() -> None:
    whole = decoded()
    whole[0]["more"] = 1
    with pytest.raises(DecodeError, match="fields of a circuit"):
        Circuit.from_bytes(codec.encode(whole))


@given(st.integers(0, len(CIRCUIT.to_bytes()) - 1), st.integers(1, 255))
def test_bytes_with_one_octet_changed_are_refused_or_another_circuit(place: int, mask: int) -> None:
    data = bytearray(CIRCUIT.to_bytes())
    data[place] ^= mask
    try:
        read = Circuit.from_bytes(bytes(data))
    except DecodeError:
        return
    assert read.to_bytes() == bytes(data)
    assert read != CIRCUIT


@pytest.mark.parametrize("length", range(0, len(CIRCUIT.to_bytes()), 7))
def test_circuit_cut_short_is_refused(length: int) -> None:
    with pytest.raises(DecodeError):
        Circuit.from_bytes(CIRCUIT.to_bytes()[:length])


def test_requirement_is_found_by_its_alias() -> None:
    assert CIRCUIT.requirement("q").alias == "q"
    with pytest.raises(UsageError):
        CIRCUIT.requirement("r")
