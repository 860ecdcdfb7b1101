"""Whether plain values satisfy a circuit: for choosing credentials, and before proving.

Values are in canonical form, by credential and attribute. This reads the circuit; the same
question asked of the syntax tree is answered in `zkproof_circuits.reference`.
"""

from __future__ import annotations

from collections.abc import Mapping

from zkproof.errors import UsageError
from zkproof_circuits.circuit import (
    And,
    AtLeast,
    Circuit,
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


def evaluate(circuit: Circuit, values: Values) -> bool:
    """Whether every constraint that values decide holds.

    Whether a credential was revoked is not decided by values; `NotRevoked` counts as holding.
    Raises `UsageError`, which names the slot, when a value is missing or not an integer where one
    is needed.
    """
    return all(result is not False for result in evaluate_constraints(circuit, values))


def evaluate_constraints(circuit: Circuit, values: Values) -> tuple[bool | None, ...]:
    """For each constraint whether it holds; ``None`` where values decide nothing."""
    return tuple(
        holds(constraint.formula, values) if _decidable(constraint.formula) else None
        for constraint in circuit.constraints
    )


def holds(formula: Formula, values: Values) -> bool:
    """Whether a formula holds; see `evaluate`."""
    match formula:
        case And(parts):
            return all(holds(part, values) for part in parts)
        case Or(parts):
            return any(holds(part, values) for part in parts)
        case AtLeast(count, parts):
            return sum([holds(part, values) for part in parts]) >= count
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
        case NotRevoked() | InList() | NotInList() | PseudonymFor() | Encrypt():
            return True


def _decidable(formula: Formula) -> bool:
    return not all(
        isinstance(atom, NotRevoked | InList | NotInList | PseudonymFor | Encrypt)
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
