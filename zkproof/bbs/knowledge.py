"""Proof of knowledge of a signature, in the three steps that every proof here is made of.

Relation     knowledge of (A, e) and hidden messages m_j such that (A, e) signs the vector of
             disclosed and hidden messages under W and domain
Source       draft-irtf-cfrg-bbs-signatures, sections 3.7.1 to 3.7.3; letters as there
Rests on     discrete logarithm in G1, unforgeability of BBS, the random oracle behind ``c``
Not proven   anything about the pairing: the verifier must also check h(Abar, W) = h(Bbar, BP2),
             which `pairing_terms` prepares, alone or folded with others

`commit` makes the first message, `respond` answers a challenge, `replay` is the verifier's
half: it recomputes the announcements T1 and T2 from responses and challenge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from zkproof import curve
from zkproof.bbs.encoding import Signature
from zkproof.bbs.generators import Generators
from zkproof.bbs.keys import PublicKey
from zkproof.bbs.signature import calculate_domain, prepared_bp2
from zkproof.curve import G1, FixedBases, R
from zkproof.errors import IssuanceError


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class HeldSignature:
    """A signature on the holder's side, checked once, with what does not change computed once.

    ``B`` is the signed point; recomputing it would cost more than the rest of a small proof.
    Holds hidden messages: it prints nothing of them.
    """

    public_key: PublicKey
    generators: Generators
    domain: int
    scalars: tuple[int, ...]
    A: G1
    e: int
    B: G1
    _tables: list[FixedBases] = field(default_factory=list, compare=False)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a HeldSignature holds hidden messages and cannot be pickled or copied")

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<HeldSignature of {self.public_key!r}, {len(self.scalars)} messages hidden>"

    def precompute(self) -> None:
        """Build tables for ``A`` and ``B``: pays off for a signature shown more than twice."""
        if not self._tables:
            self._tables.extend(curve.fixed_bases((point,)) for point in (self.A, self.B))

    def rows(self, rows: Sequence[tuple[int | None, int | None]]) -> list[G1]:
        """``a*A + b*B`` for each ``(a, b)``; ``None`` where a point takes no part."""
        if not self._tables:
            return curve.msm_rows((self.A, self.B), rows)
        tables = self._tables
        points = []
        for row in rows:
            terms = [tables[k].msm((s,)) for k, s in enumerate(row) if s is not None]
            points.append(terms[0] if len(terms) == 1 else terms[0] + terms[1])
        return points


def hold(
    public_key: PublicKey,
    signature: Signature,
    scalars: Sequence[int],
    *,
    generators: Generators,
    header: bytes,
) -> HeldSignature:
    """Check a signature as its holder, in constant time with respect to the messages.

    Raises `IssuanceError` when it does not hold.
    """
    domain = calculate_domain(public_key, generators, header)
    B = generators.signed_point(domain, scalars)
    e_A = curve.msm((signature.A,), (signature.e,))
    if not curve.pairing_check(((signature.A, public_key.prepared), (e_A - B, prepared_bp2()))):
        raise IssuanceError(
            "signature: not one by this key on these messages and this header",
            hint="ask the issuer to issue again; nothing was stored",
        )
    return HeldSignature(
        public_key, generators, domain, tuple(scalars), signature.A, signature.e, B
    )


@dataclass(frozen=True, slots=True, repr=False)
class Masks:
    """The prover's randomness, in the order the draft draws it. Never used twice."""

    r1: int
    r2: int
    e_tilde: int
    r1_tilde: int
    r3_tilde: int
    m_tilde: tuple[int, ...]

    def __repr__(self) -> str:
        return "<Masks, values hidden>"


@dataclass(frozen=True, slots=True)
class FirstMessage:
    """``Abar, Bbar, D`` travel; ``T1, T2`` are only hashed."""

    Abar: G1
    Bbar: G1
    D: G1
    T1: G1
    T2: G1


@dataclass(frozen=True, slots=True)
class Responses:
    """One for each secret; ``m_hat`` in the order of the hidden indexes."""

    e_hat: int
    r1_hat: int
    r3_hat: int
    m_hat: tuple[int, ...]


def commit(held: HeldSignature, hidden: Sequence[int], masks: Masks) -> FirstMessage:
    """The first message; ``hidden`` are the undisclosed indexes, ascending.

    All five points are sums over ``A``, ``B`` and the generators of hidden messages:
    ``D = r2*B``, ``Abar = r1*r2*A``, ``Bbar = r1*D - e*Abar``, ``T1 = e~*Abar + r1~*D``,
    ``T2 = r3~*D + sum m~_j*H_j``.
    """
    m = masks
    r1_r2 = m.r1 * m.r2 % R
    D, Abar, Bbar, T1, T2 = held.rows(
        (
            (None, m.r2),
            (r1_r2, None),
            (-held.e * r1_r2 % R, r1_r2),
            (m.e_tilde * r1_r2 % R, m.r1_tilde * m.r2 % R),
            (None, m.r3_tilde * m.r2 % R),
        )
    )
    if hidden:
        masked: list[int | None] = [None] * held.generators.count
        for j, mask in zip(hidden, m.m_tilde, strict=True):
            masked[j] = mask
        T2 = T2 + held.generators.msm(None, masked)
    return FirstMessage(Abar, Bbar, D, T1, T2)


def respond(held: HeldSignature, hidden: Sequence[int], masks: Masks, c: int) -> Responses:
    """The responses to challenge ``c``."""
    m = masks
    r3 = curve.invert(m.r2)
    return Responses(
        e_hat=(m.e_tilde + held.e * c) % R,
        r1_hat=(m.r1_tilde - m.r1 * c) % R,
        r3_hat=(m.r3_tilde - r3 * c) % R,
        m_hat=tuple(
            (mask + held.scalars[j] * c) % R for mask, j in zip(m.m_tilde, hidden, strict=True)
        ),
    )


def replay(
    generators: Generators,
    domain: int,
    disclosed: Mapping[int, int],
    Abar: G1,
    Bbar: G1,
    D: G1,
    responses: Responses,
    c: int,
) -> tuple[G1, G1]:
    """``(T1, T2)`` as the verifier recomputes them.

    ``T1 = c*Bbar + e^*Abar + r1^*D``;
    ``T2 = c*(P1 + domain*Q_1 + sum_disclosed m_i*H_i) + r3^*D + sum_hidden m^_j*H_j``.
    """
    T1 = curve.msm_vartime((Bbar, Abar, D), (c, responses.e_hat, responses.r1_hat))
    m_hat = iter(responses.m_hat)
    scalars = [
        c * disclosed[i] % R if i in disclosed else next(m_hat) for i in range(generators.count)
    ]
    T2 = generators.msm_vartime(c, c * domain % R, scalars, (D,), (responses.r3_hat,))
    return T1, T2
