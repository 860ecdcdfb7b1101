"""What a policy means, evaluated as it is written: the yardstick for the compiler.

This walks the syntax tree with fractions, amounts and calendar dates, and knows nothing of
polynomials, scales, intervals or negation pushed inwards. The tests hold the compiler against it;
it expects a tree that compiled.
"""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations

from zkproof_circuits.evaluate import Lists, Values
from zkproof_circuits.language import syntax
from zkproof_circuits.language.syntax import Expression
from zkproof_circuits.lowering.days import HOURS_AHEAD
from zkproof_circuits.lowering.numbered import with_numbered
from zkproof_circuits.lowering.scope import Scope
from zkproof_circuits.policy import Analysis
from zkproof_circuits.types import (
    AttributeType,
    Boolean,
    Date,
    Identifier,
    Integer,
    Money,
    Timestamp,
    Value,
)

_DAY_SECONDS = 86_400
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


@dataclass(frozen=True, slots=True)
class _Amount:
    """So much of a currency, in its major unit."""

    currency: str
    value: Fraction


@dataclass(frozen=True, slots=True)
class _Percent:
    """So many hundredths."""

    value: Fraction


_Plain = Fraction | _Amount | _Percent | datetime.date | datetime.datetime | bool | str
"""Values as people think of them; lengths of time are in days."""


def evaluate_as_written(analysis: Analysis, values: Values, *, lists: Lists | None = None) -> bool:
    """Whether every requirement of the policy holds, but for those that nothing here decides."""
    return all(requirement_results(analysis, values, lists=lists))


def requirement_results(
    analysis: Analysis, values: Values, *, lists: Lists | None = None
) -> tuple[bool, ...]:
    """For each statement that becomes a constraint, whether it holds; true where undecided."""
    statements = analysis.policy.statements
    reader = _Reader(analysis.scope, values, lists or {}, statements)
    return tuple(
        reader.requirement(statement)
        for statement in analysis.policy.statements
        if isinstance(
            statement,
            syntax.Requirement | syntax.Choice | syntax.Pseudonym | syntax.Tag | syntax.EncryptTo,
        )
    )


def _declared(statements: Sequence[syntax.Statement]) -> frozenset[str]:
    return frozenset(each.alias for each in statements if isinstance(each, syntax.Credential))


