"""From a presentation to ciphertexts that may be opened.

ElGamal can be altered by anyone: whoever holds a ciphertext can make another with the same value,
or with a shifted one, that nothing connects with the first. What ties a ciphertext to a holder, a
signed attribute, a purpose and a verifier is the presentation's proof. So an authority opens only
what comes out of here.
"""

from __future__ import annotations

from zkproof.audit.decryption import VerifiedCiphertext
from zkproof.clock import RandomBytes, os_random
from zkproof.errors import AuditError, NotFoundError
from zkproof.presentation.presentation import presentation_digest
from zkproof.presentation.receipt import PROVEN, Receipt
from zkproof.presentation.report import Refusal
from zkproof.presentation.request import Request, wrong_times
from zkproof.presentation.verify import VerificationRules, verify
from zkproof.sigma.encryption import Ciphertext
from zkproof.trust import TrustView


def open_presentation(
    request: Request,
    presentation: bytes,
    trust: TrustView,
    *,
    auditor_id: str,
    now: int,
    rules: VerificationRules | None = None,
    random: RandomBytes = os_random,
) -> tuple[VerifiedCiphertext, ...] | Refusal:
    """The ciphertexts to ``auditor_id`` in a presentation that verifies, in the policy's order.

    ``now`` is the time at which the verifier took the presentation (its receipt says it), and
    ``trust`` a view of that time: later, the request has expired and keys may have been revoked,
    which says nothing about what was shown then. `check_receipt` ties both to a receipt.

    1.  The presentation is verified as the verifier did, by the same ``rules``. (a ciphertext
        without a proof, or altered)
    2.  Only ciphertexts to this auditor are given out.

    Raises `NotFoundError` when there is none, and what `verify` raises.
    """
    report = verify(request, presentation, trust, now=now, rules=rules, random=random)  # 1.
    if isinstance(report, Refusal):
        return report
    found = tuple(
        VerifiedCiphertext(
            auditor_id=each.auditor_id,
            key_id=each.key_id,
            public_key=trust.auditors[each.auditor_id].public_key,
            request_digest=report.request_digest,
            presentation_digest=report.presentation_digest,
            attribute=each.slot,
            ciphertext=Ciphertext.from_octets(each.ciphertext),
        )
        for each in report.ciphertexts
        if each.auditor_id == auditor_id  # 2.
    )
    if not found:
        raise NotFoundError(f"presentation: nothing in it is encrypted to {auditor_id}")
    return found


def check_receipt(
    receipt: Receipt,
    request: Request,
    presentation: bytes,
    verifier_key: bytes,
    *,
    clock_skew: int = VerificationRules().clock_skew,
) -> None:
    """That the verifier asked this, got this and accepted it, at the receipt's time.

    ``verifier_key`` is the one registered for the verifier that the request names.

    1.  The verifier signed the request. (somebody asking in its name)
    2.  It signed the receipt. (a time of somebody else's choice)
    3.  The receipt is of this request and this presentation, and says that it was proven.
    4.  It states the request's day and times, and these are what a request may have. (a backdated
        request, under which an expired credential holds)
    5.  The presentation was taken while the request was open, clocks up to ``clock_skew`` seconds
        apart.

    Raises `AuditError`.
    """
    if not request.signed_by(verifier_key):  # 1.
        raise AuditError("request: not signed by the verifier it names")
    if receipt.verifier != request.verifier or not receipt.signed_by(verifier_key):  # 2.
        raise AuditError("receipt: not signed by the verifier that asked")
    of = (receipt.request_digest, receipt.presentation_digest, receipt.ledger_id)
    if of != (request.digest, presentation_digest(presentation), request.ledger_id):  # 3.
        raise AuditError("receipt: of another request or presentation")
    if receipt.result != PROVEN:
        raise AuditError("receipt: says that the presentation was refused")
    times = (request.today, request.issued_at, request.expires_at)
    if (receipt.today, receipt.issued_at, receipt.expires_at) != times:  # 4.
        raise AuditError("receipt: states another day or other times than the request")
    wrong = wrong_times(*times)
    if wrong is not None:
        raise AuditError(": ".join(wrong))
    if not request.issued_at - clock_skew <= receipt.verified_at <= request.expires_at:  # 5.
        raise AuditError("receipt: of a time at which the request was not open")
