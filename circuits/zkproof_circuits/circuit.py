"""The circuit: the canonical meaning of a policy, on which both sides of a proof agree.

Everything is resolved: parameters and today's date have become numbers, units and scales are
gone, schemas are named by digest. What remains are the credentials asked for, the attributes
revealed, and constraints over the hidden ones. Boxes are not in here: whoever proves or verifies
takes them from the schema it resolved by digest.
"""

from __future__ import annotations

import hashlib
import itertools
import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal, cast, get_args

from zkproof import codec
from zkproof.errors import DecodeError, UsageError
from zkproof_circuits.atoms import (
    Atom,
    Encrypt,
    Equal,
    GatedAtom,
    Held,
    Inequality,
    InList,
    LinearZero,
    Member,
    NotEqual,
    NotInList,
    NotMember,
    NotRevoked,
    NotZero,
    ProtocolAtom,
    PseudonymFor,
    QuadraticZero,
    ValueAtom,
    VisibleAtom,
)
from zkproof_circuits.atoms.base import MAX_NAME_LENGTH
from zkproof_circuits.formula import (
    And,
    AtLeast,
    Connective,
    Formula,
    If,
    Or,
    Score,
    at_least,
    atoms,
    canonical,
    conjunction,
    credentials_of,
    disjunction,
    formula_from_canonical,
    seen_slots,
    slots_of,
)
from zkproof_circuits.labels import is_plain_text
from zkproof_circuits.polynomial import Monomial, Polynomial, Slot, require_alias
from zkproof_circuits.ways import check_held_once, conditional

__all__ = [
    "And",
    "AtLeast",
    "Atom",
    "Choice",
    "ChoiceWay",
    "Circuit",
    "Connective",
    "Constraint",
    "CredentialRequirement",
    "Encrypt",
    "Equal",
    "Formula",
    "GatedAtom",
    "Held",
    "If",
    "InList",
    "Inequality",
    "IssuerSet",
    "LinearZero",
    "Member",
    "Monomial",
    "NamedIssuers",
    "NotEqual",
    "NotInList",
    "NotMember",
    "NotRevoked",
    "NotZero",
    "Or",
    "Polynomial",
    "ProtocolAtom",
    "PseudonymFor",
    "QuadraticZero",
    "RegistryIssuers",
    "Retention",
    "Score",
    "Slot",
    "StatedRate",
    "ValueAtom",
    "VisibleAtom",
    "at_least",
    "atoms",
    "conjunction",
    "disjunction",
    "seen_slots",
    "slots_of",
]

MAX_CREDENTIALS = 16
MAX_HIDDEN_ISSUERS = 64
MAX_COMBINATIONS = 32
MAX_CONSTRAINTS = 128
MAX_RETENTION_COUNT = 36_525
MAX_PURPOSE_LENGTH = 500
MAX_SOURCE_LENGTH = 20_000
MAX_CIRCUIT_BYTES = 1 << 19
"""Limits that keep a hostile circuit cheap to read and to explain."""

_DOMAIN = b"zkproof circuit v1\x00"
_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_NATURAL = re.compile(r"[1-9][0-9]{0,30}", re.ASCII)


@dataclass(frozen=True, slots=True)
class NamedIssuers:
    """Any one of these issuers, by identifier: ascending, each once, at least one."""

    issuers: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.issuers or list(self.issuers) != sorted(set(self.issuers)):
            raise UsageError("issuers: at least one, ascending, each once")
        if not all(is_plain_text(issuer, MAX_NAME_LENGTH) for issuer in self.issuers):
            raise UsageError(f"issuers: 1 to {MAX_NAME_LENGTH} printable characters in NFC")


@dataclass(frozen=True, slots=True)
class RegistryIssuers:
    """Any issuer that the ledger's registry of this name lists."""

    registry: str

    def __post_init__(self) -> None:
        if not is_plain_text(self.registry, MAX_NAME_LENGTH):
            raise UsageError(f"registry: 1 to {MAX_NAME_LENGTH} printable characters in NFC")


IssuerSet = NamedIssuers | RegistryIssuers


