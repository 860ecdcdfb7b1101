"""Scenarios as they are written: TOML, checked against the JSON Schema beside this file.

Values are texts as an issuer's file would hold them; ``today-30`` and ``now-3600`` stand for a day
and a moment so many days or seconds away. Everybody but the first person differs from somebody
before, ``like`` whom they are, and who fails differs in exactly one thing: a counter-example with
two differences would not say which of them was noticed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator

from zkproof.bounded import load_toml
from zkproof.errors import DecodeError, UsageError
from zkproof_circuits.library.reading import names, policy_names, schema, schema_names, text_of
from zkproof_circuits.library.story import (
    PROVEN,
    Person,
    SampleCredential,
    Scenario,
    ScenarioIssuer,
    ScenarioList,
    ScenarioScope,
)
from zkproof_circuits.scopes import PeriodUnit

_DIFFERENCES = ("changes", "listed", "issuers", "revoked", "borrowed", "lacks", "cheats")


def scenario_names() -> tuple[str, ...]:
    """Names of the packaged scenarios, ascending."""
    return names("scenarios", ".toml")


@cache
def scenario(name: str) -> Scenario:
    """A packaged scenario; raises `UsageError` for an unknown name."""
    return parse_scenario(name, text_of("scenarios", name, ".toml", scenario_names()))


def parse_scenario(name: str, text: str) -> Scenario:
    """The scenario that a TOML text describes.

    Raises `UsageError` naming line and column for text that is not TOML, and the offending entry
    for everything else.
    """
    try:
        table = load_toml(text, field=f"scenario {name}")
    except DecodeError as error:
        raise UsageError(error.message) from None
    errors = sorted(_validator().iter_errors(table), key=lambda error: error.json_path)
    if errors:
        path = errors[0].json_path.removeprefix("$").removeprefix(".") or "scenario"
        raise UsageError(f"scenario {name}: {path}: {errors[0].message}")
    _check_names(name, table)
    return Scenario(
        name=name,
        title=table["title"],
        story=table["story"],
        policy=table["policy"],
        verifier=table["verifier"],
        parameters=table.get("parameters", {}),
        issuers=tuple(
            ScenarioIssuer(
                each["id"],
                each["name"],
                tuple(each.get("registries", ())),
                each.get("suspended", False),
            )
            for each in table["issuers"]
        ),
        lists=tuple(
            ScenarioList(each["id"], each["kind"], each["entries"])
            for each in table.get("lists", ())
        ),
        auditors=tuple(table.get("auditors", ())),
        scopes=tuple(
            ScenarioScope(
                each["id"],
                PeriodUnit(each["unit"]) if "unit" in each else None,
                each["purpose"],
                tuple(each["others"]),
            )
            for each in table.get("scopes", ())
        ),
        credentials={
            alias: SampleCredential(each["schema"], each["issuer"], each["values"])
            for alias, each in table["credentials"].items()
        },
        people=_people(name, table["people"]),
    )


def _check_names(name: str, table: Mapping[str, Any]) -> None:
    """Whatever the file names is there."""
    if table["policy"] not in policy_names():
        raise UsageError(f"scenario {name}: no policy {table['policy']}")
    issuers = {each["id"] for each in table["issuers"]}
    attributes: dict[str, tuple[str, ...]] = {}
    for alias, each in table["credentials"].items():
        if each["schema"] not in schema_names():
            raise UsageError(f"scenario {name}: {alias}: no schema {each['schema']}")
        attributes[alias] = schema(each["schema"]).names
        _check_known(name, alias, each["values"], attributes[alias])
        _check_known(name, alias, [each["issuer"]], issuers)
    for person in table["people"]:
        who = person["name"]
        for where in (*person.get("changes", ()), *person.get("listed", ())):
            alias, _, attribute = where.partition(".")
            _check_known(name, who, [attribute], attributes.get(alias, ()))
        aliases = [each for key in ("revoked", "borrowed", "lacks") for each in person.get(key, ())]
        _check_known(name, who, [*aliases, *person.get("issuers", ())], attributes)
        _check_known(name, who, person.get("issuers", {}).values(), issuers)


def _check_known(name: str, where: str, used: Any, known: Any) -> None:
    for each in used:
        if each not in known:
            raise UsageError(f"scenario {name}: {where}: nothing is called {each}")


def _people(name: str, tables: list[dict[str, Any]]) -> tuple[Person, ...]:
    people: list[Person] = []
    for table in tables:
        people.append(_person(name, table, people))
    if people[0].expect != PROVEN or all(each.expect == PROVEN for each in people):
        raise UsageError(f"scenario {name}: the first person passes, and somebody does not")
    return tuple(people)


def _person(name: str, table: Mapping[str, Any], before: list[Person]) -> Person:
    """What a person has in common with the twin is the twin's; what differs is in the table."""
    who = f"scenario {name}: {table['name']}"
    again = table.get("again", False)
    twin = _twin(who, table, before)
    if twin is None:
        if again or any(table.get(key) for key in _DIFFERENCES):
            raise UsageError(f"{who}: the first person is as the samples are")
        twin = Person(table["name"], PROVEN, "", table["why"])
    elif table["expect"] != PROVEN:
        differences = sum(
            1 if isinstance(table[key], str) else len(table[key])
            for key in _DIFFERENCES
            if key in table
        )
        # Coming again is a difference by itself.
        if differences != 1 and not (again and differences == 0):
            raise UsageError(f"{who}: who fails differs from {twin.name} in one thing")
    if twin.cheats is not None:
        raise UsageError(f"{who}: nobody is like somebody who cheats")
    return Person(
        name=table["name"],
        expect=table["expect"],
        because=table.get("because", ""),
        why=table["why"],
        twin=twin.name if before else "",
        again=again,
        changes={**twin.changes, **table.get("changes", {})},
        listed={**twin.listed, **table.get("listed", {})},
        issuers={**twin.issuers, **table.get("issuers", {})},
        revoked=twin.revoked | set(table.get("revoked", ())),
        borrowed=twin.borrowed | set(table.get("borrowed", ())),
        lacks=twin.lacks | set(table.get("lacks", ())),
        cheats=table.get("cheats"),
        pretends=table.get("pretends", {}),
    )


def _twin(who: str, table: Mapping[str, Any], before: list[Person]) -> Person | None:
    if not before:
        return None
    if table.get("again"):
        if table["name"] != before[-1].name:
            raise UsageError(f"{who}: comes again, but {before[-1].name} was there before")
        return before[-1]
    if "like" not in table:
        return before[0]
    for each in before:
        if each.name == table["like"]:
            return each
    raise UsageError(f"{who}: nobody before is called {table['like']}")


@cache
def _validator() -> Draft202012Validator:
    text = resources.files(__package__).joinpath("scenario.schema.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))
