"""Hidden alternatives from request to report: whichever way holds, and nothing shows which."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.presentation.building import (
    ALICE,
    BANK,
    MALLORY,
    NOW,
    OTHER_BANK,
    TAX_OFFICE,
    TODAY,
    deposit,
    identity,
    income,
    request,
    trust_view,
)
from tests.presentation.publishing import BANK_STATUS
from tests.presentation.ways import (
    EITHER,
    HIDDEN,
    OTHER_STATUS,
    answered,
    changed,
    changed_key,
    holdings,
    list_proofs,
    listed,
    other_deposit,
    trip,
)
from zkproof.credential.credential import Credential, open_credential
from zkproof.errors import ConflictError, IssuanceError, UsageError
from zkproof.presentation.presentation import (
    Presentation,
    PresentedCredential,
    PresentedHidden,
    present_held,
)
from zkproof.presentation.report import (
    HiddenIssuerCredential,
    ProvenCredential,
    Refusal,
    RefusalCode,
    Report,
)
from zkproof.presentation.verify import verify

WAYS = ("token", "gap", "income", "both")


def code_of(outcome: Report | Refusal) -> RefusalCode | None:
    return outcome.code if isinstance(outcome, Refusal) else None


@pytest.mark.parametrize("held", WAYS)
def test_every_way_is_proven_and_no_length_tells_which(held: str) -> None:
    answer, report = trip(EITHER, holdings()[held])
    assert isinstance(report, Report)
    others = {len(trip(EITHER, each)[0].to_bytes()) for each in holdings().values()}
    assert others == {len(answer.to_bytes())}
    assert set(answer.credentials) == {"i"}


def test_report_names_every_issuer_that_may_have_signed() -> None:
    reports = [trip(EITHER, each)[1] for each in holdings().values()]
    told = set()
    for report in reports:
        assert isinstance(report, Report)
        a, i, s = report.credentials
        assert isinstance(a, HiddenIssuerCredential)
        assert isinstance(s, HiddenIssuerCredential)
        assert isinstance(i, ProvenCredential)
        assert (a.in_a_way, a.disclosed) == (True, {})
        assert a.issuers == ((BANK.issuer_id, "Bank A"), (OTHER_BANK.issuer_id, "Bank B"))
        assert a.status == ((BANK_STATUS, 5), (OTHER_STATUS, 5))
        told.add(repr((report.credentials, report.constraints, report.lists)))
        assert "balance" in a.hidden
    assert len(told) == 1


@pytest.mark.parametrize(
    "broken",
    [
        {"a": deposit(balance=499_999_99)},
        {"a": deposit(rid=6)},  # no token
        {"a": deposit(valid_until=TODAY - 1)},
        {"a": other_deposit(rid=100)},  # revoked: the end of two gaps
        {"s": income(monthly_income=2_999_999)},
        {"s": income(rid=9000)},
        {"s": income(valid_from=TODAY + 1)},
        {},
    ],
    ids=["short", "no token", "expired", "revoked", "poor", "revoked income", "early", "nothing"],
)
def test_way_that_does_not_hold_is_not_proven(broken: dict[str, Credential]) -> None:
    trip(EITHER, holdings()["token"])
    with pytest.raises(ConflictError, match="does not hold"):
        trip(EITHER, {"i": identity(), **broken})


def test_way_that_holds_is_found_beside_one_that_does_not() -> None:
    for held in (
        {"i": identity(), "a": deposit(balance=1), "s": income()},
        {"i": identity(), "a": deposit(), "s": income(monthly_income=1)},
    ):
        assert isinstance(trip(EITHER, held)[1], Report)


def test_credential_of_somebody_else_is_no_way() -> None:
    """Mallory lends Alice a certificate, and whoever holds the statement's witness tries it."""
    asked, trust = request(EITHER), listed()
    circuit = asked.circuit(trust.schemas)
    own = {"i": identity(), "a": deposit()}
    lent = {"i": identity(), "a": deposit(MALLORY)}
    opened = {name: open_credential(each, ALICE) for name, each in own.items()}
    present_held(asked, circuit, own, opened, trust, list_proofs=list_proofs())
    with pytest.raises(IssuanceError):
        answered(asked, lent, trust)
    opened["a"] = open_credential(lent["a"], MALLORY)
    with pytest.raises(ConflictError, match="does not hold"):
        present_held(asked, circuit, lent, opened, trust, list_proofs=list_proofs())


