"""Signed notes and checkpoints: published examples, one form, and what a signature covers."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ledger.building import (
    LOG_KEY,
    LOG_PUBLIC,
    NOW,
    ORIGIN,
    WITNESS,
    WITNESS_KEY,
    WITNESS_PUBLIC,
    filled,
)
from zkproof.errors import DecodeError, LedgerError, UsageError
from zkproof.ledger import note
from zkproof.ledger.checkpoint import Checkpoint, sign_checkpoint
from zkproof.ledger.note import Kind, NoteKey

# The key pair and the note of golang.org/x/mod/sumdb/note (note_test.go), the format's origin.
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
GO_SECRET = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    GO_TEXT + "\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2"
    "pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()

# The example of C2SP tlog-cosignature; its text says that the witness signed at 1679315147.
C2SP_NOTE = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/"
    "Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJ"
    "sX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
).encode()


def test_published_note_is_made_and_verified() -> None:
    secret = Ed25519PrivateKey.from_private_bytes(base64.b64decode(GO_SECRET)[1:])
    line = note.sign(GO_TEXT, "PeterNeumann", secret)
    assert note.to_bytes(GO_TEXT, (line,)) == GO_NOTE
    text, lines = note.from_bytes(GO_NOTE)
    key = NoteKey.from_text(GO_PUBLIC)
    assert key.to_text() == GO_PUBLIC
    assert (text, note.signed_by(text, lines, key)) == (GO_TEXT, True)
    with pytest.raises(LedgerError, match="PeterNeumann does not hold"):
        note.signed_by(text.replace("answer", "anSwer"), lines, key)


def test_published_checkpoint_reads_as_described() -> None:
    found = Checkpoint.from_note(C2SP_NOTE)
    assert (found.origin, found.size) == ("example.com/behind-the-sofa", 20852163)
    assert found.to_note() == C2SP_NOTE
    (_, _), (witness, blob) = found.signatures
    assert witness == "witness.example.com/w1"
    assert int.from_bytes(blob[4:12], "big") == 1679315147
    assert len(blob) == 4 + 8 + 64


def test_cosignature_covers_label_time_and_text() -> None:
    bare = Checkpoint(ORIGIN, 3, bytes(32))
    name, blob = note.cosign(bare.text(), WITNESS, WITNESS_KEY, now=NOW)
    message = f"cosignature/v1\ntime {NOW}\n{ORIGIN}\n3\n{'A' * 43}=\n".encode()
    WITNESS_KEY.public_key().verify(blob[12:], message)
    assert bare.with_line((name, blob)).cosigned_at(WITNESS, WITNESS_PUBLIC) == NOW
    later = blob[:4] + (NOW + 1).to_bytes(8, "big") + blob[12:]
    for line in ((name, later), (name, blob[:-1]), (name, blob[:9])):
        with pytest.raises(LedgerError, match="does not hold"):
            bare.with_line(line).cosigned_at(WITNESS, WITNESS_PUBLIC)


def test_key_names_one_kind_of_line() -> None:
    signed = sign_checkpoint(Checkpoint(ORIGIN, 3, bytes(32)), LOG_KEY, now=NOW)
    assert signed.signed_by_log(LOG_PUBLIC)
    assert signed.cosigned_at(ORIGIN, LOG_PUBLIC) == NOW
    assert not signed.signed_by_log(WITNESS_PUBLIC)
    assert signed.cosigned_at(WITNESS, LOG_PUBLIC) is None
    plain, timed = signed.signatures
    assert not Checkpoint(ORIGIN, 3, bytes(32), (timed,)).signed_by_log(LOG_PUBLIC)
    assert Checkpoint(ORIGIN, 3, bytes(32), (plain,)).cosigned_at(ORIGIN, LOG_PUBLIC) is None


def test_verifier_key_has_one_text() -> None:
    assert NoteKey.from_text(GO_PUBLIC).name == "PeterNeumann"
    for k in range(len(GO_PUBLIC)):
        with pytest.raises(DecodeError, match="note key"):
            NoteKey.from_text(GO_PUBLIC[:k])
        changed = GO_PUBLIC[:k] + chr(ord(GO_PUBLIC[k]) ^ 1) + GO_PUBLIC[k + 1 :]
        with pytest.raises(DecodeError, match="note key"):
            NoteKey.from_text(changed)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\nb", "a\u2028b", "a\x00"])
def test_key_name_that_lines_cannot_carry_is_refused(name: str) -> None:
    NoteKey("a/b", Kind.SIGNATURE, bytes(32))
    with pytest.raises(UsageError, match="key name"):
        NoteKey(name, Kind.SIGNATURE, bytes(32))


def test_checkpoint_has_one_form(tmp_path: Path) -> None:
    data = filled(tmp_path).checkpoint().to_note()
    assert Checkpoint.from_note(data).to_note() == data
    root = data.split(b"\n")[2]
    for changed in (
        data + b"\n",
        data + data,
        data.replace(b"\n5\n", b"\n05\n"),
        data.replace(b"\n5\n", b"\n-5\n"),
        data.replace(b"\n5\n", b"\n+5\n"),
        data.replace(b"\n5\n", b"\n5_0\n"),
        data.replace(b"\n5\n", "\n\u0665\n".encode()),
        data.replace(b"\n5\n", b"\n" + b"9" * 16 + b"\n"),
        data.replace(b"\n\n", b"\nextension\n\n"),
        data.replace(b"\n\n", b"\n"),
        data.replace(b"\n\n", b"\n\n\n"),
        data.replace(b"\n", b"\r\n"),
        data.replace(root, root[:-1]),
        data.replace(root, root + b" "),
        data.replace(root, base64.b64encode(bytes(31))),
        data.replace(root, b""),
        data.replace("\u2014 ".encode(), b"- "),
        data.replace(ORIGIN.encode() + b"\n", b"\n"),
        data.replace(ORIGIN.encode() + b"\n", b"two words\n"),
        b"",
        b"\n",
        b"\xff" * 20,
        b"x" * 70_000,
    ):
        with pytest.raises(DecodeError, match="checkpoint"):
            Checkpoint.from_note(changed)
    for length in range(len(data)):
        try:
            cut = Checkpoint.from_note(data[:length])
        except DecodeError:
            continue
        # At the end of its first line the note is whole, with one signature less.
        assert cut.signatures == Checkpoint.from_note(data).signatures[:1]


def test_changed_octet_of_a_checkpoint_is_refused() -> None:
    data = sign_checkpoint(Checkpoint(ORIGIN, 3, bytes(32)), LOG_KEY, now=NOW).to_note()
    for position in range(len(data)):
        changed = bytearray(data)
        changed[position] ^= 1
        try:
            found = Checkpoint.from_note(bytes(changed))
            both = found.signed_by_log(LOG_PUBLIC) and found.cosigned_at(ORIGIN, LOG_PUBLIC)
        except (DecodeError, LedgerError, UsageError):
            continue
        assert not both


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_octets_from_anywhere_are_refused_or_read_back(data: bytes) -> None:
    try:
        found = Checkpoint.from_note(data)
    except DecodeError:
        return
    assert found.to_note() == data


def test_note_with_too_many_signatures_is_refused() -> None:
    name, blob = note.sign(GO_TEXT, "n", LOG_KEY)
    assert note.from_bytes(note.to_bytes(GO_TEXT, ((name, blob),) * note.MAX_SIGNATURES))
    with pytest.raises(DecodeError, match="more than 64"):
        note.from_bytes(note.to_bytes(GO_TEXT, ((name, blob),) * (note.MAX_SIGNATURES + 1)))
