"""Inequality block: ``P_j(m) >= 0`` over the integers, for polynomials of degree at most two.

Relation     P_j(m) = u_j^2 + u_j + v_j^2 + w_j^2   (an integer is of this form iff it is >= 0)
Source       three-square family: Couteau-Klooss-Lin-Reichle 2021, Sharp 2022; adapted to read the
             responses of the BBS proofs; docs/security.md, section "Inequalities", argues it
Rests on     discrete logarithm in G1, the random oracle, and that every slot read is an *integer in
             a known interval*, because its issuer signed it as one. Without that the block only
             shows that m is a short fraction modulo R: 1/4 would pass as >= 0
Not proven   that the values are the newest ones: freshness is another constraint

The challenge ``c`` is cut into R digits ``g_k`` of ``bg`` bits; responses ``z_k`` to digits are
short integers (126 bits) and are sent as such, while the response to ``c`` itself is the
digit-weighted sum. Everything that sizes the proof comes from the statement: see
`Parameters.select`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from zkproof import curve
from zkproof.bbs.masks import MaskSource
from zkproof.clock import RandomBytes
from zkproof.curve import G1, FixedBases, R
from zkproof.errors import DecodeError, UsageError
from zkproof.sigma.polynomial import Polynomial
from zkproof.sigma.three_squares import decompose
from zkproof_circuits.bounds import Z_BITS, Parameters

Z_BYTES = 16
MAX_PREDICATES = 64
"""Most inequalities of one presentation; bounds the tables and a hostile policy."""

_DST = b"ZKPROOF_INEQUALITY_V1_BLS12381G1_XMD:SHA-256_SSWU_RO_"


@dataclass(frozen=True, slots=True)
class Inequalities:
    """The block's statement: polynomials and the parameters that follow from their bounds."""

    polynomials: tuple[Polynomial, ...]
    parameters: Parameters

    @classmethod
    def over(
        cls, polynomials: Sequence[Polynomial], boxes: Sequence[tuple[int, int] | None]
    ) -> Inequalities:
        """Raises `UsageError` when a slot has no box, no parameters fit, or there are too many."""
        if not 0 < len(polynomials) <= MAX_PREDICATES:
            raise UsageError(f"{len(polynomials)} inequalities, 1 to {MAX_PREDICATES} allowed")
        bounds = [polynomial.bounds(boxes) for polynomial in polynomials]
        return cls(tuple(polynomials), Parameters.select(bounds))


@dataclass(frozen=True, slots=True)
class InequalityProof:
    """What travels. Polynomials, bounds and R come from the statement, never from here."""

    C: G1  # commitment to (u_j, v_j, w_j, a1_j) for all j
    t: tuple[int, ...]  # R responses for the blinding of C
    f: tuple[tuple[int, ...], ...]  # [k][j]: R - 1 responses for a0 per predicate; one is derived
    z: tuple[tuple[int, ...], ...]  # [k][3*j + i]: responses over the integers, below 2^126


@dataclass(frozen=True, slots=True)
class _Key:
    """``h``, ``G_{j,1..3}`` and ``G_{j,0}``, by the path that uses them.

    Short scalars (witness and its masks) and full ones have tables of their own on the prover's
    side, so that the short ones cost what their public length says.
    """

    short: FixedBases  # G_{0,1} G_{0,2} G_{0,3} G_{1,1} ...
    full: FixedBases  # h G_{0,0} G_{1,0} ...
    public: FixedBases  # both, full first


@lru_cache(maxsize=4)
def _key(capacity: int) -> _Key:
    full = [_generator(b"h")] + [_generator(b"G_0", j) for j in range(capacity)]
    short = [_generator(b"G_%d" % i, j) for j in range(capacity) for i in (1, 2, 3)]
    return _Key(
        short=curve.fixed_bases(short),
        full=curve.fixed_bases(full),
        public=curve.fixed_bases((*full, *short)),
    )


def _generator(name: bytes, j: int = 0) -> G1:
    return curve.map_to_g1(
        curve.Expander.XMD_SHA256.expand(name + b"\0" + j.to_bytes(4, "big"), _DST, 128)
    )


