"""A circuit's formulas as constraints over slots, alternatives included.

Under an alternative every leaf stands beneath a *selector*, a linear form that is 0 or 1:

    L = 0     becomes   s*L = 0
    L >= 0    becomes   s*L >= 0        (with s = 0 this is 0 >= 0)
    L != 0    becomes   L*x = s         for some x

What brings points of its own stands behind gates there: `zkproof.presentation.gates`.

The selectors of an "or" sum to its own selector, those of "at least k" to k times it; each is a
bit. Those of a score are in `zkproof.presentation.scores`. The prover sets selectors of branches
that hold to one, and nothing shows which. A polynomial of degree two is given a slot of its own
before it meets a selector.

Source: docs/security.md, section "Exact constraints".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, assert_never

from zkproof.curve import R
from zkproof.errors import UsageError
from zkproof.presentation.gates import ONE, AskedClause, Gates
from zkproof.presentation.scores import outcomes
from zkproof.sigma.clause import Clause
from zkproof.sigma.gadgets import (
    Assignment,
    Builder,
    Terms,
    add,
    evaluate,
    inverse_of,
    multiply,
)
from zkproof.sigma.polynomial import Polynomial as SlotPolynomial
from zkproof.sigma.pseudonym import Pseudonym
from zkproof.sigma.tag import Tag
from zkproof_circuits.bounds import require_no_wrap
from zkproof_circuits.circuit import (
    And,
    AtLeast,
    Encrypt,
    Equal,
    Formula,
    Held,
    If,
    Inequality,
    InList,
    LinearZero,
    Member,
    NotEqual,
    NotInList,
    NotMember,
    NotRevoked,
    NotZero,
    Or,
    Polynomial,
    ProtocolAtom,
    PseudonymFor,
    QuadraticZero,
    Score,
    Slot,
)
from zkproof_circuits.types import Value
from zkproof_circuits.weighing import alternatives_of, opposite


class SlotView(Protocol):
    """What this file needs to know of slots; see `zkproof.presentation.statement.Slots`."""

    def could_be_held(self, alias: str) -> bool:
        """Whether some way that asks for it can be taken; otherwise it has no slots."""
        ...

    def issuer_is_hidden(self, alias: str) -> bool: ...

    def form(self, slot: Slot) -> Terms:
        """The slot as a linear form: its number, or its value where it is disclosed."""
        ...

    def terms(self, polynomial: Polynomial) -> Terms:
        """A polynomial over slot numbers, disclosed slots replaced by their values."""
        ...

    def scalar(self, slot: Slot, value: Value) -> int:
        """The scalar of a value of the slot's type."""
        ...

    def number(self, slot: Slot) -> int:
        """The number of a hidden slot."""
        ...

    def gap(self, slot: Slot, list_id: str) -> tuple[int, int]:
        """Slots of the ends of a signed gap around a slot."""
        ...

    def scope_text(self, atom: PseudonymFor) -> str:
        """What the base point of a pseudonym or tag is hashed from."""
        ...

    def standing(self, alias: str) -> tuple[Slot, str, bool]:
        """Record identifier and status list of a credential, and whether the list has gaps."""
        ...

    def in_list(self, slot: Slot, list_id: str) -> Clause: ...
    def encrypted(self, slot: Slot, auditor: str) -> Clause: ...


def add_formula(formula: Formula, slots: SlotView, builder: Builder, gates: Gates) -> None:
    """Add what has to hold in any case. What needs points of its own is put among ``gates.asked``.

    Raises `UsageError` for what no proof supports, and when disclosed values alone already
    contradict it.
    """
    parts = formula.parts if isinstance(formula, And) else (formula,)
    for part in parts:
        if isinstance(part, ProtocolAtom):
            _add_protocol_atom(part, slots, builder, gates)
        else:
            _add(part, ONE, slots, builder, gates)


