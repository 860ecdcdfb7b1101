"""Entries of a list as octets, end to end in ascending order.

::

    status    element (5 octets, big-endian)   token (48)
    members   element (32)                     token (48)
    gaps      low (6)  high (6)                signature (80)

Within a cell elements ascend without repeats; gaps do not overlap.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from zkproof.credential.list_proof import Gap, ListProof, Membership
from zkproof.curve import R
from zkproof.errors import DecodeError
from zkproof.lists.layout import ENTRY_BYTES
from zkproof.trust import ListKind, ListVersion
from zkproof_circuits.atoms.lists import GAP_RANGE

END_BYTES = 6
TOKEN_BYTES = 48
ELEMENT_BYTES = {ListKind.STATUS: 5, ListKind.MEMBERS: 32}


def token_entries(kind: ListKind, elements: Sequence[int], tokens: bytes) -> bytes:
    """Entries for elements in ascending order; ``tokens`` are their encodings, joined."""
    width = ELEMENT_BYTES[kind]
    return b"".join(
        element.to_bytes(width, "big") + tokens[TOKEN_BYTES * i : TOKEN_BYTES * (i + 1)]
        for i, element in enumerate(elements)
    )


def gap_entry(low: int, high: int, signature: bytes) -> bytes:
    """The entry of one gap."""
    return low.to_bytes(END_BYTES, "big") + high.to_bytes(END_BYTES, "big") + signature


@dataclass(frozen=True, slots=True)
class Entries:
    """Entries of a cell, in order and in range. Make them with `read`."""

    kind: ListKind
    octets: bytes

    @classmethod
    def read(cls, kind: ListKind, octets: bytes) -> Entries:
        """Raises `DecodeError` for entries out of order or range."""
        if len(octets) % ENTRY_BYTES[kind]:
            raise DecodeError("cell.entries", "not a whole number of entries")
        entries = cls(kind, octets)
        if kind is ListKind.GAPS:
            gaps = entries.gaps()
            if any(not GAP_RANGE[0] <= low < high <= GAP_RANGE[1] for low, high in gaps):
                raise DecodeError("cell.entries", "ends of a gap do not ascend within 0 and 2^40")
            if any(first[1] > second[0] for first, second in pairwise(gaps)):
                raise DecodeError("cell.entries", "gaps overlap or are not in ascending order")
            return entries
        elements = entries.elements()
        if any(first >= second for first, second in pairwise(elements)):
            raise DecodeError("cell.entries", "not in ascending order")
        if elements and elements[-1] >= R:
            raise DecodeError("cell.entries", "not a scalar")
        return entries

    def __len__(self) -> int:
        return len(self.octets) // ENTRY_BYTES[self.kind]

    def elements(self) -> list[int]:
        """Elements of a list of tokens."""
        width = ELEMENT_BYTES[self.kind]
        return [int.from_bytes(self.octets[i : i + width], "big") for i in self._starts()]

    def tokens(self) -> bytes:
        """The encodings of all tokens, joined."""
        width = ELEMENT_BYTES[self.kind]
        return b"".join(self.octets[i + width : i + width + TOKEN_BYTES] for i in self._starts())

    def gaps(self) -> list[tuple[int, int]]:
        """Ends of the gaps of an exclusion list."""
        return [(self._end(i), self._end(i + END_BYTES)) for i in self._starts()]

    def find(self, version: ListVersion, value: int) -> ListProof | None:
        """The token of an element, or the gap around a value; ``None`` when there is none."""
        size = ENTRY_BYTES[self.kind]
        if self.kind is ListKind.GAPS:
            gaps = self.gaps()
            position = bisect_right(gaps, value, key=lambda gap: gap[0]) - 1
            if position < 0 or not gaps[position][0] < value < gaps[position][1]:
                return None
            low, high = gaps[position]
            signature = self.octets[position * size + 2 * END_BYTES : (position + 1) * size]
            return Gap(version.list_id, version.version, low, high, signature)
        elements = self.elements()
        position = bisect_right(elements, value) - 1
        if position < 0 or elements[position] != value:
            return None
        token = self.octets[position * size + ELEMENT_BYTES[self.kind] : (position + 1) * size]
        return Membership(version.list_id, self.kind, version.version, value, token)

    def _starts(self) -> range:
        return range(0, len(self.octets), ENTRY_BYTES[self.kind])

    def _end(self, position: int) -> int:
        return int.from_bytes(self.octets[position : position + END_BYTES], "big")
