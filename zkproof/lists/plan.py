"""Which files a wallet asks for: a function of a value's address, and of nothing that is hidden.

A wallet takes the most bits under which a cell still has `CROWD` entries, and fetches the whole
group of cells that begin with these bits of the address. The group is aligned, so it shows these
bits and no more. `CROWD` is one constant for all wallets: a wallet with a setting of its own would
be known by it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from zkproof.errors import DecodeError
from zkproof.lists.address import cell_of
from zkproof.lists.cell import cell_octets
from zkproof.lists.summary import Summary

CROWD = 4096
"""Least entries, on average, of the group of cells that a wallet fetches."""

MAX_PLAN_BYTES = 64 << 20
"""Most octets that a wallet downloads of one version."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Numbers of cells to fetch, and how many bits of each value's address they show."""

    cells: tuple[int, ...]
    bits: int


def plan(summary: Summary, values: Collection[int], *, whole_up_to: int = 0) -> Plan:
    """The plan for some values. A list that takes at most ``whole_up_to`` octets in all is fetched
    whole.

    Raises `DecodeError` when a plan of that many bits takes more than `MAX_PLAN_BYTES`, whatever
    the values are.
    """
    bits = shown_bits(summary, whole_up_to)
    group = 1 << (summary.bits - bits)
    octets = group * cell_octets(summary) + (summary.wide.octets if summary.wide else 0)
    if octets > MAX_PLAN_BYTES:
        raise DecodeError("summary", f"a download of {octets} octets, at most {MAX_PLAN_BYTES}")
    starts = {cell_of(summary.edition.spread, each, bits) * group for each in values}
    return Plan(tuple(start + k for start in sorted(starts) for k in range(group)), bits)


def shown_bits(summary: Summary, whole_up_to: int = 0) -> int:
    """How many bits of an address fetching shows."""
    if (cell_octets(summary) << summary.bits) <= whole_up_to:
        return 0
    return min(summary.bits, max(0, (summary.count // CROWD).bit_length() - 1))
