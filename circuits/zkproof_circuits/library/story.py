"""What a scenario consists of: a question, sample credentials, and people who try to answer it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from zkproof_circuits.scopes import PeriodUnit

PROVEN = "proven"
WALLET_REFUSES = "wallet-refuses"
"""The person's own wallet finds that it cannot be proven; nothing is sent."""
SECOND_TIME = "second-time"
"""Proven, but the verifier's register has the tag already."""

Texts = Mapping[str, str]
"""One text in each of the four languages."""

Cheat = Literal["skips-checks", "relabels", "replays"]
"""A program that leaves out every check of a wallet's own; one that proves something easier and
writes this request's digest on it; one that sends what somebody else sent.
"""

VALIDITY = {"valid_from": "today-30", "valid_until": "today+335"}
"""Of every sample, unless it says otherwise."""

_RELATIVE = re.compile(r"(today|now)([+-]\d{1,6})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class ScenarioIssuer:
    """An issuer, the registries that list it, and whether it is suspended after it has issued."""

    issuer_id: str
    name: str
    registries: tuple[str, ...]
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class ScenarioList:
    """A published list with so many made-up entries."""

    list_id: str
    kind: Literal["members", "gaps"]
    entries: int


@dataclass(frozen=True, slots=True)
class ScenarioScope:
    """A shared scope on the ledger: how often it is renewed, why it is there, and which verifiers
    see the same in it besides the one that asks.
    """

    scope_id: str
    unit: PeriodUnit | None
    purpose: str
    others: tuple[str, ...]
    """Names of the other members."""


@dataclass(frozen=True, slots=True)
class SampleCredential:
    """A credential that everybody in the scenario has, but for what is different about them."""

    schema: str
    issuer_id: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who tries, with everything that is different from the samples.

    Keys of ``changes`` and ``listed`` are slots such as ``i.birth_date``; ``issuers``, ``revoked``,
    ``borrowed`` and ``lacks`` name credentials.
    """

    name: str
    expect: str
    """`PROVEN`, `WALLET_REFUSES`, `SECOND_TIME`, or the code of a verifier's refusal."""
    because: str
    """What a refusal says, at least; empty for who passes."""
    why: Texts
    twin: str = ""
    """Name of the person this one differs from in one thing; empty for the first one."""
    again: bool = False
    """It is the person before, once more, with the same secrets."""
    changes: Mapping[str, str] = field(default_factory=dict)
    listed: Mapping[str, str] = field(default_factory=dict)
    """Values that stand in the scenario's lists."""
    issuers: Mapping[str, str] = field(default_factory=dict)
    revoked: frozenset[str] = frozenset()
    borrowed: frozenset[str] = frozenset()
    """Credentials that were issued to somebody else."""
    lacks: frozenset[str] = frozenset()
    """Credentials that this person does not have."""
    cheats: Cheat | None = None
    pretends: Mapping[str, str] = field(default_factory=dict)
    """Parameters of the easier policy that a `relabels` proves."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One story."""

    name: str
    title: Texts
    story: Texts
    policy: str
    verifier: str
    parameters: Mapping[str, str]
    issuers: tuple[ScenarioIssuer, ...]
    lists: tuple[ScenarioList, ...]
    auditors: tuple[str, ...]
    scopes: tuple[ScenarioScope, ...]
    credentials: Mapping[str, SampleCredential]
    people: tuple[Person, ...]

    def record(self, person: Person, alias: str, now: int) -> dict[str, str]:
        """The texts of one credential of one person, with dates filled in. The record identifier
        is for the issuer to add.
        """
        values = {**VALIDITY, **self.credentials[alias].values}
        for where, text in {**person.changes, **person.listed}.items():
            credential, _, attribute = where.partition(".")
            if credential == alias:
                values[attribute] = text
        return {name: dated(text, now) for name, text in values.items()}


def dated(text: str, now: int) -> str:
    """``today-30`` and ``now+3600`` as the day or moment so many days or seconds away; any other
    text as it is.

    >>> dated("today-3", 1_795_392_000), dated("now", 1_795_392_000), dated("today's", 0)
    ('2026-11-20', '2026-11-23T00:00:00Z', "today's")
    """
    relative = _RELATIVE.fullmatch(text)
    if relative is None:
        return text
    distance = int(relative.group(2) or 0)
    moment = datetime.datetime.fromtimestamp(now, datetime.UTC)
    if relative.group(1) == "now":
        return (moment + datetime.timedelta(seconds=distance)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return (moment.date() + datetime.timedelta(days=distance)).isoformat()
