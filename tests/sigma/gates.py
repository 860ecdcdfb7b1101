"""Statements with gates, and a prover that checks nothing, for the tests of hidden alternatives."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.sigma.building import INT64, INTERFACE, KEYS, LINK, at_least, linear, shown, signed
from zkproof import bbs, curve
from zkproof.bbs.generators import generators
from zkproof.bbs.knowledge import HeldSignature
from zkproof.bbs.masks import MaskSource
from zkproof.curve import G1, R
from zkproof.ledger.possession import Purpose, gate_pair, prove_possession
from zkproof.sigma import composite, inequality, signed_set, wire
from zkproof.sigma.clause import Clause, Secret
from zkproof.sigma.composite import Witness
from zkproof.sigma.gated import GatedSignature, GatedToken, GatePair
from zkproof.sigma.one_of import Alternative, OneOf
from zkproof.sigma.polynomial import Polynomial
from zkproof.sigma.statement import Box, Statement, slot_values
from zkproof.sigma.wire import CompositeProof

BANKS = [bbs.keygen(bytes([0x20 + k]) * 32) for k in range(6)]
LISTS = [bbs.keygen(bytes([0x40 + k]) * 32) for k in range(6)]
HEADER = b"header"
COUNT = 4
OVER = generators(INTERFACE, COUNT)
RECORD = 777
AMOUNT, BOUND = 750_000, 500_000


def pair(key: bbs.SigningKey, purpose: Purpose = Purpose.CREDENTIALS) -> GatePair:
    """As the ledger has it: from the proof that whoever registered the key holds its secret."""
    names = ("ledger", "issuer", "key")
    proof = prove_possession(key, *names, purpose=purpose)
    found = gate_pair(key.public_key.octets, proof, *names, purpose=purpose)
    assert found is not None
    return found


PAIRS = [pair(key) for key in BANKS]
LIST_PAIRS = [pair(key, Purpose.STATUS) for key in LISTS]


def identity(link: int = LINK) -> HeldSignature:
    """Slots 0 and 1: link secret and birth day; the name is shown."""
    return signed(KEYS[0], (link, 10_000, 4711))


def certificate(
    bank: int, amount: int = AMOUNT, *, link: int = LINK, record: int = RECORD
) -> HeldSignature:
    """Link secret, amount, account, record identifier."""
    return signed(BANKS[bank], (link, amount, 99, record))


def token(bank: int, record: int = RECORD) -> G1:
    V = signed_set.base("status", f"bank {bank}", 7)
    return curve.decode_g1(LISTS[bank].secret.divide_by_sums(V, [record]))


@dataclass
class Slots:
    """Slot numbers in order of asking; auxiliary ones are asked for last."""

    boxes: list[Box | None] = field(default_factory=list)

    def take(self, count: int = 1, box: Box | None = None) -> tuple[int, ...]:
        first = len(self.boxes)
        self.boxes += [box] * count
        return tuple(range(first, first + count))


@dataclass(frozen=True)
class Ways:
    """A statement with alternatives, and where in it everything stands."""

    statement: Statement
    first_auxiliary: int
    vectors: tuple[tuple[int, ...], ...]
    gates: tuple[int, ...]
    selectors: tuple[int, ...]
    token_gates: tuple[int, ...] = ()
    records: tuple[int, ...] = ()

    def auxiliary(
        self, selected: Sequence[int], *, record: int = RECORD, gates: dict[int, int] | None = None
    ) -> list[int]:
        """Selectors, records of the selected ways, and gates (none, but for a reckless prover)."""
        values = dict(zip(self.selectors, selected, strict=True))
        for slot, s in zip(self.records, selected, strict=False):
            values[slot] = record * int(s == 1)
        values |= gates or {}
        return [values.get(slot, 0) for slot in range(self.first_auxiliary, self.count)]

    @property
    def count(self) -> int:
        return self.statement.slot_count


def closing(s: int, w: int) -> tuple[Polynomial, Polynomial]:
    """The selector is a bit, and closes the gate where it is one."""
    return Polynomial.build({(s, s): 1, (s,): -1}), Polynomial.build({(s, w): 1})


def gated_ways(k: int, *, needed: int = 1, status: bool = False, guarded: bool = True) -> Ways:
    """An identity, and ``needed`` of k certificates by k banks, each of at least `BOUND` and of the
    same holder; with ``status`` each in good standing on its own bank's list.
    """
    slots = Slots()
    link, birth = slots.take(), slots.take(1, (0, 2**20))
    vectors = tuple(slots.take() + slots.take(1, INT64) + slots.take(2) for _ in range(k))
    first = len(slots.boxes)
    gates, token_gates = slots.take(k), slots.take(k if status else 0)
    records, selectors = slots.take(k if status else 0), slots.take(k, (0, 1))
    clauses: list[Clause] = []
    exact: list[Polynomial] = []
    inequalities = [Polynomial.build({(birth[0],): -1, (): 20_000 - 6574})]
    for i, (vector, w, s) in enumerate(zip(vectors, gates, selectors, strict=True)):
        clauses.append(GatedSignature(PAIRS[i], OVER, HEADER, vector, w))
        exact += [*closing(s, w), Polynomial.build({(s, vector[0]): 1, (s, link[0]): -1})]
        bounded = {(s, vector[1]): 1, (s,): -BOUND} if guarded else {(vector[1],): 1, (): -BOUND}
        inequalities.append(Polynomial.build(bounded))
        if status:
            clauses.append(
                GatedToken("status", f"bank {i}", 7, LIST_PAIRS[i], records[i], token_gates[i])
            )
            exact.append(Polynomial.build({(s, token_gates[i]): 1}))
            exact.append(Polynomial.build({(s, records[i]): 1, (s, vector[3]): -1}))
    statement = Statement(
        b"request and nonce",
        (shown(identity(), [2], (link[0], birth[0])),),
        boxes=tuple(slots.boxes),
        linear=(linear(dict.fromkeys(selectors, 1), needed),),
        inequalities=tuple(inequalities),
        exact=tuple(exact),
        clauses=tuple(clauses),
        auxiliary=len(slots.boxes) - first,
    )
    return Ways(statement, first, vectors, gates, selectors, token_gates, records)


def gated_secrets(ways: Ways, held: dict[int, HeldSignature], tokens: bool = False) -> list[Secret]:
    found: list[Secret] = []
    signatures = [each for each in ways.statement.clauses if isinstance(each, GatedSignature)]
    for i, clause in enumerate(signatures):
        found.append(held.get(i, clause.absent()))
        if tokens:
            found.append(token(i) if i in held else None)
    return found


def one_of(k: int, *, status: bool = False) -> Ways:
    """An identity, and a certificate of at least `BOUND` by one of k banks, of the same holder."""
    slots = Slots()
    link, birth = slots.take(), slots.take(1, (0, 2**20))
    vector = link + slots.take(1, INT64) + slots.take(2)
    first = len(slots.boxes)
    gates, token_gates = slots.take(k), slots.take(k if status else 0)
    records, selectors = slots.take(k if status else 0), slots.take(k, (0, 1))
    alternatives = tuple(
        Alternative(PAIRS[i], HEADER, w, s)
        for i, (w, s) in enumerate(zip(gates, selectors, strict=True))
    )
    hidden = OneOf(alternatives, OVER, vector)
    summed, exact = hidden.selection()
    tokens: list[Clause] = []
    for i in range(k if status else 0):
        s = selectors[i]
        tokens.append(
            GatedToken("status", f"bank {i}", 7, LIST_PAIRS[i], records[i], token_gates[i])
        )
        exact += (
            Polynomial.build({(s, token_gates[i]): 1}),
            Polynomial.build({(s, records[i]): 1, (s, vector[3]): -1}),
        )
    statement = Statement(
        b"request and nonce",
        (shown(identity(), [2], (link[0], birth[0])),),
        boxes=tuple(slots.boxes),
        linear=(summed,),
        inequalities=(
            Polynomial.build({(birth[0],): -1, (): 20_000 - 6574}),
            at_least(vector[1], BOUND),
        ),
        exact=exact,
        clauses=(hidden, *tokens),
        auxiliary=len(slots.boxes) - first,
    )
    return Ways(statement, first, (vector,), gates, selectors, token_gates, records)


def bits(k: int, *chosen: int) -> list[int]:
    return [int(i in chosen) for i in range(k)]


def some() -> int:
    return 1 + secrets.randbelow(R - 1)


def reckless(
    statement: Statement,
    held: Sequence[HeldSignature],
    auxiliary: Sequence[int],
    clause_secrets: Sequence[Secret],
    *,
    squares: Sequence[tuple[int, int, int]] | None = None,
) -> bytes:
    """A proof by a prover that checks no constraint and takes gates and squares as it likes."""
    values = slot_values(statement, [each.scalars for each in held], auxiliary, clause_secrets)
    proof = None
    while proof is None:
        proof = attempt(statement, held, values, clause_secrets, squares=squares)
    return wire.to_octets(proof)


def attempt(
    statement: Statement,
    held: Sequence[HeldSignature],
    values: Sequence[int],
    clause_secrets: Sequence[Secret],
    *,
    squares: Sequence[tuple[int, int, int]] | None = None,
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> CompositeProof | None:
    blocks = wire.Blocks.of(statement)
    if squares is None and blocks.inequalities is not None:
        integers = composite._as_integers(statement, values)
        squares = inequality.decompose_all(
            blocks.inequalities, integers, random=secrets.token_bytes
        )
    masks = MaskSource(random=random, secrets=(), statement=b"", attempt=0)
    return composite._attempt(
        statement,
        blocks,
        Witness(held, values, composite._as_integers(statement, values), squares, clause_secrets),
        composite.statement_transcript(statement, blocks),
        masks,
    )
