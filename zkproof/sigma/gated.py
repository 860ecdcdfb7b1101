"""Gates: a signature or a token that the prover has, or whose gate is open.

Relation     ``w != 0``, or knowledge of (A, e) that signs the slots under W and domain; likewise
             ``w != 0``, or knowledge of a token ``A = 1/(alpha + m) * V`` of a slot m
Source       the proof of knowledge of `zkproof.bbs.knowledge` and `zkproof.sigma.signed_set` with
             one term more, taken from their simulator; docs/security.md, "Hidden alternatives"
Rests on     what those rest on, and on the exact block, which ties the gate w to a selector
Not proven   anything at all while the gate is open. A statement must say ``s*w = 0`` for a
             selector s, and may read a slot of the clause only in terms that s multiplies

For a key ``W = x*BP2`` a pair ``(U, U' = x*U)`` is public. The signature's equation becomes
``Bbar = r1*D - e*Abar + w*U'``. A prover without a signature takes ``Abar = w*U``, ``Bbar = w*U'``,
which fulfils the pairing equation as a signature does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from zkproof import curve
from zkproof.bbs.generators import Generators
from zkproof.bbs.keys import PublicKey
from zkproof.bbs.knowledge import HeldSignature
from zkproof.bbs.masks import MaskSource
from zkproof.bbs.pairings import PairingClaim, holds
from zkproof.bbs.signature import calculate_domain
from zkproof.curve import G1, G1_BYTES, R
from zkproof.errors import DecodeError, UsageError
from zkproof.sigma import signed_set
from zkproof.sigma.clause import Clause, FirstMove, Opening, Secret, Unsigned

GATE_PAIR_BYTES = 2 * G1_BYTES


@dataclass(frozen=True)
class GatePair:
    """``(U, U')`` with ``e(U, W) = e(U', BP2)``, checked whenever one is made.

    With a wrong pair exactly those proofs fail whose prover has no signature by this key: the
    failure would tell. A pair that passes is the right one, whoever made it.
    """

    public_key: PublicKey
    U: G1
    U_prime: G1

    def __post_init__(self) -> None:
        claim = PairingClaim(self.U, self.public_key, self.U_prime)
        if self.U.is_identity() or not holds([claim]):
            raise UsageError("pair of a key: not one of this key")

    @staticmethod
    def from_octets(public_key: PublicKey, data: bytes) -> GatePair:
        """From 96 octets. Raises `DecodeError` for other points, `UsageError` for another key's."""
        if len(data) != GATE_PAIR_BYTES:
            raise DecodeError("pair of a key", f"{len(data)} octets, not {GATE_PAIR_BYTES}")
        U, U_prime = curve.decode_g1_many(data, "pair of a key")
        return GatePair(public_key, U, U_prime)

    def to_octets(self) -> bytes:
        return curve.encode_g1_many((self.U, self.U_prime))

    def canonical(self) -> list[object]:
        """For the transcript."""
        return [self.public_key.octets, self.U.encode(), self.U_prime.encode()]


@dataclass(frozen=True, slots=True, repr=False)
class KeyMove:
    """The part of a first move that belongs to one key. ``secrets`` are those of e and r1."""

    Abar: G1
    Bbar: G1
    T1: G1
    secrets: tuple[tuple[int, int], tuple[int, int]]

    def __repr__(self) -> str:
        return "<KeyMove of a gated signature, secrets hidden>"


def commit_key(
    pair: GatePair,
    signature: HeldSignature | None,
    B: G1,
    gate: tuple[int, int],
    r2: int,
    masks: MaskSource,
) -> KeyMove:
    """``Abar``, ``Bbar``, ``T1 = e~*Abar + r1~*D - w~*U'`` for ``D = r2*B``.

    ``gate`` is the value of the gate and its mask. Without a signature ``A := U``, ``e := 0``, and
    the coefficients of B and U' in Bbar change places: one sequence of operations serves both.
    """
    w, w_tilde = gate
    A, e, real = (pair.U, 0, 0) if signature is None else (signature.A, signature.e, 1)
    if bool(w) == bool(real):
        raise UsageError("gate: open with a signature, or closed without one")
    product = real * masks.nonzero_scalar() + w
    e_tilde, r1_tilde = masks.scalar(), masks.scalar()
    Abar, Bbar, T1 = curve.msm_rows(
        (A, B, pair.U_prime),
        (
            (product, None, None),
            (-e * product % R, real * product, w),
            (e_tilde * product % R, r1_tilde * r2 % R, -w_tilde % R),
        ),
    )
    r1 = real * product * curve.invert(r2) % R
    return KeyMove(Abar, Bbar, T1, ((e_tilde, e), (r1_tilde, -r1 % R)))


