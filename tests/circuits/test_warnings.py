"""What compiles with a warning, each beside something that compiles without that one."""

from __future__ import annotations

import pytest

from tests.circuits.building import HEAD, analyse

GOOD = "require not revoked p, q\n"


def messages(statements: str, head: str = HEAD) -> list[str]:
    return [warning.message for warning in analyse(statements, head=head).warnings]


@pytest.mark.parametrize(
    ("warned", "clean", "match"),
    [
        ("require p.m >= -9", "require p.m >= -8", "always holds"),
        ("require p.flag or p.m >= 10", "require p.flag or p.m >= 9", "can never hold"),
        ("require p.m in {1} or p.m = 1", "require p.m in {1} or p.m = 2", "same as an earlier"),
        ("require p.m >= 1 require p.m >= 1", "require p.m >= 1 require q.m >= 1", "before"),
        ("param x: int = 1", "param x: int = 1 require p.m >= x", "x is not used"),
        (
            'rate MOP per HKD = 1.03 source "x" at 2026-01-01',
            'rate MOP per HKD = 1.03 source "x" at 2026-01-01 require p.hkd >= 3.00 MOP',
            "MOP per HKD is not used",
        ),
        ("", "require not revoked p, q", "may have been revoked"),
        ("reveal p.n require p.n >= 3", "reveal p.n require q.n >= 3", "seen, not proven"),
        (
            "require p.mop + q.mop >= 3.00 MOP",
            "require p.mop + q.mop >= 3.00 MOP require distinct p.octets, q.octets",
            "counted twice",
        ),
    ],
)
def test_warning_is_given_where_it_applies_only(warned: str, clean: str, match: str) -> None:
    assert any(match in message for message in messages(warned))
    assert not any(match in message for message in messages(clean))


def test_credentials_of_several_people_are_pointed_out() -> None:
    apart = HEAD.replace("same holder p, q\n", "")
    assert any("different people" in message for message in messages(GOOD, apart))
    assert messages(GOOD) == []


def test_credential_of_which_nothing_is_asked_is_pointed_out() -> None:
    lone = 'policy t v1 purpose "t" credential p: probe from "x" '
    assert any("nothing is asked" in message for message in messages("", lone))
    assert not any("nothing is asked" in message for message in messages("reveal p.m", lone))


def test_warning_says_where() -> None:
    (warning,) = analyse(GOOD + "require p.m >= -9").warnings
    assert (warning.line, warning.column) == (HEAD.count("\n") + 2, len("require ") + 1)
    assert str(warning).startswith(f"line {warning.line}, column {warning.column}: ")
