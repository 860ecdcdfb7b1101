"""The text of policies: what parses, how errors speak, how the formatter writes."""

from __future__ import annotations

import contextlib

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from zkproof.errors import PolicyError
from zkproof_circuits.format import format_policy
from zkproof_circuits.language.parsing import MAX_POLICY_CHARACTERS, parse_policy

HEAD = 'policy t v1\npurpose "t"\n'


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "hint"),
    [
        ("", 1, 1, "end of the text", None),
        ("policy", 1, 7, "end of the text", None),
        ("policy T v1", 1, 8, "'T'", "lower case"),
        ("policy t v0", 1, 10, "'v0'", None),
        (HEAD + "require 1 <= a.m <= 3", 3, 18, "'<='", "between 1 and 3"),
        (HEAD + "require a.m == 3", 3, 14, "'='", "equality is ="),
        (HEAD + "require a.m && a.n", 3, 13, "'&'", "and, or"),
        (HEAD + "purpose 'x'", 3, 9, '"\'"', "straight quotation marks"),
        (HEAD + "purpose \u201cx\u201d", 3, 9, "\u201c", "straight quotation marks"),
        (HEAD + "require a.m >= %40", 3, 16, "'%'", "a number and its sign: 40%"),
        (HEAD + "require a.m >= 40\uff05", 3, 18, "\uff05", "write %"),
        (HEAD + "require a.m >= 40 MOP of a.n", 3, 23, "'of'", None),
        (HEAD + "require a.m >= 40 people of a.n", 3, 19, "only a percentage", "40% of"),
        (HEAD + "require a. m >= 3", 3, 10, "'.'", "without spaces"),
        (HEAD + "require distinct issuers a, b", 3, 18, "'issuers'", "a.bank_name != b.bank_name"),
        (HEAD + "credential a: b from any issuer", 3, 26, "'issuer'", "any of registry"),
        (HEAD + "require a.m >= 007", 3, 16, "not a number", "no leading zeros"),
        (HEAD + "require a.m >= 1_00", 3, 16, "not a number", "groups of three"),
        (HEAD + "retention 1.5 days", 3, 11, "a whole number", None),
        (HEAD + "retention 100_001 days", 3, 11, "up to 100000", None),
        (HEAD + "require a.m >= " + "9" * 41, 3, 16, "more than 40", None),
        (HEAD + 'purpose "a\nb"', 3, 9, "unexpected", None),
        (HEAD + "requir a.m >= 3", 3, 1, "'requir'", "did you mean require?"),
        (HEAD + "require a.m >= 1 adn a.m <= 2", 3, 18, "'adn'", "did you mean and?"),
        (HEAD + "require a.m betwen 1 and 2", 3, 13, "'betwen'", "did you mean between?"),
        (HEAD + "require a.m \u2265 3", 3, 13, "\u2265", "write >="),
        (HEAD + "require a.m >= 500,000.00 MOP", 3, 19, "','", "write 500_000.00"),
        (HEAD + "require a.m >=\u00a03", 3, 15, "xa0", "cannot be seen"),
        ("\ufeffpolicy t v1", 1, 1, "U+FEFF", "remove it"),
        (HEAD + "reveal a.m # \u202ex", 3, 14, "U+202E", "remove it"),
        (HEAD + 'require a.m = "a\u200bb"', 3, 17, "U+200B", "remove it"),
        (HEAD + "reveal a.m # \x1b[2K", 3, 14, "U+001B", "remove it"),
        (HEAD + "require a.m >= \uff15\uff10\uff10\uff10 MOP", 3, 16, "\uff15", "write 5_000"),
        (HEAD + "require a.m >= 500.000,00 MOP", 3, 23, "','", "write 500_000.00"),
        (HEAD + "require a.m >= 50\u842c MOP", 3, 18, "\u842c", "write 500_000"),
        (HEAD + "require a.m >= 5000_00 MOP", 3, 16, "decimal", "write 500_000"),
        (HEAD + "require a.m >= MOP 500", 3, 20, "'500'", "its number: 500 MOP"),
        (HEAD + "require a.m in {MO\uff0cHK}", 3, 19, "\uff0c", "write ,"),
        (HEAD + "require a.m \uff1e\uff1d 5", 3, 13, "\uff1e", "write >="),
        (HEAD + "require a.m = \u300cx\u300d", 3, 15, "\u300c", "straight quotation marks"),
        (HEAD + "require a.m = 5\u3002", 3, 16, "\u3002", "remove it"),
        (HEAD + "require a.m = \uff2d\uff2f", 3, 15, "\uff2d", "write MO"),
        (HEAD + "require a.m >= 3 # x\rreveal a.m", 3, 21, "carriage return", "line feed"),
    ],
)
def test_syntax_error_says_where_what_and_what_instead(
    text: str, line: int, column: int, message: str, hint: str | None
) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(text)
    error = caught.value
    assert (error.line, error.column) == (line, column)
    assert message in error.message
    assert hint is None or hint in (error.hint or "")


