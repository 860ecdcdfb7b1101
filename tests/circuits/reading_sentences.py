"""Reads sentences about polynomials back: what a person who takes every word seriously learns.

The reader knows the patterns of the catalogues and the forms of units and dates; it does not know
the polynomials. A sentence becomes a condition on values, and every sum in it is checked to have
terms of one dimension.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from zkproof_circuits.explaining.catalogue import catalogue
from zkproof_circuits.explaining.quantities import measure
from zkproof_circuits.labels import Language
from zkproof_circuits.schema import Schema
from zkproof_circuits.types.calendar import day_number
from zkproof_circuits.types.units import counted

Values = Mapping[str, int]
"""Integers of types by label."""

CONDITIONS: Mapping[str, Callable[..., bool]] = {
    "at_least": lambda left, right: left >= right,
    "at_most": lambda left, right: left <= right,
    "more_than": lambda left, right: left > right,
    "less_than": lambda left, right: left < right,
    "equals": lambda left, right: left == right,
    "differs": lambda left, right: left != right,
    "is": lambda left, right: left == right,
    "is_not": lambda left, right: left != right,
    "on_or_after": lambda left, right: left >= right,
    "on_or_before": lambda left, right: left <= right,
    "not_before": lambda left, right: left >= right,
    "not_after": lambda left, right: left <= right,
    "after": lambda left, right: left > right,
    "before": lambda left, right: left < right,
    "at_least_after": lambda left, right, by: left - right >= by,
    "at_most_after": lambda left, right, by: left - right <= by,
    "exactly_after": lambda left, right, by: left - right == by,
    "not_exactly_after": lambda left, right, by: left - right != by,
    "between": lambda left, low, high: low <= left <= high,
    "not_between": lambda left, low, high: left < low or left > high,
    "before_or_after": lambda left, low, high: left < low or left > high,
}

_UNITS = ("seconds", "minutes", "hours", "days", "weeks", "months", "years", "points", "people")
_DAYS = {
    "seconds": Fraction(1, 86_400),
    "minutes": Fraction(1, 1440),
    "hours": Fraction(1, 24),
    "days": Fraction(1),
    "weeks": Fraction(7),
}
_SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


class UnreadableError(Exception):
    """Words that mean nothing to the reader."""


@dataclass(frozen=True)
class Amount:
    """A value and its dimension; ``("point", 1)`` for a point in time."""

    value: Fraction
    dimension: tuple[tuple[str, int], ...]

    def __mul__(self, other: Amount) -> Amount:
        exponents = dict(self.dimension)
        for unit, exponent in other.dimension:
            exponents[unit] = exponents.get(unit, 0) + exponent
        kept = tuple(sorted((unit, power) for unit, power in exponents.items() if power))
        return Amount(self.value * other.value, kept)


POINT = (("point", 1),)
TIME = (("time", 1),)


class Reader:
    """Reads the sentences of one language about the attributes of one schema."""

    def __init__(
        self, schema: Schema, language: Language, rates: Mapping[tuple[str, str], Fraction]
    ) -> None:
        self.language = language
        self.rates = rates
        self.kinds = {each.label.text(language): each.type for each in schema.attributes}
        self.atoms = catalogue(language).patterns["atoms"]
        self.words = catalogue(language).patterns["words"]

    def holds(self, sentence: str, values: Values) -> bool:
        """Whether the condition of the sentence is true; one that reads in two ways is an error."""
        readings = {
            condition(*parts)
            for key, condition in CONDITIONS.items()
            for parts in self._parts(key, sentence, values)
        }
        if len(readings) != 1:
            raise UnreadableError(sentence)
        return readings.pop()

    def _parts(self, key: str, sentence: str, values: Values) -> Iterator[list[Fraction]]:
        for found in self._matches(self.atoms[key], sentence):
            names = [name for name in ("left", "right", "low", "high", "by") if name in found]
            try:
                amounts = [self._sum(found[name], values) for name in names]
            except UnreadableError:
                continue
            compared = [each for name, each in zip(names, amounts, strict=True) if name != "by"]
            if len({each.dimension for each in compared}) != 1:
                raise UnreadableError(f"dimensions differ: {sentence}")
            yield [each.value for each in amounts]

    def _matches(self, pattern: str, text: str) -> Iterator[dict[str, str]]:
        expression = re.escape(pattern).replace(r"\ ", " ")
        space = " ?" if self.language.startswith("zh") else ""
        expression = re.sub(r"\\{(\w+)\\}", rf"{space}(?P<\1>.+)" + space, expression)
        match = re.fullmatch(expression, text)
        if match is not None:
            yield {name: found.strip() for name, found in match.groupdict().items()}

    def _sum(self, text: str, values: Values) -> Amount:
        total: Amount | None = None
        for part in _split(text, self.words["plus"]):
            term = self._product(part, values)
            if total is None:
                total = term
            elif total.dimension == POINT and term.dimension == TIME:
                total = Amount(total.value + term.value, POINT)
            elif total.dimension == term.dimension:
                total = Amount(total.value + term.value, total.dimension)
            else:
                raise UnreadableError(f"dimensions differ: {text}")
        assert total is not None
        return total

    def _product(self, text: str, values: Values) -> Amount:
        for found in self._matches(self.words["converted"], text):
            inner = self._product(found["term"], values)
            target = found["currency"]
            (base,) = [
                base
                for unit, _ in inner.dimension
                if (target, base := unit.removeprefix("money ")) in self.rates
            ]
            exchange = tuple(sorted([("money " + target, 1), ("money " + base, -1)]))
            return inner * Amount(self.rates[target, base], exchange)
        for found in self._matches(self.words["part"], text):
            if re.fullmatch(r"[0-9.,]+%", found["percent"]):
                return self._quantity(found["percent"]) * self._product(found["whole"], values)
        product = Amount(Fraction(1), ())
        for part in _split(text, " × "):
            product = product * self._factor(part, values)
        return product

    def _factor(self, text: str, values: Values) -> Amount:
        for found in self._matches(self.words["group"], text):
            text = found["text"]
            for ends in self._matches(self.words["span"], text):
                first, last = (self._factor(ends[name], values) for name in ("first", "last"))
                if first.dimension == last.dimension == POINT:
                    return Amount(last.value - first.value, TIME)
            for part in self._matches(self.words["part"], text):
                if re.fullmatch(r"[0-9.,]+%", part["percent"]):
                    return self._product(text, values)
        if text in self.kinds:
            of = measure(self.kinds[text])
            return Amount(values[text] * of.size, POINT if of.point else of.dimension)
        return self._quantity(text)

    def _quantity(self, text: str) -> Amount:
        point = self._point(text)
        if point is not None:
            return Amount(point, POINT)
        number = r"(?P<number>-?[0-9.,/]+)"
        for pattern in (rf"(?P<unit>[A-Z]{{3}}) {number}", rf"{number} (?P<unit>[A-Z]{{3}})"):
            if match := re.fullmatch(pattern, text):
                return Amount(self._number(match["number"]), (("money " + match["unit"], 1),))
        if match := re.fullmatch(rf"{number}%", text):
            return Amount(self._number(match["number"]) / 100, ())
        for unit in _UNITS:
            for one in (True, False):
                form = re.escape(counted("#", unit, self.language, one=one))
                if match := re.fullmatch(form.replace(r"\#", number), text):
                    value = self._number(match["number"])
                    assert one == (value == 1) or self.language.startswith("zh"), text
                    return _measured(value, unit)
        if match := re.fullmatch(rf"{number}(?: (?P<unit>.+))?", text):
            amount = Amount(self._number(match["number"]), ())
            return amount * self._formula(match["unit"]) if match["unit"] else amount
        raise UnreadableError(text)

    def _formula(self, text: str) -> Amount:
        total = Amount(Fraction(1), ())
        for sign, part in zip((1, -1), text.split("/"), strict=False):
            for each in part.split("·"):
                name = each.rstrip("⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
                power = sign * int(each[len(name) :].translate(_SUPERSCRIPTS) or 1)
                if re.fullmatch("[A-Z]{3}", name):
                    unit = "money " + name
                else:
                    names = {
                        counted("", one, self.language, one=False).strip(): one for one in _UNITS
                    }
                    if name not in names:
                        raise UnreadableError(text)
                    unit = "time" if names[name] == "days" else "count " + names[name]
                total = total * Amount(Fraction(1), ((unit, power),))
        return total

    def _number(self, text: str) -> Fraction:
        group, point = (".", ",") if self.language == "pt" else (",", ".")
        if re.fullmatch(r"-?[0-9]+/[0-9]+", text):
            return Fraction(text)
        plain = text.replace(group, "").replace(point, ".")
        if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", plain):
            raise UnreadableError(text)
        return Fraction(plain)

    def _point(self, text: str) -> Fraction | None:
        patterns = {
            "en": r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)",
            "pt": r"(?P<d>\d\d)/(?P<m>\d\d)/(?P<y>\d{4})",
        }
        day = patterns.get(self.language, r"(?P<y>\d{4})年(?P<m>\d+)月(?P<d>\d+)日")
        match = re.fullmatch(day + r"(?: (?P<h>\d\d):(?P<min>\d\d):(?P<s>\d\d) UTC)?", text)
        if match is None:
            return None
        date = datetime.date(int(match["y"]), int(match["m"]), int(match["d"]))
        seconds = 0
        if match["h"]:
            seconds = int(match["h"]) * 3600 + int(match["min"]) * 60 + int(match["s"])
        return day_number(date) + Fraction(seconds, 86_400)


def _measured(value: Fraction, unit: str) -> Amount:
    if unit in _DAYS:
        return Amount(value * _DAYS[unit], TIME)
    return Amount(value, (("count " + unit, 1),))


def _split(text: str, sign: str) -> list[str]:
    """The text at the signs that stand in no brackets."""
    parts, depth, start = [], 0, 0
    for position, character in enumerate(text):
        depth += (character in "(（") - (character in ")）")
        if depth == 0 and text.startswith(sign, position):
            parts.append(text[start:position])
            start = position + len(sign)
    return [*parts, text[start:]]
