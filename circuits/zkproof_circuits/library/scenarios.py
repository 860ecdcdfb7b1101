"""The packaged scenarios: a story, a policy, sample credentials, and people who do and do not pass.

Values are texts as an issuer's file would hold them; ``today-30`` and ``now-3600`` stand for a day
and a moment so many days or seconds away. A person's ``changes`` are what is different about it, so
that each counter-example fails for one reason.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, get_args

from zkproof.errors import UsageError
from zkproof_circuits.labels import LANGUAGES
from zkproof_circuits.library.reading import names, text_of

Expectation = Literal["proven", "wallet-refuses", "second-time"]
"""What happens: proven; the person's own wallet finds that it cannot be; proven, but the verifier
has seen the tag before.
"""

Texts = Mapping[str, str]
"""One text in each of the four languages."""

_RELATIVE = re.compile(r"(today|now)([+-]\d{1,6})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class ScenarioIssuer:
    """An issuer, and the registries that list it."""

    issuer_id: str
    name: str
    registries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScenarioList:
    """A published list with so many made-up entries."""

    list_id: str
    kind: Literal["members", "gaps"]
    entries: int


@dataclass(frozen=True, slots=True)
class SampleCredential:
    """A credential that everybody in the scenario has, but for what is different about them."""

    schema: str
    issuer_id: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who tries. ``revoked`` and ``borrowed`` name credentials, ``listed`` attributes."""

    name: str
    expect: Expectation
    why: Texts
    changes: Mapping[str, str] = field(default_factory=dict)
    revoked: tuple[str, ...] = ()
    borrowed: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    again: bool = False
    """It is the person before, once more, with the same secrets."""


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
    credentials: Mapping[str, SampleCredential]
    people: tuple[Person, ...]

    def record(self, person: Person, alias: str, now: int) -> dict[str, str]:
        """The texts of one credential of one person, with dates filled in; validity of a year and
        the record identifier are for the issuer to add.
        """
        values = dict(self.credentials[alias].values)
        for where, text in person.changes.items():
            credential, _, attribute = where.partition(".")
            if credential == alias:
                values[attribute] = text
        return {name: _dated(text, now) for name, text in values.items()}


def scenario_names() -> tuple[str, ...]:
    """Names of the packaged scenarios, ascending."""
    return names("scenarios", ".toml")


@cache
def scenario(name: str) -> Scenario:
    """A packaged scenario; raises `UsageError` for an unknown name or a file that is none."""
    table = tomllib.loads(text_of("scenarios", name, ".toml", scenario_names()))
    try:
        return _scenario(name, table)
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"scenario {name}: {error}") from None


def _scenario(name: str, table: Mapping[str, Any]) -> Scenario:
    credentials = {
        alias: SampleCredential(each["schema"], each["issuer"], each["values"])
        for alias, each in table["credentials"].items()
    }
    people = tuple(_person(each, credentials) for each in table["people"])
    if {person.expect for person in people if not person.again} < {"proven", "wallet-refuses"}:
        raise ValueError("somebody passes and somebody does not")
    return Scenario(
        name=name,
        title=_texts(table["title"]),
        story=_texts(table["story"]),
        policy=table["policy"],
        verifier=table["verifier"],
        parameters=table.get("parameters", {}),
        issuers=tuple(
            ScenarioIssuer(each["id"], each["name"], tuple(each["registries"]))
            for each in table["issuers"]
        ),
        lists=tuple(
            ScenarioList(each["id"], each["kind"], each["entries"])
            for each in table.get("lists", ())
        ),
        auditors=tuple(table["auditors"]),
        credentials=credentials,
        people=people,
    )


def _texts(table: Mapping[str, str]) -> Texts:
    if set(table) != set(LANGUAGES) or not all(table.values()):
        raise ValueError(f"texts in {', '.join(LANGUAGES)} are needed")
    return dict(table)


def _person(table: Mapping[str, Any], credentials: Mapping[str, SampleCredential]) -> Person:
    person = Person(
        name=table["name"],
        expect=table["expect"],
        why=_texts(table["why"]),
        changes=table.get("changes", {}),
        revoked=tuple(table.get("revoked", ())),
        borrowed=tuple(table.get("borrowed", ())),
        listed=tuple(table.get("listed", ())),
        again=table.get("again", False),
    )
    if person.expect not in get_args(Expectation):
        raise ValueError(f"{person.name}: expects what cannot happen")
    for where in (*person.changes, *person.listed):
        alias, _, attribute = where.partition(".")
        if attribute not in credentials[alias].values:
            raise ValueError(f"{person.name}: nothing is called {where}")
    if not {*person.revoked, *person.borrowed} <= set(credentials):
        raise ValueError(f"{person.name}: a credential that nobody has")
    return person


def _dated(text: str, now: int) -> str:
    relative = _RELATIVE.fullmatch(text)
    if relative is None:
        return text
    distance = int(relative.group(2) or 0)
    moment = datetime.datetime.fromtimestamp(now, datetime.UTC)
    if relative.group(1) == "now":
        return (moment + datetime.timedelta(seconds=distance)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return (moment.date() + datetime.timedelta(days=distance)).isoformat()
