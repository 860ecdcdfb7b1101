"""Whether plain values satisfy a circuit: for choosing credentials, and before proving.

Values are in canonical form, by credential and attribute. This reads the circuit; the same
question asked of the syntax tree is answered in `zkproof_circuits.plain_evaluator`.
"""

from __future__ import annotations

from zkproof_circuits.atoms.base import Lists, Values
from zkproof_circuits.circuit import (
    And,
    AtLeast,
    Circuit,
    Constraint,
    Formula,
    Held,
    If,
    InList,
    NotInList,
    Or,
    ProtocolAtom,
    Score,
    atoms,
)

__all__ = ["Lists", "Values", "evaluate", "evaluate_constraint", "evaluate_constraints", "holds"]

_NO_LISTS: Lists = {}


def evaluate(circuit: Circuit, values: Values, *, lists: Lists = _NO_LISTS) -> bool:
    """Whether every constraint that values decide holds, of some way of each choice.

    Whether a credential was revoked is not decided by values, nor what stands in a list that
    ``lists`` does not have; that counts as holding. Raises `UsageError`, which names the slot, when
    a value is missing or not an integer where one is needed.
    """
    for picks in circuit.picks():
        taken = circuit.taken(picks)
        if not {each.alias for each in taken.credentials} - taken.conditional <= values.keys():
            continue
        results = evaluate_constraints(taken, values, lists=lists)
        if all(result is not False for result in results):
            return True
    return False


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
            # Whether a credential is held comes first: the others read its values.
            held = sorted(parts, key=lambda part: not isinstance(part, Held))
            return all(holds(part, values, lists) for part in held)
        case Or(parts):
            return any(holds(part, values, lists) for part in parts)
        case AtLeast(count, parts):
            return sum([holds(part, values, lists) for part in parts]) >= count
        case Score(low, high, weights, parts):
            points = sum(
                weight
                for weight, part in zip(weights, parts, strict=True)
                if holds(part, values, lists)
            )
            return (low is None or low <= points) and (high is None or points <= high)
        case If((condition, consequence)):
            return not holds(condition, values, lists) or holds(consequence, values, lists)
        case _:
            return formula.holds(values, lists) is not False


def _decidable(formula: Formula, lists: Lists) -> bool:
    """Whether some atom of the formula is decided."""
    return any(
        atom.list_id in lists
        if isinstance(atom, InList | NotInList)
        else not isinstance(atom, ProtocolAtom)
        for atom in atoms(formula)
    )