@dataclass(frozen=True, slots=True)
class CredentialRequirement:
    """One credential to be held: its name in the policy, its schema, who may have issued it.

    ``hidden_among``: at most so many issuers, and nobody learns which of them signed; ``None``
    where the holder says so. A credential that only one way of an alternative asks for always
    hides its issuer.
    """

    alias: str
    schema_digest: bytes
    issuers: IssuerSet
    hidden_among: int | None = None

    def __post_init__(self) -> None:
        require_alias(self.alias)
        if self.hidden_among is not None:
            self._check_hidden(self.hidden_among)
        if not isinstance(self.schema_digest, bytes) or len(self.schema_digest) != 32:
            raise UsageError("schema digest: 32 octets")

    def _check_hidden(self, among: object) -> None:
        named = self.issuers.issuers if isinstance(self.issuers, NamedIssuers) else None
        if type(among) is not int or not 1 <= among <= MAX_HIDDEN_ISSUERS:
            raise UsageError(f"{self.alias}: hidden among 1 to {MAX_HIDDEN_ISSUERS} issuers")
        if named is not None and among != len(named):
            raise UsageError(f"{self.alias}: hidden among the issuers that are named")


@dataclass(frozen=True, slots=True)
class StatedRate:
    """An exchange rate that constraints were compiled with: ``rate`` units of ``target`` for one
    of ``base``, as stated by ``source`` on day ``at`` (days since 1970-01-01).
    """

    target: str
    base: str
    rate: Fraction
    source: str
    at: int

    def __post_init__(self) -> None:
        if not all(_CURRENCY.fullmatch(code) for code in (self.target, self.base)):
            raise UsageError("rate: two currencies by three letters")
        if self.target == self.base or self.rate <= 0:
            raise UsageError("rate: positive, between two currencies")
        if not is_plain_text(self.source, MAX_NAME_LENGTH):
            raise UsageError(f"rate source: 1 to {MAX_NAME_LENGTH} printable characters in NFC")
        if not 0 <= self.at <= 1 << 20:
            raise UsageError("rate: day out of range")


RetentionUnit = Literal["day", "month", "year"]


@dataclass(frozen=True, slots=True)
class Retention:
    """How long the verifier keeps what it was shown: so many calendar units."""

    count: int
    unit: RetentionUnit

    def __post_init__(self) -> None:
        if isinstance(self.count, bool) or not isinstance(self.count, int):
            raise UsageError("retention: a whole number")
        if not 0 <= self.count <= MAX_RETENTION_COUNT or self.unit not in get_args(RetentionUnit):
            raise UsageError(f"retention: up to {MAX_RETENTION_COUNT} days, months or years")


@dataclass(frozen=True, slots=True)
class Constraint:
    """One requirement of the policy, with its text as the formatter writes it.

    The text is for reports; it is not part of the circuit's digest.
    """

    formula: Formula
    source: str


@dataclass(frozen=True, slots=True)
class ChoiceWay:
    """What one way of a visible choice asks besides; perhaps nothing."""

    credentials: tuple[CredentialRequirement, ...]
    """By alias, ascending."""

    revealed: tuple[Slot, ...]
    constraints: tuple[Constraint, ...]

    @property
    def shown(self) -> frozenset[str]:
        """Credentials that a presentation names when this way is taken. They tell ways apart."""
        hidden = conditional(each.formula for each in self.constraints)
        return frozenset(each.alias for each in self.credentials) - hidden


Choice = tuple[ChoiceWay, ...]
"""The prover takes one of the ways, and everybody sees which."""


