"""A bank renews a certificate by files: asks, is answered, signs, and sees another secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_commands import Session
from zkproof.clock import system_clock
from zkproof.credential.issuing import Offer
from zkproof.issuer.issuer import Issuer

POLICY = """\
policy renewal v1
purpose "renewal of your certificate"
credential old: deposit-certificate from "did:web:bank.example"
reveal old.account_hash
"""
VALUES = {
    "bank_name": "Bank",
    "account_hash": "01" * 32,
    "currency": "MOP",
    "balance": "750000.00",
    "account_kind": "savings",
    "residency": "MO",
    "opened": "2020-01-01",
    "as_of": "2026-01-20",
    "document_sha256": "02" * 32,
    "document_sm3": "03" * 32,
    "valid_from": "2026-01-01",
    "valid_until": "2099-12-31",
}


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    s = Session(tmp_path_factory.mktemp("renewal"))
    s.run("ledger init ledger.example")
    s.run("issuer init did:web:bank.example Bank --issuer bank")
    s.run("ledger register-issuer bank/issuer.json")
    for name in ("resident", "other"):
        s.run(f"wallet init --wallet {name}.zkp")
    (s.folder / "renewal.policy").write_text(POLICY)
    return s


def offered(folder: Path, name: str) -> None:
    """An offer of the bank's book, as its own program makes one."""
    made: Offer = Issuer.open(folder / "bank", "p", clock=system_clock).offer(
        "deposit-certificate", VALUES, reference="4711"
    )
    (folder / name).write_bytes(made.to_bytes())


def test_certificate_is_renewed_under_one_secret(session: Session) -> None:
    s = session
    offered(s.folder, "first.offer")
    s.run("renewal ask first.offer 4711 first.asked --issuer bank")
    s.run("renewal answer first.asked first.answer --wallet resident.zkp --yes")
    s.run("renewal issue first.answer first.credential --issuer bank")
    s.run("wallet receive first.credential --wallet resident.zkp")

    offered(s.folder, "second.offer")
    s.run(
        "renewal ask second.offer 4711 second.asked --issuer bank --policy renewal.policy"
        f" --expect old.account_hash={'01' * 32}"
    )
    s.run("renewal answer second.asked second.answer --wallet resident.zkp --yes")
    s.run("renewal issue second.answer second.credential --issuer bank")
    s.run("wallet receive second.credential --wallet resident.zkp")
    held = json.loads(s.run("wallet list --wallet resident.zkp --json"))
    assert set(held["credentials"]) == {"deposit-certificate", "deposit-certificate-2"}


def test_another_wallet_gets_nothing(session: Session) -> None:
    s = session
    offered(s.folder, "third.offer")
    s.run("renewal ask third.offer 4711 third.asked --issuer bank")
    s.run("renewal answer third.asked third.answer --wallet other.zkp --yes")
    refused = s.run("renewal issue third.answer third.credential --issuer bank", expect=1)
    assert "another link secret" in refused
    assert not (s.folder / "third.credential").exists()
    plain = s.run("wallet commit third.offer third.commitment --wallet other.zkp")
    assert plain
    refused = s.run(
        "issuer answer third.offer third.commitment third.credential --issuer bank", expect=1
    )
    assert "a commitment alone" in refused
    refused = s.run("renewal rebind 4711 --issuer bank", expect=1)
    assert "not revoked" in refused
