"""What does not compile, each beside something that differs in one thing and does."""

from __future__ import annotations

import pytest

from tests.circuits.building import HEAD, PROBE, analyse, assert_refused
from zkproof.errors import PolicyError
from zkproof_circuits import library
from zkproof_circuits.circuit import Circuit, Inequality
from zkproof_circuits.policy import compile_policy
from zkproof_circuits.schema import Schema
from zkproof_circuits.schema_text import parse_schema


def test_one_quarter_modulo_p_cannot_pass_for_a_number_above_zero() -> None:
    """The inequality proof accepts any short fraction modulo p, such as 1/4, as at least zero.

    It is sound because an issuer vouches that the value is an integer in a box; so no comparison
    may read what a holder chose or what has no size.
    """
    for slot in ("p.holder", "p.note"):
        error = assert_refused(
            f"require {slot} >= 0", "chosen by the holder", accepted="require p.m >= 0", line=1
        )
        assert error.column == len("require ") + 1
        assert error.hint is not None
    for slot in ("p.word", "p.octets", "p.sha", "p.sm3"):
        assert_refused(f"require {slot} >= 0", "no order", accepted="require p.m >= 0")
        assert_refused(
            f"require p.m + {slot} >= 0", "without size", accepted="require p.m + p.n >= 0"
        )