def _add(
    formula: Formula, selector: Terms, slots: SlotView, builder: Builder, gates: Gates
) -> None:
    match formula:
        case And(parts):
            held = [part for part in parts if isinstance(part, Held)]
            if not all(slots.could_be_held(part.credential) for part in held):
                _decide(False, selector, builder)
                return
            for each in held:
                gates.add_held(each.credential, selector)
            for part in parts:
                if not isinstance(part, Held):
                    _add(part, selector, slots, builder, gates)
        case Or(parts):
            _add_alternatives(parts, 1, selector, slots, builder, gates)
        case AtLeast(count, parts):
            _add_alternatives(parts, count, selector, slots, builder, gates)
        case Score():
            _add_score(formula, selector, slots, builder, gates)
        case If():
            _add(alternatives_of(formula), selector, slots, builder, gates)
        case Held(alias) if slots.could_be_held(alias):
            gates.add_held(alias, selector)
        case Held():
            _decide(False, selector, builder)
        case Equal(first, second):
            _add_zero(_difference(first, second, slots), selector, builder)
        case LinearZero(polynomial) | QuadraticZero(polynomial):
            _add_zero(_no_wrap(slots.terms(polynomial), builder), selector, builder)
        case NotEqual(first, second):
            _add_not_zero(_difference(first, second, slots), selector, builder)
        case NotZero(polynomial):
            _add_not_zero(_no_wrap(slots.terms(polynomial), builder), selector, builder)
        case Inequality(polynomial):
            _add_at_least_zero(slots.terms(polynomial), selector, builder)
        case Member(slot, values):
            _add_member(slot, values, selector, slots, builder)
        case NotMember(slot, values):
            _add_not_member(slot, values, selector, slots, builder)
        case NotRevoked(alias):
            gates.add_standing(alias, selector)
        case InList(slot, list_id) | NotInList(slot, list_id):
            gates.add_listed(formula, slot, list_id, selector)
        case PseudonymFor() | Encrypt():
            raise UsageError(f"policy: {type(formula).__name__} cannot stand in an alternative")
        case _:
            assert_never(formula)


def _add_protocol_atom(atom: ProtocolAtom, slots: SlotView, builder: Builder, gates: Gates) -> None:
    """What needs points or signatures of its own, and always has to hold."""

    def ask(clause: Clause) -> None:
        gates.asked.append(AskedClause(atom, clause))

    match atom:
        case NotRevoked(alias) if slots.issuer_is_hidden(alias):
            gates.add_standing(alias, ONE)
        case NotRevoked(alias):
            slot, list_id, gaps = slots.standing(alias)
            if gaps:
                _add_inside_gap(slot, list_id, slots, builder)
            else:
                gates.asked.append(AskedClause(atom, slots.in_list(slot, list_id), slot, list_id))
        case InList(slot, list_id):
            gates.asked.append(AskedClause(atom, slots.in_list(slot, list_id), slot, list_id))
        case NotInList(slot, list_id):
            _add_inside_gap(slot, list_id, slots, builder)
        case PseudonymFor(_, named):
            scope = slots.scope_text(atom)
            secret, *attribute = (slots.number(slot) for slot in named)
            ask(Tag(scope, (secret, attribute[0])) if attribute else Pseudonym(scope, secret))
        case Encrypt(slot, auditor):
            ask(slots.encrypted(slot, auditor))
        case _:
            assert_never(atom)


def _add_inside_gap(slot: Slot, list_id: str, slots: SlotView, builder: Builder) -> None:
    """Strictly inside: ``(x - low)(high - x) >= 1``.

    Not ``(x - low - 1)(high - x - 1) >= 0``, which ``x = low`` passes when ``high = low + 1``.
    """
    low, high = slots.gap(slot, list_id)
    x = slots.number(slot)
    inside = multiply({(x,): 1, (low,): -1}, {(high,): 1, (x,): -1})
    builder.at_least_zero(add(inside, {(): 1}, factor=-1))


def _difference(first: Slot, second: Slot, slots: SlotView) -> Terms:
    return add(slots.form(first), slots.form(second), factor=-1)


