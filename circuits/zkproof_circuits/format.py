"""Policies in one layout: what `format_policy` writes, it leaves as it is.

A statement a line, numbers in groups of three, one space around signs, no needless parentheses;
conditions that are too long break at ``and``, ``or`` and commas. Comments stay with the statement
they stood at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import assert_never

from zkproof_circuits.language import syntax
from zkproof_circuits.language.parsing import Comment, comments_of, parse_policy
from zkproof_circuits.language.syntax import Expression
from zkproof_circuits.language.writing import (
    counting_text,
    expression_text,
    number_text,
    points_text,
    quoted,
    span_text,
)
from zkproof_circuits.scopes import OWNER_SEPARATOR

LINE_LENGTH = 100

_GROUPS: tuple[tuple[type, ...], ...] = (
    # Statements of one group stand together; an empty line separates groups.
    (syntax.Policy, syntax.Purpose, syntax.RetentionPeriod),
    (syntax.Include,),
    (syntax.Parameter, syntax.Rate, syntax.CertifiedRate, syntax.NamedList),
    (syntax.Credential, syntax.SameHolder),
    (syntax.Reveal,),
    (syntax.Require, syntax.RequireNotRevoked, syntax.RequireDistinct),
    (syntax.Pseudonym, syntax.Tag, syntax.EncryptTo),
    (syntax.Either, syntax.Choice),
)
_INDENT = "  "


def format_policy(text: str) -> str:
    """The policy in canonical layout; raises `PolicyError` for text that does not parse.

    >>> print(format_policy('policy p v1 purpose "x" require(a.b>=10000)'), end="")
    policy p v1
    purpose "x"
    <BLANKLINE>
    require a.b >= 10_000
    """
    policy = parse_policy(text)
    pieces = [_Piece(policy, policy, "", ()), *_pieces(policy.statements, "", ())]
    before, after = _place(comments_of(text), [piece.node.at.line for piece in pieces])
    lines: list[str] = []
    for position, piece in enumerate(pieces):
        apart = _group(pieces[position - 1].outermost) != _group(piece.outermost)
        if position and (apart or piece.outermost is piece.opens):
            lines.append("")
        trailing = after[position]
        lines += piece.words
        comments = before[position] + (trailing if len(trailing) > 1 else [])
        lines += [piece.indent + comment for comment in comments]
        written = _indented(_wrapped(piece.node), piece.indent)
        lines.append(written + "  " + trailing[0] if len(trailing) == 1 else written)
    return "\n".join([*lines, *before[len(pieces)]]) + "\n"


@dataclass(frozen=True, slots=True)
class _Piece:
    """A statement in its place: beneath which one it stands, and the words before it."""

    node: syntax.Policy | syntax.Statement
    outermost: syntax.Policy | syntax.Statement
    indent: str
    words: tuple[str, ...]
    opens: syntax.Statement | None = None
    """The outermost statement, at its first piece, where it has several."""


def _pieces(
    statements: Iterable[syntax.Statement],
    indent: str,
    words: tuple[str, ...],
    outermost: syntax.Statement | None = None,
) -> Iterator[_Piece]:
    """The statements without ways, in the order of the text; ``words`` stand before the first."""
    for statement in statements:
        whole = outermost or statement
        if not isinstance(statement, syntax.Either | syntax.Choice):
            yield _Piece(statement, whole, indent, words)
        else:
            for number, way in enumerate(statement.ways):
                keyword = (*words, indent + ("or" if number else _opening(statement)))
                inner = _pieces(way.statements, indent + _INDENT, keyword, whole)
                for place, piece in enumerate(inner):
                    first = outermost is None and not number and not place
                    yield replace(piece, opens=whole) if first else piece
                words = ()
        words = ()


def _opening(statement: syntax.Either | syntax.Choice) -> str:
    """The keyword of a statement with ways."""
    if isinstance(statement, syntax.Either):
        return "either"
    return "choice" if all(way.statements for way in statement.ways) else "optional"


def _indented(text: str, indent: str) -> str:
    return "\n".join(indent + line for line in text.split("\n"))


def format_statement(statement: syntax.Statement) -> str:
    """One statement on one line; one with ways on a line for each of theirs."""
    match statement:
        case syntax.Either(ways) | syntax.Choice(ways):
            lines: list[str] = []
            for place, way in enumerate(ways):
                if way.statements:
                    lines.append("or" if place else _opening(statement))
                lines += [_indented(format_statement(each), _INDENT) for each in way.statements]
            return "\n".join(lines)
        case syntax.Include(name, version, bindings):
            bound = ", ".join(f"{each.name} = {expression_text(each.value)}" for each in bindings)
            return f"include {name} v{version}" + (f" ({bound})" if bound else "")
        case syntax.Purpose(text):
            return f"purpose {quoted(text)}"
        case syntax.RetentionPeriod(count, unit):
            return f"retention {span_text(count, unit)}"
        case syntax.Parameter(name, kind, default):
            arguments = f"({', '.join(kind.arguments)})" if kind.arguments else ""
            given = "" if default is None else f" = {expression_text(default)}"
            return f"param {name}: {kind.name}{arguments}{given}"
        case syntax.Rate(target, base, value, source, day):
            stated = f"rate {target} per {base} = {number_text(value)}"
            return f"{stated} source {quoted(source)} at {day}"
        case syntax.CertifiedRate(target, base, quotient):
            return f"rate {target} per {base} = {expression_text(quotient)}"
        case syntax.NamedList(name, items):
            return f"list {name} = {{{', '.join(expression_text(item) for item in items)}}}"
        case syntax.Credential(alias, schema, version, issuers):
            number = "" if version is None else f" v{version}"
            return f"credential {alias}: {schema}{number} from {_issuers(issuers)}"
        case syntax.SameHolder(names):
            return f"same holder {_aliases(names)}"
        case syntax.Reveal(attributes):
            return f"reveal {_attributes(attributes)}"
        case syntax.Require(condition, without_rate):
            return f"require {expression_text(condition)}" + (" without rate" * without_rate)
        case syntax.RequireNotRevoked(names):
            return f"require not revoked {_aliases(names)}"
        case syntax.RequireDistinct(attributes):
            return f"require distinct {_attributes(attributes)}"
        case syntax.Pseudonym(credential, scope, period):
            whose = "" if credential is None else f" of {credential.alias}"
            return f"pseudonym{whose} for {_scope(scope)}{_renewed(period)}"
        case syntax.Tag(attribute, scope, period):
            whole = f"tag of {expression_text(attribute)} for {_scope(scope)}"
            return whole + _renewed(period)
        case syntax.EncryptTo(attributes, auditor):
            return f"encrypt {_attributes(attributes)} to {quoted(auditor)}"
        case _:
            assert_never(statement)


def _wrapped(node: syntax.Policy | syntax.Statement) -> str:
    """A statement, over several lines where one would be too long."""
    if isinstance(node, syntax.Policy):
        return f"policy {node.name} v{node.version}"
    line = format_statement(node)
    if len(line) <= LINE_LENGTH or not isinstance(node, syntax.Require):
        return line
    end = "\n    without rate" if node.without_rate else ""
    match node.condition:
        case syntax.AllOf(parts):
            return "require " + "\n    and ".join(_operands(node.condition, parts)) + end
        case syntax.AnyOf(parts):
            return "require " + "\n    or ".join(_operands(node.condition, parts)) + end
        case syntax.CountOf(_, parts) as count:
            inner = ",\n    ".join(expression_text(part) for part in parts)
            without = " without rate" * node.without_rate
            return f"require {counting_text(count)} (\n    {inner}\n){without}"
        case syntax.Comparison(syntax.Score(items), sign, bound):
            inner = ",\n    ".join(points_text(item) for item in items)
            return f"require score {{\n    {inner}\n}} {sign} {expression_text(bound)}" + (
                " without rate" * node.without_rate
            )
        case _:
            return line


def _operands(whole: Expression, parts: tuple[Expression, ...]) -> list[str]:
    return [expression_text(part, inside=whole) for part in parts]


def _place(
    comments: tuple[Comment, ...], starts: list[int]
) -> tuple[list[list[str]], list[list[str]]]:
    """Comments before each node (and after the last one), and those at its end."""
    before: list[list[str]] = [[] for _ in range(len(starts) + 1)]
    after: list[list[str]] = [[] for _ in starts]
    for comment in comments:
        following = sum(start <= comment.line for start in starts)
        if comment.own_line or not following:
            before[following].append(comment.text)
        else:
            after[following - 1].append(comment.text)
    return before, after


def _group(node: syntax.Policy | syntax.Statement) -> int:
    return next(number for number, kinds in enumerate(_GROUPS) if isinstance(node, kinds))


def _scope(scope: str) -> str:
    shared = "shared " if OWNER_SEPARATOR in scope else ""
    return f"{shared}scope {quoted(scope)}"


def _renewed(period: syntax.SpanUnit | None) -> str:
    return "" if period is None else f" per {period}"


def _issuers(node: syntax.Issuers) -> str:
    which = "hidden any of" if node.hidden else "any of"
    if node.registry is not None:
        most = "" if node.most is None else f" up to {number_text(str(node.most))}"
        return f"{which} registry {quoted(node.registry)}{most}"
    if len(node.names) == 1 and not node.hidden:
        return quoted(node.names[0])
    return f"{which} {{{', '.join(map(quoted, node.names))}}}"


def _aliases(names: tuple[syntax.CredentialName, ...]) -> str:
    return ", ".join(name.alias for name in names)


def _attributes(names: tuple[syntax.AttributeName, ...]) -> str:
    return ", ".join(expression_text(name) for name in names)
