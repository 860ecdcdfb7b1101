"""A relying party reads one value while the proof was checked against another.

Seen in: verifiers that checked the disclosed values inside the proof and displayed those beside it.
"""

from __future__ import annotations

from dataclasses import replace

from tests.presentation.building import NOW, trust_view
from tests.presentation.test_trip import PRESENTATION, REQUEST
from zkproof.presentation.presentation import Presentation
from zkproof.presentation.report import Refusal, Report
from zkproof.presentation.verify import verify


def test_report_holds_the_values_the_proof_was_checked_against() -> None:
    report = verify(REQUEST, PRESENTATION, trust_view(), now=NOW)
    assert isinstance(report, Report)
    parsed = Presentation.from_bytes(PRESENTATION)
    for credential in report.credentials:
        assert credential.disclosed == parsed.credentials[credential.alias].disclosed


def test_another_value_beside_the_same_proof_is_refused() -> None:
    parsed = Presentation.from_bytes(PRESENTATION)
    assert isinstance(verify(REQUEST, parsed.to_bytes(), trust_view(), now=NOW), Report)
    shown = dict(parsed.credentials["a"].disclosed)
    for name, value in (("bank_name", "Bank A "), ("bank_name", "bank A"), ("currency", 156)):
        changed = replace(parsed.credentials["a"], disclosed={**shown, name: value})
        forged = replace(parsed, credentials={**parsed.credentials, "a": changed}).to_bytes()
        assert isinstance(verify(REQUEST, forged, trust_view(), now=NOW), Refusal)
