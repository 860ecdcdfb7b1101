"""Issuers, credentials and lists for the question of ways and hidden issuers.

An identity of four messages; accounts of ten messages (one of either is the blinding that the
holder adds), each bank's signed by its own key, with a status list of its own under a key of its
own. One resident holds the identity and an account at
every bank. Accounts come with and without days of validity.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from tests.presentation.building import ALICE, CHECKPOINT, LEDGER, NOW, SIGNER, TODAY, VERIFIER
from tests.presentation.publishing import gaps, tokens, version_of
from zkproof import bbs
from zkproof.bbs.knowledge import HeldSignature
from zkproof.credential.credential import Credential, open_credential
from zkproof.credential.issuing import IssuerIdentity, accept, commit, issue, make_offer
from zkproof.credential.list_proof import ListProof
from zkproof.ledger.possession import Purpose, gate_pair, prove_possession
from zkproof.presentation.request import Request, open_request
from zkproof.trust import (
    Issuer,
    IssuerKey,
    ListKind,
    ListVersion,
    Spread,
    TrustView,
    status_list_id,
)
from zkproof_circuits.schema import Schema
from zkproof_circuits.schema_text import parse_schema
from zkproof_circuits.types import Value

MOST = 10
RECORD = 4711

_AUTHORITY = IssuerIdentity("did:web:authority.example", "Authority", "1", LEDGER)
_BANKS = tuple(
    IssuerIdentity(f"did:web:bank-{k:02}.example", f"Bank {k}", "1", LEDGER) for k in range(MOST)
)
_KEYS = {
    each.issuer_id: bbs.keygen(bytes([0x51 + k]) * 32)
    for k, each in enumerate((_AUTHORITY, *_BANKS))
}
_LIST_KEYS = {each.issuer_id: bbs.keygen(bytes([0x71 + k]) * 32) for k, each in enumerate(_BANKS)}

_HEAD = """
version = 1
title = {{ en = "{title}" }}
[roles]
holder = "holder"
record_id = "rid"
{roles}
[[attributes]]
name = "holder"
type = {{ kind = "link_secret" }}
blind = true
label = {{ en = "link secret" }}
[[attributes]]
name = "rid"
type = {{ kind = "id" }}
label = {{ en = "record" }}
"""
_INTEGER = '{ kind = "int", minimum = 0, maximum = 9223372036854775807 }'
_MONEY = '{ kind = "money", currency = "MOP", scale = 2, maximum = 9223372036854775807 }'
_DATE = '{ kind = "date" }'
_VALIDITY = 'valid_from = "valid_from"\nvalid_until = "valid_until"'
_ACCOUNT = {
    "balance": _MONEY,
    "valid_from": _DATE,
    "valid_until": _DATE,
    **{f"note_{k}": _INTEGER for k in range(4)},
}


def _schema(name: str, types: Mapping[str, str], roles: str = "") -> Schema:
    attributes = "".join(
        f'[[attributes]]\nname = "{attribute}"\ntype = {kind}\nlabel = {{ en = "{attribute}" }}\n'
        for attribute, kind in types.items()
    )
    title = name.replace("-", " ")
    return parse_schema(f'id = "{name}"' + _HEAD.format(title=title, roles=roles) + attributes)


IDENTITY = _schema("brief-identity", {"born": _DATE})
ACCOUNT = _schema("account", _ACCOUNT)
DATED = _schema("dated-account", _ACCOUNT, _VALIDITY)
SCHEMAS = (IDENTITY, ACCOUNT, DATED)

_VALUES: dict[str, Value] = {
    "rid": RECORD,
    "balance": 750_000_00,
    "born": 8_000,
    "valid_from": TODAY - 3,
    "valid_until": TODAY + 90,
    **{f"note_{k}": k for k in range(4)},
}


@dataclass(frozen=True, slots=True)
class Holding:
    """A credential, opened once."""

    credential: Credential
    signature: HeldSignature


def bank(number: int) -> str:
    """The bank's identifier; numbers ascend as identifiers do."""
    return _BANKS[number].issuer_id


@cache
def identity() -> Holding:
    return _issued(_AUTHORITY, IDENTITY)


@cache
def account(number: int, *, dated: bool) -> Holding:
    """At that bank."""
    return _issued(_BANKS[number], DATED if dated else ACCOUNT)


def _issued(issuer: IssuerIdentity, schema: Schema) -> Holding:
    values = {each.name: _VALUES[each.name] for each in schema.attributes if each.name in _VALUES}
    offer = make_offer(_KEYS[issuer.issuer_id], issuer, schema, expires_at=NOW + 600)
    commitment, blind = commit(offer, ALICE)
    received = issue(_KEYS[issuer.issuer_id], offer, values, commitment, now=NOW)
    credential = accept(offer, received, link_secret=ALICE, blind=blind)
    return Holding(credential, open_credential(credential, ALICE))


@cache
def _version(number: int, kind: ListKind) -> ListVersion:
    list_id = status_list_id(bank(number), DATED.id)
    return version_of(list_id, kind, key=_LIST_KEYS[bank(number)], spread=Spread.PREFIX)


def standing(number: int, kind: ListKind) -> list[ListProof]:
    """What shows that the account at that bank is not revoked."""
    version, key = _version(number, kind), _LIST_KEYS[bank(number)]
    if kind is ListKind.STATUS:
        return tokens(version, [RECORD], key)
    return gaps(version, [100, 9000], key)


def trust(kind: ListKind | None) -> TrustView:
    """What the ledger says; status lists of that kind, or none."""
    versions = [] if kind is None else [_version(k, kind) for k in range(MOST)]
    return TrustView(
        ledger_id=LEDGER,
        tree_size=CHECKPOINT.size,
        root_hash=CHECKPOINT.root,
        as_of=NOW - 60,
        issuers={each.issuer_id: _issuer(each) for each in (_AUTHORITY, *_BANKS)},
        schemas={schema.digest: schema for schema in SCHEMAS},
        registries={},
        lists={each.list_id: (each,) for each in versions},
    )


@cache
def _issuer(identity: IssuerIdentity) -> Issuer:
    key = _KEYS[identity.issuer_id]
    names = (LEDGER, identity.issuer_id, identity.key_id)
    public_key = key.public_key.octets
    proof = prove_possession(key, *names)
    pair = gate_pair(public_key, proof, *names, purpose=Purpose.CREDENTIALS)
    assert pair is not None
    entry = IssuerKey(identity.key_id, public_key, not_before=NOW - 10**6, gate_pair=pair.octets)
    return Issuer(identity.issuer_id, identity.name, {identity.key_id: entry})


def request(policy: str) -> Request:
    return open_request(
        SIGNER, VERIFIER, policy, SCHEMAS, ledger_id=LEDGER, checkpoint=CHECKPOINT, now=NOW
    )
