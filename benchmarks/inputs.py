"""Keys, messages, signatures and statements that the benchmarks work on, drawn from fixed seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from zkproof import bbs
from zkproof.bbs.ciphersuite import Interface, Suite
from zkproof.bbs.generators import generators
from zkproof.bbs.knowledge import HeldSignature, hold
from zkproof.bbs.signature import sign_scalars
from zkproof.curve import R
from zkproof.sigma.polynomial import Polynomial
from zkproof.sigma.statement import Box, SignatureStatement, Statement

HEADER = b"benchmark header"
NONCE = b"benchmark nonce, 32 octets long.."
INT64: Box = (0, 2**63 - 1)
"""What a 64-bit amount is signed as."""

MESSAGES_OF_A_CREDENTIAL = 10
SHOWN_OF_A_CREDENTIAL = 5

_INTERFACE = Interface(Suite.SHA256, b"ZKPROOF_BENCHMARK_INTERFACE_")
_LINK = 0x1234567890ABCDEF**5 % R
_FIRST_AMOUNT = 750_000


def key(number: int = 1) -> bbs.SigningKey:
    return bbs.keygen(number.to_bytes(32, "big"))


def messages(count: int) -> list[bytes]:
    """Texts of the length that attributes have."""
    return [b"attribute %d: some thirty octets" % i for i in range(count)]


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature with everything that proofs from it and checks of them need."""

    signing_key: bbs.SigningKey
    messages: list[bytes]
    disclosed: list[int]
    signature: bytes

    @property
    def shown(self) -> list[bytes]:
        return [self.messages[i] for i in self.disclosed]

    def held(self) -> HeldSignature:
        return bbs.hold_signature(
            self.signing_key.public_key, self.signature, self.messages, header=HEADER
        )

    def claim(self, held: HeldSignature, presentation: int = 0) -> bbs.ProofClaim:
        """A fresh proof as a claim to be verified."""
        nonce = NONCE + presentation.to_bytes(4, "big")
        return bbs.ProofClaim(
            self.signing_key.public_key,
            bbs.proof_gen(held, self.disclosed, presentation_header=nonce),
            self.shown,
            self.disclosed,
            HEADER,
            nonce,
        )


@cache
def signed(count: int) -> Signed:
    """A signature on ``count`` messages of which every second one is shown (the only one, too)."""
    texts = messages(count)
    shown = list(range(0, count, 2))[: max(1, count // 2)]
    return Signed(key(), texts, shown, bbs.sign(key(), texts, header=HEADER))


def verify_claim(claim: bbs.ProofClaim) -> bool:
    """`bbs.proof_verify` on a claim."""
    return bbs.proof_verify(
        claim.public_key,
        claim.proof,
        claim.disclosed_messages,
        claim.disclosed_indexes,
        header=claim.header,
        presentation_header=claim.presentation_header,
    )


def presentation(
    credentials: int = 1, inequalities: int = 0
) -> tuple[Statement, list[HeldSignature]]:
    """Credentials of ten messages, five shown, one of the hidden ones a link secret they share.

    The other hidden messages are 64-bit amounts; each inequality says of one of them that it is at
    least some threshold, going round the credentials' amounts.
    """
    hidden = MESSAGES_OF_A_CREDENTIAL - SHOWN_OF_A_CREDENTIAL
    held, statements = [], []
    for number in range(credentials):
        amounts = [_FIRST_AMOUNT + 1000 * number + i for i in range(hidden - 1)]
        shown = list(range(SHOWN_OF_A_CREDENTIAL))
        held.append(_hold(number + 1, (*shown, _LINK, *amounts)))
        first = 1 + number * (hidden - 1)
        statements.append(
            SignatureStatement(
                held[-1].public_key,
                held[-1].generators,
                HEADER,
                {i: held[-1].scalars[i] for i in shown},
                (0, *range(first, first + hidden - 1)),
            )
        )
    amounts_in_all = credentials * (hidden - 1)
    statement = Statement(
        context=NONCE,
        signatures=tuple(statements),
        boxes=(None, *[INT64] * amounts_in_all),
        inequalities=tuple(
            Polynomial.build({(1 + j % amounts_in_all,): 1, (): -(500_000 + j)})
            for j in range(inequalities)
        ),
    )
    return statement, held


def _hold(key_number: int, scalars: Sequence[int]) -> HeldSignature:
    over = generators(_INTERFACE, len(scalars))
    signing_key = key(key_number)
    signature = sign_scalars(signing_key, scalars, generators=over, header=HEADER)
    return hold(signing_key.public_key, signature, scalars, generators=over, header=HEADER)
