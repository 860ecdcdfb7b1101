"""Constraints beyond equality and order, built from the exact block.

A `Builder` collects what a statement needs and hands out auxiliary slots. Prover and verifier run
the same builder over the same circuit; only the prover then asks for the auxiliary values. Every
gadget says what it adds and why it holds. Source: docs/security.md, section "Exact constraints".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from zkproof.curve import R
from zkproof.errors import ConflictError, UsageError
from zkproof.sigma.linear import LinearEquation
from zkproof.sigma.polynomial import Polynomial
from zkproof.sigma.statement import Box

Terms = Mapping[tuple[int, ...], int]
"""A polynomial by monomials over slots: ``()``, ``(i,)``, ``(i, j)``."""

Assignment = list[int]
"""Values of all slots allocated so far, as signed integers where a box says so."""

MAX_SET = 1000

MAX_RANGE_BITS = 64


@dataclass
class Builder:
    """``boxes`` starts with those of the signed slots and grows with auxiliary ones."""

    boxes: list[Box | None]
    linear: list[LinearEquation] = field(default_factory=list)
    inequalities: list[Polynomial] = field(default_factory=list)
    exact: list[Polynomial] = field(default_factory=list)
    _witness: list[Callable[[Assignment], int]] = field(default_factory=list)

    @property
    def auxiliary(self) -> int:
        return len(self._witness)

    def auxiliary_values(self, signed: Sequence[int]) -> list[int]:
        """The auxiliary secrets that go with these values of the signed slots, modulo R."""
        values = list(signed)
        for compute in self._witness:
            values.append(compute(values))
        return [value % R for value in values[len(signed) :]]

    def allocate(self, compute: Callable[[Assignment], int], box: Box | None = None) -> int:
        """A new auxiliary slot. ``box`` only where constraints added by the caller bound it."""
        self.boxes.append(box)
        self._witness.append(compute)
        return len(self.boxes) - 1

    def contradiction(self, message: str) -> None:
        """What is public already contradicts the statement. Raises `ConflictError`."""
        raise ConflictError(message)

    def equal_zero(self, terms: Terms) -> None:
        """``P = 0`` modulo R: a linear equation or an exact constraint, by degree."""
        polynomial = Polynomial.build(terms)
        if polynomial.quadratic:
            self.exact.append(polynomial)
        else:
            self.linear.append(LinearEquation(polynomial.linear, -polynomial.constant))

    def at_least_zero(self, terms: Terms) -> None:
        """``P >= 0`` over the integers."""
        self.inequalities.append(Polynomial.build(terms))

    def not_zero(self, terms: Terms) -> None:
        """``P != 0`` modulo R: ``P * x = 1`` for some x. A polynomial of degree two is given a
        slot of its own first.
        """
        x_of = inverse_of(terms)
        if Polynomial.build(terms).quadratic:
            product = self.allocate(_value_of(terms))
            self.equal_zero({**terms, (product,): -1})
            factor: Terms = {(product,): 1}
        else:
            factor = terms
        x = self.allocate(x_of)
        self.equal_zero(times(factor, x, constant=-1))

    def linear_form(self, terms: Terms) -> Terms:
        """The polynomial itself when linear, otherwise a slot that is constrained to be its value.

        The slot's box is the interval of the polynomial over the boxes of what it reads: being
        equal to a bounded integer modulo R, and that integer's size far below R, it is that
        integer. Beneath a selector that is zero, what it reads may be anything; so may it.
        """
        polynomial = Polynomial.build(terms)
        if not polynomial.quadratic:
            return terms
        boxed = all(self.boxes[slot] is not None for slot in polynomial.slots)
        box = polynomial.bounds(self.boxes) if boxed else None
        x = self.allocate(lambda values: evaluate(terms, values), box)
        self.equal_zero({**terms, (x,): -1})
        return {(x,): 1}

    def bit(self, compute: Callable[[Assignment], int]) -> int:
        """A slot that is 0 or 1: ``b^2 = b``."""
        b = self.allocate(compute, (0, 1))
        self.equal_zero({(b, b): 1, (b,): -1})
        return b

    def in_range(self, slot: int, low: int, high: int) -> None:
        """``low <= x <= high`` for any scalar x: ``x - low`` is a sum of bits, and unless the width
        is a power of two ``high - x`` is as well. Nothing is assumed of the slot, so this is what
        holder-chosen integers are proven with.

        Adds n bits (one of them determined by the others) for each of the two, with n the length
        of ``high - low``. Raises `UsageError` for more than `MAX_RANGE_BITS`.
        """
        width = high - low
        count = width.bit_length()
        if width < 0 or count > MAX_RANGE_BITS:
            raise UsageError(f"exact range: ends ascend, at most {MAX_RANGE_BITS} bits apart")
        self._sum_of_bits({(slot,): 1, (): -low}, count)
        if width + 1 != 1 << count:
            self._sum_of_bits({(slot,): -1, (): high}, count)

    def _sum_of_bits(self, terms: Terms, count: int) -> None:
        """``P = sum 2^i * b_i`` with ``count`` bits."""
        total: dict[tuple[int, ...], int] = dict(terms)
        for i in range(count):
            total[(self.bit(_bit_of(terms, i)),)] = -(1 << i)
        self.equal_zero(total)

    def one_hot(self, count: int, position: Callable[[Assignment], int]) -> list[Terms]:
        """``count`` linear forms, each 0 or 1, that sum to 1. The last is one minus the rest and
        has to be a bit as well, or two of the others could be 1 and it -1.
        """
        bits = [self.bit(_is_at(position, k)) for k in range(count - 1)]
        forms: list[Terms] = [{(b,): 1} for b in bits]
        last: dict[tuple[int, ...], int] = {(): 1}
        for b in bits:
            last[(b,)] = -1
        if count > 2:
            self.equal_zero(add(multiply(last, last), last, factor=-1))
        return [*forms, last]

    def member(self, slot: int, elements: Sequence[int]) -> None:
        """The slot is one of ``elements`` modulo R: ``x = sum a_i * d_l * S[i*B + l]`` with one-hot
        ``a`` (rows) and ``d`` (columns); the list is padded by repeating its last element.
        """
        count = len(elements)
        if not 0 < count <= MAX_SET:
            raise UsageError(f"set of {count} elements, 1 to {MAX_SET} allowed")
        reduced = [element % R for element in elements]
        if count == 1:
            self.equal_zero({(slot,): 1, (): -reduced[0]})
            return
        rows = math.isqrt(count - 1) + 1
        columns = -(-count // rows)
        padded = reduced + [reduced[-1]] * (rows * columns - count)

        def place(values: Assignment) -> int:
            value = values[slot] % R
            return padded.index(value) if value in padded else 0  # then the constraint fails

        a = self.one_hot(rows, lambda values: place(values) // columns)
        d = self.one_hot(columns, lambda values: place(values) % columns)
        total: dict[tuple[int, ...], int] = {(slot,): -1}
        for i, row in enumerate(a):
            for k, column in enumerate(d):
                total = add(total, multiply(row, column), factor=padded[i * columns + k])
        self.equal_zero({monomial: value % R for monomial, value in total.items()})

    def not_member(self, slot: int, elements: Sequence[int]) -> None:
        """The slot is none of ``elements`` modulo R: the product of all differences, built two at
        a time, has an inverse.
        """
        if not 0 < len(elements) <= MAX_SET:
            raise UsageError(f"set of {len(elements)} elements, 1 to {MAX_SET} allowed")
        running: Terms = {(slot,): 1, (): -(elements[0] % R)}
        for element in elements[1:]:
            product = multiply(running, {(slot,): 1, (): -(element % R)})
            x = self.allocate(_value_of(product))
            self.equal_zero({**{m: v % R for m, v in product.items()}, (x,): -1 % R})
            running = {(x,): 1}
        x = self.allocate(inverse_of(running))
        self.equal_zero(times(running, x, constant=-1))


def evaluate(terms: Terms, values: Sequence[int]) -> int:
    """The value of a polynomial."""
    return sum(
        coefficient * math.prod(values[slot] for slot in monomial)
        for monomial, coefficient in terms.items()
    )


def _is_at(position: Callable[[Assignment], int], k: int) -> Callable[[Assignment], int]:
    return lambda values: int(position(values) == k)


def _bit_of(terms: Terms, i: int) -> Callable[[Assignment], int]:
    return lambda values: evaluate(terms, values) >> i & 1


def _value_of(terms: Terms) -> Callable[[Assignment], int]:
    return lambda values: evaluate(terms, values) % R


def inverse_of(terms: Terms) -> Callable[[Assignment], int]:
    """Computes ``1/P`` modulo R; zero where there is none, which then fails its constraint."""

    def compute(values: Assignment) -> int:
        value = evaluate(terms, values) % R
        return pow(value, -1, R) if value else 0

    return compute


def times(terms: Terms, slot: int, *, constant: int) -> Terms:
    """``P * slot + constant`` for a polynomial of degree one."""
    return {**multiply(terms, {(slot,): 1}), (): constant}


def multiply(left: Terms, right: Terms) -> dict[tuple[int, ...], int]:
    """The product, with like terms added up."""
    product: dict[tuple[int, ...], int] = {}
    for m, a in left.items():
        for n, b in right.items():
            key = tuple(sorted((*m, *n)))
            product[key] = product.get(key, 0) + a * b
    return product


def add(left: Terms, right: Terms, *, factor: int = 1) -> dict[tuple[int, ...], int]:
    """``left + factor * right``."""
    total = dict(left)
    for monomial, value in right.items():
        total[monomial] = total.get(monomial, 0) + factor * value
    return total
