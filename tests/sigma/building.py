"""Signatures and statements for the tests of composite proofs."""

from __future__ import annotations

from collections.abc import Sequence

from zkproof import bbs
from zkproof.bbs.ciphersuite import Interface, Suite
from zkproof.bbs.generators import generators
from zkproof.bbs.knowledge import HeldSignature, hold
from zkproof.bbs.signature import sign_scalars
from zkproof.curve import R
from zkproof.sigma.linear import LinearEquation
from zkproof.sigma.polynomial import Polynomial
from zkproof.sigma.statement import Box, SignatureStatement, Statement

INTERFACE = Interface(Suite.SHA256, b"ZKPROOF_TEST_INTERFACE_")
KEYS = [bbs.keygen(bytes([k]) * 32) for k in range(1, 6)]
LINK = 0x1234567890ABCDEF**5 % R
INT64: Box = (0, 2**63 - 1)


def signed(key: bbs.SigningKey, values: Sequence[int], header: bytes = b"header") -> HeldSignature:
    """A checked signature on scalars; negative values are stored modulo R, as issuers do."""
    scalars = [value % R for value in values]
    over = generators(INTERFACE, len(scalars))
    signature = sign_scalars(key, scalars, generators=over, header=header)
    return hold(key.public_key, signature, scalars, generators=over, header=header)


def shown(
    held: HeldSignature,
    disclosed: Sequence[int],
    slots: Sequence[int],
    header: bytes = b"header",
) -> SignatureStatement:
    """The statement about ``held`` that discloses the messages at these indexes."""
    return SignatureStatement(
        held.public_key,
        held.generators,
        header,
        {i: held.scalars[i] for i in disclosed},
        tuple(slots),
    )


def at_least(slot: int, bound: int) -> Polynomial:
    return Polynomial.build({(slot,): 1, (): -bound})


def two_banks(
    first: int = 750_000, second: int = 300_000, *, bound: int = 1_000_000
) -> tuple[Statement, list[HeldSignature]]:
    """Two balances under one link secret, whose sum is at least ``bound``; one message shown of
    each. Slots: 0 the link secret, 1 and 2 the balances.
    """
    held = [signed(KEYS[0], (LINK, first, 42)), signed(KEYS[1], (LINK, second, 7))]
    statement = Statement(
        context=b"request and nonce",
        signatures=(shown(held[0], [2], [0, 1]), shown(held[1], [2], [0, 2])),
        boxes=(None, INT64, INT64),
        inequalities=(Polynomial.build({(1,): 1, (2,): 1, (): -bound}),),
    )
    return statement, held


def everything() -> tuple[Statement, list[HeldSignature]]:
    """A statement that uses every part: shared slot, disclosure, a linear equation, two
    inequalities (one of degree two), exact constraints with an auxiliary secret. R = 3.

    Slots: 0 link, 1 balance, 2 rate, 3 income, 4 debt, 5 auxiliary: balance * rate.
    """
    held = [
        signed(KEYS[0], (LINK, 750_000, 103, 42)),
        signed(KEYS[1], (LINK, 30_000, 10_000)),
    ]
    statement = Statement(
        context=b"request and nonce",
        signatures=(shown(held[0], [3], [0, 1, 2]), shown(held[1], [], [0, 3, 4])),
        boxes=(None, INT64, (0, 1000), INT64, INT64, None),
        linear=(linear({3: 1, 4: -3}, 0),),
        inequalities=(
            Polynomial.build({(1, 2): 1, (): -1000}),
            Polynomial.build({(3,): 40, (4,): -100}),
        ),
        exact=(Polynomial.build({(1, 2): 1, (5,): -1}),),
        auxiliary=1,
    )
    return statement, held


EVERYTHING_AUXILIARY = [750_000 * 103]


def linear(terms: dict[int, int], constant: int) -> LinearEquation:
    return LinearEquation(tuple(sorted(terms.items())), constant)
