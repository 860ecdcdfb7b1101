"""What a circuit needs of a proof: the intervals of its inequalities, the size of its parts.

Inside an alternative a polynomial is multiplied by a hidden selector that is 0 or 1, and one of
degree two becomes an auxiliary value first; the intervals here are those of that form.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from zkproof_circuits.atoms.base import BoxOf, Size
from zkproof_circuits.bounds import Interval
from zkproof_circuits.formula import And, AtLeast, Formula, If, Or, Score, atoms
from zkproof_circuits.schema import Schema
from zkproof_circuits.weighing import alternatives_of, opposite

MAX_INEQUALITIES = 64
MAX_AUXILIARY = 400
MAX_EXACT = 400
"""Most inequalities, auxiliary secrets and exact constraints of one presentation."""


def inequality_intervals(formulas: Iterable[Formula], box_of: BoxOf) -> tuple[Interval, ...]:
    """The interval of every inequality that the formulas need, in order.

    ``box_of`` gives the interval of a slot's type; what it raises for a slot without one passes
    through.
    """
    return tuple(
        interval for formula in formulas for interval in _intervals(formula, box_of, False)
    )


def exact_intervals(formulas: Iterable[Formula], box_of: BoxOf) -> tuple[Interval, ...]:
    """The interval of every polynomial that is to be zero, or not, in order."""
    return tuple(
        interval
        for formula in formulas
        for atom in atoms(formula)
        for interval in atom.exact_intervals(box_of)
    )


def validity_intervals(
    schema: Schema, revealed: Collection[str], today: int
) -> tuple[Interval, ...]:
    """The interval of the inequality that says that a credential is valid on a day, if it needs
    one: every presentation proves it, whether or not the policy asks.
    """
    ends = [
        (sign, schema.attribute(name).type.box or (0, 0))
        for sign, name in ((-1, schema.roles.valid_from), (1, schema.roles.valid_until))
        if name is not None and name not in revealed
    ]
    # sign * (x - today), and the product of both
    ranges = [sorted(sign * (end - today) for end in box) for sign, box in ends]
    if len(ranges) == 2:
        corners = [a * b for a in ranges[0] for b in ranges[1]]
        return ((min(corners), max(corners)),)
    return tuple((low, high) for low, high in ranges)


def guarded(interval: Interval) -> Interval:
    """The interval of what stands beneath a selector: zero where it is zero."""
    return min(interval[0], 0), max(interval[1], 0)


def exact_size(formulas: Iterable[Formula]) -> Size:
    """Upper estimates of the auxiliary secrets and the exact constraints that formulas need."""
    return _sum(_size(formula, False) for formula in formulas)


def _intervals(formula: Formula, box_of: BoxOf, guarded: bool) -> Iterator[Interval]:
    match formula:
        case And(parts):
            for part in parts:
                yield from _intervals(part, box_of, guarded)
        case Or(parts) | AtLeast(_, parts):
            for part in parts:
                yield from _intervals(part, box_of, True)
        case Score():
            yield from _bounds_of_score(formula)
            for part in _claimed(formula):
                yield from _intervals(part, box_of, True)
        case If():
            yield from _intervals(alternatives_of(formula), box_of, guarded)
        case _:
            yield from formula.inequality_intervals(box_of, guarded=guarded)


def _size(formula: Formula, guarded: bool) -> Size:
    match formula:
        case And(parts):
            return _sum(_size(part, guarded) for part in parts)
        case Or(parts) | AtLeast(_, parts):
            inner = _sum(_size(part, True) for part in parts)
            return _sum([(len(parts), len(parts)), inner])
        case Score(_, _, _, parts):
            inner = _sum(_size(part, True) for part in _claimed(formula))
            # A bit for each part, and what ties it to the selector.
            tied = len(parts) if guarded else 0
            return _sum([(len(parts), len(parts) + tied), inner])
        case If():
            return _size(alternatives_of(formula), guarded)
        case _:
            return formula.size(guarded=guarded)


def _claimed(score: Score) -> Iterator[Formula]:
    """What stands beneath a selector of a score: parts, their opposites, or both."""
    for part, (holds, fails) in zip(score.parts, score.claims, strict=True):
        if holds:
            yield part
        if fails:
            yield opposite(part)


def _bounds_of_score(score: Score) -> Iterator[Interval]:
    """Selectors are bits, and so is what guards the score; an exact score is an equation."""
    if score.low == score.high:
        return
    for bound in (score.low, score.high):
        if bound is not None:
            reach = 2 * sum(map(abs, score.weights)) + abs(bound)
            yield -reach, reach


def _sum(sizes: Iterable[Size]) -> Size:
    listed = list(sizes)
    return sum(size[0] for size in listed), sum(size[1] for size in listed)
