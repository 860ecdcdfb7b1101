"""Equalities that hold at the same time: none may contradict the others or follow from them.

The proof solves them for pivot slots and has no room for either; both are mistakes of the author.
"""

from __future__ import annotations

from collections.abc import Sequence

from zkproof_circuits.bounds import GROUP_ORDER
from zkproof_circuits.circuit import Equal, Formula, LinearZero, Member, Slot
from zkproof_circuits.language import syntax
from zkproof_circuits.types import Value

_Key = Slot | tuple[Value, ...]
"""A slot, or a constant: ``()`` for the number 1, ``(value,)`` for the scalar of text or octets."""

_Row = dict[_Key, int]


def check_equalities(
    formulas: Sequence[tuple[syntax.Node, Formula]], revealed: frozenset[Slot]
) -> None:
    """Gauss-Jordan over the scalars; raises `PolicyError` at the statement that is too much.

    Revealed slots are known numbers to the proof. An equation over them alone is checked in the
    open; one that others reduce to them has no place.
    """
    rows: dict[Slot, _Row] = {}
    for node, formula in formulas:
        row = _row(formula)
        if row is None or all(key in revealed for key in row if isinstance(key, Slot)):
            continue
        for pivot, reduced in rows.items():
            _subtract(row, reduced, row.get(pivot, 0))
        slots = [key for key in row if isinstance(key, Slot) and key not in revealed]
        if not slots:
            if any(isinstance(key, Slot) for key in row):
                raise node.error(
                    "with what is required above this speaks of revealed attributes only",
                    hint="compare the revealed attributes with each other",
                )
            if row:
                raise node.error("this contradicts what is required above")
            raise node.error("this follows from what is required above", hint="leave it out")
        pivot = slots[0]
        inverse = pow(row[pivot], -1, GROUP_ORDER)
        row = {key: value * inverse % GROUP_ORDER for key, value in row.items()}
        for reduced in rows.values():
            _subtract(reduced, row, reduced.get(pivot, 0))
        rows[pivot] = row


def _row(formula: Formula) -> _Row | None:
    """The equation as coefficients, or ``None`` for a formula that is none."""
    match formula:
        case Equal(first, second):
            return {first: 1, second: GROUP_ORDER - 1}
        case Member(slot, (value,)):
            return {slot: 1, (value,): GROUP_ORDER - 1}
        case LinearZero(polynomial):
            row: _Row = {}
            for monomial, coefficient in polynomial.terms:
                key: _Key = monomial[0] if monomial else ()
                row[key] = coefficient % GROUP_ORDER
            return row
        case _:
            return None


def _subtract(row: _Row, other: _Row, factor: int) -> None:
    """``row -= factor * other``, dropping what becomes zero."""
    if not factor:
        return
    for key, value in other.items():
        rest = (row.get(key, 0) - factor * value) % GROUP_ORDER
        if rest:
            row[key] = rest
        else:
            row.pop(key, None)
