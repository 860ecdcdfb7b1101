"""Completeness, refusal of false statements, and sensitivity of the composite proof."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sigma.building import (
    EVERYTHING_AUXILIARY,
    INT64,
    KEYS,
    LINK,
    at_least,
    everything,
    linear,
    shown,
    signed,
    two_banks,
)
from zkproof.bbs.ciphersuite import Interface, Suite
from zkproof.bbs.generators import generators
from zkproof.curve import R
from zkproof.errors import ConflictError, DecodeError, UsageError, ZkProofError
from zkproof.sigma import composite, wire
from zkproof.sigma.polynomial import Polynomial
from zkproof.sigma.statement import SignatureStatement, Statement


def test_sum_over_two_banks_is_proven_and_has_the_stated_length() -> None:
    statement, held = two_banks()
    proof = composite.prove(statement, held)
    assert composite.verify(statement, proof)
    # 16 challenge, 240 per signature, 3 slots, one inequality with R = 2
    assert len(proof) == 16 + 2 * 240 + 3 * 32 + 240


def test_every_part_together_is_proven() -> None:
    statement, held = everything()
    proof = composite.prove(statement, held, EVERYTHING_AUXILIARY)
    assert len(proof) == wire.proof_length(statement)
    assert composite.verify(statement, proof)


@pytest.mark.parametrize(("short_by", "holds"), [(0, True), (1, False)])
def test_bound_is_tight(short_by: int, holds: bool) -> None:
    statement, held = two_banks(bound=1_050_000 + short_by)
    if holds:
        assert composite.verify(statement, composite.prove(statement, held))
    else:
        with pytest.raises(ConflictError, match="does not hold"):
            composite.prove(statement, held)


@settings(max_examples=15)
@given(
    low=st.integers(-(2**60), 2**60),
    width=st.integers(0, 2**54),
    offset=st.integers(0, 2**54),
)
def test_between_holds_exactly_inside(low: int, width: int, offset: int) -> None:
    """``(x - lo) * (hi - x) >= 0``, negative integers included."""
    high, x = low + width, low + offset
    held = [signed(KEYS[0], (x, 5))]
    statement = Statement(
        b"",
        (shown(held[0], [1], [0]),),
        boxes=((-(2**61), 2**61),),
        inequalities=(Polynomial.build({(0, 0): -1, (0,): low + high, (): -low * high}),),
    )
    if low <= x <= high:
        assert composite.verify(statement, composite.prove(statement, held))
    else:
        with pytest.raises(ConflictError):
            composite.prove(statement, held)


@pytest.mark.parametrize("repetitions", [2, 3, 4])
def test_every_parameter_row_is_complete_at_its_edge(repetitions: int) -> None:
    bits = {2: 54 * 2 - 1, 3: 75 * 2 - 1, 4: 86 * 2 - 1}[repetitions]
    box = (0, 2 ** (bits // 2))
    held = [signed(KEYS[0], (box[1], box[1] - 3))]
    statement = Statement(
        b"",
        (shown(held[0], [], [0, 1]),),
        boxes=(box, box),
        inequalities=(Polynomial.build({(0, 1): 1}),),
    )
    parameters = wire.Blocks.of(statement).inequalities
    assert parameters is not None
    assert parameters.parameters.repetitions == repetitions
    assert composite.verify(statement, composite.prove(statement, held))


@pytest.mark.parametrize("value", [0, 2, 6, 12, 4**20 + 2**20])
def test_values_of_the_form_u_u_plus_one_are_proven(value: int) -> None:
    """``4P + 1`` is a perfect square there, where a careless search never ends."""
    held = [signed(KEYS[0], (value, 1))]
    statement = Statement(
        b"", (shown(held[0], [1], [0]),), boxes=(INT64,), inequalities=(at_least(0, 0),)
    )
    assert composite.verify(statement, composite.prove(statement, held))


def test_credentials_of_two_people_do_not_combine() -> None:
    statement, held = two_banks()
    assert composite.verify(statement, composite.prove(statement, held))
    other = signed(KEYS[1], (LINK + 1, 300_000, 7))
    with pytest.raises(ConflictError, match="different values"):
        composite.prove(statement, [held[0], other])


def test_linear_equation_across_credentials_costs_no_octets() -> None:
    held = [signed(KEYS[0], (LINK, 500)), signed(KEYS[1], (LINK, 200))]
    signatures = (shown(held[0], [], [0, 1]), shown(held[1], [], [0, 2]))
    plain = Statement(b"", signatures, boxes=(None, INT64, INT64))
    equal = replace(plain, linear=(linear({1: 2, 2: -5}, 0),))
    proof = composite.prove(equal, held)
    assert composite.verify(equal, proof)
    assert len(proof) == wire.proof_length(plain) - 32
    false = replace(plain, linear=(linear({1: 2, 2: -5}, 1),))
    with pytest.raises(ConflictError, match="equality does not hold"):
        composite.prove(false, held)
    assert not composite.verify(false, proof)


@pytest.mark.parametrize(
    ("equations", "error"),
    [
        ([({0: 1, 1: -1}, 0), ({0: 2, 1: -2}, 0)], ConflictError),
        ([({0: 1, 1: -1}, 0), ({0: 1, 1: -1}, 1)], ConflictError),
        ([({0: R}, 0)], ConflictError),
        ([({0: 1, 9: 1}, 0)], UsageError),
    ],
    ids=["redundant", "inconsistent", "empty modulo R", "no such slot"],
)
def test_bad_linear_systems_are_refused(
    equations: list[tuple[dict[int, int], int]], error: type[ZkProofError]
) -> None:
    held = signed(KEYS[0], (1, 1))
    with pytest.raises(error, match="linear equation"):
        Statement(
            b"",
            (shown(held, [], [0, 1]),),
            boxes=(INT64, INT64),
            linear=tuple(linear(terms, constant) for terms, constant in equations),
        )


def test_inequality_over_a_scalar_is_refused_when_the_statement_is_made_or_proven() -> None:
    held = [signed(KEYS[0], (5, 1))]
    typed = Statement(
        b"", (shown(held[0], [1], [0]),), boxes=(INT64,), inequalities=(at_least(0, 1),)
    )
    proof = composite.prove(typed, held)
    assert composite.verify(typed, proof)
    untyped = replace(typed, boxes=(None,))
    with pytest.raises(UsageError, match="bounded by their issuer"):
        composite.prove(untyped, held)
    with pytest.raises(UsageError, match="bounded by their issuer"):
        composite.verify(untyped, proof)


def test_polynomial_one_bit_above_the_last_row_is_refused() -> None:
    def statement(bits: int) -> Statement:
        box = (0, 2**bits - 1)
        held = signed(KEYS[0], (1, 1))
        return Statement(
            b"",
            (shown(held, [], [0, 1]),),
            boxes=(box, box),
            inequalities=(Polynomial.build({(0, 1): 1}),),
        )

    assert wire.proof_length(statement(86)) > 0
    with pytest.raises(UsageError, match="more than can be proven"):
        wire.proof_length(statement(87))


def test_every_octet_of_a_proof_matters() -> None:
    statement, held = two_banks()
    proof = composite.prove(statement, held)
    assert composite.verify(statement, proof)
    for position in range(len(proof)):
        changed = bytearray(proof)
        changed[position] ^= 1 << (position % 8)
        assert not composite.verify(statement, bytes(changed)), position


def test_proof_of_another_length_is_refused() -> None:
    statement, held = two_banks()
    proof = composite.prove(statement, held)
    assert composite.verify(statement, proof)
    for wrong in (proof[:-1], proof + b"\0", proof[:-32], b"", proof + proof):
        assert not composite.verify(statement, wrong)


def test_short_response_of_2_to_126_is_refused_before_any_arithmetic() -> None:
    statement, held = two_banks()
    proof = composite.prove(statement, held)
    assert composite.verify(statement, proof)
    wide = proof[:-16] + (1 << 126).to_bytes(16, "big")
    with pytest.raises(DecodeError, match=r"z: not below 2\^126"):
        wire.from_octets(statement, wide)
    assert not composite.verify(statement, wide)


def changed_statements(statement: Statement) -> dict[str, Statement]:
    """The statement with each public item changed in turn."""
    first, second = statement.signatures

    def with_first(**changes: object) -> Statement:
        return replace(statement, signatures=(replace(first, **changes), second))  # type: ignore[arg-type]

    other_interface = Interface(Suite.SHA256, b"ZKPROOF_OTHER_INTERFACE_")
    product, ratio = statement.inequalities
    return {
        "context": replace(statement, context=statement.context + b"!"),
        "issuer key": with_first(public_key=KEYS[3].public_key),
        "header": with_first(header=b"another"),
        "interface": with_first(generators=generators(other_interface, first.generators.count)),
        "disclosed value": with_first(disclosed={3: 43}),
        "disclosed index": disclosed_elsewhere(statement),
        "box": replace(statement, boxes=(None, (0, 2**62), *statement.boxes[2:])),
        "linear constant": replace(statement, linear=(linear({3: 1, 4: -3}, 1),)),
        "linear coefficient": replace(statement, linear=(linear({3: 1, 4: -4}, 0),)),
        "bound": replace(statement, inequalities=(Polynomial.build({(1, 2): 1, (): -999}), ratio)),
        "coefficient": replace(
            statement, inequalities=(product, Polynomial.build({(3,): 41, (4,): -100}))
        ),
        "order of inequalities": replace(statement, inequalities=(ratio, product)),
        "exact constraint": replace(statement, exact=(Polynomial.build({(1, 2): 2, (5,): -2}),)),
        "order of credentials": replace(
            statement,
            signatures=(replace(second, slots=(0, 1, 2)), replace(first, slots=(0, 3, 4))),
        ),
    }


def disclosed_elsewhere(statement: Statement) -> Statement:
    first, second = statement.signatures
    moved = SignatureStatement(
        first.public_key, first.generators, first.header, {2: 42}, first.slots
    )
    return replace(statement, signatures=(moved, second))


def test_every_public_item_of_the_statement_matters() -> None:
    statement, held = everything()
    proof = composite.prove(statement, held, EVERYTHING_AUXILIARY)
    assert composite.verify(statement, proof)
    for name, changed in changed_statements(statement).items():
        assert not composite.verify(changed, proof), name


def test_transcript_differs_for_every_public_item() -> None:
    """Sensitivity of the transcript itself: nothing is left to the equations to notice."""

    def digest(statement: Statement) -> bytes:
        blocks = wire.Blocks.of(statement)
        return composite.statement_transcript(statement, blocks).digest()

    statement, _ = everything()
    variants = {name: digest(changed) for name, changed in changed_statements(statement).items()}
    assert len({digest(statement), *variants.values()}) == len(variants) + 1


def test_two_proofs_of_one_statement_share_nothing() -> None:
    statement, held = two_banks()
    first, second = (composite.prove(statement, held) for _ in range(2))
    chunks = [{p[i : i + 16] for i in range(0, len(p), 16)} for p in (first, second)]
    assert not chunks[0] & chunks[1]


def test_repeated_random_source_does_not_repeat_masks_across_statements() -> None:
    """A restored snapshot: same octets from the source, another nonce. With equal masks the
    difference of two responses over the difference of challenges would be the balance."""
    statement, held = two_banks()
    other = replace(statement, context=b"another nonce")

    def stuck(count: int) -> bytes:
        return b"\x42" * count

    parsed = [
        wire.from_octets(s, composite.prove(s, held, random=stuck)) for s in (statement, other)
    ]
    dc = parsed[0].challenge - parsed[1].challenge
    leaked = (parsed[0].slots[1] - parsed[1].slots[1]) * pow(dc, -1, R) % R
    assert leaked != held[0].scalars[1]
