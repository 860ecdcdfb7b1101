"""Keys, certificates and tokens behind gates, and how statements about them are put together."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.sigma.building import INT64, INTERFACE, KEYS, LINK, linear, shown, signed
from zkproof import bbs, curve
from zkproof.bbs.generators import generators
from zkproof.bbs.knowledge import HeldSignature
from zkproof.curve import G1, R
from zkproof.ledger.possession import Purpose, gate_pair, prove_possession
from zkproof.sigma import signed_set
from zkproof.sigma.clause import Clause, Secret
from zkproof.sigma.gate import GatePair
from zkproof.sigma.gated_token import GatedToken
from zkproof.sigma.linear import LinearEquation
from zkproof.sigma.one_of import Alternative, OneOf
from zkproof.sigma.polynomial import Polynomial
from zkproof.sigma.statement import Box, Statement

BANKS = [bbs.keygen(bytes([0x20 + k]) * 32) for k in range(6)]
LISTS = [bbs.keygen(bytes([0x40 + k]) * 32) for k in range(6)]
LEDGER = "ledger"
HEADER = b"header"
COUNT = 4
OVER = generators(INTERFACE, COUNT)
RECORD = 777
AMOUNT, BOUND = 750_000, 500_000
BIRTH, TODAY, YEARS_18, YEARS_65 = 2_000, 30_000, 6574, 23_741


def pair(key: bbs.SigningKey, purpose: Purpose = Purpose.CREDENTIALS) -> GatePair:
    """As the ledger has it: from the proof that whoever registered the key holds its secret."""
    names = (LEDGER, "issuer", "key")
    proof = prove_possession(key, *names, purpose=purpose)
    found = gate_pair(key.public_key.octets, proof, *names, purpose=purpose)
    assert found is not None
    return found


PAIRS = [pair(key) for key in BANKS]
LIST_PAIRS = [pair(key, Purpose.STATUS) for key in LISTS]


def identity(link: int = LINK) -> HeldSignature:
    """Slots 0 and 1: link secret and birth day; the name is shown."""
    return signed(KEYS[0], (link, BIRTH, 4711))


def certificate(
    bank: int, amount: int = AMOUNT, *, link: int = LINK, record: int = RECORD
) -> HeldSignature:
    """Link secret, amount, account, record identifier."""
    return signed(BANKS[bank], (link, amount, 99, record))


def token(bank: int, record: int = RECORD) -> G1:
    V = signed_set.base(LEDGER, "status", f"bank {bank}", 7)
    return curve.decode_g1(LISTS[bank].secret.divide_by_sums(V, [record]))


def bits(k: int, *chosen: int) -> list[int]:
    return [int(i in chosen) for i in range(k)]


def some() -> int:
    return 1 + secrets.randbelow(R - 1)


@dataclass(frozen=True)
class Way:
    """What an honest prover gives: the slots that are not zero, and what each clause needs."""

    slots: Mapping[int, int]
    secrets: Sequence[Secret]


@dataclass(frozen=True)
class Ways:
    """A statement with alternatives, where in it everything stands, and every way through it.

    Gates and selectors belong to the alternatives of all `OneOf` clauses in order; token gates and
    records to the gated tokens.
    """

    statement: Statement
    honest: tuple[Way, ...] = ()
    records: tuple[int, ...] = ()

    @property
    def choices(self) -> list[OneOf]:
        return [each for each in self.statement.clauses if isinstance(each, OneOf)]

    @property
    def gates(self) -> list[int]:
        return [gate for each in self.choices for gate in each.gates]

    @property
    def selectors(self) -> list[int]:
        return [selector for each in self.choices for selector in each.selectors]

    @property
    def token_gates(self) -> list[int]:
        return [each.gate for each in self.statement.clauses if isinstance(each, GatedToken)]

    def auxiliary(self, slots: Mapping[int, int]) -> list[int]:
        """Values of all auxiliary slots: zero, but for those given."""
        count = self.statement.slot_count
        return [slots.get(slot, 0) for slot in range(count - self.statement.auxiliary, count)]

    def selected(self, values: Sequence[int], record: int = RECORD) -> dict[int, int]:
        """Slots of a prover who gives the selectors these values, and its record to each token."""
        slots = dict(zip(self.selectors, values, strict=True))
        slots |= dict(zip(self.records, [record * (s == 1) for s in values], strict=False))
        return slots


@dataclass
class Draft:
    """A statement in the making. Signed slots are taken first, auxiliary ones after `link`."""

    boxes: list[Box | None] = field(default_factory=list)
    linear: list[LinearEquation] = field(default_factory=list)
    inequalities: list[Polynomial] = field(default_factory=list)
    exact: list[Polynomial] = field(default_factory=list)
    clauses: list[Clause] = field(default_factory=list)
    signed: int = 0

    def __post_init__(self) -> None:
        """An identity of somebody of age."""
        self.link, self.birth = self.take(), self.take((0, 2**20))
        self.at_least({(): TODAY - YEARS_18, (self.birth,): -1})

    def take(self, box: Box | None = None) -> int:
        self.boxes.append(box)
        return len(self.boxes) - 1

    def vector(self, link: int | None = None) -> tuple[int, ...]:
        """Slots of a certificate."""
        link = self.take() if link is None else link
        return (link, self.take(INT64), self.take(), self.take())

    def auxiliary(self) -> None:
        """All that is taken from here on."""
        self.signed = len(self.boxes)

    def bit(self) -> int:
        s = self.take((0, 1))
        self.exact.append(Polynomial.build({(s, s): 1, (s,): -1}))
        return s

    def closed(self, *selectors: int) -> int:
        """A gate that the sum of these selectors closes."""
        w = self.take()
        self.exact.append(Polynomial.build({(s, w): 1 for s in selectors}))
        return w

    def zero(self, s: int, slot: int, other: int) -> None:
        """``s*(slot - other) = 0``."""
        self.exact.append(Polynomial.build({(s, slot): 1, (s, other): -1}))

    def at_least(self, terms: Mapping[tuple[int, ...], int]) -> None:
        self.inequalities.append(Polynomial.build(terms))

    def total(self, selectors: Sequence[int], *, of: int | None = None, is_: int = 1) -> None:
        """The selectors sum to a slot or to a number."""
        terms = dict.fromkeys(selectors, 1)
        if of is not None:
            terms |= {of: -1}
        self.linear.append(linear(terms, is_ if of is None else 0))

    def one_of(
        self, banks: Sequence[int], vector: tuple[int, ...], selectors: Sequence[int]
    ) -> OneOf:
        alternatives = [
            Alternative(PAIRS[bank], HEADER, self.closed(s), s)
            for bank, s in zip(banks, selectors, strict=True)
        ]
        clause = OneOf(tuple(alternatives), OVER, vector)
        self.clauses.append(clause)
        return clause

    def standing(self, bank: int, vector: tuple[int, ...], *selectors: int) -> int:
        """The record of the vector is in good standing with the bank, where a selector is one."""
        record = self.take()
        gate = self.closed(*selectors)
        names = (LEDGER, "status", f"bank {bank}", 7)
        self.clauses.append(GatedToken(*names, LIST_PAIRS[bank], record, gate))
        for s in selectors:
            self.zero(s, record, vector[3])
        return record

    def statement(self) -> Statement:
        return Statement(
            b"request and nonce",
            (shown(identity(), [2], (self.link, self.birth)),),
            boxes=tuple(self.boxes),
            linear=tuple(self.linear),
            inequalities=tuple(self.inequalities),
            exact=tuple(self.exact),
            clauses=tuple(self.clauses),
            auxiliary=len(self.boxes) - self.signed,
        )
