"""A dealer's contribution: a polynomial, committed to, and its values sent to the others.

Relation     commitments ``A_k = a_k*g``; to party j with delivery key ``T_j`` goes
             ``f(j) + H(r*T_j)``, and ``E = r*g`` to all
Source       Pedersen 1991 (every party a dealer, keys added); hashed ElGamal for delivery
Rests on     computational Diffie-Hellman in G1 and a random oracle for delivery
Not proven   that the values sent are the committed ones: recipients check theirs and complain

Proofs of possession stand in it. The one of ``a_0`` keeps a dealer from choosing ``A_0`` as
something minus the others' (the sum would be its own key); it is there once for this ceremony and
once as the ledger wants it, for the registration of the sum. The one of ``r`` keeps a dealer from
taking over another's ``E``: the recipient of a bad share publishes ``T_j``'s multiple of ``E``, and
with it opens what else was sent under that ``E``.

Polynomial and ``r`` are hedged like masks: where the random source repeats, two ceremonies still
get unrelated ones. The same ``r`` to the same party would be a key agreed twice, and the same
polynomial under another threshold would give other authorities the first key's secret.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

from zkproof import curve
from zkproof.audit.authority import Authority
from zkproof.audit.ceremony import Ceremony
from zkproof.audit.dleq import ExponentProof, ExponentStatement, Purpose, prove, verify
from zkproof.audit.documents import (
    FORMAT,
    digest,
    exponent_proof,
    party_number,
    point,
    points,
    read_document,
)
from zkproof.audit.sharing import Polynomial, Share
from zkproof.bbs.encoding import scalar_octets, scalars_from_octets
from zkproof.bbs.masks import MaskSource
from zkproof.bbs.secret import HiddenScalar
from zkproof.clock import RandomBytes, os_random
from zkproof.codec import encode
from zkproof.curve import G1, SCALAR_BYTES, R
from zkproof.errors import AuditError
from zkproof.keys.ed25519 import SIGNATURE_BYTES, verify_ed25519
from zkproof.ledger.bodies import AUDITOR_POSSESSION_BYTES
from zkproof.ledger.possession import prove_auditor_possession, verify_auditor_possession
from zkproof.record import Kind, list_of, octets
from zkproof.sigma.encryption import generators

_LABEL = b"zkproof key contribution v1"
_DEALING_DOMAIN = b"zkproof dealt polynomial v1\0"
_PAD_DOMAIN = b"zkproof delivered share v1\0"


class Ephemeral(HiddenScalar):
    """``r`` of one contribution."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Contribution:
    """What a dealer hands to everyone: public but for the shares, which are under their keys."""

    ceremony: bytes
    dealer: int
    commitments: tuple[G1, ...]
    possession: ExponentProof
    registration: bytes
    """Of ``a_0`` for the ledger: 64 octets."""
    E: G1
    delivery: ExponentProof
    shares: tuple[int, ...]
    signature: bytes

    def body(self) -> bytes:
        """What is signed."""
        return encode(self._body())

    def to_bytes(self) -> bytes:
        return encode({**self._body(), "signature": self.signature})

    def _body(self) -> dict[str, object]:
        return {
            "format": FORMAT,
            "ceremony": self.ceremony,
            "dealer": self.dealer,
            "commitments": [point.encode() for point in self.commitments],
            "possession": self.possession.to_octets(),
            "registration": self.registration,
            "ephemeral": self.E.encode(),
            "delivery": self.delivery.to_octets(),
            "shares": [scalar_octets(share) for share in self.shares],
        }

    @classmethod
    def from_bytes(cls, data: bytes, ceremony: Ceremony) -> Contribution:
        """Raises `DecodeError` for anything that `to_bytes` would not have written.

        How many commitments and shares there are is read from ``ceremony``.
        """
        fields: dict[str, Kind] = {
            "ceremony": digest,
            "dealer": party_number,
            "commitments": points(ceremony.threshold),
            "possession": exponent_proof,
            "registration": octets(AUDITOR_POSSESSION_BYTES),
            "ephemeral": point,
            "delivery": exponent_proof,
            "shares": _shares(len(ceremony.authorities)),
            "signature": octets(SIGNATURE_BYTES),
        }
        table = read_document("contribution", fields, data)
        return cls(E=table.pop("ephemeral"), **table)