@pytest.mark.parametrize("own", [deposit(), other_deposit()], ids=["A", "B"])
def test_hidden_issuer_is_one_of_the_registry(own: Credential) -> None:
    answer, report = trip(HIDDEN, {"i": identity(), "a": own})
    assert isinstance(report, Report)
    a = report.credentials[0]
    assert isinstance(a, HiddenIssuerCredential)
    assert not a.in_a_way
    assert a.disclosed == {"residency": 446}
    assert [name for _, name in a.issuers] == ["Bank A", "Bank B"]
    assert answer.credentials["a"] == PresentedHidden({"residency": 446})
    assert b"bank" not in answer.to_bytes()


@pytest.mark.parametrize(
    ("own", "revoked"),
    [(deposit(), deposit(rid=6)), (other_deposit(), other_deposit(rid=100))],
    ids=["no token", "no gap"],
)
def test_revoked_certificate_of_a_hidden_issuer_is_not_proven(
    own: Credential, revoked: Credential
) -> None:
    trip(HIDDEN, {"i": identity(), "a": own})
    with pytest.raises(ConflictError, match=r"does not hold|no signature where one"):
        trip(HIDDEN, {"i": identity(), "a": revoked})


def test_issuer_outside_the_set_is_not_hidden_in_it() -> None:
    policy = HIDDEN.replace('registry "mo-banks" up to 5', '{"did:web:bank-b.mo"}')
    assert isinstance(trip(policy, {"i": identity(), "a": other_deposit()})[1], Report)
    with pytest.raises(ConflictError, match="none of the keys"):
        trip(policy, {"i": identity(), "a": deposit()})


# The presentation on its way


def forged(answer: Presentation, **changes: object) -> bytes:
    return replace(answer, **changes).to_bytes()  # type: ignore[arg-type]


def test_presentation_that_says_more_or_less_of_hidden_credentials_is_refused() -> None:
    asked, trust = request(HIDDEN), listed()
    answer = answered(asked, {"i": identity(), "a": deposit()}, trust)
    named = PresentedCredential(BANK.issuer_id, "2026-1", {"residency": 446})
    i = answer.credentials["i"]
    a = answer.credentials["a"]
    assert isinstance(verify(asked, answer.to_bytes(), trust, now=NOW + 10), Report)
    for credentials, code in (
        ({"i": i, "a": named}, RefusalCode.CREDENTIALS_MISMATCH),
        ({"i": PresentedHidden({}), "a": a}, RefusalCode.CREDENTIALS_MISMATCH),
        ({"i": i}, RefusalCode.CREDENTIALS_MISMATCH),
        ({"i": i, "a": PresentedHidden({})}, RefusalCode.DISCLOSED_MISMATCH),
        ({"i": i, "a": PresentedHidden({"residency": 344})}, RefusalCode.PROOF_INVALID),
    ):
        outcome = verify(asked, forged(answer, credentials=credentials), trust, now=NOW + 10)
        assert code_of(outcome) is code


def test_presentation_that_names_a_credential_of_a_way_is_refused() -> None:
    asked, trust = request(EITHER), listed()
    answer = answered(asked, holdings()["token"], trust)
    more = {**answer.credentials, "a": PresentedHidden({})}
    assert isinstance(verify(asked, answer.to_bytes(), trust, now=NOW + 10), Report)
    outcome = verify(asked, forged(answer, credentials=more), trust, now=NOW + 10)
    assert code_of(outcome) is RefusalCode.CREDENTIALS_MISMATCH


def test_every_octet_of_the_proof_matters() -> None:
    asked, trust = request(EITHER), listed()
    answer = answered(asked, holdings()["income"], trust)
    assert isinstance(verify(asked, answer.to_bytes(), trust, now=NOW + 10), Report)
    for position in range(0, len(answer.proof), 61):
        proof = bytearray(answer.proof)
        proof[position] ^= 1
        outcome = verify(asked, forged(answer, proof=bytes(proof)), trust, now=NOW + 10)
        assert code_of(outcome) is RefusalCode.PROOF_INVALID


# What must not depend on the holder


