"""Policies that include others: one text that stands alone, with the same meaning."""

from __future__ import annotations

import pytest

from tests.circuits.building import PROBE, TODAY
from zkproof.errors import PolicyError, UsageError
from zkproof_circuits.circuit import Circuit
from zkproof_circuits.format import format_policy
from zkproof_circuits.includes import MAX_DEPTH, expand
from zkproof_circuits.policy import compile_policy

POLICIES = {
    "large": 'policy large v1\npurpose "inner"\nretention 1 year\nparam limit: int = 3\n'
    'credential c: probe from "issuer"\nreveal c.colour\nrequire c.n >= limit\n',
    "two": 'policy two v2\ncredential x: probe from "issuer"\ninclude large v1 (c = x, limit = 4)\n'
    "require x.flag\n",
    "self": "policy self v1\ninclude self v1\n",
    "ping": "policy ping v1\ninclude pong v1\n",
    "pong": "policy pong v1\ninclude ping v1\n",
    "bad": "policy bad v1\nrequire ???\n",
    "named": 'policy named v1\nlist small = {1, 2}\ncredential c: probe from "issuer"\n'
    "require c.m in small\n",
    "strict": 'policy strict v1\ncredential c: probe from "trusted"\nrequire c.n >= 1\n',
    "newer": 'policy newer v1\ncredential c: probe v7 from "issuer"\nrequire c.n >= 1\n',
    "open": 'policy open v1\ncredential c: probe from "issuer"\nrequire c.n >= stray\n',
    "wide": "policy wide v1\n" + "include wider v1\n" * 40,
    "wider": "policy wider v1\n",
    "months": 'policy months v1\ncredential c: probe from "issuer"\nparam lowest: int(months)\n'
    "require c.months >= lowest\n",
    "wrong": 'policy wrong v1\ncredential c: probe from "issuer"\nparam lowest: int(months)\n'
    "require c.n >= lowest\n",
    "listed": 'policy listed v1\ncredential c: probe from any of registry "r"\nrequire c.n >= 1\n',
    "pair": 'policy pair v1\ncredential x: probe from "issuer"\ncredential y: probe from "issuer"\n'
    "require x.n > y.n\n",
    "rated": 'policy rated v1\ncredential c: probe from "issuer"\n'
    'rate MOP per HKD = 2 source "s" at 2026-01-01\nrequire c.mop + c.hkd >= 1.00 MOP\n',
    "unrated": 'policy unrated v1\ncredential c: probe from "issuer"\n'
    "require c.mop + c.hkd >= 1.00 MOP\n",
    "cap": "policy cap v1\nparam limit: int = 3\nparam limit_2: int = 4\n"
    'credential c: probe from "issuer"\nrequire c.n between limit and limit_2\n',
    "capped": 'policy capped v1\ncredential x: probe from "issuer"\nparam limit: int = 9\n'
    "include cap v1 (c = x, limit = 2)\nrequire x.n <= limit\n",
    "second": 'policy second v1\nparam limit_3: int = 3\ncredential c: probe from "issuer"\n'
    "require c.n <= limit_3\n",
    **{f"deep{k}": f"policy deep{k} v1\ninclude deep{k + 1} v1\n" for k in range(9)},
}
OUTER = 'policy outer v1\npurpose "outer"\ncredential p: probe from "issuer"\n'


def library(name: str) -> str:
    if name not in POLICIES:
        raise UsageError(f"no policy {name}")
    return POLICIES[name]


def compiled(text: str) -> Circuit:
    return compile_policy(expand(text, library), (PROBE,), today=TODAY)


