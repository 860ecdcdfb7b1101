"""The wallet's file and what is done with credentials in it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.presentation.building import BANK, DEPOSIT, KEYS, NOW
from tests.wallet.building import FUNDS, Time, give, make_ledger, make_verifier, resident
from zkproof.codec import decode, encode
from zkproof.credential.issuing import issue, make_offer
from zkproof.errors import IssuanceError, NotFoundError, WalletError
from zkproof.presentation.report import Report
from zkproof.wallet.content import Content
from zkproof.wallet.wallet import Wallet
from zkproof_circuits import library

PASSPHRASE = "correct horse"
SCHEMA = library.schema("deposit-certificate")
KEY = KEYS[BANK.issuer_id]


@pytest.fixture(autouse=True)
def _little_work(little_work: None) -> None:
    """Stretch passphrases quickly."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    target = tmp_path / "wallet.zkp"
    give(Wallet.create(target, PASSPHRASE, clock=Time()))
    return target


def test_wallet_on_disk_answers_a_request(tmp_path: Path) -> None:
    clock = Time()
    ledger = make_ledger(clock)
    verifier = make_verifier(ledger, clock)
    path = tmp_path / "wallet.zkp"
    content = resident(clock).content
    path_wallet = Wallet.create(path, PASSPHRASE, clock=clock)
    path_wallet._change(lambda _: (content, None))
    asked = verifier.request(FUNDS)
    answer = Wallet.open(path, PASSPHRASE, clock=clock).review(asked, ledger).prove()
    assert isinstance(verifier.verify(asked, answer), Report)
    waiting = Wallet.open(path, PASSPHRASE).pending(asked.request_id)
    assert waiting is not None
    assert waiting.pending == answer


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_open_offers_are_answered_in_any_order(order: tuple[int, ...]) -> None:
    wallet = Wallet.in_memory()
    offers = [make_offer(KEY, BANK, SCHEMA, expires_at=NOW + 60) for _ in range(3)]
    commitments = [wallet.commit(offer) for offer in offers]
    for number in order:
        values = {**DEPOSIT, "rid": 100 + number}
        wallet.receive(issue(KEY, offers[number], values, commitments[number], now=NOW))
    found = [each.values["rid"] for each in wallet.credentials.values()]
    assert found == [100 + number for number in order]
    assert not wallet.content.offers


def test_offer_that_was_never_answered_blocks_nothing() -> None:
    wallet = Wallet.in_memory()
    wallet.commit(make_offer(KEY, BANK, SCHEMA, expires_at=NOW + 60))
    assert give(wallet) == "deposit-certificate"


def test_credential_nobody_asked_for_is_not_taken(path: Path) -> None:
    wallet = Wallet.open(path, PASSPHRASE)
    foreign = next(iter(wallet.credentials.values()))
    with pytest.raises(WalletError, match="answers no offer"):
        wallet.receive(foreign)
    offer = make_offer(KEY, BANK, SCHEMA, expires_at=NOW + 60)
    other = make_offer(KEY, BANK, SCHEMA, expires_at=NOW + 60)
    commitment = wallet.commit(offer)
    with pytest.raises(IssuanceError, match="does not hold for this offer"):
        issue(KEY, other, DEPOSIT, commitment, now=NOW)
    wallet.receive(issue(KEY, offer, DEPOSIT, commitment, now=NOW))


def test_credential_of_somebody_elses_secret_is_not_taken() -> None:
    wallet, stranger = Wallet.in_memory(), Wallet.in_memory()
    offer = make_offer(KEY, BANK, SCHEMA, expires_at=NOW + 60)
    wallet.commit(offer)
    theirs = issue(KEY, offer, DEPOSIT, stranger.commit(offer), now=NOW)
    with pytest.raises(IssuanceError):
        wallet.receive(theirs)
    assert stranger.receive(theirs) == "deposit-certificate"


def test_nothing_readable_is_on_disk(path: Path) -> None:
    data = path.read_bytes()
    wallet = Wallet.open(path, PASSPHRASE)
    for hidden in (b"Bank A", b"deposit-certificate", wallet.content.to_bytes()[:64]):
        assert hidden not in data
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "1 credentials" in repr(wallet)
    assert [name for name in os.listdir(path.parent) if not name.endswith(".lock")] == [path.name]


def test_failed_change_writes_nothing(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(NotFoundError, match="no credential nobody"):
        Wallet.open(path, PASSPHRASE).delete("nobody")
    assert path.read_bytes() == before


def test_two_programs_may_use_one_wallet(path: Path) -> None:
    first, second = Wallet.open(path, PASSPHRASE), Wallet.open(path, PASSPHRASE)
    give(first, "one", account_hash=b"\x05" * 32)
    give(second, "two", account_hash=b"\x06" * 32)
    assert set(Wallet.open(path, PASSPHRASE).credentials) == {"deposit-certificate", "one", "two"}


def test_credentials_are_renamed_and_forgotten(path: Path) -> None:
    wallet = Wallet.open(path, PASSPHRASE)
    give(wallet, "other", account_hash=b"\x05" * 32)
    with pytest.raises(WalletError, match="taken"):
        wallet.rename("other", "deposit-certificate")
    wallet.rename("other", "savings")
    wallet.delete("deposit-certificate")
    assert list(Wallet.open(path, PASSPHRASE).credentials) == ["savings"]


def test_passphrase_changes_and_the_open_wallet_goes_on(path: Path) -> None:
    wallet = Wallet.open(path, PASSPHRASE)
    wallet.change_passphrase(PASSPHRASE, "another")
    give(wallet, "later", account_hash=b"\x05" * 32)
    assert "later" in Wallet.open(path, "another").credentials
    with pytest.raises(WalletError, match="wrong passphrase"):
        Wallet.open(path, PASSPHRASE)


def test_backup_restores_under_another_passphrase(path: Path, tmp_path: Path) -> None:
    wallet = Wallet.open(path, PASSPHRASE)
    wallet.backup(tmp_path / "copy.zkp", "second")
    again = Wallet.restore(tmp_path / "copy.zkp", "second", tmp_path / "new.zkp", "third")
    assert again.content.to_bytes() == wallet.content.to_bytes()
    with pytest.raises(WalletError, match="exists already"):
        Wallet.restore(tmp_path / "copy.zkp", "second", tmp_path / "new.zkp", "third")
    with pytest.raises(WalletError, match="exists already"):
        Wallet.create(path, PASSPHRASE)


@pytest.mark.parametrize("format_", [True, 1, 99, "2", None])
def test_content_of_another_format_is_refused(path: Path, format_: object) -> None:
    data = Wallet.open(path, PASSPHRASE).content.to_bytes()
    assert Content.from_bytes(data).to_bytes() == data
    table = decode(data, field="wallet")
    with pytest.raises(WalletError, match="another version"):
        Content.from_bytes(encode({**table, "format": format_}))
