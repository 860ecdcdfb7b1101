"""What may stand in an alternative and needs points of its own: held credentials, published lists.

Beneath a selector s, a linear form that is 0 or 1, nothing is claimed where s is zero. For each key
that may have signed a credential, and for each list, a gate w stands in the clause; ``s*w = 0``
closes it where s is one. For several keys the selector is shared out: bits s_i that sum to s.

    held            one of the keys signed the credential's slots (`zkproof.sigma.one_of`)
    token           m has a token of the list (`zkproof.sigma.gated_token`), ``s*(m - x) = 0``
    gap             one key signed low and high, ``s*((x - low)*(high - x) - 1) >= 0``

Source: docs/security.md, section "Hidden alternatives".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from zkproof.bbs.generators import Generators
from zkproof.sigma.clause import Clause
from zkproof.sigma.gadgets import Assignment, Builder, Terms, add, evaluate, multiply
from zkproof.sigma.gate import GatePair
from zkproof.sigma.gated_token import GatedToken
from zkproof.sigma.one_of import Alternative, OneOf
from zkproof.trust import ListKind, ListVersion
from zkproof_circuits.circuit import Atom, Held, NotRevoked, Slot

ONE: Terms = {(): 1}

Truth = Callable[[Assignment], bool]
"""Computed for a prover only, from the values of the slots allocated so far."""


@dataclass(frozen=True, slots=True)
class AskedClause:
    """A clause with the atom that asks for it, so that its points are never taken for another's.

    ``slot`` and ``list_id`` say what is looked up in which list, where one is.
    """

    atom: Atom
    clause: Clause
    slot: Slot | None = None
    list_id: str | None = None


@dataclass(frozen=True, slots=True)
class KeyChoice:
    """One key, and the header under which it would have signed."""

    gate: GatePair
    header: bytes


@dataclass(frozen=True, slots=True)
class IssuerChoice:
    """Which of a credential's keys are those of one issuer, and its status list where it has one
    in force. ``keys`` is ``None`` where everybody knows the issuer.
    """

    keys: tuple[int, ...] | None
    list_id: str | None


class GateSlots(Protocol):
    """What this file needs to know of slots; see `zkproof.presentation.statement.Slots`."""

    def key_choices(self, alias: str) -> tuple[KeyChoice, ...]: ...
    def issuer_choices(self, alias: str) -> tuple[IssuerChoice, ...]: ...
    def vector(self, alias: str) -> tuple[Generators, tuple[int, ...]]: ...
    def record_slot(self, alias: str) -> Slot: ...
    def form(self, slot: Slot) -> Terms: ...
    def list_in_force(self, list_id: str) -> ListVersion | None: ...
    def list_gate(self, list_id: str) -> GatePair: ...
    def gap_vector(self, list_id: str) -> tuple[Generators, bytes]: ...
    def take_gated_gap(self, slot: Slot, list_id: str) -> tuple[int, int]: ...

    def held_key(self, alias: str) -> int | None:
        """Of a prover: which of the keys signed the credential that it holds; ``None`` for none."""
        ...

    def token_value(self, slot: Slot, list_id: str) -> int | None:
        """Of a prover: the element whose token it has; ``None`` for none."""
        ...

    def has_list_proof(self, slot: Slot, list_id: str) -> bool:
        """Of a prover: whether it has the list proof about a slot's value."""
        ...