@pytest.mark.parametrize(
    ("including", "plain"),
    [
        ("include large v1 (c = p)", "param limit: int = 3\nreveal p.colour\nrequire p.n >= limit"),
        ("include large v1 (c = p, limit = 7)", "reveal p.colour\nrequire p.n >= 7"),
        (
            "param lowest: int = 8\ninclude large v1 (c = p, limit = lowest)",
            "reveal p.colour\nrequire p.n >= 8",
        ),
        (
            "param limit: int = 9\nrequire p.m <= limit\ninclude large v1 (c = p, limit = 7)",
            "require p.m <= 9\nreveal p.colour\nrequire p.n >= 7",
        ),
        ("include two v2 (x = p)", "reveal p.colour\nrequire p.n >= 4\nrequire p.flag"),
        (
            "reveal p.colour\ninclude large v1 (c = p, limit = 7)",
            "reveal p.colour\nrequire p.n >= 7",
        ),
        ("include named v1 (c = p)", "list small = {1, 2}\nrequire p.m in small"),
        (
            "include large v1 (limit = 5)\nrequire p.flag",
            'credential c: probe from "issuer"\nreveal c.colour\nrequire c.n >= 5\nrequire p.flag',
        ),
    ],
)
def test_included_policy_means_what_it_says_in_place(including: str, plain: str) -> None:
    expanded = expand(OUTER + including + "\n", library)
    assert format_policy(expanded) == expanded
    assert "include" not in expanded
    assert expand(expanded, library) == expanded
    assert compiled(OUTER + including + "\n").digest == compiled(OUTER + plain + "\n").digest
    assert compiled(OUTER + including + "\n").purpose == "outer"


def test_policy_without_includes_is_left_alone() -> None:
    text = OUTER + "# a comment\nrequire   p.n >= 3\n"
    assert expand(text, library) == text


def test_include_is_written_in_one_form() -> None:
    text = OUTER + "include large v1(c=p,limit=7)\n"
    assert "include large v1 (c = p, limit = 7)" in format_policy(text)


@pytest.mark.parametrize(
    ("including", "match"),
    [
        ("include absent v1", "no policy absent"),
        ("include large v2 (c = p)", "what is found is large v1"),
        ("include self v1", "includes itself"),
        ("include ping v1", "includes itself"),
        ("include deep0 v1", f"more than {MAX_DEPTH} deep"),
        ("include large v1 (c = p, c = p)", "bound twice"),
        ("include large v1 (z = p)", "no credential or parameter z"),
        ("include large v1 (c = 5)", "is a credential"),
        ("include large v1 (c = q)", "is a credential"),
        ("param limit: int = 3\ninclude large v1 (c = p)", "declared here too"),
        ("include bad v1", "line 2, column 9 of bad: unexpected"),
        ("include pair v1 (x = p, y = p)", "p stands for two credentials of pair"),
        ("include large v1 (c = p, limit = 3 + 4)", "a whole number is needed"),
        ("include large v1 (c = p, limit = p.m)", "a whole number is needed"),
        ("include large v1 (c = p, limit = 5.00 MOP)", "a whole number is needed"),
        (
            "param other: int(months) = 3\ninclude large v1 (c = p, limit = other)",
            "not of the type",
        ),
        ("include large v1 (c = p, limit = nothing)", "no parameter is called nothing"),
        ("include strict v1 (c = p)", "may come from issuers"),
        ("include newer v1 (c = p)", "p is not a probe v7"),
        ("include open v1 (c = p)", "line 3, column 16 of open: nothing is called stray in open"),
        ("include named v1 (c = p, small = 3)", "a list is not bound"),
        ("include wide v1", "policies are included in all"),
    ],
)
def test_include_that_makes_no_sense_is_refused(including: str, match: str) -> None:
    expand(OUTER + "include large v1 (c = p)\n", library)
    with pytest.raises(PolicyError, match=match):
        expand(OUTER + including + "\n", library)


def test_included_text_is_not_compiled_behind_ones_back() -> None:
    with pytest.raises(PolicyError, match="expanded before") as caught:
        compile_policy(OUTER + "include large v1 (c = p)\n", (PROBE,), today=TODAY)
    assert caught.value.line == 4


def test_parameter_keeps_its_type_where_it_is_included() -> None:
    """As a bare number, months would be compared with a plain count."""
    text = OUTER + "include months v1 (c = p, lowest = 5)\n"
    assert "param lowest: int(months) = 5" in expand(text, library)
    assert (
        compiled(text).formulas
        == compiled(OUTER + "param x: int(months) = 5\nrequire p.months >= x\n").formulas
    )
    refused = OUTER + "include wrong v1 (c = p, lowest = 5)\n"
    with pytest.raises(PolicyError, match="months"):
        compiled(refused)


