"""An issuing office at the command line: own schemas, references, renewals, mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_commands import Session
from tests.issuer.building import HEADER, PAYROLL_TOML, ROW

VALUES = {
    "employer": "Works",
    "salary": "35000.00",
    "months": "36",
    "valid_from": "2026-01-01",
    "valid_until": "2099-12-31",
}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """A ledger with a bank, and an own schema in a file and on the ledger."""
    s = Session(tmp_path_factory.mktemp("office"))
    s.run("ledger init ledger.example")
    s.run("issuer init did:web:bank.example Bank --issuer bank")
    s.run("ledger register-issuer bank/issuer.json")
    (s.folder / "payroll.toml").write_text(PAYROLL_TOML)
    s.run("ledger publish-schema payroll.toml")
    s.run("wallet init")
    (s.folder / "values.json").write_text(json.dumps(VALUES))
    return s


def written(session: Session, name: str, *lines: str, header: str = HEADER) -> str:
    (session.folder / name).write_text("\n".join((header, *lines, "")))
    return name


def test_own_schema_goes_all_the_way(office: Session) -> None:
    rows = written(office, "rows.csv", f"4711,{ROW}", f"4712,{ROW}", header=f"who,{HEADER}")
    options = "--reference-column who --issuer bank"
    facts = office.json(f"issuer bulk {rows} --schema payroll.toml {options}")
    assert (facts["new offers"], facts["bad rows"]) == (2, 0)
    facts = office.json(f"issuer bulk {rows} --schema payroll {options}")
    assert (facts["new offers"], facts["known before"]) == (0, 2)
    office.run("issuer offers out --issuer bank")
    (found,) = office.json("issuer find 4711 --issuer bank").values()
    assert found["state"] == "open"
    path = Path("out") / found["file"]
    office.run(f"wallet commit {path} c")
    office.run(f"issuer answer {path} c credential --issuer bank")
    office.run("wallet receive credential")
    office.run("lists open payroll --kind status --issuer bank")
    assert office.json("lists status payroll --issuer bank")["entries"] == 1
    office.run("lists revoke 4711 --reason left --issuer bank")
    (found,) = office.json("issuer find 4711 --issuer bank").values()
    assert found["state"] == "revoked"
    assert "no record" in office.run("issuer find 4713 --issuer bank", expect=1)


def test_single_certificate_is_in_the_records_and_signed_once(office: Session) -> None:
    office.run("issuer offer payroll.toml one.offer --reference 4720 --issuer bank")
    office.run("wallet commit one.offer one.c")
    office.run("issuer issue one.offer one.c values.json first --issuer bank")
    office.run("issuer issue one.offer one.c values.json second --issuer bank")
    assert (office.folder / "first").read_bytes() == (office.folder / "second").read_bytes()
    (office.folder / "more.json").write_text(json.dumps({**VALUES, "salary": "99000.00"}))
    said = office.run("issuer issue one.offer one.c more.json third --issuer bank", expect=1)
    assert "other values" in said
    office.run("wallet receive first")
    # The only one: the certificate of the test before is revoked.
    assert office.json("lists status payroll --ahead --issuer bank")["entries"] == 1
    (found,) = office.json("issuer find 4720 --issuer bank").values()
    office.run(f"lists revoke {found['record']} --reason left --issuer bank")


def test_offer_with_values_is_answered_like_those_of_a_file(office: Session) -> None:
    office.run("issuer offer payroll two.offer --values values.json --issuer bank")
    office.run("wallet commit two.offer two.c")
    office.run("issuer answer two.offer two.c two.credential --issuer bank")
    office.run("wallet receive two.credential")


def test_values_with_a_name_twice_are_refused(office: Session) -> None:
    office.run("issuer offer payroll good.offer --values values.json --issuer bank")
    text = json.dumps(VALUES)[:-1] + ', "salary": "1.00"}'
    (office.folder / "twice.json").write_text(text)
    said = office.run("issuer offer payroll x.offer --values twice.json --issuer bank", expect=1)
    assert "stands twice" in said
    assert not (office.folder / "x.offer").exists()


@pytest.mark.parametrize("days", ["0", "-1", "367", "9" * 30])
def test_offers_for_days_that_cannot_be_are_refused_in_one_line(office: Session, days: str) -> None:
    rows = written(office, "single.csv", ROW)
    for command in (
        f"issuer offer payroll x.offer --days {days}",
        f"issuer bulk {rows} --schema payroll --days {days}",
        f"issuer renew --days {days}",
        f"lists publish payroll {rows} --days {days}",
    ):
        said = office.run(f"{command} --issuer bank", expect=1)
        assert said == "error: --days: 1 to 366\n"
    assert not (office.folder / "x.offer").exists()


def test_bad_rows_are_named_and_the_others_taken_when_told_to(office: Session) -> None:
    bad = ROW.replace("35000.00", "7.5E+05").replace("36", "many")
    name = written(office, "bad.csv", bad, ROW.replace("Works", "Good Works"))
    said = office.run(f"issuer bulk {name} --schema payroll --issuer bank", expect=1)
    assert said.splitlines()[0].startswith("line 2: column salary: ")
    assert "column months" in said
    assert "nothing was taken" in said
    facts = office.json(f"issuer bulk {name} --schema payroll --on-error skip --issuer bank")
    assert (facts["new offers"], facts["bad rows"]) == (1, 1)


def test_equal_rows_are_never_one_certificate(office: Session) -> None:
    row = ROW.replace("Works", "Twins")
    name = written(office, "equal.csv", row, row)
    said = office.run(f"issuer bulk {name} --schema payroll --issuer bank", expect=1)
    assert "line 3: equal to line 2" in said
    facts = office.json(f"issuer bulk {name} --schema payroll --equal-rows people --issuer bank")
    assert facts["new offers"] == 2


def test_mapping_file_and_options_say_how_a_file_is_written(office: Session) -> None:
    (office.folder / "map.toml").write_text(
        'reference = "N"\n[columns]\n"E" = "employer"\n"S" = "salary"\n[constants]\n'
        'months = "1"\nvalid_from = "2026-01-01"\nvalid_until = "2099-12-31"\n'
        '[numbers]\ndecimal = ","\n'
    )
    (office.folder / "semi.csv").write_bytes("N;E;S\n1;João;1,50\n".encode("cp1252"))
    command = "issuer bulk semi.csv --schema payroll --mapping map.toml --issuer bank"
    assert office.json(command)["new offers"] == 1
    named = f"{command} --encoding windows-1252 --delimiter semicolon"
    assert office.json(named)["known before"] == 1
    assert "not known" in office.run(f"{command} --encoding x-none", expect=1)
    assert "delimiter" in office.run(f"{command} --delimiter x", expect=1)


def test_key_is_rotated_by_command(office: Session) -> None:
    facts = office.json("issuer rotate-key --key 2027 --issuer bank")
    assert facts["key"] == "2027"
    assert office.json("issuer rotate-key --issuer bank")["key"] == "2027"
    assert "2027" in office.run("ledger show")
    office.run("issuer offer payroll after.offer --values values.json --issuer bank")


def test_schema_that_nobody_knows_is_named(office: Session) -> None:
    said = office.run("issuer offer payrol x.offer --issuer bank", expect=1)
    assert "payrol: no such schema" in said
    assert "cannot be read" in office.run(
        "issuer offer payrol.toml x.offer --issuer bank", expect=1
    )
