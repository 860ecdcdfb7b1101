"""Groups: sums, averages, least and greatest, one relation asked of several values."""

from __future__ import annotations

import pytest

from tests.circuits.building import VALUES, analyse, assert_refused
from tests.circuits.test_explain import explained
from zkproof.errors import PolicyError
from zkproof_circuits import library
from zkproof_circuits.circuit import Circuit
from zkproof_circuits.evaluate import evaluate
from zkproof_circuits.format import format_policy
from zkproof_circuits.includes import expand
from zkproof_circuits.policy import compile_policy

MONTHS = [f"m.balance_{k}" for k in range(1, 7)]


@pytest.mark.parametrize(
    ("group", "written_out"),
    [
        ("sum of {p.m, q.m, p.n} >= 3", "p.m + q.m + p.n >= 3"),
        ("2 * sum of {p.m, q.m} >= 3", "2 * (p.m + q.m) >= 3"),
        ("average of {p.mop, q.mop} >= 2.50 MOP", "p.mop + q.mop >= 5.00 MOP"),
        ("min of {p.m, q.m} >= 3", "p.m >= 3 and q.m >= 3"),
        ("min of {p.m, q.m} < 3", "p.m < 3 or q.m < 3"),
        ("max of {p.m, q.m} <= 3", "p.m <= 3 and q.m <= 3"),
        ("max of {p.m, q.m} > 3", "p.m > 3 or q.m > 3"),
        ("3 >= max of {p.m, q.m}", "p.m <= 3 and q.m <= 3"),
        ("max of {p.m, q.m} = 3", "p.m <= 3 and q.m <= 3 and (p.m >= 3 or q.m >= 3)"),
        ("not min of {p.m, q.m} >= 3", "p.m < 3 or q.m < 3"),
        ("min of {p.m, q.m} between 1 and 3", "p.m >= 1 and q.m >= 1 and (p.m <= 3 or q.m <= 3)"),
        ("all of (p.m, q.m) >= 3", "p.m >= 3 and q.m >= 3"),
        ("any of {p.m, q.m} >= 3", "p.m >= 3 or q.m >= 3"),
        ("none of (p.flag, q.flag)", "not (p.flag or q.flag)"),
        ("none of (p.m, q.m) in {3, 5}", "all of (p.m, q.m) not in {3, 5}"),
        ("at least 2 of (p.m, q.m, p.n) >= 3", "at least 2 of (p.m >= 3, q.m >= 3, p.n >= 3)"),
        ("exactly 1 of (p.m, q.m) = 3", "exactly 1 of (p.m = 3, q.m = 3)"),
        ("count of {p.flag, q.flag, p.m = 1} = 2", "exactly 2 of (p.flag, q.flag, p.m = 1)"),
        ("count of {p.flag, q.flag, p.m = 1} >= 2", "at least 2 of (p.flag, q.flag, p.m = 1)"),
        ("any of (p.day, q.day) >= today", "max of {p.day, q.day} >= today"),
    ],
)  # fmt: skip
def test_group_is_what_it_stands_for(group: str, written_out: str) -> None:
    one, other = (analyse(f"require {text}").circuit for text in (group, written_out))
    assert one.digest == other.digest


def test_rate_converts_inside_a_group() -> None:
    rate = 'rate MOP per HKD = 1.03 source "x" at 2026-01-01 '
    circuit = analyse(f"{rate} require sum of {{p.mop, q.mop, p.hkd}} >= 10.00 MOP").circuit
    values = {"p": {**VALUES, "mop": 300, "hkd": 200}, "q": {**VALUES, "mop": 494}}
    assert evaluate(circuit, values)
    assert not evaluate(circuit, {**values, "q": {**VALUES, "mop": 493}})


@pytest.mark.parametrize(
    ("statement", "accepted", "match"),
    [
        ("require sum of {p.m, p.m} >= 1", "require sum of {p.m, q.m} >= 1", "stands in the sum"),
        ("require min of {p.m} >= 1", "require min of {p.m, q.m} >= 1", "two values or more"),
        ("require min of {p.m, q.m} + 1 >= 2", "require min of {p.m, q.m} >= 1", "stands alone"),
        ("require sum of {p.m, p.mop} >= 1", "require sum of {p.m, p.n} >= 1", "does not go with"),
        (
            "require max of {p.word, q.word} >= 1",
            "require max of {p.m, q.m} >= 1",
            "has no order",
        ),
        (
            "require at least 2 of (p.m, p.flag) >= 3",
            "require at least 2 of (p.m, p.n) >= 3",
            "has no order",
        ),
        (
            "require at least 3 of (p.m, q.m) >= 3",
            "require at least 2 of (p.m, q.m) >= 3",
            "1 to 2 can be asked for",
        ),
        (
            "require count of {p.flag, p.flag = true} >= 1",
            "require count of {p.flag, q.flag = true} >= 1",
            "stands twice",
        ),
    ],
)
def test_group_that_means_nothing_sound_is_refused(
    statement: str, accepted: str, match: str
) -> None:
    assert_refused(statement, match, accepted=accepted)


