"""Sign, show, verify: what holds is accepted, for any number of messages and disclosures."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from zkproof import bbs
from zkproof.bbs import blind, pseudonym, update
from zkproof.bbs.encoding import Proof, Signature

KEY = bbs.keygen(b"\x01" * 32)
OTHER = bbs.keygen(b"\x02" * 32)

suites = st.sampled_from(bbs.Suite)
message_lists = st.lists(st.binary(max_size=40), max_size=16)


@st.composite
def selections(draw: st.DrawFn, minimum: int = 0) -> tuple[list[bytes], list[int]]:
    messages = draw(st.lists(st.binary(max_size=40), min_size=minimum, max_size=16))
    shown = draw(st.lists(st.booleans(), min_size=len(messages), max_size=len(messages)))
    return messages, [i for i, flag in enumerate(shown) if flag]


@settings(max_examples=40)
@given(selection=selections(), header=st.binary(max_size=20), suite=suites)
def test_any_selection_of_any_messages_is_shown_and_verified(
    selection: tuple[list[bytes], list[int]], header: bytes, suite: bbs.Suite
) -> None:
    messages, indexes = selection
    signature = bbs.sign(KEY, messages, header=header, suite=suite)
    assert bbs.verify(KEY.public_key, signature, messages, header=header, suite=suite)
    assert Signature.from_octets(signature).to_octets() == signature
    held = bbs.hold_signature(KEY.public_key, signature, messages, header=header, suite=suite)
    proof = bbs.proof_gen(held, indexes, presentation_header=b"ph")
    assert len(proof) == 272 + 32 * (len(messages) - len(indexes))
    assert Proof.from_octets(proof).to_octets() == proof
    shown = [messages[i] for i in indexes]

    def answer(key: bbs.SigningKey, ph: bytes, suite: bbs.Suite = suite) -> bool:
        return bbs.proof_verify(
            key.public_key,
            proof,
            shown,
            indexes,
            header=header,
            presentation_header=ph,
            suite=suite,
        )

    assert answer(KEY, b"ph")
    assert not answer(OTHER, b"ph")
    assert not answer(KEY, b"")
    (another,) = set(bbs.Suite) - {suite}
    assert not answer(KEY, b"ph", another)


def test_a_thousand_messages_are_signed_and_shown() -> None:
    messages = [i.to_bytes(2, "big") for i in range(1000)]
    signature = bbs.sign(KEY, messages)
    held = bbs.hold_signature(KEY.public_key, signature, messages)
    indexes = list(range(0, 1000, 2))
    proof = bbs.proof_gen(held, indexes)
    assert bbs.proof_verify(KEY.public_key, proof, messages[::2], indexes)
    assert not bbs.proof_verify(KEY.public_key, proof, messages[1::2], indexes)


def test_two_proofs_of_one_signature_have_no_octets_in_common() -> None:
    messages = [b"a", b"b", b"c"]
    held = bbs.hold_signature(KEY.public_key, bbs.sign(KEY, messages), messages)
    first, second = bbs.proof_gen(held, [0]), bbs.proof_gen(held, [0])
    chunks = [{p[i : i + 16] for i in range(0, len(p), 16)} for p in (first, second)]
    assert not chunks[0] & chunks[1]


@settings(max_examples=15)
@given(
    messages=message_lists,
    committed=st.lists(st.binary(max_size=20), max_size=5),
    suite=suites,
    data=st.data(),
)
def test_blind_issuance_round_trips(
    messages: list[bytes], committed: list[bytes], suite: bbs.Suite, data: st.DataObject
) -> None:
    commitment, prover_blind = blind.commit(committed, suite=suite)
    assert len(commitment) == 112 + 32 * len(committed)
    signature = blind.sign(KEY, messages, commitment=commitment, suite=suite)
    arguments = (signature, messages, committed, prover_blind)
    assert blind.verify(KEY.public_key, *arguments, suite=suite)
    held = blind.hold_signature(KEY.public_key, *arguments, suite=suite)
    indexes = [i for i in range(len(messages)) if data.draw(st.booleans())]
    committed_indexes = [i for i in range(len(committed)) if data.draw(st.booleans())]
    proof = blind.proof_gen(held, indexes, committed_indexes, presentation_header=b"ph")

    def answer(count: int) -> bool:
        return blind.proof_verify(
            KEY.public_key,
            proof,
            count,
            [messages[i] for i in indexes],
            indexes,
            [committed[i] for i in committed_indexes],
            committed_indexes,
            presentation_header=b"ph",
            suite=suite,
        )

    assert answer(len(messages))
    assert not answer(len(messages) + 1)


@settings(max_examples=8)
@given(nyms=st.integers(1, 4), suite=suites)
def test_pseudonyms_agree_within_a_context_and_differ_across(nyms: int, suite: bbs.Suite) -> None:
    secrets = [bbs.NymSecret.random() for _ in range(nyms)]
    commitment, prover_blind = pseudonym.commit(secrets, [b"k"], suite=suite)
    entropy = (7).to_bytes(32, "big")
    signature = pseudonym.sign(
        KEY, commitment, nyms, [b"m"], signer_nym_entropy=entropy, suite=suite
    )
    held = pseudonym.hold_signature(
        KEY.public_key,
        signature,
        [b"m"],
        secrets,
        prover_blind,
        [b"k"],
        signer_nym_entropy=entropy,
        suite=suite,
    )
    shown = [pseudonym.proof_gen(held, context, [0]) for context in (b"A", b"A", b"B")]
    names = [name for _, name in shown]
    assert names[0] == names[1] == pseudonym.calculate_pseudonym(held, b"A")
    assert names[0] != names[2]
    proof, name = shown[0]

    def answer(name: bytes, context: bytes, count: int) -> bool:
        return pseudonym.proof_verify(
            KEY.public_key, proof, name, context, count, 1, [b"m"], [0], suite=suite
        )

    assert answer(name, b"A", nyms)
    assert not answer(names[2], b"A", nyms)
    assert not answer(name, b"B", nyms)
    assert not answer(name, b"A", nyms + 1)


@settings(max_examples=15)
@given(selection=selections(minimum=1), blinded=st.booleans(), data=st.data())
def test_updated_signature_verifies_on_the_changed_messages_only(
    selection: tuple[list[bytes], list[int]], blinded: bool, data: st.DataObject
) -> None:
    messages, indexes = selection
    changes = {i: messages[i] + b"new" for i in indexes}
    changed = [changes.get(i, message) for i, message in enumerate(messages)]
    if blinded:
        commitment, prover_blind = blind.commit([b"link secret"])
        signature = blind.sign(KEY, messages, commitment=commitment)
        kept = update.record(KEY, signature, messages, commitment=commitment)
    else:
        signature = bbs.sign(KEY, messages)
        kept = update.record(KEY, signature, messages)
    assert update.SigningRecord.from_octets(kept.to_octets()) == kept
    updated, kept_after = update.update(KEY, kept, changes)

    def verifies(signature: bytes, messages: list[bytes]) -> bool:
        if blinded:
            return blind.verify(KEY.public_key, signature, messages, [b"link secret"], prover_blind)
        return bbs.verify(KEY.public_key, signature, messages)

    assert verifies(signature, messages)
    assert verifies(updated, changed)
    assert verifies(updated, messages) is (not changes)
    again, _ = update.update(KEY, kept_after, {0: b"third"})
    assert verifies(again, [b"third", *changed[1:]])
    e, e_updated = (Signature.from_octets(s).e for s in (signature, updated))
    assert not changes or e != e_updated, "one e on two messages would combine into forgeries"
