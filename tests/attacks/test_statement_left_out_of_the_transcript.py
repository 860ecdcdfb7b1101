"""Weak Fiat-Shamir: a public item that the challenge does not cover is chosen afterwards.

Seen in: several proof systems of 2022 (the "Frozen Heart" disclosures: Bulletproofs, PlonK, Girault
implementations), after Bernhard, Pereira and Warinschi had described it in 2012.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.sigma.building import INT64, KEYS, linear, shown, signed
from zkproof.curve import R
from zkproof.sigma import composite, wire
from zkproof.sigma.statement import Statement
from zkproof.sigma.transcript import Label, Transcript
from zkproof.sigma.wire import Blocks


def statement(constant: int) -> Statement:
    """``x - 2y = constant`` over one credential; the response of y is derived, not sent."""
    held = signed(KEYS[0], (500, 200))
    return Statement(
        b"nonce",
        (shown(held, [], [0, 1]),),
        boxes=(INT64, INT64),
        linear=(linear({0: 1, 1: -2}, constant),),
    )


def test_constant_chosen_after_the_challenge_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    held = [signed(KEYS[0], (500, 200))]
    true, false = statement(100), statement(7)
    genuine = composite.prove(true, held)
    assert composite.verify(true, genuine)
    assert not composite.verify(false, genuine)

    def forge() -> tuple[bytes, Statement]:
        """Prove without the equation, then solve the derived response's equation for K."""
        free = replace(true, linear=())
        proof = wire.from_octets(free, composite.prove(free, held))
        x, y = proof.slots
        K = (x - 2 * y) * pow(proof.challenge, -1, R) % R
        claimed = replace(true, linear=(linear({0: 1, 1: -2}, K - R if K > R // 2 else K),))
        return wire.to_octets(replace(proof, slots=(x,))), claimed

    forged, claimed = forge()
    assert not composite.verify(claimed, forged), "the constant is in the transcript"

    absorb = Transcript.absorb

    def forgetful(self: Transcript, label: Label, data: bytes) -> None:
        if label is not Label.LINEAR:
            absorb(self, label, data)

    monkeypatch.setattr(Transcript, "absorb", forgetful)
    forged, claimed = forge()
    assert composite.verify(claimed, forged), "without it, any constant could be claimed"


def test_labels_keep_items_apart() -> None:
    """``ab | c`` and ``a | bc`` are different transcripts, and so are two labels with one text."""

    def digest(*items: tuple[Label, bytes]) -> bytes:
        transcript = Transcript()
        for label, data in items:
            transcript.absorb(label, data)
        return transcript.digest()

    split = {
        digest((Label.CONTEXT, b"ab"), (Label.CONTEXT, b"c")),
        digest((Label.CONTEXT, b"a"), (Label.CONTEXT, b"bc")),
        digest((Label.CONTEXT, b"abc")),
        digest((Label.CONTEXT, b"abc"), (Label.CONTEXT, b"")),
        digest((Label.DOMAIN, b"abc")),
    }
    assert len(split) == 5
    assert len({label.value for label in Label}) == len(Label)


def test_every_block_of_a_statement_is_absorbed() -> None:
    before = composite.statement_transcript(statement(1), Blocks.of(statement(1))).digest()
    after = composite.statement_transcript(statement(2), Blocks.of(statement(2))).digest()
    assert before != after
