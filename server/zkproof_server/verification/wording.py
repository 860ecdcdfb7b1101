"""What the texts of a policy stood for, and how they read to people."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from functools import lru_cache

from pydantic import BaseModel

from zkproof.presentation.request import Request
from zkproof_circuits.circuit import Circuit
from zkproof_circuits.explain import explain
from zkproof_circuits.lowering.arithmetic import shift_months
from zkproof_circuits.schema import Schema
from zkproof_circuits.types import date_of

_TODAY = re.compile(r"\btoday(?: ([+-]) ([0-9]{1,6}) (day|month|year)s?)?\b")
_MONTHS = {"month": 1, "year": 12}


class Resolved(BaseModel):
    """A piece of a policy's text, and what it stood for."""

    text: str
    value: str


def resolve(source: str, request: Request) -> list[Resolved]:
    """Dates for "today", and the values of the parameters that stand in a requirement."""
    today = date_of(request.today)
    found = [
        Resolved(text=each.group(), value=_date(today, each).isoformat())
        for each in _TODAY.finditer(source)
    ]
    names = set(re.findall(r"(?<![.\w])[a-z_][a-z0-9_]*(?![.\w])", source))
    given = request.parameters
    return found + [Resolved(text=name, value=given[name]) for name in sorted(names & set(given))]


def constraints_in_words(
    circuit: Circuit, request: Request, schemas: Mapping[bytes, Schema], language: str
) -> Mapping[str, str]:
    """The sentence of each requirement, by its text."""
    # Policy, day, parameters and schemas decide the circuit; a verifier asks the same all day.
    parameters = tuple(sorted(request.parameters.items()))
    used = tuple(schemas[digest] for digest in request.schemas)
    return _sentences(_ByText(circuit, request.policy, request.today, parameters), used, language)


class _ByText:
    """A circuit, compared by what it was compiled from."""

    def __init__(self, circuit: Circuit, *made_from: object) -> None:
        self.circuit = circuit
        self._made_from = made_from

    def __hash__(self) -> int:
        return hash(self._made_from)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByText) and self._made_from == other._made_from


@lru_cache(maxsize=256)
def _sentences(made: _ByText, schemas: tuple[Schema, ...], language: str) -> Mapping[str, str]:
    return explain(made.circuit.at_once, schemas, language).sentences


def _date(today: datetime.date, found: re.Match[str]) -> datetime.date:
    sign, count, unit = found.groups()
    if sign is None:
        return today
    number = int(count) if sign == "+" else -int(count)
    if unit == "day":
        return today + datetime.timedelta(days=number)
    return shift_months(today, number * _MONTHS[unit])
