"""Scores, ``exactly`` and ``at most k of``, ``if``: meaning, canonical form, refusals, words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from tests.circuits.building import PROBE, VALUES, analyse, assert_refused
from tests.circuits.test_explain import explained
from tests.circuits.test_meaning import compiled, conditions, examples, presented
from zkproof.errors import UsageError
from zkproof.presentation.cost import estimate
from zkproof_circuits.circuit import (
    Circuit,
    Inequality,
    NotRevoked,
    Polynomial,
    PseudonymFor,
    Score,
    Slot,
)
from zkproof_circuits.evaluate import evaluate, holds
from zkproof_circuits.format import format_policy
from zkproof_circuits.formula import canonical, formula_from_canonical
from zkproof_circuits.labels import LANGUAGES
from zkproof_circuits.proof_size import exact_size, inequality_intervals
from zkproof_circuits.weighing import opposite

THREE = "p.flag, p.m = 1, q.flag"
MARKS = "20 if p.m >= 3, 30 if p.n = 4, -10 if p.flag"


def circuit_of(condition: str) -> Circuit:
    return analyse(f"require {condition}").circuit


def says(condition: str, **changes: int) -> bool:
    return evaluate(circuit_of(condition), {"p": {**VALUES, **changes}, "q": VALUES})


@pytest.mark.parametrize(
    ("condition", "values", "expected"),
    [
        (f"score {{{MARKS}}} >= 40", {"m": 3, "n": 4, "flag": 1}, True),
        (f"score {{{MARKS}}} > 40", {"m": 3, "n": 4, "flag": 1}, False),
        (f"score {{{MARKS}}} < 20", {"m": 3, "n": 1, "flag": 1}, True),
        (f"score {{{MARKS}}} < 20", {"m": 3, "n": 1, "flag": 0}, False),
        (f"score {{{MARKS}}} = -10", {"m": 0, "n": 1, "flag": 1}, True),
        (f"score {{{MARKS}}} = -10", {"m": 0, "n": 1, "flag": 0}, False),
        (f"score {{{MARKS}}} != 0", {"m": 0, "n": 1, "flag": 0}, False),
        (f"score {{{MARKS}}} between 30 and 40", {"m": 0, "n": 4, "flag": 0}, True),
        (f"score {{{MARKS}}} not between 30 and 40", {"m": 3, "n": 4, "flag": 0}, True),
        (f"not score {{{MARKS}}} >= 40", {"m": 3, "n": 4, "flag": 1}, False),
        ("exactly 2 of (p.flag, p.m = 1, p.n = 1)", {"flag": 1, "m": 1, "n": 2}, True),
        ("exactly 2 of (p.flag, p.m = 1, p.n = 1)", {"flag": 1, "m": 1, "n": 1}, False),
        ("at most 2 of (p.flag, p.m = 1, p.n = 1)", {"flag": 1, "m": 1, "n": 1}, False),
        ("at most 2 of (p.flag, p.m = 1, p.n = 1)", {"flag": 0, "m": 0, "n": 2}, True),
        ("if p.flag then p.m = 1", {"flag": 1, "m": 2}, False),
        ("if p.flag then p.m = 1", {"flag": 0, "m": 2}, True),
        ("not (if p.flag then p.m = 1)", {"flag": 1, "m": 2}, True),
    ],
)
def test_it_counts_what_holds(condition: str, values: dict[str, int], expected: bool) -> None:
    assert says(condition, **values) is expected


@examples(200)
@given(condition=conditions, values=presented)
def test_opposite_holds_exactly_where_the_formula_does_not(condition: str, values: Any) -> None:
    """As a part of an alternative, where opposites are proven."""
    formula = compiled(f"require p.flag or ({condition})").circuit.constraints[-1].formula
    assert holds(opposite(formula), values) is not holds(formula, values)
    assert holds(opposite(opposite(formula)), values) is holds(formula, values)


def test_what_values_do_not_decide_has_no_opposite() -> None:
    with pytest.raises(UsageError, match="not proven this way"):
        opposite(NotRevoked("p"))


@examples(100)
@given(condition=conditions)
def test_no_proof_needs_more_than_was_estimated(condition: str) -> None:
    circuit = compiled(f"require {condition}").circuit
    cost = estimate(circuit, [PROBE], today=20_000)
    secrets, constraints = exact_size(circuit.formulas)
    assert cost.auxiliary_secrets <= secrets
    assert cost.exact_constraints <= constraints
    boxes = inequality_intervals(
        circuit.formulas, lambda slot: PROBE.attribute(slot.attribute).type.box or (0, 0)
    )
    assert cost.inequalities == len(boxes)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("score {1 if p.flag, 1 if p.m = 1, 1 if q.flag} >= 2", f"at least 2 of ({THREE})"),
        ("score {5 if p.flag} >= 3", "p.flag"),
        ("score {20 if p.flag, 30 if p.m = 1} >= 50", "p.flag and p.m = 1"),
        ("score {20 if p.flag, -30 if p.m = 1} >= 20", "p.flag and p.m != 1"),
        ("score {20 if p.flag, 30 if p.m = 1} < 50", "score {30 if p.m = 1, 20 if p.flag} <= 49"),
        ("not score {2 if p.flag, 3 if p.m = 1} <= 2", "3 <= score {2 if p.flag, 3 if p.m = 1}"),
        ("exactly 1 of (p.flag, p.m = 1)", "score {1 if p.flag, 1 if p.m = 1} = 1"),
        ("not exactly 1 of (p.flag, p.m = 1)", "score {1 if p.flag, 1 if p.m = 1} != 1"),
        ("exactly 2 of {p.flag, p.m = 1}", "p.flag and p.m = 1"),
        (
            "score {2 if p.flag, 3 if q.flag} between 1 and 9",
            "score {2 if p.flag, 3 if q.flag} > 0",
        ),
    ],
)
def test_equal_meaning_has_one_circuit(one: str, other: str) -> None:
    first, second = circuit_of(one), circuit_of(other)
    assert first.digest == second.digest
    assert Circuit.from_bytes(first.to_bytes()) == first


def test_weights_and_bounds_are_part_of_the_digest() -> None:
    digests = {
        circuit_of(f"score {{{points} if p.flag, 30 if p.m = 1}} {bound}").digest
        for points in (20, 21, -20)
        for bound in (">= 25", ">= 26", "<= 25", "between 1 and 25")
    }
    assert len(digests) == 12


PARTS = [Inequality(Polynomial.build({(Slot("p", "m"),): 1, (): k})) for k in (-1, -2)]
SOUND = Score(2, 4, (3, 1), (PARTS[0], PARTS[1]))


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([2, None, None, [3, 1]], "a bound"),
        ([2, 2, None, [3, 0]], "none of them zero"),
        ([2, 2, None, [3, 100_001]], "none of them zero"),
        ([2, 2, None, [3]], "one weight for each"),
        ([2, 4, 2, [3, 1]], "above the upper"),
        ([2, 2, None, [3, True]], "an integer"),
        ([2, "2", None, [3, 1]], "an integer"),
        ([2, 2, None, 3], "weights"),
        ([0, 2, None, []], "number of parts"),
        ([3, 2, None, [3, 1, 1]], "number of parts"),
        ([2, 2, 4], "number of parts"),
        ([2, 1 << 40, None, [3, 1]], "a bound that points can reach"),
    ],
)
def test_score_that_is_not_canonical_is_refused(arguments: list[object], reason: str) -> None:
    nodes = canonical(SOUND)
    assert formula_from_canonical(nodes) == SOUND
    with pytest.raises(UsageError, match=reason):
        formula_from_canonical([*nodes[:-1], ["score", *arguments]])


def test_parts_of_a_score_stand_in_order_and_speak_of_values() -> None:
    with pytest.raises(UsageError, match="canonical order"):
        Score(2, None, (3, 1), (PARTS[1], PARTS[0]))
    Score(2, None, (3, 1), (PARTS[0], NotRevoked("p")))
    with pytest.raises(UsageError, match="no pseudonym, tag or ciphertext"):
        Score(2, None, (3, 1), (PARTS[0], PseudonymFor("s", (Slot("p", "holder"),))))


@pytest.mark.parametrize(
    ("statement", "accepted", "match"),
    [
        ("require score {20 if p.flag} >= p.m", "require score {20 if p.flag} >= 5", "known whole"),
        ("require score {20 if p.flag} >= 1.5", "require score {20 if p.flag} >= 1", "known whole"),
        ("require score {20 if p.flag} + 1 >= 2", "require score {20 if p.flag} >= 1", "alone"),
        ("require score {0 if p.flag} >= 0", "require score {1 if p.flag} >= 1", "at least one"),
        ("require score {1.5 if p.flag} >= 1", "require score {1 if p.flag} >= 1", "whole number"),
        ("require score {20 if p.flag} >= 21", "require score {20 if p.flag} >= 20", "never hold"),
        ("require score {20 if p.flag} <= -1", "require score {20 if p.flag} <= 0", "never hold"),
        (
            "require score {20 if p.flag, 1 if p.flag = true} >= 1",
            "require score {20 if p.flag, 1 if q.flag = true} >= 1",
            "stands twice",
        ),
        ("require score {20 if p.m} >= 20", "require score {20 if p.m = 1} >= 20", "a condition"),
        (
            "require score {5 if p.flag, 5 if q.flag} between 9 and 3",
            "require score {5 if p.flag, 5 if q.flag} between 3 and 9",
            "above the upper",
        ),
        (
            'require score {-5 if p.n in list "x#y", 5 if p.flag} >= 5',
            'require score {5 if p.n in list "x#y", 5 if p.flag} >= 5',
            "not proven this way",
        ),
        (
            "param bound: int(months) = 5 require score {20 if p.flag} >= bound",
            "param bound: int(points) = 5 require score {20 if p.flag} >= bound",
            "counts points",
        ),
        (
            "require at most 2 of (p.flag, q.flag)",
            "require at most 1 of (p.flag, q.flag)",
            "1 to 1 can be asked for",
        ),
        (
            "require exactly 3 of (p.flag, q.flag)",
            "require exactly 2 of (p.flag, q.flag)",
            "0 to 2 can be asked for",
        ),
        (
            "require if p.flag then p.flag = true",
            "require if p.flag then q.flag = true",
            "the condition itself",
        ),
        (
            "require if p.m >= 3 then p.m < 3",
            "require if p.m >= 3 then p.m < 4",
            "opposite of the condition",
        ),
        (
            "require p.n >= 5 require score {5 if p.n <= 4, 3 if p.m = 3, 1 if p.flag} >= 5",
            "require p.n >= 5 require score {5 if p.n <= 4, 3 if p.m = 3, 1 if p.flag} >= 4",
            "with what is required above",
        ),
        (
            "require p.n >= 5 require score {5 if p.n >= 4, 3 if p.m = 3} <= 4",
            "require p.n >= 5 require score {5 if p.n >= 4, 3 if p.m = 3} <= 5",
            "with what is required above",
        ),
    ],
)
def test_score_that_means_nothing_sound_is_refused(
    statement: str, accepted: str, match: str
) -> None:
    assert_refused(statement, match, accepted=accepted)


def test_refusal_points_at_the_condition_inside() -> None:
    text = "require score {\n    20 if p.flag,\n    30 if p.nn = 1\n} >= 40"
    assert_refused(text, "no attribute nn", accepted=text.replace("nn", "n"), line=3)


def test_score_that_always_holds_is_pointed_out() -> None:
    warnings = analyse("require score {20 if p.flag, -5 if q.flag} >= -5").warnings
    assert any("always holds" in each.message for each in warnings)
    warnings = analyse("require score {20 if p.flag, -5 if q.flag} >= -4").warnings
    assert not any("always holds" in each.message for each in warnings)


@pytest.mark.parametrize(
    ("condition", "english", "portuguese", "traditional", "simplified"),
    [
        (
            f"score {{{MARKS}}} >= 40",
            "these points come to at least 40 points, without saying how: 20 points if m is at "
            "least 3; minus 10 points if flag is yes; 30 points if n is 4",
            "as condições que se verificam somam pelo menos 40 pontos, sem se dizer como: "
            "m: no mínimo 3 (20 pontos); flag: sim (menos 10 pontos); n: 4 (30 pontos)",
            "以下各項合計不少於 40 分，但不透露如何得分："
            "m 不少於 3，得 20 分；flag：是，扣 10 分；n 為 4，得 30 分",
            "以下各项合计不少于 40 分，但不透露如何得分："
            "m 不少于 3，得 20 分；flag：是，扣 10 分；n 为 4，得 30 分",
        ),
        (
            "exactly 1 of (p.flag, p.m = 1)",
            "exactly one of these is true, without saying which: m is 1; flag is yes",
            "exatamente uma destas condições é verdadeira, sem se dizer qual: m: 1; flag: sim",
            "以下恰好有一項屬實，但不透露是哪一項：m 為 1；flag：是",
            "以下恰好有一项属实，但不透露是哪一项：m 为 1；flag：是",
        ),
        (
            "at most 2 of (p.flag, p.m = 1, p.n = 1)",
            "no more than 2 of these are true, without saying which: m is 1; n is 1; flag is yes",
            "no máximo 2 destas condições são verdadeiras, sem se dizer quais: "
            "m: 1; n: 1; flag: sim",
            "以下最多有 2 項屬實，但不透露是哪幾項：m 為 1；n 為 1；flag：是",
            "以下最多有 2 项属实，但不透露是哪几项：m 为 1；n 为 1；flag：是",
        ),
        (
            "if p.flag then p.m >= 3",
            "if flag is yes, then m is at least 3, without saying whether the first is so",
            "quando se verifica flag: sim, também se verifica m: no mínimo 3, sem se dizer se é "
            "esse o caso",
            "如果 flag：是，則 m 不少於 3，但不透露前者是否屬實",
            "如果 flag：是，则 m 不少于 3，但不透露前者是否属实",
        ),
        (
            "score {2 if p.flag, 3 if p.m = 1} between 2 and 3",
            "these points come to between 2 points and 3 points, both included, without saying "
            "how: 3 points if m is 1; 2 points if flag is yes",
            "as condições que se verificam somam entre 2 pontos e 3 pontos, inclusive, sem se "
            "dizer como: m: 1 (3 pontos); flag: sim (2 pontos)",
            "以下各項合計介乎 2 分至 3 分（包括首尾），但不透露如何得分："
            "m 為 1，得 3 分；flag：是，得 2 分",
            "以下各项合计在 2 分至 3 分之间（含两端），但不透露如何得分："
            "m 为 1，得 3 分；flag：是，得 2 分",
        ),
    ],
)
def test_it_is_said_in_four_languages(
    condition: str, english: str, portuguese: str, traditional: str, simplified: str
) -> None:
    sentences = {
        "en": english,
        "pt": portuguese,
        "zh-Hant": traditional,
        "zh-Hans": simplified,
    }
    assert set(sentences) == set(LANGUAGES)
    for language, sentence in sentences.items():
        assert explained(f"require {condition}", language).constraints == (sentence,)


def test_long_score_is_written_over_several_lines() -> None:
    items = [f"{10 * k} if a.balance_{k} >= 100_000.00 MOP" for k in range(1, 5)]
    text = f'policy t v1\npurpose "x"\nrequire score {{{", ".join(items)}}} >= 40'
    written = format_policy(text)
    assert "score {\n    10 if a.balance_1 >= 100_000.00 MOP,\n    20 if" in written
    assert written.endswith("\n} >= 40\n")
    assert format_policy(written) == written