@dataclass(frozen=True, slots=True)
class Circuit:
    """What a presentation has to show. Constraints keep the order that the policy has.

    Where there are choices, a presentation is for the circuit with one way taken of each: `taken`.
    """

    name: str
    version: int
    purpose: str
    retention: Retention | None
    credentials: tuple[CredentialRequirement, ...]
    """By alias, ascending."""

    revealed: tuple[Slot, ...]
    """Attributes that are shown, ascending. Constraints may read them: then in the open."""

    constraints: tuple[Constraint, ...]
    rates: tuple[StatedRate, ...] = ()
    choices: tuple[Choice, ...] = ()
    today: int | None = field(default=None, compare=False)
    """The day that the policy's today stood for, where this was compiled; for words only."""

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name):
            raise UsageError("policy name: lower-case words joined by hyphens")
        if not 1 <= self.version < 1 << 31:
            raise UsageError("policy version: counts from 1")
        if not is_plain_text(self.purpose, MAX_PURPOSE_LENGTH):
            raise UsageError(f"purpose: 1 to {MAX_PURPOSE_LENGTH} printable characters in NFC")
        aliases = [requirement.alias for requirement in self.credentials]
        least = 0 if self.choices else 1
        if not least <= len(aliases) <= MAX_CREDENTIALS or aliases != sorted(set(aliases)):
            raise UsageError(f"credentials: 1 to {MAX_CREDENTIALS}, ascending, each once")
        if list(self.revealed) != sorted(set(self.revealed)):
            raise UsageError("revealed: ascending, each once")
        if len(self.constraints) > MAX_CONSTRAINTS:
            raise UsageError(f"constraints: at most {MAX_CONSTRAINTS}")
        named = {slot.credential for slot in self.revealed}
        for constraint in self.constraints:
            named |= credentials_of(constraint.formula)
            if len(constraint.source) > MAX_SOURCE_LENGTH:
                raise UsageError("constraint: source text too long")
        if not named <= set(aliases):
            raise UsageError("a slot belongs to no credential of the circuit")
        self._check_ways()
        self._check_choices()
        if len({(rate.target, rate.base) for rate in self.rates}) != len(self.rates):
            raise UsageError("rates: each pair of currencies once")

    def _check_ways(self) -> None:
        """A credential that not everybody holds shows nothing, and nothing reads it elsewhere."""
        check_held_once(each.formula for each in self.constraints)
        in_ways = self.conditional
        hidden = {each.alias for each in self.credentials if each.hidden_among is not None}
        if not in_ways <= hidden:
            raise UsageError("a credential of one way names its issuer")
        if any(slot.credential in in_ways for slot in self.revealed):
            raise UsageError("an attribute of a credential of one way is revealed")

    def _check_choices(self) -> None:
        """Ways of one choice name different credentials, and each way makes a circuit."""
        if math.prod(len(choice) for choice in self.choices) > MAX_COMBINATIONS:
            raise UsageError(f"choices: at most {MAX_COMBINATIONS} combinations of ways")
        for choice in self.choices:
            if len(choice) < 2 or len({way.shown for way in choice}) != len(choice):
                raise UsageError("choice: ways that ask for different credentials")
        if self.choices:
            for picks in self.picks():
                self.taken(picks)

    def picks(self) -> Iterator[tuple[int, ...]]:
        """Every combination of ways, by number, the first ways first; one empty pick where there
        is no choice.
        """
        return itertools.product(*(range(len(choice)) for choice in self.choices))

    def taken(self, picks: Sequence[int]) -> Circuit:
        """The circuit without choices when these ways are taken."""
        if not self.choices:
            return self
        ways = [choice[k] for choice, k in zip(self.choices, picks, strict=True)]
        credentials = [*self.credentials, *(each for way in ways for each in way.credentials)]
        return replace(
            self,
            credentials=tuple(sorted(credentials, key=lambda each: each.alias)),
            revealed=tuple(sorted({*self.revealed, *(s for way in ways for s in way.revealed)})),
            constraints=(*self.constraints, *(c for way in ways for c in way.constraints)),
            choices=(),
        )

    def taken_by(self, shown: Collection[str]) -> Circuit | None:
        """The circuit whose ways are those that ask for the credentials of these names; ``None``
        where no way of some choice does. Names of no choice play no part.
        """
        picks: list[int] = []
        for choice in self.choices:
            every = frozenset[str]().union(*(way.shown for way in choice))
            fitting = [k for k, way in enumerate(choice) if way.shown == every.intersection(shown)]
            if not fitting:
                return None
            picks += fitting
        return self.taken(picks)

    @property
    def at_once(self) -> Circuit:
        """The circuit with every way of its choices asked for: nobody proves this; it is for
        looking at everything that may be asked.
        """
        if not self.choices:
            return self
        shown = [slot for choice in self.choices for way in choice for slot in way.revealed]
        return replace(
            self,
            credentials=tuple(sorted(self.every_credential, key=lambda each: each.alias)),
            revealed=tuple(sorted({*self.revealed, *shown})),
            constraints=self.every_constraint,
            choices=(),
        )

    @property
    def every_credential(self) -> tuple[CredentialRequirement, ...]:
        """Those of all ways included."""
        ways = (way for choice in self.choices for way in choice)
        return (*self.credentials, *(each for way in ways for each in way.credentials))

    @property
    def every_constraint(self) -> tuple[Constraint, ...]:
        """Those of all ways included."""
        ways = (way for choice in self.choices for way in choice)
        return (*self.constraints, *(each for way in ways for each in way.constraints))

    @property
    def conditional(self) -> frozenset[str]:
        """Credentials that only one way of an alternative asks for."""
        return conditional(each.formula for each in self.constraints)

    def requirement(self, alias: str) -> CredentialRequirement:
        """The credential of that name; raises `UsageError`."""
        for requirement in self.credentials:
            if requirement.alias == alias:
                return requirement
        raise UsageError(f"{self.name}: no credential {alias}")

    @property
    def formulas(self) -> tuple[Formula, ...]:
        """What has to hold: the parts of all constraints, conjunctions taken apart, in order."""
        parts: list[Formula] = []
        for constraint in self.constraints:
            formula = constraint.formula
            parts.extend(formula.parts if isinstance(formula, And) else [formula])
        return tuple(parts)

    @property
    def digest(self) -> bytes:
        """SHA-256 over a domain label and the meaning: all but the texts of constraints."""
        return hashlib.sha256(_DOMAIN + codec.encode(self._meaning())).digest()

    def to_bytes(self) -> bytes:
        """The one encoding: the meaning, and the texts of the constraints beside it."""
        return codec.encode([self._meaning(), [each.source for each in self.every_constraint]])

    @classmethod
    def from_bytes(cls, data: bytes) -> Circuit:
        """Raises `DecodeError` for anything that `to_bytes` would not have written."""
        decoded = codec.decode(data, field="circuit", max_bytes=MAX_CIRCUIT_BYTES)
        try:
            circuit = _circuit(decoded)
        except UsageError as error:
            raise DecodeError("circuit", error.message) from None
        if circuit.to_bytes() != data:
            raise DecodeError("circuit", "not the canonical encoding")
        return circuit

    def _meaning(self) -> dict[str, object]:
        choices = {} if not self.choices else {"choices": _canonical_choices(self.choices)}
        return {
            **choices,
            "name": self.name,
            "version": self.version,
            "purpose": self.purpose,
            "retention": None
            if self.retention is None
            else [self.retention.count, self.retention.unit],
            "credentials": [_canonical_requirement(each) for each in self.credentials],
            "revealed": [str(slot) for slot in self.revealed],
            "constraints": [canonical(each.formula) for each in self.constraints],
            "rates": [
                [
                    rate.target,
                    rate.base,
                    str(rate.rate.numerator),
                    str(rate.rate.denominator),
                    rate.source,
                    rate.at,
                ]
                for rate in self.rates
            ],
        }


