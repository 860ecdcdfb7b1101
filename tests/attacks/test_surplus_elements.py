"""Elements that a verifier sums or skips although nothing bounds them.

Seen in: range proofs whose verifier looped over what the prover sent (surplus bit commitments
gave a larger range), and credential verifiers that ignored surplus responses.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.presentation.building import NOW, request, trust_view
from tests.presentation.test_trip import CIRCUIT, PRESENTATION, REQUEST
from tests.sigma.building import two_banks
from zkproof.errors import DecodeError
from zkproof.presentation.presentation import Presentation
from zkproof.presentation.report import Refusal, Report
from zkproof.presentation.verify import verify
from zkproof.sigma import composite, wire


@pytest.mark.parametrize("extra", [1, 16, 32, 48, 128, 240])
def test_proof_with_surplus_octets_is_refused_before_any_arithmetic(extra: int) -> None:
    statement, held = two_banks()
    proof = composite.prove(statement, held)
    assert composite.verify(statement, proof)
    for longer in (proof + bytes(extra), proof + proof[-extra:]):
        with pytest.raises(DecodeError, match="octets, not"):
            wire.from_octets(statement, longer)
        assert not composite.verify(statement, longer)


def test_surplus_credential_is_refused() -> None:
    parsed = Presentation.from_bytes(PRESENTATION)
    assert isinstance(verify(REQUEST, PRESENTATION, trust_view(), now=NOW), Report)
    more = {**parsed.credentials, "b": parsed.credentials["a"]}
    longer = replace(parsed, credentials=more).to_bytes()
    assert isinstance(verify(REQUEST, longer, trust_view(), now=NOW), Refusal)


def test_number_of_inequalities_comes_from_the_policy() -> None:
    """A proof for a policy with one requirement fewer is another statement."""
    weaker = request(REQUEST.policy.replace("require a.as_of >= today - 30 days\n", ""))
    circuit = weaker.circuit(trust_view().schemas)
    assert len(circuit.constraints) == len(CIRCUIT.constraints) - 1
    parsed = Presentation.from_bytes(PRESENTATION)
    moved = replace(parsed, request_digest=weaker.digest).to_bytes()
    assert isinstance(verify(weaker, moved, trust_view(), now=NOW), Refusal)
