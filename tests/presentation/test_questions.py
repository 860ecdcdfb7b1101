"""The thirty questions of docs/questions.md: each compiles, is said as the page says it in four
languages, is proven by who may answer yes, and refused from who may not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.presentation.building import ALICE, BANK, KEYS, LEDGER, NOW, SIGNER, VERIFIER, trust_view
from tests.presentation.test_random_policies import without_checks
from zkproof.credential.credential import Credential
from zkproof.credential.issuing import accept, commit, issue, make_offer
from zkproof.errors import ConflictError
from zkproof.presentation.presentation import present
from zkproof.presentation.report import Refusal, Report
from zkproof.presentation.request import Request, open_request
from zkproof.presentation.verify import verify
from zkproof.trust import Checkpoint
from zkproof_circuits import library
from zkproof_circuits.circuit import Circuit
from zkproof_circuits.explain import explain
from zkproof_circuits.format import format_policy
from zkproof_circuits.labels import LANGUAGES, Language
from zkproof_circuits.library.story import VALIDITY, dated
from zkproof_circuits.types import Value

PAGE = Path(__file__).parents[2] / "docs" / "questions.md"
HEAD = 'policy question v1\npurpose "question"\n\n'
REGISTRIES = ("banks", "authorities", "insurers", "hospitals", "laboratories")
TRUST = trust_view(registries={name: frozenset({BANK.issuer_id}) for name in REGISTRIES})
KEY = KEYS[BANK.issuer_id]

HASH, DIGEST = "0b0b", "41" * 32
VALUES = {
    "deposit-certificate": {
        "bank_name": "Bank A",
        "account_hash": HASH,
        "currency": "MOP",
        "balance": "750_000.00",
        "account_kind": "savings",
        "residency": "MO",
        "opened": "2019-03-01",
        "as_of": "today-3",
    },
    "deposit-certificate-hkd": {
        "bank_name": "Bank A",
        "account_hash": HASH,
        "currency": "HKD",
        "balance": "600_000.00",
        "account_kind": "fixed",
        "residency": "MO",
        "opened": "2019-03-01",
        "as_of": "today-3",
    },
    "balance-history": {
        "bank_name": "Bank A",
        "account_hash": HASH,
        "balance_1": "180_000.00",
        "balance_2": "120_000.00",
        "balance_3": "260_000.00",
        "balance_4": "240_000.00",
        "balance_5": "149_000.00",
        "balance_6": "251_000.00",
        "as_of": "today-10",
    },
    "identity": {
        "name": "Chan Ka Man",
        "person_number": "99001",
        "birth_date": "1991-06-15",
        "nationality": "MO",
        "residency": "MO",
        "permanent_resident": "true",
        "document_kind": "identity-card",
        "document_hash": HASH,
    },
    "income-statement": {
        "tax_year": "2025",
        "monthly_income": "38_000.00",
        "monthly_debt": "9_000.00",
        "months_employed": "40",
        "employer": "Exemplo Limitada",
        "as_of": "today-20",
    },
    "investment-statement": {
        "bank_name": "Bank A",
        "first_investment": "2021-02-01",
        "liabilities": "300_000.00",
        "as_of": "today-20",
    },
    "business-account": {
        "bank_name": "Bank A",
        "account_hash": HASH,
        "average_balance": "420_000.00",
        "monthly_debt": "30_000.00",
        "monthly_inflow": "450_000.00",
        "as_of": "today-20",
    },
    "business-registration": {
        "tax_number": "80123456",
        "firm_name": "Exemplo Limitada",
        "legal_form": "company",
        "registered": "2018-05-02",
        "capital": "1_000_000.00",
    },
    "tax-statement": {
        "tax_number": "80123456",
        "firm_name": "Exemplo Limitada",
        "tax_year": "2025",
        "turnover": "5_400_000.00",
        "profit": "620_000.00",
        "arrears": "0.00",
        "as_of": "today-20",
    },
    "social-security-statement": {
        "tax_number": "80123456",
        "employees": "14",
        "months_overdue": "0",
        "as_of": "today-20",
    },
    "insurance-policy": {
        "policy_hash": HASH,
        "kind": "health",
        "sum_insured": "500_000.00",
        "claimed": "80_000.00",
        "cover_from": "today-200",
        "cover_until": "today+165",
    },
    "medical-bill": {
        "hospital": "Hospital A",
        "amount": "36_000.00",
        "treated_on": "today-25",
        "diagnosis": "J06.9",
        "bill_hash": HASH,
    },
    "health-status": {
        "laboratory": "Laboratory A",
        "test_kind": "nucleic-acid",
        "result": "negative",
        "sampled_at": "now-20000",
        "sampled_on": "today",
    },
}
"""What somebody's certificates say of whom every question is answered with yes."""