@pytest.mark.parametrize(
    ("refused", "accepted", "match"),
    [
        # names
        ("require r.m >= 0", "require q.m >= 0", "no credential is called r"),
        ("require p.mm >= 0", "require p.m >= 0", "no attribute mm"),
        ("require p.m >= limit", "param limit: int = 3 require p.m >= limit", "nothing is called"),
        ("param in_force: int = 1 param in_force: int = 1", "param in_force: int = 1", "twice"),
        ("param p: int = 1", "param pp: int = 1", "twice"),
        ("param revoked: int = 1", "param revoke: int = 1", "word of the language"),
        # values that are chosen by the holder or have no size
        ('require p.note = "x"', 'require p.word = "x"', "chosen by the holder"),
        ("require p.holder = q.holder", "require p.n = q.n", "chosen by the holder"),
        ("require p.holder != q.holder", "require p.rid != q.rid", "chosen by the holder"),
        ('require p.note in {"x", "y"}', 'require p.word in {"x", "y"}', "chosen by the holder"),
        ("require distinct p.note, q.note", "require distinct p.word, q.word", "chosen by"),
        ("require p.word < q.word", "require p.word = q.word", "no order"),
        ("require p.word between 1 and 2", "require p.n between 1 and 2", "without size"),
        # types without order
        ("require p.country > MO", "require p.country = MO", "no order"),
        ("require p.rid >= 5", "require p.rid != q.rid", "no order"),
        ("require p.rid = 5", "require p.rid != q.rid", "linkable"),
        ("require p.rid = q.rid", "require distinct p.rid, q.rid", "linkable"),
        ("require p.rid != 5", "require p.rid != q.rid", "linkable"),
        ("require p.rid not in {5, 6}", "require p.n not in {5, 6}", "linkable"),
        ("require p.flag or p.rid = 5", "require p.flag or p.n = 5", "linkable"),
        ('require p.rid in list "o#x"', 'require p.rid not in list "o#x"', "linkable"),
        ("require p.rid in {5}", "require p.n in {5, 6}", "linkable"),
        ("require p.rid in {5, 6}", "require p.n in {5, 6}", "linkable"),
        ("require p.flag >= true", "require p.flag = true", "no order"),
        ("require p.country + 1 >= 3", "require p.n + 1 >= 3", "not a quantity"),
        # equality across types
        ("require p.country = p.currency", "require p.country = q.country", "different types"),
        ("require p.sha = p.sm3", "require p.sha = q.sha", "different types"),
        ("require p.word = p.word", "require p.word = q.word", "with itself"),
        ("require p.country = 446", "require p.country = MO", "a code such as"),
        ("require p.country = mo", "require p.country = MO", "nothing is called mo"),
        ("require p.country = MOP", "require p.country = MO", "no country has"),
        ('require p.colour = "pink"', 'require p.colour = "blue"', "not a member"),
        ("require p.word = 3", 'require p.word = "3"', "quotation marks"),
        ('require p.octets = "XY"', 'require p.octets = "0a"', "hexadecimal"),
        # units, currencies, scales
        ("require p.months >= p.years", "require p.months >= q.months", "does not go with"),
        ("require p.months >= p.n", "require p.months >= 3", "does not go with"),
        ("require p.mop >= 3", "require p.mop >= 3 MOP", "does not go with"),
        ("require p.mop >= 3 HKD", "require p.mop >= 3 MOP", "stated rate"),
        ("require p.mop >= 3 XYZ", "require p.mop >= 3 MOP", "no currency has"),
        (
            "require p.mop + p.hkd >= 3 MOP",
            'rate MOP per HKD = 1.03 source "x" at 2026-01-01 require p.mop + p.hkd >= 3 MOP',
            "stated rate",
        ),
        ("require p.mop >= p.mop_whole", "require p.mop >= q.mop", "digits after the point"),
        ("require p.mop_whole >= 1.50 MOP", "require p.mop_whole >= 1 MOP", "digits after"),
        ("require p.mop >= 1.505 MOP", "require p.mop >= 1.50 MOP", "digits after"),
        ("require p.mop * q.mop >= 3 MOP", "require p.mop * q.n >= 3 MOP", "does not go with"),
        ("require p.mop >= p.day", "require p.mop >= q.mop", "cannot be compared"),
        # dates
        ("require p.day + p.other_day >= today", "require p.day + 3 days >= today", "added to"),
        ("require p.day >= 30", "require p.day >= today - 30 days", "cannot be compared"),
        ("require p.day >= today - 30", "require p.day >= today - 30 days", "taken from"),
        ("require p.day - today >= 30", "require p.day - today >= -30 days", "does not go with"),
        ("require p.day + 6 months >= today", "require p.day >= today - 6 months", "differ in"),
        ("require 6 months >= 3 days", "require p.months >= 6 months", "months does not go"),
        ("require p.day + 5 hours >= today", "require p.day + 5 days >= today", "whole days"),
        ("require -p.day >= today", "require -p.m >= 3", "point in time"),
        ("require 2 * p.day >= today", "require 2 * p.m >= 3", "point in time"),
        ("require p.day >= 2026-02-30", "require p.day >= 2026-02-28", "no such day"),
        (
            "require p.moment >= 2026-02-28T24:00:00Z",
            "require p.moment >= 2026-02-28T23:00:00Z",
            "no such time",
        ),
        ("require p.day >= today - 9_000 years", "require p.day >= today - 90 years", "no such"),
        ("require age(p.m) >= 18", "require age(p.day) >= 18", "not a date"),
        ("require age(p.day) >= p.n", "require age(p.day) >= 18", "known whole number"),
        ("require age(p.day) >= 1.5", "require age(p.day) >= 1", "known whole number"),
        ("require age(p.day) >= 300", "require age(p.day) >= 100", "from 0 to 200"),
        ("require age(p.day) + 1 >= 18", "require age(p.day) >= 18", "stands alone"),
        # degrees and division
        ("require p.m * q.m * p.n >= 3", "require p.m * q.m * 2 >= 3", "more than two"),
        ("require p.m / p.n >= q.m / q.n + p.m", "require p.m / p.n >= q.m / q.n", "more than two"),
        ("require p.m / q.m >= 2", "require p.m / q.n >= 2", "above zero"),
        ("require p.m / 0 >= 2", "require p.m / 1 >= 2", "division by zero"),
        # bounds
        ("require p.huge * q.huge >= 3", "require p.big * q.big >= 3", "more than can be proven"),
        ("require p.m between 4 and 3", "require p.m between 3 and 4", "lower bound is above"),
        ("require age(p.day) between 65 and 18", "require age(p.day) between 18 and 65", "lower"),
        # what is plainly so or not
        ("require p.m >= 10", "require p.m >= 9", "can never hold"),
        ("require p.m = 10", "require p.m = 9", "can never hold"),
        ("require p.m between 10 and 12", "require p.m between 9 and 12", "can never hold"),
        ("require p.m not between -9 and 9", "require p.m not between -9 and 8", "can never hold"),
        ("require 2 * p.m = 5", "require 2 * p.m = 4", "no whole numbers"),
        ("require 2 * p.m != 5", "require 2 * p.m != 4", "no whole numbers"),
        ("require p.flag not in {true, false}", "require p.flag not in {true}", "can never hold"),
        ("require 1 <= 2", "require p.m <= 2", "no attribute decides"),
        ("require p.m - p.m >= 0", "require p.m - q.m >= 0", "no attribute decides"),
        # units
        ("require p.m >= 40%", "require p.share >= 40%", "does not go with percent"),
        ("require p.m >= p.share", "require p.m / p.n >= p.share", "does not go with"),
        ("require 40% of p.mop >= 1", "require 40% of p.mop >= 1 MOP", "with a plain number"),
        ("require p.day + p.months >= today", "require p.day + p.weeks >= today", "months cannot"),
        ("require p.day + p.lapse / 2 >= today", "require p.day + 2 * p.lapse >= today", "whole"),
        ("require p.months >= 2 years", "require p.months >= 24 months", "does not go with years"),
        # days and times
        (
            'require p.moment >= today in "Europe/Lisbon"',
            'require p.moment >= today in "Asia/Macau"',
            "know its clocks for ever",
        ),
        (
            "require p.other_day <= end of month(p.day)",
            "require p.other_day <= end of month(today)",
            "a date that is known",
        ),
        (
            "require year(p.other_day) = p.big",
            "require year(p.other_day) = year(today)",
            "compared with a known year",
        ),
        (
            "require year(p.other_day) >= 12_345",
            "require year(p.other_day) >= 2025",
            "compared with a known year",
        ),
        ("require year(p.m) = 2025", "require year(p.day) = 1985", "that of a date"),
        ("require year(p.moment) = 2025", "require year(p.day) = 1985", "that of a date"),
        (
            "require age(p.day) at p.other_day >= 18",
            "require age(p.day) at 2026-09-01 >= 18",
            "a date that is known",
        ),
        ("require now >= today", "require p.moment >= today", "no attribute decides"),
        ("param now: date = 2026-01-01", "param since: date = 2026-01-01", "word of the language"),
        # sets
        ("require p.m in {1, 2, 1}", "require p.m in {1, 2, 3}", "stands in the set twice"),
        ("require p.m in {1, 20}", "require p.m in {1, 2}", "outside"),
        ("require p.m + 1 in {1, 2}", "require p.m in {1, 2}", "only an attribute"),
        ("require p.m in {1, q.m}", "require p.m in {1, 2}", "whole number"),
        # conditions where numbers are needed and the other way round
        ("require p.m", "require p.flag", "a condition is needed"),
        ("require p.m + 1", "require p.m >= 1", "a condition is needed"),
        ("require p.m = (q.m = 1)", "require p.m = q.m", "number, an amount or a date"),
        ("require not p.m", "require not p.flag", "a condition is needed"),
        (
            "require at least 3 of (p.flag, q.flag)",
            "require at least 2 of (p.flag, q.flag)",
            "of 2",
        ),
        (
            "require at least 0 of (p.flag, q.flag)",
            "require at least 1 of (p.flag, q.flag)",
            "of 2",
        ),
        (
            "require at least 2 of (p.flag, q.flag, p.flag)",
            "require at least 2 of (p.flag, q.flag, p.m = 1)",
            "count twice",
        ),
        # equalities taken together
        ("require p.m = 1 require p.m = 2", "require p.m = 1 require q.m = 2", "contradicts"),
        ("require p.m = 1 require 2 * p.m = 2", "require p.m = 1 require 2 * q.m = 2", "follows"),
        (
            "require p.m = q.m require p.n = q.n require p.m + q.n = q.m + p.n",
            "require p.m = q.m require p.n = q.n require p.m + q.n = 5",
            "follows from",
        ),
        (
            'require p.word = "a" require q.word = "b" require p.word = q.word',
            'require p.word = "a" require p.word = q.word',
            "contradicts",
        ),
        ("same holder p, q", "", "follows from"),
        (
            "reveal p.m, q.m require p.m = p.n require p.n = q.m",
            "reveal p.m require p.m = p.n require p.n = q.m",
            "revealed attributes only",
        ),
        # statements
        ('purpose "again"', "", "stated twice"),
        ("retention 3 hours", "retention 3 days", "days, weeks, months or years"),
        ("reveal p.m, p.m", "reveal p.m, q.m", "revealed twice"),
        ("reveal p.holder", "reveal p.word", "never revealed"),
        ("reveal p.rid", "reveal p.word", "linkable"),
        ("require not revoked p, p", "require not revoked p, q", "named twice"),
        ("require distinct p.word, p.word", "require distinct p.word, q.word", "named twice"),
        ("require distinct p.word, q.m", "require distinct p.word, q.word", "another type"),
        ('encrypt p.big to "auditor"', 'encrypt p.rid to "auditor"', "2\\^48"),
        ('encrypt p.m to "auditor"', 'encrypt p.n to "auditor"', "2\\^48"),
        ('encrypt p.word to "auditor"', 'encrypt p.rid to "auditor"', "without size"),
        ('encrypt p.n to "a" reveal p.n', 'encrypt p.n to "a" reveal p.m', "hides nothing"),
        ('pseudonym of r for scope "s"', 'pseudonym of p for scope "s"', "no credential"),
        # parameters and rates
        ("param x: float = 1", "param x: int = 1", "no type of parameters"),
        ("param x: money(MOP) = 1 MOP", "param x: money(MOP, 2) = 1 MOP", "no type of parameters"),
        ("param x: money(MOP, 2) = 1", "param x: money(MOP, 2) = 1 MOP", "amount such as"),
        ("param x: money(MOP, 2) = 1 HKD", "param x: money(MOP, 2) = 1 MOP", "where MOP is"),
        ("param x: money(MOP, 2) = 1.5 MOP", "param x: money(MOP, 2) = 1.50 MOP", "2 digits"),
        ("param x: int", "param x: int = 1", "no value"),
        (
            "param x: int(months) = 3 require p.years >= x",
            "param x: int(years) = 3 require p.years >= x",
            "does not go with",
        ),
        (
            'rate MOP per MOP = 1 source "x" at 2026-01-01',
            'rate MOP per HKD = 1 source "x" at 2026-01-01',
            "between two currencies",
        ),
        (
            'rate MOP per HKD = 0 source "x" at 2026-01-01',
            'rate MOP per HKD = 1 source "x" at 2026-01-01',
            "above zero",
        ),
        (
            'rate MOP per HKD = 1 source "x" at 2027-01-01',
            'rate MOP per HKD = 1 source "x" at 2026-01-01',
            "later day",
        ),
        (
            'rate MOP per HKD = 1 source " " at 2026-01-01',
            'rate MOP per HKD = 1 source "x" at 2026-01-01',
            "names its source",
        ),
        (
            'rate MOP per HKD = 1 source "x" at 2026-01-01 '
            'rate HKD per MOP = 1 source "x" at 2026-01-01',
            'rate MOP per HKD = 1 source "x" at 2026-01-01 '
            'rate CNY per MOP = 1 source "x" at 2026-01-01',
            "stated twice",
        ),
    ],
)
def test_statement_is_refused_and_its_twin_is_not(refused: str, accepted: str, match: str) -> None:
    error = assert_refused(refused, match, accepted=accepted)
    assert error.line is not None
    assert error.column is not None


