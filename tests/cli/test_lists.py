"""Status and other lists, command by command: published, fetched, proven, revoked."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
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
    s.run("lists open deposit-certificate --kind status --issuer bank")
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
    lost = published.json("wallet refresh --request listed.request")
    assert lost["fetched"] == 0, "the ledger does not say where the files are"
    assert published.json("wallet refresh --from lists --request listed.request")["fetched"] == 3
    assert answered(published, "listed", "listed2") == "proven"


def test_version_is_published_once_and_the_next_one_ahead(published: Session) -> None:
    said = published.run("lists status deposit-certificate --issuer bank --hours 2", expect=1)
    assert "published already" in said
    first = published.json("lists publish sanctions sanctions.txt --issuer authority")
    assert first["version"] == 2
    again = published.json("lists publish sanctions sanctions.txt --issuer authority")
    assert again["version"] == 3
    begins = [datetime.fromisoformat(each["begins"]) for each in (first, again)]
    assert begins[1] - begins[0] == timedelta(hours=6)


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


def test_revoked_record_is_not_in_good_standing_in_the_next_epoch(published: Session) -> None:
    """Every epoch is published ahead, so that the turn of an epoch has no gap."""
    record = record_id(published)
    published.run(f"lists revoke {record} --reason fraud --issuer bank")
    first = published.json("lists status deposit-certificate --issuer bank --hours 24 --ahead")
    assert first["entries"] == 0
    said = published.run("lists status deposit-certificate --issuer bank --ahead", expect=1)
    assert "published already" in said
    # Its own token of the next epoch, and the identity's: the authority publishes no status.
    assert published.json("wallet refresh --from lists")["missing"] == 2
    assert answered(published, "standing", "until-then") == "proven"
    published.run(f"lists reinstate {record} --issuer bank")
    assert "not revoked" in published.run(f"lists reinstate {record} --issuer bank", expect=1)


def test_good_standing_by_gaps_is_what_lists_are_opened_for(published: Session) -> None:
    """The authority's identities: nobody is revoked, so there is one gap."""
    published.run("lists open identity --issuer authority")
    facts = published.json("lists status identity --issuer authority --out lists")
    assert facts["entries"] == 0
    policy = published.folder / "both.policy"
    policy.write_text(STANDING.replace("not revoked a", "not revoked a, i"))
    published.run("wallet refresh --from lists")
    assert answered(published, "both", "both") == "proven"
    said = published.run("lists publish identity sanctions.txt --issuer authority", expect=1)
    assert "a status list" in said


def test_stolen_list_key_is_revoked_at_once(published: Session) -> None:
    assert answered(published, "both", "before-theft") == "proven"
    published.run("lists revoke-key identity --reason stolen --issuer authority")
    published.run("request new both.policy after.request")
    said = published.run("wallet present after.request --out x --yes", expect=1)
    assert "list-unknown" in said
    said = published.run("lists status identity --issuer authority --ahead", expect=1)
    assert "lists open" in said
    published.run("lists open identity --issuer authority")
    assert published.json("lists status identity --issuer authority")["version"] == 2
    published.run("wallet refresh --from lists")
    assert answered(published, "both", "again") == "proven"


def record_id(session: Session) -> str:
    shown = session.run("wallet show deposit-certificate")
    found = re.search(r"rid\s+(\d+)", shown)
    assert found is not None, shown
    return found.group(1)


def test_files_of_a_version_are_plain_files(published: Session) -> None:
    files = [p for p in Path(published.folder / "lists").rglob("*") if p.is_file()]
    assert {p.name for p in files} == {"cell-00-0000", "summary"}
    assert not [p for p in files if p.stat().st_mode & 0o111]
