"""A prover says of a condition that holds that it does not, where holding counts against it.

Seen in: scores and "at most k of n" built from selectors that imply their condition in one
direction only. Setting a selector to zero then costs nothing, and a bad mark disappears.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest

from tests.circuits.building import NOW, PROBE, VALUES
from tests.presentation.building import ALICE, SIGNER, VERIFIER
from tests.presentation.test_random_policies import HEAD, TRUST, issued, without_checks
from zkproof.errors import ConflictError
from zkproof.presentation import constraints
from zkproof.presentation.presentation import present
from zkproof.presentation.report import Refusal, Report
from zkproof.presentation.request import open_request
from zkproof.presentation.verify import verify
from zkproof_circuits.circuit import Formula, Score
from zkproof_circuits.evaluate import holds
from zkproof_circuits.types import Value

MARKS = {
    "at most": "require at most 1 of (p.flag, p.m = 1, p.n >= 3)",
    "exactly": "require exactly 1 of (p.flag, p.m = 1, p.n >= 3)",
    "upper bound": "require score {10 if p.flag, 20 if p.m = 1, 5 if p.n >= 3} <= 10",
    "taken off": "require score {20 if q.n >= 5, -10 if p.m = 1, -5 if p.n >= 3} >= 15",
    "beneath a selector": 'require p.colour = "red" or at most 1 of (p.flag, p.m = 1, p.n >= 3)',
    "if": "require if p.m = 1 then p.n <= 2",
}
CLEAN = {"flag": 0, "m": 0, "n": 3}
MARKED = {"flag": 0, "m": 1, "n": 3}


def answer(statement: str, **changes: Value) -> Report | Refusal | None:
    """What the verifier says of a credential with these values; ``None``: the prover gives up."""
    request = open_request(
        SIGNER,
        VERIFIER,
        HEAD + statement,
        (PROBE,),
        ledger_id=TRUST.ledger_id,
        checkpoint=TRUST.checkpoint,
        now=NOW,
    )
    held = {"p": issued({**VALUES, **changes}), "q": issued(VALUES)}
    try:
        found = present(request, request.circuit(TRUST.schemas), held, ALICE, TRUST)
    except ConflictError:
        return None
    return verify(request, found.to_bytes(), TRUST, now=NOW)


@contextmanager
def hiding() -> Iterator[None]:
    """A prover who sets each selector as if the marks were not there, and checks nothing."""
    clean = {"p": {**VALUES, **CLEAN}, "q": VALUES}

    def pretended(formula: Formula, slots: object, gates: object) -> object:
        return lambda _: holds(formula, clean)

    with without_checks(), patch.object(constraints, "_truth", pretended):
        yield


@pytest.mark.parametrize("statement", MARKS.values(), ids=MARKS)
def test_condition_that_holds_is_not_hidden(statement: str) -> None:
    assert isinstance(answer(statement, **CLEAN), Report)
    assert answer(statement, **MARKED) is None, "the holder's own program refuses"
    with hiding():
        assert isinstance(answer(statement, **CLEAN), Report), "the program is not merely broken"
        assert isinstance(answer(statement, **MARKED), Refusal)


@pytest.mark.parametrize("kind", ["at most", "exactly", "upper bound", "taken off"])
def test_without_the_opposites_it_would_be_hidden(kind: str) -> None:
    """What the attack looks for: both sides show that parts hold, and never that they do not."""
    one_way = property(lambda score: tuple((True, False) for _ in score.parts))
    with patch.object(Score, "claims", one_way), hiding():
        assert isinstance(answer(MARKS[kind], **MARKED), Report)