def test_unknown_name_is_answered_with_the_closest_one() -> None:
    error = assert_refused(
        'require p.colur = "red"', "no attribute", accepted='require p.colour = "red"'
    )
    assert error.hint == "did you mean colour?"


def test_error_points_at_the_operand_to_blame() -> None:
    error = assert_refused(
        "require p.m >= 1\n  and q.m + p.word >= 2",
        "without size",
        accepted="require p.m >= 1\n  and q.m + p.m >= 2",
        line=2,
    )
    assert error.column == 13


@pytest.mark.parametrize(
    ("line", "accepted", "match"),
    [
        ("credential p: prob from 'x'", None, "quotation marks"),
        ('credential p: prob from "x"', 'credential p: probe from "x"', "no schema is called"),
        ('credential p: probe v2 from "x"', 'credential p: probe v1 from "x"', "no version 2"),
        (
            'credential p: probe from any of {"x", "x"}',
            'credential p: probe from any of {"x", "y"}',
            "named twice",
        ),
        ('credential today: probe from "x"', 'credential day: probe from "x"', "word of"),
    ],
)
def test_credential_is_refused(line: str, accepted: str | None, match: str) -> None:
    head = 'policy t v1 purpose "t"\n'
    if accepted is not None:
        analyse(accepted, head=head)
    with pytest.raises(PolicyError) as caught:
        analyse(line, head=head)
    assert match in f"{caught.value.message} {caught.value.hint}"