def _canonical_requirement(requirement: CredentialRequirement) -> list[object]:
    among = requirement.hidden_among
    return [
        requirement.alias,
        requirement.schema_digest,
        *_canonical_issuers(requirement.issuers),
        *([] if among is None else [among]),
    ]


def _canonical_choices(choices: tuple[Choice, ...]) -> list[object]:
    return [
        [
            [
                [_canonical_requirement(each) for each in way.credentials],
                [str(slot) for slot in way.revealed],
                [canonical(each.formula) for each in way.constraints],
            ]
            for way in choice
        ]
        for choice in choices
    ]


def _canonical_issuers(issuers: IssuerSet) -> list[object]:
    if isinstance(issuers, RegistryIssuers):
        return ["registry", issuers.registry]
    return ["issuers", list(issuers.issuers)]


_FIELDS: Mapping[str, type | tuple[type, ...]] = {
    "name": str,
    "version": int,
    "purpose": str,
    "retention": (list, type(None)),
    "credentials": list,
    "revealed": list,
    "constraints": list,
    "rates": list,
}


def _circuit(decoded: object) -> Circuit:
    meaning, sources = _list(decoded, "circuit", 2)
    if not isinstance(meaning, dict) or set(meaning) - {"choices"} != set(_FIELDS):
        raise UsageError("not the fields of a circuit")
    if not isinstance(meaning.get("choices", [0]), list) or not meaning.get("choices", [0]):
        raise UsageError("choices: wrong type")
    for name, kind in _FIELDS.items():
        if isinstance(meaning[name], bool) or not isinstance(meaning[name], kind):
            raise UsageError(f"{name}: wrong type")
    choices = [
        [_list(way, "way", 3) for way in _sequence(choice, "choice")]
        for choice in meaning.get("choices", [])
    ]
    constraints = [
        *meaning["constraints"],
        *(c for choice in choices for way in choice for c in _sequence(way[2], "way")),
    ]
    texts = iter(_list(sources, "sources", len(constraints)))

    def constraint(nodes: object) -> Constraint:
        text = next(texts)
        if not isinstance(text, str):
            raise UsageError("sources: texts")
        return Constraint(formula_from_canonical(nodes), text)

    stated = tuple(constraint(nodes) for nodes in meaning["constraints"])
    return Circuit(
        name=meaning["name"],
        version=meaning["version"],
        purpose=meaning["purpose"],
        retention=None if meaning["retention"] is None else _retention(meaning["retention"]),
        credentials=tuple(_requirement(item) for item in meaning["credentials"]),
        revealed=tuple(Slot.from_text(text) for text in meaning["revealed"]),
        constraints=stated,
        rates=tuple(_rate(item) for item in meaning["rates"]),
        choices=tuple(
            tuple(
                ChoiceWay(
                    tuple(_requirement(item) for item in _sequence(credentials, "way")),
                    tuple(Slot.from_text(text) for text in _sequence(revealed, "way")),
                    tuple(constraint(nodes) for nodes in _sequence(formulas, "way")),
                )
                for credentials, revealed, formulas in choice
            )
            for choice in choices
        ),
    )


