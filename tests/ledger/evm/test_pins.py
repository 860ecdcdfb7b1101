"""Addresses and pins of a chain: one way to write them, and nothing that is not understood."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ledger.building import PINS as LOG_PINS
from zkproof.errors import DecodeError, LedgerError, UsageError
from zkproof.ledger.checkpoint import Checkpoint
from zkproof.ledger.evm.pins import ChainPins
from zkproof.ledger.evm.place import ChainAddress
from zkproof.ledger.evm.seen import Seen
from zkproof.ledger.founding import PINS
from zkproof.ledger.ledger import Ledger, read_pinned, read_pins

CONTRACT = "0x" + "ab" * 20
CHAIN = ChainPins("ledger.test", 20200, CONTRACT, "fisco", 0, bytes(32))
NOW = 1_790_000_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("evm+http://127.0.0.1:8545", ChainAddress("http://127.0.0.1:8545")),
        (f"evm+http://[::1]:8545/{CONTRACT}", ChainAddress("http://[::1]:8545", CONTRACT)),
        (
            f"evm+https://node.example/rpc/{CONTRACT.upper().replace('X', 'x')}",
            ChainAddress("https://node.example/rpc", CONTRACT),
        ),
        (
            "evm+https://node.example/rpc?profile=fisco&finality=2",
            ChainAddress("https://node.example/rpc", None, "fisco", 2),
        ),
    ],
)
def test_address_is_read(text: str, expected: ChainAddress) -> None:
    assert ChainAddress.from_text(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "http://127.0.0.1:8545",
        "evm+ftp://127.0.0.1:8545",
        f"evm+http://node.example/{CONTRACT}",
        "evm+http://10.0.0.1:8545",
        "evm+https://node.example/0x12",
        f"evm+https://node.example/{CONTRACT}0",
        "evm+https://node.example?profile=besu",
        "evm+https://node.example?finality=-1",
        "evm+https://node.example?finality=99999",
        "evm+https://node.example?finality=02",
        "evm+https://node.example?depth=2",
        "evm+https://node.example?profile=fisco&profile=fisco",
        "evm+https://node.example#part",
    ],
)
def test_address_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        ChainAddress.from_text(text)


def test_pins_are_read_as_written(tmp_path: Path) -> None:
    assert ChainPins.from_json(CHAIN.to_json()) == CHAIN
    (tmp_path / PINS).write_bytes(CHAIN.to_json())
    assert read_pinned(tmp_path) == CHAIN
    with pytest.raises(UsageError, match="of a chain, not of a log"):
        read_pins(tmp_path)
    (tmp_path / PINS).write_bytes(LOG_PINS.to_json())
    assert read_pinned(tmp_path) == read_pins(tmp_path) == LOG_PINS
    with pytest.raises(UsageError, match="of a log, not of a chain"):
        Ledger.evm("http://127.0.0.1:1", CONTRACT, state=tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"chain_id": 0},
        {"chain_id": "20200"},
        {"chain_id": True},
        {"chain_id": 1 << 64},
        {"contract": CONTRACT.upper()},
        {"contract": "0x12"},
        {"profile": "besu"},
        {"finality": -1},
        {"root": "00"},
        {"root": "AB" * 32},
        {"max_age": 0},
        {"more": 1},
        {"ledger": 7},
    ],
)
def test_pins_that_are_none_are_refused(change: dict[str, Any]) -> None:
    table = {**json.loads(CHAIN.to_json()), **change}
    with pytest.raises(DecodeError):
        ChainPins.from_json(json.dumps(table).encode())


def test_address_that_contradicts_the_pins_is_refused(tmp_path: Path) -> None:
    (tmp_path / PINS).write_bytes(CHAIN.to_json())
    Ledger.evm("http://127.0.0.1:1", CONTRACT, state=tmp_path, profile="fisco")
    with pytest.raises(UsageError, match="profile ethereum"):
        Ledger.evm("http://127.0.0.1:1", CONTRACT, state=tmp_path, profile="ethereum")
    with pytest.raises(UsageError, match="contract"):
        Ledger.evm("http://127.0.0.1:1", "0x" + "cd" * 20, state=tmp_path)
    with pytest.raises(UsageError, match="folder with its pins"):
        Ledger.open(f"evm+http://127.0.0.1:1/{CONTRACT}")


numbers = st.integers(0, (1 << 64) - 1)
hashes = st.binary(min_size=32, max_size=32)


@given(st.builds(Seen, numbers, numbers, numbers, hashes, hashes))
def test_block_line_is_read_as_written(seen: Seen) -> None:
    checkpoint = Checkpoint(CHAIN.origin, 5, bytes(32), (seen.line(CHAIN.origin),))
    again = Checkpoint.from_note(checkpoint.to_note())
    assert Seen.of(again) == seen
    assert CHAIN.vouches_for(again)


def test_checkpoint_of_anything_else_is_not_vouched_for() -> None:
    seen = Seen(7, NOW, 5, bytes(32), bytes(32))
    good = Checkpoint(CHAIN.origin, 5, bytes(32), (seen.line(CHAIN.origin),))
    assert CHAIN.attested_at(good, now=NOW) == NOW
    name, blob = good.signatures[0]
    for bad in (
        replace(good, signatures=()),
        replace(good, signatures=(*good.signatures, *good.signatures)),
        replace(good, signatures=((name, blob[:-1]),)),
        replace(good, signatures=((name, bytes(4) + blob[4:]),)),
        replace(good, signatures=(("evm:1:0x", blob),)),
        replace(good, origin="evm:1:0x"),
    ):
        assert not CHAIN.vouches_for(bad)
        with pytest.raises(LedgerError, match="not of a block"):
            CHAIN.attested_at(bad, now=NOW)
    with pytest.raises(LedgerError, match="in the future"):
        CHAIN.attested_at(good, now=NOW - 3600)
    assert CHAIN.attested_at(good, now=NOW - 10) == NOW - 10
