"""The packaged schemas and policies: tidy, compiling without a warning, meaning what they say."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from zkproof.errors import NotFoundError, UsageError
from zkproof_circuits import library
from zkproof_circuits.circuit import Slot
from zkproof_circuits.evaluate import evaluate
from zkproof_circuits.format import format_policy
from zkproof_circuits.labels import LANGUAGES
from zkproof_circuits.policy import analyse_policy, compile_policy
from zkproof_circuits.types import Enumeration, Text, Value, day_number

TODAY = datetime.date(2026, 11, 23)
SECRET = b"\x07" * 32
DIGEST = b"\x01" * 32


def values(schema: str, **given: str) -> dict[str, Value]:
    """A credential from text, as a bank's file would hold it."""
    record = {
        "rid": "77",
        "valid_from": "2026-01-01",
        "valid_until": "2027-01-01",
        **given,
    }
    parsed = library.schema(schema).parse_record(record)
    return {"holder": SECRET, **library.schema(schema).check_issued(parsed)}


def deposit(schema: str = "deposit-certificate", **given: str) -> dict[str, Value]:
    defaults = {
        "bank_name": "Banco de Exemplo",
        "account_hash": "0a",
        "currency": "MOP",
        "balance": "600_000.00",
        "account_kind": "savings",
        "residency": "MO",
        "opened": "1999-12-20",
        "as_of": "2026-11-01",
        "document_sha256": DIGEST.hex(),
        "document_sm3": DIGEST.hex(),
    }
    return values(schema, **{**defaults, **given})


def identity(**given: str) -> dict[str, Value]:
    defaults = {
        "name": "陳大文",
        "birth_date": "1990-05-05",
        "nationality": "CN",
        "residency": "MO",
        "permanent_resident": "true",
        "document_kind": "identity-card",
        "person_number": "99001",
        "document_hash": "0b",
    }
    return values("identity", **{**defaults, **given})


def income(**given: str) -> dict[str, Value]:
    defaults = {
        "tax_year": "2025",
        "monthly_income": "50_000.00",
        "monthly_debt": "20_000.00",
        "months_employed": "30",
        "employer": "Exemplo, Lda.",
        "as_of": "2026-10-01",
        "document_sha256": DIGEST.hex(),
        "document_sm3": DIGEST.hex(),
    }
    return values("income-statement", **{**defaults, **given})


def hkd(**given: str) -> dict[str, Value]:
    return deposit("deposit-certificate-hkd", **{"currency": "HKD", **given})


def investments(**given: str) -> dict[str, Value]:
    defaults = {
        "bank_name": "Banco de Exemplo",
        "first_investment": "2024-11-23",
        "liabilities": "0.00",
        "as_of": "2026-11-01",
    }
    return values("investment-statement", **{**defaults, **given})


def satisfied(policy: str, presented: dict[str, Any], **parameters: object) -> bool:
    circuit = compile_policy(
        library.policy_text(policy), library.all_schemas(), today=TODAY, parameters=parameters
    )
    return evaluate(circuit, presented)


@pytest.mark.parametrize("name", library.policy_names())
def test_packaged_policy_is_tidy_and_compiles_without_a_warning(name: str) -> None:
    text = library.policy_text(name)
    assert format_policy(text) == text
    analysis = analyse_policy(text, library.all_schemas(), today=TODAY)
    assert analysis.warnings == ()
    assert analysis.circuit.name == name


@pytest.mark.parametrize("name", library.schema_names())
def test_packaged_schema_is_labelled_in_every_language(name: str) -> None:
    schema = library.schema(name)
    assert schema.id == name
    for labels in (schema.title, *(attribute.label for attribute in schema.attributes)):
        assert set(labels.to_mapping()) == set(LANGUAGES)
    for attribute in schema.attributes:
        if isinstance(attribute.type, Enumeration):
            assert len(attribute.member_labels) == len(attribute.type.members)
        for labels in attribute.member_labels:
            assert set(labels.to_mapping()) == set(LANGUAGES)


def test_only_packaged_names_are_read() -> None:
    library.policy_text("deposit-threshold")
    for name in ("deposit", "../schemas/identity", "", "/etc/passwd"):
        with pytest.raises(NotFoundError):
            library.policy_text(name)
        with pytest.raises(NotFoundError):
            library.schema_text(name)


