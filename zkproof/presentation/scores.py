"""Selectors of a score: bits that say what each part counts for.

    sum w_i * b_i >= low * s        and        sum w_i * b_i <= high * s

with ``s`` the selector that the score stands beneath. What makes a bound easier to meet has to be
shown: the part stands beneath ``b_i``, and its opposite beneath ``s - b_i``, each where claiming it
helps. A prover who hides that a part holds, where that would count against it, has to prove the
opposite of the part, and cannot.

Source: docs/security.md, section "Exact constraints".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from zkproof.sigma.gadgets import Assignment, Builder, Terms, add, evaluate, multiply
from zkproof_circuits.circuit import Score

ONE: Terms = {(): 1}

Outcome = tuple[Terms | None, Terms | None]
"""The selector that a part stands beneath, and that of its opposite; ``None``: not to be shown."""


def outcomes(
    score: Score,
    truths: Sequence[Callable[[Assignment], bool]],
    selector: Terms,
    builder: Builder,
) -> list[Outcome]:
    """Allocate the bits, and add that the score lies between its bounds.

    ``truths`` say for a prover's values whether each part holds.
    """
    total: Terms = {}
    found: list[Outcome] = []
    for weight, truth, claims in zip(score.weights, truths, score.claims, strict=True):
        outcome, counts = _outcome(truth, claims, selector, builder)
        total = add(total, counts, factor=weight)
        found.append(outcome)
    if score.low == score.high:
        builder.equal_zero(add(total, selector, factor=-(score.low or 0)))
        return found
    if score.low is not None:
        builder.at_least_zero(add(total, selector, factor=-score.low))
    if score.high is not None:
        above = add(total, selector, factor=-score.high)
        builder.at_least_zero({monomial: -value for monomial, value in above.items()})
    return found


def _outcome(
    truth: Callable[[Assignment], bool],
    claims: tuple[bool, bool],
    selector: Terms,
    builder: Builder,
) -> tuple[Outcome, Terms]:
    """The selectors of a part, and what counts its weight: 1 where it holds, else 0."""

    def holding(values: Assignment) -> int:
        return int(evaluate(selector, values) == 1 and truth(values))

    def failing(values: Assignment) -> int:
        return int(evaluate(selector, values) == 1 and not truth(values))

    shows_holding, shows_failing = claims
    bit: Terms = {(builder.bit(holding if shows_holding else failing),): 1}
    rest = add(selector, bit, factor=-1)
    if selector != ONE:
        # Zero wherever the selector is, so that both are bits, and that nothing beneath them reads
        # a credential of a way that is not taken.
        builder.equal_zero(add(multiply(bit, selector), bit, factor=-1))
    if not shows_holding:
        return (None, bit), rest
    return (bit, rest if shows_failing else None), bit
