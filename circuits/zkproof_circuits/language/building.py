"""From the parser's tree to the syntax tree: one method per rule of the grammar."""

# One method per alias of grammar.lark; lark finds them by name and gives them the rule's meta.

from __future__ import annotations

import re
from typing import Any, Literal, cast

from lark import Token, Transformer, v_args
from lark.tree import Meta

from zkproof.errors import PolicyError
from zkproof_circuits.language import syntax
from zkproof_circuits.language.hints import grouped_number
from zkproof_circuits.language.syntax import Expression, Position, SpanUnit
from zkproof_circuits.scopes import OWNER_SEPARATOR

_GROUPED = re.compile(r"(0|[1-9][0-9]{0,2}(_[0-9]{3})+|[1-9][0-9]*)(\.[0-9]+)?", re.ASCII)
MAX_NUMBER_LENGTH = 40
MAX_COUNT = 100_000


def _at(place: Meta | Token) -> Position:
    return Position(place.line or 1, place.column or 1)


def _error(token: Token, message: str, hint: str | None = None) -> PolicyError:
    return PolicyError(message, line=token.line, column=token.column, hint=hint)


def _number(token: Token) -> str:
    if len(token) > MAX_NUMBER_LENGTH:
        raise _error(token, f"a number of more than {MAX_NUMBER_LENGTH} characters")
    if not _GROUPED.fullmatch(token):
        meant = grouped_number(token.replace("_", ""))
        hint = "no leading zeros; underscores only between groups of three digits"
        hint = hint + ": 500_000" if meant is None else f"write {meant}: {hint}"
        raise _error(token, "not a number in decimal", hint)
    return token.replace("_", "")


def _count(token: Token) -> int:
    text = _number(token)
    if not text.isdigit() or int(text) > MAX_COUNT:
        raise _error(token, f"a whole number up to {MAX_COUNT} is needed here")
    return int(text)


def _points(token: Token) -> int:
    points = _count(token)
    if not points:
        raise _error(token, "a condition of a score counts for at least one point")
    return points


def _counted(meta: Meta, children: list[Any], counting: syntax.Counting) -> syntax.CountOf:
    number, *parts = children
    return syntax.CountOf(_count(number), tuple(parts), counting, at=_at(meta))


def _unit(token: Token) -> SpanUnit:
    return cast(SpanUnit, token.removesuffix("s"))


def _period(token: Token | None) -> SpanUnit | None:
    if token is None:
        return None
    unit = _unit(token)
    if unit not in ("day", "month", "year"):
        raise _error(token, "a scope is renewed per day, per month or per year")
    return unit


def _own_scope(token: Token) -> str:
    text = _text(token)
    if OWNER_SEPARATOR in text:
        hint = f'a scope of several verifiers is written: for shared scope "{text}"'
        raise _error(token, "a scope of the verifier that asks names no owner", hint)
    return text


def _shared_scope(token: Token) -> str:
    text = _text(token)
    if OWNER_SEPARATOR not in text:
        raise _error(token, "a shared scope is its owner's identifier, a #, and its name")
    return text


def _text(token: Token) -> str:
    return re.sub(r'\\(["\\])', r"\1", token[1:-1])


def _attribute(token: Token) -> syntax.AttributeName:
    credential, attribute = token.split(".")
    return syntax.AttributeName(credential, attribute, at=_at(token))


def _credential(token: Token) -> syntax.CredentialName:
    return syntax.CredentialName(str(token), at=_at(token))


def _registry(meta: Meta, children: list[Token | None], *, hidden: bool) -> syntax.Issuers:
    name, most = children
    number = None if most is None else _count(most)
    return syntax.Issuers((), _text(cast(Token, name)), hidden, number, at=_at(meta))


