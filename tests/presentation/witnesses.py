"""All that a prover can choose in a statement with ways, without making a proof.

A prover chooses the selectors, what stands behind open gates, and the auxiliary values. The proof
system holds it to the constraints, modulo R, and to the signatures and tokens behind closed gates
(`tests.sigma`). So a policy is proven of a false world exactly if there is such a choice that
fulfils every constraint. Here every assignment of the bits is tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.presentation.random_ways import DATED, LISTS, TRUST, World
from zkproof.bbs.keys import PublicKey
from zkproof.credential.encoding import Layout
from zkproof.curve import R
from zkproof.presentation.possible import possible_keys
from zkproof.presentation.publications import Publications
from zkproof.presentation.report import Refusal
from zkproof.presentation.request import Request
from zkproof.presentation.shown import AnyShown, HiddenCredential, ShownCredential
from zkproof.presentation.statement import Assembled, assemble, slot_integers
from zkproof.sigma.gated_token import GatedToken
from zkproof.sigma.one_of import OneOf
from zkproof.sigma.polynomial import Polynomial
from zkproof.sigma.signed_set import InSignedSet
from zkproof.sigma.statement import Statement
from zkproof.trust import ListVersion
from zkproof_circuits.atoms.lists import GAP_RANGE
from zkproof_circuits.circuit import Circuit, Held, Slot
from zkproof_circuits.types import Value

Terms = dict[tuple[int, ...], int]


def bits_of(statement: Statement) -> list[int]:
    """Slots that are 0 or 1, whatever else they are."""
    found = []
    for P in statement.exact:
        if not P.constant and len(P.quadratic) == 1 and len(P.linear) == 1:
            (i, j, q), (k, a) = P.quadratic[0], P.linear[0]
            if i == j == k and q == -a == 1:
                found.append(i)
    return sorted(set(found))


def equations_of(statement: Statement) -> list[Terms]:
    """What is zero modulo R."""
    linear = [
        {**{(slot,): a for slot, a in each.terms}, (): -each.constant} for each in statement.linear
    ]
    return [*linear, *map(terms_of, statement.exact)]


def terms_of(P: Polynomial) -> Terms:
    terms: Terms = {(): P.constant}
    terms |= {(i,): a for i, a in P.linear}
    return terms | {(i, j): q for i, j, q in P.quadratic}


def left_of(terms: Terms, known: Mapping[int, int]) -> Terms:
    """With known values put in."""
    found: Terms = {}
    for monomial, value in terms.items():
        for slot in monomial:
            value *= known.get(slot, 1)
        rest = tuple(slot for slot in monomial if slot not in known)
        found[rest] = found.get(rest, 0) + value
    return {monomial: value for monomial, value in found.items() if value % R}


def choices(statement: Statement) -> Iterator[dict[int, int]]:
    """Every assignment of the bits that fulfils the equations over nothing but bits."""
    bits = bits_of(statement)
    due: dict[int, list[Terms]] = {}
    for terms in equations_of(statement):
        slots = {slot for monomial in terms for slot in monomial}
        if slots and slots.issubset(bits):
            due.setdefault(max(slots), []).append(terms)

    def extend(known: dict[int, int], left: list[int]) -> Iterator[dict[int, int]]:
        if not left:
            yield known
            return
        for value in (0, 1):
            more = {**known, left[0]: value}
            if not any(left_of(terms, more) for terms in due.get(left[0], [])):
                yield from extend(more, left[1:])

    return extend({}, bits)


@dataclass(frozen=True)
class Left:
    """What a choice of bits leaves of a statement. ``unsigned`` are slots that a prover may give
    any value: nobody signed them, and no token is shown of them.
    """

    unsigned: frozenset[int]
    equations: tuple[Terms, ...]
    inequalities: tuple[Terms, ...]

    @property
    def reads(self) -> frozenset[int]:
        every = (*self.equations, *self.inequalities)
        return frozenset(slot for terms in every for monomial in terms for slot in monomial)


def left(statement: Statement, bits: Mapping[int, int]) -> Left:
    """Without what every prover can fulfil: definitions of auxiliary slots that nothing reads."""
    gates = {gate for clause in statement.clauses for gate in clause.gates}
    equations = [left_of(terms, bits) for terms in equations_of(statement)]
    closed = {gate for terms in equations for (*slots,) in terms for gate in gates & set(slots)}
    equations = [terms for terms in equations if terms and not gates & _slots(terms)]
    inequalities = [left_of(terms_of(P), bits) for P in statement.inequalities]
    inequalities = [terms for terms in inequalities if terms]
    signed = {slot for each in statement.signatures for slot in each.slots}
    unsigned: set[int] = set()
    fixed: set[int] = set()
    for clause in statement.clauses:
        if isinstance(clause, OneOf):
            selected = any(bits[slot] for slot in clause.selectors)
            (signed if selected else unsigned).update(clause.slots)
        elif isinstance(clause, GatedToken):
            (fixed if clause.gate in closed else unsigned).add(clause.slot)
        else:
            fixed.update(clause.reads)
    first = statement.slot_count - statement.auxiliary
    free = set(range(first, statement.slot_count)) - set(bits) - gates - fixed
    found = True
    while found:
        found = False
        for slot in free:
            reading = [terms for terms in (*equations, *inequalities) if slot in _slots(terms)]
            if len(reading) == 1 and reading[0] in equations and _gives(reading[0], slot):
                equations.remove(reading[0])
                found = True
    return Left(frozenset(unsigned - signed), tuple(equations), tuple(inequalities))


def _slots(terms: Terms) -> set[int]:
    return {slot for monomial in terms for slot in monomial}


def _gives(terms: Terms, slot: int) -> bool:
    """Whether some value of the slot fulfils the equation, whatever the others are: it stands alone
    with a coefficient, or in every term.
    """
    reading = [monomial for monomial in terms if slot in monomial]
    return reading == [(slot,)] or len(reading) == len(terms)


# A prover of a world


@dataclass(frozen=True)
class Prover:
    """What it would say of itself, for the computation of auxiliary values."""

    world: World
    shown: Mapping[str, AnyShown]

    def held_key(self, alias: str) -> int | None:
        each = self.shown[alias]
        if alias not in self.world.values or not isinstance(each, HiddenCredential):
            return None
        return [key.issuer_id for key in each.keys].index(self.world.issuers[alias])

    def token_value(self, slot: Slot, version: ListVersion) -> int | None:
        if not self.has_list_proof(slot, version):
            return None
        return self.world.scalar(slot.credential, slot.attribute)

    def has_list_proof(self, slot: Slot, version: ListVersion) -> bool:
        if slot.credential not in self.world.values:
            return False
        value = self.world.scalar(slot.credential, slot.attribute)
        return self.world.stands(version.list_id, value)


def stated(request: Request, circuit: Circuit, world: World) -> tuple[Prover, Assembled]:
    """The statement that a verifier makes of the request, and a prover for it."""
    shown: dict[str, AnyShown] = {}
    for each in circuit.credentials:
        disclosed: dict[str, Value] = {
            slot.attribute: world.values[each.alias][slot.attribute]
            for slot in circuit.revealed
            if slot.credential == each.alias
        }
        if each.hidden_among is None:
            key = TRUST.issuers[world.issuers[each.alias]].keys["1"]
            shown[each.alias] = ShownCredential(
                DATED,
                TRUST.ledger_id,
                world.issuers[each.alias],
                "1",
                PublicKey.from_octets(key.public_key),
                disclosed,
            )
            continue
        keys = possible_keys(each, request, TRUST)
        assert not isinstance(keys, Refusal)
        in_a_way = each.alias in circuit.conditional
        shown[each.alias] = HiddenCredential(DATED, TRUST.ledger_id, keys, disclosed, in_a_way)
    prover = Prover(world, shown)
    lists = Publications(LISTS, {}, {})
    assembled = assemble(
        circuit, shown, lists, today=request.today, context=request.digest, holding=prover
    )
    return prover, assembled


def witness(prover: Prover, assembled: Assembled) -> dict[int, int] | None:
    """Bits with which everything is fulfilled in the prover's world, if there are any."""
    return next(
        (bits for bits in choices(assembled.statement) if fulfils(prover, assembled, bits)), None
    )


