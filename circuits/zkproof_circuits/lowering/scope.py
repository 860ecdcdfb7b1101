"""What the names of a policy stand for: credentials, parameters, rates, today."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from zkproof.errors import PolicyError, SchemaError, UsageError
from zkproof_circuits.circuit import StatedRate
from zkproof_circuits.language import syntax
from zkproof_circuits.language.parsing import parse_policy, reserved_words
from zkproof_circuits.lowering.limits import Work
from zkproof_circuits.lowering.literals import BoundParameter, literal_value
from zkproof_circuits.lowering.parameters import element_type, list_text, parameter_type
from zkproof_circuits.lowering.quantity import Quantity
from zkproof_circuits.polynomial import Slot, require_alias
from zkproof_circuits.schema import Attribute, Schema
from zkproof_circuits.suggestions import did_you_mean
from zkproof_circuits.types import AttributeType, Integer, Money, Value
from zkproof_circuits.types.calendar import day_number, read_date
from zkproof_circuits.types.codes import number_of


@dataclass(frozen=True, slots=True)
class PolicyWarning:
    """Something that compiles but is probably not what its author meant."""

    message: str
    line: int
    column: int
    hint: str | None = None

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.message}"


@dataclass(slots=True)
class Scope:
    """Names in force, and what was found out about their use while compiling."""

    today: datetime.date
    now: int
    """Seconds since 1970-01-01, on the day that is today in universal time."""

    schemas: Mapping[str, Schema]
    """By the credential's name in the policy."""

    parameters: Mapping[str, BoundParameter]
    rates: Mapping[tuple[str, str], StatedRate]
    """By target and base currency."""

    certified: Mapping[tuple[str, str], syntax.CertifiedRate]
    """Rates that issuers certify, in the same way."""

    lists: Mapping[str, syntax.NamedList]
    """Lists that the policy declares, by name."""

    used: set[str] = field(default_factory=set)
    """Names of parameters and currency pairs that something referred to."""

    warnings: list[PolicyWarning] = field(default_factory=list)

    work: Work = field(default_factory=Work)

    quotients: dict[tuple[str, str], Quantity] = field(default_factory=dict)
    """What the certified rates are, once they are read."""

    rates_apply: bool = True
    """Whether stated rates convert in the statement that is read."""

    elsewhere: frozenset[str] = frozenset()
    """Credentials that the statement that is read cannot name: other ways ask for them."""

    def warn(self, node: syntax.Node, message: str, *, hint: str | None = None) -> None:
        """Note something that does not stop the compilation."""
        self.warnings.append(PolicyWarning(message, node.at.line, node.at.column, hint))

    def schema(self, node: syntax.CredentialName | syntax.AttributeName) -> Schema:
        """The schema of the credential that a node names."""
        alias = node.alias if isinstance(node, syntax.CredentialName) else node.credential
        if alias not in self.schemas:
            raise node.error(
                f"no credential is called {alias}", hint=did_you_mean(alias, self.schemas)
            )
        if alias in self.elsewhere:
            raise node.error(
                f"{alias} is asked for in one way only, and is not known here",
                hint="say this in that way; same holder may name credentials of several ways",
            )
        return self.schemas[alias]

    def attribute(self, node: syntax.AttributeName) -> tuple[Slot, Attribute]:
        """The slot and the declaration of an attribute that a node names."""
        schema = self.schema(node)
        if node.attribute not in schema.names:
            raise node.error(
                f"{schema.id} has no attribute {node.attribute}",
                hint=did_you_mean(node.attribute, schema.names),
            )
        slot = Slot(node.credential, node.attribute)
        return slot, schema.attribute(node.attribute)

    def parameter(self, node: syntax.Name) -> BoundParameter:
        """The parameter that a node names."""
        if node.name not in self.parameters:
            raise node.error(
                f"nothing is called {node.name}",
                hint=did_you_mean(node.name, [*self.parameters, "today", "now"]),
            )
        self.used.add(node.name)
        return self.parameters[node.name]

    def named_list(self, node: syntax.InNamed) -> syntax.NamedList:
        """The declared list that a node names."""
        if node.name not in self.lists:
            raise node.error(
                f"no list is called {node.name}",
                hint=did_you_mean(node.name, self.lists)
                or "a parameter that is one is declared as list(country), for example",
            )
        self.used.add(node.name)
        return self.lists[node.name]

    def rate(self, target: str, base: str) -> StatedRate | None:
        """The rate that the policy states for a pair of currencies, in this direction only."""
        rate = self.rates.get((target, base)) if self.rates_apply else None
        if rate is not None:
            self.used.add(f"{target} per {base}")
        return rate

    def quotient(self, target: str, base: str) -> Quantity | None:
        """The same for a rate that is certified."""
        found = self.quotients.get((target, base)) if self.rates_apply else None
        if found is not None:
            self.used.add(f"{target} per {base}")
        return found


