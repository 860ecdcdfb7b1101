"""ISO 3166-1 countries and ISO 4217 currencies: letters for people, numbers for proofs.

The table is part of the package (``codes.csv``), so that both sides of a proof read the same one
whatever else is installed. A code that is withdrawn keeps its line: credentials hold its number.
Names in the four languages stand in ``code_names.csv``, which ``tools/code_names.py`` writes.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Literal, cast

from zkproof.errors import SchemaError
from zkproof_circuits.labels import Language

CodeList = Literal["country", "currency"]
"""ISO 3166-1 alpha-2 or ISO 4217 alpha-3."""


def number_of(code_list: CodeList, code: object, *, field: str) -> int:
    """The numeric code; raises `SchemaError` for letters the list does not have."""
    number = numbers(code_list).get(code) if isinstance(code, str) else None
    if number is None:
        hint = _hint(code_list, code) if isinstance(code, str) else None
        raise SchemaError(f"{field}: no {code_list} has this code", hint=hint)
    return number


_LETTERS = {
    "country": "countries have two letters (ISO 3166-1): MO, HK, CN",
    "currency": "currencies have three letters (ISO 4217): MOP, HKD, CNY",
}
_USUAL_NAMES: Mapping[CodeList, Mapping[str, str]] = {
    # Names in use that no standard lists. Each means one code only.
    "country": {"UK": "GB"},
    "currency": {
        "RMB": "CNY",
        "CNH": "CNY",
        "NTD": "TWD",
        "MAC": "MOP",
        "HK": "HKD",
        "HKG": "HKD",
        "MO": "MOP",
        "CN": "CNY",
        "CHN": "CNY",
        "US": "USD",
        "USA": "USD",
    },
}


def _hint(code_list: CodeList, code: str) -> str:
    """What to write instead. Never the code that merely looks alike: that is another country."""
    upper = code.upper()
    wanted = _USUAL_NAMES[code_list].get(upper)
    if wanted is None and code_list == "country":
        wanted = _alpha_2().get(upper)
    if wanted is None and upper in numbers(code_list):
        wanted = upper
    if wanted is not None:
        return f"write {wanted}"
    return _LETTERS[code_list]


@cache
def _alpha_2() -> Mapping[str, str]:
    """The two letters of each country by its three letters."""
    text = resources.files(__package__).joinpath("alpha3.csv").read_text(encoding="utf-8")
    return {row["alpha_3"]: row["alpha_2"] for row in csv.DictReader(text.splitlines())}


def letters_of(code_list: CodeList, number: int) -> str | None:
    """The letters of a numeric code, or ``None``."""
    return _letters(code_list).get(number)


def name_of(code_list: CodeList, letters: str, language: Language) -> str:
    """What people call the country or the currency; the letters where no name is known."""
    return _names(language).get((code_list, letters), letters)


@cache
def numbers(code_list: CodeList) -> Mapping[str, int]:
    """Every code of the list with its number."""
    return {code: number for known, code, number in _table() if known == code_list}


@cache
def _letters(code_list: CodeList) -> Mapping[int, str]:
    return {number: code for code, number in numbers(code_list).items()}


@cache
def _table() -> tuple[tuple[CodeList, str, int], ...]:
    text = resources.files(__package__).joinpath("codes.csv").read_text(encoding="utf-8")
    return tuple(
        (cast(CodeList, row["list"]), row["code"], int(row["number"]))
        for row in csv.DictReader(text.splitlines())
    )


@cache
def _names(language: Language) -> Mapping[tuple[str, str], str]:
    text = resources.files(__package__).joinpath("code_names.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {(row["list"], row["code"]): row[language] for row in rows}