def _no_wrap(terms: Terms, builder: Builder) -> Terms:
    """The same polynomial. Raises `UsageError` where it could be zero modulo R and not be zero."""
    polynomial = SlotPolynomial.build(terms)
    require_no_wrap(polynomial.bounds(builder.boxes))
    return terms


def _constant(terms: Terms) -> int | None:
    """The value of a polynomial over disclosed slots only."""
    if any(value for monomial, value in terms.items() if monomial):
        return None
    return terms.get((), 0)


def _decide(holds: bool, selector: Terms, builder: Builder) -> None:
    """A leaf that disclosed values decide: nothing to add if it holds, else the branch is dead."""
    if holds:
        return
    if selector == ONE:
        builder.contradiction("a constraint over what is known does not hold")
    else:
        builder.equal_zero(selector)


def _add_zero(terms: Terms, selector: Terms, builder: Builder) -> None:
    constant = _constant(terms)
    if constant is not None:
        _decide(constant == 0, selector, builder)
    elif selector == ONE:
        builder.equal_zero(terms)
    else:
        builder.equal_zero(multiply(selector, builder.linear_form(terms)))


def _add_not_zero(terms: Terms, selector: Terms, builder: Builder) -> None:
    constant = _constant(terms)
    if constant is not None:
        _decide(constant != 0, selector, builder)
    elif selector == ONE:
        builder.not_zero(terms)
    else:
        linear = builder.linear_form(terms)
        inverse = inverse_of(terms)

        def compute(values: Assignment) -> int:
            return inverse(values) if evaluate(selector, values) else 0

        x = builder.allocate(compute)
        builder.equal_zero(add(multiply(linear, {(x,): 1}), selector, factor=-1))


def _add_at_least_zero(terms: Terms, selector: Terms, builder: Builder) -> None:
    constant = _constant(terms)
    if constant is not None:
        _decide(constant >= 0, selector, builder)
    elif selector == ONE:
        builder.at_least_zero(terms)
    else:
        builder.at_least_zero(multiply(selector, builder.linear_form(terms)))


def _add_member(
    slot: Slot, values: Sequence[Value], selector: Terms, slots: SlotView, builder: Builder
) -> None:
    form = slots.form(slot)
    elements = [slots.scalar(slot, value) for value in values]
    constant = _constant(form)
    if constant is not None:
        _decide(constant in elements, selector, builder)
    elif selector == ONE:
        ((number,),) = form
        builder.member(number, elements)
    else:
        leaves = [add(form, {(): element}, factor=-1) for element in elements]
        selectors = _selectors([_is_zero(leaf) for leaf in leaves], 1, selector, builder)
        for leaf, chosen in zip(leaves, selectors, strict=True):
            builder.equal_zero(multiply(chosen, leaf))


def _add_not_member(
    slot: Slot, values: Sequence[Value], selector: Terms, slots: SlotView, builder: Builder
) -> None:
    form = slots.form(slot)
    elements = [slots.scalar(slot, value) for value in values]
    constant = _constant(form)
    if constant is not None:
        _decide(constant not in elements, selector, builder)
    elif selector == ONE:
        ((number,),) = form
        builder.not_member(number, elements)
    else:
        for element in elements:
            _add_not_zero(add(form, {(): element}, factor=-1), selector, builder)


def _add_alternatives(
    parts: Sequence[Formula],
    count: int,
    selector: Terms,
    slots: SlotView,
    builder: Builder,
    gates: Gates,
) -> None:
    truths = [_truth(part, slots, gates) for part in parts]
    for part, chosen in zip(parts, _selectors(truths, count, selector, builder), strict=True):
        _add(part, chosen, slots, builder, gates)


def _add_score(
    score: Score, selector: Terms, slots: SlotView, builder: Builder, gates: Gates
) -> None:
    truths = [_truth(part, slots, gates) for part in score.parts]
    for part, (holds, fails) in zip(
        score.parts, outcomes(score, truths, selector, builder), strict=True
    ):
        if holds is not None:
            _add(part, holds, slots, builder, gates)
        if fails is not None:
            _add(opposite(part), fails, slots, builder, gates)


