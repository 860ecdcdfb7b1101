"""Warnings about policies that compile, and are probably not what their author meant."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from zkproof_circuits.circuit import (
    Circuit,
    Connective,
    Equal,
    Formula,
    Inequality,
    NotEqual,
    NotRevoked,
    Slot,
    atoms,
    slots_of,
)
from zkproof_circuits.formula import credentials_of
from zkproof_circuits.language import syntax
from zkproof_circuits.lowering.scope import Scope
from zkproof_circuits.ways import ways


def advise(policy: syntax.Policy, scope: Scope, circuit: Circuit) -> None:
    """Add the warnings that need the whole circuit."""
    declared = {
        statement.alias: statement
        for statement in syntax.every_statement(policy.statements)
        if isinstance(statement, syntax.Credential)
    }
    _unused(policy, scope)
    _idle_credentials(declared, scope, circuit)
    _several_people(policy, declared, scope, circuit)
    _standing(declared, scope, circuit)
    _revealed_and_compared(policy, scope, circuit)
    _counted_twice(declared, scope, circuit)


def _unused(policy: syntax.Policy, scope: Scope) -> None:
    for statement in policy.statements:
        if isinstance(statement, syntax.Parameter) and statement.name not in scope.used:
            scope.warn(statement, f"parameter {statement.name} is not used")
        if isinstance(statement, syntax.NamedList) and statement.name not in scope.used:
            scope.warn(statement, f"list {statement.name} is not used")
        if isinstance(statement, syntax.Rate | syntax.CertifiedRate):
            pair = f"{statement.target} per {statement.base}"
            if pair not in scope.used:
                scope.warn(statement, f"the rate {pair} is not used")


def _idle_credentials(
    declared: dict[str, syntax.Credential], scope: Scope, circuit: Circuit
) -> None:
    used = {slot.credential for slot in circuit.revealed}
    for formula in circuit.formulas:
        used |= credentials_of(formula)
    for alias, statement in declared.items():
        if alias not in used:
            scope.warn(statement, f"nothing is asked of {alias}; holding it is all that counts")


def _several_people(
    policy: syntax.Policy,
    declared: dict[str, syntax.Credential],
    scope: Scope,
    circuit: Circuit,
) -> None:
    group = {alias: alias for alias in declared}
    for atom in _asked_in_every_way(circuit):
        if isinstance(atom, Equal) and _is_holder(atom.first, scope):
            first, second = (group[slot.credential] for slot in (atom.first, atom.second))
            group = {alias: first if name == second else name for alias, name in group.items()}
    if len(set(group.values())) > 1:
        scope.warn(
            policy,
            "the credentials may belong to different people",
            hint=f"write: same holder {', '.join(declared)}",
        )


def _asked_in_every_way(circuit: Circuit) -> Iterator[Formula]:
    """What has to hold in any case, and what each way asks of the credentials that it brings."""
    for formula in circuit.formulas:
        for taken in ways(formula):
            yield from taken


def _is_holder(slot: Slot, scope: Scope) -> bool:
    return scope.schemas[slot.credential].roles.holder == slot.attribute


def _standing(
    declared: dict[str, syntax.Credential],
    scope: Scope,
    circuit: Circuit,
) -> None:
    asked = _asked_in_every_way(circuit)
    checked = {atom.credential for atom in asked if isinstance(atom, NotRevoked)}
    for alias, statement in declared.items():
        roles = scope.schemas[alias].roles
        if roles.record_id and alias not in checked:
            scope.warn(
                statement,
                f"{alias} may have been revoked",
                hint=f"write: require not revoked {alias}",
            )


def _revealed_and_compared(policy: syntax.Policy, scope: Scope, circuit: Circuit) -> None:
    revealed = set(circuit.revealed)
    read = [slots_of(atom) for formula in circuit.formulas for atom in atoms(formula)]
    seen = {slot for slots in read if slots <= revealed for slot in slots}
    for statement in policy.statements:
        if isinstance(statement, syntax.Reveal):
            for node in statement.attributes:
                slot = Slot(node.credential, node.attribute)
                if slot in seen:
                    scope.warn(
                        node, f"{slot} is revealed; what is required of it is seen, not proven"
                    )


def _counted_twice(declared: dict[str, syntax.Credential], scope: Scope, circuit: Circuit) -> None:
    """One credential presented under two names would be added to itself."""
    apart = {
        frozenset({formula.first.credential, formula.second.credential})
        for formula in circuit.formulas
        if isinstance(formula, NotEqual)
    }
    warned: set[frozenset[str]] = set()
    for polynomial in _summed(circuit.formulas):
        by_attribute: dict[tuple[bytes, str], list[Slot]] = {}
        for slot in sorted(polynomial):
            kind = (scope.schemas[slot.credential].digest, slot.attribute)
            by_attribute.setdefault(kind, []).append(slot)
        for slots in by_attribute.values():
            for first, second in combinations(slots, 2):
                pair = frozenset({first.credential, second.credential})
                if pair in apart or pair in warned:
                    continue
                warned.add(pair)
                roles = scope.schemas[first.credential].roles
                name = roles.record_id or first.attribute
                scope.warn(
                    declared[second.credential],
                    f"{first.credential} and {second.credential} may be one and the same "
                    "credential, counted twice",
                    hint=f"write: require distinct {first.credential}.{name}, "
                    f"{second.credential}.{name}, or better an account number",
                )


def _summed(formulas: tuple[Formula, ...]) -> list[frozenset[Slot]]:
    """The slots of every inequality with several, wherever it stands."""
    found: list[frozenset[Slot]] = []
    for formula in formulas:
        if isinstance(formula, Connective):
            found.extend(_summed(formula.parts))
        elif isinstance(formula, Inequality) and len(formula.polynomial.slots) > 1:
            found.append(formula.polynomial.slots)
    return found
