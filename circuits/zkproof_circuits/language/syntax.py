"""The syntax tree of a policy. Every node knows where it stands in the text.

Positions take no part in comparison: two texts that differ in layout have equal trees.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from zkproof.errors import PolicyError


@dataclass(frozen=True, slots=True)
class Position:
    """Line and column, both from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Any part of a policy."""

    at: Position = field(compare=False, repr=False)

    def error(self, message: str, *, hint: str | None = None) -> PolicyError:
        """A `PolicyError` that points at this node."""
        return PolicyError(message, line=self.at.line, column=self.at.column, hint=hint)


# Expressions: values and arithmetic


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A decimal number without unit, as text without underscores."""

    text: str


@dataclass(frozen=True, slots=True)
class Amount(Node):
    """A decimal number of a currency's major unit."""

    text: str
    currency: str


SpanUnit = Literal["hour", "day", "week", "month", "year"]


@dataclass(frozen=True, slots=True)
class Span(Node):
    """A length of time: ``30 days``, ``6 months``."""

    count: int
    unit: SpanUnit


PERCENT = "percent"
"""The unit that is written ``%`` as well, and that is a hundredth beside other quantities."""


@dataclass(frozen=True, slots=True)
class Measure(Node):
    """A number of what an attribute counts: ``25%``, ``12 people``."""

    text: str
    unit: str


@dataclass(frozen=True, slots=True)
class DateLiteral(Node):
    """A day, as ``YYYY-MM-DD``."""

    text: str


@dataclass(frozen=True, slots=True)
class TimeLiteral(Node):
    """A second in universal time, as ``YYYY-MM-DDThh:mm:ssZ``."""

    text: str


@dataclass(frozen=True, slots=True)
class TextLiteral(Node):
    """Text between quotation marks."""

    text: str


@dataclass(frozen=True, slots=True)
class CodeLiteral(Node):
    """Capital letters of a country or currency."""

    letters: str


@dataclass(frozen=True, slots=True)
class Truth(Node):
    """``true`` or ``false``."""

    value: bool


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A parameter, ``today`` or ``now``."""

    name: str


@dataclass(frozen=True, slots=True)
class AttributeName(Node):
    """An attribute of a credential, ``a.balance``."""

    credential: str
    attribute: str


@dataclass(frozen=True, slots=True)
class Numbered(Node):
    """``m.balance_*``: all attributes that a schema numbers so, as members of a group."""

    credential: str
    stem: str


@dataclass(frozen=True, slots=True)
class LocalToday(Node):
    """``today in "Asia/Macau"``: the day that it is there when a request is opened."""

    zone: str


@dataclass(frozen=True, slots=True)
class Age(Node):
    """Full years from a date to today, or to ``day``: ``age(i.birth_date) at 2026-09-01``."""

    birth: AttributeName
    day: Expression | None = None


@dataclass(frozen=True, slots=True)
class Year(Node):
    """``year(day)``: the calendar year of a day."""

    day: Expression


@dataclass(frozen=True, slots=True)
class PeriodEnd(Node):
    """``end of month(day)``: the last day of its month or year, or the first (``start of``)."""

    last: bool
    period: Literal["month", "year"]
    day: Expression


@dataclass(frozen=True, slots=True)
class Points(Node):
    """``20 if condition``, in a score; negative points are taken off."""

    points: int
    condition: Expression


@dataclass(frozen=True, slots=True)
class Score(Node):
    """``score {20 if ..., 30 if ...}``: the points of the conditions that hold."""

    items: tuple[Points, ...]


GroupKind = Literal["sum", "average", "min", "max", "count"]


@dataclass(frozen=True, slots=True)
class Group(Node):
    """``sum of {a.balance, b.balance}``: one number of several; ``count`` is of conditions."""

    kind: GroupKind
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Negative(Node):
    """``-operand``."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Total(Node):
    """A sum: the first operand, then further ones with their sign."""

    first: Expression
    rest: tuple[tuple[Literal["+", "-"], Expression], ...]


@dataclass(frozen=True, slots=True)
class Scaled(Node):
    """A product: the first operand, then further factors and divisors."""

    first: Expression
    rest: tuple[tuple[Literal["*", "/"], Expression], ...]


@dataclass(frozen=True, slots=True)
class ListLiteral(Node):
    """``{MO, HK}``, the value of a parameter that is a list."""

    items: tuple[Expression, ...]