def _requirement(item: object) -> CredentialRequirement:
    hidden = isinstance(item, list) and len(item) == 5
    alias, digest, kind, who, *among = _list(item, "credential", 5 if hidden else 4)
    if kind == "registry" and isinstance(who, str):
        issuers: IssuerSet = RegistryIssuers(who)
    elif kind == "issuers" and isinstance(who, list):
        if not all(isinstance(issuer, str) for issuer in who):
            raise UsageError("issuers: texts")
        issuers = NamedIssuers(tuple(who))
    else:
        raise UsageError("credential: issuers or a registry")
    hidden_among = cast(int, among[0]) if hidden else None
    return CredentialRequirement(cast(str, alias), cast(bytes, digest), issuers, hidden_among)


def _retention(item: object) -> Retention:
    count, unit = _list(item, "retention", 2)
    if not isinstance(unit, str):
        raise UsageError("retention: days, months or years")
    return Retention(cast(int, count), cast(RetentionUnit, unit))


def _rate(item: object) -> StatedRate:
    target, base, numerator, denominator, source, at = _list(item, "rate", 6)
    if not isinstance(target, str) or not isinstance(base, str):
        raise UsageError("rate: two currencies by three letters")
    for number in (numerator, denominator):
        if not isinstance(number, str) or not _NATURAL.fullmatch(number):
            raise UsageError("rate: numerator and denominator in decimal")
    if isinstance(at, bool) or not isinstance(at, int):
        raise UsageError("rate: day out of range")
    rate = Fraction(int(cast(str, numerator)), int(cast(str, denominator)))
    return StatedRate(target, base, rate, cast(str, source), at)


def _sequence(value: object, field: str) -> list[object]:
    if not isinstance(value, list):
        raise UsageError(f"{field}: a list")
    return value


def _list(value: object, field: str, length: int) -> list[object]:
    if not isinstance(value, list) or len(value) != length:
        raise UsageError(f"{field}: a list of {length}")
    return value
