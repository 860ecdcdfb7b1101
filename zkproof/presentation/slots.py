"""The slots of a presentation: numbers of the hidden messages, and what is known of each.

Attributes that the circuit calls equal share a slot. Credentials that may be absent have slots as
well, whatever stands in them; those that no key could have signed have none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from zkproof import curve
from zkproof.bbs.generators import Generators
from zkproof.bbs.keys import PublicKey
from zkproof.credential.encoding import Layout, attribute_scalar, signature_header
from zkproof.credential.list_proof import gap_generators, gap_header
from zkproof.errors import ConflictError, NotFoundError, UsageError
from zkproof.presentation.gates import IssuerChoice, KeyChoice
from zkproof.presentation.publications import Publications, listings, standings
from zkproof.presentation.scopes import binding_days
from zkproof.presentation.shown import (
    AnyShown,
    HiddenCredential,
    ShownCredential,
    unavailable,
)
from zkproof.sigma.encryption import EncryptedTo
from zkproof.sigma.gadgets import Builder, Terms
from zkproof.sigma.gate import GatePair
from zkproof.sigma.signed_set import InSignedSet
from zkproof.sigma.statement import Box, SignatureStatement
from zkproof.trust import ListKind, ListVersion, status_list_id
from zkproof_circuits.atoms.lists import GAP_RANGE
from zkproof_circuits.circuit import Circuit, Equal, Held, Polynomial, PseudonymFor, Slot
from zkproof_circuits.types import Value
from zkproof_circuits.ways import open_atoms


class Holding(Protocol):
    """What a prover has of what may be absent."""

    def held_key(self, alias: str) -> int | None:
        """Which of the possible keys signed the credential; ``None`` where it is not held."""
        ...

    def token_value(self, slot: Slot, version: ListVersion) -> int | None:
        """The slot's scalar, where the prover has its token."""
        ...

    def has_list_proof(self, slot: Slot, version: ListVersion) -> bool:
        """Whether the prover has the token of a slot's value, or the gap around it."""
        ...