Literals = (
    Number
    | Amount
    | Span
    | Measure
    | DateLiteral
    | TimeLiteral
    | TextLiteral
    | CodeLiteral
    | Truth
    | ListLiteral
)
Arithmetic = (
    Literals
    | Name
    | AttributeName
    | Numbered
    | LocalToday
    | Age
    | Year
    | PeriodEnd
    | Score
    | Group
    | Negative
    | Total
    | Scaled
)

# Conditions

ComparisonSign = Literal["=", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """Two expressions and a sign between them."""

    left: Expression
    sign: ComparisonSign
    right: Expression


@dataclass(frozen=True, slots=True)
class Between(Node):
    """``value between low and high``, bounds included; or the opposite."""

    value: Expression
    low: Expression
    high: Expression
    opposite: bool


@dataclass(frozen=True, slots=True)
class InSet(Node):
    """``value in {...}``, or the opposite."""

    value: Expression
    items: tuple[Expression, ...]
    opposite: bool


@dataclass(frozen=True, slots=True)
class InNamed(Node):
    """``value in name`` or ``value not in name``: a list that the policy itself declares."""

    value: Expression
    name: str
    opposite: bool


@dataclass(frozen=True, slots=True)
class InPublished(Node):
    """``value in list "..."`` or ``value not in list "..."``: a list on the ledger."""

    value: Expression
    list_id: str
    opposite: bool


@dataclass(frozen=True, slots=True)
class Negated(Node):
    """``not condition``."""

    condition: Expression


@dataclass(frozen=True, slots=True)
class AllOf(Node):
    """Conditions joined by ``and``."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class AnyOf(Node):
    """Conditions joined by ``or``."""

    parts: tuple[Expression, ...]


Counting = Literal["at least", "at most", "exactly", "all", "any", "none"]


@dataclass(frozen=True, slots=True)
class CountOf(Node):
    """``at least count of (...)``, ``at most`` or ``exactly``; ``all of``, ``any of``, ``none of``.

    Where it is compared, the comparison is asked of each part.
    """

    count: int
    """Zero where the words say how many."""
    parts: tuple[Expression, ...]
    counting: Counting


@dataclass(frozen=True, slots=True)
class If(Node):
    """``if condition then consequence``."""

    condition: Expression
    consequence: Expression


Condition = (
    Comparison | Between | InSet | InNamed | InPublished | Negated | AllOf | AnyOf | CountOf | If
)
Expression = Arithmetic | Condition
"""The grammar has one ladder for both; the compiler refuses one where it needs the other."""

# Statements


@dataclass(frozen=True, slots=True)
class Purpose(Node):
    """Why the verifier asks; the holder reads it."""

    text: str


@dataclass(frozen=True, slots=True)
class RetentionPeriod(Node):
    """How long the verifier keeps what it was shown."""

    count: int
    unit: SpanUnit


@dataclass(frozen=True, slots=True)
class ParameterType(Node):
    """``money(MOP, 2)``: a name and its arguments as written."""

    name: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Parameter(Node):
    """A value that is given when the policy is compiled, with an optional default."""

    name: str
    type: ParameterType
    default: Expression | None
    made_up: bool = False
    """The name is nobody's: an include bound a constant to a parameter."""


@dataclass(frozen=True, slots=True)
class Rate(Node):
    """``rate MOP per HKD = 1.03 source "..." at 2026-11-20``."""

    target: str
    base: str
    value: str
    source: str
    day: str


@dataclass(frozen=True, slots=True)
class CertifiedRate(Node):
    """``rate MOP per HKD = q.mop / q.hkd``: a quotient of amounts that issuers filled in."""

    target: str
    base: str
    value: Expression


@dataclass(frozen=True, slots=True)
class NamedList(Node):
    """``list asean = {...}``: values under a name."""

    name: str
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Issuers(Node):
    """Issuers by name, ascending or not, or the registry that lists them.

    ``hidden``: nobody learns which of them signed; ``most``: of how many a registry may consist.
    """

    names: tuple[str, ...]
    registry: str | None
    hidden: bool = False
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Credential(Node):
    """A credential to be held, by the name that the policy gives it."""

    alias: str
    schema: str
    schema_version: int | None
    issuers: Issuers


@dataclass(frozen=True, slots=True)
class CredentialName(Node):
    """A credential, named in a list."""

    alias: str


@dataclass(frozen=True, slots=True)
class SameHolder(Node):
    """The credentials belong to one holder."""

    credentials: tuple[CredentialName, ...]


@dataclass(frozen=True, slots=True)
class Reveal(Node):
    """The attributes are shown."""

    attributes: tuple[AttributeName, ...]


@dataclass(frozen=True, slots=True)
class Require(Node):
    """The condition holds. ``without_rate``: no stated rate converts anything in it."""

    condition: Expression
    without_rate: bool = False


@dataclass(frozen=True, slots=True)
class RequireNotRevoked(Node):
    """The credentials are in good standing with their issuers."""

    credentials: tuple[CredentialName, ...]


@dataclass(frozen=True, slots=True)
class RequireDistinct(Node):
    """No two of the attributes have the same value."""

    attributes: tuple[AttributeName, ...]


@dataclass(frozen=True, slots=True)
class Pseudonym(Node):
    """The holder is recognisable within the scope, and nowhere else.

    ``period`` makes a scope of its own of each day, month or year. A shared scope names its owner
    before a number sign, and has its period on the ledger.
    """

    credential: CredentialName | None
    scope: str
    period: SpanUnit | None


@dataclass(frozen=True, slots=True)
class Tag(Node):
    """One record is recognisable within the scope: ``tag of a.account_hash for scope "..."``."""

    attribute: AttributeName
    scope: str
    period: SpanUnit | None


@dataclass(frozen=True, slots=True)
class EncryptTo(Node):
    """The attributes travel encrypted to an auditor."""

    attributes: tuple[AttributeName, ...]
    auditor: str


@dataclass(frozen=True, slots=True)
class Binding(Node):
    """``a = x`` or ``threshold = 500_000.00 MOP`` in an include."""

    name: str
    value: Expression


@dataclass(frozen=True, slots=True)
class Include(Node):
    """Another policy joins this one; see `zkproof_circuits.includes`."""

    policy: str
    version: int
    bindings: tuple[Binding, ...]


@dataclass(frozen=True, slots=True)
class Way(Node):
    """What one way of an alternative asks."""

    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Either(Node):
    """One of the ways is taken, and nobody learns which."""

    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Choice(Node):
    """One of the ways is taken, and the verifier sees which. With nothing as its second and last
    way, the first is optional.
    """

    ways: tuple[Way, ...]


Statement = (
    Include
    | Purpose
    | RetentionPeriod
    | Parameter
    | Rate
    | CertifiedRate
    | NamedList
    | Credential
    | SameHolder
    | Reveal
    | Require
    | RequireNotRevoked
    | RequireDistinct
    | Pseudonym
    | Tag
    | EncryptTo
    | Either
    | Choice
)

Requirement = SameHolder | Require | RequireNotRevoked | RequireDistinct | Either
"""Statements that become constraints, with `Pseudonym`, `Tag` and `EncryptTo`."""


@dataclass(frozen=True, slots=True)
class Policy(Node):
    """A whole policy."""

    name: str
    version: int
    statements: tuple[Statement, ...]


def every_statement(statements: Iterable[Statement]) -> Iterator[Statement]:
    """The statements and those of their ways, in the order of the text."""
    for statement in statements:
        yield statement
        if isinstance(statement, Either | Choice):
            for way in statement.ways:
                yield from every_statement(way.statements)


def parts_of(expression: Expression) -> tuple[Expression, ...]:
    """The expressions directly inside one, from left to right."""
    match expression:
        case Age(birth, day):
            return (birth,) if day is None else (birth, day)
        case Year(day) | PeriodEnd(_, _, day):
            return (day,)
        case Negative(operand):
            return (operand,)
        case Total(first, rest) | Scaled(first, rest):
            return (first, *(operand for _, operand in rest))
        case Comparison(left, _, right):
            return (left, right)
        case Between(value, low, high, _):
            return (value, low, high)
        case InSet(value, items, _):
            return (value, *items)
        case InNamed(value) | InPublished(value):
            return (value,)
        case Negated(condition):
            return (condition,)
        case AllOf(parts) | AnyOf(parts) | CountOf(_, parts, _):
            return parts
        case If(condition, consequence):
            return (condition, consequence)
        case Group(_, items):
            return items
        case Score(items):
            return tuple(item.condition for item in items)
        case _:
            return ()