class _Reader:
    def __init__(
        self, scope: Scope, values: Values, lists: Lists, statements: Sequence[syntax.Statement]
    ) -> None:
        self.scope = scope
        self.values = values
        self.lists = lists
        self.known = _declared(statements)
        """Credentials that may be named where a statement stands."""

        self.holders = [each for each in statements if isinstance(each, syntax.SameHolder)]
        """What is said of one holder there and further out: true inside of ways as well."""

    def requirement(self, statement: syntax.Statement) -> bool:
        match statement:
            case syntax.Require(condition):
                return self.truth(with_numbered(condition, self.scope)) is not False
            case syntax.SameHolder(names):
                secrets = {
                    self.values[name.alias][self.scope.schemas[name.alias].roles.holder or ""]
                    for name in names
                    if name.alias in self.known
                }
                return len(secrets) <= 1
            case syntax.Either(ways) | syntax.Choice(ways):
                return any(self._way(way) for way in ways)
            case syntax.RequireDistinct(attributes):
                raw = [self.values[node.credential][node.attribute] for node in attributes]
                return all(first != second for first, second in combinations(raw, 2))
            case _:
                return True

    def _way(self, way: syntax.Way) -> bool:
        """Whether its credentials are held, and what it asks of them holds."""
        own = _declared(way.statements)
        if not own <= self.values.keys():
            return False
        before = self.known, self.holders
        here = [each for each in way.statements if isinstance(each, syntax.SameHolder)]
        self.known, self.holders = self.known | own, [*self.holders, *here]
        concerned = [
            each for each in self.holders if own & {name.alias for name in each.credentials}
        ]
        holds = all(self.requirement(each) for each in (*way.statements, *concerned))
        self.known, self.holders = before
        return holds

    def truth(self, node: Expression) -> bool | None:
        """``None`` where it hangs on a published list that is not known here."""
        match node:
            case syntax.InPublished(value, list_id, opposite):
                if list_id not in self.lists:
                    return None
                return (self._raw(value) in self.lists[list_id]) != opposite
            case syntax.Negated(condition):
                inner = self.truth(condition)
                return None if inner is None else not inner
            case syntax.InNamed(value, name, opposite):
                items = self.scope.lists[name].items
                return any(self._compare(value, "=", item) for item in items) != opposite
            case syntax.AllOf(parts):
                return self._at_least(len(parts), parts)
            case syntax.AnyOf(parts):
                return self._at_least(1, parts)
            case syntax.Comparison(syntax.CountOf() as group, sign, right):
                return self._counted(group, [self._compare(p, sign, right) for p in group.parts])
            case syntax.Comparison(left, sign, syntax.CountOf() as group):
                return self._counted(group, [self._compare(left, sign, p) for p in group.parts])
            case syntax.Between() | syntax.InSet() | syntax.InNamed() | syntax.InPublished() if (
                isinstance(node.value, syntax.CountOf)
            ):
                each = [self.truth(replace(node, value=part)) for part in node.value.parts]
                return self._counted(node.value, each)
            case syntax.CountOf(_, parts, "all" | "any" | "none"):
                return self._counted(node, [self.truth(part) for part in parts])
            case syntax.CountOf(count, parts, "at least"):
                return self._at_least(count, parts)
            case syntax.CountOf(count, parts, counting):
                holding = sum(self.truth(part) is True for part in parts)
                return holding == count if counting == "exactly" else holding <= count
            case syntax.If(condition, consequence):
                return self.truth(condition) is not True or self.truth(consequence) is True
            case syntax.Comparison(left, sign, right):
                return self._compare(left, sign, right)
            case syntax.Between(value, low, high, opposite):
                inside = self._compare(low, "<=", value) and self._compare(value, "<=", high)
                return inside != opposite
            case syntax.InSet(value, items, opposite):
                inside = any(self._compare(value, "=", item) for item in items)
                return inside != opposite
            case _:
                return self.plain(node) is True

    def _counted(self, count: syntax.CountOf, results: Sequence[bool | None]) -> bool | None:
        """Whether as many hold as is asked for; ``None`` where that is not known."""
        holding, unknown = results.count(True), results.count(None)
        wanted: dict[syntax.Counting, Container[int]] = {
            "at least": range(count.count, len(results) + 1),
            "at most": range(count.count + 1),
            "exactly": [count.count],
            "all": [len(results)],
            "any": range(1, len(results) + 1),
            "none": [0],
        }
        answers = {holding + more in wanted[count.counting] for more in range(unknown + 1)}
        return answers.pop() if len(answers) == 1 else None

    def _at_least(self, count: int, parts: tuple[Expression, ...]) -> bool | None:
        results = [self.truth(part) for part in parts]
        if results.count(True) >= count:
            return True
        return None if results.count(True) + results.count(None) >= count else False

    def _raw(self, node: Expression) -> Value:
        if not isinstance(node, syntax.AttributeName):
            raise AssertionError("the policy compiled")
        return self.values[node.credential][node.attribute]

    def _compare(self, left: Expression, sign: syntax.ComparisonSign, right: Expression) -> bool:
        first, second = self._together(
            self.plain(left), self.plain(right), bare=(_is_bare(left), _is_bare(right))
        )
        first, second = _of_days(first, second, _zone_of(left) or _zone_of(right))
        match sign:
            case "=":
                return first == second
            case "!=":
                return first != second
            case "<=":
                return _at_most(first, second)
            case ">=":
                return _at_most(second, first)
            case "<":
                return not _at_most(second, first)
            case ">":
                return not _at_most(first, second)

    def plain(self, node: Expression) -> _Plain:
        match node:
            case syntax.Number(text):
                return Fraction(text)
            case syntax.Amount(text, currency):
                return _Amount(currency, Fraction(text))
            case syntax.Measure(text, syntax.PERCENT):
                return _Percent(Fraction(text))
            case syntax.Measure(text, _):
                return Fraction(text)
            case syntax.Span(count, unit):
                # Months and years stand alone only beside what counts them.
                days = {"hour": Fraction(1, 24), "week": Fraction(7)}.get(unit, Fraction(1))
                return count * days
            case syntax.DateLiteral(text):
                return datetime.date.fromisoformat(text)
            case syntax.TimeLiteral(text):
                return datetime.datetime.fromisoformat(text)
            case syntax.TextLiteral(text) | syntax.CodeLiteral(text):
                return unicodedata.normalize("NFC", text)
            case syntax.Truth(value):
                return value
            case syntax.Name("today"):
                return self.scope.today
            case syntax.Name("now"):
                return _EPOCH + datetime.timedelta(seconds=self.scope.now)
            case syntax.LocalToday(zone):
                return _local_day(_EPOCH + datetime.timedelta(seconds=self.scope.now), zone)
            case syntax.Year(day):
                return Fraction(_date(self.plain(day)).year)
            case syntax.PeriodEnd(last, period, day):
                return _period_end(_date(self.plain(day)), period, last)
            case syntax.Name(name):
                bound = self.scope.parameters[name]
                return _as_plain(bound.type, bound.value)
            case syntax.AttributeName(credential, attribute):
                return self._attribute(credential, attribute)
            case syntax.Age(birth, day):
                until = self.scope.today if day is None else _date(self.plain(day))
                return Fraction(_full_years(_date(self.plain(birth)), until))
            case syntax.Group("count", items):
                return Fraction(sum(self.truth(item) is True for item in items))
            case syntax.Group(kind, items):
                return self._of_group(kind, items)
            case syntax.Score(items):
                return Fraction(
                    sum(item.points for item in items if self.truth(item.condition) is True)
                )
            case syntax.Negative(operand):
                return _times(Fraction(-1), self.plain(operand), bare=True)
            case syntax.Total(first, rest):
                total, bare = self.plain(first), _is_bare(first)
                for sign, operand in rest:
                    total = self._plus(total, operand, 1 if sign == "+" else -1, bare)
                    bare = bare and _is_bare(operand)
                return total
            case syntax.Scaled(first, rest):
                product, bare = self.plain(first), _is_bare(first)
                for operation, operand in rest:
                    factor = self.plain(operand)
                    if operation == "/":
                        factor = _inverse(factor)
                    product = _times(product, factor, bare=bare or _is_bare(operand))
                    bare = bare and _is_bare(operand)
                return product
            case _:
                return self.truth(node) is not False

    def _of_group(self, kind: syntax.GroupKind, items: Sequence[Expression]) -> _Plain:
        if kind in ("sum", "average"):
            total, bare = self.plain(items[0]), _is_bare(items[0])
            for item in items[1:]:
                total = self._plus(total, item, 1, bare)
                bare = bare and _is_bare(item)
            if kind == "sum":
                return total
            return _times(total, Fraction(1, len(items)), bare=True)
        found = items[0]
        for item in items[1:]:
            if self._compare(item, "<" if kind == "min" else ">", found):
                found = item
        return self.plain(found)

    def _attribute(self, credential: str, attribute: str) -> _Plain:
        kind = self.scope.schemas[credential].attribute(attribute).type
        return _as_plain(kind, self.values[credential][attribute])

    def _plus(self, total: _Plain, operand: Expression, factor: int, bare: bool) -> _Plain:
        if (
            isinstance(operand, syntax.Span)
            and operand.unit in ("month", "year")
            and isinstance(total, datetime.date)
        ):
            months = operand.count * (12 if operand.unit == "year" else 1)
            return _months_later(_date(total), factor * months)
        first, second = self._together(total, self.plain(operand), bare=(bare, _is_bare(operand)))
        match first, second:
            case _Percent(), _Percent():
                return _Percent(first.value + factor * second.value)
            case datetime.datetime(), Fraction():
                return first + factor * datetime.timedelta(seconds=_whole(second * _DAY_SECONDS))
            case datetime.date(), Fraction():
                return first + factor * datetime.timedelta(days=_whole(second))
            case datetime.date(), datetime.date():
                apart = first - second
                return Fraction(apart.days) + Fraction(apart.seconds, _DAY_SECONDS)
            case _Amount(), _Amount():
                return _Amount(first.currency, first.value + factor * second.value)
            case Fraction(), Fraction():
                return first + factor * second
            case _:
                raise AssertionError("the policy compiled")

    def _together(
        self, first: _Plain, second: _Plain, *, bare: tuple[bool, bool]
    ) -> tuple[_Plain, _Plain]:
        """Two amounts in one currency, by the rate that the policy states; two percentages, or
        two numbers. A bare number beside a percentage is one.
        """
        match first, second:
            case _Percent(), Fraction():
                return (first, _Percent(second)) if bare[1] else (first.value / 100, second)
            case Fraction(), _Percent():
                return (_Percent(first), second) if bare[0] else (first, second.value / 100)
            case _:
                pass
        if isinstance(first, _Amount) and isinstance(second, _Amount):
            rates = self.scope.rates
            if (first.currency, second.currency) in rates:
                rate = rates[first.currency, second.currency].rate
                return first, _Amount(first.currency, second.value * rate)
            if (second.currency, first.currency) in rates:
                rate = rates[second.currency, first.currency].rate
                return _Amount(second.currency, first.value * rate), second
            for pair, statement in self.scope.certified.items():
                if pair == (first.currency, second.currency):
                    quotient = _number(self.plain(statement.value))
                    return first, _Amount(first.currency, second.value * quotient)
                if pair == (second.currency, first.currency):
                    quotient = _number(self.plain(statement.value))
                    return _Amount(second.currency, first.value * quotient), second
        return first, second