def open_scope(
    policy: syntax.Policy,
    schemas: Iterable[Schema],
    today: datetime.date,
    now: int,
    given: Mapping[str, object],
) -> Scope:
    """Bind every name that the policy declares. Raises `PolicyError`."""
    known = list(schemas)
    by_alias: dict[str, Schema] = {}
    parameters: dict[str, BoundParameter] = {}
    rates: dict[tuple[str, str], StatedRate] = {}
    certified: dict[tuple[str, str], syntax.CertifiedRate] = {}
    listed: set[str] = set()
    lists: dict[str, syntax.NamedList] = {}
    for statement in syntax.every_statement(policy.statements):
        if isinstance(statement, syntax.Credential | syntax.Parameter | syntax.NamedList):
            name = getattr(statement, "alias", None) or getattr(statement, "name", "")
            if name in reserved_words():
                raise statement.error(f"{name} is a word of the language; choose another name")
            if name in by_alias or name in parameters or name in lists:
                raise statement.error(f"{name} is declared twice")
        if isinstance(statement, syntax.Credential):
            try:
                require_alias(statement.alias)
            except UsageError as error:
                raise statement.error(error.message) from None
            by_alias[statement.alias] = _resolve_schema(statement, known)
        elif isinstance(statement, syntax.Parameter):
            kind = element_type(statement.type)
            if kind is None:
                parameters[statement.name] = _bind(statement, given)
            else:
                listed.add(statement.name)
                lists[statement.name] = _bind_list(statement, kind, given)
        elif isinstance(statement, syntax.NamedList):
            if len(set(statement.items)) != len(statement.items):
                raise statement.error(f"a value stands twice in {statement.name}")
            lists[statement.name] = statement
        elif isinstance(statement, syntax.Rate | syntax.CertifiedRate):
            pair = (statement.target, statement.base)
            if {pair, pair[::-1]} & (rates.keys() | certified.keys()):
                raise statement.error(f"a rate between {pair[0]} and {pair[1]} is stated twice")
            if isinstance(statement, syntax.Rate):
                rates[pair] = _state(statement, today)
            else:
                _require_pair(statement)
                certified[pair] = statement
    for name in sorted(set(given) - set(parameters) - listed):
        raise PolicyError(
            f"the policy has no parameter {name}", hint=did_you_mean(name, [*parameters, *listed])
        )
    return Scope(today, now, by_alias, parameters, rates, certified, lists)


def _resolve_schema(statement: syntax.Credential, known: list[Schema]) -> Schema:
    named = [schema for schema in known if schema.id == statement.schema]
    if not named:
        raise statement.error(
            f"no schema is called {statement.schema}",
            hint=did_you_mean(statement.schema, {schema.id for schema in known}),
        )
    if statement.schema_version is not None:
        named = [schema for schema in named if schema.version == statement.schema_version]
        if not named:
            raise statement.error(
                f"{statement.schema} has no version {statement.schema_version} here"
            )
    if len({schema.digest for schema in named}) > 1:
        versions = ", ".join(sorted(f"v{schema.version}" for schema in named))
        raise statement.error(
            f"{statement.schema} is known in several versions",
            hint=f"name one: {statement.schema} followed by one of {versions}",
        )
    return named[0]