def test_schema_known_in_two_versions_has_to_be_named_with_one() -> None:
    newer = Schema(PROBE.id, 2, PROBE.title, PROBE.attributes, PROBE.roles)
    head = 'policy t v1 purpose "t" '
    one = analyse('credential p: probe v1 from "x"', head=head, schemas=(PROBE, newer))
    assert one.circuit.credentials[0].schema_digest == PROBE.digest
    with pytest.raises(PolicyError, match="several versions"):
        analyse('credential p: probe from "x"', head=head, schemas=(PROBE, newer))


def test_policy_without_purpose_is_refused() -> None:
    asks = 'policy t v1 {} credential p: probe from "x" reveal p.m'
    compile_policy(asks.format('purpose "t"'), [PROBE], today=20_780)
    with pytest.raises(PolicyError, match="no purpose"):
        compile_policy(asks.format(""), [PROBE], today=20_780)


def test_policy_that_asks_for_no_credential_is_refused() -> None:
    with pytest.raises(PolicyError, match="no credential"):
        compile_policy('policy t v1 purpose "t"', [PROBE], today=20_780)


def test_role_that_a_schema_lacks_is_refused() -> None:
    bare = parse_schema(
        'id = "bare"\nversion = 1\ntitle = { en = "Bare" }\n'
        'attributes = [{ name = "m", type = { kind = "bool" }, label = { en = "m" } }]'
    )
    head = 'policy t v1 purpose "t" credential b: bare from "x" credential p: probe from "x" '
    for refused, accepted, match in (
        ("require not revoked b", "require not revoked p", "no record identifier"),
        ('pseudonym of b for scope "s"', 'pseudonym of p for scope "s"', "no holder's link"),
        ("same holder b, p", "", "no holder's link secret"),
    ):
        analyse(accepted, head=head, schemas=(bare, PROBE))
        with pytest.raises(PolicyError, match=match):
            analyse(refused, head=head, schemas=(bare, PROBE))


