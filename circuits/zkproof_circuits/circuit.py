"""The circuit: the canonical meaning of a policy, on which both sides of a proof agree.

Everything is resolved: parameters and today's date have become numbers, units and scales are
gone, schemas are named by digest. What remains are the credentials asked for, the attributes
revealed, and constraints over the hidden ones. Boxes are not in here: whoever proves or verifies
takes them from the schema it resolved by digest.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, cast, get_args

from zkproof import codec
from zkproof.errors import DecodeError, UsageError
from zkproof_circuits.atoms import (
    Atom,
    Encrypt,
    Equal,
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

__all__ = [
    "And",
    "AtLeast",
    "Atom",
    "Circuit",
    "Connective",
    "Constraint",
    "CredentialRequirement",
    "Encrypt",
    "Equal",
    "Formula",
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
    "at_least",
    "atoms",
    "conjunction",
    "disjunction",
    "seen_slots",
    "slots_of",
]

MAX_CREDENTIALS = 16
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
    """One credential to be held: its name in the policy, its schema, who may have issued it."""

    alias: str
    schema_digest: bytes
    issuers: IssuerSet

    def __post_init__(self) -> None:
        require_alias(self.alias)
        if not isinstance(self.schema_digest, bytes) or len(self.schema_digest) != 32:
            raise UsageError("schema digest: 32 octets")


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
class Circuit:
    """What a presentation has to show. Constraints keep the order that the policy has."""

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
        if not 1 <= len(aliases) <= MAX_CREDENTIALS or aliases != sorted(set(aliases)):
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
        if len({(rate.target, rate.base) for rate in self.rates}) != len(self.rates):
            raise UsageError("rates: each pair of currencies once")

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
        return codec.encode([self._meaning(), [each.source for each in self.constraints]])

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
        return {
            "name": self.name,
            "version": self.version,
            "purpose": self.purpose,
            "retention": None
            if self.retention is None
            else [self.retention.count, self.retention.unit],
            "credentials": [
                [each.alias, each.schema_digest, *_canonical_issuers(each.issuers)]
                for each in self.credentials
            ],
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
    if not isinstance(meaning, dict) or set(meaning) != set(_FIELDS):
        raise UsageError("not the fields of a circuit")
    for name, kind in _FIELDS.items():
        if isinstance(meaning[name], bool) or not isinstance(meaning[name], kind):
            raise UsageError(f"{name}: wrong type")
    texts = _list(sources, "sources", len(meaning["constraints"]))
    if not all(isinstance(text, str) for text in texts):
        raise UsageError("sources: texts")
    return Circuit(
        name=meaning["name"],
        version=meaning["version"],
        purpose=meaning["purpose"],
        retention=None if meaning["retention"] is None else _retention(meaning["retention"]),
        credentials=tuple(_requirement(item) for item in meaning["credentials"]),
        revealed=tuple(Slot.from_text(text) for text in meaning["revealed"]),
        constraints=tuple(
            Constraint(formula_from_canonical(nodes), cast(str, text))
            for nodes, text in zip(meaning["constraints"], texts, strict=True)
        ),
        rates=tuple(_rate(item) for item in meaning["rates"]),
    )


def _requirement(item: object) -> CredentialRequirement:
    alias, digest, kind, who = _list(item, "credential", 4)
    if kind == "registry" and isinstance(who, str):
        issuers: IssuerSet = RegistryIssuers(who)
    elif kind == "issuers" and isinstance(who, list):
        if not all(isinstance(issuer, str) for issuer in who):
            raise UsageError("issuers: texts")
        issuers = NamedIssuers(tuple(who))
    else:
        raise UsageError("credential: issuers or a registry")
    return CredentialRequirement(cast(str, alias), cast(bytes, digest), issuers)


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


def _list(value: object, field: str, length: int) -> list[object]:
    if not isinstance(value, list) or len(value) != length:
        raise UsageError(f"{field}: a list of {length}")
    return value
