"""What a composite proof claims, over slots.

A *slot* is one hidden scalar of a presentation. Every hidden message of every credential has one;
equal attributes of several credentials share one, and that is all "same holder" is. Auxiliary
secrets of the exact block are slots too. Blocks speak of slots only.

Source: spec/predicates sheet sections 1 to 3 (docs/security.md restates and argues it).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from zkproof.bbs.generators import Generators
from zkproof.bbs.keys import PublicKey
from zkproof.bbs.signature import calculate_domain
from zkproof.curve import R
from zkproof.errors import ConflictError, UsageError
from zkproof.sigma.clause import Clause, Secret, vector
from zkproof.sigma.gate_rules import check_gates
from zkproof.sigma.linear import LinearEquation, LinearSystem
from zkproof.sigma.polynomial import Polynomial


@dataclass(frozen=True)
class SignatureStatement:
    """Knowledge of a BBS signature under ``public_key`` on ``header`` and a vector.

    ``disclosed`` maps message indexes to scalars; ``slots`` names the slot of every other index,
    in ascending order of the indexes.
    """

    public_key: PublicKey
    generators: Generators
    header: bytes
    disclosed: Mapping[int, int]
    slots: tuple[int, ...]

    def __post_init__(self) -> None:
        count = self.generators.count
        if list(self.disclosed) != sorted(self.disclosed):
            raise UsageError("disclosed: indexes must ascend")
        if any(not 0 <= i < count for i in self.disclosed):
            raise UsageError(f"disclosed: index outside 0 .. {count - 1}")
        if any(not 0 <= value < R for value in self.disclosed.values()):
            raise UsageError("disclosed: value is not a scalar")
        if len(self.slots) + len(self.disclosed) != count:
            raise UsageError("slots: every message is either disclosed or has a slot")

    @cached_property
    def domain(self) -> int:
        return calculate_domain(self.public_key, self.generators, self.header)

    @cached_property
    def hidden(self) -> tuple[int, ...]:
        """Indexes of the hidden messages, ascending."""
        return tuple(i for i in range(self.generators.count) if i not in self.disclosed)


Box = tuple[int, int]


@dataclass(frozen=True)
class Statement:
    """The whole claim. ``context`` binds what is outside of it: the request with its nonce.

    ``boxes`` holds, for each slot, the integer interval its issuer signs it in, or ``None`` for a
    scalar that no inequality may read. ``exact`` are polynomials that are zero modulo R.
    """

    context: bytes
    signatures: tuple[SignatureStatement, ...]
    boxes: tuple[Box | None, ...]
    linear: tuple[LinearEquation, ...] = ()
    inequalities: tuple[Polynomial, ...] = ()
    exact: tuple[Polynomial, ...] = ()
    clauses: tuple[Clause, ...] = ()
    auxiliary: int = 0
    """How many of the slots, the last ones, are auxiliary secrets of the exact block."""
    system: LinearSystem = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        signed = self.slot_count - self.auxiliary
        used = {slot for signature in self.signatures for slot in signature.slots}
        used.update(slot for clause in self.clauses for slot in clause.holds)
        if used != set(range(signed)):
            raise UsageError("slots: numbered without gaps, each held by a signature")
        if any(not 0 <= slot < self.slot_count for each in self.clauses for slot in each.reads):
            raise UsageError("clause over a slot that does not exist")
        for polynomial in (*self.inequalities, *self.exact):
            if not polynomial.slots <= set(range(self.slot_count)):
                raise UsageError("polynomial over a slot that does not exist")
        system = LinearSystem.solve(self.linear, self.slot_count)
        object.__setattr__(self, "system", system)
        check_gates(
            self.clauses,
            linear=self.linear,
            inequalities=self.inequalities,
            exact=self.exact,
            system=system,
            first_auxiliary=signed,
        )

    @property
    def slot_count(self) -> int:
        return len(self.boxes)


def slot_values(
    statement: Statement,
    vectors: Sequence[Sequence[int]],
    auxiliary: Sequence[int] = (),
    clause_secrets: Sequence[Secret] = (),
) -> list[int]:
    """The value of every slot, from the signed vectors of the credentials and from openings.

    Raises `ConflictError` when two of them give one slot different values: the message names the
    slot, not the values.
    """
    held: list[tuple[int, int]] = []
    for signature, signed_vector in zip(statement.signatures, vectors, strict=True):
        held += zip(signature.slots, (signed_vector[i] for i in signature.hidden), strict=True)
    for clause, secret in zip(statement.clauses, clause_secrets, strict=False):
        values = vector(secret)
        if values is None:
            continue
        if len(values) != len(clause.holds):
            raise UsageError("clause: its secret has not as many values as it holds slots")
        held += zip(clause.holds, values, strict=True)
    signed: dict[int, int] = {}
    for slot, value in held:
        if signed.setdefault(slot, value) != value:
            raise ConflictError(f"slot {slot}: the credentials hold different values")
    if len(signed) != statement.slot_count - statement.auxiliary:
        raise UsageError("clause: a signature or the vector in its place is needed")
    return [signed[slot] for slot in range(len(signed))] + list(auxiliary)