def contribute(
    ceremony: Ceremony, authority: Authority, *, random: RandomBytes = os_random
) -> Contribution:
    """A fresh polynomial, dealt. Nothing of it is kept: the dealer's own share is among those sent.

    Call it once per ceremony; two contributions of one dealer leave the others disagreeing on the
    key. Raises `NotFoundError` when the authority does not take part.
    """
    g, _ = generators()
    dealer = ceremony.party(authority.card)
    secrets = _secrets(ceremony, dealer, authority, random)
    polynomial = Polynomial(secrets.scalars(ceremony.threshold))
    r = Ephemeral(secrets.nonzero_scalar())
    commitments = polynomial.commitments()
    E = curve.msm((g,), (r._expose(),))
    shares = [
        (
            polynomial.share(party)._expose()
            + _pad(ceremony, dealer, party, E, curve.msm((card.delivery_key,), (r._expose(),)))
        )
        % R
        for party, card in zip(ceremony.parties, ceremony.authorities, strict=True)
    ]
    unsigned = Contribution(
        ceremony=ceremony.digest,
        dealer=dealer,
        commitments=commitments,
        possession=prove(
            possession_statement(ceremony, dealer, commitments[0]),
            polynomial.constant,
            random=random,
        ),
        registration=prove_auditor_possession(
            curve.secret_scalar(polynomial.constant.export_secret()),
            ceremony.ledger_id,
            ceremony.auditor_id,
            ceremony.key_id,
            random=random,
        ),
        E=E,
        delivery=prove(_delivery_statement(ceremony, dealer, E), r, random=random),
        shares=tuple(shares),
        signature=bytes(SIGNATURE_BYTES),
    )
    return signed(unsigned, authority)


def _secrets(
    ceremony: Ceremony, dealer: int, authority: Authority, random: RandomBytes
) -> MaskSource:
    """Where polynomial and ``r`` come from: another stream for each ceremony and dealer."""
    return MaskSource(
        random=random,
        secrets=(authority.delivery._expose(),),
        statement=_DEALING_DOMAIN + encode(_facts(ceremony, dealer)),
        attempt=0,
    )


def signed(contribution: Contribution, authority: Authority) -> Contribution:
    """The same with the authority's signature."""
    return replace(contribution, signature=authority.signer.sign(_LABEL, contribution.body()))


def check_contribution(ceremony: Ceremony, contribution: Contribution) -> None:
    """What everyone can check. Raises `AuditError` naming the dealer.

    1.  It is of this ceremony, with as many commitments and shares as that says. (a polynomial of
        higher degree: no `threshold` authorities could open)
    2.  The dealer signed it. (a contribution in somebody else's name)
    3.  The dealer knows the constant term, by both proofs. (rogue key)
    4.  The dealer knows the ephemeral secret. (another's, to have a complaint open its shares)
    """
    card = ceremony.card(contribution.dealer)
    if (  # 1.
        contribution.ceremony != ceremony.digest
        or len(contribution.commitments) != ceremony.threshold
        or len(contribution.shares) != len(ceremony.authorities)
    ):
        raise AuditError(f"{card.name}: contribution to another ceremony")
    if not verify_ed25519(  # 2.
        card.signing_key, contribution.signature, _LABEL, contribution.body()
    ):
        raise AuditError(f"{card.name}: contribution not signed by it")
    constant = possession_statement(ceremony, contribution.dealer, contribution.commitments[0])
    if not verify(constant, contribution.possession) or not verify_auditor_possession(  # 3.
        contribution.commitments[0].encode(),
        contribution.registration,
        ceremony.ledger_id,
        ceremony.auditor_id,
        ceremony.key_id,
    ):
        raise AuditError(f"{card.name}: no proof that it knows what it contributes")
    delivery = _delivery_statement(ceremony, contribution.dealer, contribution.E)
    if not verify(delivery, contribution.delivery):  # 4.
        raise AuditError(f"{card.name}: no proof that it made the delivery key")


def possession_statement(ceremony: Ceremony, dealer: int, A_0: G1) -> ExponentStatement:
    """The dealer knows ``a_0``; bound to ledger, auditor and key through the ceremony's digest."""
    g, _ = generators()
    return ExponentStatement(Purpose.DEALING, _facts(ceremony, dealer), ((g, A_0),))


def _delivery_statement(ceremony: Ceremony, dealer: int, E: G1) -> ExponentStatement:
    g, _ = generators()
    return ExponentStatement(Purpose.DELIVERY, _facts(ceremony, dealer), ((g, E),))


def _facts(ceremony: Ceremony, dealer: int) -> dict[str, object]:
    return {"ceremony": ceremony.digest, "dealer": dealer}


def shared_point(contribution: Contribution, authority: Authority) -> G1:
    """``t_j*E = r*T_j``: what opens this recipient's share, and no other."""
    return authority.delivery.multiply(contribution.E)


def delivered(ceremony: Ceremony, contribution: Contribution, party: int, point: G1) -> Share:
    """The share sent to ``party``, opened with the `shared_point`; right or wrong."""
    pad = _pad(ceremony, contribution.dealer, party, contribution.E, point)
    return Share((contribution.shares[party - 1] - pad) % R)


def _pad(ceremony: Ceremony, dealer: int, party: int, E: G1, point: G1) -> int:
    """Uniform modulo R to whoever does not know ``point``. Used once: every E is fresh."""
    state = hashlib.shake_256(_PAD_DOMAIN + ceremony.digest)
    state.update(dealer.to_bytes(2, "big") + party.to_bytes(2, "big"))
    state.update(E.encode() + ceremony.card(party).delivery_key.encode() + point.encode())
    return int.from_bytes(state.digest(64), "big") % R


def _shares(count: int) -> Kind:
    several = list_of(octets(SCALAR_BYTES), least=count, most=count)

    def check(value: Any, field: str) -> tuple[int, ...]:
        return tuple(scalars_from_octets(b"".join(several(value, field)), field, allow_zero=True))

    return check