def test_equality_of_revealed_attributes_is_left_to_the_eye() -> None:
    """It is checked in the open and takes no part in the system of hidden equalities."""
    analysis = analyse("reveal p.m, q.m require p.m = q.m require p.n = q.n")
    assert len(analysis.circuit.constraints) == 3


def test_pseudonym_of_nobody_in_particular_is_refused() -> None:
    head = HEAD.replace("same holder p, q\n", "")
    analyse('pseudonym for scope "s"')
    with pytest.raises(PolicyError, match="whose pseudonym"):
        analyse('pseudonym for scope "s"', head=head)


def test_parameter_that_the_policy_does_not_have_is_refused() -> None:
    analyse("param x: int", parameters={"x": 3})
    with pytest.raises(PolicyError, match="no parameter y"):
        analyse("param x: int", parameters={"x": 3, "y": 3})


def test_parameter_of_another_type_is_refused_without_its_value() -> None:
    analyse("param x: money(MOP, 2)", parameters={"x": "31.41"})
    with pytest.raises(PolicyError) as caught:
        analyse("param x: money(MOP, 2)", parameters={"x": 31.41})
    assert "31.41" not in str(caught.value)


def test_too_many_inequalities_are_refused() -> None:
    def statements(count: int) -> str:
        return "\n".join(f"require p.big >= {k}" for k in range(1, count + 1))

    analyse(statements(64))
    with pytest.raises(PolicyError, match="at most 64"):
        analyse(statements(65))


def test_inequality_beyond_the_largest_parameters_is_refused() -> None:
    """Four repetitions leave 86 bits for the witness, so 172 for the value."""
    narrow = parse_schema(_two_integers(2**86 - 1))
    head = 'policy t v1 purpose "t" credential p: wide from "x" '
    fits = analyse("require p.a * p.b >= 1", head=head, schemas=(narrow,))
    assert isinstance(fits.circuit.constraints[0].formula, Inequality)
    wide = parse_schema(_two_integers(2**87))
    with pytest.raises(PolicyError, match="more than can be proven") as caught:
        analyse("\nrequire p.a * p.b >= 1", head=head, schemas=(wide,))
    assert caught.value.line == 2


def _two_integers(maximum: int) -> str:
    return (
        'id = "wide"\nversion = 1\ntitle = { en = "Wide" }\nattributes = ['
        + ",".join(
            f'{{ name = "{name}", type = {{ kind = "int", minimum = 0, maximum = "{maximum}" }}, '
            f'label = {{ en = "{name}" }} }}'
            for name in "ab"
        )
        + "]"
    )