def test_refusal_points_into_the_group() -> None:
    text = "require min of {\n    p.m,\n    q.nn\n} >= 3"
    assert_refused(text, "no attribute nn", accepted=text.replace("nn", "n"), line=3)


def test_seventeenth_credential_is_refused_with_what_to_do_instead() -> None:
    def asking(count: int) -> str:
        return 'policy t v1 purpose "t" ' + " ".join(
            f'credential c{k}: deposit-certificate from "y"' for k in range(count)
        )

    schemas = library.all_schemas()
    compile_policy(asking(16), schemas, today=20_780)
    with pytest.raises(PolicyError, match="17 credentials, at most 16") as caught:
        compile_policy(asking(17), schemas, today=20_780)
    assert "one certificate about several accounts" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("condition", "language", "sentence"),
    [
        ("all of (p.m, p.n) >= 3", "en", "m is at least 3, and n is at least 3"),
        ("all of (p.m, p.n) >= 3", "pt", "m: no mínimo 3, e n: no mínimo 3"),
        ("all of (p.m, p.n) >= 3", "zh-Hant", "m 不少於 3，並且 n 不少於 3"),
        ("all of (p.m, p.n) >= 3", "zh-Hans", "m 不少于 3，并且 n 不少于 3"),
        ("sum of {p.m, p.n, p.big} >= 3", "en", "big + m + n is at least 3"),
        (
            "at least 2 of (p.m, p.n, p.big) >= 3",
            "en",
            "at least 2 of these are true, without saying which: "
            "m is at least 3; n is at least 3; big is at least 3",
        ),
    ],
)
def test_group_is_said_part_by_part(condition: str, language: str, sentence: str) -> None:
    assert explained(f"require {condition}", language).constraints == (sentence,)


HISTORY = 'policy t v1 purpose "t" credential m: balance-history from "y" require '


def history(condition: str) -> Circuit:
    return compile_policy(HISTORY + condition, library.all_schemas(), today=20_780)


@pytest.mark.parametrize(
    ("numbered", "written_out"),
    [
        ("sum of {m.balance_*} >= 10 MOP", f"{' + '.join(MONTHS)} >= 10 MOP"),
        ("min of {m.balance_*} >= 10 MOP", f"all of ({', '.join(MONTHS)}) >= 10 MOP"),
        ("at least 4 of (m.balance_*) >= 10 MOP", f"at least 4 of ({', '.join(MONTHS)}) >= 10 MOP"),
        ("none of {m.balance_*} = 0 MOP", f"none of ({', '.join(MONTHS)}) = 0 MOP"),
        (
            "if all of (m.balance_*) >= 1 MOP then max of {m.balance_*} >= 9 MOP",
            f"if all of ({', '.join(MONTHS)}) >= 1 MOP then any of ({', '.join(MONTHS)}) >= 9 MOP",
        ),
    ],
)
def test_numbered_attributes_are_a_group(numbered: str, written_out: str) -> None:
    assert history(numbered).digest == history(written_out).digest


@pytest.mark.parametrize(
    ("refused", "accepted", "match"),
    [
        ("m.balance_* >= 1 MOP", "sum of {m.balance_*} >= 1 MOP", "stands for several"),
        ("sum of {m.total_*} >= 1 MOP", "sum of {m.balance_*} >= 1 MOP", "no attributes total_1"),
        ("sum of {n.balance_*} >= 1 MOP", "sum of {m.balance_*} >= 1 MOP", "no credential is"),
        ("sum of {m.balance_*, m.balance_1} >= 1 MOP", "sum of {m.balance_*} >= 1 MOP", "twice"),
        ("sum of {2 * m.balance_*} >= 1 MOP", "2 * sum of {m.balance_*} >= 1 MOP", "several"),
    ],
)
def test_numbered_attributes_stand_in_groups_only(refused: str, accepted: str, match: str) -> None:
    history(accepted)
    with pytest.raises(PolicyError, match=match):
        history(refused)


def test_numbered_attributes_come_along_with_what_is_included() -> None:
    inner = (
        'policy inner v1 purpose "x" credential h: balance-history from "y" '
        "require sum of {h.balance_*} >= 10 MOP"
    )
    outer = (
        'policy outer v1 purpose "t" credential m: balance-history from "y" '
        "include inner v1 (h = m)"
    )
    assert "require sum of {m.balance_*} >= 10 MOP" in expand(outer, lambda _: inner)


@pytest.mark.parametrize(
    "condition",
    [
        "all of (a.balance_*) >= 3",
        "sum of {a.m, a.n} * 2 >= 3",
        "at least 10_000 of (a.m, a.n) >= 3",
        "all of (a.m, a.n) in {1, 2}",
        "none of (a.m = 1, a.n = 2)",
        "average of {a.m, a.n} between 1 and 2",
        "count of {a.m = 1, a.n = 2} = 1",
        'any of (a.m, a.n) not in list "x#y"',
    ],
)
def test_group_is_written_as_it_was(condition: str) -> None:
    text = f'policy t v1\npurpose "t"\n\nrequire {condition}\n'
    assert format_policy(text).splitlines()[-1] == f"require {condition}"