@pytest.mark.parametrize(
    ("certificate", "expected"),
    [
        ({}, True),
        ({"balance": "500_000.00"}, True),
        ({"balance": "499_999.99"}, False),
        ({"as_of": "2026-10-24"}, True),
        ({"as_of": "2026-10-23"}, False),
    ],
)
def test_deposit_threshold(certificate: dict[str, str], expected: bool) -> None:
    held = {"a": deposit(**certificate), "i": identity()}
    assert satisfied("deposit-threshold", held) == expected


def test_deposit_threshold_is_a_parameter() -> None:
    held = {"a": deposit(), "i": identity()}
    assert satisfied("deposit-threshold", held, threshold="600_000.00")
    assert not satisfied("deposit-threshold", held, threshold="600_000.01")


def test_deposit_of_somebody_else_does_not_count() -> None:
    other = {**identity(), "holder": b"\x08" * 32}
    assert satisfied("deposit-threshold", {"a": deposit(), "i": identity()})
    assert not satisfied("deposit-threshold", {"a": deposit(), "i": other})


def test_deposit_threshold_reveals_the_currency_only() -> None:
    circuit = compile_policy(
        library.policy_text("deposit-threshold"), library.all_schemas(), today=TODAY
    )
    assert circuit.revealed == (Slot("a", "currency"),)


@pytest.mark.parametrize("name", library.policy_names())
def test_packaged_policies_reveal_no_text_that_an_issuer_writes(name: str) -> None:
    """A bank can spell its name in a thousand ways, and recognise a customer by one. Only who opens
    an account has to say the name it is opened in.
    """
    needed = {("account-opening", Slot("i", "name"))}
    schemas = {schema.digest: schema for schema in library.all_schemas()}
    circuit = compile_policy(library.policy_text(name), library.all_schemas(), today=TODAY)
    for slot in set(circuit.revealed) - {slot for policy, slot in needed if policy == name}:
        digest = circuit.requirement(slot.credential).schema_digest
        assert not isinstance(schemas[digest].attribute(slot.attribute).type, Text)


def test_three_banks_count_together_but_one_account_only_once() -> None:
    accounts = {
        alias: deposit(balance="333_333.34", account_hash=number)
        for alias, number in (("a", "01"), ("b", "02"), ("c", "03"))
    }
    assert satisfied("sum-of-three-banks", accounts)
    short = {**accounts, "c": deposit(balance="333_333.31", account_hash="03")}
    assert not satisfied("sum-of-three-banks", short)
    twice = {**accounts, "c": accounts["b"]}
    assert not satisfied("sum-of-three-banks", twice)


@pytest.mark.parametrize(
    ("statement", "person", "expected"),
    [
        ({}, {}, True),
        ({"monthly_debt": "20_000.01"}, {}, False),
        ({"monthly_income": "49_999.99"}, {}, False),
        ({"months_employed": "11"}, {}, False),
        ({"as_of": "2026-08-23"}, {}, True),
        ({"as_of": "2026-08-22"}, {}, False),
        ({}, {"birth_date": "2008-11-23"}, True),
        ({}, {"birth_date": "2008-11-24"}, False),
        ({}, {"birth_date": "1960-11-24"}, True),
        ({}, {"birth_date": "1960-11-23"}, False),
    ],
)
def test_debt_to_income(statement: dict[str, str], person: dict[str, str], expected: bool) -> None:
    held = {"s": income(**statement), "i": identity(**person)}
    assert satisfied("debt-to-income", held) == expected


@pytest.mark.parametrize(
    ("balance", "dollars", "loans", "monthly", "months", "expected"),
    [
        ("900_000.00", "100_000.00", "0.00", "0.00", "0", True),  # 900 000 + 1.03 * 100 000
        ("897_000.00", "100_000.00", "0.00", "0.00", "0", True),
        ("896_999.99", "100_000.00", "0.00", "0.00", "0", False),
        ("900_000.00", "100_000.00", "3_000.00", "0.00", "0", True),
        ("900_000.00", "100_000.00", "3_000.01", "0.00", "0", False),
        ("0.00", "0.00", "0.00", "40_000.00", "24", True),
        ("0.00", "0.00", "9_000.00", "40_000.00", "24", True),
        ("0.00", "0.00", "0.00", "39_999.99", "24", False),
        ("0.00", "0.00", "0.00", "40_000.00", "23", False),
    ],
)
def test_wealth_management_is_open_by_net_assets_or_by_income(
    balance: str, dollars: str, loans: str, monthly: str, months: str, expected: bool
) -> None:
    held = {
        "a": deposit(balance=balance),
        "h": hkd(balance=dollars),
        "s": income(monthly_income=monthly, months_employed=months),
        "v": investments(liabilities=loans),
        "i": identity(),
    }
    assert satisfied("wealth-management", held) == expected


