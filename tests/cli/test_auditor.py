"""An auditor's key and an opening, command by command, with the mistakes on the way."""

from __future__ import annotations

import pytest

from tests.audit.building import Table, with_wrong_share
from tests.cli import test_commands
from tests.cli.test_commands import POLICY, Session
from zkproof.audit.authority import Authority, DeliverySecret
from zkproof.audit.ceremony import Ceremony
from zkproof.audit.contribution import Contribution
from zkproof.keys import keyring
from zkproof.keys.ed25519 import Ed25519Signer

AUDITOR = "did:web:audit.example"
NAMES = ("north", "south", "court")
ENCRYPTED = POLICY + f'encrypt i.rid to "{AUDITOR}"\n'
CARDS = " ".join(f"{name}/authority.card" for name in NAMES)
CONTRIBUTIONS = " ".join(f"{name}.contribution" for name in NAMES)

session = test_commands.session  # a world of its own, made by the same commands


@pytest.fixture(scope="module")
def registered(session: Session) -> Session:
    """Three authorities with a key of which two can open, on the ledger."""
    s = session
    for name in NAMES:
        s.run(f"auditor init {name} --authority {name}")
    facts = s.json(f"auditor propose {AUDITOR} 2026-1 one.ceremony {CARDS} --threshold 2")
    assert facts["needed"] == "2 of 3"
    for name in NAMES:
        s.run(f"auditor contribute one.ceremony {name}.contribution --authority {name}")
    prints = {
        name: s.json(f"auditor finish one.ceremony {name}/one {CONTRIBUTIONS} --authority {name}")[
            "fingerprint"
        ]
        for name in NAMES
    }
    assert len(set(prints.values())) == 1
    acceptances = [f"{name}/one.acceptance" for name in NAMES]
    said = s.run(
        f"auditor register Office north/one.key audit.json {' '.join(acceptances[:2])}", expect=1
    )
    assert "not accepted by court" in said
    s.run(f"auditor register Office north/one.key audit.json {' '.join(acceptances)}")
    s.run("ledger register-auditor audit.json")
    (s.folder / "encrypted.policy").write_text(ENCRYPTED)
    s.run("request new encrypted.policy x.request")
    s.run("wallet present x.request --out x.presentation --yes")
    s.run("verify x.request x.presentation --receipt x.receipt")
    return s


SHOWN = "x.request x.presentation x.receipt"


def test_two_of_three_authorities_open_what_was_encrypted(registered: Session) -> None:
    s = registered
    for name in NAMES[1:]:
        facts = s.json(f"auditor decrypt {name}/one.key {SHOWN} {name}.parts")
        assert facts["attributes"] == ["i.rid"]
    combine = f"auditor combine north/one.key {SHOWN}"
    facts = s.json(f"{combine} south.parts court.parts --max-value 5000")
    assert facts == {"opened": {"i.rid": 815}, "by": ["south", "court"]}
    assert "815" not in s.run(f"{combine} south.parts court.parts --max-value 500", expect=1)
    (s.folder / "registered.txt").write_text("7\n815\n900\n")
    facts = s.json(f"{combine} south.parts court.parts --registered registered.txt")
    assert facts["opened"] == {"i.rid": 815}
    said = s.run(f"{combine} south.parts south.parts", expect=1)
    assert "1 parts that hold, 2 are needed" in said


def test_ledger_that_went_on_is_read_as_it_was(registered: Session) -> None:
    registered.run("ledger publish-registry others did:web:bank.example")
    registered.run(f"auditor decrypt north/one.key {SHOWN} later.parts")


def test_presentation_without_its_receipt_is_not_opened(registered: Session) -> None:
    s = registered
    s.run("request new encrypted.policy y.request")
    s.run("wallet present y.request --out y.presentation --yes")
    for shown in ("y.request y.presentation x.receipt", "x.request y.presentation x.receipt"):
        said = s.run(f"auditor decrypt north/one.key {shown} y.parts", expect=1)
        assert "another request or presentation" in said
    s.run("verify y.request x.presentation --receipt y.receipt", expect=1)
    said = s.run("auditor decrypt north/one.key y.request x.presentation y.receipt z", expect=1)
    assert "says that the presentation was refused" in said
    assert not (s.folder / "y.parts").exists()


def test_second_contribution_to_a_ceremony_is_refused(registered: Session) -> None:
    said = registered.run("auditor contribute one.ceremony again --authority north", expect=1)
    assert "exists already" in said
    assert not (registered.folder / "again").exists()


def test_stranger_and_wrong_passphrase_are_refused(registered: Session) -> None:
    s = registered
    s.run("auditor init stranger --authority stranger")
    said = s.run("auditor contribute one.ceremony s.contribution --authority stranger", expect=1)
    assert "not in this ceremony" in said
    said = s.run(f"auditor decrypt north/one.key {SHOWN} n.parts", expect=1, key="wrong")
    assert "passphrase" in said


def test_dealer_of_a_wrong_share_is_named_and_judged(registered: Session) -> None:
    s = registered
    s.run(f"auditor propose {AUDITOR} 2026-2 two.ceremony {CARDS} --threshold 2")
    for name in NAMES:
        s.run(f"auditor contribute two.ceremony two-{name}.contribution --authority {name}")
    ceremony = Ceremony.from_bytes((s.folder / "two.ceremony").read_bytes())
    files = [s.folder / f"two-{name}.contribution" for name in NAMES]
    authorities = []
    for name in NAMES:
        signing, delivery = keyring.load(
            s.folder / name / "authority.key", "p", "signing", "delivery"
        )
        authorities.append(
            Authority.from_secrets(
                name, Ed25519Signer.from_octets(signing), DeliverySecret.from_octets(delivery)
            )
        )
    table = Table(
        ceremony,
        tuple(authorities),
        tuple(Contribution.from_bytes(path.read_bytes(), ceremony) for path in files),
    )
    files[0].write_bytes(with_wrong_share(table, 1, 2).contributions[0].to_bytes())
    names = " ".join(path.name for path in files)
    s.run(f"auditor finish two.ceremony north/two {names} --authority north")
    s.run(f"auditor finish two.ceremony south/two {names} --authority south", expect=1)
    (complaint,) = (s.folder / "south").glob("*.complaint")
    judged = s.json(f"auditor judge two.ceremony two-north.contribution {complaint}")
    assert judged == {"dealer": "north", "at fault": True}
    s.run(f"auditor judge two.ceremony two-south.contribution {complaint}", expect=1)
    assert not (s.folder / "south" / "two.share").exists()
