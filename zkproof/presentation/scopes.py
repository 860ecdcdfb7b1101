"""What a scope of a circuit stands for: whose it is, in which period, and who sees the same in it.

A scope belongs to the verifier that signed the request, or stands on the ledger with its members.
A policy cannot write another's owner: it is filled in here, from the request. Base points are
hashed from `ResolvedScope.text`, over form, owner, name, period and attributes, so that no two of
them meet.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from zkproof.codec import encode
from zkproof.errors import UsageError
from zkproof.trust import RegisteredScope, RegisteredVerifier, ScopeForm, TrustView
from zkproof_circuits.circuit import Circuit, Equal, PseudonymFor, Slot
from zkproof_circuits.scopes import OWNER_SEPARATOR, PeriodUnit, Scope, period_of, period_start
from zkproof_circuits.types import date_of, day_number

_DOMAIN = b"zkproof scope v2\0"


class ScopeError(UsageError):
    """A scope in which this verifier may not ask, or not like this."""


@dataclass(frozen=True, slots=True)
class ResolvedScope:
    """One scope in one period. ``slots`` are attribute names, the link secret's first."""

    form: ScopeForm
    owner: str
    name: str
    unit: PeriodUnit | None
    period: str | None
    slots: tuple[str, ...]
    members: tuple[str, ...]
    """Identifiers of the verifiers that see the same value in it, ascending; no part of `text`."""
    begins: int | None
    """First day of the period, or of a shared scope that began later; no part of `text`."""

    @property
    def text(self) -> str:
        """What base points are hashed from."""
        fields = [
            self.form.value,
            self.owner,
            self.name,
            None if self.unit is None else self.unit.value,
            self.period,
            list(self.slots),
        ]
        return "v2:" + hashlib.sha256(_DOMAIN + encode(fields)).hexdigest()

    @property
    def label(self) -> str:
        """For people and reports: ``did:web:bank.example#loans/2026-11``."""
        period = "" if self.period is None else f"/{self.period}"
        return f"{self.owner}{OWNER_SEPARATOR}{self.name}{period}"


@dataclass(frozen=True, slots=True)
class Recognition:
    """Who will recognise a holder again, and by what: for consent screens and explanations.

    ``verifiers`` has one element for a scope of the verifier's own ("only X"), all members for a
    shared one ("X, Y and Z together"). ``attributes`` are slots as the policy names them.
    """

    scope: ResolvedScope
    named: str
    """The scope as the circuit has it."""
    attributes: tuple[str, ...]
    verifiers: tuple[tuple[str, str], ...]
    """Identifier and name as the ledger has them."""


def resolve_scopes(
    circuit: Circuit, verifier_id: str, trust: TrustView, *, today: int
) -> dict[PseudonymFor, ResolvedScope]:
    """The scope of every pseudonym and tag of a circuit, for a request by that verifier.

    ``today`` is the request's day. Raises `ScopeError` for a shared scope that is not on the
    ledger, has not begun, is of another form or other attributes, or has other members.
    """
    return {
        atom: _resolved(atom, verifier_id, trust.scopes, today)
        for atom in circuit.formulas
        if isinstance(atom, PseudonymFor)
    }


def recognitions(
    circuit: Circuit, verifier_id: str, trust: TrustView, *, today: int
) -> tuple[Recognition, ...]:
    """Who recognises the holder of an answer by what, in the circuit's order. Raises as
    `resolve_scopes` does.
    """
    resolved = resolve_scopes(circuit, verifier_id, trust, today=today)
    return tuple(
        Recognition(
            scope,
            atom.scope,
            tuple(str(slot) for slot in atom.slots),
            tuple((each, _name(trust.verifiers.get(each), each)) for each in scope.members),
        )
        for atom, scope in resolved.items()
    )


def own_scope(atom: PseudonymFor, verifier_id: str) -> ResolvedScope:
    """The scope of a pseudonym or tag that only that verifier recognises."""
    scope = Scope.from_text(atom.scope)
    if scope.owner is not None:
        raise ScopeError(f"{atom.scope}: a shared scope")
    return ResolvedScope(
        form=_form(atom),
        owner=verifier_id,
        name=scope.name,
        unit=scope.unit,
        period=scope.period,
        slots=_attributes(atom),
        members=(verifier_id,),
        begins=None if scope.period is None else day_number(period_start(scope.period)),
    )


def _resolved(
    atom: PseudonymFor, verifier_id: str, registered: Mapping[str, RegisteredScope], today: int
) -> ResolvedScope:
    scope = Scope.from_text(atom.scope)
    if scope.owner is None:
        return own_scope(atom, verifier_id)
    known = registered.get(atom.scope)
    if known is None:
        raise ScopeError(
            f"{atom.scope}: no such scope on the ledger",
            hint="its owner or governance registers it: zkproof ledger share-scope",
        )
    if (known.form, known.slots) != (_form(atom), _attributes(atom)):
        raise ScopeError(
            f"{atom.scope}: on the ledger it is a {known.form.value} of {', '.join(known.slots)}"
        )
    if verifier_id not in known.members:
        raise ScopeError(f"{atom.scope}: the verifier that asks is not a member of this scope")
    if today < known.since:
        raise ScopeError(f"{atom.scope}: begins on {date_of(known.since)}")
    period = None if known.unit is None else period_of(known.unit, date_of(today))
    start = known.since if period is None else day_number(period_start(period))
    return ResolvedScope(
        form=known.form,
        owner=scope.owner,
        name=scope.name,
        unit=known.unit,
        period=period,
        slots=known.slots,
        members=tuple(sorted(known.members)),
        begins=max(known.since, start),
    )


def binding_days(circuit: Circuit, scopes: Mapping[PseudonymFor, ResolvedScope]) -> dict[str, int]:
    """The last day on which the link secret of a credential may have been bound, by alias.

    Who was given another secret within a period would have two pseudonyms and two tags in it. So
    every credential that has the secret of a pseudonym or tag, and whose schema says since when it
    is bound, has to be bound by the first day of the scope.
    """
    days: dict[str, int] = {}
    for atom, scope in scopes.items():
        if scope.begins is None:
            continue
        for alias in _sharing(circuit, atom.slots[0]):
            days[alias] = min(days.get(alias, scope.begins), scope.begins)
    return days


def _sharing(circuit: Circuit, secret: Slot) -> set[str]:
    """Aliases of the credentials that have this link secret, as the circuit's equalities say."""
    equal = [(each.first, each.second) for each in circuit.formulas if isinstance(each, Equal)]
    group = {secret}
    for _ in equal:
        for pair in equal:
            if group & set(pair):
                group |= set(pair)
    return {slot.credential for slot in group}


def _form(atom: PseudonymFor) -> ScopeForm:
    return ScopeForm.PSEUDONYM if len(atom.slots) == 1 else ScopeForm.TAG


def _attributes(atom: PseudonymFor) -> tuple[str, ...]:
    return tuple(slot.attribute for slot in atom.slots)


def _name(verifier: RegisteredVerifier | None, verifier_id: str) -> str:
    return verifier_id if verifier is None else verifier.name