def _capacity(count: int) -> int:
    return next(size for size in (2, 8, MAX_PREDICATES) if count <= size)


def generator_digest_input() -> bytes:
    """What the generators derive from, for the transcript."""
    return _DST


@dataclass(slots=True, repr=False)
class ProverState:
    """Secrets between first message and response. Prints nothing; used once."""

    y: list[tuple[int, int, int]]
    y_tilde: list[list[int]]  # [k][3*j + i]
    a0: list[list[int]]  # [k][j]
    a1: list[int]
    r: int
    s: list[int]
    C: G1

    def __repr__(self) -> str:
        return "<ProverState of the inequality block, values hidden>"


def decompose_all(
    statement: Inequalities, values: Sequence[int], *, random: RandomBytes
) -> list[tuple[int, int, int]]:
    """The witness ``(u, v, w)`` of each predicate; independent of the challenge, so a restart
    keeps it. ``values`` are the slots as signed integers.

    Raises `ConflictError` when a predicate does not hold.
    """
    return [decompose(P.value(values), random=random) for P in statement.polynomials]


def commit(
    statement: Inequalities,
    y: Sequence[tuple[int, int, int]],
    values: Sequence[int],
    slot_masks: Sequence[int],
    masks: MaskSource,
) -> tuple[tuple[G1, list[G1]], ProverState]:
    """``((C, D_0 ... D_{R-1}), state)``: C is sent, the D_k are hashed.

    With ``Y~_i = sum_k 2^(bg*k) y~_{k,i}``: ``a0 = b0 - sum Y~_i^2`` and
    ``a1 = b1 - Y~_1 - 2 sum y_i Y~_i`` are the low coefficients of
    ``Ph(m~ + T m; T) - sum (Y~_i + T y_i)^2 - T (Y~_1 + T y_1)``.
    """
    parameters = statement.parameters
    count, reps, bg = len(y), parameters.repetitions, parameters.digit_bits
    y_tilde = [[masks.short(Z_BITS) for _ in range(3 * count)] for _ in range(reps)]
    a0: list[list[int]] = [[] for _ in range(reps)]
    a1: list[int] = []
    for j, P in enumerate(statement.polynomials):
        Y = [sum(y_tilde[k][3 * j + i] << (bg * k) for k in range(reps)) for i in range(3)]
        b0, b1 = P.mask_terms(slot_masks, values)
        a0_j = b0 - sum(Y_i * Y_i for Y_i in Y)
        a1.append((b1 - Y[0] - 2 * sum(a * b for a, b in zip(y[j], Y, strict=True))) % R)
        for k in range(reps - 1):
            part = masks.scalar()
            a0[k].append(part)
            a0_j -= part << (bg * k)
        a0[-1].append(a0_j * parameters.last_digit_inverse % R)
    r, s = masks.scalar(), [masks.scalar() for _ in range(reps)]
    key = _key(_capacity(count))
    flat = [component for y_j in y for component in y_j]
    C, *D = key.full.msm_rows([(r, *a1), *((s[k], *a0[k]) for k in range(reps))])
    C += key.short.msm(flat, bits=parameters.witness_bits)
    D = [D_k + M_k for D_k, M_k in zip(D, key.short.msm_rows(y_tilde, bits=Z_BITS), strict=True)]
    return (C, D), ProverState(list(y), y_tilde, a0, a1, r, s, C)


def respond(statement: Inequalities, state: ProverState, c: int) -> InequalityProof | None:
    """The responses, or ``None`` when a short one falls outside the interval that hides its
    witness: then the whole presentation starts again with fresh masks, and this first message
    must never be seen by anyone.
    """
    parameters = statement.parameters
    floor, ceiling = 1 << (parameters.witness_bits + parameters.digit_bits), 1 << Z_BITS
    digits = parameters.digits(c)
    flat = [component for y_j in state.y for component in y_j]
    z = [
        tuple(mask + g * y for mask, y in zip(state.y_tilde[k], flat, strict=True))
        for k, g in enumerate(digits)
    ]
    # One decision over all responses: which of them was out of range is nobody's business.
    if any(not floor <= value < ceiling for row in z for value in row):
        return None
    return InequalityProof(
        C=state.C,
        t=tuple((s + g * state.r) % R for s, g in zip(state.s, digits, strict=True)),
        f=tuple(
            tuple((a0 + g * a1) % R for a0, a1 in zip(state.a0[k], state.a1, strict=True))
            for k, g in enumerate(digits[:-1])
        ),
        z=tuple(z),
    )


