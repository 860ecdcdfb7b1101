"""Octets of a circuit that reads a credential outside the way that asks for it are no circuit."""

from __future__ import annotations

from typing import Any

import pytest

from tests.circuits.building import PROBE, TODAY
from zkproof import codec
from zkproof.errors import DecodeError
from zkproof_circuits.circuit import (
    MAX_CIRCUIT_BYTES,
    And,
    AtLeast,
    Circuit,
    Encrypt,
    Equal,
    Formula,
    Held,
    Inequality,
    InList,
    Member,
    NotEqual,
    NotInList,
    NotMember,
    NotRevoked,
    Or,
    Polynomial,
    PseudonymFor,
    Slot,
    conjunction,
    disjunction,
)
from zkproof_circuits.formula import canonical
from zkproof_circuits.policy import compile_policy

TEXT = """policy w v1
purpose "x"
credential o: probe from "issuer"
credential p: probe from "issuer"
either
  credential a: probe from any of registry "banks"
  require a.n >= 3
or
  credential b: probe from "issuer"
  require b.m >= 0
"""
CIRCUIT = compile_policy(TEXT, (PROBE,), today=TODAY)


def with_constraints(*formulas: Formula, revealed: str | None = None) -> bytes:
    """The circuit's octets with more constraints, as somebody else might write them."""
    meaning, sources = _decoded()
    meaning["constraints"] += [canonical(each) for each in formulas]
    if revealed is not None:
        meaning["revealed"] = [revealed]
    return codec.encode([meaning, [*sources, *("x" for _ in formulas)]])


def _decoded() -> Any:
    return codec.decode(CIRCUIT.to_bytes(), field="circuit", max_bytes=MAX_CIRCUIT_BYTES)


def atoms_about(alias: str) -> list[Formula]:
    n, m = Slot(alias, "n"), Slot(alias, "m")
    low, high = sorted((n, Slot("o", "n")))
    return [
        Equal(low, high),
        NotEqual(low, high),
        Inequality(Polynomial((((n,), 1),))),
        Inequality(Polynomial(tuple(((slot,), 1) for slot in sorted((m, Slot("o", "m")))))),
        Member(n, (1, 2)),
        NotMember(n, (1, 2)),
        NotRevoked(alias),
        InList(n, "owner#members"),
        NotInList(n, "owner#excluded"),
        PseudonymFor("s", (Slot(alias, "holder"),)),
        Encrypt(n, "auditor"),
    ]


def standing_in(atom: Formula) -> list[Formula]:
    """The atom by itself, and where else it may stand outside of its way."""
    if isinstance(atom, PseudonymFor | Encrypt):
        return [atom]
    one, two = (Member(Slot("o", "m"), (value,)) for value in (3, 4))
    return [
        atom,
        conjunction([atom, one]),
        disjunction([atom, one]),
        AtLeast(2, tuple(sorted((atom, one, two), key=lambda f: codec.encode(canonical(f))))),
        disjunction([conjunction([atom, one]), two]),
    ]


@pytest.mark.parametrize("index", range(len(atoms_about("p"))))
def test_way_is_not_read_outside(index: int) -> None:
    for known, of_a_way in zip(
        standing_in(atoms_about("p")[index]), standing_in(atoms_about("a")[index]), strict=True
    ):
        assert len(Circuit.from_bytes(with_constraints(known)).constraints) == 2
        with pytest.raises(DecodeError, match="outside the way"):
            Circuit.from_bytes(with_constraints(of_a_way))


def test_other_way_does_not_read_it_either() -> None:
    """A ``Held`` beside the alternative that reads, or of another credential, is not enough."""
    (way,) = (each for each in CIRCUIT.formulas if isinstance(each, Or))
    read = Member(Slot("a", "n"), (1,))
    mixed = [
        conjunction([*part.parts, read]) if Held("b") in part.parts else part
        for part in way.parts
        if isinstance(part, And)
    ]
    meaning, sources = _decoded()
    meaning["constraints"] = [canonical(disjunction(mixed))]
    with pytest.raises(DecodeError, match="outside the way"):
        Circuit.from_bytes(codec.encode([meaning, sources]))
    right = [
        conjunction([*part.parts, read]) if Held("a") in part.parts else part
        for part in way.parts
        if isinstance(part, And)
    ]
    meaning["constraints"] = [canonical(disjunction(right))]
    Circuit.from_bytes(codec.encode([meaning, sources]))


def test_way_is_neither_revealed_nor_held_twice_nor_always() -> None:
    assert Circuit.from_bytes(with_constraints(revealed="p.m")).revealed
    with pytest.raises(DecodeError, match="revealed"):
        Circuit.from_bytes(with_constraints(revealed="a.m"))
    other = Member(Slot("p", "m"), (3,))
    with pytest.raises(DecodeError, match="two ways"):
        Circuit.from_bytes(with_constraints(disjunction([Held("a"), other])))
    with pytest.raises(DecodeError, match="two ways"):
        Circuit.from_bytes(with_constraints(Held("a")))
    with pytest.raises(DecodeError, match="names its issuer"):
        Circuit.from_bytes(with_constraints(disjunction([Held("o"), other])))
