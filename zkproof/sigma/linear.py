"""Linear equalities between slots, by dependent masks: no octets, no group operation.

Relation     sum a_i*m_i = K over Z_R, for public a_i and K
Method       the equations are solved for pivot slots. A pivot's mask is the same combination of the
             other masks, so its response is the same combination of responses plus c times the
             constant; the verifier derives it instead of reading it.
Argument     the derived response is the only one the equation allows, and it enters the equation of
             the signature that holds the slot. Nothing is left for the prover to choose, provided
             a_i and K are absorbed before the challenge.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from zkproof.curve import R
from zkproof.errors import ConflictError, UsageError


@dataclass(frozen=True, slots=True)
class LinearEquation:
    """``sum terms[k][1] * slot terms[k][0] = constant``; integers, slots ascending."""

    terms: tuple[tuple[int, int], ...]
    constant: int

    def canonical(self) -> list[object]:
        return [[[slot, str(a)] for slot, a in self.terms], str(self.constant)]


def independent(
    equations: Sequence[LinearEquation], contradiction: Callable[[str], None]
) -> tuple[LinearEquation, ...]:
    """The equations without those that follow from the ones before them.

    An equation that follows adds nothing to the claim, so that leaving it out changes no meaning.
    Disclosed values make such equations: two false conditions of one branch both say that its
    selector is zero. ``contradiction`` is called for an equation that no values satisfy.
    """
    rows: dict[int, dict[int, int]] = {}
    kept: list[LinearEquation] = []
    for equation in equations:
        row = _reduced(equation, rows)
        pivot = max((slot for slot in row if slot >= 0), default=-1)
        if pivot >= 0:
            _take(row, pivot, rows)
            kept.append(equation)
        elif row:
            contradiction("constraints over disclosed values do not hold together")
    return tuple(kept)


@dataclass(frozen=True, slots=True)
class LinearSystem:
    """Every pivot slot as ``constant + sum coefficient * free slot``."""

    pivots: Mapping[int, tuple[int, tuple[tuple[int, int], ...]]]
    free: tuple[int, ...]

    @classmethod
    def solve(cls, equations: Sequence[LinearEquation], slot_count: int) -> LinearSystem:
        """Gauss-Jordan over Z_R. Raises `ConflictError` when an equation contradicts the others or
        adds nothing to them: both are mistakes of whoever wrote the statement.
        """
        rows: dict[int, dict[int, int]] = {}  # pivot -> reduced row; key -1 is the constant
        for equation in equations:
            if any(not 0 <= slot < slot_count for slot, a in equation.terms if a % R):
                raise UsageError("linear equation over a slot that does not exist")
            row = _reduced(equation, rows)
            pivot = max((slot for slot in row if slot >= 0), default=-1)
            if pivot < 0:
                kind = "contradicts the others" if row else "adds nothing to the others"
                raise ConflictError(f"linear equation {kind}")
            _take(row, pivot, rows)
        return cls(
            pivots={
                pivot: (
                    row.get(-1, 0),
                    tuple(
                        (slot, -a % R) for slot, a in sorted(row.items()) if slot not in (-1, pivot)
                    ),
                )
                for pivot, row in rows.items()
            },
            free=tuple(slot for slot in range(slot_count) if slot not in rows),
        )

    ONE: ClassVar[Mapping[int, int]] = {-1: 1}

    def sum_of(self, slots: Sequence[int]) -> Mapping[int, int]:
        """The sum as coefficients of free slots, its constant under -1: two sums that the equations
        make equal have the same ones.
        """
        total: dict[int, int] = {}
        for slot in slots:
            constant, terms = self.pivots.get(slot, (0, ((slot, 1),)))
            for key, a in ((-1, constant), *terms):
                total[key] = (total.get(key, 0) + a) % R
        return {key: a for key, a in total.items() if a}

    def complete_masks(self, free: Sequence[int]) -> list[int]:
        """Masks of all slots from those of the free ones."""
        return self._complete(free, 0)

    def complete_responses(self, free: Sequence[int], c: int) -> list[int]:
        """Responses of all slots from those of the free ones, under challenge ``c``."""
        return self._complete(free, c)

    def _complete(self, free: Sequence[int], factor: int) -> list[int]:
        by_slot = dict(zip(self.free, free, strict=True))
        for pivot, (constant, terms) in self.pivots.items():
            total = factor * constant + sum(a * by_slot[slot] for slot, a in terms)
            by_slot[pivot] = total % R
        return [by_slot[slot] for slot in range(len(by_slot))]


def _reduced(equation: LinearEquation, rows: Mapping[int, Mapping[int, int]]) -> dict[int, int]:
    """The equation as coefficients, its constant under -1, with every pivot eliminated."""
    row = {slot: a % R for slot, a in equation.terms if a % R}
    if equation.constant % R:
        row[-1] = equation.constant % R
    for pivot, reduced in rows.items():
        _subtract(row, reduced, row.get(pivot, 0))
    return row


def _take(row: Mapping[int, int], pivot: int, rows: dict[int, dict[int, int]]) -> None:
    """Add a reduced row, and eliminate its pivot from the others."""
    inverse = pow(row[pivot], -1, R)
    scaled = {slot: a * inverse % R for slot, a in row.items()}
    for reduced in rows.values():
        _subtract(reduced, scaled, reduced.get(pivot, 0))
    rows[pivot] = scaled


def _subtract(row: dict[int, int], other: Mapping[int, int], factor: int) -> None:
    """``row -= factor * other``, dropping what becomes zero."""
    if not factor:
        return
    for slot, a in other.items():
        value = (row.get(slot, 0) - factor * a) % R
        if value:
            row[slot] = value
        else:
            row.pop(slot, None)
