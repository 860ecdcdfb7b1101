"""What a statement has to say of gates and selectors, and refuses to be made without.

1. A gate is an auxiliary slot, and one clause's only. Two clauses behind one gate would be open
   both or neither, which their pairs then show.
2. Every constraint that reads a gate closes it: ``(s_1 + .. + s_n)*w = 0``. In any other equation
   an open gate would not be a uniform value of its own.
3. Every s in it is a bit, ``s^2 = s``, so that one selector of value one is enough to close.
4. A gate whose clause names its selector is closed by this selector alone, and by one constraint.
5. The selectors of one clause are auxiliary slots whose sum is one, or equals a bit. With two of
   them one, the clause would speak of the sum of two domains.

What is not checked here, because a single statement does not show it: that a slot which nothing but
gated clauses holds is read only under a selector. The compiler of policies has to see to that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from zkproof.errors import UsageError
from zkproof.sigma.clause import Clause
from zkproof.sigma.linear import LinearEquation, LinearSystem
from zkproof.sigma.polynomial import Polynomial


def check_gates(
    clauses: Sequence[Clause],
    *,
    linear: Sequence[LinearEquation],
    inequalities: Sequence[Polynomial],
    exact: Sequence[Polynomial],
    system: LinearSystem,
    first_auxiliary: int,
) -> None:
    """Raises `UsageError` for the first rule that is broken."""
    gates = Counter(gate for clause in clauses for gate in clause.gates)
    if not gates:
        return
    if max(gates.values()) > 1:
        raise UsageError("gates: two clauses share one")
    if min(gates) < first_auxiliary:
        raise UsageError("gates: auxiliary slots only")
    read = {slot for equation in linear for slot, _ in equation.terms}
    read.update(slot for P in inequalities for slot in P.slots)
    for clause in clauses:
        read.update(set(clause.reads).difference(clause.gates))
    if not gates.keys().isdisjoint(read):
        raise UsageError("gates: read by nothing but what closes them")
    bits = {slot for P in exact if (slot := _bit(P)) is not None}
    closers = _closers(exact, gates.keys(), bits)
    sums = {_key(system.sum_of((slot,))) for slot in bits} | {_key(system.ONE)}
    for clause in clauses:
        if any(not closers[gate] for gate in clause.gates):
            raise UsageError("gates: one that no exact constraint closes")
        if not clause.selectors:
            continue
        if min(clause.selectors) < first_auxiliary:
            raise UsageError("selectors: auxiliary slots only")
        for gate, selector in zip(clause.gates, clause.selectors, strict=True):
            if closers[gate] != [{selector}]:
                raise UsageError("gates: one that its own selector does not close")
        if _key(system.sum_of(clause.selectors)) not in sums:
            raise UsageError("selectors: their sum is not said to be one, or a bit")


def _bit(P: Polynomial) -> int | None:
    """The slot of which P says ``s^2 - s = 0``."""
    if P.constant or len(P.quadratic) != 1:
        return None
    i, j, q = P.quadratic[0]
    return i if i == j and q == 1 and P.linear == ((i, -1),) else None


def _closers(
    exact: Sequence[Polynomial], gates: Collection[int], bits: Collection[int]
) -> dict[int, list[set[int]]]:
    """For each gate and each constraint that closes it, the selectors in it."""
    found: dict[int, list[set[int]]] = {gate: [] for gate in gates}
    for P in exact:
        for gate in P.slots.intersection(gates):
            plain = not P.constant and not P.linear and all(q == 1 for _, _, q in P.quadratic)
            if not plain or any((i == gate) == (j == gate) for i, j, _ in P.quadratic):
                raise UsageError("gates: read by nothing but what closes them")
            if not (P.slots - {gate}).issubset(bits):
                raise UsageError("gates: closed by something that is no bit")
            found[gate].append(set(P.slots - {gate}))
    return found


def _key(total: Mapping[int, int]) -> frozenset[tuple[int, int]]:
    return frozenset(total.items())
