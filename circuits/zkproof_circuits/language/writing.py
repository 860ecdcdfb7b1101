"""Expressions as text, with the parentheses that the tree needs and no others."""

from __future__ import annotations

from zkproof_circuits.language import syntax
from zkproof_circuits.language.syntax import Expression

_OR, _AND, _NOT, _RELATION, _SUM, _PRODUCT, _FACTOR, _PRIMARY = range(8)


def expression_text(node: Expression, *, inside: Expression | None = None) -> str:
    """The text of an expression; ``inside``: as an operand of that one."""
    if inside is not None:
        return _operand(node, _level(inside) + 1)
    match node:
        case syntax.AnyOf(parts):
            return " or ".join(_operand(part, _AND) for part in parts)
        case syntax.AllOf(parts):
            return " and ".join(_operand(part, _NOT) for part in parts)
        case syntax.Negated(condition):
            return f"not {_operand(condition, _NOT)}"
        case syntax.Comparison(left, sign, right):
            return f"{_operand(left, _SUM)} {sign} {_operand(right, _SUM)}"
        case syntax.Between(value, low, high, opposite):
            word = "not between" if opposite else "between"
            bounds = f"{_operand(low, _SUM)} and {_operand(high, _SUM)}"
            return f"{_operand(value, _SUM)} {word} {bounds}"
        case syntax.InSet(value, items, opposite):
            word = "not in" if opposite else "in"
            listed = ", ".join(_operand(item, _SUM) for item in items)
            return f"{_operand(value, _SUM)} {word} {{{listed}}}"
        case syntax.InNamed(value, name, opposite):
            word = "not in" if opposite else "in"
            return f"{_operand(value, _SUM)} {word} {name}"
        case syntax.InPublished(value, list_id, opposite):
            word = "not in" if opposite else "in"
            return f"{_operand(value, _SUM)} {word} list {quoted(list_id)}"
        case syntax.Total(first, rest):
            further = [f" {sign} {_operand(operand, _PRODUCT)}" for sign, operand in rest]
            return _operand(first, _PRODUCT) + "".join(further)
        case syntax.Scaled(syntax.Measure(unit=syntax.PERCENT) as percent, (("*", whole),)):
            return f"{_primary_text(percent)} of {_operand(whole, _FACTOR)}"
        case syntax.Scaled(first, rest):
            further = [f" {sign} {_operand(operand, _FACTOR)}" for sign, operand in rest]
            return _operand(first, _FACTOR) + "".join(further)
        case syntax.Negative(operand):
            return f"-{_operand(operand, _FACTOR)}"
        case syntax.CountOf(_, parts):
            return f"{counting_text(node)} ({', '.join(map(expression_text, parts))})"
        case syntax.Group(kind, items):
            return f"{kind} of {{{', '.join(map(expression_text, items))}}}"
        case syntax.If(condition, consequence):
            return f"if {expression_text(condition)} then {expression_text(consequence)}"
        case syntax.Score(items):
            return f"score {{{', '.join(map(points_text, items))}}}"
        case _:
            return _primary_text(node)


def counting_text(node: syntax.CountOf) -> str:
    """How many of its parts a condition asks for: ``at least 2 of``."""
    if node.counting in ("all", "any", "none"):
        return f"{node.counting} of"
    return f"{node.counting} {number_text(str(node.count))} of"


def points_text(item: syntax.Points) -> str:
    """What one condition of a score counts for."""
    return f"{number_text(str(item.points))} if {expression_text(item.condition)}"


def number_text(text: str) -> str:
    """A number with its whole part in groups of three, unless that is short or a year."""
    whole, point, fraction = text.partition(".")
    return f"{int(whole):_}{point}{fraction}" if len(whole.lstrip("-")) > 4 else text


def span_text(count: int, unit: str) -> str:
    """A length of time."""
    return f"{number_text(str(count))} {unit}{'' if count == 1 else 's'}"


def quoted(text: str) -> str:
    """Text between quotation marks."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _primary_text(node: Expression) -> str:
    match node:
        case syntax.Number(text):
            return number_text(text)
        case syntax.Amount(text, currency):
            return f"{number_text(text)} {currency}"
        case syntax.Span(count, unit):
            return span_text(count, unit)
        case syntax.Measure(text, syntax.PERCENT):
            return f"{number_text(text)}%"
        case syntax.Measure(text, unit):
            return f"{number_text(text)} {unit}"
        case syntax.DateLiteral(text) | syntax.TimeLiteral(text):
            return text
        case syntax.TextLiteral(text):
            return quoted(text)
        case syntax.CodeLiteral(letters):
            return letters
        case syntax.Truth(value):
            return "true" if value else "false"
        case syntax.Numbered(credential, stem):
            return f"{credential}.{stem}_*"
        case syntax.ListLiteral(items):
            return f"{{{', '.join(map(expression_text, items))}}}"
        case syntax.Name(name):
            return name
        case syntax.AttributeName(credential, attribute):
            return f"{credential}.{attribute}"
        case syntax.Age(birth, day):
            until = "" if day is None else f" at {_operand(day, _PRIMARY)}"
            return f"age({expression_text(birth)}){until}"
        case syntax.Year(day):
            return f"year({expression_text(day)})"
        case syntax.PeriodEnd(last, period, day):
            return f"{'end' if last else 'start'} of {period}({expression_text(day)})"
        case syntax.LocalToday(zone):
            return f"today in {quoted(zone)}"
        case _:
            raise AssertionError("not a primary expression")


def _operand(node: Expression, least: int) -> str:
    text = expression_text(node)
    return text if _level(node) >= least else f"({text})"


def _level(node: Expression) -> int:
    match node:
        case syntax.AnyOf() | syntax.If():
            return _OR
        case syntax.AllOf():
            return _AND
        case syntax.Negated():
            return _NOT
        case (
            syntax.Comparison()
            | syntax.Between()
            | syntax.InSet()
            | syntax.InNamed()
            | syntax.InPublished()
        ):
            return _RELATION
        case syntax.Total():
            return _SUM
        case syntax.Scaled():
            return _PRODUCT
        case syntax.Negative():
            return _FACTOR
        case _:
            return _PRIMARY
