"""From a circuit to the statement of a composite proof. Holder and verifier run this same code.

Input is what both know: the circuit, for each credential the schema, issuer and key, and the
disclosed values. The verifier takes schema and key from its trust view and values from the
presentation, where the proof then shows that they are the signed ones.

Every credential whose schema says so also has to be valid on the day of the request. The policy
need not ask: ``(today - valid_from) * (valid_until - today) >= 0``, which says "inside" because an
issuer signs only ``valid_from <= valid_until``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zkproof.bbs.keys import PublicKey
from zkproof.codec import encode
from zkproof.credential.encoding import Layout, attribute_scalar, signature_header
from zkproof.curve import R
from zkproof.errors import UsageError
from zkproof.presentation.constraints import add_formula
from zkproof.sigma.gadgets import Builder, Terms, multiply
from zkproof.sigma.statement import Box, SignatureStatement, Statement
from zkproof_circuits.circuit import Circuit, Equal, Polynomial, Slot
from zkproof_circuits.schema import Schema
from zkproof_circuits.types import Value


@dataclass(frozen=True, slots=True)
class ShownCredential:
    """One credential of a presentation as both sides know it."""

    schema: Schema
    issuer_id: str
    key_id: str
    public_key: PublicKey
    disclosed: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Assembled:
    """The statement, and the builder that computes its auxiliary secrets for a prover."""

    statement: Statement
    builder: Builder


def assemble(
    circuit: Circuit, shown: Mapping[str, ShownCredential], *, today: int, context: bytes
) -> Assembled:
    """Build the statement. ``context`` is the request's digest, which covers its nonce.

    Raises `UsageError` when the circuit asks for what is not supported, or when a constraint over
    disclosed values alone does not hold.
    """
    slots = Slots(circuit, shown)
    builder = Builder(boxes=list(slots.boxes))
    for formula in circuit.formulas:
        add_formula(formula, slots, builder)
    for alias in slots.aliases:
        _add_validity(alias, shown[alias].schema, slots, builder, today)
    statement = Statement(
        context=encode({"request": context, "circuit": circuit.digest, "today": today}),
        signatures=tuple(slots.signature(alias) for alias in slots.aliases),
        boxes=tuple(builder.boxes),
        linear=tuple(builder.linear),
        inequalities=tuple(builder.inequalities),
        exact=tuple(builder.exact),
        auxiliary=builder.auxiliary,
    )
    return Assembled(statement, builder)


class Slots:
    """Numbers of the hidden messages. Attributes the circuit calls equal share one."""

    def __init__(self, circuit: Circuit, shown: Mapping[str, ShownCredential]) -> None:
        self.aliases = tuple(requirement.alias for requirement in circuit.credentials)
        self.shown = shown
        self._layouts = {alias: Layout.of(shown[alias].schema) for alias in self.aliases}
        self.disclosed: dict[Slot, Value] = {
            Slot(alias, name): value
            for alias in self.aliases
            for name, value in shown[alias].disclosed.items()
        }
        same = _Classes()
        for formula in circuit.formulas:
            if isinstance(formula, Equal) and not {formula.first, formula.second} & set(
                self.disclosed
            ):
                same.join(formula.first, formula.second)
        self._numbers: dict[Slot | tuple[str, int], int] = {}
        self.boxes: list[Box | None] = []
        leaders: dict[Slot, int] = {}
        for alias in self.aliases:
            layout = self._layouts[alias]
            for index in range(layout.count):
                name = layout.attribute_at(index)
                if name is None:
                    self._numbers[alias, index] = self._new(None)
                    continue
                slot = Slot(alias, name)
                if slot in self.disclosed:
                    continue
                leader = same.leader(slot)
                box = self.kind_box(slot)
                if leader not in leaders:
                    leaders[leader] = self._new(box)
                elif box is not None:
                    self._narrow(leaders[leader], box)
                self._numbers[slot] = leaders[leader]

    def _new(self, box: Box | None) -> int:
        self.boxes.append(box)
        return len(self.boxes) - 1

    def _narrow(self, number: int, box: Box) -> None:
        """A shared slot is signed by several issuers and so lies in all of their boxes."""
        known = self.boxes[number]
        if known is None:
            raise UsageError("an integer cannot equal what has no size")
        narrowed = (max(known[0], box[0]), min(known[1], box[1]))
        if narrowed[0] > narrowed[1]:
            raise UsageError("equal attributes whose types have no value in common")
        self.boxes[number] = narrowed

    def kind_box(self, slot: Slot) -> Box | None:
        attribute = self.shown[slot.credential].schema.attribute(slot.attribute)
        return None if attribute.blind else attribute.type.box

    def number(self, slot: Slot) -> int:
        return self._numbers[slot]

    def form(self, slot: Slot) -> Terms:
        """The slot as a linear form: its number, or its scalar where it is disclosed."""
        if slot in self.disclosed:
            return {(): self.scalar(slot, self.disclosed[slot])}
        return {(self.number(slot),): 1}

    def scalar(self, slot: Slot, value: Value) -> int:
        """The scalar of a value of the slot's type; raises `SchemaError` outside the type."""
        kind = self.shown[slot.credential].schema.attribute(slot.attribute).type
        return attribute_scalar(kind, value)

    def signature(self, alias: str) -> SignatureStatement:
        layout, shown = self._layouts[alias], self.shown[alias]
        disclosed: dict[int, int] = {}
        hidden: list[int] = []
        for index in range(layout.count):
            name = layout.attribute_at(index)
            if name is None:
                hidden.append(self._numbers[alias, index])
                continue
            slot = Slot(alias, name)
            if slot in self.disclosed:
                disclosed[index] = self.scalar(slot, self.disclosed[slot])
            else:
                hidden.append(self._numbers[slot])
        return SignatureStatement(
            public_key=shown.public_key,
            generators=layout.generators(),
            header=signature_header(shown.schema, shown.issuer_id, shown.key_id),
            disclosed=disclosed,
            slots=tuple(hidden),
        )

    def terms(self, polynomial: Polynomial) -> dict[tuple[int, ...], int]:
        """Over slot numbers; a disclosed slot is its value."""
        found: dict[tuple[int, ...], int] = {}
        for monomial, coefficient in polynomial.terms:
            numbers: list[int] = []
            factor = coefficient
            for slot in monomial:
                if slot in self.disclosed:
                    value = self.disclosed[slot]
                    if not isinstance(value, int):
                        raise UsageError(f"{slot}: arithmetic on what is not a number")
                    factor *= value
                else:
                    numbers.append(self.number(slot))
            key = tuple(sorted(numbers))
            found[key] = found.get(key, 0) + factor
        return {monomial: value for monomial, value in found.items() if value or not monomial}


