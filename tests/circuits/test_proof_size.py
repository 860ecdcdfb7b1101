"""What a circuit needs of a proof."""

from __future__ import annotations

import pytest

from tests.circuits.building import PROBE, analyse
from zkproof.errors import PolicyError
from zkproof_circuits.circuit import Inequality, LinearZero, Polynomial, Slot, disjunction
from zkproof_circuits.proof_size import exact_size, inequality_intervals

X, Y, S = Slot("p", "x"), Slot("p", "y"), Slot("p", "s")
BOXES = {X: (-2, 5), Y: (1, 4), S: (0, 1)}
OTHER = LinearZero(Polynomial.build({(S,): 1}))


def inequality(**terms: int) -> Inequality:
    monomials = {"k": (), "x": (X,), "y": (Y,), "xx": (X, X), "xy": (X, Y)}
    return Inequality(Polynomial.build({monomials[name]: value for name, value in terms.items()}))


@pytest.mark.parametrize(
    ("atom", "alone", "as_alternative"),
    [
        (inequality(x=1, k=-3), (-5, 2), (-5, 5)),
        (inequality(y=1, k=3), (4, 7), (0, 7)),
        (inequality(y=-1, k=-3), (-7, -4), (-7, 0)),
        # Of degree two: one value, and the selector.
        (inequality(xx=-1, x=3, k=1), (-9, 3), (-9, 3)),
        (inequality(xy=1, k=12), (4, 32), (0, 32)),
    ],
)
def test_interval_of_an_inequality_alone_and_behind_a_selector(
    atom: Inequality, alone: tuple[int, int], as_alternative: tuple[int, int]
) -> None:
    assert inequality_intervals([atom], BOXES.__getitem__) == (alone,)
    assert inequality_intervals([disjunction([atom, OTHER])], BOXES.__getitem__) == (
        as_alternative,
    )


@pytest.mark.parametrize(
    ("condition", "secrets", "constraints"),
    [
        ("p.m >= 1", 0, 0),
        ("p.m * q.m >= 1", 0, 0),
        ("p.m = 1", 0, 0),
        ("p.m * q.m = 1", 0, 1),
        ("p.m != 1", 1, 1),
        ("p.m * q.m != 1", 2, 2),
        ("p.word != q.word", 1, 1),
        ("p.m in {1, 2, 3, 4}", 4, 7),
        ("p.m not in {1, 2, 3, 4}", 4, 4),
        ("p.m >= 1 or q.m >= 1", 2, 2),
        ("p.m = 1 or q.m >= 1", 2, 3),
        ("p.m * q.m >= 1 or q.m >= 1", 3, 3),
        ("p.m in {1, 2, 3, 4} or q.m >= 1", 6, 10),
        ("at least 2 of (p.flag, q.flag, p.m = 1)", 3, 6),
        ("score {20 if p.flag, 30 if p.m >= 1} >= 20", 2, 3),
        ("exactly 1 of (p.flag, p.m >= 1)", 3, 4),
        ("q.flag or exactly 1 of (p.flag, p.m >= 1)", 5, 9),
        ("if p.flag then p.m >= 1", 3, 3),
    ],
)
def test_exact_part_of_a_proof_is_estimated(condition: str, secrets: int, constraints: int) -> None:
    constraint = analyse(f"require {condition}").circuit.constraints[-1]
    assert exact_size([constraint.formula]) == (secrets, constraints)


def test_sets_that_are_too_large_together_are_refused() -> None:
    def excluding(times: int) -> str:
        values = ", ".join(str(number) for number in range(1, 101))
        return " ".join(f"require {slot}.big not in {{{values}}}" for slot in "pqpqp"[:times])

    analyse(excluding(4))
    with pytest.raises(PolicyError, match="need 500 auxiliary secrets, at most 400"):
        analyse(excluding(5))


def test_set_may_have_so_many_values_and_no_more() -> None:
    def among(word: str, count: int) -> str:
        return f"require p.big {word} {{{', '.join(str(k) for k in range(1, count + 1))}}}"

    for word, limit in (("in", 1000), ("not in", 200)):
        analyse(among(word, limit))
        with pytest.raises(PolicyError, match=f"at most {limit}"):
            analyse(among(word, limit + 1))


def test_probe_has_a_type_for_every_kind() -> None:
    kinds = {attribute.type.kind for attribute in PROBE.attributes}
    assert len(kinds) == 12