@pytest.mark.parametrize(
    ("refused", "accepted", "match"),
    [
        # published lists
        ('require p.n in list "owner"', 'require p.n in list "owner#x"', "its owner's identifier"),
        ('require p.n in list "#x"', 'require p.n in list "o#x"', "its owner's identifier"),
        ('require p.n + 1 in list "o#x"', 'require p.n in list "o#x"', "only an attribute"),
        ('require p.m not in list "o#x"', 'require p.n not in list "o#x"', "outside 1 to 2.40"),
        ('require p.big not in list "o#x"', 'require p.rid not in list "o#x"', "outside 1 to 2.40"),
        (
            'require p.word not in list "o#x"',
            'require p.word in list "o#x"',
            "an exclusion list holds numbers",
        ),
        ('require p.holder in list "o#x"', 'require p.sha in list "o#x"', "chosen by the holder"),
        ('reveal p.n\nrequire p.n in list "o#x"', 'require p.n in list "o#x"', "look it up in the"),
        ('require q.limit in list "o#x"', 'require q.n in list "o#x"', "chosen by the holder"),
        (
            'require q.limit not in list "o#x"',
            'require q.n not in list "o#x"',
            "chosen by the holder",
        ),
        # named lists
        (
            "require p.m in some",
            "list some = {1, 2}\nrequire p.m in some",
            "no list is called some",
        ),
        ("list s = {1, 1}\nrequire p.m in s", "list s = {1, 2}\nrequire p.m in s", "twice"),
        ("list s = {1, 1}\nrequire p.m = 1", "list s = {1, 2}\nrequire p.m = 1", "stands twice"),
        ("list p = {1}\nrequire p.m = 1", "list s = {1}\nrequire p.m in s", "p is declared twice"),
        ("list s = {1}\nlist s = {2}", "list s = {1}\nrequire p.m in s", "s is declared twice"),
        ("list tag = {1}", "list s = {1}\nrequire p.m in s", "word of the lang"),
        # scopes and tags
        ('pseudonym for scope "x" per week', 'pseudonym for scope "x" per year', "per day, per mo"),
        ('pseudonym for scope "x/2026"', 'pseudonym for scope "x"', "none of them at the ends"),
        ('pseudonym for scope "Loans"', 'pseudonym for scope "loans"', "1 to 64 of a to z"),
        ('pseudonym for scope "lo\u200bans"', 'pseudonym for scope "loans"', "cannot be seen"),
        ('pseudonym for scope "l\u043eans"', 'pseudonym for scope "loans"', "1 to 64 of a to z"),
        ('pseudonym for scope ""', 'pseudonym for scope "0"', "1 to 64 of a to z"),
        ('pseudonym for scope "-x"', 'pseudonym for scope "x-x"', "none of them at the ends"),
        (
            f'pseudonym for scope "{"x" * 65}"',
            f'pseudonym for scope "{"x" * 64}"',
            "1 to 64 of a to z",
        ),
        ('pseudonym for scope "o#x"', 'pseudonym for shared scope "o#x"', "names no owner"),
        ('pseudonym for shared scope "x"', 'pseudonym for shared scope "o#x"', "its owner's ident"),
        ('tag of p.n for shared scope "o#X"', 'tag of p.n for shared scope "o#x"', "a to z"),
        ('tag of p.n for shared scope "#x"', 'tag of p.n for shared scope "o#x"', "its owner's"),
        ('tag of p.n for shared scope "o#x#y"', 'tag of p.n for shared scope "o#x"', "a to z"),
        ('tag of p.n for shared scope "o#x/2026"', 'tag of p.n for shared scope "o#x"', "a to z"),
        (
            'tag of p.n for shared scope "o#x" per year',
            'tag of p.n for shared scope "o#x"',
            "unexpected 'per'",
        ),
        ('tag of p.note for scope "x"', 'tag of p.word for scope "x"', "chosen by the holder"),
        ('tag of p.holder for scope "x"', 'tag of p.n for scope "x"', "chosen by the holder"),
        (
            'reveal p.word\nrequire p.word = q.word\ntag of q.word for scope "x"',
            'reveal p.word\nrequire p.word != q.word\ntag of q.word for scope "x"',
            "a tag of it hides nothing",
        ),
        (
            'require p.n = 3\nencrypt p.n to "office"',
            'require p.n >= 3\nencrypt p.n to "office"',
            "encrypting it hides nothing",
        ),
        # mistakes that are found where they stand
        (
            'pseudonym for scope "x"\nsame holder zz, q',
            'pseudonym for scope "x"',
            "no credential is called zz",
        ),
        (f"param z: money(MOP, {'9' * 5000})", "param z: money(MOP, 2) = 1.00 MOP", "no type of"),
        (
            'rate MOP per HKD = 1.03 source "e\u0301" at 2026-01-01',
            'rate MOP per HKD = 1.03 source "ab" at 2026-01-01',
            "printable",
        ),
        (
            f'credential {"c" * 33}: probe from "x"',
            f'credential {"c" * 32}: probe from "x"',
            "up to 32",
        ),
        ('reveal p.word\ntag of p.word for scope "x"', 'tag of p.word for scope "x"', "hides not"),
    ],
)
def test_published_lists_named_lists_and_tags(refused: str, accepted: str, match: str) -> None:
    assert_refused(refused, match, accepted=accepted)


