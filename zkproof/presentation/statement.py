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

from zkproof.codec import encode
from zkproof.curve import R
from zkproof.presentation.constraints import add_formula
from zkproof.presentation.gates import ONE, AskedClause, Gates
from zkproof.presentation.publications import Publications
from zkproof.presentation.shown import AnyShown, HiddenCredential, ShownCredential
from zkproof.presentation.slots import Holding, Slots
from zkproof.sigma.clause import Clause
from zkproof.sigma.gadgets import Builder, Terms, multiply
from zkproof.sigma.linear import independent
from zkproof.sigma.statement import Statement
from zkproof_circuits.circuit import Circuit, Slot
from zkproof_circuits.schema import Schema


@dataclass(frozen=True, slots=True)
class Assembled:
    """The statement; the builder that computes its auxiliary secrets for a prover; the slots; and
    which atom asks for each clause of the statement, after those of the caller.
    """

    statement: Statement
    builder: Builder
    slots: Slots
    asked: tuple[AskedClause, ...]


def assemble(
    circuit: Circuit,
    shown: Mapping[str, AnyShown],
    publications: Publications,
    *,
    today: int,
    context: bytes,
    holding: Holding | None = None,
) -> Assembled:
    """Build the statement. ``context`` is the request's digest, which covers its nonce.

    ``holding`` says what a prover has of what may be absent; a verifier has nothing to say of it.

    Signed gaps of exclusion lists stand after the credentials, in the order of `Slots.gaps`.

    Raises `NotFoundError` and `ConflictError` when the circuit asks for what is not supported, or
    when a constraint over disclosed values alone does not hold.
    """
    slots = Slots(circuit, shown, publications, holding)
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
    gates = Gates(slots, builder)
    for alias in slots.aliases:
        shown = slots.shown[alias]
        if isinstance(shown, HiddenCredential) and not shown.in_a_way:
            gates.add_held(alias, ONE)
            slots.fix_disclosed(alias, builder)
    for formula in circuit.formulas:
        add_formula(formula, slots, builder, gates)
    for alias in slots.aliases:
        shown = slots.shown[alias]
        in_a_way = isinstance(shown, HiddenCredential) and shown.in_a_way
        selector = gates.selector(alias) if in_a_way else ONE
        if selector is not None:
            _add_validity(alias, shown.schema, slots, builder, today, selector)
    asked = tuple(gates.asked)
    for alias, day in sorted(slots.binding_days(circuit).items()):
        _add_binding(alias, slots.shown[alias].schema, slots, builder, day)
    statement = Statement(
        context=encode({"request": context, "circuit": circuit.digest, "today": today}),
        signatures=(
            *(
                slots.signature(alias, shown)
                for alias, shown in slots.shown.items()
                if isinstance(shown, ShownCredential)
            ),
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


def _add_validity(
    alias: str, schema: Schema, slots: Slots, builder: Builder, today: int, selector: Terms
) -> None:
    """One inequality when both ends are hidden; a check in the open for what is disclosed.

    Beneath the selector of the way that asks for the credential, where only one way does.
    """
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
        if selector != ONE:
            terms = multiply(selector, builder.linear_form(terms))
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