def replay_key(
    pair: GatePair, points: tuple[G1, G1, G1], responses: tuple[int, int, int], c: int
) -> G1:
    """``T1 = c*Bbar + e^*Abar + r1^*D - w^*U'`` from ``Abar, Bbar, D`` and ``e^, r1^, w^``."""
    Abar, Bbar, D = points
    e_hat, r1_hat, w_hat = responses
    return curve.msm_vartime((Bbar, Abar, D, pair.U_prime), (c, e_hat, r1_hat, -w_hat % R))


@lru_cache(maxsize=256)
def _empty(generators: Generators, domain: int) -> Unsigned:
    zeros = (0,) * generators.count
    return Unsigned(zeros, generators.signed_point(domain, zeros))


@dataclass(frozen=True)
class GatedSignature(Clause):
    """The statement: a signature on ``slots`` by the key of ``pair``, or the gate is open."""

    pair: GatePair
    generators: Generators
    header: bytes
    slots: tuple[int, ...]
    gate: int

    POINTS = 3
    RESPONSES = 3

    def __post_init__(self) -> None:
        if len(self.slots) != self.generators.count:
            raise UsageError("gated signature: a slot for each message")

    @cached_property
    def domain(self) -> int:
        return calculate_domain(self.pair.public_key, self.generators, self.header)

    @property
    def reads(self) -> tuple[int, ...]:
        return (*self.slots, self.gate)

    @property
    def holds(self) -> tuple[int, ...]:
        """Slots that are signed where the gate is closed. Where it is open they are anything."""
        return self.slots

    @property
    def gates(self) -> tuple[int, ...]:
        return (self.gate,)

    def opens(self, secret: Secret) -> tuple[bool, ...]:
        return (isinstance(secret, Unsigned),)

    def absent(self) -> Unsigned:
        """The secret of a prover without the signature: a vector of zeros. Its point is computed
        once for a key and header, so that proofs with and without a signature take the same time.
        """
        return _empty(self.generators, self.domain)

    def canonical(self) -> list[object]:
        return [
            "gated signature",
            self.generators.interface.api_id,
            self.generators.encoded,
            self.domain.to_bytes(32, "big"),
            list(self.slots),
            self.gate,
            self.pair.canonical(),
        ]

    def commit(
        self,
        secret: Secret,
        values: Sequence[int],
        slot_masks: Sequence[int],
        masks: MaskSource,
    ) -> FirstMove:
        """``Abar, Bbar, D = r2*B`` are sent; ``T1``, ``T2 = r3~*D + sum m~_j*H_j`` are hashed."""
        if not isinstance(secret, HeldSignature | Unsigned):
            raise UsageError("gated signature: a signature or the vector in its place is needed")
        signature = secret if isinstance(secret, HeldSignature) else None
        if signature is not None and (
            signature.public_key != self.pair.public_key or signature.domain != self.domain
        ):
            raise UsageError("gated signature: by another key, or on another header")
        r2, r3_tilde = masks.nonzero_scalar(), masks.scalar()
        D, T2 = curve.msm_rows((secret.B,), ((r2,), (r3_tilde * r2 % R,)))
        T2 = T2 + self.generators.msm(None, [slot_masks[slot] for slot in self.slots])
        gate = (values[self.gate], slot_masks[self.gate])
        move = commit_key(self.pair, signature, secret.B, gate, r2, masks)
        return FirstMove(
            (move.Abar, move.Bbar, D),
            (move.T1, T2),
            (*move.secrets, (r3_tilde, -curve.invert(r2) % R)),
        )

    def replay(
        self,
        points: Sequence[G1],
        responses: Sequence[int],
        slot_responses: Sequence[int],
        c: int,
    ) -> tuple[G1, ...]:
        """``T1`` as `replay_key`; ``T2 = c*(P1 + domain*Q_1) + r3^*D + sum m^_j*H_j``."""
        Abar, Bbar, D = points
        e_hat, r1_hat, r3_hat = responses
        w_hat = slot_responses[self.gate]
        m_hat = [slot_responses[slot] for slot in self.slots]
        T1 = replay_key(self.pair, (Abar, Bbar, D), (e_hat, r1_hat, w_hat), c)
        T2 = self.generators.msm_vartime(c, c * self.domain % R, m_hat, (D,), (r3_hat,))
        return T1, T2

    def claims(self, points: Sequence[G1]) -> tuple[PairingClaim, ...]:
        """``e(Abar, W) = e(Bbar, BP2)``."""
        return (PairingClaim(points[0], self.pair.public_key, points[1]),)