def _selectors(
    truths: Sequence[Callable[[Assignment], bool]], count: int, selector: Terms, builder: Builder
) -> list[Terms]:
    """Bits that sum to ``count * selector``. The last is determined by the others, so it costs no
    octets, but it has to be a bit too: or two of the others could be one and it minus one.
    """

    def chosen(values: Assignment) -> list[int]:
        left = count * evaluate(selector, values)
        picks = []
        for truth in truths:
            pick = int(left > 0 and truth(values))
            left -= pick
            picks.append(pick)
        return picks

    bits = [builder.bit(_pick(chosen, k)) for k in range(len(truths))]
    total: Terms = {monomial: -count * value for monomial, value in selector.items()}
    for bit in bits:
        total = add(total, {(bit,): 1})
    builder.equal_zero(total)
    return [{(bit,): 1} for bit in bits]


def _pick(chosen: Callable[[Assignment], list[int]], k: int) -> Callable[[Assignment], int]:
    return lambda values: chosen(values)[k]


def _is_zero(terms: Terms) -> Callable[[Assignment], bool]:
    return lambda values: evaluate(terms, values) % R == 0


def _truth(formula: Formula, slots: SlotView, gates: Gates) -> Callable[[Assignment], bool]:
    """Whether a branch holds for a prover's values; only the prover ever calls what this gives."""
    match formula:
        case And(parts):
            held = [part for part in parts if isinstance(part, Held)]
            if not all(slots.could_be_held(part.credential) for part in held):
                return lambda values: False
            # Whether credentials are held comes first: slots of absent ones hold no values.
            rest = [part for part in parts if not isinstance(part, Held)]
            truths = [_truth(part, slots, gates) for part in (*held, *rest)]
            return lambda values: all(truth(values) for truth in truths)
        case Or(parts):
            truths = [_truth(part, slots, gates) for part in parts]
            return lambda values: any(truth(values) for truth in truths)
        case AtLeast(count, parts):
            truths = [_truth(part, slots, gates) for part in parts]
            return lambda values: sum(truth(values) for truth in truths) >= count
        case Score(low, high, weights, parts):
            truths = [_truth(part, slots, gates) for part in parts]

            def reached(values: Assignment) -> bool:
                points = sum(w * truth(values) for w, truth in zip(weights, truths, strict=True))
                return (low is None or low <= points) and (high is None or points <= high)

            return reached
        case If():
            return _truth(alternatives_of(formula), slots, gates)
        case Equal(first, second):
            return _is_zero(_difference(first, second, slots))
        case NotEqual(first, second):
            differ = _is_zero(_difference(first, second, slots))
            return lambda values: not differ(values)
        case LinearZero(polynomial) | QuadraticZero(polynomial):
            return _is_zero(slots.terms(polynomial))
        case NotZero(polynomial):
            zero = _is_zero(slots.terms(polynomial))
            return lambda values: not zero(values)
        case Inequality(polynomial):
            terms = slots.terms(polynomial)
            return lambda values: evaluate(terms, values) >= 0
        case Member(slot, listed) | NotMember(slot, listed):
            form = slots.form(slot)
            equal = [
                _is_zero(add(form, {(): slots.scalar(slot, value)}, factor=-1)) for value in listed
            ]
            inside = isinstance(formula, Member)
            return lambda values: any(each(values) for each in equal) is inside
        case Held(alias):
            return gates.is_held(alias) if slots.could_be_held(alias) else lambda values: False
        case NotRevoked(alias):
            return gates.in_standing(alias)
        case InList(slot, list_id) | NotInList(slot, list_id):
            return gates.is_listed(slot, list_id)
        case PseudonymFor() | Encrypt():
            raise UsageError(f"policy: {type(formula).__name__} cannot stand in an alternative")
        case _:
            assert_never(formula)
