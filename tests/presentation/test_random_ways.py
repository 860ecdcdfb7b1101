"""Random policies with ways and hidden issuers: what is false has no witness at all, and what is
true is proven by the holder's own program.
"""

from __future__ import annotations

from itertools import islice

from hypothesis import event, given, settings

from tests.circuits.test_meaning import examples
from tests.presentation.building import SIGNER, VERIFIER
from tests.presentation.random_ways import (
    DATED,
    NOW,
    TRUST,
    Truth,
    World,
    analysed,
    fitting,
    policies,
    worlds,
)
from tests.presentation.reckless import answered, issued, reckless
from tests.presentation.witnesses import choices, left, stated, witness
from zkproof.errors import ConflictError, NotFoundError
from zkproof.presentation.report import Refusal, RefusalCode, Report
from zkproof.presentation.request import Request, open_request
from zkproof.presentation.verify import verify

COUNT = 10_000 if settings().max_examples >= 2000 else 160


def asked(text: str) -> Request:
    return open_request(
        SIGNER,
        VERIFIER,
        text,
        (DATED,),
        ledger_id=TRUST.ledger_id,
        checkpoint=TRUST.checkpoint,
        now=NOW,
    )


@examples(COUNT)
@given(text=policies(), world=worlds())
def test_witness_exists_exactly_when_the_policy_holds(text: str, world: World) -> None:
    """Every assignment of selectors is tried. Whichever is taken, nothing that is left reads a
    value that nobody signed.
    """
    analysis = analysed(text)
    world = fitting(world, analysis)
    expected = Truth(analysis, world).holds()
    request = asked(text)
    try:
        prover, assembled = stated(request, request.circuit(TRUST.schemas), world)
    except (ConflictError, NotFoundError):
        event("refused")
        assert not expected
        return
    event("holds" if expected else "does not hold")
    assert (witness(prover, assembled) is not None) is expected
    for bits in choices(assembled.statement):
        rest = left(assembled.statement, bits)
        assert not rest.reads & rest.unsigned


PROVEN = COUNT // 2


@examples(PROVEN)
@given(text=policies(), world=worlds())
def test_proof_is_made_and_accepted_exactly_when_the_policy_holds(text: str, world: World) -> None:
    """Two provers try: the holder's program, which gives up where it does not hold, and one that
    takes any assignment of selectors and checks nothing, whose proof is refused there.
    """
    analysis = analysed(text)
    world = fitting(world, analysis)
    expected = Truth(analysis, world).holds()
    request = asked(text)
    credentials = {alias: issued(world, alias) for alias in world.values}
    event("holds" if expected else "does not hold")
    answer = answered(request, credentials, world)
    assert (answer is not None) is expected
    if answer is not None:
        assert isinstance(verify(request, answer.to_bytes(), TRUST, now=NOW), Report)
    try:
        prover, assembled = stated(request, request.circuit(TRUST.schemas), world)
    except (ConflictError, NotFoundError):
        assert not expected
        return
    true = witness(prover, assembled)
    for bits in [true] if true else islice(choices(assembled.statement), 2):
        made = reckless(request, prover, assembled, bits, credentials)
        outcome = verify(request, made.to_bytes(), TRUST, now=NOW)
        if true:
            assert isinstance(outcome, Report)
        else:
            assert isinstance(outcome, Refusal)
            assert outcome.code is RefusalCode.PROOF_INVALID
