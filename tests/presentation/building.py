"""A small world for tests: an authority, two banks, two residents, a verifier, and a trust view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from zkproof import bbs
from zkproof.credential.credential import Credential
from zkproof.credential.issuing import IssuerIdentity, accept, commit, issue, make_offer
from zkproof.credential.link_secret import LinkSecret
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.ledger.possession import Purpose, gate_pair, prove_possession
from zkproof.presentation.request import Request, VerifierIdentity, open_request
from zkproof.trust import Checkpoint, Issuer, IssuerKey, TrustView
from zkproof_circuits import library
from zkproof_circuits.types import Value

NOW = 1_790_000_000
TODAY = NOW // 86_400
LEDGER = "ledger.test"
CHECKPOINT = Checkpoint(7, b"\x05" * 32)

AUTHORITY = IssuerIdentity("did:web:dsi.gov.mo", "Identification Services", "2026-1", LEDGER)
BANK = IssuerIdentity("did:web:bank-a.mo", "Bank A", "2026-1", LEDGER)
OTHER_BANK = IssuerIdentity("did:web:bank-b.mo", "Bank B", "2026-1", LEDGER)
TAX_OFFICE = IssuerIdentity("did:web:dsf.gov.mo", "Tax Office", "2026-1", LEDGER)
ISSUERS = (AUTHORITY, BANK, OTHER_BANK, TAX_OFFICE)
KEYS = {
    AUTHORITY.issuer_id: bbs.keygen(b"\x0a" * 32),
    BANK.issuer_id: bbs.keygen(b"\x0b" * 32),
    OTHER_BANK.issuer_id: bbs.keygen(b"\x0c" * 32),
    TAX_OFFICE.issuer_id: bbs.keygen(b"\x0e" * 32),
}
ALICE = LinkSecret.from_octets((0xA11CE**7).to_bytes(32, "big"))
MALLORY = LinkSecret.from_octets((0x3A1107**6).to_bytes(32, "big"))

VERIFIER = VerifierIdentity("did:web:hengqin-bank.cn", "Hengqin Bank", "req-1")
SIGNER = Ed25519Signer.from_octets(b"\x0d" * 32)

POLICY = """
policy proof-of-funds v1
purpose "account opening"
credential a: deposit-certificate from any of registry "mo-banks"
credential i: identity from "did:web:dsi.gov.mo"
same holder a, i
reveal a.currency, a.bank_name
require a.balance >= 500_000.00 MOP
require a.as_of >= today - 30 days
"""

INCOME: dict[str, Value] = {
    "rid": 90210,
    "tax_year": 2025,
    "monthly_income": 4_200_000,
    "monthly_debt": 0,
    "months_employed": 30,
    "employer": "Macau Casino",
    "as_of": TODAY - 20,
    "document_sha256": bytes(32),
    "document_sm3": bytes(32),
    "valid_from": TODAY - 20,
    "valid_until": TODAY + 300,
}
DEPOSIT: dict[str, Value] = {
    "rid": 4711,
    "bank_name": "Bank A",
    "account_hash": b"\x01" * 32,
    "currency": 446,
    "balance": 750_000_00,
    "account_kind": 1,
    "residency": 446,
    "opened": TODAY - 1000,
    "as_of": TODAY - 3,
    "document_sha256": b"\x02" * 32,
    "document_sm3": b"\x03" * 32,
    "valid_from": TODAY - 3,
    "valid_until": TODAY + 90,
}
IDENTITY: dict[str, Value] = {
    "rid": 815,
    "name": "Chan Tai Man",
    "birth_date": 8_000,
    "nationality": 446,
    "residency": 446,
    "permanent_resident": 1,
    "document_kind": 0,
    "person_number": 99_001,
    "document_hash": b"\x04" * 32,
    "valid_from": TODAY - 400,
    "valid_until": TODAY + 2000,
}


def issued(
    issuer: IssuerIdentity,
    schema: str,
    values: Mapping[str, Value],
    link_secret: LinkSecret,
    *,
    key: bbs.SigningKey | None = None,
) -> Credential:
    """A credential through the whole exchange: offer, commitment, signature, acceptance."""
    signing_key = key or KEYS[issuer.issuer_id]
    offer = make_offer(signing_key, issuer, library.schema(schema), expires_at=NOW + 600)
    commitment, blind = commit(offer, link_secret)
    received = issue(signing_key, offer, values, commitment, now=NOW)
    return accept(offer, received, link_secret=link_secret, blind=blind)


def deposit(link_secret: LinkSecret = ALICE, /, **changes: Value) -> Credential:
    return issued(BANK, "deposit-certificate", {**DEPOSIT, **changes}, link_secret)


def income(link_secret: LinkSecret = ALICE, /, **changes: Value) -> Credential:
    return issued(TAX_OFFICE, "income-statement", {**INCOME, **changes}, link_secret)


def identity(link_secret: LinkSecret = ALICE, /, **changes: Value) -> Credential:
    return issued(AUTHORITY, "identity", {**IDENTITY, **changes}, link_secret)


def request(policy: str = POLICY, **changes: object) -> Request:
    arguments: dict[str, object] = {
        "ledger_id": LEDGER,
        "checkpoint": CHECKPOINT,
        "now": NOW,
        **changes,
    }
    return open_request(SIGNER, VERIFIER, policy, library.all_schemas(), **arguments)  # type: ignore[arg-type]


def trust_view(**changes: object) -> TrustView:
    """What the ledger says: four issuers, one registry, all packaged schemas."""

    def issuer(identity: IssuerIdentity) -> Issuer:
        public_key = KEYS[identity.issuer_id].public_key.octets
        names = (LEDGER, identity.issuer_id, identity.key_id)
        proof = prove_possession(KEYS[identity.issuer_id], *names)
        pair = gate_pair(public_key, proof, *names, purpose=Purpose.CREDENTIALS)
        key = IssuerKey(
            identity.key_id,
            public_key,
            not_before=NOW - 10**6,
            gate_pair=b"" if pair is None else pair.octets,
        )
        return Issuer(identity.issuer_id, identity.name, {identity.key_id: key})

    view = TrustView(
        ledger_id=LEDGER,
        tree_size=7,
        root_hash=b"\x05" * 32,
        as_of=NOW - 60,
        issuers={each.issuer_id: issuer(each) for each in ISSUERS},
        schemas={schema.digest: schema for schema in library.all_schemas()},
        registries={"mo-banks": frozenset({BANK.issuer_id, OTHER_BANK.issuer_id})},
    )
    return replace(view, **changes)  # type: ignore[arg-type]