FACTOR = "99_999_999_999_999_999_999_999_999_999 * 99_999_999_999_999_999_999_999_999_999"
"""About 2^193."""


@pytest.mark.parametrize("sign", ["=", "!="])
def test_equation_that_could_wrap_around_the_group_order_is_refused(sign: str) -> None:
    """Such an equation, proven modulo the order, would hold for values for which it is false."""
    refused = f"require {FACTOR} * p.big {sign} q.big"
    error = assert_refused(refused, "more than can be", accepted=f"require 7 * p.big {sign} q.big")
    assert error.line == HEAD.count("\n") + 1
    assert_refused(
        f"require p.flag or {FACTOR} * p.big {sign} q.big",
        "more than can be",
        accepted=f"require p.flag or 7 * p.big {sign} q.big",
    )


def test_inequalities_of_validity_are_counted() -> None:
    """A credential with two days of validity needs one more than the policy says."""
    head = 'policy t v1 purpose "t"\ncredential i: identity from "x"\n'
    lines = [f"require i.birth_date - today <= {k} days" for k in range(64)]
    analyse("\n".join(lines[:63]), head=head, schemas=library.all_schemas())
    with pytest.raises(PolicyError, match="65 inequalities"):
        analyse("\n".join(lines), head=head, schemas=library.all_schemas())
    shown = "\nreveal i.valid_from, i.valid_until"
    analyse("\n".join(lines) + shown, head=head, schemas=library.all_schemas())


def test_scope_of_a_period_is_that_of_today() -> None:
    scopes = {
        analyse(f'pseudonym for scope "x"{period}').circuit.formulas[-1].scope  # type: ignore[union-attr]
        for period in ("", " per day", " per month", " per year")
    }
    assert scopes == {"x", "x/2026-11-23", "x/2026-11", "x/2026"}


def test_named_list_means_its_values() -> None:
    named = analyse("list s = {1, 2, 3}\nrequire p.m in s and q.m not in s").circuit
    plain = analyse("require p.m in {1, 2, 3} and q.m not in {1, 2, 3}").circuit
    assert named.digest == plain.digest
    unused = analyse("list s = {1, 2}\nrequire p.m = 1")
    assert "list s is not used" in [warning.message for warning in unused.warnings]


def test_circuits_with_lists_and_tags_are_read_back() -> None:
    circuit = analyse(
        'require p.n in list "o#x" and q.rid not in list "o#y"\n'
        'pseudonym for scope "x" per year\ntag of p.word for scope "x" per day'
    ).circuit
    assert Circuit.from_bytes(circuit.to_bytes()) == circuit


