"""A new user's session: every command in order, as typed, and the mistakes on the way."""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.issuer.test_bulk import customers
from zkproof.clock import system_clock
from zkproof.presentation.presentation import Presentation
from zkproof.scenarios.sample_data import statements_xml
from zkproof.scenarios.service_process import running

POLICY = """\
policy proof-of-funds v1
purpose "account opening"
credential a: deposit-certificate from any of registry "mo-banks"
credential i: identity from "did:web:id.example"
same holder a, i
reveal a.currency, a.bank_name
require a.balance >= 500_000.00 MOP
require a.as_of >= today - 30 days
"""
IDENTITY = {
    "rid": "815",
    "name": "Chan Tai Man",
    "birth_date": "1990-01-01",
    "nationality": "MO",
    "residency": "MO",
    "permanent_resident": "true",
    "document_kind": "identity-card",
    "person_number": "99001",
    "document_hash": "04" * 32,
    "valid_from": "2020-01-01",
    "valid_until": "2100-01-01",
}


class Session:
    """A folder and a shell in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, line: str, *, expect: int = 0, key: str = "p") -> str:
        result = subprocess.run(
            [sys.executable, "-m", "zkproof", *line.split()],
            cwd=self.folder,
            env={**os.environ, "ZKPROOF_PASSPHRASE": key, "COLUMNS": "200"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert result.returncode == expect, (line, result.stdout, result.stderr)
        assert "Traceback" not in result.stderr
        if expect:
            assert result.stderr.count("error: ") <= 1
            return result.stderr
        return result.stdout

    def code(self, line: str) -> str:
        """The code of a refusal."""
        return str(json.loads(self._failed(line))["code"])

    def _failed(self, line: str) -> str:
        """What a command that fails gives as its result."""
        result = subprocess.run(
            [sys.executable, "-m", "zkproof", *line.split(), "--json"],
            cwd=self.folder,
            env={**os.environ, "ZKPROOF_PASSPHRASE": "p"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert result.returncode == 1, (line, result.stdout, result.stderr)
        return result.stdout

    def findings(self, line: str) -> list[str]:
        """Findings of a check that fails."""
        done = self._failed(line)
        return list(json.loads(done)["findings"])

    def json(self, line: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run(line + " --json"))
        return found

    def list(self, line: str) -> list[dict[str, object]]:
        found: list[dict[str, object]] = json.loads(self.run(line + " --json"))
        return found


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """Everything up to two credentials in a wallet."""
    s = Session(tmp_path_factory.mktemp("session"))
    today = datetime.datetime.fromtimestamp(system_clock(), datetime.UTC).date()
    s.run("ledger init ledger.example")
    s.run("issuer init did:web:bank.example Bank --issuer bank")
    s.run("issuer init did:web:id.example Authority --issuer authority")
    s.run("ledger register-issuer bank/issuer.json")
    s.run("ledger register-issuer authority/issuer.json")
    s.run("ledger publish-registry mo-banks did:web:bank.example")
    s.run("request init did:web:verifier.example Verifier")
    s.run("ledger register-verifier verifier/verifier.json")
    rich = [replace(person, balance="750000.00") for person in customers(3)]
    (s.folder / "statements.xml").write_bytes(statements_xml(rich, as_of=today))
    assert s.json("issuer bulk statements.xml --issuer bank")["new offers"] == 3
    assert s.json("issuer bulk statements.xml --issuer bank")["new offers"] == 0
    s.run("issuer offers offers --issuer bank")
    first = sorted((s.folder / "offers").iterdir())[0].name
    s.run("wallet init")
    s.run(f"wallet commit offers/{first} deposit.commitment")
    s.run(f"issuer answer offers/{first} deposit.commitment deposit.credential --issuer bank")
    s.run("wallet receive deposit.credential")
    (s.folder / "identity.json").write_text(json.dumps(IDENTITY))
    s.run("issuer offer identity identity.offer --issuer authority")
    s.run("wallet commit identity.offer identity.commitment")
    s.run(
        "issuer issue identity.offer identity.commitment identity.json identity.credential"
        " --issuer authority"
    )
    s.run("wallet receive identity.credential")
    (s.folder / "funds.policy").write_text(POLICY)
    return s


def test_request_is_answered_and_verified_by_files(session: Session) -> None:
    session.run("request new funds.policy one.request")
    session.run("wallet present one.request --out one.presentation --yes")
    facts = session.json("verify one.request one.presentation --receipt one.receipt")
    assert facts["result"] == "proven"
    assert facts["disclosed"] == {"a.bank_name": "Bank", "a.currency": "MOP"}
    assert (session.folder / "one.receipt").stat().st_size > 100
    assert session.code("verify one.request one.presentation") == "already-answered"
    session.run("request new funds.policy two.request")
    assert session.code("verify two.request one.presentation") == "wrong-request"


def test_bent_presentation_is_refused_and_the_right_one_then_accepted(session: Session) -> None:
    session.run("request new funds.policy whole.request")
    session.run("wallet present whole.request --out whole.presentation --yes")
    whole = Presentation.from_bytes((session.folder / "whole.presentation").read_bytes())
    bent = replace(whole, proof=whole.proof[:-1] + bytes([whole.proof[-1] ^ 1]))
    (session.folder / "bent.presentation").write_bytes(bent.to_bytes())
    assert session.code("verify whole.request bent.presentation") == "proof-invalid"
    assert session.json("verify whole.request whole.presentation")["result"] == "proven"


def test_request_of_another_verifier_is_not_verified(session: Session) -> None:
    session.run("request new funds.policy ours.request")
    session.run("wallet present ours.request --out ours.presentation --yes")
    session.run("request init did:web:other.example Other --verifier other")
    foreign = session.code("verify ours.request ours.presentation --verifier other")
    assert foreign == "request-unknown"


def test_service_is_answered_over_http(session: Session) -> None:
    with running(session.folder, "p") as service:
        opened = httpx.post(
            f"{service.url}/v1/requests", json={"policy": POLICY}, headers=service.headers()
        )
        url = opened.json()["url"]
        assert session.json(f"wallet present {url} --yes")["result"] == "proven"
        shown = list(session.json("wallet history").values())[-1]
        assert shown["result"] == "proven"
        assert "not open any more" in session.run(f"wallet present {url} --yes", expect=1)


def test_wallet_shows_and_keeps(session: Session) -> None:
    listed = session.json("wallet list")
    assert set(listed["credentials"]) == {"deposit-certificate", "identity"}
    assert "Bank" in listed["credentials"]["deposit-certificate"]
    assert "valid until" in listed["credentials"]["identity"]
    assert session.json("wallet show deposit-certificate")["balance"] == "MOP 750,000.00"
    assert "no credential" in session.run("wallet show absent", expect=1)
    assert "wrong passphrase" in session.run("wallet list", expect=1, key="q")
    assert "exists already" in session.run("wallet init", expect=1)


def test_wallet_says_why_it_cannot_answer(session: Session) -> None:
    (session.folder / "more.policy").write_text(POLICY.replace("500_000", "900_000"))
    session.run("request new more.policy more.request")
    said = session.run("wallet present more.request --out x --yes", expect=1)
    assert "a.balance >= 900_000" in said
    assert "nothing was sent" in said


WAYS = """\
policy ways v1
purpose "proof of means"
credential i: identity from "did:web:id.example"
credential h: deposit-certificate from hidden any of registry "mo-banks" up to 3
either
  credential s: income-statement from "did:web:dsf.gov.mo"
  require s.monthly_income >= 30_000.00 MOP
