"""By how much values miss a requirement, where that is one amount with one unit."""

from __future__ import annotations

from collections.abc import Mapping

from zkproof.wallet.reasons import Missing
from zkproof_circuits.circuit import Formula, Inequality
from zkproof_circuits.evaluate import Values
from zkproof_circuits.schema import Schema
from zkproof_circuits.types.numbers import Integer, Money


def missing_in(formula: Formula, values: Values, schemas: Mapping[str, Schema]) -> Missing | None:
    """What a linear "at least" or "at most" over amounts of one unit is short of.

    ``None`` for anything else: a ratio or an alternative is not missed by an amount.
    """
    if not isinstance(formula, Inequality) or formula.polynomial.degree != 1:
        return None
    weights = {abs(weight) for monomial, weight in formula.polynomial.terms if monomial}
    slots = sorted(formula.polynomial.slots)
    kinds = [schemas[each.credential].attribute(each.attribute).type for each in slots]
    if len(weights) != 1 or len({kind.comparison_key for kind in kinds}) != 1:
        return None
    kind = kinds[0]
    if not isinstance(kind, Integer | Money):
        return None
    integers = {}
    for slot in slots:
        value = values[slot.credential][slot.attribute]
        if not isinstance(value, int):
            return None
        integers[slot] = value
    (weight,) = weights
    short = -formula.polynomial.evaluate(integers)
    return Missing(-(-short // weight), kind) if short > 0 else None
