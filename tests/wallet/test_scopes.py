"""A wallet answers in a scope only whom the ledger lets ask in it."""

from __future__ import annotations

from dataclasses import replace

from tests.presentation.building import NOW
from tests.presentation.test_scopes import OTHER, PLEDGE, SHARED, STRANGER, TRUST, asked
from tests.wallet.building import FUNDS, Time, make_ledger, make_verifier, resident
from zkproof.presentation.request import Request
from zkproof.trust import TrustView
from zkproof.verifier.verifier import Verifier
from zkproof.wallet.asker import Asked, WalletRules, check_request
from zkproof.wallet.consent import consent
from zkproof.wallet.reasons import ReasonCode


def reasons(request: Request, trust: TrustView = TRUST) -> list[ReasonCode]:
    found = check_request(request, trust, now=NOW, rules=WalletRules())
    return [] if isinstance(found, Asked) else [each.code for each in found]


def test_member_of_a_shared_scope_is_answered_and_nobody_else() -> None:
    assert reasons(asked(SHARED)) == []
    assert reasons(asked(SHARED, OTHER)) == []
    assert reasons(asked(SHARED, STRANGER)) == [ReasonCode.SCOPE_NOT_ACCEPTED]
    alone = replace(PLEDGE, members=frozenset({STRANGER.verifier_id}))
    moved = replace(TRUST, scopes={alone.scope_id: alone})
    assert reasons(asked(SHARED), moved) == [ReasonCode.SCOPE_NOT_ACCEPTED]
    assert reasons(asked(SHARED, STRANGER), moved) == []


def test_no_pseudonym_for_a_request_that_its_verifier_did_not_sign() -> None:
    """Whoever could ask in a bank's name would recognise its customers."""
    signed = asked('pseudonym for scope "loans"')
    assert reasons(signed) == []
    assert reasons(replace(signed, signature=bytes(64))) == [ReasonCode.UNSIGNED]
    stolen = replace(signed, verifier=OTHER)
    assert reasons(stolen) == [ReasonCode.UNSIGNED]


def test_consent_names_everybody_who_would_recognise_the_holder() -> None:
    clock = Time()
    ledger = make_ledger(clock)
    asking = make_verifier(ledger, clock)
    other = Verifier.create("did:web:loans.mo", "Loans", ledger=ledger, clock=clock)
    members = {asking.identity.verifier_id, other.identity.verifier_id}
    ledger.share_scope(replace(PLEDGE, members=frozenset(members), since=0))
    wallet, head = resident(clock), FUNDS.partition("reveal")[0]
    told = [
        consent(wallet.review(asking.request(head + statement), ledger), "en", None)
        for statement in ('pseudonym for scope "loans"', SHARED)
    ]
    assert "(Hengqin Bank)" in told[0]
    assert "Loans" not in told[0]
    assert "(Hengqin Bank, Loans)" in told[1]
