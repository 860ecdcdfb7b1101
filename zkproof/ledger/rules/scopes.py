"""Shared scopes: in which several verifiers see the same pseudonyms or tags."""

from __future__ import annotations

from dataclasses import replace

from zkproof.errors import LedgerError, UsageError
from zkproof.ledger.entries import GOVERNANCE, Entry
from zkproof.ledger.state import LedgerState
from zkproof.trust import RegisteredScope, ScopeForm
from zkproof_circuits.scopes import PeriodUnit, Scope


def register(state: LedgerState, entry: Entry) -> None:
    """A scope is its owner's, or governance's to register for it. Only members and purpose change
    later: whatever a value in it is made from is the same for ever.
    """
    body = entry.body
    try:
        scope = Scope.from_text(body["scope"])
    except UsageError as error:
        raise LedgerError(f"entry: {error.message}") from None
    owner = scope.owner
    if owner is None:
        raise LedgerError("entry: a shared scope is its owner's identifier, a #, and its name")
    if owner not in (GOVERNANCE, *state.issuers, *state.verifiers):
        raise LedgerError("entry: a scope's owner is governance, an issuer or a verifier")
    if entry.author not in (GOVERNANCE, owner):
        raise LedgerError("entry: only its owner or governance registers a scope")
    made = RegisteredScope(
        scope_id=str(scope),
        form=ScopeForm(body["form"]),
        unit=None if body["unit"] is None else PeriodUnit(body["unit"]),
        slots=tuple(body["slots"]),
        since=body["since"],
        purpose=body["purpose"],
        members=frozenset(body["members"]),
    )
    if len(made.slots) != (1 if made.form is ScopeForm.PSEUDONYM else 2):
        raise LedgerError("entry: a pseudonym is of one attribute, a tag of two")
    if not made.members or not made.members <= set(state.verifiers):
        raise LedgerError("entry: members of a scope are registered verifiers")
    known = state.scopes.get(made.scope_id)
    if known is not None and replace(made, members=known.members, purpose=known.purpose) != known:
        raise LedgerError("entry: form, unit, attributes and beginning of a scope never change")
    state.scopes[made.scope_id] = made
