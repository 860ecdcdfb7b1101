"""Policies: which sets of witnesses are a quorum, when it was reached, and the file's form."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tests.ledger.building import LOG_PUBLIC, NOW, ORIGIN, PINS, WITNESS_PUBLIC, filled
from zkproof.errors import DecodeError, LedgerError, UsageError
from zkproof.ledger import mldsa, note
from zkproof.ledger.note import Kind, NoteKey
from zkproof.ledger.pins import Pins
from zkproof.ledger.policy import NOBODY, Group, Listed, Policy


def key(k: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([0x60 + k]) * 32)


def listed(k: int, name: str | None = None) -> Listed:
    public = key(k).public_key().public_bytes_raw()
    return Listed(NoteKey(name or f"witness.test/{k}", Kind.COSIGNATURE, public))


WITNESSES = {f"W{k}": listed(k) for k in range(6)}
TWO_LEVELS = Policy(
    WITNESSES,
    {
        "X": Group(2, ("W0", "W1", "W2")),
        "Y": Group(1, ("W3", "W4", "W5")),
        "both": Group(2, ("X", "Y")),
    },
    "both",
    (Listed(NoteKey(ORIGIN, Kind.SIGNATURE, LOG_PUBLIC), "https://log.example/"),),
)


def test_quorum_of_groups_is_what_the_groups_say() -> None:
    for count in range(7):
        for those in combinations(WITNESSES, count):
            enough = len({"W0", "W1", "W2"} & set(those)) >= 2 and bool(
                {"W3", "W4", "W5"} & set(those)
            )
            reached = TWO_LEVELS.reached_at(dict.fromkeys(those, NOW))
            assert reached == (NOW if enough else None)


@given(st.dictionaries(st.sampled_from(sorted(WITNESSES)), st.integers(1, 9)))
def test_quorum_is_reached_when_its_last_needed_witness_spoke(times: dict[str, int]) -> None:
    """The latest moment from which on so many had said it: what a reader takes as the age."""
    expected = None
    for moment in sorted(set(times.values()), reverse=True):
        by_then = {name: time for name, time in times.items() if time >= moment}
        if TWO_LEVELS.reached_at(dict.fromkeys(by_then, 1)) is not None:
            expected = moment
            break
    assert TWO_LEVELS.reached_at(times) == expected


def test_so_many_of_all_is_a_policy() -> None:
    keys = {f"witness.test/{k}": each.key.public_key for k, each in enumerate(WITNESSES.values())}
    two = Policy.of(keys, 2)
    assert two.reached_at({"witness.test/1": 5}) is None
    assert two.reached_at({"witness.test/1": 5, "witness.test/3": 9}) == 5
    assert Policy.of(keys, 0).reached_at({}) == 0
    assert NOBODY.reached_at({}) == 0
    with pytest.raises(UsageError, match="between none and all"):
        Policy.of(keys, 7)


@pytest.mark.parametrize("policy", [NOBODY, TWO_LEVELS, Policy.of({"w": WITNESS_PUBLIC}, 1)])
def test_policy_reads_back(policy: Policy) -> None:
    assert Policy.from_text(policy.to_text().encode()) == policy


def test_layout_comments_and_words_for_thresholds_are_free() -> None:
    vkeys = [each.key.to_text() for each in WITNESSES.values()]
    text = f"""
# ours
\tlog {NoteKey(ORIGIN, Kind.SIGNATURE, LOG_PUBLIC).to_text()}   https://log.example/
  witness W0\t{vkeys[0]}
witness W1 {vkeys[1]} https://w1.example
witness W2 {vkeys[2]}
group any-of any W0 W1
group all all any-of W2
   # the end