@pytest.mark.parametrize(
    ("refused", "accepted"),
    [
        ("require p.n >= 5\nrequire p.n < 5", "require p.n >= 5\nrequire p.n <= 5"),
        ("require p.n = 5\nrequire p.n >= 6", "require p.n = 5\nrequire p.n >= 5"),
        ("require p.n between 2 and 5 and p.n > 5", "require p.n between 2 and 5 and p.n > 4"),
        ("require p.n between 2 and 5 and p.n < 2", "require p.n between 2 and 5 and p.n < 3"),
        (
            "require p.m + q.m >= 3\nrequire p.m + q.m <= 2",
            "require p.m + q.m >= 3\nrequire p.n <= 2",
        ),
        (
            "require p.m - q.m > 0\nrequire q.m - p.m > 0",
            "require p.m - q.m > 0\nrequire q.m > p.n",
        ),
        (
            "require p.country in {MO, HK}\nrequire p.country in {CN, PT}",
            "require p.country in {MO, HK}",
        ),
        (
            "require p.country in {MO, HK}\nrequire p.country not in {HK, MO, PT}",
            "require p.country in {MO, HK}\nrequire p.country not in {HK, PT}",
        ),
        ("require p.n in {1, 2}\nrequire p.n >= 3", "require p.n in {1, 2, 3}\nrequire p.n >= 3"),
        (
            'require p.colour != "red" and p.colour not in {"green", "blue"}',
            'require p.colour != "red"',
        ),
        ("require p.word = q.word\nrequire p.word != q.word", "require p.word = q.word"),
        ("require p.m = q.m\nrequire p.m < q.m", "require p.m = q.m\nrequire p.m <= q.n"),
        (
            "require p.word = q.word and q.word = p.other_word\nrequire p.word != p.other_word",
            "require p.word = q.word and q.word = p.other_word\nrequire p.word != q.other_word",
        ),
        (
            "require p.m = q.m and p.m >= 3\nrequire q.m <= 2",
            "require p.m = q.m and p.m >= 3\nrequire q.m <= 3",
        ),
        (
            "require p.country = q.country\nrequire p.country = MO\nrequire q.country in {CN, PT}",
            "require p.country = q.country\nrequire p.country in {MO, HK}\n"
            "require q.country in {CN, HK}",
        ),
        (
            "require p.n between 2 and 5\nrequire p.n not between 1 and 6",
            "require p.n between 2 and 5\nrequire p.n not between 3 and 6",
        ),
        (
            "require p.m * q.m >= 5\nrequire p.m * q.m < 5",
            "require p.m * q.m >= 5\nrequire p.m * q.m < 6",
        ),
        ("require p.m * p.m <= 10\nrequire p.m >= 4", "require p.m * p.m <= 10\nrequire p.m >= 3"),
        (
            "require 3 * p.m >= 2 * q.m + 9\nrequire 6 * p.m <= 4 * q.m + 17",
            "require 3 * p.m >= 2 * q.m + 9\nrequire 6 * p.m <= 4 * q.m + 18",
        ),
        (
            'require p.n in list "o#x"\nrequire p.n not in list "o#x"',
            'require p.n in list "o#x"\nrequire p.n not in list "o#y"',
        ),
        (
            "require p.n >= 5\nrequire p.n <= 4 or p.n = 3",
            "require p.n >= 5\nrequire p.n <= 4 or p.m = 3",
        ),
        (
            "require p.n >= 5\nrequire at least 2 of (p.n <= 4, p.m = 3, p.n = 1)",
            "require p.n >= 5\nrequire at least 1 of (p.n <= 4, p.m = 3, p.n = 1)",
        ),
        (
            "require p.day >= today\nrequire p.day < today",
            "require p.day >= today\nrequire q.day < today",
        ),
    ],
)
def test_requirements_that_leave_no_values(refused: str, accepted: str) -> None:
    error = assert_refused(refused, "can never hold|contradicts", accepted=accepted)
    assert error.line == HEAD.count("\n") + len(refused.splitlines())


def test_contradiction_inside_an_alternative_is_not_one() -> None:
    analyse("require p.flag or p.n >= 5\nrequire not p.flag or p.n < 5")


def test_credential_that_would_have_to_be_expired_is_refused() -> None:
    head = 'policy t v1 purpose "t"\ncredential a: deposit-certificate from "x"\n'
    schemas = library.all_schemas()
    analyse("require a.valid_until <= today + 1 day", head=head, schemas=schemas)
    analyse("require a.currency in {MOP}", head=head, schemas=schemas)
    for refused in (
        "require a.valid_until < today",
        "require a.valid_from > today",
        "require a.currency != MOP",
        "require a.currency in {HKD, USD}",
    ):
        with pytest.raises(PolicyError, match=r"can never hold|none of"):
            analyse(refused, head=head, schemas=schemas)


def test_words_that_are_nearly_right_are_suggested() -> None:
    for refused, hint in (
        ('require p.colour = "rd"', "did you mean red?"),
        ("require p.mop >= 3.00 RMB", "write CNY"),
        ("require p.country = MAC", "write MO"),
        ("require p.country = HKG", "write HK"),
        ("require p.country = XX", "countries have two letters (ISO 3166-1): MO, HK, CN"),
        ("require p.mop >= 3.00 MOQ", "currencies have three letters (ISO 4217): MOP, HKD, CNY"),
        ("require p.wrd = q.word", "did you mean word?"),
    ):
        with pytest.raises(PolicyError) as caught:
            analyse(refused)
        assert caught.value.hint == hint
