"""Random policies with ways and hidden issuers, worlds to hold them against, what is true there.

Credential ``p`` is asked of everybody; the others of whoever takes their way. Three issuers:
one publishes tokens of what is in good standing, one gaps between what was revoked, one nothing at
all. A fourth is not on the ledger, so that its way is closed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
from hypothesis import assume, event

from tests import circuits
from tests.circuits.building import NOW, TODAY, VALUES
from tests.circuits.test_meaning import RATE, VARYING, conditions
from tests.presentation.building import ALICE, KEYS, LEDGER, MALLORY, trust_view
from tests.presentation.publishing import DAY, version_of
from zkproof.credential.encoding import attribute_scalar
from zkproof.errors import PolicyError
from zkproof.ledger.possession import Purpose, gate_pair, prove_possession
from zkproof.trust import (
    Issuer,
    IssuerKey,
    ListKind,
    ListVersion,
    Spread,
    TrustView,
    status_list_id,
)
from zkproof_circuits.atoms.lists import GAP_RANGE
from zkproof_circuits.language import syntax
from zkproof_circuits.plain_evaluator import _Reader
from zkproof_circuits.policy import Analysis, analyse_policy
from zkproof_circuits.schema_text import parse_schema
from zkproof_circuits.types import Value

DATED = parse_schema(
    (Path(circuits.__path__[0]) / "probe.toml")
    .read_text(encoding="utf-8")
    .replace(
        'record_id = "rid"', 'record_id = "rid", valid_from = "day", valid_until = "other_day"'
    )
)
"""The probe, valid from one of its days to another."""

DAYS = NOW // DAY
ISSUERS = ("issuer", "second", "third")
SIGNING = dict(zip(ISSUERS, KEYS.values(), strict=False))
STANDING, SECOND = (status_list_id(name, DATED.id) for name in ISSUERS[:2])
MEMBERS, EXCLUDED = "owner#members", "owner#excluded"


def _published(list_id: str, kind: ListKind, spread: Spread | None = None) -> ListVersion:
    return version_of(list_id, kind, start=NOW - 60, end=NOW + DAY, spread=spread)


LISTS = {
    each.list_id: each
    for each in (
        _published(STANDING, ListKind.STATUS),
        _published(SECOND, ListKind.GAPS, Spread.PREFIX),
        _published(MEMBERS, ListKind.MEMBERS),
        _published(EXCLUDED, ListKind.GAPS),
    )
}


def _issuer(name: str) -> Issuer:
    key = SIGNING[name]
    names = (LEDGER, name, "1")
    proof = prove_possession(key, *names)
    pair = gate_pair(key.public_key.octets, proof, *names, purpose=Purpose.CREDENTIALS)
    assert pair is not None
    issued = IssuerKey("1", key.public_key.octets, not_before=0, gate_pair=pair.octets)
    return Issuer(name, name.title(), {"1": issued})


TRUST: TrustView = trust_view(
    issuers={name: _issuer(name) for name in ISSUERS},
    schemas={DATED.digest: DATED},
    lists={list_id: (version,) for list_id, version in LISTS.items()},
    registries={"all": frozenset(ISSUERS), "two": frozenset(ISSUERS[:2])},
    as_of=NOW,
)


# Policies

SOMEBODY = st.sampled_from(
    [
        'any of registry "all"',
        'any of registry "two"',
        '"issuer"',
        '"second"',
        '"nobody"',
        'any of {"issuer", "third"}',
    ]
)


def _about(draw: Any, alias: str, other: str = "p") -> str:
    """A requirement over a credential and another one."""
    kind = draw(st.sampled_from(["condition", "numbers", "list", "standing", "more"]))
    if kind == "condition":
        text = draw(conditions).replace("p.", "other.").replace("q.", f"{alias}.")
        return f"require {text.replace('other.', f'{other}.')}"
    low, high = draw(st.integers(-9, 9)), draw(st.integers(-9, 9))
    one, two = f"{alias}.m >= {low}", f"{other}.m <= {high}"
    listed = draw(st.sampled_from([f'in list "{MEMBERS}"', f'not in list "{EXCLUDED}"']))
    found = {
        "numbers": [f"{one} or {two}", f"{one} and {two}", f"{alias}.m * {other}.n <= {high}"],
        "list": [
            f"{alias}.n {listed}",
            f"{alias}.n {listed} or {two}",
            f"{one} or {other}.n {listed}",
        ],
        "standing": [],
        "more": [
            f"{alias}.m + {other}.m >= {low}",
            f"at least 2 of ({one}, {two}, {alias}.n {listed})",
            f"{alias}.m not in {{1, 2}}",
            f"{alias}.m != {other}.n",
        ],
    }[kind]
    statements = [f"require {each}" for each in found]
    if kind == "standing":
        statements = [f"require not revoked {each}" for each in {alias, other, f"{alias}, {other}"}]
    if kind == "more" and alias != other:
        statements.append(f"require distinct {alias}.m, {other}.m, {alias}.n")
    chosen: str = draw(st.sampled_from(sorted(statements)))
    return chosen


def _way(draw: Any, alias: str, inner: str | None) -> list[str]:
    """The lines of a way. ``inner`` is the credential of a way in it."""
    lines = []
    if asks := draw(st.integers(0, 5)) > 0:
        lines.append(f"credential {alias}: probe from {draw(SOMEBODY)}")
    about = alias if asks else "p"
    count = draw(st.integers(0 if asks else 1, 2))
    lines += [_about(draw, about) for _ in range(count)]
    if inner is not None:
        lines += ["either"]
        lines += [f"  {line}" for line in _way(draw, inner, None)]
        lines += ["or", f"  {_about(draw, about)}"]
    return lines


def _two(draw: Any) -> list[str]:
    """The lines of a way that asks for two credentials."""
    lines = [f"credential {alias}: probe from {draw(SOMEBODY)}" for alias in "rt"]
    return [*lines, _about(draw, "r", "t"), _about(draw, "t")]


@st.composite
def policies(draw: Any) -> str:
    """The text of a policy; some of it will be refused."""
    p = 'hidden any of registry "all"' if draw(st.booleans()) else '"issuer"'
    lines = ["policy probe v1", 'purpose "test"', f"credential p: probe from {p}", RATE.strip()]
    lines += ["either"]
    lines += [f"  {line}" for line in _way(draw, "q", "s" if draw(st.booleans()) else None)]
    second = _two(draw) if draw(st.booleans()) else _way(draw, "r", None)
    lines += ["or", *(f"  {line}" for line in second)]
    asked = [name for name in "qrst" if any(f"credential {name}:" in line for line in lines)]
    if asked and draw(st.booleans()):
        lines.append(f"same holder p, {', '.join(asked)}")
    lines += draw(
        st.sampled_from([[], ["reveal p.m"], ["require not revoked p"], ["require p.m >= -5"]])
    )
    return "\n".join(lines) + "\n"


def analysed(text: str) -> Analysis:
    """The analysis; texts that the compiler refuses are passed over."""
    try:
        return analyse_policy(text, (DATED,), today=TODAY)
    except PolicyError as error:
        event(error.message.partition(":")[2][:40])
        assume(False)
        raise


# Worlds


@dataclass(frozen=True)
class World:
    """What a holder has, and what the lists say. Values by alias, with the issuer of each."""

    values: Mapping[str, Mapping[str, Value]]
    issuers: Mapping[str, str]
    lists: Mapping[str, frozenset[int]]
    """Tokens, and the entries between which there are gaps."""

    def scalar(self, alias: str, name: str) -> int:
        return attribute_scalar(DATED.attribute(name).type, self.values[alias][name])

    def stands(self, list_id: str, value: int) -> bool:
        """Whether the list has a proof about a value."""
        version = LISTS.get(list_id)
        if version is None:
            return False
        if version.kind is ListKind.GAPS:
            return GAP_RANGE[0] < value < GAP_RANGE[1] and value not in self.lists[list_id]
        return value in self.lists[list_id]

    def in_standing(self, alias: str) -> bool:
        list_id = status_list_id(self.issuers[alias], DATED.id)
        return self.stands(list_id, self.scalar(alias, "rid"))

    def valid(self, alias: str) -> bool:
        first, last = (self.values[alias][name] for name in ("day", "other_day"))
        assert isinstance(first, int)
        assert isinstance(last, int)
        return first <= DAYS <= last


HELD = st.fixed_dictionaries(
    {
        **VARYING,
        "day": st.sampled_from([-3000, 10_000, DAYS]),
        "other_day": st.sampled_from([DAYS, 21_000, 21_001, 21_002]),
        "rid": st.integers(1, 4),
        "holder": st.sampled_from([ALICE.export_secret()] * 9 + [MALLORY.export_secret()]),
    }
).flatmap(
    lambda some: st.sampled_from(
        [{}] * 9 + [{"other_day": DAYS - 1, "day": 1}, {"day": DAYS + 1, "other_day": 21_000}]
    ).map(lambda ended: {**VALUES, **some, **ended})
)
SOME = st.frozensets(st.integers(1, 12), max_size=8)


@st.composite
def worlds(draw: Any) -> World:
    absent = draw(st.sets(st.sampled_from("qrst"), max_size=2))
    aliases = [alias for alias in "pqrst" if alias not in absent]
    return World(
        {alias: draw(HELD) for alias in aliases},
        {alias: draw(st.sampled_from(("issuer", *ISSUERS))) for alias in aliases},
        {
            STANDING: draw(st.frozensets(st.integers(1, 4), min_size=2)),
            SECOND: draw(st.frozensets(st.integers(1, 4), max_size=2)),
            MEMBERS: draw(SOME),
            EXCLUDED: draw(SOME),
        },
    )


def fitting(world: World, analysis: Analysis) -> World:
    """Without credentials that the policy does not ask for, or that another issuer signed."""
    kept = {}
    for each in analysis.circuit.credentials:
        if each.alias in world.values and world.issuers[each.alias] in _accepted(each.issuers):
            kept[each.alias] = world.values[each.alias]
    assume("p" in kept)
    return replace(world, values=kept)


def _accepted(issuers: object) -> frozenset[str]:
    named = getattr(issuers, "issuers", None)
    if named is not None:
        return frozenset(named)
    return TRUST.registries[issuers.registry]  # type: ignore[attr-defined]


# What is true


@dataclass
class Truth(_Reader):
    """The policy as it is written, with what only the world says: standing, validity, holders."""

    analysis: Analysis
    world: World
    known: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        statements = self.analysis.policy.statements
        super().__init__(self.analysis.scope, self.world.values, self.world.lists, statements)
        self.one_holder = [
            each for each in self.analysis.policy.statements if isinstance(each, syntax.SameHolder)
        ]

    def holds(self) -> bool:
        required = [
            each for each in self.analysis.policy.statements if isinstance(each, syntax.Requirement)
        ]
        return self.world.valid("p") and all(map(self.requirement, required))

    def requirement(self, statement: syntax.Statement) -> bool:
        match statement:
            case syntax.RequireNotRevoked(names):
                return all(self.world.in_standing(name.alias) for name in names)
            case syntax.SameHolder(names):
                known = {name.alias for name in names} & self.known
                return len({self.values[alias]["holder"] for alias in known}) <= 1
            case _:
                return super().requirement(statement)

    def _way(self, way: syntax.Way) -> bool:
        own = _declared(way.statements)
        if not all(alias in self.values and self.world.valid(alias) for alias in own):
            return False
        with self._inside(own):
            return all(map(self.requirement, (*way.statements, *self.one_holder)))

    @contextmanager
    def _inside(self, own: frozenset[str]) -> Iterator[None]:
        before, self.known = self.known, self.known | own
        yield
        self.known = before


def _declared(statements: tuple[syntax.Statement, ...]) -> frozenset[str]:
    return frozenset(each.alias for each in statements if isinstance(each, syntax.Credential))


__all__ = ["DAY", "NOW", "TRUST", "Truth", "World", "analysed", "fitting", "policies", "worlds"]
