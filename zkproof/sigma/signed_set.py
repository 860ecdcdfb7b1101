"""Signed set: the slot's value has a token of the set's owner.

Relation     knowledge of A with ``A = 1/(alpha + m) * V``, for the key ``X = alpha*BP2`` and
             a base V that belongs to one version of one set
Source       weak Boneh-Boyen signatures (2004) on set elements (Camenisch-Chaabouni-shelat 2008),
             with the pairing-free prover of Camenisch-Drijvers-Hajny 2016; docs/security.md
Rests on     q-SDH for elements fixed before the key is used, the random oracle, discrete logarithm
Not proven   that the version is current: the verifier says which one it accepts

Status epochs are such sets: of record identifiers in good standing, a version for each epoch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from zkproof import curve
from zkproof.bbs.keys import PublicKey
from zkproof.bbs.knowledge import HeldSignature
from zkproof.bbs.masks import MaskSource
from zkproof.bbs.pairings import PairingClaim, holds
from zkproof.clock import RandomBytes, os_random
from zkproof.codec import encode
from zkproof.curve import G1, R
from zkproof.errors import UsageError
from zkproof.sigma.clause import Clause, FirstMove, Opening, Secret, Unsigned

_DST = b"ZKPROOF_SIGNED_SET_V2_BLS12381G1_XMD:SHA-256_SSWU_RO_"
WEIGHT_BYTES = 16


@lru_cache(maxsize=256)
def base(ledger_id: str, kind: str, list_id: str, version: int) -> G1:
    """``V``, the point that tokens of one version are multiples of: versions do not mix, nor do
    ledgers.
    """
    data = encode({"ledger": ledger_id, "kind": kind, "list": list_id, "version": version})
    return curve.map_to_g1(curve.Expander.XMD_SHA256.expand(data, _DST, 128))


def base_digest_input() -> bytes:
    """What bases derive from, for the transcript."""
    return _DST


def token_claim(public_key: PublicKey, V: G1, element: int, token: G1) -> PairingClaim:
    """``e(A, X) = e(V - m*A, BP2)``: what a token's holder checks before it uses the token."""
    return PairingClaim(token, public_key, V - curve.msm((token,), (element,)))


def token_holds(public_key: PublicKey, V: G1, element: int, token: G1) -> bool:
    """Whether ``token`` is the owner's token of ``element``. Without this check a hostile owner
    could hand out bad tokens for chosen elements and watch whose proofs fail.
    """
    return holds([token_claim(public_key, V, element, token)])


def tokens_hold(
    public_key: PublicKey,
    V: G1,
    elements: Sequence[int],
    tokens: Sequence[G1],
    *,
    random: RandomBytes = os_random,
) -> bool:
    """`token_holds` for a whole list at the price of one pairing check and two sums.

    With weights d_i: ``e(sum d_i*A_i, X) = e((sum d_i)*V - sum d_i*m_i*A_i, BP2)``. Public lists
    only: the sums take variable time.
    """
    if len(elements) != len(tokens):
        raise UsageError("tokens: not as many as elements")
    if not tokens:
        return True
    d = [1 + int.from_bytes(random(WEIGHT_BYTES), "big") for _ in tokens]
    weighted = [w * element % R for w, element in zip(d, elements, strict=True)]
    total = curve.msm_vartime(tokens, d)
    rest = curve.msm_vartime((*tokens, V), (*(R - w if w else 0 for w in weighted), sum(d) % R))
    return holds([PairingClaim(total, public_key, rest)], random=random)


@dataclass(frozen=True, slots=True)
class InSignedSet(Clause):
    """The statement: ``slot`` holds an element of the set that ``public_key`` signed under V."""

    ledger_id: str
    kind: str
    list_id: str
    version: int
    public_key: PublicKey
    slot: int

    POINTS = 2
    RESPONSES = 1

    @property
    def reads(self) -> tuple[int, ...]:
        return (self.slot,)

    def canonical(self) -> list[object]:
        return [
            "signed set",
            _DST,
            self.ledger_id,
            self.kind,
            self.list_id,
            self.version,
            self.public_key.octets,
            self.slot,
        ]

    def commit(
        self,
        secret: Secret,
        values: Sequence[int],
        slot_masks: Sequence[int],
        masks: MaskSource,
    ) -> FirstMove:
        """``A' = v*A`` and ``Abar' = v*V - m*A'`` are sent, ``T = v~*V - m~*A'`` is hashed.

        ``secret`` is the token A. A' is uniform and ``Abar' = alpha*A'``: neither shows m.
        """
        if secret is None or isinstance(secret, Opening | HeldSignature | Unsigned):
            raise UsageError("signed set: a token is needed")
        V = base(self.ledger_id, self.kind, self.list_id, self.version)
        v, v_tilde = masks.nonzero_scalar(), masks.scalar()
        A_prime = curve.msm((secret,), (v,))
        Abar_prime, T = curve.msm_rows(
            (V, A_prime),
            (
                (v, -values[self.slot] % R),
                (v_tilde, -slot_masks[self.slot] % R),
            ),
        )
        return FirstMove((A_prime, Abar_prime), (T,), ((v_tilde, v),))

    def replay(
        self,
        points: Sequence[G1],
        responses: Sequence[int],
        slot_responses: Sequence[int],
        c: int,
    ) -> tuple[G1, ...]:
        """``T = v^*V - m^*A' - c*Abar'``; A' is not the identity: no received point is."""
        (v_hat,), (A_prime, Abar_prime) = responses, points
        m_hat = slot_responses[self.slot]
        V = base(self.ledger_id, self.kind, self.list_id, self.version)
        return (curve.msm_vartime((V, A_prime, -Abar_prime), (v_hat, -m_hat % R, c)),)

    def claims(self, points: Sequence[G1]) -> tuple[PairingClaim, ...]:
        """``e(A', X) = e(Abar', BP2)``."""
        A_prime, Abar_prime = points
        return (PairingClaim(A_prime, self.public_key, Abar_prime),)
