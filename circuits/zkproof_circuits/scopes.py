"""Scopes: within what a pseudonym or a tag is the same at every visit.

A policy names a scope of the verifier's own, ``loans``, renewed with a period or not, or a shared
one on the ledger, ``governance#deposit-pledge``. In a circuit a scope is one text::

    loans                   of the verifier that asks
    loans/2026-11           of the verifier that asks, in one period
    governance#loans        shared; its period stands on the ledger

Names are short and plain, so that no two spellings look alike and no name contains a period.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from enum import StrEnum

from zkproof.errors import UsageError
from zkproof_circuits.labels import is_plain_text


class PeriodUnit(StrEnum):
    """How often a scope is renewed."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


OWNER_SEPARATOR = "#"
MAX_OWNER_LENGTH = 256

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?", re.ASCII)
_PERIODS = {
    PeriodUnit.YEAR: re.compile(r"[0-9]{4}", re.ASCII),
    PeriodUnit.MONTH: re.compile(r"[0-9]{4}-[0-9]{2}", re.ASCII),
    PeriodUnit.DAY: re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII),
}


@dataclass(frozen=True, slots=True)
class Scope:
    """A scope as a policy names it. ``owner`` is set for a shared one, which has no period here."""

    name: str
    owner: str | None = None
    period: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name):
            raise UsageError(
                "scope: 1 to 64 of a to z, 0 to 9 and hyphens, none of them at the ends",
                hint='a scope belongs to the verifier that asks: write a plain name, "loans", or '
                'for shared scope "owner#name"',
            )
        if self.owner is not None:
            if not is_plain_text(self.owner, MAX_OWNER_LENGTH) or OWNER_SEPARATOR in self.owner:
                raise UsageError("scope: its owner's identifier, a #, and its name")
            if self.period is not None:
                raise UsageError("scope: the period of a shared scope stands on the ledger")
        if self.period is not None and not any(
            pattern.fullmatch(self.period) for pattern in _PERIODS.values()
        ):
            raise UsageError("scope: its period is a year, a month or a day")

    @property
    def unit(self) -> PeriodUnit | None:
        """Whether the period is a year, a month or a day."""
        if self.period is None:
            return None
        return next(unit for unit, form in _PERIODS.items() if form.fullmatch(self.period))

    def __str__(self) -> str:
        owner = "" if self.owner is None else f"{self.owner}{OWNER_SEPARATOR}"
        return f"{owner}{self.name}" + ("" if self.period is None else f"/{self.period}")

    @classmethod
    def from_text(cls, text: object) -> Scope:
        """The scope that `str` wrote. Raises `UsageError` for any other text."""
        if not isinstance(text, str):
            raise UsageError("scope: a text")
        if OWNER_SEPARATOR in text:
            owner, _, name = text.partition(OWNER_SEPARATOR)
            return cls(name, owner=owner)
        name, separator, period = text.partition("/")
        return cls(name, period=period if separator else None)


def period_of(unit: PeriodUnit, day: datetime.date) -> str:
    """The year, month or day that ``day`` lies in: ``2026``, ``2026-11``, ``2026-11-25``."""
    text = day.isoformat()
    return {
        PeriodUnit.YEAR: text[:4],
        PeriodUnit.MONTH: text[:7],
        PeriodUnit.DAY: text,
    }[unit]


def period_start(period: str) -> datetime.date:
    """The first day of a period, as `period_of` writes it."""
    return datetime.date.fromisoformat((period + "-01-01")[:10])
