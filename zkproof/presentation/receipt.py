"""The receipt: what a verifier asked, when and with what result, signed, without personal data.

The holder gets a copy; the verifier's log keeps it; a regulator reads it. It holds digests of
request and presentation, never a disclosed value: not even hashed, since amounts and dates can be
guessed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from zkproof.codec import encode
from zkproof.keys.ed25519 import SIGNATURE_BYTES, Ed25519Signer, verify_ed25519
from zkproof.presentation.presentation import presentation_digest
from zkproof.presentation.report import Refusal, RefusalCode, Report
from zkproof.presentation.request import REQUEST_ID_BYTES, Request, VerifierIdentity
from zkproof.record import Record, list_of, number, octets, one_of, text
from zkproof_circuits.circuit import Circuit

FORMAT = 2
MAX_RECEIPT_BYTES = 1 << 14
PROVEN = "proven"
MAX_REVEALED = 1024
"""Most names of attributes; more than fit into a policy."""

_LABEL = b"zkproof receipt v1"
_RESULTS = frozenset({PROVEN, *(code.value for code in RefusalCode)})
_BODY = Record(
    "receipt",
    {
        "request_id": octets(REQUEST_ID_BYTES),
        "request": octets(32),
        "presentation": octets(32),
        "verifier": text(),
        "verifier_name": text(),
        "key": text(),
        "policy": text(),
        "policy_version": number(),
        "circuit": octets(32),
        "purpose": text(500),
        "revealed": list_of(text(), most=MAX_REVEALED),
        "result": one_of(_RESULTS),
        "today": number(),
        "issued_at": number(),
        "expires_at": number(),
        "verified_at": number(),
        "ledger": text(),
        "tree_size": number(),
        "root": octets(32),
    },
    format=FORMAT,
)
_SIGNED = Record("receipt", {"body": _BODY, "signature": octets(SIGNATURE_BYTES)})


@dataclass(frozen=True, slots=True)
class Receipt:
    """``result`` is ``"proven"`` or a refusal code; ``revealed`` are names of attributes."""

    request_id: bytes
    request_digest: bytes
    presentation_digest: bytes
    verifier: VerifierIdentity
    policy_name: str
    policy_version: int
    circuit_digest: bytes
    purpose: str
    revealed: tuple[str, ...]
    result: str
    today: int
    """The request's day, on which validity and every "today" of the policy was judged."""

    issued_at: int
    expires_at: int
    verified_at: int
    ledger_id: str
    tree_size: int
    root_hash: bytes
    signature: bytes

    def body(self) -> bytes:
        """What is signed."""
        return encode(self._body())

    def to_bytes(self) -> bytes:
        return encode({"body": self._body(), "signature": self.signature})

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(b"zkproof receipt digest v1\0" + self.to_bytes()).digest()

    def _body(self) -> dict[str, object]:
        values = (
            FORMAT,
            self.request_id,
            self.request_digest,
            self.presentation_digest,
            self.verifier.verifier_id,
            self.verifier.name,
            self.verifier.key_id,
            self.policy_name,
            self.policy_version,
            self.circuit_digest,
            self.purpose,
            list(self.revealed),
            self.result,
            self.today,
            self.issued_at,
            self.expires_at,
            self.verified_at,
            self.ledger_id,
            self.tree_size,
            self.root_hash,
        )
        return dict(zip(("format", *_BODY.fields), values, strict=True))

    @classmethod
    def from_bytes(cls, data: bytes) -> Receipt:
        """Raises `DecodeError` for anything that `to_bytes` would not have written."""
        outer = _SIGNED.read(data, max_bytes=MAX_RECEIPT_BYTES)
        body = outer["body"]
        return cls(
            request_id=body["request_id"],
            request_digest=body["request"],
            presentation_digest=body["presentation"],
            verifier=VerifierIdentity(body["verifier"], body["verifier_name"], body["key"]),
            policy_name=body["policy"],
            policy_version=body["policy_version"],
            circuit_digest=body["circuit"],
            purpose=body["purpose"],
            revealed=tuple(body["revealed"]),
            result=body["result"],
            today=body["today"],
            issued_at=body["issued_at"],
            expires_at=body["expires_at"],
            verified_at=body["verified_at"],
            ledger_id=body["ledger"],
            tree_size=body["tree_size"],
            root_hash=body["root"],
            signature=outer["signature"],
        )

    def signed_by(self, public_key: bytes) -> bool:
        """Whether the signature is one by that Ed25519 key."""
        return verify_ed25519(public_key, self.signature, _LABEL, self.body())


def make_receipt(
    signer: Ed25519Signer,
    request: Request,
    circuit: Circuit,
    presentation: bytes,
    outcome: Report | Refusal,
    *,
    ledger: tuple[str, int, bytes],
    now: int,
) -> Receipt:
    """Sign what happened. ``ledger`` is id, tree size and root hash of the trust view.

    Of a choice, what was proven reveals what its way reveals; what was refused might have revealed
    what any way does.
    """
    taken = None
    if isinstance(outcome, Report):
        taken = circuit.taken_by([each.alias for each in outcome.credentials])
    asked = taken or circuit.at_once
    values = {
        "request_id": request.request_id,
        "request_digest": request.digest,
        "presentation_digest": presentation_digest(presentation),
        "verifier": request.verifier,
        "policy_name": circuit.name,
        "policy_version": circuit.version,
        "circuit_digest": circuit.digest,
        "purpose": circuit.purpose,
        "revealed": tuple(str(slot) for slot in asked.revealed),
        "result": outcome.code.value if isinstance(outcome, Refusal) else PROVEN,
        "today": request.today,
        "issued_at": request.issued_at,
        "expires_at": request.expires_at,
        "verified_at": now,
        "ledger_id": ledger[0],
        "tree_size": ledger[1],
        "root_hash": ledger[2],
    }
    unsigned = Receipt(**values, signature=bytes(SIGNATURE_BYTES))  # type: ignore[arg-type]
    return Receipt(**values, signature=signer.sign(_LABEL, unsigned.body()))  # type: ignore[arg-type]
