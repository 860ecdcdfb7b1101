"""An issuer that asks before it signs, and holders that answer, in the world of `building`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tests.presentation.building import (
    ALICE,
    AUTHORITY,
    BANK,
    KEYS,
    NOW,
)
from tests.presentation.publishing import (
    BANK_STATUS,
    IDENTITY_STATUS,
    published,
    tokens,
    version_of,
)
from zkproof.bbs.secret import ProverBlind
from zkproof.credential.credential import Credential
from zkproof.credential.issuing import IssuerIdentity, Offer, make_offer
from zkproof.credential.link_secret import LinkSecret
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.presentation.issuance import (
    IssuanceRequest,
    answer,
    ask,
    check_issuance_request,
)
from zkproof.trust import ListKind, TrustView
from zkproof_circuits import library
from zkproof_circuits.types import Value

ADMINS = {
    BANK.issuer_id: Ed25519Signer.from_octets(b"\x31" * 32),
    AUTHORITY.issuer_id: Ed25519Signer.from_octets(b"\x32" * 32),
}
STATUS = version_of(BANK_STATUS, ListKind.STATUS)
IDENTITIES = version_of(IDENTITY_STATUS, ListKind.STATUS)
PROOFS = [*tokens(STATUS, [4711, 4712, 4713]), *tokens(IDENTITIES, [815, 816])]
SCHEMA = library.schema("deposit-certificate")

RENEWAL = """
policy deposit-renewal v1
purpose "renewal of your certificate"
credential old: deposit-certificate from "did:web:bank-a.mo"
reveal old.account_hash
require not revoked old
"""
FIRST = """
policy first-certificate v1
purpose "your first certificate"
credential i: identity from "did:web:dsi.gov.mo"
reveal i.person_number
require not revoked i
"""


def with_admins(view: TrustView) -> TrustView:
    """The view with issuers' admin keys, as the ledger gives it."""
    issuers = {
        name: replace(each, admin_key=ADMINS[name].public_key) if name in ADMINS else each
        for name, each in view.issuers.items()
    }
    return replace(view, issuers=issuers)


TRUST = with_admins(published(STATUS, IDENTITIES))


def offer(identity: IssuerIdentity = BANK, schema: str = "deposit-certificate") -> Offer:
    key = KEYS[identity.issuer_id]
    return make_offer(key, identity, library.schema(schema), expires_at=NOW + 600)


def asked(
    policy: str | None = RENEWAL, made: Offer | None = None, *, adds_share: bool = False
) -> IssuanceRequest:
    made = made or offer()
    admin = ADMINS[made.issuer.issuer_id]
    return ask(
        admin,
        made,
        policy,
        library.all_schemas(),
        checkpoint=TRUST.checkpoint,
        now=NOW,
        adds_share=adds_share,
    )


def answered(
    request: IssuanceRequest,
    shown: Mapping[str, Credential] | None = None,
    secret: LinkSecret = ALICE,
    *,
    chosen: Mapping[str, Value] | None = None,
    trust: TrustView = TRUST,
    proofs: Sequence[object] = PROOFS,
) -> tuple[bytes, ProverBlind]:
    """What a wallet does: check what is asked, then answer."""
    circuit = check_issuance_request(request, trust, NOW)
    return answer(
        request,
        secret,
        trust,
        circuit=circuit,
        credentials=shown,
        chosen=chosen,
        list_proofs=proofs,  # type: ignore[arg-type]
    )
