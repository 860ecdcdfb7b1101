"""From a circuit to the statement of a composite proof. Holder and verifier run this same code.

Input is what both know: the circuit, for each credential the schema, issuer and key, and the
disclosed values. The verifier takes schema and key from its trust view and values from the
presentation, where the proof then shows that they are the signed ones.

Every credential whose schema says so also has to be valid on the day of the request. The policy
need not ask: ``(today - valid_from) * (valid_until - today) >= 0``, which says "inside" because an
issuer signs only ``valid_from <= valid_until``. Nor need it ask that the link secret of a pseudonym
or tag is older than its period, where a schema says since when it is bound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zkproof import curve
from zkproof.bbs.keys import PublicKey
from zkproof.codec import encode
from zkproof.credential.encoding import Layout, attribute_scalar, signature_header
from zkproof.credential.list_proof import gap_generators, gap_header
from zkproof.curve import R
from zkproof.errors import ConflictError, NotFoundError, UsageError
from zkproof.presentation.constraints import AskedClause, add_formula
from zkproof.presentation.publications import Publications, listings, standing
from zkproof.presentation.scopes import binding_days
from zkproof.presentation.shown import ShownCredential
from zkproof.sigma.clause import Clause
from zkproof.sigma.encryption import EncryptedTo
from zkproof.sigma.gadgets import Builder, Terms, multiply
from zkproof.sigma.linear import independent
from zkproof.sigma.signed_set import InSignedSet
from zkproof.sigma.statement import Box, SignatureStatement, Statement
from zkproof.trust import ListKind, ListVersion
from zkproof_circuits.atoms.lists import GAP_RANGE
from zkproof_circuits.circuit import Circuit, Equal, Polynomial, PseudonymFor, Slot
from zkproof_circuits.schema import Schema
from zkproof_circuits.types import Value


@dataclass(frozen=True, slots=True)
class Assembled:
    """The statement; the builder that computes its auxiliary secrets for a prover; the slots; and
    which atom asks for each clause of the statement.
    """

    statement: Statement
    builder: Builder
    slots: Slots
    asked: tuple[AskedClause, ...]


def assemble(
    circuit: Circuit,
    shown: Mapping[str, ShownCredential],
    publications: Publications,
    *,
    today: int,
    context: bytes,
) -> Assembled:
    """Build the statement. ``context`` is the request's digest, which covers its nonce.

    Signed gaps of exclusion lists stand after the credentials, in the order of `Slots.gaps`.

    Raises `NotFoundError` and `ConflictError` when the circuit asks for what is not supported, or
    when a constraint over disclosed values alone does not hold.
    """
    slots = Slots(circuit, shown, publications)
    builder = Builder(boxes=list(slots.boxes))
    return assemble_with(builder, slots, circuit, today=today, context=context)


def assemble_with(
    builder: Builder,
    slots: Slots,
    circuit: Circuit,
    *,
    today: int,
    context: bytes,
    clauses: Sequence[Clause] = (),
) -> Assembled:
    """`assemble` with a builder of the caller's, which begins with the boxes of ``slots``, and
    ``clauses`` of the caller's, which stand before those that the circuit asks for.
    """
    asked = tuple(
        each for formula in circuit.formulas for each in add_formula(formula, slots, builder)
    )
    for alias in slots.aliases:
        _add_validity(alias, slots.shown[alias].schema, slots, builder, today)
    for alias, day in sorted(slots.binding_days(circuit).items()):
        _add_binding(alias, slots.shown[alias].schema, slots, builder, day)
    statement = Statement(
        context=encode({"request": context, "circuit": circuit.digest, "today": today}),
        signatures=(
            *(slots.signature(alias) for alias in slots.aliases),
            *(slots.gap_signature(slot, list_id) for slot, list_id in slots.gaps),
        ),
        boxes=tuple(builder.boxes),
        linear=independent(builder.linear, builder.contradiction),
        inequalities=tuple(builder.inequalities),
        exact=tuple(builder.exact),
        clauses=(*clauses, *(each.clause for each in asked)),
        auxiliary=builder.auxiliary,
    )
    return Assembled(statement, builder, slots, asked)


class Slots:
    """Numbers of the hidden messages. Attributes the circuit calls equal share one."""

    def __init__(
        self,
        circuit: Circuit,
        shown: Mapping[str, ShownCredential],
        publications: Publications,
    ) -> None:
        self._publications = publications
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
        self.gaps: dict[tuple[Slot, str], tuple[int, int]] = {}
        for each in listings(circuit, shown):
            gaps = self._list(each.list_id).kind is ListKind.GAPS
            if gaps and (each.slot, each.list_id) not in self.gaps:
                # Whoever signs a gap signs integers of this range only: `sign_gap`.
                ends = (self._new(GAP_RANGE), self._new(GAP_RANGE))
                self.gaps[each.slot, each.list_id] = ends

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
            raise ConflictError("equal attributes whose types have no value in common")
        self.boxes[number] = narrowed

    def kind_box(self, slot: Slot) -> Box | None:
        attribute = self.shown[slot.credential].schema.attribute(slot.attribute)
        return attribute.type.box

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
            header=signature_header(shown.schema, shown.issuer_id, shown.key_id, shown.ledger_id),
            disclosed=disclosed,
            slots=tuple(hidden),
        )

    def gap(self, slot: Slot, list_id: str) -> tuple[int, int]:
        """Slots of the ends of a signed gap around a slot."""
        return self.gaps[slot, list_id]

    def gap_signature(self, slot: Slot, list_id: str) -> SignatureStatement:
        version = self._list(list_id)
        return SignatureStatement(
            public_key=PublicKey.from_octets(version.public_key),
            generators=gap_generators(),
            header=gap_header(version.ledger_id, list_id, version.version),
            disclosed={},
            slots=self.gaps[slot, list_id],
        )

    def scope_text(self, atom: PseudonymFor) -> str:
        """What the base point of a pseudonym or tag is hashed from."""
        scope = self._publications.scopes.get(atom)
        if scope is None:
            raise UsageError(f"{atom.scope}: a scope that nobody resolved")
        return scope.text

    def binding_days(self, circuit: Circuit) -> dict[str, int]:
        """The last day on which the link secret of a credential may have been bound, by alias."""
        return binding_days(circuit, self._publications.scopes)

    def standing(self, alias: str) -> tuple[Slot, str, bool]:
        """Record identifier and status list of a credential, and whether the list has gaps."""
        listing = standing(alias, self.shown[alias])
        gaps = self._list(listing.list_id).kind is ListKind.GAPS
        return listing.slot, listing.list_id, gaps

    def in_list(self, slot: Slot, list_id: str) -> InSignedSet:
        """The slot has a token of a list."""
        version = self._list(list_id)
        return InSignedSet(
            ledger_id=version.ledger_id,
            kind=version.kind.value,
            list_id=list_id,
            version=version.version,
            public_key=PublicKey.from_octets(version.public_key),
            slot=self.number(slot),
        )

    def encrypted(self, slot: Slot, auditor_id: str) -> EncryptedTo:
        """The slot's value, encrypted to an auditor."""
        auditor = self._publications.auditors.get(auditor_id)
        if auditor is None:
            raise NotFoundError(f"{auditor_id}: no such auditor on the ledger")
        return EncryptedTo(
            auditor_key=curve.decode_g1(auditor.public_key, "auditor key"),
            label=f"{auditor.auditor_id} {auditor.key_id}",
            slot=self.number(slot),
        )

    def _list(self, list_id: str) -> ListVersion:
        version = self._publications.lists.get(list_id)
        if version is None:
            raise NotFoundError(f"{list_id}: no such list on the ledger")
        return version

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
                builder.contradiction(f"{alias}: not valid on the day of the request")
            continue
        bounds.append({(slots.number(slot),): sign, (): -sign * today})
    if len(bounds) == 2:
        bounds = [multiply(bounds[0], bounds[1])]
    for terms in bounds:
        builder.at_least_zero(terms)


def _add_binding(alias: str, schema: Schema, slots: Slots, builder: Builder, day: int) -> None:
    """``day - bound_since >= 0``, where the schema says since when the link secret is bound."""
    if schema.roles.bound_since is None:
        return
    slot = Slot(alias, schema.roles.bound_since)
    if slot not in slots.disclosed:
        builder.at_least_zero({(slots.number(slot),): -1, (): day})
        return
    value = slots.disclosed[slot]
    if not isinstance(value, int) or value > day:
        builder.contradiction(f"{alias}: its link secret was bound after the scope's period began")


def slot_integers(statement: Statement, values: Sequence[int]) -> list[int]:
    """Signed integers where a box allows negative values, for computing auxiliary secrets."""
    return [
        value - R if box is not None and box[0] < 0 and value > R // 2 else value
        for value, box in zip(values, statement.boxes, strict=False)
    ]
