"""Where a value belongs among the files of a list: its address, and the cell of so many bits.

An address has 32 bits and depends on the value alone: neither on the list, nor on its version, nor
on other entries. A cell is named by the first bits of the address, so cells nest: fewer bits are a
prefix of more. Whatever an owner publishes, in however many versions, fetching shows at most the
first bits of one and the same address.

::

    prefix   the first 32 of 40 bits
    block    SHA-256("zkproof block v2" 00 || floor(x / 256), 5 octets), the first 4 octets
    hash     SHA-256("zkproof cell v2" 00 || element, 32 octets), the first 4 octets
"""

from __future__ import annotations

import hashlib
from typing import assert_never

from zkproof.trust import Spread

ADDRESS_BITS = 32
ID_BITS = 40
"""Values of spread PREFIX lie below 2^40."""

BLOCK_BITS = 8
MAX_BLOCKS = 16
"""A gap over more blocks than this stands in the part that everybody downloads."""

_BLOCK_DOMAIN = b"zkproof block v2\0"
_HASH_DOMAIN = b"zkproof cell v2\0"


def address(spread: Spread, value: int) -> int:
    """The 32 bits of a value, or of the scalar of an element."""
    match spread:
        case Spread.PREFIX:
            return value >> (ID_BITS - ADDRESS_BITS)
        case Spread.BLOCK:
            return _block_address(value >> BLOCK_BITS)
        case Spread.HASH:
            return _first(_HASH_DOMAIN + value.to_bytes(32, "big"))
        case _:
            assert_never(spread)


def cell_of(spread: Spread, value: int, bits: int) -> int:
    """The number of the cell of a value: the first ``bits`` bits of its address."""
    return address(spread, value) >> (ADDRESS_BITS - bits)


def cells_of_gap(spread: Spread, low: int, high: int, bits: int) -> range | frozenset[int] | None:
    """Every cell that a value strictly between ``low`` and ``high`` may be in.

    ``None`` when the gap belongs to the part that everybody downloads. Gaps have no spread HASH.
    """
    first, last = low + 1, high - 1
    match spread:
        case Spread.PREFIX:
            shift = ID_BITS - bits
            return range(first >> shift, (last >> shift) + 1)
        case Spread.BLOCK:
            blocks = range(first >> BLOCK_BITS, (last >> BLOCK_BITS) + 1)
            if bits == 0:
                return range(1)
            if len(blocks) > MAX_BLOCKS:
                return None
            return frozenset(_block_address(each) >> (ADDRESS_BITS - bits) for each in blocks)
        case Spread.HASH:
            raise ValueError("gaps have no spread hash")
        case _:
            assert_never(spread)


def _block_address(block: int) -> int:
    return _first(_BLOCK_DOMAIN + block.to_bytes(5, "big"))


def _first(data: bytes) -> int:
    return int.from_bytes(hashlib.sha256(data).digest()[:4], "big")
