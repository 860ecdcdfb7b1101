"""Names of credentials and attributes, and values, as people read them."""

from __future__ import annotations

import contextlib
import datetime
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction

from zkproof.errors import NotFoundError, SchemaError
from zkproof_circuits.circuit import Circuit, IssuerSet, NamedIssuers, Retention, Slot
from zkproof_circuits.explaining.catalogue import Catalogue
from zkproof_circuits.explaining.quantities import Quantities, measure
from zkproof_circuits.labels import folded, reads_as_words
from zkproof_circuits.schema import Attribute, Schema
from zkproof_circuits.scopes import Scope
from zkproof_circuits.types import (
    AttributeType,
    Boolean,
    Date,
    Integer,
    Money,
    Text,
    Timestamp,
    Value,
    date_of,
)
from zkproof_circuits.types.calendar import date_for_people, moment_for_people

_PLAIN_NAME = re.compile(r"[A-Za-z0-9:._#/%-]+")
"""Identifiers that need no quotation marks."""

_FIRST_DAY, _LAST_DAY = -354_285, 2_932_896
"""Days with a date of four figures: the years 1000 to 9999."""


class Naming:
    """Words for the slots of one circuit, in one language."""

    def __init__(self, circuit: Circuit, schemas: Iterable[Schema], catalogue: Catalogue) -> None:
        by_digest = {schema.digest: schema for schema in schemas}
        self.catalogue = catalogue
        self.quantities = Quantities(catalogue.language)
        self.schemas: dict[str, Schema] = {}
        for requirement in circuit.credentials:
            if requirement.schema_digest not in by_digest:
                raise NotFoundError(f"{requirement.alias}: its schema is not known here")
            self.schemas[requirement.alias] = by_digest[requirement.schema_digest]
        self._credentials = self._named_apart()

    def attribute(self, slot: Slot) -> Attribute:
        """The declaration of a slot."""
        return self.schemas[slot.credential].attribute(slot.attribute)

    def is_technical(self, slot: Slot) -> bool:
        """Whether an attribute serves the proofs and says nothing to its holder."""
        return self.schemas[slot.credential].is_technical(slot.attribute)

    def credential(self, alias: str) -> str:
        """A credential by its title, and by its name where several have the same title."""
        return self._credentials[alias]

    def label(self, slot: Slot) -> str:
        """An attribute by its label alone."""
        return self._words(self.attribute(slot).label.text(self.catalogue.language))

    def slot(self, slot: Slot) -> str:
        """An attribute by its label, and by its credential where there are several."""
        label = self.label(slot)
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

    def scope(self, text: str) -> str:
        """A scope: whose it is, since who shares it recognises the holder again as well."""
        scope, say = Scope.from_text(text), self.catalogue.say
        if scope.owner is not None:
            return say("words", "scope_shared", name=self.quoted(text))
        name = self.quoted(scope.name)
        if scope.period is None:
            return say("words", "scope_own", name=name)
        return say("words", "scope_period", name=name, period=self._calendar_period(scope.period))

    def _calendar_period(self, period: str) -> str:
        """A year, a month or a day."""
        language = self.catalogue.language
        if len(period) == len("2026-11-25"):
            return date_for_people(datetime.date.fromisoformat(period), language)
        year, _, month = period.partition("-")
        if language.startswith("zh"):
            return f"{year}年" + (f"{int(month)}月" if month else "")
        return f"{month}/{year}" if month and language == "pt" else period

    def quoted(self, text: str) -> str:
        """Words of somebody else, in quotation marks that they cannot end."""
        return self.catalogue.quoted(text)

    def period(self, retention: Retention) -> str:
        """A length of time."""
        return self.quantities.counted(retention.unit + "s", Fraction(retention.count))

    def has_words(self, slot: Slot) -> bool:
        """Whether values of an attribute are words of the language, and not figures or codes."""
        attribute = self.attribute(slot)
        return isinstance(attribute.type, Boolean) or bool(attribute.member_labels)

    def value_of(self, slot: Slot, value: Value) -> str:
        """A value of an attribute; one outside its type too, as bounds may be."""
        attribute = self.attribute(slot)
        if attribute.member_labels:
            with contextlib.suppress(SchemaError):
                return self._words(attribute.format(value, self.catalogue.language))
        return self.value(attribute.type, value)

    def value(self, kind: AttributeType, value: Value) -> str:
        """A value of a type; one outside its box too, as bounds may be."""
        if isinstance(value, int) and isinstance(kind, Money | Integer):
            return self.quantities.amount(kind, value)
        if isinstance(value, int) and isinstance(kind, Date | Timestamp):
            return self._point(kind, value)
        if isinstance(value, str) and isinstance(kind, Text):
            return self.quoted(value)
        try:
            return kind.format(value, self.catalogue.language)
        except (SchemaError, OverflowError):
            return str(value)

    def _point(self, kind: Date | Timestamp, value: int) -> str:
        """A day or a second; counted from 1970-01-01 where people have no date for it."""
        language, days = self.catalogue.language, value * measure(kind).size
        if not _FIRST_DAY <= days <= _LAST_DAY:
            plus = self.catalogue.patterns["words"]["plus"]
            return self._point(kind, 0) + plus + self.quantities.duration(days)
        if isinstance(kind, Timestamp):
            return moment_for_people(value, language)
        return date_for_people(date_of(value), language)

    def _named_apart(self) -> dict[str, str]:
        """Every credential by words that no other one has."""
        language = self.catalogue.language
        titles = {alias: schema.title.text(language) for alias, schema in self.schemas.items()}
        names = {alias: self._words(title) for alias, title in titles.items()}
        for alias in _shared(names):
            names[alias] = self._with_alias(names[alias], alias)
        # A title can be made to look like another one with its alias.
        for alias in _shared(names):
            names[alias] = self._with_alias(self.quoted(titles[alias]), alias)
        return names

    def _with_alias(self, title: str, alias: str) -> str:
        return self.catalogue.say("words", "named_credential", title=title, alias=alias)

    def _words(self, text: str) -> str:
        """A schema's words, quoted where they could pass for more than a name."""
        return text if reads_as_words(text) else self.quoted(text)


def _shared(names: Mapping[str, str]) -> list[str]:
    """The aliases whose names read like another one's."""
    counts = Counter(map(folded, names.values()))
    return [alias for alias, name in names.items() if counts[folded(name)] > 1]
