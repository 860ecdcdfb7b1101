"""Opening a ciphertext together: each authority its part with a proof, any threshold of them.

Relation     ``S_j = k_j*E1`` where ``K_j = k_j*g``; ``m*g_m = E2 - sum w_j S_j`` with Lagrange's
             weights w
Source       Desmedt and Frankel 1990; the proof of each part: Chaum and Pedersen 1992
Rests on     decisional Diffie-Hellman in G1, against fewer than the threshold
Not proven   which m it is: `zkproof.audit.values` finds it from ``m*g_m``

The proof of a part is bound to auditor, key, request, presentation and attribute: it says what was
opened, not only that something was. `VerifiedCiphertext` comes out of
`zkproof.audit.opening.open_presentation` and from nowhere else; an authority that multiplied
whatever point it is sent would open everybody's ciphertexts for anyone, since ElGamal is malleable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zkproof import curve
from zkproof.audit.dleq import ExponentProof, ExponentStatement, Purpose, prove, verify
from zkproof.audit.documents import (
    FORMAT,
    MAX_DOCUMENT_BYTES,
    digest,
    exponent_proof,
    party_number,
    point,
    read_document,
)
from zkproof.audit.keys import JointKey, KeyShare
from zkproof.audit.sharing import weights_at_zero
from zkproof.clock import RandomBytes, os_random
from zkproof.codec import encode
from zkproof.curve import G1, R
from zkproof.errors import AuditError, UsageError
from zkproof.record import list_of, octets, parsed, text
from zkproof.sigma.encryption import Ciphertext, generators

_PART = {
    "request": digest,
    "presentation": digest,
    "attribute": text(),
    "party": party_number,
    "S": point,
    "proof": exponent_proof,
}


@dataclass(frozen=True, slots=True)
class VerifiedCiphertext:
    """One encrypted attribute of a presentation that verified, and where it stood."""

    auditor_id: str
    key_id: str
    public_key: bytes
    request_digest: bytes
    presentation_digest: bytes
    attribute: str
    """As the policy names it, for example ``i.rid``."""
    ciphertext: Ciphertext


@dataclass(frozen=True, slots=True)
class PartialDecryption:
    """One authority's part for one ciphertext."""

    request_digest: bytes
    presentation_digest: bytes
    attribute: str
    party: int
    S: G1
    proof: ExponentProof

    def to_bytes(self) -> bytes:
        return encode(
            {
                "format": FORMAT,
                "request": self.request_digest,
                "presentation": self.presentation_digest,
                "attribute": self.attribute,
                "party": self.party,
                "S": self.S.encode(),
                "proof": self.proof.to_octets(),
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> PartialDecryption:
        """Raises `DecodeError` for anything that `to_bytes` would not have written."""
        table = read_document("partial decryption", _PART, data)
        return cls(
            request_digest=table.pop("request"),
            presentation_digest=table.pop("presentation"),
            **table,
        )


def parts_to_bytes(parts: Sequence[PartialDecryption]) -> bytes:
    """The parts of one authority for one presentation, as one file."""
    return encode({"format": FORMAT, "parts": [part.to_bytes() for part in parts]})


def parts_from_bytes(data: bytes) -> tuple[PartialDecryption, ...]:
    """Raises `DecodeError` for anything that `parts_to_bytes` would not have written."""
    part = parsed(octets(), PartialDecryption.from_bytes)
    fields = {"parts": list_of(part, most=MAX_DOCUMENT_BYTES)}
    return tuple(read_document("partial decryptions", fields, data)["parts"])


@dataclass(frozen=True, slots=True)
class Opening:
    """``m*g_m``, whose parts it was made of, and whose were left out, each with the reason."""

    point: G1
    opened_by: tuple[str, ...]
    left_out: tuple[str, ...]


def decrypt_part(
    share: KeyShare, verified: VerifiedCiphertext, *, random: RandomBytes = os_random
) -> PartialDecryption:
    """``S_j`` with its proof. Raises `UsageError` for a ciphertext under another key."""
    _check_key(share.key, verified)
    secret = share._expose()
    S = curve.msm((verified.ciphertext.E1,), (secret._expose(),))
    statement = _statement(share.key, verified, share.party, S)
    return PartialDecryption(
        request_digest=verified.request_digest,
        presentation_digest=verified.presentation_digest,
        attribute=verified.attribute,
        party=share.party,
        S=S,
        proof=prove(statement, secret, random=random),
    )


def part_holds(key: JointKey, verified: VerifiedCiphertext, part: PartialDecryption) -> bool:
    """Whether ``part`` is what authority ``part.party`` has to give for this ciphertext."""
    of = (part.request_digest, part.presentation_digest, part.attribute)
    if of != (verified.request_digest, verified.presentation_digest, verified.attribute):
        return False
    if part.party not in key.ceremony.parties:
        return False
    return verify(_statement(key, verified, part.party, part.S), part.proof)


def combine(
    key: JointKey, verified: VerifiedCiphertext, parts: Sequence[PartialDecryption]
) -> Opening:
    """``m*g_m`` from the first ``threshold`` parts that hold.

    1.  The ciphertext is under this key.
    2.  Every part is of this ciphertext and its proof holds; others are left out and named. (an
        authority that steers the result)
    3.  Each authority counts once. (one part handed in several times)

    Raises `AuditError` when fewer than the threshold remain.
    """
    _check_key(key, verified)  # 1.
    good: dict[int, PartialDecryption] = {}
    left_out: list[str] = []
    for part in parts:
        name = _name(key, part.party)
        if not part_holds(key, verified, part):  # 2.
            left_out.append(f"{name}: its part does not hold")
        elif part.party not in good:  # 3.
            good[part.party] = part
    needed = key.ceremony.threshold
    if len(good) < needed:
        raise AuditError(
            f"opening: {len(good)} parts that hold, {needed} are needed",
            hint="; ".join(left_out) or None,
        )
    used = list(good.values())[:needed]
    weights = weights_at_zero([part.party for part in used])
    masked = curve.msm_vartime([part.S for part in used], [-w % R for w in weights])
    return Opening(
        point=verified.ciphertext.E2 + masked,
        opened_by=tuple(_name(key, part.party) for part in used),
        left_out=tuple(left_out),
    )


def _check_key(key: JointKey, verified: VerifiedCiphertext) -> None:
    ceremony = key.ceremony
    mine = (ceremony.auditor_id, ceremony.key_id, key.public_key.encode())
    if mine != (verified.auditor_id, verified.key_id, verified.public_key):
        raise UsageError(
            f"ciphertext: under key {verified.key_id} of {verified.auditor_id}, not under this one"
        )


def _name(key: JointKey, party: int) -> str:
    if party in key.ceremony.parties:
        return key.ceremony.card(party).name
    return f"authority {party}"


def _statement(key: JointKey, verified: VerifiedCiphertext, party: int, S: G1) -> ExponentStatement:
    g, _ = generators()
    return ExponentStatement(
        Purpose.DECRYPTION,
        {
            "auditor": verified.auditor_id,
            "key": verified.key_id,
            "ceremony": key.ceremony.digest,
            "public_key": verified.public_key,
            "request": verified.request_digest,
            "presentation": verified.presentation_digest,
            "attribute": verified.attribute,
            "party": party,
            "ciphertext": verified.ciphertext.to_octets(),
        },
        ((g, key.share_key(party)), (verified.ciphertext.E1, S)),
    )
