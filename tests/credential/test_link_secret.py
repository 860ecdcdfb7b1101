"""The link secret: always a scalar, and never shown by accident."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from functools import partial

import pytest

from zkproof.credential.link_secret import LinkSecret
from zkproof.curve import R
from zkproof.errors import DecodeError


def _next(drawn: Iterator[bytes], count: int) -> bytes:
    return next(drawn)[:count]


def test_generated_secret_is_a_scalar_whatever_the_octets() -> None:
    for first in (0, 0x73, 0x74, 0xFF):
        drawn = iter([bytes([first]) * 64, b"\x01" * 64])
        secret = LinkSecret.generate(partial(_next, drawn))
        assert 0 < int.from_bytes(secret.export_secret(), "big") < R
        assert LinkSecret.from_octets(secret.export_secret()).export_secret()


@pytest.mark.parametrize(
    "octets",
    [bytes(32), R.to_bytes(32, "big"), b"\xff" * 32, b"\x01" * 31, b"\x01" * 33, b""],
    ids=["zero", "group order", "too large", "short", "long", "empty"],
)
def test_octets_that_are_no_secret_are_refused(octets: bytes) -> None:
    assert LinkSecret.from_octets((R - 1).to_bytes(32, "big")).export_secret()
    with pytest.raises(DecodeError, match="link secret"):
        LinkSecret.from_octets(octets)


def test_secret_does_not_print_pickle_copy_or_compare() -> None:
    secret = LinkSecret.from_octets(b"\x21" * 32)
    for shown in (repr(secret), str(secret), f"{secret}", f"{secret!r}"):
        assert "21" not in shown
        assert "hidden" in shown
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="secret"):
            leak(secret)
    assert secret != LinkSecret.from_octets(b"\x21" * 32)
    with pytest.raises(TypeError):
        hash(secret)