def _as_plain(kind: AttributeType, value: Value) -> _Plain:
    match kind, value:
        case Money(currency, digits), int():
            return _Amount(currency, Fraction(value, 10**digits))
        case Integer(unit=syntax.PERCENT), int():
            return _Percent(Fraction(value))
        case Integer() | Identifier(), int():
            return Fraction(value)
        case Date(), int():
            return datetime.date.fromordinal(datetime.date(1970, 1, 1).toordinal() + value)
        case Timestamp(), int():
            return _EPOCH + datetime.timedelta(seconds=value)
        case Boolean(), _:
            return value == 1
        case _:
            return kind.to_text(value)


def _is_bare(node: Expression) -> bool:
    """Made of plain numbers only."""
    match node:
        case syntax.Number():
            return True
        case syntax.Negative() | syntax.Total() | syntax.Scaled() | syntax.Group():
            return all(map(_is_bare, syntax.parts_of(node)))
        case _:
            return False


def _times(first: _Plain, second: _Plain, *, bare: bool) -> _Plain:
    """The product; ``bare``: one of both is a plain number, and twice a percentage is one."""
    match first, second:
        case _Percent(), Fraction() if bare:
            return _Percent(first.value * second)
        case Fraction(), _Percent() if bare:
            return _Percent(first * second.value)
        case _Percent(), _:
            return _times(first.value / 100, second, bare=False)
        case _, _Percent():
            return _times(first, second.value / 100, bare=False)
        case _Amount(currency, value), Fraction():
            return _Amount(currency, value * second)
        case Fraction(), _Amount(currency, value):
            return _Amount(currency, first * value)
        case _:
            numbers = [
                each.value if isinstance(each, _Amount) else each for each in (first, second)
            ]
            return _number(numbers[0]) * _number(numbers[1])


