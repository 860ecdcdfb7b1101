"""Which values a polynomial can take, and which proof parameters that needs.

Exact integer arithmetic, shared by the policy compiler (which refuses what fits no row) and by
prover and verifier of the inequality block (which compute the same row and never read it).

For polynomials with ``-M_j <= P_j <= H_j`` over their boxes, and witness length
``by_j = ceil(bitlen(H_j) / 2)``:

    3*(2^126-1)^2 + 2^126*2^bg + max(M_j, H_j)*2^(2*bg) < p        no wrap modulo the group order
    by_j + bg + 8 <= 126                                           few restarts

Only non-negative values have a witness, hence the second rule looks at ``H_j`` alone; the first
one is what soundness rests on and looks at both signs.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from zkproof.errors import UsageError

GROUP_ORDER = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
"""Order of the groups of BLS12-381."""

Z_BITS = 126
"""Length of a short response. 127 would break the first rule: 3 * 2^254 > p."""

CHALLENGE_BITS = 128

_DIGIT_BITS = {2: 64, 3: 43, 4: 32}
"""Repetitions and the width of a challenge digit, from the cheapest row on."""

_LAST_DIGIT_INVERSE = {
    repetitions: pow(1 << (bits * (repetitions - 1)), -1, GROUP_ORDER)
    for repetitions, bits in _DIGIT_BITS.items()
}

_RESTART_MARGIN = 8
"""Spare bits: each of the ``3 * R`` responses of an inequality asks for a restart with at most
2^-8.
"""

Interval = tuple[int, int]
"""Smallest and largest value, both included."""

V = TypeVar("V", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Parameters:
    """One row: repetitions R, digit width ``bg``, and the witness length ``by``."""

    repetitions: int
    digit_bits: int
    witness_bits: int
    last_digit_inverse: int
    """``2^(-bg*(R-1))`` modulo the group order."""

    @classmethod
    def select(cls, bounds: Sequence[Interval]) -> Parameters:
        """The first row that fits every ``(low, high)`` interval of polynomial values.

        Raises `UsageError` when none does, or when ``bounds`` is empty.
        """
        if not bounds:
            raise UsageError("no inequality to choose parameters for")
        largest = max(max(abs(low), abs(high)) for low, high in bounds)
        highest = max(max(high, 0) for _, high in bounds)
        witness_bits = max(1, -(-highest.bit_length() // 2))
        for repetitions, digit_bits in _DIGIT_BITS.items():
            no_wrap = (
                3 * ((1 << Z_BITS) - 1) ** 2
                + (1 << (Z_BITS + digit_bits))
                + (largest << (2 * digit_bits))
                < GROUP_ORDER
            )
            if no_wrap and witness_bits + digit_bits + _RESTART_MARGIN <= Z_BITS:
                inverse = _LAST_DIGIT_INVERSE[repetitions]
                return cls(repetitions, digit_bits, witness_bits, inverse)
        raise UsageError(
            f"an inequality reaches values of {largest.bit_length()} bits, more than can be proven",
            hint="narrow the declared ranges of the attributes or split the comparison",
        )

    def digits(self, challenge: int) -> list[int]:
        """``g_k`` with ``challenge = sum 2^(bg*k) * g_k``; the last may be narrower."""
        mask = (1 << self.digit_bits) - 1
        return [(challenge >> (self.digit_bits * k)) & mask for k in range(self.repetitions)]

    def canonical(self) -> list[object]:
        """For the transcript."""
        return [self.repetitions, self.digit_bits, self.witness_bits, Z_BITS]


def require_no_wrap(interval: Interval) -> None:
    """For ``P = 0`` and ``P != 0``, which are proven modulo the group order: a value of ``P`` is a
    multiple of it only when it is zero. Raises `UsageError` where values reach that far.
    """
    largest = max(abs(end) for end in interval)
    if largest >= GROUP_ORDER:
        raise UsageError(
            f"an equation reaches values of {largest.bit_length()} bits, more than can be proven",
            hint="narrow the declared ranges of the attributes or take smaller factors",
        )


def select_repetitions(bounds: Sequence[Interval]) -> int:
    """R of the first parameter row that fits all intervals; raises `UsageError` if none does."""
    return Parameters.select(bounds).repetitions


def polynomial_interval(
    terms: Iterable[tuple[tuple[V, ...], int]], box_of: Callable[[V], Interval]
) -> Interval:
    """An interval that holds every value of a polynomial of degree at most two.

    ``terms`` gives each monomial ``()``, ``(x,)``, ``(x, x)`` or ``(x, y)`` once with its
    coefficient; ``box_of`` gives a variable's interval. The part ``a*x^2 + b*x`` of each variable
    is bounded exactly and products of two variables by their corners, so that a polynomial
    without products gets its exact range.

    Raises `UsageError` for a monomial of higher degree; what ``box_of`` raises passes through.
    """
    low = high = 0
    own: dict[V, list[int]] = {}
    for monomial, coefficient in terms:
        if not monomial:
            part = (coefficient, coefficient)
        elif len(monomial) == 1 or (len(monomial) == 2 and monomial[0] == monomial[1]):
            own.setdefault(monomial[0], [0, 0])[len(monomial) - 1] += coefficient
            continue
        elif len(monomial) == 2:
            part = _product(coefficient, box_of(monomial[0]), box_of(monomial[1]))
        else:
            raise UsageError("polynomial: degree above two")
        low, high = low + part[0], high + part[1]
    for variable, (linear, square) in own.items():
        part = _parabola(square, linear, box_of(variable))
        low, high = low + part[0], high + part[1]
    return low, high


def _product(coefficient: int, first: Interval, second: Interval) -> Interval:
    corners = [coefficient * a * b for a in first for b in second]
    return min(corners), max(corners)


def _parabola(square: int, linear: int, box: Interval) -> Interval:
    """Exact range of ``square*x^2 + linear*x`` over the integers of ``box``."""
    points = set(box)
    if square:
        vertex = -linear // (2 * square)
        points.update(x for x in (vertex, vertex + 1) if box[0] <= x <= box[1])
    values = [(square * x + linear) * x for x in points]
    return min(values), max(values)
