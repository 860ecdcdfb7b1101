"""From text to syntax tree, with errors that say where, what and what to write instead."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import cast

from lark import Lark, Token, Tree, UnexpectedInput, UnexpectedToken
from lark.exceptions import VisitError

from zkproof.errors import PolicyError
from zkproof_circuits.language.building import TreeBuilder
from zkproof_circuits.language.hints import hint_at
from zkproof_circuits.language.layout import Layout
from zkproof_circuits.language.syntax import Policy
from zkproof_circuits.suggestions import did_you_mean

MAX_POLICY_CHARACTERS = 20_000
"""Longest policy: what a request carries, with everything included and comments counted."""

MAX_DEPTH = 48
"""Deepest nesting of expressions."""

_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""Categories of characters that nobody sees, or that reorder what everybody sees."""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment with its number sign. ``own_line``: nothing stands before it on its line."""

    line: int
    text: str
    own_line: bool


def parse_policy(text: str) -> Policy:
    """The syntax tree of a policy; raises `PolicyError` with line and column.

    >>> parse_policy('policy hello v1 purpose "greeting"').statements[0].text
    'greeting'
    """
    if not isinstance(text, str):
        raise PolicyError("a policy is text")
    if len(text) > MAX_POLICY_CHARACTERS:
        raise _error_at(
            text,
            MAX_POLICY_CHARACTERS,
            f"the policy has {len(text)} characters, at most {MAX_POLICY_CHARACTERS} are possible",
            "comments and spaces count as well",
        )
    _check_characters(text)
    return _parsed(text)


def _check_characters(text: str) -> None:
    """A comment or a text that is shown in another order than it is read would deceive people."""
    for position, character in enumerate(text):
        if character in "\n\t" or unicodedata.category(character) not in _UNSEEN:
            continue
        if character == "\r":
            if text.startswith("\n", position + 1):
                continue
            message, hint = "a carriage return without a line feed", "end lines with a line feed"
        else:
            message = f"a character that cannot be seen (U+{ord(character):04X})"
            hint = "remove it, also from comments and from text in quotation marks"
        raise _error_at(text, position, message, hint)


def _error_at(text: str, position: int, message: str, hint: str) -> PolicyError:
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    return PolicyError(message, line=line, column=column, hint=hint)


@lru_cache(maxsize=16)
def _parsed(text: str) -> Policy:
    """Trees do not change, and a text is read more than once: to expand it, to compile it."""
    try:
        tree = _parser().parse(text)
        _check_depth(tree)
        return cast(Policy, TreeBuilder().transform(tree))
    except UnexpectedInput as error:
        raise _syntax_error(error, text) from None
    except VisitError as error:
        if isinstance(error.orig_exc, PolicyError):
            raise error.orig_exc from None
        raise


def comments_of(text: str) -> tuple[Comment, ...]:
    """The comments of a policy that parses; they belong to no node of its tree."""
    comments = []
    for match in re.finditer(r'"(?:[^"\\\n\r]|\\["\\])*"|(#[^\n\r]*)', text):
        if match[1] is not None:
            before = text[: match.start()]
            own_line = not before[before.rfind("\n") + 1 :].strip()
            comments.append(Comment(before.count("\n") + 1, match[1].rstrip(), own_line))
    return tuple(comments)


@cache
def reserved_words() -> frozenset[str]:
    """Words of the language that cannot name a credential or a parameter."""
    words = {terminal.pattern.value for terminal in _parser().terminals}
    return frozenset(word for word in words if word.isalpha()) | {"today", "now"}


@cache
def _parser() -> Lark:
    grammar = resources.files(__package__).joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(
        grammar,
        parser="lalr",
        postlex=Layout(),
        propagate_positions=True,
        maybe_placeholders=True,
    )


def _check_depth(tree: Tree[Token]) -> None:
    level: list[Tree[Token]] = [tree]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in node.children if isinstance(child, Tree)]
        if not level:
            return
    meta = level[0].meta
    raise PolicyError(f"nested deeper than {MAX_DEPTH}", line=meta.line, column=meta.column)


_WORD_BEHIND_NUMBER = re.compile(r"[0-9]\s+([a-z]{2,20})\s+\Z")
"""Where a keyword with a slip in it was read as the unit of a number."""

_THINGS = {
    "IDENTIFIER": "a name such as deposit-certificate",
    "NAME": "a name",
    "ATTRIBUTE": "an attribute such as a.balance",
    "STRING": 'text in "quotation marks"',
    "NUMBER": "a number",
    "CODE": "a code in capital letters",
    "DATE": "a date",
    "TIME": "a time",
    "TODAY_IN": "today",
    "PERIOD_END": "the start or end of a month or year",
    "YEAR_OF": "a year",
    "NUMBERED": "numbered attributes such as a.balance_*",
    "QUANTIFIER": "all of, any of or none of",
    "GROUP": "a sum of several",
    "VERSION": "a version such as v1",
    "SPAN": "days, weeks, months or years",
    "COMPARISON": "a comparison",
    "SIGN": "+ or -",
    "SCALING": "* or /",
    "$END": "the end",
    "_NEXT": "or, beneath either or choice",
    "_END": "a statement beneath either or choice",
}
_ENDS = {"$END": "the end of the text", "_NEXT": "the next way", "_END": "the end of a way"}
_STATEMENTS = frozenset(
    {
        "INCLUDE",
        "PURPOSE",
        "RETENTION",
        "PARAM",
        "RATE",
        "LIST",
        "CREDENTIAL",
        "SAME",
        "REVEAL",
        "REQUIRE",
    }
    | {"PSEUDONYM", "TAG", "ENCRYPT", "EITHER", "CHOICE", "OPTIONAL", "$END", "_NEXT", "_END"}
)
_VALUES = frozenset(
    {"NUMBER", "DATE", "TIME", "STRING", "CODE", "ATTRIBUTE", "NAME", "LPAR", "MINUS"}
    | {"TRUE", "FALSE", "AGE"}
)


def _syntax_error(error: UnexpectedInput, text: str) -> PolicyError:
    if isinstance(error, UnexpectedToken):
        accepted = set(error.accepts or error.expected)
        found = _ENDS.get(error.token.type, f"{str(error.token)!r}")
    else:
        accepted = set(getattr(error, "allowed", None) or ())
        found = repr(text[error.pos_in_stream : (error.pos_in_stream or 0) + 1])
    line, column = error.line, error.column
    rest = "" if error.pos_in_stream is None else text[error.pos_in_stream :]
    if line < 1 or (isinstance(error, UnexpectedToken) and error.token.type == "$END"):
        line, column, rest = text.count("\n") + 1, len(text) - text.rfind("\n"), ""
    hint = hint_at(text, error.pos_in_stream or 0) if rest else None
    if isinstance(error, UnexpectedToken) and error.token.type in ("_NEXT", "_END"):
        hint = (
            "what belongs to a way stands further right than its either or choice, "
            "and or exactly beneath it"
        )
    slip = _WORD_BEHIND_NUMBER.search(text[: error.pos_in_stream])
    if hint is None and slip is not None:
        meant = did_you_mean(slip[1], reserved_words())
        if meant is not None and meant.startswith("did"):
            return _error_at(text, slip.start(1), f"unexpected {slip[1]!r}", meant)
    word = re.match(r"[a-z]{3,20}\b", rest)
    if hint is None and word is not None:
        patterns = {terminal.name: terminal.pattern.value for terminal in _parser().terminals}
        fitting = {patterns[name] for name in accepted if patterns.get(name, "").isalpha()}
        close = did_you_mean(word[0], fitting or reserved_words())
        hint = close if close and close.startswith("did") else None
    return PolicyError(
        f"unexpected {found}, expected {_describe(accepted)}", line=line, column=column, hint=hint
    )


def _describe(accepted: set[str]) -> str:
    """The accepted terminals in words, groups of them by their common name."""
    words = []
    if accepted >= _STATEMENTS - {"$END", "_NEXT", "_END"}:
        words.append("the next statement")
        accepted -= _STATEMENTS
    if accepted >= _VALUES - {"AGE", "TRUE", "FALSE"}:
        words.append("a value")
        accepted -= _VALUES | {"AT", "EXACTLY", "IF", "NOT", "SCORE"}
        accepted -= {"TODAY_IN", "PERIOD_END", "YEAR_OF", "QUANTIFIER", "GROUP", "NUMBERED"}
    patterns = {terminal.name: terminal.pattern for terminal in _parser().terminals}
    for name in sorted(accepted - {"WITHOUT"}):
        if name in _THINGS:
            words.append(_THINGS[name])
        elif name in patterns:
            words.append(repr(patterns[name].value.replace("\\", "")))
    return (
        ", ".join(words[:-1]) + (" or " if words[:-1] else "") + (words or ["something else"])[-1]
    )
