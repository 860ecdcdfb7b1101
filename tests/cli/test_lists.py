"""Status and other lists, command by command: published, fetched, proven, revoked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli import test_commands
from tests.cli.test_commands import POLICY, Session

STANDING = POLICY + "require not revoked a\n"
LISTED = (
    STANDING.replace(", a.bank_name", "")
    + 'require i.person_number not in list "did:web:id.example#sanctions"\n'
    + 'require a.bank_name in list "did:web:id.example#licensed"\n'
)

session = test_commands.session  # a world of its own, made by the same commands


@pytest.fixture(scope="module")
def published(session: Session) -> Session:
    """A status list with its first epoch, an exclusion list and a set."""
    s = session
    s.run("lists open deposit-certificate --issuer bank")
    s.run("lists open sanctions --kind gaps --issuer authority")
    s.run("lists open licensed --kind members --issuer authority")
    facts = s.json("lists status deposit-certificate --issuer bank --hours 2")
    assert facts["entries"] == 1, "one of three offers was answered"
    (s.folder / "sanctions.txt").write_text("5\n99000\n99002\n123456\n")
    (s.folder / "licensed.txt").write_text("Bank\nOther Bank\n")
    assert s.json("lists publish sanctions sanctions.txt --issuer authority")["entries"] == 4
    like = "--like deposit-certificate.bank_name"
    assert s.json(f"lists publish licensed licensed.txt {like} --issuer authority")["entries"] == 2
    (s.folder / "standing.policy").write_text(STANDING)
    (s.folder / "listed.policy").write_text(LISTED)
    return s


def answered(session: Session, policy: str, name: str) -> str:
    session.run(f"request new {policy}.policy {name}.request")
    session.run(f"wallet present {name}.request --out {name}.presentation --yes")
    return str(session.json(f"verify {name}.request {name}.presentation")["result"])


def test_wallet_without_tokens_is_told_to_refresh(published: Session) -> None:
    published.run("request new standing.policy early.request")
    said = published.run("wallet present early.request --out early --yes", expect=1)
    assert "zkproof wallet refresh" in said
    assert not (published.folder / "early").exists()


def test_credential_in_good_standing_is_proven(published: Session) -> None:
    facts = published.json("wallet refresh --from lists")
    assert facts["fetched"] == 1
    assert len(published.json("wallet list")["list proofs"]) == 1
    assert set(published.json("ledger show")["lists"]) == {
        "did:web:bank.example#deposit-certificate",
        "did:web:id.example#sanctions",
        "did:web:id.example#licensed",
    }
    assert answered(published, "standing", "standing") == "proven"


def test_published_lists_are_fetched_for_a_request_and_proven(published: Session) -> None:
    published.run("request new listed.policy listed.request")
    said = published.run("wallet present listed.request --out x --yes", expect=1)
    assert "list-proof-missing" in said
    assert published.json("wallet refresh --from lists --request listed.request")["fetched"] == 3
    assert answered(published, "listed", "listed2") == "proven"


def test_version_is_published_once(published: Session) -> None:
    said = published.run("lists status deposit-certificate --issuer bank --hours 2", expect=1)
    assert "published already" in said
    again = published.json("lists publish sanctions sanctions.txt --issuer authority")
    assert again["version"] == 2


def test_mistakes_of_a_list_owner_are_named(published: Session) -> None:
    (published.folder / "bad.txt").write_text("5\nsix\n")
    said = published.run("lists publish sanctions bad.txt --issuer authority", expect=1)
    assert "line 2: not an integer" in said
    said = published.run("lists publish sanctions licensed.txt --issuer authority", expect=1)
    assert "line 1" in said
    said = published.run("lists publish licensed licensed.txt --issuer authority", expect=1)
    assert "SCHEMA.ATTRIBUTE" in said
    assert "no such list" in published.run("lists publish x bad.txt --issuer bank", expect=1)
    assert "not one of this" in published.run(
        "lists revoke 77 --reason lost --issuer bank", expect=1
    )


def test_revoked_record_has_no_token_in_the_next_epoch(published: Session) -> None:
    record = record_id(published)
    published.run(f"lists revoke {record} --reason fraud --issuer bank")
    # Epochs of half the length have twice the number: the next one begins at once.
    facts = published.json("lists status deposit-certificate --issuer bank --hours 1")
    assert facts["entries"] == 0
    # Its own token, and the identity's: the authority publishes no status.
    assert published.json("wallet refresh --from lists")["missing"] == 2
    published.run(f"lists reinstate {record} --issuer bank")
    assert "not revoked" in published.run(f"lists reinstate {record} --issuer bank", expect=1)


def record_id(session: Session) -> str:
    shown = session.run("wallet show deposit-certificate")
    found = re.search(r"rid\s+(\d+)", shown)
    assert found is not None, shown
    return found.group(1)


def test_files_of_a_version_are_plain_files(published: Session) -> None:
    files = [p for p in Path(published.folder / "lists").rglob("*") if p.is_file()]
    assert {p.name for p in files} == {"bucket-0", "index"}
    assert not [p for p in files if p.stat().st_mode & 0o111]
