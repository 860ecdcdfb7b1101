"""Names of credentials and attributes, and values, as people read them."""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Iterable
from fractions import Fraction

from zkproof.errors import SchemaError, UsageError
from zkproof_circuits.circuit import Circuit, IssuerSet, NamedIssuers, Retention, Slot
from zkproof_circuits.explaining.catalogue import Catalogue
from zkproof_circuits.schema import Attribute, Schema
from zkproof_circuits.types import (
    AttributeType,
    Boolean,
    Date,
    Integer,
    Money,
    Text,
    Value,
    date_of,
)
from zkproof_circuits.types.calendar import date_for_people
from zkproof_circuits.types.decimals import for_people

_PLAIN_NAME = re.compile(r"[A-Za-z0-9:._#/%-]+")
"""Identifiers that need no quotation marks."""


class Naming:
    """Words for the slots of one circuit, in one language."""

    def __init__(self, circuit: Circuit, schemas: Iterable[Schema], catalogue: Catalogue) -> None:
        by_digest = {schema.digest: schema for schema in schemas}
        self.catalogue = catalogue
        self.schemas: dict[str, Schema] = {}
        for requirement in circuit.credentials:
            if requirement.schema_digest not in by_digest:
                raise UsageError(f"{requirement.alias}: its schema is not known here")
            self.schemas[requirement.alias] = by_digest[requirement.schema_digest]
        self._titles = Counter(self._title(alias) for alias in self.schemas)

    def attribute(self, slot: Slot) -> Attribute:
        """The declaration of a slot."""
        return self.schemas[slot.credential].attribute(slot.attribute)

    def credential(self, alias: str) -> str:
        """A credential by its title, and by its name where several have the same title."""
        title = self._title(alias)
        if self._titles[title] == 1:
            return title
        return self.catalogue.say("words", "named_credential", title=title, alias=alias)

    def slot(self, slot: Slot) -> str:
        """An attribute by its label, and by its credential where there are several."""
        label = self.attribute(slot).label.text(self.catalogue.language)
        if len(self.schemas) == 1:
            return label
        credential = self.credential(slot.credential)
        return self.catalogue.say("words", "slot", label=label, credential=credential)

    def issuers(self, issuers: IssuerSet) -> str:
        """Who may have issued a credential."""
        if isinstance(issuers, NamedIssuers):
            names = [
                name if _PLAIN_NAME.fullmatch(name) else self.quoted(name)
                for name in issuers.issuers
            ]
            return self.catalogue.list_of(names, "or")
        return self.catalogue.say("words", "registry", registry=self.quoted(issuers.registry))

    def quoted(self, text: str) -> str:
        """Words of somebody else, in quotation marks that they cannot end."""
        end = self.catalogue.patterns["words"]["quotation_end"]
        return self.catalogue.say("words", "quotation", text=text.replace(end, 2 * end))

    def period(self, retention: Retention) -> str:
        """A length of time."""
        key = retention.unit + ("s_one" if retention.count == 1 else "s")
        return self.catalogue.say("words", key, count=retention.count)

    def has_words(self, slot: Slot) -> bool:
        """Whether values of an attribute are words of the language, and not figures or codes."""
        attribute = self.attribute(slot)
        return isinstance(attribute.type, Boolean) or bool(attribute.member_labels)

    def value_of(self, slot: Slot, value: Value) -> str:
        """A value of an attribute; one outside its type too, as bounds may be."""
        attribute = self.attribute(slot)
        if attribute.member_labels:
            with contextlib.suppress(SchemaError):
                return attribute.format(value, self.catalogue.language)
        return self.value(attribute.type, value)

    def value(self, kind: AttributeType, value: Value) -> str:
        """A value of a type; one outside its box too, as bounds may be."""
        if isinstance(value, int) and isinstance(kind, Money | Integer):
            return self.amount(kind, Fraction(value))
        if isinstance(value, int) and isinstance(kind, Date):
            with contextlib.suppress(OverflowError):
                return date_for_people(date_of(value), self.catalogue.language)
        if isinstance(value, str) and isinstance(kind, Text):
            return self.quoted(value)
        try:
            return kind.format(value, self.catalogue.language)
        except (SchemaError, OverflowError):
            return str(value)

    def amount(self, kind: AttributeType, value: Fraction) -> str:
        """So much of a type's smallest unit, which need not be a whole number of it."""
        language = self.catalogue.language
        scale = kind.scale if isinstance(kind, Money) else 0
        if value.denominator == 1 and isinstance(kind, Integer) and not kind.unit:
            number = str(int(value))  # as likely a year or a tax number as a count
        elif value.denominator == 1:
            number = for_people(int(value), scale, language)
        else:
            number = self.number(value / 10**scale)
        if isinstance(kind, Money):
            currency = kind.currency
            return f"{number} {currency}" if language == "pt" else f"{currency} {number}"
        unit = kind.unit if isinstance(kind, Integer) else ""
        unit = self.catalogue.patterns["units"].get(unit, unit)
        return f"{number} {unit}" if unit else number

    def number(self, value: Fraction) -> str:
        """A plain number: decimal where it ends, otherwise a fraction."""
        for digits in range(13):
            scaled = value * 10**digits
            if scaled.denominator == 1:
                return for_people(int(scaled), digits, self.catalogue.language)
        return f"{value.numerator}/{value.denominator}"

    def duration(self, seconds: int) -> str:
        """A length of time in the largest unit that it is a whole number of."""
        units = (("days", 86_400), ("hours", 3600), ("minutes", 60), ("seconds", 1))
        unit, length = next(each for each in units if seconds % each[1] == 0)
        count = seconds // length
        number = for_people(count, 0, self.catalogue.language)
        return self.catalogue.say("words", unit + ("_one" if count == 1 else ""), count=number)

    def _title(self, alias: str) -> str:
        return self.schemas[alias].title.text(self.catalogue.language)