def _bind(statement: syntax.Parameter, given: Mapping[str, object]) -> BoundParameter:
    kind = parameter_type(statement.type)
    if statement.name in given:
        try:
            value = _given(kind, given[statement.name], statement.name)
        except SchemaError as error:
            raise statement.error(f"parameter {error.message}", hint=error.hint) from None
        return BoundParameter(kind, value)
    if statement.default is None:
        raise statement.error(
            f"parameter {statement.name} has no value", hint="give one when compiling"
        )
    return BoundParameter(kind, literal_value(statement.default, kind, scope=None))


def _bind_list(
    statement: syntax.Parameter, kind: AttributeType, given: Mapping[str, object]
) -> syntax.NamedList:
    """The list that a parameter is, as if the policy declared it."""
    literal = statement.default
    if statement.name in given:
        try:
            text = list_text(kind, given[statement.name])
            parsed = parse_policy(f"policy list v1 param list: list = {{{text}}}").statements
        except (PolicyError, SchemaError) as error:
            reason = f"parameter {statement.name} is not a list of values: {error.message}"
            raise statement.error(reason, hint="write MO, HK") from None
        literal = parsed[0].default if isinstance(parsed[0], syntax.Parameter) else None
        if len(parsed) != 1:
            raise statement.error(f"parameter {statement.name} is not a list of values")
    if literal is None:
        raise statement.error(
            f"parameter {statement.name} has no value", hint="give one when compiling"
        )
    if not isinstance(literal, syntax.ListLiteral):
        raise literal.error("a list is needed here", hint="write {MO, HK}")
    items = tuple(replace(item, at=statement.at) for item in literal.items)
    values = [literal_value(item, kind, scope=None) for item in items]
    if len(set(values)) != len(values):
        raise statement.error(f"a value stands twice in {statement.name}")
    return syntax.NamedList(statement.name, items, at=statement.at)


def _given(kind: AttributeType, value: object, name: str) -> Value:
    """Requests carry parameters as text; programs may give what is natural in Python."""
    if isinstance(value, str):
        value = _without_unit(kind, value)
        return kind.parse(value, field=name)
    return kind.from_python(value, field=name)


def _require_pair(statement: syntax.Rate | syntax.CertifiedRate) -> None:
    for code in (statement.target, statement.base):
        try:
            number_of("currency", code, field=code)
        except SchemaError as error:
            raise statement.error(error.message) from None
    if statement.target == statement.base:
        raise statement.error("a rate is between two currencies")


def _state(statement: syntax.Rate, today: datetime.date) -> StatedRate:
    _require_pair(statement)
    value = Fraction(statement.value)
    if value <= 0:
        raise statement.error("a rate is above zero")
    if not statement.source.strip():
        raise statement.error("a rate names its source")
    try:
        day = read_date(statement.day, "date")
    except SchemaError as error:
        raise statement.error(error.message) from None
    if day > today:
        raise statement.error("the rate is of a later day than today")
    if day_number(day) < 0:
        raise statement.error("the rate is of a day before 1970")
    try:
        return StatedRate(
            statement.target, statement.base, value, statement.source, day_number(day)
        )
    except UsageError as error:
        raise statement.error(error.message) from None


def _without_unit(kind: AttributeType, text: str) -> str:
    """``500_000.00 MOP`` as people and policies write it, without the currency or unit.

    Any other unit stays, and is refused by the type.
    """
    unit = kind.currency if isinstance(kind, Money) else None
    if isinstance(kind, Integer):
        unit = kind.unit
    return text.removesuffix(f" {unit}") if unit else text
