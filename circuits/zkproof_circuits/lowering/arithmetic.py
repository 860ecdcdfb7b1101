"""Expressions to quantities, with every rule about units, scales, currencies and dates."""

from __future__ import annotations

import calendar
import datetime
from dataclasses import replace
from fractions import Fraction

from zkproof.errors import SchemaError
from zkproof_circuits.language import syntax
from zkproof_circuits.language.syntax import Expression
from zkproof_circuits.lowering import rational
from zkproof_circuits.lowering.days import local_day, period_end
from zkproof_circuits.lowering.groups import as_sum
from zkproof_circuits.lowering.quantity import (
    COUNT,
    MONEY,
    TIME,
    Kind,
    Quantity,
    as_time,
    combine_units,
    counted,
    describe_units,
    without_percent,
)
from zkproof_circuits.lowering.rational import Terms
from zkproof_circuits.lowering.scope import Scope
from zkproof_circuits.lowering.units import merge_scales, unify
from zkproof_circuits.polynomial import Slot
from zkproof_circuits.schema import Attribute
from zkproof_circuits.types import AttributeType, Date, Integer, Money, Timestamp
from zkproof_circuits.types.base import Box
from zkproof_circuits.types.calendar import date_of, day_number
from zkproof_circuits.types.codes import number_of

_DAY_SECONDS = 86_400
_SPAN_DAYS = {"hour": Fraction(1, 24), "day": Fraction(1), "week": Fraction(7)}


