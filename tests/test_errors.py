"""The family of errors: who has to change something, told apart by class alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from zkproof import errors, files
from zkproof.errors import (
    ConflictError,
    DecodeError,
    NotFoundError,
    RemoteError,
    UsageError,
    ZkProofError,
)

MEMBERS = [
    each
    for each in vars(errors).values()
    if isinstance(each, type) and issubclass(each, ZkProofError) and each is not ZkProofError
]


def test_no_member_of_the_family_is_a_kind_of_another() -> None:
    """``except UsageError`` catches a caller's mistake, and nothing that is missing or ended."""
    assert {UsageError, NotFoundError, ConflictError, RemoteError, DecodeError} <= set(MEMBERS)
    for member in MEMBERS:
        assert [each for each in MEMBERS if issubclass(member, each)] == [member]


def test_reading_says_missing_unreadable_or_damaged(tmp_path: Path) -> None:
    path = tmp_path / "card"
    path.write_text("Crédito")
    assert files.read_text(path, max_bytes=8) == "Crédito"
    with pytest.raises(NotFoundError, match="No such file"):
        files.read(tmp_path / "other")
    with pytest.raises(NotFoundError, match="Not a directory"):
        files.read(path / "inside")
    with pytest.raises(ConflictError, match="Is a directory"):
        files.read(tmp_path)
    with pytest.raises(DecodeError, match="longer than 7 octets") as caught:
        files.read(path, max_bytes=7)
    assert caught.value.field == str(path)
    path.write_bytes("Crédito".encode("latin-1"))
    with pytest.raises(DecodeError, match="not UTF-8"):
        files.read_text(path)


def test_writing_over_a_file_is_a_conflict(tmp_path: Path) -> None:
    path = tmp_path / "card"
    files.write_new(path, b"one")
    with pytest.raises(ConflictError, match="exists already"):
        files.write_new(path, b"two")
    assert path.read_bytes() == b"one"
    with pytest.raises(ConflictError, match="cannot be written"):
        files.write_new(tmp_path / "no folder" / "card", b"one")