def test_issuer_with_two_keys_is_two_alternatives() -> None:
    trust = listed()
    keys = trust.issuers[OTHER_BANK.issuer_id].keys
    second = replace(keys["2026-1"], key_id="2027-1")
    both = changed(trust, OTHER_BANK.issuer_id, keys={**keys, "2027-1": second})
    single, _ = trip(HIDDEN, {"i": identity(), "a": deposit()})
    answer, report = trip(HIDDEN, {"i": identity(), "a": deposit()}, trust=both)
    assert isinstance(report, Report)
    assert len(answer.proof) - len(single.proof) == 224


@pytest.mark.parametrize("policy", [EITHER, HIDDEN], ids=["way", "hidden"])
def test_what_the_ledger_says_after_the_request_ends_it(policy: str) -> None:
    held = {"i": identity(), "a": deposit()}
    trust = listed(tree_size=9, registry_positions={"mo-banks": 3})
    other = OTHER_BANK.issuer_id
    revoked = {"revoked_at": NOW, "changed_position": 8}
    for later in (
        changed_key(trust, other, **revoked),
        changed_key(trust, other, not_after=NOW + 10**6, changed_position=7),
        changed(trust, other, suspended=True, standing_position=8),
        replace(trust, registry_positions={"mo-banks": 7}),
    ):
        assert isinstance(trip(policy, held, trust=trust)[1], Report)
        outcome = trip(policy, held, trust=trust, later=later)[1]
        assert code_of(outcome) is RefusalCode.ISSUERS_CHANGED
    # A registration after the request changes nothing: that key is in nobody's set.
    newer = changed_key(trust, TAX_OFFICE.issuer_id)
    assert isinstance(trip(policy, held, trust=trust, later=newer)[1], Report)
    keys = trust.issuers[other].keys
    added = replace(keys["2026-1"], key_id="2027-1", position=8, changed_position=8)
    more = changed(trust, other, keys={**keys, "2027-1": added})
    assert isinstance(trip(policy, held, trust=trust, later=more)[1], Report)


@pytest.mark.parametrize("policy", [EITHER, HIDDEN], ids=["way", "hidden"])
def test_what_was_over_before_the_request_is_left_out(policy: str) -> None:
    held, trust = {"i": identity(), "a": deposit()}, listed()
    other = OTHER_BANK.issuer_id
    whole, _ = trip(policy, held, trust=trust)
    for before in (
        changed_key(trust, other, revoked_at=NOW - 5, changed_position=3),
        changed_key(trust, other, not_after=NOW - 5, changed_position=3),
        changed(trust, other, suspended=True, standing_position=3),
        replace(trust, registries={"mo-banks": frozenset({BANK.issuer_id})}),
    ):
        answer, report = trip(policy, held, trust=before)
        assert isinstance(report, Report)
        assert len(answer.proof) < len(whole.proof)
        with pytest.raises(ConflictError):
            trip(policy, {"i": identity(), "a": other_deposit()}, trust=before)


def test_key_that_ends_before_the_answer_is_refused() -> None:
    held = {"i": identity(), "a": deposit()}
    trust = changed_key(listed(), OTHER_BANK.issuer_id, not_after=NOW + 20)
    assert isinstance(trip(HIDDEN, held, trust=trust, now=NOW + 20)[1], Report)
    outcome = trip(HIDDEN, held, trust=trust, now=NOW + 21)[1]
    assert code_of(outcome) is RefusalCode.KEY_EXPIRED


def test_more_issuers_than_the_policy_allows_are_refused() -> None:
    few = HIDDEN.replace("up to 5", "up to 1")
    held, trust = {"i": identity(), "a": deposit()}, listed()
    one = replace(trust, registries={"mo-banks": frozenset({BANK.issuer_id})})
    assert isinstance(trip(few, held, trust=one)[1], Report)
    assert code_of(trip(few, held, trust=one, later=trust)[1]) is RefusalCode.TOO_MANY_ISSUERS
    with pytest.raises(ConflictError, match="hides one among 1"):
        trip(few, held, trust=trust)


def test_list_whose_key_is_revoked_after_the_request_ends_it() -> None:
    held, trust = {"i": identity(), "s": income()}, listed(tree_size=9)
    stolen = replace(trust.lists[OTHER_STATUS][0], key_revoked=True, revoked_position=8)
    lists = {**trust.lists, OTHER_STATUS: (stolen,)}
    assert isinstance(trip(EITHER, held, trust=trust)[1], Report)
    outcome = trip(EITHER, held, trust=trust, later=replace(trust, lists=lists))[1]
    assert code_of(outcome) is RefusalCode.LIST_NOT_CURRENT