class Gates:
    """Adds gated clauses to one statement, and remembers the selectors of credentials."""

    def __init__(self, slots: GateSlots, builder: Builder) -> None:
        self._slots = slots
        self._builder = builder
        self._selectors: dict[str, Terms] = {}
        self._by_key: dict[str, list[int]] = {}
        self.asked: list[AskedClause] = []

    def selector(self, alias: str) -> Terms | None:
        """The selector of the way that asks for a credential; ``None`` where the way is closed."""
        return self._selectors.get(alias)

    def add_held(self, alias: str, selector: Terms) -> None:
        """One of the keys signed the credential."""
        choices = self._slots.key_choices(alias)
        if len(choices) == 1 and selector != ONE:
            bits = [self._as_bit(selector)]
        else:
            bits = [
                self._builder.bit(self._is_key(alias, k, selector)) for k in range(len(choices))
            ]
            total = _negative(selector)
            for bit in bits:
                total = add(total, {(bit,): 1})
            self._builder.equal_zero(total)
        alternatives = tuple(
            Alternative(each.gate, each.header, self._closed_gate({(bit,): 1}), bit)
            for each, bit in zip(choices, bits, strict=True)
        )
        generators, vector = self._slots.vector(alias)
        self.asked.append(AskedClause(Held(alias), OneOf(alternatives, generators, vector)))
        self._selectors[alias] = selector
        self._by_key[alias] = bits

    def add_standing(self, alias: str, selector: Terms) -> None:
        """Whoever signed the credential has it in good standing, on its own list."""
        slot = self._slots.record_slot(alias)
        for issuer in self._slots.issuer_choices(alias):
            chosen = selector
            if issuer.keys is not None:
                chosen = self._share(alias, issuer.keys, selector)
            self.add_listed(NotRevoked(alias), slot, issuer.list_id, chosen)

    def add_listed(self, atom: Atom, slot: Slot, list_id: str | None, selector: Terms) -> None:
        """The slot's value has a token of the list, or lies strictly inside one of its gaps."""
        version = None if list_id is None else self._slots.list_in_force(list_id)
        if version is None:
            self._close(selector)
        elif version.kind is ListKind.GAPS:
            self._add_gap(atom, slot, version, selector)
        else:
            self._add_token(atom, slot, version, selector)

    def is_held(self, alias: str) -> Truth:
        return lambda values: self._slots.held_key(alias) is not None

    def is_listed(self, slot: Slot, list_id: str) -> Truth:
        return lambda values: self._slots.has_list_proof(slot, list_id)

    def in_standing(self, alias: str) -> Truth:
        """Whether the issuer that signed the credential has it in good standing."""
        slot, issuers = self._slots.record_slot(alias), self._slots.issuer_choices(alias)

        def holds(values: Assignment) -> bool:
            return any(
                (each.keys is None or self._slots.held_key(alias) in each.keys)
                and each.list_id is not None
                and self._slots.has_list_proof(slot, each.list_id)
                for each in issuers
            )

        return holds

    def _add_token(self, atom: Atom, slot: Slot, version: ListVersion, selector: Terms) -> None:
        list_id = version.list_id
        element = self._builder.allocate(lambda _: self._slots.token_value(slot, list_id) or 0)
        difference = add({(element,): 1}, self._slots.form(slot), factor=-1)
        self._builder.equal_zero(multiply(selector, difference))
        clause = GatedToken(
            ledger_id=version.ledger_id,
            kind=version.kind.value,
            list_id=list_id,
            version=version.version,
            pair=self._slots.list_gate(list_id),
            slot=element,
            gate=self._closed_gate(selector),
        )
        self.asked.append(AskedClause(atom, clause, slot, list_id))

    def _add_gap(self, atom: Atom, slot: Slot, version: ListVersion, selector: Terms) -> None:
        list_id = version.list_id
        low, high = self._slots.take_gated_gap(slot, list_id)
        x, bit = self._slots.form(slot), self._as_bit(selector)
        generators, header = self._slots.gap_vector(list_id)
        gate = self._closed_gate({(bit,): 1})
        alternative = Alternative(self._slots.list_gate(list_id), header, gate, bit)
        clause = OneOf((alternative,), generators, (low, high))
        self.asked.append(AskedClause(atom, clause, slot, list_id))
        left = add(x, {(low,): 1}, factor=-1)
        inside = add(multiply(left, add({(high,): 1}, x, factor=-1)), ONE, factor=-1)
        self._builder.at_least_zero(multiply({(bit,): 1}, self._builder.linear_form(inside)))

    def _share(self, alias: str, keys: tuple[int, ...], selector: Terms) -> Terms:
        """The selector where one of these keys signed the credential."""
        total: Terms = {}
        for k in keys:
            total = add(total, {(self._by_key[alias][k],): 1})
        if selector == self._selectors[alias]:
            return total
        # Asked in a way inside of the credential's own, or in another: both selectors are one.
        both = multiply(selector, total)
        bit = self._builder.bit(lambda values: evaluate(both, values))
        self._builder.equal_zero(add(both, {(bit,): 1}, factor=-1))
        return {(bit,): 1}

    def _closed_gate(self, selector: Terms) -> int:
        """A gate of its own: zero where the selector is one, drawn by the prover where it is not.

        Given as zero here: an open gate comes from the hedged masks.
        """
        gate = self._builder.allocate(lambda _: 0)
        self._builder.equal_zero(multiply(selector, {(gate,): 1}))
        return gate

    def _as_bit(self, selector: Terms) -> int:
        """The slot of a selector; a sum of several is given one of its own."""
        if len(selector) == 1:
            ((monomial, value),) = selector.items()
            if len(monomial) == 1 and value == 1:
                return monomial[0]
        bit = self._builder.bit(lambda values: evaluate(selector, values))
        self._builder.equal_zero(add(selector, {(bit,): 1}, factor=-1))
        return bit

    def _close(self, selector: Terms) -> None:
        if selector == ONE:
            self._builder.contradiction("nothing on the ledger can satisfy the policy")
        else:
            self._builder.equal_zero(selector)

    def _is_key(self, alias: str, k: int, selector: Terms) -> Callable[[Assignment], int]:
        return lambda values: evaluate(selector, values) * (self._slots.held_key(alias) == k)


def _negative(terms: Terms) -> Terms:
    return {monomial: -value for monomial, value in terms.items()}
