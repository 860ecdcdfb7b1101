"""The extractor and the simulator of docs/security.md, run on the real curve."""

from __future__ import annotations

import itertools
import secrets
from dataclasses import replace
from typing import cast

import pytest

from tests.sigma.building import (
    EVERYTHING_AUXILIARY,
    INT64,
    KEYS,
    LINK,
    at_least,
    everything,
    shown,
    signed,
    two_banks,
)
from zkproof import curve
from zkproof.bbs.encoding import Signature
from zkproof.bbs.knowledge import HeldSignature
from zkproof.bbs.masks import MaskSource
from zkproof.bbs.pairings import holds
from zkproof.bbs.signature import verify_scalars
from zkproof.curve import FixedBases, R
from zkproof.errors import UsageError
from zkproof.sigma import composite, exact, inequality, wire
from zkproof.sigma.composite import Witness
from zkproof.sigma.inequality import InequalityProof
from zkproof.sigma.statement import Statement, slot_values
from zkproof.sigma.wire import CompositeProof


def transcripts(
    statement: Statement,
    held: list[HeldSignature],
    auxiliary: list[int],
    challenges: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> list[CompositeProof]:
    """Accepting transcripts with one first message: the prover rewound with its masks."""
    blocks = wire.Blocks.of(statement)
    values = slot_values(statement, [each.scalars for each in held], auxiliary)
    y = None
    if blocks.inequalities is not None:
        y = inequality.decompose_all(blocks.inequalities, values, random=secrets.token_bytes)
    seed = secrets.token_bytes(64)
    found = []
    for c in challenges:
        monkeypatch.setattr(composite, "_challenge", lambda *_, c=c: c)
        masks = MaskSource(random=lambda _: seed, secrets=(), statement=b"", attempt=0)
        transcript = composite.statement_transcript(statement, blocks)
        proof = composite._attempt(
            statement, blocks, Witness(held, values, values, y, ()), transcript, masks
        )
        assert proof is not None, "an abort has chance 2^-20 here"
        replayed = composite.replay(statement, wire.to_octets(proof))
        assert replayed is not None
        assert holds(replayed.claims)
        found.append(proof)
    return found


@pytest.mark.parametrize("make", [two_banks, everything])
def test_three_challenges_give_the_whole_witness(
    make: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    statement, held = make()  # type: ignore[operator]
    auxiliary = EVERYTHING_AUXILIARY if statement.auxiliary else []
    challenges = [secrets.randbits(128) for _ in range(3)]
    first, second, third = transcripts(statement, held, auxiliary, challenges, monkeypatch)
    assert first.signature_points == second.signature_points == third.signature_points

    inverse = pow(first.challenge - second.challenge, -1, R)
    completed = [
        statement.system.complete_responses(p.slots, p.challenge) for p in (first, second, third)
    ]
    extracted = [(a - b) * inverse % R for a, b in zip(*completed[:2], strict=True)]
    masks = [(a - first.challenge * m) % R for a, m in zip(completed[0], extracted, strict=True)]
    # Response linearity: the third transcript lies on the same lines.
    assert completed[2] == [
        (mask + third.challenge * m) % R for mask, m in zip(masks, extracted, strict=True)
    ]
    assert extracted == slot_values(statement, [each.scalars for each in held], auxiliary)

    for k, signature in enumerate(statement.signatures):
        e, minus_r1, minus_r3 = (
            (a - b) * inverse % R
            for a, b in zip(
                first.signature_responses[k], second.signature_responses[k], strict=True
            )
        )
        r1_r2 = -minus_r1 * pow(-minus_r3 % R, -1, R) % R
        Abar = first.signature_points[k][0]
        A = curve.msm((Abar,), (pow(r1_r2, -1, R),))
        vector = iter([extracted[slot] for slot in signature.slots])
        scalars = [
            signature.disclosed[i] if i in signature.disclosed else next(vector)
            for i in range(signature.generators.count)
        ]
        assert verify_scalars(
            signature.public_key,
            Signature(A, e),
            scalars,
            generators=signature.generators,
            header=signature.header,
        )

    block = wire.Blocks.of(statement).inequalities
    assert block is not None
    assert first.inequality is not None
    assert second.inequality is not None
    parameters = block.parameters
    g, h = (parameters.digits(p.challenge) for p in (first, second))
    for j, P in enumerate(block.polynomials):
        openings = set()
        for k in range(parameters.repetitions):
            d = g[k] - h[k]
            fractions = tuple(
                (a - b) * pow(d, -1, R) % R
                for a, b in zip(
                    first.inequality.z[k][3 * j : 3 * j + 3],
                    second.inequality.z[k][3 * j : 3 * j + 3],
                    strict=True,
                )
            )
            openings.add(fractions)
        assert len(openings) == 1, "binding: every digit opens the commitment alike"
        u, v, w = openings.pop()
        assert u * u + u + v * v + w * w == P.value(extracted), "over the integers"


@pytest.mark.parametrize("make", [two_banks, everything])
def test_simulated_transcripts_verify_under_a_programmed_challenge(
    make: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No balance, link secret or signature of the statement goes in: only that the issuer has
    signed *something*, which gives a pair (A, SK*A) to randomise."""
    statement, _ = make()  # type: ignore[operator]
    blocks = wire.Blocks.of(statement)
    c = secrets.randbits(128)
    points = []
    for signature in statement.signatures:
        key = next(key for key in KEYS if key.public_key == signature.public_key)
        unrelated = signed(key, (1, 2))
        rho = secrets.randbelow(R)
        Abar = curve.msm((unrelated.A,), (rho,))
        Bbar = curve.msm((unrelated.B, unrelated.A), (rho, -unrelated.e * rho % R))
        points.append((Abar, Bbar, random_point()))
    proof = CompositeProof(
        challenge=c,
        signature_points=tuple(points),
        signature_responses=tuple(
            (random_scalar(), random_scalar(), random_scalar()) for _ in points
        ),
        slots=tuple(random_scalar() for _ in statement.system.free),
        inequality=None if blocks.inequalities is None else simulated(blocks.inequalities),
        exact=None if blocks.exact is None else exact.ExactProof(random_point(), random_scalar()),
    )
    octets = wire.to_octets(proof)
    assert not composite.verify(statement, octets), "without programming it must fail"
    monkeypatch.setattr(composite, "_challenge", lambda *_: c)
    assert composite.verify(statement, octets)


def simulated(block: inequality.Inequalities) -> InequalityProof:
    p, count = block.parameters, len(block.polynomials)
    floor = 1 << (p.witness_bits + p.digit_bits)

    def z() -> int:
        return floor + secrets.randbelow((1 << 126) - floor)

    return InequalityProof(
        C=random_point(),
        t=tuple(random_scalar() for _ in range(p.repetitions)),
        f=tuple(tuple(random_scalar() for _ in range(count)) for _ in range(p.repetitions - 1)),
        z=tuple(tuple(z() for _ in range(3 * count)) for _ in range(p.repetitions)),
    )


def test_false_statement_with_any_squares_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A prover that skips its own check and commits to whatever squares it likes."""
    true, held = two_banks(bound=1_050_000)
    false, _ = two_banks(bound=1_050_001)
    monkeypatch.setattr(inequality, "decompose", lambda *_, **__: (0, 0, 0))
    assert composite.verify(true, composite.prove(true, held)), "0 = 0: the patch is harmless here"
    assert not composite.verify(false, composite.prove(false, held))
    for u, v, w in itertools.product((0, 1, 2**31), repeat=3):
        monkeypatch.setattr(inequality, "decompose", lambda *_, y=(u, v, w), **__: y)
        assert not composite.verify(false, composite.prove(false, held))


def test_one_quarter_passes_where_the_type_is_a_lie_and_only_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The known gap of relaxed range proofs, kept as a measurement of what typing is for.

    ``x = 1/4 mod R`` is no integer, yet ``u^2 + u + v^2 + w^2 = 1/4`` has the solution
    ``(0, 1/2, 0)``, and ``g * 1/2`` is a short integer for every even challenge digit ``g``. Here
    an issuer is made to sign 1/4, which no issuer of this project can, and the statement lies that
    the slot is typed: after a few tries a proof goes through. The statement that tells the truth
    refuses to exist.
    """
    held = signed(KEYS[0], (pow(4, -1, R), LINK))
    lying = Statement(
        b"", (shown(held, [], [0, 1]),), boxes=(INT64, None), inequalities=(at_least(0, 0),)
    )
    honest = replace(lying, boxes=(None, None))
    with pytest.raises(UsageError, match="bounded by their issuer"):
        composite.prove(honest, [held])

    key = inequality._key
    monkeypatch.setattr(
        inequality,
        "_key",
        lambda size: replace(key(size), short=cast("FixedBases", Full(key(size)))),
    )
    monkeypatch.setattr(inequality, "respond", respond_modulo_r)
    squares = (0, pow(2, -1, R), 0)
    blocks = wire.Blocks.of(lying)
    values = list(held.scalars)
    tries = 0
    while True:
        tries += 1
        assert tries < 100, "each try has chance 1/4"
        masks = MaskSource(random=secrets.token_bytes, secrets=(), statement=b"", attempt=0)
        transcript = composite.statement_transcript(lying, blocks)
        proof = composite._attempt(
            lying, blocks, Witness([held], values, values, [squares], ()), transcript, masks
        )
        if proof is not None and composite.verify(lying, wire.to_octets(proof)):
            break


class Full:
    """The short tables without their length bound, for a prover that does not care."""

    def __init__(self, key: inequality._Key) -> None:
        self._bases = key.short

    def msm(self, scalars: list[int], *, bits: int = 255) -> curve.G1:
        return self._bases.msm(scalars)

    def msm_rows(self, rows: list[list[int]], *, bits: int = 255) -> list[curve.G1]:
        return self._bases.msm_rows(rows)


def respond_modulo_r(
    statement: inequality.Inequalities, state: inequality.ProverState, c: int
) -> InequalityProof | None:
    """`inequality.respond` with short responses reduced modulo R."""
    digits = statement.parameters.digits(c)
    flat = [component for y in state.y for component in y]
    z = [
        tuple((mask + g * y) % R for mask, y in zip(state.y_tilde[k], flat, strict=True))
        for k, g in enumerate(digits)
    ]
    if any(value >> 126 for row in z for value in row):
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


def random_scalar() -> int:
    return secrets.randbelow(R)


def random_point() -> curve.G1:
    return curve.map_to_g1(secrets.token_bytes(128))