class Slots:
    """Numbers of the hidden messages. Attributes the circuit calls equal share one."""

    def __init__(
        self,
        circuit: Circuit,
        shown: Mapping[str, AnyShown],
        publications: Publications,
        holding: Holding | None = None,
    ) -> None:
        self._publications = publications
        self._holding = holding
        self.aliases = tuple(requirement.alias for requirement in circuit.credentials)
        self.shown = shown
        held = {
            atom.credential
            for formula in circuit.formulas
            for atom in open_atoms(formula, unavailable(shown))
            if isinstance(atom, Held)
        }
        self._closed = circuit.conditional - held
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
            if not self.could_be_held(alias):
                continue
            layout = self._layouts[alias]
            for index in range(layout.count):
                name = layout.attribute_at(index)
                if name is None:
                    self._numbers[alias, index] = self._new(None)
                    continue
                slot = Slot(alias, name)
                if slot in self.disclosed:
                    if self.issuer_is_hidden(alias):
                        self._numbers[slot] = self._new(self.kind_box(slot))
                    continue
                leader = same.leader(slot)
                box = self.kind_box(slot)
                if leader not in leaders:
                    leaders[leader] = self._new(box)
                elif box is not None:
                    self._narrow(leaders[leader], box)
                self._numbers[slot] = leaders[leader]
        self.gaps: dict[tuple[Slot, str], tuple[int, int]] = {}
        self.gated_gaps: dict[tuple[Slot, str], list[tuple[int, int]]] = {}
        """Slots of gaps that may be absent; one pair for each time that the circuit speaks of it.
        """
        for each in listings(circuit, shown):
            version = self.list_in_force(each.list_id)
            if version is None or version.kind is not ListKind.GAPS:
                continue
            # Whoever signs a gap signs integers of this range only: `sign_gap`.
            if each.gated:
                ends = (self._new(GAP_RANGE), self._new(GAP_RANGE))
                self.gated_gaps.setdefault((each.slot, each.list_id), []).append(ends)
            elif (each.slot, each.list_id) not in self.gaps:
                ends = (self._new(GAP_RANGE), self._new(GAP_RANGE))
                self.gaps[each.slot, each.list_id] = ends
        self._gated_gaps_left = {key: list(ends) for key, ends in self.gated_gaps.items()}

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

    def signature(self, alias: str, shown: ShownCredential) -> SignatureStatement:
        layout = self._layouts[alias]
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

    def could_be_held(self, alias: str) -> bool:
        """Whether some way that asks for it can be taken; otherwise it has no slots."""
        return alias not in self._closed

    def issuer_is_hidden(self, alias: str) -> bool:
        return isinstance(self.shown[alias], HiddenCredential)

    def fix_disclosed(self, alias: str, builder: Builder) -> None:
        """What is disclosed of a credential with a hidden issuer: its slot has that value."""
        for slot, value in self.disclosed.items():
            if slot.credential == alias:
                builder.equal_zero({(self.number(slot),): 1, (): -self.scalar(slot, value)})

    def vector(self, alias: str) -> tuple[Generators, tuple[int, ...]]:
        """Generators and slots of all messages of a credential with a hidden issuer."""
        layout = self._layouts[alias]
        names = [layout.attribute_at(index) for index in range(layout.count)]
        return layout.generators(), tuple(
            self._numbers[alias, index] if name is None else self._numbers[Slot(alias, name)]
            for index, name in enumerate(names)
        )

    def key_choices(self, alias: str) -> tuple[KeyChoice, ...]:
        """The keys that may have signed it, each with its header."""
        shown = self._hidden(alias)
        return tuple(
            KeyChoice(
                key.gate,
                signature_header(shown.schema, key.issuer_id, key.key_id, shown.ledger_id),
            )
            for key in shown.keys
        )

    def issuer_choices(self, alias: str) -> tuple[IssuerChoice, ...]:
        """The issuers of those keys, with the status lists that they have in force."""
        shown = self.shown[alias]
        named = {each.list_id for each in standings(alias, shown)}
        if isinstance(shown, ShownCredential):
            (list_id,) = named
            return (IssuerChoice(None, list_id),)
        return tuple(
            IssuerChoice(
                tuple(k for k, key in enumerate(shown.keys) if key.issuer_id == issuer_id),
                list_id if self.list_in_force(list_id) is not None else None,
            )
            for issuer_id in shown.issuers
            for list_id in (status_list_id(issuer_id, shown.schema.id),)
        )

    def record_slot(self, alias: str) -> Slot:
        """The record identifier of a credential. Raises `UsageError` when it has none."""
        record_id = self.shown[alias].schema.roles.record_id
        if record_id is None:
            raise UsageError(f"{alias}: its schema has no record identifier")
        return Slot(alias, record_id)

    def list_in_force(self, list_id: str) -> ListVersion | None:
        return self._publications.lists.get(list_id)

    def list_gate(self, list_id: str) -> GatePair:
        """What stands for a token or gap of the list that a prover does not have."""
        version = self._list(list_id)
        if not version.gate_pair:
            raise UsageError(f"trust view: no pair of the key of {list_id}")
        return GatePair.from_octets(PublicKey.from_octets(version.public_key), version.gate_pair)

    def gap_vector(self, list_id: str) -> tuple[Generators, bytes]:
        """Generators and header of a list's signatures on gaps."""
        version = self._list(list_id)
        return gap_generators(), gap_header(version.ledger_id, list_id, version.version)

    def take_gated_gap(self, slot: Slot, list_id: str) -> tuple[int, int]:
        """Slots of the ends of a gap that may be absent; others each time."""
        return self._gated_gaps_left[slot, list_id].pop(0)

    def held_key(self, alias: str) -> int | None:
        return self._prover.held_key(alias)

    def token_value(self, slot: Slot, list_id: str) -> int | None:
        return self._prover.token_value(slot, self._list(list_id))

    def has_list_proof(self, slot: Slot, list_id: str) -> bool:
        version = self.list_in_force(list_id)
        return version is not None and self._prover.has_list_proof(slot, version)

    @property
    def _prover(self) -> Holding:
        if self._holding is None:
            raise UsageError("statement: only a prover knows what is held")
        return self._holding

    def _hidden(self, alias: str) -> HiddenCredential:
        shown = self.shown[alias]
        if not isinstance(shown, HiddenCredential):
            raise UsageError(f"{alias}: its issuer is named")
        return shown

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
        (listing,) = standings(alias, self.shown[alias])
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
