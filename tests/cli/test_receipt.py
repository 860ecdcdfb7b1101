"""What a regulator does with receipts, by files."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from tests.cli.test_commands import Session, session
from zkproof.presentation.receipt import Receipt

__all__ = ["session"]


@pytest.fixture(scope="module")
def answered(session: Session) -> Session:  # the fixture itself
    session.run("request new funds.policy told.request")
    session.run("wallet present told.request --out told.presentation --yes")
    session.run("verify told.request told.presentation --receipt told.receipt")
    return session


def test_receipt_is_shown_and_checked(answered: Session) -> None:
    shown = answered.json("receipt show told.receipt")
    assert shown["result"] == "proven"
    assert shown["purpose"] == "account opening"
    checked = answered.json("receipt check told.receipt")
    assert checked["holds"] is True
    assert checked["policy registered"] is False
    words = {
        answered.json(f"receipt show told.receipt --language {each}")["in words"]
        for each in ("en", "pt", "zh-Hant")
    }
    assert len(words) == 3


def test_changed_receipt_is_named(answered: Session) -> None:
    genuine = Receipt.from_bytes((answered.folder / "told.receipt").read_bytes())
    for name, change, finding in (
        ("result", {"result": "proof-invalid"}, "not-signed"),
        ("key", {"verifier": replace(genuine.verifier, key_id="2")}, "wrong-key"),
        ("who", {"verifier": replace(genuine.verifier, verifier_id="x")}, "verifier-unknown"),
        ("late", {"verified_at": genuine.expires_at + 1}, "wrong-times"),
        ("future", {"verified_at": genuine.verified_at + 10_000_000}, "in-the-future"),
    ):
        path = answered.folder / f"{name}.receipt"
        path.write_bytes(replace(genuine, **change).to_bytes())
        assert finding in answered.findings(f"receipt check {name}.receipt")


def test_receipt_of_a_ledger_that_never_was_is_refused(answered: Session) -> None:
    genuine = Receipt.from_bytes((answered.folder / "told.receipt").read_bytes())
    other = replace(genuine, root_hash=bytes(32)).to_bytes()
    (answered.folder / "root.receipt").write_bytes(other)
    assert "another root" in answered.run("receipt check root.receipt", expect=1)


def test_folder_of_receipts_is_listed(answered: Session) -> None:
    folder = answered.folder / "receipts"
    folder.mkdir(exist_ok=True)
    shutil.copy(answered.folder / "told.receipt", folder / "one")
    (folder / "junk").write_bytes(b"junk")
    listed = answered.json("receipt list receipts")
    assert list(listed) == ["one"]
    assert "proven" in listed["one"]
