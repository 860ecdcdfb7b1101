"""Codes that a holder chooses are among those that the schema allows, whatever its program does."""

from __future__ import annotations

from unittest.mock import patch

import pytest

from tests.presentation.building import ALICE, BANK, KEYS, NOW
from zkproof.credential import committing, issuing
from zkproof.credential.issuing import Offer, accept, commit, issue, make_offer
from zkproof.curve import R
from zkproof.errors import IssuanceError, SchemaError
from zkproof.sigma import composite
from zkproof.sigma.clause import Opening
from zkproof_circuits.schema import Schema
from zkproof_circuits.schema_text import parse_schema

KEY = KEYS[BANK.issuer_id]


def schema(kind: str) -> Schema:
    return parse_schema(f"""
id = "residence-choice"
version = 1
title = {{ en = "Residence" }}
roles = {{ holder = "holder" }}
[[attributes]]
name = "holder"
type = {{ kind = "link_secret" }}
blind = true
label = {{ en = "holder" }}
[[attributes]]
name = "card"
type = {{ kind = "text", maximum_length = 20 }}
label = {{ en = "card" }}
[[attributes]]
name = "place"
type = {{ {kind} }}
blind = true
label = {{ en = "place" }}
""")


HK_OR_MO = schema('kind = "code", list = "country", allowed = ["HK", "MO"]')
ANY_COUNTRY = schema('kind = "code", list = "country"')


def offer_of(chosen: Schema) -> Offer:
    return make_offer(KEY, BANK, chosen, expires_at=NOW + 600)


@pytest.mark.parametrize("number", [344, 446])
def test_code_that_is_allowed_is_issued_unseen(number: int) -> None:
    offer = offer_of(HK_OR_MO)
    commitment, blind = commit(offer, ALICE, {"place": number})
    signed = issue(KEY, offer, {"card": "x"}, commitment, now=NOW)
    kept = accept(offer, signed, link_secret=ALICE, blind=blind, chosen={"place": number})
    assert kept.chosen == {"place": number}


def test_code_that_is_not_allowed_is_refused_by_the_holders_side() -> None:
    commit(offer_of(HK_OR_MO), ALICE, {"place": 446})
    with pytest.raises(SchemaError, match="place"):
        commit(offer_of(HK_OR_MO), ALICE, {"place": 156})


@pytest.mark.parametrize("number", [156, 3, 0, 999, R - 1])
def test_code_that_is_not_allowed_is_refused_by_the_issuer(number: int) -> None:
    """156 is China, which this schema leaves out; 3 is no country at all."""
    offer = offer_of(HK_OR_MO)
    honest, _ = commit(offer, ALICE, {"place": 446})
    issue(KEY, offer, {"card": "x"}, honest, now=NOW)
    issue(KEY, offer, {"card": "x"}, forged(offer, 446), now=NOW)
    with pytest.raises(IssuanceError, match="does not hold"):
        issue(KEY, offer, {"card": "x"}, forged(offer, number), now=NOW)


def forged(offer: Offer, number: int) -> bytes:
    """A commitment to any scalar, by a program without checks of its own."""
    statement, builder = committing._statement(offer.schema, issuing._context(offer))
    link = int.from_bytes(ALICE.export_secret(), "big")
    with patch.object(composite, "_check_constraints", lambda *_: None):
        return composite.prove(
            statement,
            (),
            builder.auxiliary_values([link, number]),
            clause_secrets=(Opening(7, (link, number % R)),),
        )


@pytest.mark.parametrize("number", [4, 446, 894])
def test_any_country_can_be_chosen_where_the_schema_allows_all(number: int) -> None:
    offer = offer_of(ANY_COUNTRY)
    commitment, _ = commit(offer, ALICE, {"place": number})
    issue(KEY, offer, {"card": "x"}, commitment, now=NOW)
    with pytest.raises(IssuanceError, match="does not hold"):
        issue(KEY, offer, {"card": "x"}, forged(offer, 3), now=NOW)
