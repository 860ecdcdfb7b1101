"""One answer judged: the outcome, the signed receipt about it, and whether it counts as a try.

Nothing here is remembered; a store does that (`zkproof.verifier.store`).
"""

from __future__ import annotations

from dataclasses import dataclass

from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.presentation.receipt import Receipt, make_receipt
from zkproof.presentation.report import Refusal, RefusalCode, Report
from zkproof.presentation.request import Request
from zkproof.presentation.verify import VerificationRules, verify
from zkproof.trust import TrustView

OUR_FAULT = frozenset(
    (
        RefusalCode.NOT_YET_VALID,
        RefusalCode.TRUST_STALE,
        RefusalCode.WRONG_LEDGER,
        RefusalCode.SCHEMA_UNKNOWN,
        RefusalCode.SCOPE_NOT_ACCEPTED,
    )
)
"""Refusals that say something of the verifier and nothing of the answer."""


@dataclass(frozen=True, slots=True)
class Judged:
    """An outcome; the receipt is there when the answer used the request up, or one of its tries."""

    outcome: Report | Refusal
    receipt: Receipt | None


def judge(
    request: Request,
    presentation: bytes,
    trust: TrustView,
    signer: Ed25519Signer,
    *,
    now: int,
    rules: VerificationRules | None = None,
) -> Judged:
    """Verify an answer to a stored request, and sign what came of it.

    What cannot be read as a presentation, and what is the verifier's own fault, is refused without
    a receipt: it uses up nothing. Raises as `verify` does.
    """
    outcome = verify(request, presentation, trust, now=now, rules=rules)
    if isinstance(outcome, Refusal) and (
        outcome.code in OUR_FAULT or outcome.code is RefusalCode.MALFORMED
    ):
        return Judged(outcome, None)
    ledger = (trust.ledger_id, trust.tree_size, trust.root_hash)
    circuit = request.circuit(trust.schemas)
    receipt = make_receipt(signer, request, circuit, presentation, outcome, ledger=ledger, now=now)
    return Judged(outcome, receipt)
