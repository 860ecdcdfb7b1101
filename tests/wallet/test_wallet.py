"""The wallet: what is on disk, what a request finds in it, what a damaged file does."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.presentation.building import (
    AUTHORITY,
    BANK,
    DEPOSIT,
    IDENTITY,
    KEYS,
    NOW,
    TODAY,
    request,
    trust_view,
)
from zkproof.credential.issuing import IssuerIdentity, issue, make_offer
from zkproof.errors import IssuanceError, WalletError
from zkproof.presentation.presentation import present
from zkproof.presentation.report import Report
from zkproof.presentation.verify import verify
from zkproof.wallet.choosing import choose
from zkproof.wallet.wallet import Wallet, backup, create, open_wallet, restore, update
from zkproof_circuits import library
from zkproof_circuits.types import Value

PASSPHRASE = "correct horse"


def received(
    wallet: Wallet, issuer: IssuerIdentity, schema: str, values: dict[str, Value]
) -> Wallet:
    key = KEYS[issuer.issuer_id]
    offer = make_offer(key, issuer, library.schema(schema), expires_at=NOW + 60)
    wallet, commitment = wallet.answer(offer)
    wallet, _ = wallet.receive(issue(key, offer, values, commitment, now=NOW))
    return wallet


@pytest.fixture(autouse=True)
def _little_work(little_work: None) -> None:
    """Stretch passphrases quickly."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    target = tmp_path / "wallet.zkp"
    create(target, PASSPHRASE)
    update(
        target,
        PASSPHRASE,
        lambda w: received(
            received(w, BANK, "deposit-certificate", DEPOSIT), AUTHORITY, "identity", IDENTITY
        ),
    )
    return target


def test_wallet_answers_a_request_end_to_end(path: Path) -> None:
    wallet = open_wallet(path, PASSPHRASE)
    asked, trust = request(), trust_view()
    circuit = asked.circuit(trust.schemas)
    chosen = choose(
        circuit,
        wallet.credentials,
        wallet.link_secret,
        today=asked.today,
        registries=trust.registries,
    )
    assert chosen.names == {"a": "deposit-certificate", "i": "identity"}
    answer = present(asked, circuit, chosen.credentials, wallet.link_secret, trust).to_bytes()
    assert isinstance(verify(asked, answer, trust, now=NOW), Report)


def test_choosing_takes_the_credential_that_fits(path: Path) -> None:
    poor: dict[str, Value] = {**DEPOSIT, "balance": 1}
    empty = Wallet(open_wallet(path, PASSPHRASE).link_secret)
    wallet = received(empty, BANK, "deposit-certificate", poor)
    wallet = received(wallet, AUTHORITY, "identity", IDENTITY)
    asked, trust = request(), trust_view()
    circuit = asked.circuit(trust.schemas)

    def pick(wallet: Wallet, **changes: dict[str, frozenset[str]]) -> dict[str, str]:
        registries = changes.get("registries", trust.registries)
        return dict(
            choose(
                circuit,
                wallet.credentials,
                wallet.link_secret,
                today=asked.today,
                registries=registries,
            ).names
        )

    with pytest.raises(WalletError, match=r"a\.balance >= 500_000") as caught:
        pick(wallet)
    assert "nothing was sent" in str(caught.value.hint)
    wallet = received(wallet, BANK, "deposit-certificate", DEPOSIT)
    assert pick(wallet) == {"a": "deposit-certificate-2", "i": "identity"}
    with pytest.raises(WalletError, match="not from an issuer that is accepted"):
        pick(wallet, registries={})
    with pytest.raises(WalletError, match="no credential of the kind"):
        pick(Wallet(wallet.link_secret))
    old: dict[str, Value] = {**DEPOSIT, "valid_from": TODAY - 9, "valid_until": TODAY - 1}
    expired = received(Wallet(wallet.link_secret), BANK, "deposit-certificate", old)
    with pytest.raises(WalletError, match="not valid today"):
        pick(received(expired, AUTHORITY, "identity", IDENTITY))


def test_credential_nobody_asked_for_is_not_taken(path: Path) -> None:
    wallet = open_wallet(path, PASSPHRASE)
    foreign = next(iter(wallet.credentials.values()))
    with pytest.raises(WalletError, match="answers no offer"):
        wallet.receive(foreign)
    key = KEYS[BANK.issuer_id]
    schema = library.schema("deposit-certificate")
    offer = make_offer(key, BANK, schema, expires_at=NOW + 60)
    other = make_offer(key, BANK, schema, expires_at=NOW + 60)
    wallet, commitment = wallet.answer(offer)
    with pytest.raises(IssuanceError, match="does not hold for this offer"):
        issue(key, other, DEPOSIT, commitment, now=NOW)


def test_nothing_readable_is_on_disk(path: Path) -> None:
    data = path.read_bytes()
    wallet = open_wallet(path, PASSPHRASE)
    for hidden in (wallet.link_secret, b"Chan Tai Man", b"Bank A", b"deposit-certificate"):
        assert hidden not in data
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert wallet.link_secret.hex()[:8] not in repr(wallet)
    assert [name for name in os.listdir(path.parent) if not name.endswith(".lock")] == [path.name]


def test_failed_change_writes_nothing(path: Path) -> None:
    before = path.read_bytes()

    def fail(wallet: Wallet) -> Wallet:
        raise WalletError("on purpose")

    with pytest.raises(WalletError, match="on purpose"):
        update(path, PASSPHRASE, fail)
    assert path.read_bytes() == before


def test_backup_restores_under_another_passphrase(path: Path, tmp_path: Path) -> None:
    backup(path, PASSPHRASE, tmp_path / "copy.zkp", "second")
    again = restore(tmp_path / "copy.zkp", "second", tmp_path / "new.zkp", "third")
    assert again.to_bytes() == open_wallet(path, PASSPHRASE).to_bytes()
    assert open_wallet(tmp_path / "new.zkp", "third").to_bytes() == again.to_bytes()
    with pytest.raises(WalletError, match="exists already"):
        restore(tmp_path / "copy.zkp", "second", tmp_path / "new.zkp", "third")
    with pytest.raises(WalletError, match="exists already"):
        create(path, PASSPHRASE)
