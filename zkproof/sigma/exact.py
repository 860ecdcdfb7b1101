"""Exact block: ``P_j(m, x) = 0`` modulo R, for polynomials of degree at most two.

Relation     knowledge of auxiliary scalars x with P_j(m, x) = 0 for all j
Source       compressed quadratic constraints (Attema-Cramer 2020 style), degree two handled by
             committing to the linear coefficient; docs/security.md, section "Exact constraints"
Rests on     discrete logarithm in G1 and the random oracle. Fully sound for any scalar: nothing is
             assumed of the slots, which is why holder-chosen values go through here
Not proven   that any slot is small: bits (x^2 = x) and sums of bits say that where it is needed
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from zkproof import curve
from zkproof.bbs.masks import MaskSource
from zkproof.curve import G1, FixedBases, R
from zkproof.errors import UsageError
from zkproof.sigma.polynomial import Polynomial

MAX_VARIABLES = 512
MAX_CONSTRAINTS = 512

_DST = b"ZKPROOF_EXACT_V1_BLS12381G1_XMD:SHA-256_SSWU_RO_"


@dataclass(frozen=True, slots=True)
class ExactConstraints:
    """The block's statement. ``variables`` are the auxiliary slots it commits to: those that no
    linear equation determines."""

    polynomials: tuple[Polynomial, ...]
    variables: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.variables) > MAX_VARIABLES or len(self.polynomials) > MAX_CONSTRAINTS:
            raise UsageError("exact constraints: too many variables or polynomials")


@dataclass(frozen=True, slots=True)
class ExactProof:
    """What travels; the responses of the variables travel with the other slots."""

    C: G1  # commitment to (x_i, b1_j) for all i, j
    t: int  # response for its blinding


@lru_cache(maxsize=8)
def _key(variables: int, constraints: int) -> FixedBases:
    """``h``, ``E_i``, ``E0_j`` for rounded-up counts."""
    points = [_generator(b"h")]
    points += [_generator(b"E", i) for i in range(variables)]
    points += [_generator(b"E_0", j) for j in range(constraints)]
    return curve.fixed_bases(points)


def _generator(name: bytes, index: int = 0) -> G1:
    return curve.map_to_g1(
        curve.Expander.XMD_SHA256.expand(name + b"\0" + index.to_bytes(4, "big"), _DST, 128)
    )


def generator_digest_input() -> bytes:
    """What the generators derive from, for the transcript."""
    return _DST


def _layout(statement: ExactConstraints) -> tuple[FixedBases, int]:
    """Tables, and how many ``E_i`` they hold."""
    sizes = (4, 16, 64, MAX_VARIABLES)
    variables = next(size for size in sizes if len(statement.variables) <= size)
    constraints = next(size for size in sizes if len(statement.polynomials) <= size)
    return _key(variables, constraints), variables


@dataclass(slots=True, repr=False)
class ProverState:
    """Secrets between first message and response. Prints nothing; used once."""

    r: int
    s: int
    C: G1

    def __repr__(self) -> str:
        return "<ProverState of the exact block, values hidden>"


def commit(
    statement: ExactConstraints,
    values: Sequence[int],
    slot_masks: Sequence[int],
    masks: MaskSource,
) -> tuple[tuple[G1, G1], ProverState]:
    """``((C, D), state)``: C is sent, D is hashed. ``values`` of all slots, modulo R.

    ``C = r*h + sum x_i*E_i + sum b1_j*E0_j`` and ``D = s*h + sum x~_i*E_i + sum b0_j*E0_j``.
    """
    tables, width = _layout(statement)
    terms = [P.mask_terms(slot_masks, values) for P in statement.polynomials]
    padding: list[int | None] = [None] * (width - len(statement.variables))
    r, s = masks.scalar(), masks.scalar()
    C, D = tables.msm_rows(
        [
            [r, *(values[x] % R for x in statement.variables), *padding, *(b1 for _, b1 in terms)],
            [s, *(slot_masks[x] for x in statement.variables), *padding, *(b0 for b0, _ in terms)],
        ]
    )
    return (C, D), ProverState(r, s, C)


def respond(state: ProverState, c: int) -> ExactProof:
    return ExactProof(C=state.C, t=(state.s + c * state.r) % R)


def replay(
    statement: ExactConstraints, proof: ExactProof, slot_responses: Sequence[int], c: int
) -> G1:
    """``D = t*h + sum x^_i*E_i + sum_j Ph_j(m^, x^; c)*E0_j - c*C``.

    The right side is a polynomial in c; with D and C fixed before c, its square coefficient
    ``P_j(m, x)`` has to vanish.
    """
    tables, width = _layout(statement)
    scalars = [
        proof.t,
        *(slot_responses[x] for x in statement.variables),
        *([0] * (width - len(statement.variables))),
        *(P.homogenised(slot_responses, c) for P in statement.polynomials),
    ]
    return tables.msm_vartime(scalars, (-proof.C,), (c,))