class Arithmetic:
    """Reads expressions within one scope, and remembers the boxes of the slots it met."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._boxes: dict[Slot, Box] = {}
        for pair, statement in scope.certified.items():
            scope.quotients[pair] = self._certified(statement)

    def box_of(self, slot: Slot) -> Box:
        """The box of a slot that a quantity read."""
        return self._boxes[slot]

    def integer_slot(self, node: syntax.AttributeName) -> tuple[Slot, Attribute]:
        """An attribute that comparisons may read: an integer for whose size its issuer vouches."""
        slot, attribute = self.scope.attribute(node)
        kind = attribute.type
        if kind.holder_chosen or (attribute.blind and kind.box is None):
            # A holder could have put 1/4 mod p there, which passes for a number above zero.
            raise node.error(
                f"{slot} is chosen by the holder; nobody vouches for its size",
                hint="compare an attribute that the issuer filled in; to tie credentials "
                "together write: same holder a, b",
            )
        if kind.box is None:
            raise node.error(
                f"{slot} is {kind.kind}, a scalar without size, and cannot be compared like this",
                hint="only = != in and reveal are possible, or have the issuer type it as a number",
            )
        self._boxes[slot] = kind.box
        return slot, attribute

    def quantity(self, node: Expression) -> Quantity:
        """The quantity that an expression stands for; raises `PolicyError`."""
        match node:
            case syntax.Number(text):
                return Quantity("number", rational.constant(Fraction(text)), bare=True)
            case syntax.Amount(text, currency):
                return self._amount(node, text, currency)
            case syntax.Measure(text, unit):
                return Quantity(
                    "number", rational.constant(Fraction(text)), ((COUNT + counted(unit), 1),)
                )
            case syntax.Span(count, unit) if unit not in _SPAN_DAYS:
                return Quantity(
                    "number", rational.constant(Fraction(count)), ((COUNT + counted(unit), 1),)
                )
            case syntax.Span(count, unit):
                days = rational.constant(count * _SPAN_DAYS[unit])
                return Quantity("number", days, ((TIME, 1),))
            case syntax.DateLiteral():
                return _point(node, Date(datetime.date(1800, 1, 1)), node.text)
            case syntax.TimeLiteral():
                return _point(node, Timestamp(), node.text)
            case syntax.Name("today"):
                return _date(self.scope.today)
            case syntax.Name("now"):
                now = Fraction(self.scope.now, _DAY_SECONDS)
                return Quantity("timestamp", rational.constant(now))
            case syntax.LocalToday():
                return _date(local_day(node, self.scope.now))
            case syntax.PeriodEnd():
                return _date(period_end(self.known_day(node, node.day), node))
            case syntax.Year():
                year = self.known_day(node, node.day).year
                return Quantity("number", rational.constant(Fraction(year)), bare=True)
            case syntax.Name():
                bound = self.scope.parameter(node)
                if not isinstance(bound.value, int):
                    raise node.error(f"{node.name} is not a number")
                return self._typed(node, bound.type, rational.constant(Fraction(bound.value)))
            case syntax.AttributeName():
                slot, attribute = self.integer_slot(node)
                return self._typed(node, attribute.type, rational.single(slot, Fraction(1)))
            case syntax.Negative(operand):
                value = self._number(operand)
                return replace(value, numerator=rational.scale(value.numerator, Fraction(-1)))
            case syntax.Total():
                return self._total(node)
            case syntax.Scaled():
                return self._product(node)
            case syntax.Age():
                raise node.error(
                    "age stands alone on one side of a comparison",
                    hint="write age(a.birth_date) >= 18",
                )
            case syntax.Group(kind="sum" | "average"):
                return self.quantity(as_sum(node))
            case syntax.Group(kind):
                raise node.error(
                    f"a {kind} stands alone on one side of a comparison",
                    hint="write min of {a.balance, b.balance} >= 10_000.00 MOP",
                )
            case syntax.Score():
                raise node.error(
                    "a score stands alone on one side of a comparison",
                    hint="write score {20 if ..., 30 if ...} >= 40",
                )
            case _:
                raise node.error("a number, an amount or a date is needed here")

    def known_day(self, node: syntax.Node, day: Expression) -> datetime.date:
        """A date that no attribute takes part in; raises `PolicyError`."""
        found = self.quantity(day)
        if found.kind != "date" or not found.is_constant:
            raise node.error(
                "this needs a date that is known, such as today",
                hint="of a hidden date ask: year(a.issued) = 2026, or between two dates",
            )
        try:
            return date_of(int(found.constant))
        except OverflowError:
            raise day.error("no such date in the calendar") from None

    def difference(self, node: syntax.Node, left: Quantity, right: Quantity) -> Terms:
        """A polynomial with the sign of ``left - right``; ``node`` is blamed for what differs."""
        if left.kind != right.kind:
            raise node.error(
                f"{describe_units(left)} cannot be compared with {describe_units(right)}"
            )
        left, right = unify(self.scope, node, left, right)
        merge_scales(node, left, right)
        self._spend(node, left, right)
        try:
            return rational.add(
                rational.multiply(left.numerator, right.denominator),
                rational.multiply(right.numerator, left.denominator),
                -1,
            )
        except rational.DegreeError:
            raise _too_high(node) from None

    def _certified(self, statement: syntax.CertifiedRate) -> Quantity:
        """The quotient that a certified rate is; raises `PolicyError`."""
        found = self.quantity(statement.value)
        wanted = combine_units(((MONEY + statement.target, 1),), ((MONEY + statement.base, 1),), -1)
        if found.units != wanted:
            raise statement.value.error(
                f"a rate of {statement.target} per {statement.base} is an amount of "
                f"{statement.target} divided by one of {statement.base}",
                hint="an issuer certifies both: what 100.00 HKD are in MOP",
            )
        if found.is_constant:
            raise statement.error(
                "a known rate names its source and day",
                hint=f'write rate {statement.target} per {statement.base} = 1.03 source "..." at '
                f"{self.scope.today.isoformat()}",
            )
        if not rational.is_positive(found.numerator, self.box_of):
            raise statement.value.error("a rate is above zero for every value its types allow")
        return found

    def _amount(self, node: syntax.Amount, text: str, currency: str) -> Quantity:
        try:
            number_of("currency", currency, field=currency)
        except SchemaError as error:
            raise node.error(error.message, hint=error.hint) from None
        return Quantity(
            "number",
            rational.constant(Fraction(text)),
            ((MONEY + currency, 1),),
            decimals={currency: len(text.partition(".")[2])},
        )

    def _typed(self, node: syntax.Node, kind: AttributeType, terms: Terms) -> Quantity:
        """Integers of a type as a quantity."""
        match kind:
            case Money(currency, digits, _, _):
                return Quantity(
                    "number",
                    rational.scale(terms, Fraction(1, 10**digits)),
                    ((MONEY + currency, 1),),
                    scales={currency: digits},
                )
            case Integer(_, _, unit):
                return Quantity("number", terms, ((COUNT + counted(unit), 1),) if unit else ())
            case Date():
                return Quantity("date", terms)
            case Timestamp():
                return Quantity("timestamp", rational.scale(terms, Fraction(1, _DAY_SECONDS)))
            case _:
                raise node.error(
                    f"a {kind.kind} is not a quantity and has no order",
                    hint="use = != or in {...}",
                )

    def _number(self, node: Expression) -> Quantity:
        value = self.quantity(node)
        if value.kind != "number":
            raise node.error(f"a {value.kind} is a point in time, not a number")
        return value

    def _total(self, node: syntax.Total) -> Quantity:
        total = self.quantity(node.first)
        for sign, operand in node.rest:
            factor = 1 if sign == "+" else -1
            if (
                isinstance(operand, syntax.Span)
                and operand.unit not in _SPAN_DAYS
                and total.kind != "number"
            ):
                total = self._shift(total, operand, factor)
            else:
                total = self._add(operand, total, self.quantity(operand), factor)
        return total

    def _shift(self, date: Quantity, span: syntax.Span, factor: int) -> Quantity:
        """A known date, months or years later or earlier."""
        if date.kind != "date" or not date.is_constant:
            raise span.error(
                f"{span.unit}s differ in length and need a date that is known",
                hint=f"move them to the side of today: today - {span.count} {span.unit}s",
            )
        months = factor * span.count * (12 if span.unit == "year" else 1)
        try:
            return _date(shift_months(date_of(int(date.constant)), months))
        except (ValueError, OverflowError):
            raise span.error("no such date in the calendar") from None

    def _add(self, node: syntax.Node, left: Quantity, right: Quantity, factor: int) -> Quantity:
        kind = left.kind
        if left.kind != "number":
            right = as_time(right)
        if left.kind == right.kind == "number":
            left, right = unify(self.scope, node, left, right)
        elif right.kind == "number" and right.units == ((TIME, 1),):
            _require_whole(node, kind, right)
        elif left.kind == right.kind and factor == -1:
            kind, left = "number", replace(left, units=((TIME, 1),))
        else:
            raise node.error(
                f"{describe_units(right)} cannot be {'added to' if factor > 0 else 'taken from'} "
                f"{describe_units(left)}",
                hint="a date moves by days: a.issued + 30 days",
            )
        scales, decimals = merge_scales(node, left, right)
        self._spend(node, left, right)
        try:
            if left.denominator == right.denominator:
                numerator = rational.add(left.numerator, right.numerator, factor)
                denominator = left.denominator
            else:
                numerator = rational.add(
                    rational.multiply(left.numerator, right.denominator),
                    rational.multiply(right.numerator, left.denominator),
                    factor,
                )
                denominator = rational.multiply(left.denominator, right.denominator)
        except rational.DegreeError:
            raise _too_high(node) from None
        bare = left.bare and right.bare
        return Quantity(kind, numerator, left.units, denominator, bare, scales, decimals)

    def _spend(self, node: syntax.Node, left: Quantity, right: Quantity) -> None:
        """The terms of both over a common denominator."""
        if left.denominator == right.denominator:
            terms = len(left.numerator) + len(right.numerator)
        else:
            terms = len(left.numerator) * len(right.denominator)
            terms += len(right.numerator) * len(left.denominator)
            terms += len(left.denominator) * len(right.denominator)
        self.scope.work.spend(node, terms)

    def _product(self, node: syntax.Scaled) -> Quantity:
        product = self._number(node.first)
        for sign, operand in node.rest:
            factor = self._number(operand)
            if sign == "/":
                factor = self._reciprocal(operand, factor)
            scales, decimals = merge_scales(operand, product, factor)
            self.scope.work.spend(operand, len(product.numerator) * len(factor.numerator))
            self.scope.work.spend(operand, len(product.denominator) * len(factor.denominator))
            try:
                multiplied = Quantity(
                    "number",
                    rational.multiply(product.numerator, factor.numerator),
                    combine_units(product.units, factor.units, 1),
                    rational.multiply(product.denominator, factor.denominator),
                    product.bare and factor.bare,
                    scales,
                    decimals,
                )
            except rational.DegreeError:
                raise _too_high(operand) from None
            # Twice a percentage is one; a percentage of something else is a part of that.
            plain = product.bare or factor.bare
            product = multiplied if plain else without_percent(multiplied)
        return product

    def _reciprocal(self, node: syntax.Node, value: Quantity) -> Quantity:
        if value.is_constant:
            if value.constant == 0:
                raise node.error("division by zero")
            numerator, denominator = rational.constant(1 / value.constant), rational.ONE
        elif rational.is_positive(value.numerator, self.box_of):
            numerator, denominator = value.denominator, value.numerator
        else:
            raise node.error(
                "a divisor has to be above zero for every value its type allows",
                hint="multiply instead: 100 * a.debt <= 40 * a.income",
            )
        units = combine_units((), value.units, -1)
        return replace(value, numerator=numerator, denominator=denominator, units=units)


def shift_months(date: datetime.date, months: int) -> datetime.date:
    """The same day of the month that many months later, or the month's last day.

    Raises `ValueError` outside the years 1 to 9999.
    """
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    if not datetime.MINYEAR <= year <= datetime.MAXYEAR:
        raise ValueError("year out of range")
    last = calendar.monthrange(year, month + 1)[1]
    return datetime.date(year, month + 1, min(date.day, last))


def _require_whole(node: syntax.Node, kind: Kind, length: Quantity) -> None:
    """A date moves by whole days and a time by whole seconds: there are no others to compare."""
    seconds = _DAY_SECONDS if kind == "timestamp" else 1
    whole = all((value * seconds).denominator == 1 for value in length.numerator.values())
    if length.denominator != rational.ONE or not whole:
        unit = "seconds" if kind == "timestamp" else "days"
        raise node.error(
            f"a {'time' if kind == 'timestamp' else 'date'} moves by whole {unit}",
            hint="take the difference and multiply: 7 * (a.as_of - a.opened) >= 30 days",
        )


def _date(date: datetime.date) -> Quantity:
    return Quantity("date", rational.constant(Fraction(day_number(date))))


def _point(node: syntax.Node, kind: Date | Timestamp, text: str) -> Quantity:
    try:
        value = Fraction(kind.parse(text))
    except SchemaError as error:
        raise node.error(error.message) from None
    if isinstance(kind, Date):
        return Quantity("date", rational.constant(value))
    return Quantity("timestamp", rational.constant(value / _DAY_SECONDS))


def _too_high(node: syntax.Node) -> Exception:
    return node.error(
        "more than two attributes are multiplied with one another",
        hint="a proof handles products of two; let an issuer certify the intermediate value",
    )