def fulfils(prover: Prover, assembled: Assembled, bits: Mapping[int, int]) -> bool:
    statement = assembled.statement
    signed = _signed(prover, assembled)
    if signed is None:
        return False
    values = slot_integers(statement, signed)
    for compute in assembled.builder._witness:
        slot = len(values)
        values.append(bits[slot] if slot in bits else compute(values))
    closed = all(_closes(prover, each.atom, each.clause, values) for each in assembled.asked)
    return (
        closed
        and all(_is_zero(terms, values) for terms in equations_of(statement))
        and all(P.value(values) >= 0 for P in statement.inequalities)
    )


def _is_zero(terms: Terms, values: list[int]) -> bool:
    return not left_of(terms, dict(enumerate(values)))


def _closes(prover: Prover, atom: object, clause: object, values: list[int]) -> bool:
    """Whether what stands behind closed gates is there."""
    if isinstance(clause, OneOf):
        selected = [k for k, slot in enumerate(clause.selectors) if values[slot]]
        # A gap that is signed is there for everybody; whether it is around a value is said in an
        # inequality.
        return (
            not selected
            or not isinstance(atom, Held)
            or (selected == [prover.held_key(atom.credential)])
        )
    if isinstance(clause, GatedToken | InSignedSet):
        value = values[clause.slot] % R
        return not value or prover.world.stands(clause.list_id, value)
    return True


def _signed(prover: Prover, assembled: Assembled) -> list[int] | None:
    """Values of the signed slots, zeros where nothing is held; ``None`` where slots that are said
    to be equal are not.
    """
    slots, world = assembled.slots, prover.world
    found: dict[int, int] = {}
    for alias in slots.aliases:
        if not slots.could_be_held(alias):
            continue
        layout = Layout.of(DATED)
        for index in range(layout.count):
            name = layout.attribute_at(index)
            key = (alias, index) if name is None else Slot(alias, name)
            number = slots._numbers.get(key)
            if number is None:  # disclosed
                continue
            held = name is not None and alias in world.values
            value = world.scalar(alias, name) if held and name is not None else 0
            if found.setdefault(number, value) != value:
                return None
    for (slot, list_id), pairs in _gaps(assembled):
        value = (
            world.scalar(slot.credential, slot.attribute) if slot.credential in world.values else 0
        )
        ends = sorted((*GAP_RANGE, *world.lists[list_id]))
        low = max((end for end in ends[:-1] if end < value), default=0)
        for first, last in pairs:
            found[first] = low
            found[last] = next(end for end in ends if end > low)
    return [found[number] for number in range(len(found))]


def _gaps(assembled: Assembled) -> list[tuple[tuple[Slot, str], list[tuple[int, int]]]]:
    slots = assembled.slots
    return [
        *((key, [ends]) for key, ends in slots.gaps.items()),
        *((key, list(ends)) for key, ends in slots.gated_gaps.items()),
    ]