@dataclass(frozen=True)
class GatedToken(Clause):
    """The statement: ``slot`` holds an element of the list, or the gate is open.

    The slot is an auxiliary one, zero where there is no token; the statement says
    ``s*(m - record) = 0``. The pair is one of the list's key, and serves all its versions.
    """

    kind: str
    list_id: str
    version: int
    pair: GatePair
    slot: int
    gate: int

    POINTS = 2
    RESPONSES = 1

    @property
    def reads(self) -> tuple[int, ...]:
        return (self.slot, self.gate)

    @property
    def gates(self) -> tuple[int, ...]:
        return (self.gate,)

    def opens(self, secret: Secret) -> tuple[bool, ...]:
        return (secret is None,)

    def canonical(self) -> list[object]:
        return [
            "gated token",
            signed_set.base_digest_input(),
            self.kind,
            self.list_id,
            self.version,
            self.slot,
            self.gate,
            self.pair.canonical(),
        ]

    def commit(
        self,
        secret: Secret,
        values: Sequence[int],
        slot_masks: Sequence[int],
        masks: MaskSource,
    ) -> FirstMove:
        """``A'`` and ``Abar' = v*V - m*A' + w*X'`` are sent, ``T`` of their masks is hashed.

        ``secret`` is the token A: ``A' = v*A``. Without one ``A' = w*X`` and ``v = m = 0``.
        """
        if isinstance(secret, Opening | HeldSignature | Unsigned):
            raise UsageError("gated token: a token or nothing")
        w, m = values[self.gate], values[self.slot]
        A, real = (self.pair.U, 0) if secret is None else (secret, 1)
        if bool(w) == bool(real):
            raise UsageError("gate: open with a token, or closed without one")
        if m and not real:
            raise UsageError("gated token: without a token its slot is zero")
        v, v_tilde = real * masks.nonzero_scalar(), masks.scalar()
        A_prime = curve.msm((A,), (v + w,))
        Abar_prime, T = curve.msm_rows(
            (signed_set.base(self.kind, self.list_id, self.version), A_prime, self.pair.U_prime),
            (
                (v, -m % R, w),
                (v_tilde, -slot_masks[self.slot] % R, slot_masks[self.gate]),
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
        """``T = v^*V - m^*A' + w^*X' - c*Abar'``."""
        (v_hat,), (A_prime, Abar_prime) = responses, points
        V = signed_set.base(self.kind, self.list_id, self.version)
        m_hat, w_hat = slot_responses[self.slot], slot_responses[self.gate]
        return (
            curve.msm_vartime(
                (V, A_prime, self.pair.U_prime, -Abar_prime), (v_hat, -m_hat % R, w_hat, c)
            ),
        )

    def claims(self, points: Sequence[G1]) -> tuple[PairingClaim, ...]:
        """``e(A', X) = e(Abar', BP2)``."""
        return (PairingClaim(points[0], self.pair.public_key, points[1]),)
