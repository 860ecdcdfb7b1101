"""Whether plain values satisfy a circuit: for choosing credentials, and before proving.

Values are in canonical form, by credential and attribute. This reads the circuit; the same
question asked of the syntax tree is answered in `zkproof_circuits.plain_evaluator`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import assert_never

from zkproof.errors import UsageError
from zkproof_circuits.circuit import (
    And,
    AtLeast,
    Circuit,
    Constraint,
    Encrypt,
    Equal,
    Formula,
    Inequality,
    InList,
    LinearZero,
    Member,
    NotEqual,
    NotInList,
    NotMember,
    NotRevoked,
    NotZero,
    Or,
    Polynomial,
    PseudonymFor,
    QuadraticZero,
    Slot,
    atoms,
)
from zkproof_circuits.types import Value

Values = Mapping[str, Mapping[str, Value]]
"""Attributes by name, of credentials by their name in the policy."""

Lists = Mapping[str, Collection[Value]]
"""What stands in published lists, by their identifier."""

_NO_LISTS: Lists = {}


def evaluate(circuit: Circuit, values: Values, *, lists: Lists = _NO_LISTS) -> bool:
    """Whether every constraint that values decide holds.

    Whether a credential was revoked is not decided by values, nor what stands in a list that
    ``lists`` does not have; that counts as holding. Raises `UsageError`, which names the slot, when
    a value is missing or not an integer where one is needed.
    """
    results = evaluate_constraints(circuit, values, lists=lists)
    return all(result is not False for result in results)


def evaluate_constraints(
    circuit: Circuit, values: Values, *, lists: Lists = _NO_LISTS
) -> tuple[bool | None, ...]:
    """For each constraint whether it holds; ``None`` where values and lists decide nothing."""
    return tuple(
        evaluate_constraint(constraint, values, lists=lists) for constraint in circuit.constraints
    )


def evaluate_constraint(
    constraint: Constraint, values: Values, *, lists: Lists = _NO_LISTS
) -> bool | None:
    """Whether one constraint holds; ``None`` where values and lists decide nothing."""
    if not _decidable(constraint.formula, lists):
        return None
    return holds(constraint.formula, values, lists)


def holds(formula: Formula, values: Values, lists: Lists = _NO_LISTS) -> bool:
    """Whether a formula holds; see `evaluate`."""
    match formula:
        case And(parts):
            return all(holds(part, values, lists) for part in parts)
        case Or(parts):
            return any(holds(part, values, lists) for part in parts)
        case AtLeast(count, parts):
            return sum([holds(part, values, lists) for part in parts]) >= count
        case Equal(first, second):
            return _value(first, values) == _value(second, values)
        case NotEqual(first, second):
            return _value(first, values) != _value(second, values)
        case Member(slot, members):
            return _value(slot, values) in members
        case NotMember(slot, members):
            return _value(slot, values) not in members
        case Inequality(polynomial):
            return _evaluate(polynomial, values) >= 0
        case LinearZero(polynomial) | QuadraticZero(polynomial):
            return _evaluate(polynomial, values) == 0
        case NotZero(polynomial):
            return _evaluate(polynomial, values) != 0
        case InList(slot, list_id):
            return list_id not in lists or _value(slot, values) in lists[list_id]
        case NotInList(slot, list_id):
            return list_id not in lists or _value(slot, values) not in lists[list_id]
        case NotRevoked() | PseudonymFor() | Encrypt():
            return True
        case _:
            assert_never(formula)


def _decidable(formula: Formula, lists: Lists) -> bool:
    """Whether some atom of the formula is decided."""
    return any(
        atom.list_id in lists
        if isinstance(atom, InList | NotInList)
        else not isinstance(atom, NotRevoked | PseudonymFor | Encrypt)
        for atom in atoms(formula)
    )


def _value(slot: Slot, values: Values) -> Value:
    try:
        return values[slot.credential][slot.attribute]
    except KeyError:
        raise UsageError(f"{slot}: value missing") from None


def _evaluate(polynomial: Polynomial, values: Values) -> int:
    integers: dict[Slot, int] = {}
    for slot in polynomial.slots:
        value = _value(slot, values)
        if not isinstance(value, int):
            raise UsageError(f"{slot}: an integer is needed")
        integers[slot] = value
    return polynomial.evaluate(integers)