@v_args(meta=True)
class TreeBuilder(Transformer[Token, Any]):
    """Builds nodes bottom-up; raises `PolicyError` for what the grammar is too wide to refuse."""

    def start(self, meta: Meta, children: list[Any]) -> syntax.Policy:
        name, version, *statements = children
        return syntax.Policy(str(name), int(version[1:]), tuple(statements), at=_at(meta))

    def include(self, meta: Meta, children: list[Any]) -> syntax.Include:
        name, version, *bindings = children
        bound = tuple(each for each in bindings if each is not None)
        return syntax.Include(str(name), int(version[1:]), bound, at=_at(meta))

    def binding(self, meta: Meta, children: list[Any]) -> syntax.Binding:
        return syntax.Binding(str(children[0]), children[1], at=_at(meta))

    def purpose(self, meta: Meta, children: list[Token]) -> syntax.Purpose:
        return syntax.Purpose(_text(children[0]), at=_at(meta))

    def retention(self, meta: Meta, children: list[Token]) -> syntax.RetentionPeriod:
        return syntax.RetentionPeriod(_count(children[0]), _unit(children[1]), at=_at(meta))

    def parameter(self, meta: Meta, children: list[Any]) -> syntax.Parameter:
        name, kind, default = (*children, None)[:3]
        return syntax.Parameter(str(name), kind, default, at=_at(meta))

    def list_literal(self, meta: Meta, children: list[Any]) -> syntax.ListLiteral:
        return syntax.ListLiteral(children[0], at=_at(meta))

    def type(self, meta: Meta, children: list[Token]) -> syntax.ParameterType:
        name, *arguments = children
        return syntax.ParameterType(str(name), tuple(map(str, arguments)), at=_at(meta))

    def type_argument(self, meta: Meta, children: list[Token]) -> str:
        return str(children[0])

    def certified_rate(self, meta: Meta, children: list[Any]) -> syntax.CertifiedRate:
        target, base, value = children
        return syntax.CertifiedRate(str(target), str(base), value, at=_at(meta))

    def stated_rate(self, meta: Meta, children: list[Token]) -> syntax.Rate:
        target, base, value, source, day = children
        return syntax.Rate(
            str(target), str(base), _number(value), _text(source), str(day), at=_at(meta)
        )

    def credential(self, meta: Meta, children: list[Any]) -> syntax.Credential:
        alias, schema, version, issuers = children
        number = None if version is None else int(version[1:])
        return syntax.Credential(str(alias), str(schema), number, issuers, at=_at(meta))

    def one_issuer(self, meta: Meta, children: list[Token]) -> syntax.Issuers:
        return syntax.Issuers((_text(children[0]),), None, at=_at(meta))

    def any_issuer(self, meta: Meta, children: list[Token]) -> syntax.Issuers:
        return syntax.Issuers(tuple(map(_text, children)), None, at=_at(meta))

    def registry(self, meta: Meta, children: list[Token | None]) -> syntax.Issuers:
        return _registry(meta, children, hidden=False)

    def hidden_issuer(self, meta: Meta, children: list[Token]) -> syntax.Issuers:
        return syntax.Issuers(tuple(map(_text, children)), None, hidden=True, at=_at(meta))

    def hidden_registry(self, meta: Meta, children: list[Token | None]) -> syntax.Issuers:
        return _registry(meta, children, hidden=True)

    def either(self, meta: Meta, children: list[syntax.Way]) -> syntax.Either:
        return syntax.Either(tuple(children), at=_at(meta))

    def choice(self, meta: Meta, children: list[syntax.Way]) -> syntax.Choice:
        return syntax.Choice(tuple(children), at=_at(meta))

    def optional(self, meta: Meta, children: list[syntax.Way]) -> syntax.Choice:
        return syntax.Choice((*children, syntax.Way((), at=_at(meta))), at=_at(meta))

    def way(self, meta: Meta, children: list[syntax.Statement]) -> syntax.Way:
        return syntax.Way(tuple(children), at=_at(meta))

    def same_holder(self, meta: Meta, children: list[Token]) -> syntax.SameHolder:
        return syntax.SameHolder(tuple(map(_credential, children)), at=_at(meta))

    def reveal(self, meta: Meta, children: list[Token]) -> syntax.Reveal:
        return syntax.Reveal(tuple(map(_attribute, children)), at=_at(meta))

    def require(self, meta: Meta, children: list[Expression]) -> syntax.Require:
        return syntax.Require(children[0], at=_at(meta))

    def require_without_rate(self, meta: Meta, children: list[Expression]) -> syntax.Require:
        return syntax.Require(children[0], without_rate=True, at=_at(meta))

    def require_not_revoked(self, meta: Meta, children: list[Token]) -> syntax.RequireNotRevoked:
        return syntax.RequireNotRevoked(tuple(map(_credential, children)), at=_at(meta))

    def require_distinct(self, meta: Meta, children: list[Token]) -> syntax.RequireDistinct:
        return syntax.RequireDistinct(tuple(map(_attribute, children)), at=_at(meta))

    def named_list(self, meta: Meta, children: list[Any]) -> syntax.NamedList:
        name, items = children
        return syntax.NamedList(str(name), items, at=_at(meta))

    def own_pseudonym(self, meta: Meta, children: list[Any]) -> syntax.Pseudonym:
        credential, scope, period = children
        named = None if credential is None else _credential(credential)
        return syntax.Pseudonym(named, _own_scope(scope), _period(period), at=_at(meta))

    def shared_pseudonym(self, meta: Meta, children: list[Any]) -> syntax.Pseudonym:
        credential, scope = children
        named = None if credential is None else _credential(credential)
        return syntax.Pseudonym(named, _shared_scope(scope), None, at=_at(meta))

    def own_tag(self, meta: Meta, children: list[Any]) -> syntax.Tag:
        attribute, scope, period = children
        return syntax.Tag(_attribute(attribute), _own_scope(scope), _period(period), at=_at(meta))

    def shared_tag(self, meta: Meta, children: list[Any]) -> syntax.Tag:
        attribute, scope = children
        return syntax.Tag(_attribute(attribute), _shared_scope(scope), None, at=_at(meta))

    def encrypt(self, meta: Meta, children: list[Token]) -> syntax.EncryptTo:
        *attributes, auditor = children
        return syntax.EncryptTo(tuple(map(_attribute, attributes)), _text(auditor), at=_at(meta))

    def any_of(self, meta: Meta, children: list[Expression]) -> syntax.AnyOf:
        return syntax.AnyOf(tuple(children), at=_at(meta))

    def all_of(self, meta: Meta, children: list[Expression]) -> syntax.AllOf:
        return syntax.AllOf(tuple(children), at=_at(meta))

    def negated(self, meta: Meta, children: list[Expression]) -> syntax.Negated:
        return syntax.Negated(children[0], at=_at(meta))

    def comparison(self, meta: Meta, children: list[Any]) -> syntax.Comparison:
        left, sign, right = children
        return syntax.Comparison(left, cast(syntax.ComparisonSign, str(sign)), right, at=_at(meta))

    def equality(self, meta: Meta, children: list[Expression]) -> syntax.Comparison:
        return syntax.Comparison(children[0], "=", children[1], at=_at(meta))

    def between(self, meta: Meta, children: list[Expression]) -> syntax.Between:
        value, low, high = children
        return syntax.Between(value, low, high, False, at=_at(meta))

    def not_between(self, meta: Meta, children: list[Expression]) -> syntax.Between:
        value, low, high = children
        return syntax.Between(value, low, high, True, at=_at(meta))

    def member(self, meta: Meta, children: list[Any]) -> syntax.InSet:
        return syntax.InSet(children[0], children[1], opposite=False, at=_at(meta))

    def not_member(self, meta: Meta, children: list[Any]) -> syntax.InSet:
        return syntax.InSet(children[0], children[1], opposite=True, at=_at(meta))

    def named_member(self, meta: Meta, children: list[Any]) -> syntax.InNamed:
        return syntax.InNamed(children[0], str(children[1]), opposite=False, at=_at(meta))

    def not_named_member(self, meta: Meta, children: list[Any]) -> syntax.InNamed:
        return syntax.InNamed(children[0], str(children[1]), opposite=True, at=_at(meta))

    def listed(self, meta: Meta, children: list[Any]) -> syntax.InPublished:
        return syntax.InPublished(children[0], _text(children[1]), opposite=False, at=_at(meta))

    def not_listed(self, meta: Meta, children: list[Any]) -> syntax.InPublished:
        return syntax.InPublished(children[0], _text(children[1]), opposite=True, at=_at(meta))

    def set(self, meta: Meta, children: list[Expression]) -> tuple[Expression, ...]:
        return tuple(children)

    def total(self, meta: Meta, children: list[Any]) -> syntax.Total:
        rest = zip(children[1::2], children[2::2], strict=True)
        signed = tuple((cast(Literal["+", "-"], str(sign)), part) for sign, part in rest)
        return syntax.Total(children[0], signed, at=_at(meta))

    def scaled(self, meta: Meta, children: list[Any]) -> syntax.Scaled:
        rest = zip(children[1::2], children[2::2], strict=True)
        signed = tuple((cast(Literal["*", "/"], str(sign)), part) for sign, part in rest)
        return syntax.Scaled(children[0], signed, at=_at(meta))

    def negative(self, meta: Meta, children: list[Expression]) -> syntax.Negative:
        return syntax.Negative(children[0], at=_at(meta))

    def at_least(self, meta: Meta, children: list[Any]) -> syntax.CountOf:
        return _counted(meta, children, "at least")

    def at_most(self, meta: Meta, children: list[Any]) -> syntax.CountOf:
        return _counted(meta, children, "at most")

    def exactly(self, meta: Meta, children: list[Any]) -> syntax.CountOf:
        return _counted(meta, children, "exactly")

    def quantified(self, meta: Meta, children: list[Any]) -> syntax.CountOf:
        word, *parts = children
        counting = cast(syntax.Counting, word.split()[0])
        return syntax.CountOf(0, tuple(parts), counting, at=_at(meta))

    def group(self, meta: Meta, children: list[Any]) -> syntax.Group:
        word, *items = children
        kind = cast(syntax.GroupKind, word.split()[0])
        return syntax.Group(kind, tuple(items), at=_at(meta))

    def conditional(self, meta: Meta, children: list[Expression]) -> syntax.If:
        return syntax.If(children[0], children[1], at=_at(meta))

    def score(self, meta: Meta, children: list[syntax.Points]) -> syntax.Score:
        return syntax.Score(tuple(children), at=_at(meta))

    def gained(self, meta: Meta, children: list[Any]) -> syntax.Points:
        return syntax.Points(_points(children[0]), children[1], at=_at(meta))

    def lost(self, meta: Meta, children: list[Any]) -> syntax.Points:
        return syntax.Points(-_points(children[0]), children[1], at=_at(meta))

    def age(self, meta: Meta, children: list[Any]) -> syntax.Age:
        return syntax.Age(_attribute(children[0]), children[1], at=_at(meta))

    def year(self, meta: Meta, children: list[Any]) -> syntax.Year:
        return syntax.Year(children[1], at=_at(meta))

    def period_end(self, meta: Meta, children: list[Any]) -> syntax.PeriodEnd:
        which, day = children
        end, *_, period = which.split()
        return syntax.PeriodEnd(end == "end", period, day, at=_at(meta))

    def local_today(self, meta: Meta, children: list[Token]) -> syntax.LocalToday:
        return syntax.LocalToday(_text(children[1]), at=_at(meta))

    def amount(self, meta: Meta, children: list[Token]) -> syntax.Amount:
        return syntax.Amount(_number(children[0]), str(children[1]), at=_at(meta))

    def span(self, meta: Meta, children: list[Token]) -> syntax.Span:
        return syntax.Span(_count(children[0]), _unit(children[1]), at=_at(meta))

    def measure(self, meta: Meta, children: list[Token]) -> syntax.Measure:
        return syntax.Measure(_number(children[0]), str(children[1]), at=_at(meta))

    def percent(self, meta: Meta, children: list[Token]) -> syntax.Measure:
        return syntax.Measure(_number(children[0]), syntax.PERCENT, at=_at(meta))

    def percent_of(self, meta: Meta, children: list[Any]) -> syntax.Scaled:
        number, whole = children
        percent = syntax.Measure(_number(number), syntax.PERCENT, at=_at(meta))
        return syntax.Scaled(percent, (("*", whole),), at=_at(meta))

    def measure_of(self, meta: Meta, children: list[Any]) -> syntax.Scaled:
        number, unit, whole = children
        if unit != syntax.PERCENT:
            raise _error(unit, "only a percentage is of something", "write 40% of a.balance")
        return self.percent_of(meta, [number, whole])

    def number(self, meta: Meta, children: list[Token]) -> syntax.Number:
        return syntax.Number(_number(children[0]), at=_at(meta))

    def date(self, meta: Meta, children: list[Token]) -> syntax.DateLiteral:
        return syntax.DateLiteral(str(children[0]), at=_at(meta))

    def time(self, meta: Meta, children: list[Token]) -> syntax.TimeLiteral:
        return syntax.TimeLiteral(str(children[0]), at=_at(meta))

    def text(self, meta: Meta, children: list[Token]) -> syntax.TextLiteral:
        return syntax.TextLiteral(_text(children[0]), at=_at(meta))

    def code(self, meta: Meta, children: list[Token]) -> syntax.CodeLiteral:
        return syntax.CodeLiteral(str(children[0]), at=_at(meta))

    def true(self, meta: Meta, children: list[Token]) -> syntax.Truth:
        return syntax.Truth(True, at=_at(meta))

    def false(self, meta: Meta, children: list[Token]) -> syntax.Truth:
        return syntax.Truth(False, at=_at(meta))

    def attribute(self, meta: Meta, children: list[Token]) -> syntax.AttributeName:
        return _attribute(children[0])

    def numbered(self, meta: Meta, children: list[Token]) -> syntax.Numbered:
        credential, attributes = children[0].split(".")
        return syntax.Numbered(credential, attributes.removesuffix("_*"), at=_at(meta))

    def name(self, meta: Meta, children: list[Token]) -> syntax.Name:
        return syntax.Name(str(children[0]), at=_at(meta))