@pytest.mark.parametrize(
    ("lacks", "balance", "monthly", "expected"),
    [
        ("", "1_000_000.00", "0.00", True),
        ("s", "1_000_000.00", "0.00", True),
        ("s", "999_999.99", "0.00", False),
        ("s", "0.00", "40_000.00", False),
        ("ah", "0.00", "40_000.00", True),
        ("ah", "0.00", "39_999.99", False),
        ("h", "1_000_000.00", "39_999.99", False),
        ("h", "1_000_000.00", "40_000.00", True),
        ("ahs", "1_000_000.00", "40_000.00", False),
    ],
)
def test_wealth_management_asks_for_the_certificates_of_one_way(
    lacks: str, balance: str, monthly: str, expected: bool
) -> None:
    everything = {
        "a": deposit(balance=balance),
        "h": hkd(balance="0.00"),
        "s": income(monthly_income=monthly, months_employed="24"),
        "v": investments(liabilities="0.00"),
        "i": identity(),
    }
    held = {alias: each for alias, each in everything.items() if alias not in lacks}
    assert satisfied("wealth-management-ways", held) == expected


@pytest.mark.parametrize(("balance", "expected"), [("500_000.00", True), ("499_999.99", False)])
def test_deposit_at_any_bank_hides_which(balance: str, expected: bool) -> None:
    held = {"a": deposit(balance=balance), "i": identity()}
    assert satisfied("deposit-at-any-bank", held) == expected
    circuit = compile_policy(
        library.policy_text("deposit-at-any-bank"), library.all_schemas(), today=TODAY
    )
    assert circuit.requirement("a").hidden_among == 5
    assert circuit.revealed == ()


@pytest.mark.parametrize(("first", "expected"), [("2024-11-23", True), ("2024-11-24", False)])
def test_wealth_management_asks_for_two_years_of_experience(first: str, expected: bool) -> None:
    held = {
        "a": deposit(balance="1_000_000.00"),
        "h": hkd(balance="0.00"),
        "s": income(),
        "v": investments(first_investment=first),
        "i": identity(),
    }
    assert satisfied("wealth-management", held) == expected


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        ({}, True),
        ({"residency": "PT", "permanent_resident": "true"}, True),
        ({"residency": "PT", "permanent_resident": "false"}, False),
        ({"residency": "HK", "permanent_resident": "false"}, True),
        ({"document_kind": "travel-permit"}, False),
        ({"birth_date": "2010-01-01"}, False),
    ],
)
def test_account_opening(person: dict[str, str], expected: bool) -> None:
    assert satisfied("account-opening", {"i": identity(**person)}) == expected


def test_day_may_be_given_as_a_number() -> None:
    text, schemas = library.policy_text("deposit-threshold"), library.all_schemas()
    by_number = compile_policy(text, schemas, today=day_number(TODAY))
    assert by_number == compile_policy(text, schemas, today=TODAY)
    assert by_number != compile_policy(text, schemas, today=day_number(TODAY) + 1)
    for refused in (True, -1, 1 << 30, "2026-11-23", datetime.datetime(2026, 11, 23)):
        with pytest.raises(UsageError, match="today"):
            compile_policy(text, schemas, today=refused)  # type: ignore[arg-type]


def test_value_that_a_circuit_needs_is_named_when_missing() -> None:
    held = {"a": deposit(), "i": identity()}
    del held["a"]["balance"]
    with pytest.raises(UsageError, match=r"a\.balance: value missing"):
        satisfied("deposit-threshold", held)


def test_value_of_another_kind_is_refused() -> None:
    held = {"a": {**deposit(), "balance": "600_000.00"}, "i": identity()}
    with pytest.raises(UsageError, match=r"a\.balance: an integer"):
        satisfied("deposit-threshold", held)
