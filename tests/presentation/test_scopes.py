"""Scopes: whose a pseudonym or tag is, and who else sees the same one."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from tests.presentation.building import (
    ALICE,
    CHECKPOINT,
    LEDGER,
    MALLORY,
    NOW,
    SIGNER,
    TODAY,
    VERIFIER,
    deposit,
    identity,
    trust_view,
)
from zkproof.credential.link_secret import LinkSecret
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.presentation.presentation import present
from zkproof.presentation.report import Refusal, RefusalCode, Report
from zkproof.presentation.request import Request, VerifierIdentity, open_request
from zkproof.presentation.scopes import (
    ResolvedScope,
    ScopeError,
    recognitions,
    resolve_scopes,
)
from zkproof.presentation.verify import verify
from zkproof.sigma import pseudonym, tag
from zkproof.trust import RegisteredScope, RegisteredVerifier, ScopeForm, TrustView
from zkproof_circuits import library
from zkproof_circuits.circuit import Circuit
from zkproof_circuits.scopes import PeriodUnit

OTHER = VerifierIdentity("did:web:loans.mo", "Loans", "req-1")
STRANGER = VerifierIdentity("did:web:stranger.mo", "Stranger", "req-1")
PLEDGE = RegisteredScope(
    scope_id="governance#pledge",
    form=ScopeForm.TAG,
    unit=PeriodUnit.YEAR,
    slots=("holder", "account_hash"),
    since=TODAY,
    purpose="register of pledges",
    members=frozenset({VERIFIER.verifier_id, OTHER.verifier_id}),
)
KEY = Ed25519Signer.from_octets(b"\x0e" * 32)
TRUST = trust_view(
    scopes={PLEDGE.scope_id: PLEDGE},
    verifiers={
        each.verifier_id: RegisteredVerifier(
            each.verifier_id, each.name, each.key_id, SIGNER.public_key
        )
        for each in (VERIFIER, OTHER, STRANGER)
    },
)
HEAD = """
policy recognise v1
purpose "test"
credential a: deposit-certificate from any of registry "mo-banks"
credential i: identity from "did:web:dsi.gov.mo"
same holder a, i
"""
SHARED = 'tag of a.account_hash for shared scope "governance#pledge"'


def asked(statement: str, verifier: VerifierIdentity = VERIFIER, now: int = NOW) -> Request:
    return open_request(
        SIGNER,
        verifier,
        HEAD + statement,
        library.all_schemas(),
        ledger_id=LEDGER,
        checkpoint=CHECKPOINT,
        now=now,
    )


def answer(request: Request, trust: TrustView = TRUST, secret: LinkSecret = ALICE) -> bytes:
    held = {"a": deposit(secret), "i": identity(secret)}
    return present(request, request.circuit(trust.schemas), held, secret, trust).to_bytes()


def shown(request: Request, secret: LinkSecret = ALICE) -> bytes:
    """The pseudonym or tag in an answer that verifies."""
    outcome = verify(request, answer(request, secret=secret), TRUST, now=request.issued_at)
    assert isinstance(outcome, Report), outcome
    (only,) = outcome.pseudonyms
    return only.value


def test_two_verifiers_with_one_name_see_different_pseudonyms() -> None:
    mine, theirs = (asked('pseudonym for scope "loans"', each) for each in (VERIFIER, OTHER))
    assert shown(mine) == shown(asked('pseudonym for scope "loans"'))
    assert shown(mine) != shown(theirs)
    assert shown(mine) != shown(mine, MALLORY)


def test_pseudonym_and_tag_of_one_scope_have_nothing_in_common() -> None:
    texts = [
        next(iter(resolve_scopes(_circuit(statement), "v", TRUST, today=TODAY).values())).text
        for statement in ('pseudonym for scope "x"', 'tag of a.account_hash for scope "x"')
    ]
    assert len({*texts, *(pseudonym.base(text) for text in texts)}) == 4
    assert pseudonym.base(texts[0]) != tag.base(texts[0])


def _circuit(statement: str) -> Circuit:
    return asked(statement).circuit(TRUST.schemas)


def test_no_two_scopes_have_one_base() -> None:
    """Form, owner, name, period and attributes, each in turn: a text that runs over from one field
    into the next is another text.
    """
    scopes = [
        ResolvedScope(form, owner, name, unit, period, slots, (), None)
        for form, owner, name, (unit, period), slots in product(
            ScopeForm,
            ("did:web:a", "did:web:ab"),
            ("x", "bx", "x-2026"),
            (
                (None, None),
                (PeriodUnit.YEAR, "2026"),
                (PeriodUnit.MONTH, "2026-11"),
                (PeriodUnit.DAY, "2026-11-25"),
            ),
            (("holder",), ("holder", "account_hash")),
        )
    ]
    bases = {base(scope.text) for scope in scopes for base in (pseudonym.base, tag.base)}
    assert len(scopes) == 96
    assert len(bases) == 192


def test_who_is_a_member_does_not_change_the_tag() -> None:
    alone = replace(PLEDGE, members=frozenset({VERIFIER.verifier_id}))
    circuit = _circuit(SHARED)
    (one,), (other,) = (
        resolve_scopes(
            circuit, VERIFIER.verifier_id, replace(TRUST, scopes={each.scope_id: each}), today=TODAY
        ).values()
        for each in (PLEDGE, alone)
    )
    assert one.text == other.text
    assert one.members != other.members


def test_members_of_a_shared_scope_see_the_same_tag() -> None:
    assert shown(asked(SHARED)) == shown(asked(SHARED, OTHER))
    assert shown(asked(SHARED)) != shown(asked('tag of a.account_hash for scope "pledge" per year'))


def test_period_of_a_shared_scope_is_that_of_the_request() -> None:
    circuit = _circuit(SHARED)

    def label(today: int, scope: RegisteredScope = PLEDGE) -> str:
        trust = replace(TRUST, scopes={scope.scope_id: scope})
        (only,) = resolve_scopes(circuit, VERIFIER.verifier_id, trust, today=today).values()
        return only.label

    assert label(TODAY) == label(TODAY + 90) == "governance#pledge/2026"
    assert label(TODAY + 200) == "governance#pledge/2027"
    assert label(TODAY, replace(PLEDGE, unit=PeriodUnit.DAY)) == "governance#pledge/2026-09-21"
    assert label(TODAY, replace(PLEDGE, unit=None)) == "governance#pledge"


WRONG = {
    "not on the ledger": ({}, VERIFIER, TODAY, "no such scope"),
    "asked by a stranger": ({PLEDGE.scope_id: PLEDGE}, STRANGER, TODAY, "not a member"),
    "not begun": ({PLEDGE.scope_id: PLEDGE}, VERIFIER, TODAY - 1, "begins on"),
    "of another form": (
        {PLEDGE.scope_id: replace(PLEDGE, form=ScopeForm.PSEUDONYM)},
        VERIFIER,
        TODAY,
        "on the ledger it is a pseudonym",
    ),
    "of another attribute": (
        {PLEDGE.scope_id: replace(PLEDGE, slots=("holder", "document_sha256"))},
        VERIFIER,
        TODAY,
        "a tag of holder, document_sha256",
    ),
}


@pytest.mark.parametrize(
    ("scopes", "verifier", "today", "reason"), WRONG.values(), ids=WRONG.keys()
)
def test_shared_scope_in_which_nobody_may_ask_like_this(
    scopes: dict[str, RegisteredScope], verifier: VerifierIdentity, today: int, reason: str
) -> None:
    """The wallet stops, and so does the verifier for what another wallet made."""
    request = asked(SHARED, verifier, now=today * 86_400 + 3600)
    trust = replace(TRUST, scopes=scopes, as_of=request.issued_at)
    with pytest.raises(ScopeError, match=reason):
        answer(request, trust)
    everything = replace(PLEDGE, since=0, members=PLEDGE.members | {verifier.verifier_id})
    careless = replace(trust, scopes={PLEDGE.scope_id: everything})
    made = answer(request, careless)
    assert isinstance(verify(request, made, careless, now=request.issued_at), Report)
    refused = verify(request, made, trust, now=request.issued_at)
    assert isinstance(refused, Refusal)
    assert refused.code is RefusalCode.SCOPE_NOT_ACCEPTED


def test_holder_is_told_who_recognises_them() -> None:
    own, shared = (
        recognitions(_circuit(each), VERIFIER.verifier_id, TRUST, today=TODAY)[0]
        for each in ('pseudonym for scope "loans"', SHARED)
    )
    assert own.verifiers == ((VERIFIER.verifier_id, VERIFIER.name),)
    assert (own.named, own.attributes) == ("loans", ("a.holder",))
    assert {name for _, name in shared.verifiers} == {VERIFIER.name, OTHER.name}
    assert (shared.scope.form, shared.scope.period) == (ScopeForm.TAG, "2026")
