"""What to write instead of the text at a syntax error.

Many policies are typed with an input method for Chinese, or numbers are pasted from a spreadsheet:
the hint then says exactly which characters to write.
"""

from __future__ import annotations

import re
import unicodedata

_SEPARATORS = "_,.'\u2019\uff0c\uff0e\u00a0\u202f\u2009 "
_DIGITS = "0-9\uff10-\uff19"
_NUMBER = re.compile(rf"[{_DIGITS}](?:[{re.escape(_SEPARATORS)}]?[{_DIGITS}]+)*")
_GROUPED = re.compile(r"([0-9]{1,3})((?:(?P<group>[_,.' ])[0-9]{3})(?:(?P=group)[0-9]{3})*)")
_CODE_BEFORE = re.compile(r"\b([A-Z]{3})[ \t]*\Z")
_MYRIADS = {"\u842c": 4, "\u4e07": 4, "\u5104": 8, "\u4ebf": 8}
"""The characters for ten thousand and a hundred million, with their zeros."""

MAX_NUMBER_SHOWN = 60
"""Longest number that a hint writes again."""

_FULL_WIDTH = {
    "\uff0c": ",",
    "\u3001": ",",
    "\uff1a": ":",
    "\uff08": "(",
    "\uff09": ")",
    "\uff5b": "{",
    "\uff5d": "}",
    "\uff1c": "<",
    "\uff1e": ">",
    "\uff1d": "=",
    "\u2265": ">=",
    "\u2267": ">=",
    "\u2264": "<=",
    "\u2266": "<=",
    "\u2260": "!=",
    "\uff0b": "+",
    "\uff0d": "-",
    "\u2212": "-",
    "\u2013": "-",
    "\u2014": "-",
    "\u00d7": "*",
    "\uff0a": "*",
    "\u00f7": "/",
    "\uff0f": "/",
    "\uff03": "#",
    "\uff05": "%",
    "\uff3f": "_",
}
_QUOTES = "'\u2018\u2019\u201c\u201d\u300c\u300d\u300e\u300f\u300a\u300b\uff02\uff07\u00ab\u00bb"
_FULL_STOPS = "\u3002\uff0e\uff1b;"

_PATTERNS = (
    # What stands at the error, and what helps then.
    (
        re.compile(r"<=|>=|<|>|!=|="),
        "a condition has one sign, and equality is =; for two bounds write between 1 and 3",
    ),
    (
        re.compile(r"[A-Z]"),
        "names are in lower case; capital letters are country and currency codes",
    ),
    (re.compile(f"[{_QUOTES}]"), 'text stands between straight quotation marks: "..."'),
    (re.compile(r"[&|]"), "write and, or"),
    (re.compile("%"), "a percentage is a number and its sign: 40% of s.monthly_income"),
    (
        re.compile(f"[{_FULL_STOPS}]"),
        "remove it: a statement ends where the next one starts; the point of a number is .",
    ),
    (
        re.compile("[\ufeff\u00a0\u2000-\u200f\u2028-\u202f\u2060-\u2069\u3000]"),
        "a character that cannot be seen, or a space of another kind; remove it",
    ),
    (
        re.compile(r"issuers\b"),
        "compare the names that issuers sign: require a.bank_name != b.bank_name",
    ),
    (
        re.compile(r"issuer\b"),
        "the ledger does not say what an issuer may certify; name a registry: "
        'any of registry "mo-banks"',
    ),
    (re.compile(r"\."), "an attribute is written without spaces: a.balance"),
)


def hint_at(text: str, position: int) -> str | None:
    """What helps at a position where the text cannot go on."""
    number = _number_around(text, position)
    if number is not None:
        return number
    character = text[position : position + 1]
    if character in _FULL_WIDTH:
        return f"write {_run(text, position)}"
    for pattern, hint in _PATTERNS:
        if pattern.match(text, position):
            return hint
    plain = unicodedata.normalize("NFKC", character)
    if character and plain != character and plain.isascii() and plain.isalnum():
        return f"write {_run(text, position)}, in letters of normal width"
    return None


def grouped_number(text: str) -> str | None:
    """The number that digits with separators stand for, as policies write it; ``None`` where that
    is not certain: ``500,000.00`` and ``500.000,00`` are, ``1,5`` is not.
    """
    plain = unicodedata.normalize("NFKC", text).replace("\u2019", "'").replace("\u202f", " ")
    plain = plain.replace("\u2009", " ")
    if len(plain) > MAX_NUMBER_SHOWN:
        return None
    if plain.isascii() and plain.isdigit():
        return _written(plain, "")
    match = _GROUPED.match(plain)
    if match is None:
        whole, point, fraction = plain.partition(".")
        known = point and whole.isdigit() and fraction.isdigit()
        return _written(whole, fraction) if known else None
    rest = plain[match.end() :]
    digits = match[1] + re.sub(r"[^0-9]", "", match[2])
    if not rest:
        # 1.234 is as likely a fraction.
        return None if match["group"] == "." and match[2].count(".") == 1 else _written(digits, "")
    point, fraction = rest[0], rest[1:]
    if point not in ",." or point == match["group"] or not fraction.isdigit():
        return None
    return _written(digits, fraction)


def _number_around(text: str, position: int) -> str | None:
    """The hint where the error lies in, or right behind, digits that are written another way."""
    start = text.rfind("\n", 0, position) + 1
    for match in _NUMBER.finditer(text, start):
        if match.start() > position:
            return None
        if match.end() < position:
            continue
        following = text[match.end() : match.end() + 1]
        if following in _MYRIADS and following:
            digits = unicodedata.normalize("NFKC", match[0])
            if digits.isdigit() and len(digits) <= MAX_NUMBER_SHOWN:
                return f"write {_written(digits + '0' * _MYRIADS[following], '')}"
            return "write all digits of the number"
        if position == match.end():
            continue
        meant = grouped_number(match[0])
        code = _CODE_BEFORE.search(text[start : match.start()])
        if position == match.start() and code is not None:
            return f"the currency follows its number: {meant or '500_000.00'} {code[1]}"
        if meant is None:
            return "digits are grouped by underscores, and the point of a fraction is .: 500_000.00"
        return None if meant == match[0] else f"write {meant}"
    return None


def _written(whole: str, fraction: str) -> str:
    whole = whole.lstrip("0") or "0"
    grouped = f"{int(whole):_}" if len(whole) > 3 else whole
    return f"{grouped}.{fraction}" if fraction else grouped


def _run(text: str, position: int) -> str:
    """The characters of other width at a position, in the width that policies use."""
    written = ""
    for character in text[position : position + 32]:
        plain = _FULL_WIDTH.get(character) or unicodedata.normalize("NFKC", character)
        if plain == character or not plain.isascii() or plain.isspace():
            break
        written += plain
    return written