def replay(
    statement: Inequalities, proof: InequalityProof, slot_responses: Sequence[int], c: int
) -> list[G1]:
    """``D_0 ... D_{R-1}`` as the verifier recomputes them.

    1. ``Y^_i = sum_k 2^(bg*k) z_{k,i}`` and ``F = Ph(m^; c) - sum Y^_i^2 - c*Y^_1``.
    2. The last ``f`` is the one that makes ``sum_k 2^(bg*k) f_k = F``: it is never read.
    3. ``D_k = t_k*h + sum_j (sum_i z_{k,j,i}*G_{j,i} + f_{k,j}*G_{j,0}) - g_k*C``.
    """
    parameters = statement.parameters
    reps, bg = parameters.repetitions, parameters.digit_bits
    last: list[int] = []
    for j, P in enumerate(statement.polynomials):
        Y = [sum(proof.z[k][3 * j + i] << (bg * k) for k in range(reps)) for i in range(3)]
        F = P.homogenised(slot_responses, c) - sum(Y_i * Y_i for Y_i in Y) - c * Y[0]
        F -= sum(proof.f[k][j] << (bg * k) for k in range(reps - 1))
        last.append(F * parameters.last_digit_inverse % R)
    f = (*proof.f, tuple(last))
    count = len(statement.polynomials)
    capacity = _capacity(count)
    key = _key(capacity)
    padding = [0] * (capacity - count)
    minus_C = (-proof.C,)
    return [
        key.public.msm_vartime((proof.t[k], *f[k], *padding, *proof.z[k]), minus_C, (g,))
        for k, g in enumerate(parameters.digits(c))
    ]


def encoded_length(statement: Inequalities) -> int:
    """Octets of `responses_octets`: the commitment travels with the other points."""
    reps, count = statement.parameters.repetitions, len(statement.polynomials)
    return 32 * reps + count * (32 * (reps - 1) + 3 * Z_BYTES * reps)


def responses_octets(proof: InequalityProof) -> bytes:
    """``t_k``, then ``f_{k,j}``, then ``z_{k,j,i}``."""
    scalars = [*proof.t, *(value for row in proof.f for value in row)]
    return b"".join(
        [value.to_bytes(32, "big") for value in scalars]
        + [value.to_bytes(Z_BYTES, "big") for row in proof.z for value in row]
    )


def from_octets(statement: Inequalities, C: G1, data: bytes) -> InequalityProof:
    """Raises `DecodeError` for a wrong length, a scalar not below R, a ``z`` not below 2^126."""
    reps, count = statement.parameters.repetitions, len(statement.polynomials)
    if len(data) != encoded_length(statement):
        raise DecodeError("proof.inequality", f"length of {len(data)} octets")
    full = 32 * (reps + (reps - 1) * count)
    scalars = [int.from_bytes(data[i : i + 32], "big") for i in range(0, full, 32)]
    if max(scalars) >= R:
        raise DecodeError("proof.inequality", "scalar not below the group order")
    z = [int.from_bytes(data[i : i + Z_BYTES], "big") for i in range(full, len(data), Z_BYTES)]
    if max(z) >> Z_BITS:
        raise DecodeError("proof.inequality.z", f"not below 2^{Z_BITS}")
    width = 3 * count
    return InequalityProof(
        C=C,
        t=tuple(scalars[:reps]),
        f=tuple(tuple(scalars[reps + k * count : reps + (k + 1) * count]) for k in range(reps - 1)),
        z=tuple(tuple(z[k * width : (k + 1) * width]) for k in range(reps)),
    )
