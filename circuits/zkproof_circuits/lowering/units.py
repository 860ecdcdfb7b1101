"""Rules about units: what may be added or compared, and when a stated rate converts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from zkproof_circuits.language import syntax
from zkproof_circuits.lowering import rational
from zkproof_circuits.lowering.quantity import (
    COUNT,
    MONEY,
    PERCENT,
    TIME,
    Quantity,
    as_time,
    describe_units,
    without_percent,
)
from zkproof_circuits.lowering.scope import Scope


def unify(
    scope: Scope, node: syntax.Node, left: Quantity, right: Quantity
) -> tuple[Quantity, Quantity]:
    """Both quantities in one unit: plain numbers adopt it, stated rates convert to it."""
    if left.units == right.units:
        return left, right
    if ((TIME, 1),) in (left.units, right.units):
        left, right = as_time(left), as_time(right)
        if left.units == right.units:
            return left, right
    if left.bare and _countable(right):
        return replace(left, units=right.units, bare=False), right
    if right.bare and _countable(left):
        return left, replace(right, units=left.units, bare=False)
    if left.units == ((PERCENT, 1),) and _is_ratio(right):
        return without_percent(left), right
    if right.units == ((PERCENT, 1),) and _is_ratio(left):
        return left, without_percent(right)
    if left.currency and right.currency:
        return _exchange(scope, node, left, right, left.currency, right.currency)
    hint = "the units on both sides have to agree"
    if left.bare or right.bare:
        other = right if left.bare else left
        if other.currency:
            hint = f"write the currency: 500_000.00 {other.currency}"
        elif other.units == ((TIME, 1),):
            hint = "write the unit: 30 days"
    elif {((COUNT + "months", 1),), ((TIME, 1),)} == {left.units, right.units}:
        hint = "months differ in length; put them beside a known date: today - 6 months"
    raise node.error(f"{describe_units(left)} does not go with {describe_units(right)}", hint=hint)


def _exchange(
    scope: Scope, node: syntax.Node, left: Quantity, right: Quantity, first: str, second: str
) -> tuple[Quantity, Quantity]:
    rate = scope.rate(first, second)
    if rate is not None:
        return left, _exchanged(right, first, second, rate.rate)
    rate = scope.rate(second, first)
    if rate is not None:
        return _exchanged(left, second, first, rate.rate), right
    quotient = scope.quotient(first, second)
    if quotient is not None:
        return left, _converted(node, right, first, second, quotient)
    quotient = scope.quotient(second, first)
    if quotient is not None:
        return _converted(node, left, second, first, quotient), right
    raise node.error(
        f"{first} and {second} go together only by a stated rate",
        hint=f'state one: rate {first} per {second} = ... source "..." at '
        f"{scope.today.isoformat()}",
    )


def _is_ratio(quantity: Quantity) -> bool:
    """A plain number that is a quotient or a product, and not a count of something."""
    degree = max((len(monomial) for monomial in quantity.numerator), default=0)
    ratio = quantity.denominator != rational.ONE or degree > 1
    return quantity.kind == "number" and not quantity.units and ratio


def _countable(quantity: Quantity) -> bool:
    """Whether a plain number can stand for it: a count of things, never money or time."""
    return (
        quantity.kind == "number"
        and len(quantity.units) <= 1
        and all(name.startswith(COUNT) and power == 1 for name, power in quantity.units)
    )


def _exchanged(quantity: Quantity, target: str, base: str, rate: Fraction) -> Quantity:
    """An amount in another currency; what it is now has no smallest unit."""
    return replace(
        quantity,
        numerator=rational.scale(quantity.numerator, rate),
        units=((MONEY + target, 1),),
        scales={code: digits for code, digits in quantity.scales.items() if code != base},
        decimals={code: digits for code, digits in quantity.decimals.items() if code != base},
    )


def _converted(
    node: syntax.Node, quantity: Quantity, target: str, base: str, rate: Quantity
) -> Quantity:
    """An amount in another currency, by a hidden rate."""
    try:
        numerator = rational.multiply(quantity.numerator, rate.numerator)
        denominator = rational.multiply(quantity.denominator, rate.denominator)
    except rational.DegreeError:
        raise node.error(
            "with its rate more than two attributes are multiplied with one another",
            hint="state the rate in the policy, with its source and day",
        ) from None
    exchanged = _exchanged(quantity, target, base, Fraction(1))
    return replace(exchanged, numerator=numerator, denominator=denominator)


def merge_scales(
    node: syntax.Node, left: Quantity, right: Quantity
) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Scales and decimals of two quantities together; refuses what does not agree."""
    scales = dict(left.scales)
    for currency, digits in right.scales.items():
        if scales.setdefault(currency, digits) != digits:
            raise node.error(
                f"{currency} with {scales[currency]} and with {digits} digits after the point "
                "do not go together",
                hint="compare attributes of one scale",
            )
    decimals = dict(left.decimals)
    for currency, digits in right.decimals.items():
        decimals[currency] = max(digits, decimals.get(currency, 0))
    for currency, digits in decimals.items():
        if digits > scales.get(currency, digits):
            raise node.error(
                f"an amount of {currency} has more digits after the point than the attribute, "
                f"which has {scales[currency]}"
            )
    return scales, decimals