def test_error_lists_what_could_stand_there() -> None:
    with pytest.raises(PolicyError, match="expected a value"):
        parse_policy(HEAD + "require a.m >=")
    with pytest.raises(PolicyError, match="expected the next statement, 'and' or 'or'"):
        parse_policy(HEAD + "require a.m >= 3 >= 2")


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "require " + "(" * 5000 + "a.m" + ")" * 5000 + " = 1",
        HEAD + "require " + "not " * 5000 + "a.m = 1",
        HEAD + "require a.m = " + "-" * 5000 + "1",
        HEAD + "require " + "a.m = 1 or (" * 3000 + "a.m = 1" + ")" * 3000,
        HEAD + "x" * (1 << 16),
        HEAD + '"' * 5000,
    ],
)
def test_text_made_to_exhaust_is_refused_or_read(text: str) -> None:
    # Anything but a policy error, such as a recursion error, is a failure.
    with contextlib.suppress(PolicyError):
        parse_policy(text)


def test_text_that_is_too_long_is_refused() -> None:
    parse_policy(HEAD + "#" + "x" * (MAX_POLICY_CHARACTERS - len(HEAD) - 1))
    with pytest.raises(PolicyError, match="has 20001 characters, at most 20000") as caught:
        parse_policy(HEAD + "#" + "x" * (MAX_POLICY_CHARACTERS - len(HEAD)))
    assert caught.value.line == 3


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from(list('abpq.v1 =<>"{}(),-+*/#\n_0379MOP')), max_size=60))
def test_random_text_gives_a_tree_or_a_policy_error(text: str) -> None:
    for candidate in (text, HEAD + text, HEAD + "require " + text):
        try:
            tree = parse_policy(candidate)
        except PolicyError:
            continue
        assert parse_policy(format_policy(candidate)) == tree


def test_attributes_may_be_called_like_words_of_the_language() -> None:
    parse_policy(HEAD + "reveal a.source, a.date, a.in, a.not, a.today, a.policy")


UNTIDY = """# At the top.
policy   t   v1  # after the name
purpose "a \\"quoted\\" \\\\ purpose" retention 30 days
param x:money( MOP ,2)=1_000.50 MOP
rate MOP per HKD=1.0300 source "s" at 2026-01-01
# Before a.
# Two lines.
credential a:deposit-certificate v2 from any of{"x","y"}
credential b : identity from any of registry "r" credential c: identity from "z"
same holder a,b , c # trailing
reveal a.x ,b.y
require((a.x+b.y)*2-(-3)>=1000000.00 MOP)and not(a.f or b.f=true)
require a.d between today-30 days and today+1 month or a.c in{MO,HK}or a.c not in { CN }  # one
  and # two
  a.m not between 1 and 2
require at least 2 of(a.f,b.f,a.m - (b.m - 1) = 3)
require a.m / (b.m / 2) * (3 * a.n) = -(a.m * 2)
require distinct a.x,b.y require not revoked a
pseudonym   of a for scope "s"   encrypt a.r to "auditor"
require aaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaa>=1and
bbbbbbbbbbbb.bbbbbbbbbbbbb>=2and c.m>=100_000_000
# At the end.
"""

TIDY = """# At the top.
policy t v1  # after the name
purpose "a \\"quoted\\" \\\\ purpose"
retention 30 days

param x: money(MOP, 2) = 1000.50 MOP
rate MOP per HKD = 1.0300 source "s" at 2026-01-01

# Before a.
# Two lines.
credential a: deposit-certificate v2 from any of {"x", "y"}
credential b: identity from any of registry "r"
credential c: identity from "z"
same holder a, b, c  # trailing

reveal a.x, b.y

require (a.x + b.y) * 2 - -3 >= 1_000_000.00 MOP and not (a.f or b.f = true)
# one
# two
require a.d between today - 30 days and today + 1 month
    or a.c in {MO, HK}
    or a.c not in {CN} and a.m not between 1 and 2
require at least 2 of (a.f, b.f, a.m - (b.m - 1) = 3)
require a.m / (b.m / 2) * (3 * a.n) = -(a.m * 2)
require distinct a.x, b.y
require not revoked a

pseudonym of a for scope "s"
encrypt a.r to "auditor"

require aaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaa >= 1
    and bbbbbbbbbbbb.bbbbbbbbbbbbb >= 2
    and c.m >= 100_000_000
# At the end.
"""


def test_untidy_policy_is_written_tidily() -> None:
    assert format_policy(UNTIDY) == TIDY


def test_tidy_policy_is_left_as_it_is() -> None:
    assert format_policy(TIDY) == TIDY


def test_formatting_keeps_the_tree() -> None:
    assert parse_policy(TIDY) == parse_policy(UNTIDY)


def test_comment_sign_inside_text_is_no_comment() -> None:
    text = 'policy t v1\npurpose "number # one"  # two\n'
    assert format_policy(text) == text


def test_text_that_does_not_parse_is_not_formatted() -> None:
    with pytest.raises(PolicyError):
        format_policy("policy")