def test_issuer_without_a_list_in_force_is_no_alternative() -> None:
    trust = listed()
    stolen = replace(trust.lists[OTHER_STATUS][0], key_revoked=True, revoked_position=3)
    for versions in ((), (stolen,)):
        unlisted = replace(trust, lists={**trust.lists, OTHER_STATUS: versions})
        for policy in (EITHER, HIDDEN):
            report = trip(policy, {"i": identity(), "a": deposit()}, trust=unlisted)[1]
            assert isinstance(report, Report)
            a = report.credentials[0]
            assert isinstance(a, HiddenIssuerCredential)
            assert a.status == ((BANK_STATUS, 5),)
            with pytest.raises(ConflictError, match="does not hold"):
                trip(policy, {"i": identity(), "a": other_deposit()}, trust=unlisted)


def test_way_without_any_issuer_is_closed_and_the_others_stay_open() -> None:
    trust = changed(listed(), TAX_OFFICE.issuer_id, suspended=True, standing_position=3)
    whole, _ = trip(EITHER, holdings()["token"])
    answer, report = trip(EITHER, holdings()["token"], trust=trust)
    assert isinstance(report, Report)
    assert len(answer.proof) < len(whole.proof)
    with pytest.raises(ConflictError, match="none of the keys"):
        trip(EITHER, holdings()["income"], trust=trust)
    banks = {"mo-banks": frozenset[str]()}
    with pytest.raises(ConflictError):
        trip(EITHER, {"i": identity()}, trust=replace(trust, registries=banks))


def test_hidden_issuer_that_nobody_is_is_refused() -> None:
    held, trust = {"i": identity(), "a": deposit()}, listed()
    nobody = replace(trust, registries={"mo-banks": frozenset()})
    outcome = trip(HIDDEN, held, trust=trust, later=nobody)[1]
    assert code_of(outcome) is RefusalCode.ISSUER_UNKNOWN


def test_ledger_that_knows_no_pair_of_a_key_is_no_ground_to_prove_on() -> None:
    held = {"i": identity(), "a": deposit()}
    bare = changed_key(listed(), OTHER_BANK.issuer_id, gate_pair=b"")
    with pytest.raises(UsageError, match="no pair of"):
        trip(HIDDEN, held, trust=bare)
    keys = trust_view().issuers
    wrong = keys[BANK.issuer_id].keys["2026-1"].gate_pair
    with pytest.raises(UsageError, match="not one of this key"):
        trip(HIDDEN, held, trust=changed_key(listed(), OTHER_BANK.issuer_id, gate_pair=wrong))


# Lists in conditions, ways in ways


NESTED = """
policy nested v1
purpose "x"
credential i: identity from "did:web:dsi.gov.mo"
either
  credential a: deposit-certificate from any of registry "mo-banks"
  either
    require a.balance >= 500_000.00 MOP
  or
    credential s: income-statement from "did:web:dsf.gov.mo"
    require a.balance + s.monthly_income >= 700_000.00 MOP
or
  require i.residency = HK
same holder i, a, s
"""


@pytest.mark.parametrize(
    ("held", "holds"),
    [
        ({"i": identity(), "a": deposit()}, True),
        ({"i": identity(), "a": deposit(balance=49_999_999)}, False),
        ({"i": identity(), "a": deposit(balance=49_999_999), "s": income()}, False),
        (
            {
                "i": identity(),
                "a": deposit(balance=49_999_999),
                "s": income(monthly_income=20_000_001),
            },
            True,
        ),
        ({"i": identity(), "s": income()}, False),
        ({"i": identity(residency=344)}, True),
        ({"i": identity()}, False),
    ],
)
def test_way_in_a_way(held: dict[str, Credential], holds: bool) -> None:
    if holds:
        answer, report = trip(NESTED, held)
        assert isinstance(report, Report)
        whole, _ = trip(NESTED, {"i": identity(), "a": deposit()})
        assert len(answer.to_bytes()) == len(whole.to_bytes())
    else:
        with pytest.raises(ConflictError, match="does not hold"):
            trip(NESTED, held)