quorum all"""
    policy = Policy.from_text(text.encode())
    assert policy.groups == {"any-of": Group(1, ("W0", "W1")), "all": Group(2, ("any-of", "W2"))}
    assert policy.witnesses["W1"].url == "https://w1.example"
    assert policy.without_addresses().witnesses["W1"].url is None
    assert Policy.from_text(policy.to_text().encode()) == policy


VKEY = WITNESSES["W0"].key.to_text()
OTHER = WITNESSES["W1"].key.to_text()
LOG_VKEY = NoteKey(ORIGIN, Kind.SIGNATURE, LOG_PUBLIC).to_text()
RIGHT = f"log {LOG_VKEY}\nwitness a {VKEY}\nwitness b {OTHER}\ngroup g 1 a b\nquorum g\n"


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("quorum g\n", "", "one quorum line"),
        ("quorum g\n", "quorum g\nquorum g\n", "line 6"),
        ("quorum g", "quorum x", "line 5.*x is not defined before"),
        ("witness b", "witness a", "line 3.*defined twice"),
        ("group g", "group a", "line 4.*defined twice"),
        ("group g 1 a b", "group g 1 a a", "line 4.*member twice"),
        ("group g 1 a b", "group g 1 g b", "line 4.*g is not defined before"),
        ("group g 1 a b", "group g 3 a b", "line 4.*between one and all"),
        ("group g 1 a b", "group g 0 a b", "line 4.*between one and all"),
        ("group g 1 a b", "group g 01 a b", "line 4.*all, any or a number"),
        ("group g 1 a b", "group g some a b", "line 4.*all, any or a number"),
        ("group g 1 a b", "group g 1", "line 4.*not a line"),
        ("group g 1 a b", "group h 1 a none\ngroup g 1 b", "line 4.*none is not defined"),
        ("witness a", "witness none", "line 2.*none is not a name"),
        (f"witness b {OTHER}", f"witness b {VKEY}", "two names"),
        (f"witness b {OTHER}", f"witness b {LOG_VKEY}", "not for a witness"),
        (f"log {LOG_VKEY}", f"log {VKEY}", "not for a log"),
        (f"log {LOG_VKEY}", f"log {LOG_VKEY}\nlog {LOG_VKEY}", "two names"),
        ("log ", "log x", "line 1"),
        ("quorum g", "quorum g x", "line 5.*not a line"),
        ("quorum g", "quorum\x0bg", "control character"),
        ("quorum g", "quorum g\r", "control character"),
        (VKEY, VKEY[:-1], "line 2"),
    ],
)
def test_policy_that_is_refused_names_the_line(old: str, new: str, rule: str) -> None:
    Policy.from_text(RIGHT.encode())
    assert old in RIGHT
    with pytest.raises(DecodeError, match=rf"(?s)^policy.*{rule}"):
        Policy.from_text(RIGHT.replace(old, new, 1).encode())


@given(st.text("logwitnesgrupqm 0123456789ab#\n\t+", max_size=120))
def test_text_from_anywhere_is_refused_or_reads_back(text: str) -> None:
    try:
        policy = Policy.from_text(text.encode())
    except DecodeError:
        return
    assert Policy.from_text(policy.to_text().encode()) == policy


def test_pins_may_carry_a_policy() -> None:
    pins = replace(PINS, policy=TWO_LEVELS)
    assert Pins.from_json(pins.to_json()) == pins
    assert pins.required is TWO_LEVELS
    with pytest.raises(UsageError, match="either witnesses or a policy"):
        replace(pins, witnesses={"w": WITNESS_PUBLIC})
    other = replace(TWO_LEVELS, logs=(Listed(NoteKey("else", Kind.SIGNATURE, LOG_PUBLIC)),))
    with pytest.raises(UsageError, match="another log"):
        replace(PINS, policy=other)
    itself = Policy({"W": Listed(NoteKey("w", Kind.COSIGNATURE, LOG_PUBLIC))}, {}, "W")
    with pytest.raises(UsageError, match="witnesses itself"):
        replace(PINS, policy=itself)
    for text in ("quorum nobody", "", "log x"):
        broken = pins.to_json().replace(b"quorum both", text.encode())
        with pytest.raises(DecodeError, match=r"^policy"):
            Pins.from_json(broken)


def test_reader_believes_what_the_groups_of_its_policy_cosigned(tmp_path: Path) -> None:
    pins, checkpoint = replace(PINS, policy=TWO_LEVELS), filled(tmp_path).checkpoint()
    for k, time in ((0, NOW - 9), (3, NOW - 30), (4, NOW - 5)):
        line = note.cosign(checkpoint.text(), f"witness.test/{k}", key(k), now=time)
        checkpoint = checkpoint.with_line(line)
        with pytest.raises(LedgerError, match="needed"):
            pins.attested_at(checkpoint, now=NOW)
    line = note.cosign(checkpoint.text(), "witness.test/2", key(2), now=NOW - 20)
    assert pins.attested_at(checkpoint.with_line(line), now=NOW) == NOW - 20


def test_time_zero_is_no_cosignature(tmp_path: Path) -> None:
    text = filled(tmp_path).checkpoint().text()
    line = note.cosign(text, "witness.test/0", key(0), now=0)
    assert note.cosigned_at(text, (line,), WITNESSES["W0"].key) is None


needs_mldsa = pytest.mark.skipif(
    not mldsa.available(), reason="this cryptography has no ML-DSA-44 (OpenSSL too old)"
)


@needs_mldsa
def test_mldsa_cosignature_counts_and_a_changed_one_is_refused(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

    secret = MLDSA44PrivateKey.generate()
    known = NoteKey("witness.test/pq", Kind.MLDSA, secret.public_key().public_bytes_raw())
    policy = Policy({"pq": Listed(known)}, {}, "pq")
    assert Policy.from_text(policy.to_text().encode()) == policy
    pins, checkpoint = replace(PINS, policy=policy), filled(tmp_path).checkpoint()
    with pytest.raises(LedgerError, match="pq needed"):
        pins.attested_at(checkpoint, now=NOW)
    # By hand, after the source: label, name, time, origin, start, end, root.
    size, root = checkpoint.size, checkpoint.root_hash
    signed = b"subtree/v1\n\0" + b"\x0fwitness.test/pq" + (NOW - 7).to_bytes(8, "big")
    signed += bytes([len(ORIGIN)]) + ORIGIN.encode() + bytes(8) + size.to_bytes(8, "big") + root
    stated = (NOW - 7).to_bytes(8, "big") + secret.sign(signed)
    whole = checkpoint.with_line((known.name, known.key_id + stated))
    assert pins.attested_at(type(whole).from_note(whole.to_note()), now=NOW) == NOW - 7
    for octet in (0, 7, 8, 500, len(stated) - 1):
        changed = bytearray(stated)
        changed[octet] ^= 1
        wrong = checkpoint.with_line((known.name, known.key_id + bytes(changed)))
        with pytest.raises(LedgerError, match="does not hold"):
            pins.attested_at(wrong, now=NOW)


def test_mldsa_line_is_carried_and_not_counted_where_it_cannot_be_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = NoteKey("witness.test/pq", Kind.MLDSA, bytes(1312))
    monkeypatch.setattr(mldsa, "available", lambda: False)
    line = (known.name, known.key_id + NOW.to_bytes(8, "big") + bytes(2420))
    checkpoint = filled(tmp_path).checkpoint().with_line(line)
    assert type(checkpoint).from_note(checkpoint.to_note()) == checkpoint
    assert PINS.attested_at(checkpoint, now=NOW) == NOW
    careful = replace(PINS, policy=Policy({"pq": Listed(known)}, {}, "pq"))
    with pytest.raises(LedgerError, match="pq needed"):
        careful.attested_at(checkpoint, now=NOW)
