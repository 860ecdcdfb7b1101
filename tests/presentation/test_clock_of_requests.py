"""What a policy calls now, and the day elsewhere, are fixed when a request is opened."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest

from tests.circuits.building import HEAD, NOW, PROBE, TODAY
from tests.presentation.building import CHECKPOINT, LEDGER, SIGNER, VERIFIER
from zkproof.errors import DecodeError, UsageError
from zkproof.presentation.request import Request, open_request
from zkproof_circuits.policy import compile_policy, reads_clock

SCHEMAS = {PROBE.digest: PROBE}
RECENT = HEAD + "require p.moment >= now - 48 hours"
TODAYS = HEAD + "require p.other_day >= today - 2 days"
LOCAL = HEAD + 'require p.other_day >= today in "Asia/Macau" - 2 days'


def opened(policy: str, now: int) -> Request:
    return open_request(
        SIGNER, VERIFIER, policy, (PROBE,), ledger_id=LEDGER, checkpoint=CHECKPOINT, now=now
    )


@pytest.mark.parametrize(("policy", "expected"), [(RECENT, True), (TODAYS, False), (LOCAL, True)])
def test_policy_that_reads_the_clock_is_told_from_others(policy: str, expected: bool) -> None:
    assert reads_clock(policy) is expected


def test_now_is_the_second_in_which_the_request_was_opened() -> None:
    first, second = opened(RECENT, NOW), opened(RECENT, NOW + 1)
    assert first.circuit_digest != second.circuit_digest
    for request, now in ((first, NOW), (second, NOW + 1)):
        compiled = compile_policy(RECENT, (PROBE,), today=TODAY, now=now)
        assert Request.from_bytes(request.to_bytes()).circuit(SCHEMAS) == compiled
    assert opened(TODAYS, NOW).circuit_digest == opened(TODAYS, NOW + 1).circuit_digest


def test_request_with_another_second_compiles_to_something_else() -> None:
    request = opened(RECENT, NOW)
    request.circuit(SCHEMAS)
    with pytest.raises(DecodeError, match="compiles to something else"):
        replace(request, issued_at=NOW - 1).circuit(SCHEMAS)


def test_day_in_macao_begins_eight_hours_earlier() -> None:
    midnight = NOW // 86_400 * 86_400
    before, after = (opened(LOCAL, midnight + seconds) for seconds in (57_599, 57_600))
    same_day, next_day = (
        opened(TODAYS, midnight + days * 86_400).circuit_digest for days in (0, 1)
    )
    assert (before.circuit_digest, after.circuit_digest) == (same_day, next_day)


@pytest.mark.parametrize("now", [NOW - 86_400, NOW + 86_400, True, str(NOW)])
def test_now_is_a_second_of_today(now: object) -> None:
    compile_policy(RECENT, (PROBE,), today=TODAY, now=NOW)
    with pytest.raises(UsageError, match="a second of the day"):
        compile_policy(RECENT, (PROBE,), today=TODAY, now=now)  # type: ignore[arg-type]


def test_without_a_second_the_day_has_just_begun() -> None:
    midnight = (TODAY - datetime.date(1970, 1, 1)).days * 86_400
    one, other = (
        compile_policy(RECENT, (PROBE,), today=TODAY, now=now) for now in (None, midnight)
    )
    assert one.digest == other.digest