class _Classes:
    """Union-find over slots; the smallest slot leads its class."""

    def __init__(self) -> None:
        self._parent: dict[Slot, Slot] = {}

    def leader(self, slot: Slot) -> Slot:
        while slot in self._parent:
            slot = self._parent[slot]
        return slot

    def join(self, first: Slot, second: Slot) -> None:
        low, high = sorted((self.leader(first), self.leader(second)))
        if low != high:
            self._parent[high] = low


def _add_validity(alias: str, schema: Schema, slots: Slots, builder: Builder, today: int) -> None:
    """One inequality when both ends are hidden; a check in the open for what is disclosed."""
    bounds: list[Terms] = []
    for name, sign in ((schema.roles.valid_from, -1), (schema.roles.valid_until, 1)):
        if name is None:
            continue
        slot = Slot(alias, name)
        if slot in slots.disclosed:
            value = slots.disclosed[slot]
            if not isinstance(value, int) or sign * (value - today) < 0:
                raise UsageError(f"{alias}: not valid on the day of the request")
            continue
        bounds.append({(slots.number(slot),): sign, (): -sign * today})
    if len(bounds) == 2:
        bounds = [multiply(bounds[0], bounds[1])]
    for terms in bounds:
        builder.at_least_zero(terms)


def slot_integers(statement: Statement, values: Sequence[int]) -> list[int]:
    """Signed integers where a box allows negative values, for computing auxiliary secrets."""
    return [
        value - R if box is not None and box[0] < 0 and value > R // 2 else value
        for value, box in zip(values, statement.boxes, strict=False)
    ]
