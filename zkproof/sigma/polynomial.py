"""Integer polynomials of degree at most two over slots, and their three readings.

With ``Q``, ``L``, ``K`` the quadratic, linear and constant part of ``P`` and
``Ph(X; T) = Q(X) + T*L(X) + T^2*K``, the blocks use that

    Ph(m~ + T*m; T) = b0 + b1*T + P(m)*T^2,    b0 = Q(m~),    b1 = L(m~) + B(m~, m)

where a term ``q*X_i*X_j`` of Q gives ``q*(m~_i*m_j + m_i*m~_j)`` in B.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from zkproof.curve import R
from zkproof.errors import UsageError
from zkproof_circuits.bounds import polynomial_interval


@dataclass(frozen=True)
class Polynomial:
    """``constant + sum a*X_i + sum q*X_i*X_j`` with ``i <= j``, terms sorted, no zero terms."""

    constant: int
    linear: tuple[tuple[int, int], ...]
    quadratic: tuple[tuple[int, int, int], ...]

    @classmethod
    def build(cls, terms: Mapping[tuple[int, ...], int]) -> Polynomial:
        """From coefficients by monomial: ``()``, ``(i,)`` or ``(i, j)``; like terms add up.

        Raises `UsageError` for a monomial of higher degree.
        """
        merged: dict[tuple[int, ...], int] = {}
        for monomial, coefficient in terms.items():
            if len(monomial) > 2:
                raise UsageError("polynomial: degree above two")
            key = tuple(sorted(monomial))
            merged[key] = merged.get(key, 0) + coefficient
        kept = sorted((key, value) for key, value in merged.items() if value)
        return cls(
            constant=merged.get((), 0),
            linear=tuple((key[0], value) for key, value in kept if len(key) == 1),
            quadratic=tuple((key[0], key[1], value) for key, value in kept if len(key) == 2),
        )

    @cached_property
    def slots(self) -> frozenset[int]:
        return frozenset(
            [i for i, _ in self.linear] + [k for i, j, _ in self.quadratic for k in (i, j)]
        )

    def canonical(self) -> list[object]:
        """For the transcript: coefficients as text, for they may exceed 64 bits."""
        return [
            str(self.constant),
            [[i, str(a)] for i, a in self.linear],
            [[i, j, str(q)] for i, j, q in self.quadratic],
        ]

    def value(self, x: Sequence[int]) -> int:
        """``P(x)`` over the integers."""
        return (
            self.constant
            + sum(a * x[i] for i, a in self.linear)
            + sum(q * x[i] * x[j] for i, j, q in self.quadratic)
        )

    def mask_terms(self, masks: Sequence[int], values: Sequence[int]) -> tuple[int, int]:
        """``(b0, b1)`` modulo R."""
        b0 = b1 = 0
        for i, a in self.linear:
            b1 += a * masks[i]
        for i, j, q in self.quadratic:
            b0 += q * masks[i] * masks[j]
            b1 += q * (masks[i] * values[j] + values[i] * masks[j])
        return b0 % R, b1 % R

    def homogenised(self, responses: Sequence[int], c: int) -> int:
        """``Ph(m^; c)`` modulo R, from responses alone."""
        linear = sum(a * responses[i] for i, a in self.linear)
        quadratic = sum(q * responses[i] * responses[j] for i, j, q in self.quadratic)
        return (quadratic + c * (linear + c * self.constant)) % R

    def bounds(self, boxes: Sequence[tuple[int, int] | None]) -> tuple[int, int]:
        """An interval that holds ``P(x)`` for every ``x`` in the boxes, by interval arithmetic.

        Raises `UsageError` when a slot has no box: an inequality over it would be unsound.
        """
        terms: list[tuple[tuple[int, ...], int]] = [((), self.constant)]
        terms += [((i,), a) for i, a in self.linear]
        terms += [((i, j), q) for i, j, q in self.quadratic]
        return polynomial_interval(terms, lambda slot: _box(boxes, slot))


def _box(boxes: Sequence[tuple[int, int] | None], slot: int) -> tuple[int, int]:
    box = boxes[slot]
    if box is None:
        raise UsageError(
            f"slot {slot}: an inequality may only read integers bounded by their issuer",
            hint="prove this value with an exact range, or have the issuer type it",
        )
    return box
