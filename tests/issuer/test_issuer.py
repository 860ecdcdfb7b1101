"""The issuer's front class: offers, signatures, renewal, records, keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.issuer.building import PAYROLL, PAYROLL_TOML
from zkproof import Issuer, Ledger, Report, Verifier, Wallet
from zkproof.clock import Clock
from zkproof.errors import (
    ConflictError,
    DecodeError,
    IssuanceError,
    LedgerError,
    NotFoundError,
    SchemaError,
    UsageError,
    WalletError,
)
from zkproof.issuer.folder import KEYS, REGISTRATION, SALT, read_salt
from zkproof.issuer.issuer import DAY, MAX_OFFER_SECONDS
from zkproof.issuer.offer_files import file_name
from zkproof.issuer.records import State
from zkproof.ledger.rules.issuers import KEY_INTERVAL

NOW = 1_800_000_000
VALUES = {
    "employer": "Works",
    "salary": "35000.00",
    "months": 36,
    "valid_from": "2026-01-01",
    "valid_until": "2099-12-31",
}
POLICY = """
policy salaries v1
purpose "a loan"
credential p: payroll from "did:web:works.example"
require p.salary >= 30_000.00 MOP
"""


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


def works(clock: Clock) -> Issuer:
    return Issuer.create("did:web:works.example", "Works", ledger_id="ledger.example", clock=clock)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def employer(time: Time) -> Issuer:
    return works(time)


def test_own_schema_is_offered_signed_and_proven(tmp_path: Path, time: Time) -> None:
    (tmp_path / "payroll.toml").write_text(PAYROLL_TOML)
    employer = works(time)
    ledger = Ledger.in_memory(issuers=[employer], clock=time)
    ledger.govern("schema-publish", {"schema": PAYROLL.to_bytes()})
    wallet = Wallet.in_memory(clock=time)
    for schema in (PAYROLL, tmp_path / "payroll.toml", str(tmp_path / "payroll.toml")):
        offer = employer.offer(schema, VALUES)
        wallet.receive(employer.issue(offer, wallet.commit(offer)))
    verifier = Verifier.create("did:web:v.example", "V", ledger=ledger, clock=time)
    request = verifier.request(POLICY)
    assert isinstance(verifier.verify(request, wallet.review(request, ledger).prove()), Report)


def test_every_fault_of_values_is_named(employer: Issuer) -> None:
    employer.offer(PAYROLL, VALUES)
    bad = {**VALUES, "salary": "35,000.00", "months": True, "bonus": "1"}
    with pytest.raises(SchemaError) as caught:
        employer.offer(PAYROLL, bad)
    for name in ("salary", "months", "bonus"):
        assert name in caught.value.message
    with pytest.raises(SchemaError, match="employer"):
        employer.offer(PAYROLL, {n: v for n, v in VALUES.items() if n != "employer"})
    assert employer.records.counts() == (1, 0)


@pytest.mark.parametrize("lifetime", [0, -1, MAX_OFFER_SECONDS + 1, 10**30])
def test_offer_that_has_ended_or_never_ends_is_refused(employer: Issuer, lifetime: int) -> None:
    offer = employer.offer(PAYROLL, VALUES, lifetime=MAX_OFFER_SECONDS)
    with pytest.raises(UsageError, match="lifetime"):
        employer.offer(PAYROLL, VALUES, lifetime=lifetime)
    with pytest.raises(UsageError, match="lifetime"):
        employer.renew(offer, lifetime=lifetime)
    assert employer.records.counts() == (1, 0)


def test_lapsed_offer_is_renewed_and_the_old_one_is_void(employer: Issuer, time: Time) -> None:
    wallet = Wallet.in_memory(clock=time)
    offer = employer.offer(PAYROLL, VALUES, reference="4711", lifetime=DAY)
    other = employer.offer(PAYROLL, VALUES, lifetime=10 * DAY)
    time.now += DAY + 1
    assert [each.state for each in employer.find("4711")] == [State.LAPSED]
    with pytest.raises(IssuanceError, match="expired"):
        employer.issue(offer, wallet.commit(offer))
    assert employer.renew_lapsed(lifetime=DAY) == 1
    (found,) = employer.find("4711")
    assert found.state is State.OPEN
    assert found.offer_id != offer.offer_id
    with pytest.raises(IssuanceError, match="renewed"):
        employer.issue(offer, wallet.commit(offer))
    renewed = employer.records.offer(found.offer_id)
    wallet.receive(employer.issue(renewed, wallet.commit(renewed)))
    with pytest.raises(IssuanceError, match="answered"):
        employer.renew(renewed)
    assert employer.renew_lapsed() == 0
    assert employer.records.offer(other.offer_id) == other


def test_record_identifier_is_kept_through_a_renewal(employer: Issuer) -> None:
    offer = employer.offer(PAYROLL, VALUES, reference="4711")
    (before,) = employer.find("4711")
    employer.renew(offer)
    (after,) = employer.find("4711")
    assert before.record_id == after.record_id
    assert employer.records.values(after.offer_id)["rid"] == before.record_id


def test_values_can_be_told_when_it_is_signed_and_not_changed_after(employer: Issuer) -> None:
    wallet = Wallet.in_memory()
    offer = employer.offer(PAYROLL, None)
    commitment = wallet.commit(offer)
    with pytest.raises(IssuanceError, match="not told"):
        employer.issue(offer, commitment)
    first = employer.issue(offer, commitment, values=VALUES)
    assert employer.issue(offer, commitment, values=VALUES).to_bytes() == first.to_bytes()
    assert employer.issue(offer, commitment).to_bytes() == first.to_bytes()
    with pytest.raises(IssuanceError, match="other values"):
        employer.issue(offer, commitment, values={**VALUES, "months": 37})
    assert employer.records.standing("payroll")[0] == 1


def test_own_record_identifier_is_taken_once(employer: Issuer) -> None:
    employer.offer(PAYROLL, {**VALUES, "rid": 815})
    with pytest.raises(IssuanceError, match="rid"):
        employer.offer(PAYROLL, {**VALUES, "rid": 815})
    drawn = employer.offer(PAYROLL, VALUES)
    assert employer.records.record(drawn.offer_id, now=NOW).record_id != 815


def test_record_is_revoked_by_any_of_its_names(employer: Issuer) -> None:
    wallet = Wallet.in_memory()
    offers = [employer.offer(PAYROLL, VALUES, reference=f"customer {i}") for i in range(4)]
    for offer in offers:
        employer.issue(offer, wallet.commit(offer))
    record_id = employer.find("customer 1")[0].record_id
    assert record_id is not None
    for named in (offers[0], record_id, offers[2].offer_id.hex(), "customer 3"):
        assert employer.revoke(named, "left").state is State.REVOKED
    count, ids = employer.records.standing("payroll")
    assert (count, list(ids)) == (0, [])
    assert employer.reinstate("customer 3").state is State.ISSUED
    with pytest.raises(NotFoundError, match="not one of this issuer's"):
        employer.revoke("customer 9", "left")


def test_name_that_two_records_have_revokes_neither(employer: Issuer) -> None:
    offer = employer.offer(PAYROLL, {**VALUES, "rid": 4711})
    employer.offer(PAYROLL, VALUES, reference="4711")
    with pytest.raises(IssuanceError, match="2 records"):
        employer.revoke(4711, "left")
    assert employer.revoke(offer, "left").record_id == 4711


def test_revoked_offer_is_not_signed(employer: Issuer) -> None:
    wallet = Wallet.in_memory()
    offer = employer.offer(PAYROLL, VALUES)
    employer.revoke(offer, "left")
    with pytest.raises(IssuanceError, match="revoked"):
        employer.issue(offer, wallet.commit(offer))
    with pytest.raises(IssuanceError, match="nothing to renew"):
        employer.renew(offer)
    employer.reinstate(offer)
    employer.issue(offer, wallet.commit(offer))


def test_rotated_key_signs_from_its_time_and_old_offers_keep_theirs(time: Time) -> None:
    employer = works(time)
    ledger = Ledger.in_memory(issuers=[employer], clock=time)
    ledger.govern("schema-publish", {"schema": PAYROLL.to_bytes()})
    wallet = Wallet.in_memory(clock=time)
    before = employer.offer(PAYROLL, VALUES, lifetime=60 * DAY)
    time.now += DAY
    done = employer.rotate_key(ledger)
    assert (done.key_id, done.replaces) == ("2", "1")
    assert done.not_before == NOW + KEY_INTERVAL
    assert employer.offer(PAYROLL, VALUES).issuer.key_id == "1"
    time.now = done.not_before + 1
    after = employer.offer(PAYROLL, VALUES)
    assert after.issuer.key_id == "2"
    assert after.public_key != before.public_key
    verifier = Verifier.create("did:web:v.example", "V", ledger=ledger, clock=time)
    for offer in (before, after):
        wallet = Wallet.in_memory(clock=time)
        wallet.receive(employer.issue(offer, wallet.commit(offer)))
        request = verifier.request(POLICY)
        answer = wallet.review(request, ledger).prove()
        assert isinstance(verifier.verify(request, answer), Report)


def test_interrupted_rotation_goes_on_with_the_same_key(tmp_path: Path, time: Time) -> None:
    home = tmp_path / "works"
    employer = Issuer.create(
        "did:web:works.example", "Works", folder=home, passphrase="p", clock=time
    )
    ledger = Ledger.in_memory(issuers=[employer], clock=time)
    registration = (home / REGISTRATION).read_bytes()
    done = employer.rotate_key(ledger)
    (home / REGISTRATION).write_bytes(registration)  # the ledger knew, the folder did not
    again = Issuer.open(home, "p", clock=time)
    assert again.rotate_key(ledger).known
    time.now = done.not_before
    reopened = Issuer.open(home, "p", clock=time)
    assert reopened.identity.key_id == "2"
    key = ledger.state.issuers["did:web:works.example"].keys["2"]
    assert reopened.signing_key.public_key.octets == key.public_key
    third = reopened.rotate_key(ledger, key_id="2027")
    assert (third.key_id, third.replaces) == ("2027", "2")
    with pytest.raises(ConflictError, match="has not begun"):
        reopened.rotate_key(ledger, key_id="2028")


def test_each_rotation_makes_another_key_and_the_one_before_signs_until_it_begins(
    tmp_path: Path, time: Time
) -> None:
    home = tmp_path / "works"
    employer = Issuer.create(
        "did:web:works.example", "Works", folder=home, passphrase="p", clock=time
    )
    ledger = Ledger.in_memory(issuers=[employer], clock=time)
    for number in (2, 3, 4):
        done = employer.rotate_key(ledger)
        assert (done.key_id, done.replaces) == (str(number), str(number - 1))
        assert employer.rotate_key(ledger).known
        employer = Issuer.open(home, "p", clock=time)
        assert employer.identity.key_id == str(number - 1)
        time.now = done.not_before
        registered = ledger.state.issuers["did:web:works.example"].signing_key(time.now)
        assert registered is not None
        assert employer.identity.key_id == registered.key_id == str(number)
        assert employer.signing_key.public_key.octets == registered.public_key


def test_key_refused_by_the_ledger_is_not_used(time: Time) -> None:
    employer = works(time)
    ledger = Ledger.in_memory(issuers=[employer], clock=time)
    with pytest.raises(LedgerError, match="ends after it begins"):
        employer.rotate_key(ledger, until=NOW - 1)
    time.now += 2 * KEY_INTERVAL
    assert employer.identity.key_id == "1"
    assert employer.rotate_key(ledger).key_id == "2"


def test_folder_keeps_everything(tmp_path: Path, time: Time) -> None:
    home = tmp_path / "works"
    made = Issuer.create(
        "did:web:works.example", "Works", folder=home, passphrase="p", ledger_id="l", clock=time
    )
    offer = made.offer(PAYROLL, VALUES, reference="4711")
    opened = Issuer.open(home, "p", clock=time)
    wallet = Wallet.in_memory(clock=time)
    wallet.receive(opened.issue(offer.offer_id, wallet.commit(offer)))
    assert opened.identity == made.identity
    with pytest.raises(WalletError, match="passphrase"):
        Issuer.open(home, "q", clock=time)
    with pytest.raises(ConflictError, match="holds an issuer already"):
        Issuer.create("did:web:x", "X", folder=home, passphrase="p")


def test_folder_that_was_never_finished_is_made_again(tmp_path: Path) -> None:
    home = tmp_path / "works"
    Issuer.create("did:web:a", "A", folder=home, passphrase="p")
    (home / KEYS).unlink()
    Issuer.create("did:web:b", "B", folder=home, passphrase="p")
    assert Issuer.open(home, "p").issuer_id == "did:web:b"


def test_damaged_salt_is_refused_and_never_replaced(tmp_path: Path) -> None:
    first = read_salt(tmp_path)
    assert read_salt(tmp_path) == first
    for damaged in (b"", first[:7]):
        (tmp_path / SALT).write_bytes(damaged)
        with pytest.raises(DecodeError, match="damaged"):
            read_salt(tmp_path)
        assert (tmp_path / SALT).read_bytes() == damaged


def test_offers_are_written_under_names_that_a_clerk_can_hand_out(
    tmp_path: Path, employer: Issuer, time: Time
) -> None:
    references = ["4711", "../../etc/passwd", "Chan Tai Man / 陳大文", "a" * 200, "..", None]
    for reference in references:
        employer.offer(PAYROLL, VALUES, reference=reference)
    employer.offer(PAYROLL, VALUES, reference="4711")
    lapsed = employer.offer(PAYROLL, VALUES, reference="late", lifetime=1)
    time.now += 2
    steps: list[int] = []
    done = employer.write_offers(tmp_path / "out", progress=steps.append)
    assert (done.written, done.lapsed) == (7, 1)
    assert steps[-1] == 8
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert len(names) == 7
    assert sum(name.startswith("4711-") for name in names) == 2
    assert any(name.startswith("Chan-Tai-Man---陳大文-") for name in names)
    assert file_name("late", lapsed.offer_id) not in names
    assert not [name for name in names if name.startswith(".") or "/" in name or len(name) > 120]
    empty = tmp_path / "out" / names[0]
    empty.write_bytes(b"")
    again = employer.write_offers(tmp_path / "out")
    assert (again.written, again.there) == (1, 6)
    assert empty.read_bytes()


@pytest.mark.parametrize("reference", ["", " 4711", "4711\n", "a" * 201, "a\u202eb"])
def test_reference_that_cannot_be_printed_is_refused(employer: Issuer, reference: str) -> None:
    employer.offer(PAYROLL, VALUES, reference="4711")
    with pytest.raises(SchemaError, match="reference"):
        employer.offer(PAYROLL, VALUES, reference=reference)