def _inverse(factor: _Plain) -> Fraction | _Amount:
    if isinstance(factor, _Amount):
        # Of what unit the quotient is was settled at compile time; here only its number counts.
        return _Amount(factor.currency, 1 / factor.value)
    if isinstance(factor, _Percent):
        return 100 / factor.value
    return 1 / _number(factor)


def _number(value: _Plain) -> Fraction:
    if isinstance(value, Fraction):
        return value
    raise AssertionError("the policy compiled")


def _whole(value: Fraction) -> int:
    if value.denominator == 1:
        return value.numerator
    raise AssertionError("the policy compiled")


def _date(value: _Plain) -> datetime.date:
    if isinstance(value, datetime.date):
        return value
    raise AssertionError("the policy compiled")


def _at_most(first: object, second: object) -> bool:
    if isinstance(first, _Amount) and isinstance(second, _Amount):
        return first.value <= second.value
    if isinstance(first, _Percent) and isinstance(second, _Percent):
        return first.value <= second.value
    if isinstance(first, _Amount | _Percent) or isinstance(second, _Amount | _Percent):
        raise AssertionError("the policy compiled")
    return first <= second  # type: ignore[operator, no-any-return]  # of one kind: it compiled


def _of_days(first: _Plain, second: _Plain, zone: str) -> tuple[_Plain, _Plain]:
    """A time beside a date is the day that it lies in."""
    times = [isinstance(each, datetime.datetime) for each in (first, second)]
    dates = [isinstance(each, datetime.date) for each in (first, second)]
    if all(dates) and times == [True, False]:
        return _local_day(first, zone), second
    if all(dates) and times == [False, True]:
        return first, _local_day(second, zone)
    return first, second


def _zone_of(node: Expression) -> str:
    if isinstance(node, syntax.LocalToday):
        return node.zone
    return next((zone for part in syntax.parts_of(node) if (zone := _zone_of(part))), "")


def _local_day(time: _Plain, zone: str) -> datetime.date:
    if not isinstance(time, datetime.datetime):
        raise AssertionError("the policy compiled")
    return (time + datetime.timedelta(hours=HOURS_AHEAD.get(zone, 0))).date()


def _period_end(day: datetime.date, period: str, last: bool) -> datetime.date:
    """Day by day, as one looks it up on a calendar."""
    step = datetime.timedelta(days=1 if last else -1)
    while (day + step).year == day.year and (period == "year" or (day + step).month == day.month):
        day += step
    return day


def _full_years(birth: datetime.date, today: datetime.date) -> int:
    before_birthday = (today.month, today.day) < (birth.month, birth.day)
    return today.year - birth.year - before_birthday


def _months_later(date: datetime.date, months: int) -> datetime.date:
    year, month = date.year, date.month
    for _ in range(abs(months)):
        month += 1 if months > 0 else -1
        if month in (0, 13):
            year, month = (year - 1, 12) if month == 0 else (year + 1, 1)
    for day in range(date.day, 0, -1):
        try:
            return datetime.date(year, month, day)
        except ValueError:
            continue
    raise AssertionError("every month has a first day")