or
  credential a: deposit-certificate from any of registry "mo-banks"
  require a.balance >= 500_000.00 MOP
same holder i, h, s, a
"""


def test_hidden_issuers_and_ways_are_said_before_and_after(session: Session) -> None:
    (session.folder / "ways.policy").write_text(WAYS)
    facts = session.json("policy check ways.policy")
    assert facts["hidden issuers"] == {
        "a": "one of 16 at most, if used",
        "h": "one of 3 at most",
        "s": "one of 1 at most, if used",
    }
    assert "sees neither whether you do" in session.run("policy explain ways.policy")
    named = "\n".join(each for each in WAYS.splitlines() if " h: " not in each)
    seen = (
        named.replace("i, h,", "i,")
        .replace("either", "choice")
        .replace("  require s.", "  reveal s.tax_year\n  require s.")
    )
    (session.folder / "choice.policy").write_text(seen)
    facts = session.json("policy check choice.policy")
    assert facts["choices"] == ["s or a"]
    assert facts["credentials"] == ["a", "i", "s"]
    assert facts["revealed"] == ["s.tax_year"]
    session.run("request new ways.policy ways.request")
    told = session.run("wallet present ways.request --out never", expect=1)
    assert "They do not learn\n" in told
    assert "which of the ways you take" in told
    # Nobody has a certificate of an issuer that is not on this ledger.
    assert "nobody can take another way" in told
    session.run("wallet present ways.request --out ways.presentation --yes")
    found = session.json("verify ways.request ways.presentation")
    assert found["issuers"] == {
        "a": "if used: one of Bank (did:web:bank.example)",
        "h": "one of Bank (did:web:bank.example)",
        "i": "Authority (did:web:id.example), key 1",
        "s": "if used: nobody: no key is in force",
    }
    (session.folder / "never.policy").write_text(WAYS.replace("500_000.00", "900_000.00"))
    session.run("request new never.policy never.request")
    said = session.run("wallet present never.request --out x --yes --language pt", expect=1)
    lines = [line for line in said.splitlines() if line.startswith("Com ")]
    assert len(lines) == 2
    assert "150.000,00 MOP" in lines[0]
    assert "error: request: not answered: a/deposit-certificate: requirement-not-met" in said


def test_nothing_is_answered_without_a_yes(session: Session) -> None:
    session.run("request new funds.policy ask.request")
    session.run("wallet present ask.request --out never", expect=1)
    assert not (session.folder / "never").exists()


def test_ledger_is_shown_and_verified(session: Session) -> None:
    facts = session.json("ledger show")
    assert facts["registries"] == {"mo-banks": ["did:web:bank.example"]}
    assert session.json("ledger verify")["verified"] is True
    assert session.json("ledger fsck")["findings"] == ["none"]
    assert "issuer-register" in session.run("ledger entries")
    (issuer,) = session.list("ledger entries --kind issuer-register --subject did:web:bank.example")
    assert issuer["author"] == "governance"
    assert issuer["details"] == "Bank, key 1"
    assert str(issuer["time"]).endswith("Z")
    assert session.list("ledger entries --author did:web:bank.example") == []
    assert session.list("ledger entries --until 2020-01-01") == []
    session.run(f"ledger bundle {issuer['position']} one.bundle")
    (session.folder / "away").mkdir(exist_ok=True)
    (session.folder / "one.bundle").replace(session.folder / "away" / "one.bundle")
    found = session.json("bundle check away/one.bundle --pins ledger/pins.json")
    assert (found["included"], found["subject"]) == (True, "did:web:bank.example")
    data = (session.folder / "away" / "one.bundle").read_bytes()
    (session.folder / "bent.bundle").write_bytes(data.replace(b"Bank", b"Bunk"))
    said = session.run("bundle check bent.bundle --pins ledger/pins.json", expect=1)
    assert "not included" in said


def test_governance_suspends_and_reinstates(session: Session) -> None:
    for role, name in (("issuer", "did:web:id.example"), ("verifier", "did:web:verifier.example")):
        session.run(f"ledger suspend-{role} {name} --reason supervision")
        assert "SUSPENDED" in str(session.json("ledger show")[f"{role}s"])
        assert "nothing would change" in session.run(f"ledger suspend-{role} {name}", expect=1)
        session.run(f"ledger reinstate-{role} {name}")
        assert "SUSPENDED" not in str(session.json("ledger show")[f"{role}s"])


def test_policy_is_registered_with_the_verifiers_key(session: Session) -> None:
    facts = session.json("ledger register-policy funds.policy")
    assert facts["verifier"] == "did:web:verifier.example"
    assert str(facts["policy"]) in str(session.json("ledger show")["verifiers"])
    said = session.run("ledger register-policy funds.policy", expect=1)
    assert "registered before" in said


def test_registration_that_is_none_is_named(session: Session) -> None:
    (session.folder / "half.json").write_text('{"issuer": "did:web:x"}')
    assert "admin_key: missing" in session.run("ledger register-issuer half.json", expect=1)
    for command in ("register-issuer", "register-verifier", "register-auditor"):
        said = session.run(f"ledger {command} funds.policy", expect=1)
        assert "not JSON in UTF-8" in said


def test_ledger_that_was_rolled_back_is_refused_by_every_command(session: Session) -> None:
    folder = session.folder / "ledger"
    copies = {path.name: path.read_bytes() for path in folder.glob("ledger.db*")}
    session.run("ledger publish-registry empty did:web:bank.example")
    assert session.json("ledger verify")["verified"] is True
    newer = {path.name: path.read_bytes() for path in folder.glob("ledger.db*")}
    for name, content in copies.items():
        (folder / name).write_bytes(content)
    assert "smaller than the one seen before" in session.run("ledger verify", expect=1)
    assert "smaller than" in session.run("request new funds.policy late.request", expect=1)
    for name, content in newer.items():
        (folder / name).write_bytes(content)
    assert session.json("ledger verify")["verified"] is True


def test_mistakes_get_a_line_and_a_hint(session: Session) -> None:
    assert "cannot be read" in session.run("verify absent absent", expect=1)
    assert "request" in session.run("verify funds.policy funds.policy", expect=1)
    (session.folder / "bad.policy").write_text(POLICY.replace("balance", "balanse"))
    said = session.run("request new bad.policy bad.request", expect=1)
    assert "line 7" in said
    (session.folder / "latin.toml").write_bytes("label = 'Inscri\u00e7\u00e3o'".encode("latin-1"))
    assert "not UTF-8" in session.run("ledger publish-schema latin.toml", expect=1)
    (session.folder / "bad.csv").write_text("a,b\n1,2\n")
    assert "columns missing" in session.run("issuer bulk bad.csv --issuer bank", expect=1)


def test_policies_are_formatted_checked_and_explained(session: Session) -> None:
    messy = POLICY.replace("require a.balance >= ", "require   a.balance>=")
    (session.folder / "messy.policy").write_text(messy)
    assert "require a.balance >= 500_000.00 MOP" in session.run("policy fmt messy.policy")
    session.run("policy fmt messy.policy --write")
    facts = [session.json(f"policy check {name}.policy") for name in ("messy", "funds")]
    assert facts[0]["digest"] == facts[1]["digest"]
    assert "conta" in session.run("policy explain funds.policy --language pt")
    assert "deposit-threshold" in session.run("policy list")
    said = session.run("policy check bad.policy", expect=1)
    assert "cannot be read" in said or "line 7" in said


def test_parameters_and_own_schemas_are_given_on_the_line(session: Session) -> None:
    text = POLICY.replace("500_000.00 MOP", "enough") + "param enough: money(MOP, 2)\n"
    (session.folder / "param.policy").write_text(text)
    assert "has no value" in session.run("policy check param.policy", expect=1)
    session.run("policy check param.policy --param enough=500000.00")
    said = session.run("policy explain param.policy --param enough=12345.00")
    assert "MOP 12,345.00" in said
    assert "once for each" in session.run("policy check param.policy --param enough", expect=1)
    session.run("request new param.policy param.request --param enough=1.00")
    assert "enough" in session.run("policy check param.policy --param enough=x", expect=1)

    schema = 'id = "own"\nversion = 1\ntitle = { en = "Own" }\n[[attributes]]\nname = "n"\n'
    schema += 'type = { kind = "int", minimum = 0, maximum = 9 }\nlabel = { en = "number" }\n'
    (session.folder / "own.toml").write_text(schema)
    own = 'policy own v1\npurpose "test"\ncredential o: own from "x"\nrequire o.n >= 3\n'
    (session.folder / "own.policy").write_text(own)
    assert "own" in session.run("policy explain own.policy", expect=1)
    assert "number is at least 3" in session.run("policy explain own.policy --schema own.toml")


def test_pseudonyms_and_ciphertexts_are_among_what_verifying_tells(session: Session) -> None:
    text = POLICY + 'pseudonym for scope "lottery"\ntag of a.account_hash for scope "pledge"\n'
    (session.folder / "known.policy").write_text(text)
    session.run("request new known.policy known.request")
    session.run("wallet present known.request --out known.presentation --yes")
    facts = session.json("verify known.request known.presentation")
    assert isinstance(facts["pseudonyms"], dict)
    assert [len(value) for value in facts["pseudonyms"].values()] == [96, 96]
    assert facts["encrypted"] == facts["lists"] == {}


def test_text_that_is_included_is_named_in_its_errors(session: Session) -> None:
    (session.folder / "outer.policy").write_text(
        'policy outer v1\npurpose "x"\ncredential a: deposit-certificate from "y"\n'
        "include inner v1 (a = a)\n"
    )
    inner = 'policy inner v1\npurpose "x"\ncredential a: deposit-certificate from "y"\n'
    (session.folder / "inner.policy").write_text(inner + "require a.balance >= 1.00 MOP\n")
    session.run("policy check outer.policy")
    (session.folder / "inner.policy").write_text(inner + "require a.balance >= 1.00 HKD\n")
    assert "of the expanded text" in session.run("policy check outer.policy", expect=1)
    (session.folder / "inner.policy").write_text(inner + "require ???\n")
    assert "line 4, column 9 of inner" in session.run("policy check outer.policy", expect=1)
    (session.folder / "inner.policy").write_bytes(b"\xff\xfe")
    assert "not UTF-8" in session.run("policy check outer.policy", expect=1)


def test_revoked_key_is_refused_from_then_on(session: Session) -> None:
    session.run("request new funds.policy last.request")
    session.run("wallet present last.request --out last.presentation --yes")
    assert session.json("verify last.request last.presentation")["result"] == "proven"
    session.run("ledger revoke-key did:web:bank.example 1")
    session.run("verify last.request last.presentation", expect=1)
