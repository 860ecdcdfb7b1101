"""A complaint: the share that a dealer sent is not the one it committed to, for all to check.

Relation     ``T_j = t*g`` and ``S = t*E``; the share that S opens is not the committed ``f(j)``
Source       Chaum and Pedersen 1992 for the proof that S is the recipient's
Rests on     hashed ElGamal: S opens the one share and nothing else sent to this authority
Not proven   anything when the contribution itself does not pass `check_contribution`: then all see
             the fault, and nobody should publish an S

Without the proof a complaint would be one word against another, and an authority could have honest
dealers thrown out.
"""

from __future__ import annotations

from dataclasses import dataclass

from zkproof.audit.authority import Authority
from zkproof.audit.ceremony import Ceremony
from zkproof.audit.contribution import Contribution, check_contribution, delivered, shared_point
from zkproof.audit.dleq import ExponentProof, ExponentStatement, Purpose, prove, verify
from zkproof.audit.documents import (
    FORMAT,
    digest,
    exponent_proof,
    party_number,
    point,
    read_document,
)
from zkproof.audit.sharing import share_holds
from zkproof.clock import RandomBytes, os_random
from zkproof.codec import encode
from zkproof.curve import G1
from zkproof.errors import ConflictError
from zkproof.sigma.encryption import generators

_FIELDS = {
    "ceremony": digest,
    "dealer": party_number,
    "party": party_number,
    "shared_point": point,
    "proof": exponent_proof,
}


@dataclass(frozen=True, slots=True)
class Complaint:
    """``party`` says that ``dealer`` sent it a wrong share, and opens it."""

    ceremony: bytes
    dealer: int
    party: int
    S: G1
    proof: ExponentProof

    def to_bytes(self) -> bytes:
        return encode(
            {
                "format": FORMAT,
                "ceremony": self.ceremony,
                "dealer": self.dealer,
                "party": self.party,
                "shared_point": self.S.encode(),
                "proof": self.proof.to_octets(),
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Complaint:
        """Raises `DecodeError` for anything that `to_bytes` would not have written."""
        table = read_document("complaint", _FIELDS, data)
        return cls(S=table.pop("shared_point"), **table)


def complain(
    ceremony: Ceremony,
    contribution: Contribution,
    authority: Authority,
    *,
    random: RandomBytes = os_random,
) -> Complaint:
    """Open the share that does not hold.

    Raises `ConflictError` when it does hold (publishing it would give it away), and `AuditError`
    when the contribution itself is refused by everyone.
    """
    check_contribution(ceremony, contribution)
    party = ceremony.party(authority.card)
    S = shared_point(contribution, authority)
    if share_holds(contribution.commitments, party, delivered(ceremony, contribution, party, S)):
        raise ConflictError("share: holds; there is nothing to complain about")
    statement = _statement(ceremony, contribution, party, S)
    proof = prove(statement, authority.delivery, random=random)
    return Complaint(ceremony.digest, contribution.dealer, party, S, proof)


def dealer_at_fault(ceremony: Ceremony, contribution: Contribution, complaint: Complaint) -> bool:
    """Whether the complaint shows that the contribution's dealer sent a wrong share.

    1.  Both are of this ceremony and this dealer, and the contribution is the dealer's own.
    2.  The opened point is the recipient's. (a complaint with an invented opening)
    3.  The share it opens is not the committed one. (a complaint about a good share)

    False says that the complaint does not hold. Raises `AuditError` when the contribution is
    refused by itself.
    """
    check_contribution(ceremony, contribution)
    if (complaint.ceremony, complaint.dealer) != (ceremony.digest, contribution.dealer):  # 1.
        return False
    if complaint.party not in ceremony.parties:
        return False
    statement = _statement(ceremony, contribution, complaint.party, complaint.S)
    if not verify(statement, complaint.proof):  # 2.
        return False
    share = delivered(ceremony, contribution, complaint.party, complaint.S)
    return not share_holds(contribution.commitments, complaint.party, share)  # 3.


def _statement(
    ceremony: Ceremony, contribution: Contribution, party: int, S: G1
) -> ExponentStatement:
    g, _ = generators()
    return ExponentStatement(
        Purpose.COMPLAINT,
        {"ceremony": ceremony.digest, "contribution": contribution.to_bytes(), "party": party},
        ((g, ceremony.card(party).delivery_key), (contribution.E, S)),
    )
