"""The receipt: what a verifier asked, when and with what result, signed, without personal data.

The holder gets a copy; the verifier's log keeps it; a regulator reads it. It holds digests of
request and presentation, never a disclosed value: not even hashed, since amounts and dates can be
guessed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from zkproof.codec import decode, encode
from zkproof.credential.credential import octets_field, text_field
from zkproof.errors import DecodeError
from zkproof.keys.ed25519 import SIGNATURE_BYTES, Ed25519Signer, verify_ed25519
from zkproof.presentation.presentation import presentation_digest
from zkproof.presentation.report import Refusal, RefusalCode, Report
from zkproof.presentation.request import Request, VerifierIdentity
from zkproof_circuits.circuit import Circuit

FORMAT = 2
MAX_RECEIPT_BYTES = 1 << 14
PROVEN = "proven"

_LABEL = b"zkproof receipt v1"
_FIELDS = (
    "format",
    "request_id",
    "request",
    "presentation",
    "verifier",
    "verifier_name",
    "key",
    "policy",
    "policy_version",
    "circuit",
    "purpose",
    "revealed",
    "result",
    "today",
    "issued_at",
    "expires_at",
    "verified_at",
    "ledger",
    "tree_size",
    "root",
)

_NUMBERS = ("policy_version", "today", "issued_at", "expires_at", "verified_at", "tree_size")


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
        return dict(zip(_FIELDS, values, strict=True))

    @classmethod
    def from_bytes(cls, data: bytes) -> Receipt:
        """Raises `DecodeError` for anything that `to_bytes` would not have written."""
        outer = decode(data, field="receipt", max_bytes=MAX_RECEIPT_BYTES)
        if not isinstance(outer, dict) or set(outer) != {"body", "signature"}:
            raise DecodeError("receipt", "body and signature needed")
        body = outer["body"]
        if not isinstance(body, dict) or set(body) != set(_FIELDS):
            raise DecodeError("receipt.body", "not the fields of a receipt")
        if body["format"] != FORMAT or isinstance(body["format"], bool):
            raise DecodeError("receipt.format", "a version this program does not know")
        for name in _NUMBERS:
            if type(body[name]) is not int or body[name] < 0:
                raise DecodeError(f"receipt.{name}", "a number is needed")
        results = {PROVEN, *(code.value for code in RefusalCode)}
        if body["result"] not in results:
            raise DecodeError("receipt.result", "not a known result")
        revealed = body["revealed"]
        if not isinstance(revealed, list) or not all(isinstance(each, str) for each in revealed):
            raise DecodeError("receipt.revealed", "names are needed")
        return cls(
            request_id=octets_field(body, "request_id", 16),
            request_digest=octets_field(body, "request", 32),
            presentation_digest=octets_field(body, "presentation", 32),
            verifier=VerifierIdentity(
                text_field(body, "verifier"),
                text_field(body, "verifier_name"),
                text_field(body, "key"),
            ),
            policy_name=text_field(body, "policy"),
            policy_version=body["policy_version"],
            circuit_digest=octets_field(body, "circuit", 32),
            purpose=text_field(body, "purpose", 500),
            revealed=tuple(revealed),
            result=body["result"],
            today=body["today"],
            issued_at=body["issued_at"],
            expires_at=body["expires_at"],
            verified_at=body["verified_at"],
            ledger_id=text_field(body, "ledger"),
            tree_size=body["tree_size"],
            root_hash=octets_field(body, "root", 32),
            signature=octets_field(outer, "signature", SIGNATURE_BYTES),
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
    """Sign what happened. ``ledger`` is id, tree size and root hash of the trust view."""
    values = {
        "request_id": request.request_id,
        "request_digest": request.digest,
        "presentation_digest": presentation_digest(presentation),
        "verifier": request.verifier,
        "policy_name": circuit.name,
        "policy_version": circuit.version,
        "circuit_digest": circuit.digest,
        "purpose": circuit.purpose,
        "revealed": tuple(str(slot) for slot in circuit.revealed),
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