def test_what_a_policy_says_twice_itself_is_refused_beside_an_include_too() -> None:
    include = "include large v1 (c = p, limit = 7)\n"
    compiled(OUTER + include + "require p.flag\n")
    for twice in ('purpose "again"\n', "reveal p.m\nreveal p.m\n", "param x: int = 1\n" * 2):
        with pytest.raises(PolicyError):
            compiled(OUTER + include + twice)


def test_issuers_of_a_registry_may_be_named() -> None:
    text = OUTER + "include listed v1 (c = p)\n"
    assert 'from "issuer"' in expand(text, library)
    assert "registry" not in expand(text, library)


RATED = 'rate MOP per HKD = 2 source "s" at 2026-01-01\n'


@pytest.mark.parametrize(
    ("statements", "match"),
    [
        ("include rated v1 (c = p)", "states a rate between HKD and MOP, and outer states no rate"),
        (RATED.replace("= 2", "= 3") + "include rated v1 (c = p)", "outer states another rate"),
        (
            'rate HKD per MOP = 0.5 source "s" at 2026-01-01\ninclude rated v1 (c = p)',
            "outer states another rate",
        ),
        (
            RATED + 'rate MOP per USD = 8 source "s" at 2026-01-01\ninclude rated v1 (c = p)',
            "a rate between MOP and USD is stated here",
        ),
        ("include large v1 (c = p)\nrequire p.n <= limit", "limit is declared by what is included"),
        ("include named v1 (c = p)\nrequire p.n in small", "small is declared by what is included"),
    ],
)
def test_rates_and_constants_do_not_come_out_of_what_is_included(
    statements: str, match: str
) -> None:
    compiled(OUTER + RATED + "include rated v1 (c = p)\n")
    with pytest.raises(PolicyError, match=match) as caught:
        compiled(OUTER + statements + "\n")
    assert caught.value.line is not None
    assert caught.value.line > 3


def test_rate_that_is_stated_here_does_not_reach_what_is_included() -> None:
    with pytest.raises(PolicyError, match="only by a stated rate"):
        compiled(OUTER + RATED + "include unrated v1 (c = p)\n")
    text = OUTER + RATED + "require p.mop + p.hkd >= 3.00 MOP\ninclude pair v1 (x = p)\n"
    assert "require p.n > y.n without rate" in expand(text, library)
    plain = text.replace(
        "include pair v1 (x = p)", 'credential y: probe from "issuer"\nrequire p.n > y.n'
    )
    assert compiled(text).digest == compiled(plain).digest


@pytest.mark.parametrize(
    ("including", "plain"),
    [
        (
            "param limit: int = 8\nrequire p.m <= limit\ninclude cap v1 (c = p, limit = 2)",
            (2, 4, 8),
        ),
        (
            "param limit: int = 8\nparam limit_3: int = 7\nrequire p.m <= limit\n"
            "require p.m <= limit_3\ninclude cap v1 (c = p, limit = 2)",
            None,
        ),
        ("include capped v1 (x = p, limit = 9)\ninclude second v1 (c = p)", None),
        ("include cap v1 (c = p, limit = 2)\ninclude large v1 (c = p)", None),
    ],
)
def test_names_that_are_made_up_meet_no_other(
    including: str, plain: tuple[int, int, int] | None
) -> None:
    circuit = compiled(OUTER + including + "\n")
    if plain is not None:
        low, high, most = plain
        by_hand = f"require p.m <= {most}\nrequire p.n between {low} and {high}\n"
        assert circuit.digest == compiled(OUTER + by_hand).digest


def test_policy_that_is_too_long_with_everything_included_is_refused_at_the_include() -> None:
    policies = dict(POLICIES)
    for name in ("one", "two_more"):
        sets = "".join(f"require c.big != {k}\n" for k in range(500))
        policies[name.replace("_", "-")] = (
            f'policy {name.replace("_", "-")} v1\ncredential c: probe from "issuer"\n{sets}'
        )
    expand(OUTER + "include one v1 (c = p)\n", policies.__getitem__)
    with pytest.raises(PolicyError, match="at most 20000 are possible") as caught:
        expand(OUTER + "include one v1 (c = p)\ninclude two-more v1\n", policies.__getitem__)
    assert caught.value.line == 5