OTHER_ACCOUNT = {"bank_name": "Bank B", "account_hash": "0c0c", "balance": "450_000.00"}
"""What a second certificate of deposit says instead."""


@dataclass(frozen=True)
class Question:
    """One question of the page."""

    heading: str
    policy: str
    refused: dict[str, str]
    sentences: dict[Language, str]


_QUESTION = re.compile(
    r"^### \d+\. (?P<heading>[^\n]+)\n\n```question\n(?P<policy>.+?)```\n\n"
    r"Refused: `(?P<refused>[^\n]+)`\n\n(?P<sentences>(?:- [^\n]+\n)+)",
    re.MULTILINE | re.DOTALL,
)


def questions() -> list[Question]:
    found = []
    for match in _QUESTION.finditer(PAGE.read_text(encoding="utf-8")):
        lines = [line.removeprefix("- ") for line in match["sentences"].splitlines()]
        changes = (each.partition(" = ") for each in match["refused"].split(", "))
        found.append(
            Question(
                match["heading"],
                match["policy"],
                {slot: value for slot, _, value in changes},
                dict(zip(LANGUAGES, lines, strict=True)),
            )
        )
    return found


QUESTIONS = questions()
by_heading = pytest.mark.parametrize("question", QUESTIONS, ids=[q.heading for q in QUESTIONS])


def opened(question: Question) -> Request:
    return open_request(
        SIGNER,
        VERIFIER,
        HEAD + question.policy,
        library.all_schemas(),
        ledger_id=LEDGER,
        checkpoint=Checkpoint(7, b"\x05" * 32),
        now=NOW,
    )


def certificates(circuit: Circuit, changes: dict[str, str]) -> dict[str, Credential]:
    """One for each credential that is asked for, with some values changed."""
    held: dict[str, Credential] = {}
    kinds: set[str] = set()
    for number, required in enumerate(circuit.credentials):
        schema = TRUST.schemas[required.schema_digest]
        texts = {**VALIDITY, **VALUES[schema.id]}
        if schema.id in kinds:
            texts |= OTHER_ACCOUNT
        kinds.add(schema.id)
        for slot, value in changes.items():
            alias, _, attribute = slot.partition(".")
            if alias == required.alias:
                texts[attribute] = value
        if "document_sha256" in schema.names:
            texts |= {"document_sha256": DIGEST, "document_sm3": DIGEST}
        values: dict[str, Value] = {
            name: schema.attribute(name).type.parse(dated(text, NOW))
            for name, text in texts.items()
        }
        offer = make_offer(KEY, BANK, schema, expires_at=NOW + 600)
        commitment, blind = commit(offer, ALICE)
        received = issue(KEY, offer, {**values, "rid": number + 1}, commitment, now=NOW)
        held[required.alias] = accept(offer, received, link_secret=ALICE, blind=blind)
    return held


def outcome(request: Request, changes: dict[str, str]) -> Report | Refusal | None:
    """What the verifier says, or ``None`` where the holder's program does not answer."""
    circuit = request.circuit(TRUST.schemas)
    try:
        answer = present(request, circuit, certificates(circuit, changes), ALICE, TRUST)
    except ConflictError:
        return None
    return verify(request, answer.to_bytes(), TRUST, now=NOW)


def test_page_has_thirty_questions() -> None:
    assert len(QUESTIONS) == 30
    assert len({each.heading for each in QUESTIONS}) == 30


@by_heading
def test_question_is_proven_where_the_answer_is_yes_and_refused_where_it_is_no(
    question: Question,
) -> None:
    request = opened(question)
    assert isinstance(outcome(request, {}), Report)
    assert outcome(request, question.refused) is None
    with without_checks():
        assert not isinstance(outcome(request, question.refused), Report)


@by_heading
def test_question_is_said_as_the_page_says_it(question: Question) -> None:
    circuit = opened(question).circuit(TRUST.schemas)
    for language, sentence in question.sentences.items():
        said = said_by(circuit, language)
        assert said == sentence


def said_by(circuit: Circuit, language: Language) -> str:
    """The sentences of all requirements but that of one holder, as a line of the page."""
    explanation = explain(circuit, library.all_schemas(), language)
    return "<br>".join(
        sentence
        for source, sentence in explanation.sentences.items()
        if not source.startswith("same holder")
    )


@by_heading
def test_question_is_in_the_layout_of_the_formatter(question: Question) -> None:
    written = format_policy(HEAD + question.policy)
    assert [line for line in written.splitlines() if line] == [
        line for line in (HEAD + question.policy).splitlines() if line
    ]
