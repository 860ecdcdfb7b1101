"""A bucket: about a thousand entries of one version of a list, in one file.

::

    {"payload": octets, "path": [32 octets, ...]}
    payload = {"format": 1, "list": id, "kind": text, "version": n, "bucket": i, "buckets": n,
               "entries": octets}

Entries stand in ascending order without repeats, laid end to end:

    status    element (5 octets, big-endian)   token (48)
    members   element (32)                     token (48)
    gaps      low (6)  high (6)                signature (80)

``path`` leads from the payload's leaf hash to the root that the ledger anchors, so that a holder
fetches one file and checks it against what it believes already. Which bucket an element is in
follows from the number of entries; a fetch names one bucket, never the element.

Trusted: no, everything is checked on reading. May be lost: yes, it is published again.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from zkproof.codec import decode, encode
from zkproof.credential.credential import octets_field, text_field
from zkproof.credential.list_proof import Gap, ListProof, Membership
from zkproof.curve import R
from zkproof.errors import DecodeError
from zkproof.ledger.merkle import HASH_BYTES, leaf_hash, verify_inclusion
from zkproof.trust import ListKind, ListVersion
from zkproof_circuits.atoms.lists import GAP_RANGE

FORMAT = 1
PER_BUCKET = 1024
MAX_BUCKET_BYTES = 1 << 20
ID_BITS = 40
"""Record identifiers lie below 2^40."""

_ELEMENT = {ListKind.STATUS: 5, ListKind.MEMBERS: 32}
_END = 6
_TOKEN, _SIGNATURE = 48, 80
_MAX_PATH = 32


def bucket_bits(count: int) -> int:
    """Buckets of a list of tokens are 2 to this: 768 to 1536 entries in each, on average."""
    return max(0, (4 * count // (3 * PER_BUCKET)).bit_length() - 1)


def buckets_of(kind: ListKind, count: int) -> int:
    """How many files a version with that many entries has."""
    if kind is ListKind.GAPS:
        return -(-(count + 1) // PER_BUCKET)
    return 1 << bucket_bits(count)


def bucket_of(kind: ListKind, element: int, bits: int) -> int:
    """Record identifiers are random, so their first bits spread them; other elements are hashed."""
    if kind is ListKind.STATUS:
        return element >> (ID_BITS - bits)
    digest = hashlib.sha256(b"zkproof bucket v1\0" + element.to_bytes(32, "big")).digest()
    return int.from_bytes(digest[:4], "big") >> (32 - bits)


@dataclass(frozen=True, slots=True)
class Place:
    """Which file: list, kind, version, and its number among how many."""

    list_id: str
    kind: ListKind
    version: int
    bucket: int
    buckets: int


def token_payload(place: Place, elements: Sequence[int], tokens: bytes) -> bytes:
    """The payload of a bucket of tokens; ``tokens`` are their encodings, joined."""
    width = _ELEMENT[place.kind]
    entries = b"".join(
        element.to_bytes(width, "big") + tokens[_TOKEN * i : _TOKEN * (i + 1)]
        for i, element in enumerate(elements)
    )
    return _payload(place, entries)


def gap_payload(place: Place, gaps: Sequence[tuple[int, int, bytes]]) -> bytes:
    """The payload of a bucket of gaps: low, high, signature."""
    return _payload(
        place,
        b"".join(
            low.to_bytes(_END, "big") + high.to_bytes(_END, "big") + signature
            for low, high, signature in gaps
        ),
    )


def _payload(place: Place, entries: bytes) -> bytes:
    return encode(
        {
            "format": FORMAT,
            "list": place.list_id,
            "kind": place.kind.value,
            "version": place.version,
            "bucket": place.bucket,
            "buckets": place.buckets,
            "entries": entries,
        }
    )


def bucket_file(payload: bytes, path: Sequence[bytes]) -> bytes:
    return encode({"payload": payload, "path": list(path)})


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket that was read and checked against the ledger's root."""

    place: Place
    entries: bytes

    @classmethod
    def read(cls, data: bytes, version: ListVersion, number: int) -> Bucket:
        """Raises `DecodeError` for anything the owner would not have written for this version, and
        for whatever does not lead to its root.
        """
        table = decode(data, field="bucket", max_bytes=MAX_BUCKET_BYTES)
        if not isinstance(table, dict) or set(table) != {"payload", "path"}:
            raise DecodeError("bucket", "payload and path needed")
        payload, path = octets_field(table, "payload"), table["path"]
        if (
            not isinstance(path, list)
            or len(path) > _MAX_PATH
            or not all(isinstance(each, bytes) and len(each) == HASH_BYTES for each in path)
        ):
            raise DecodeError("bucket.path", "hashes are needed")
        inner = decode(payload, field="bucket.payload", max_bytes=MAX_BUCKET_BYTES)
        names = {"format", "list", "kind", "version", "bucket", "buckets", "entries"}
        if not isinstance(inner, dict) or set(inner) != names:
            raise DecodeError("bucket.payload", "not the fields of a bucket")
        if type(inner["format"]) is not int or inner["format"] != FORMAT:
            raise DecodeError("bucket.format", "a version this program does not know")
        for name in ("version", "bucket", "buckets"):
            if type(inner[name]) is not int or inner[name] < 0:
                raise DecodeError(f"bucket.{name}", "a number is needed")
        place = Place(
            text_field(inner, "list"),
            version.kind,
            inner["version"],
            inner["bucket"],
            inner["buckets"],
        )
        if (place.list_id, inner["kind"], place.version, place.bucket, place.buckets) != (
            version.list_id,
            version.kind.value,
            version.version,
            number,
            buckets_of(version.kind, version.count),
        ):
            raise DecodeError("bucket", "of another list, version or place")
        if not verify_inclusion(
            leaf_hash(payload), place.bucket, place.buckets, path, version.root
        ):
            raise DecodeError("bucket.path", "does not lead to the root on the ledger")
        bucket = cls(place, octets_field(inner, "entries"))
        bucket._check_order()
        return bucket

    def find(self, value: int) -> ListProof | None:
        """The token of an element, or the gap around a value; ``None`` when there is none."""
        list_id, kind, version = self.place.list_id, self.place.kind, self.place.version
        if kind is ListKind.GAPS:
            lows = [low for low, _ in self._gaps()]
            position = bisect_right(lows, value) - 1
            if position < 0:
                return None
            low, high = self._gaps()[position]
            start = position * (2 * _END + _SIGNATURE) + 2 * _END
            if not low < value < high:
                return None
            return Gap(list_id, version, low, high, self.entries[start : start + _SIGNATURE])
        elements = self._elements()
        position = bisect_right(elements, value) - 1
        if position < 0 or elements[position] != value:
            return None
        start = position * (_ELEMENT[kind] + _TOKEN) + _ELEMENT[kind]
        return Membership(list_id, kind, version, value, self.entries[start : start + _TOKEN])

    def _check_order(self) -> None:
        kind = self.place.kind
        size = 2 * _END + _SIGNATURE if kind is ListKind.GAPS else _ELEMENT[kind] + _TOKEN
        if len(self.entries) % size:
            raise DecodeError("bucket.entries", "not a whole number of entries")
        if kind is ListKind.GAPS:
            gaps = self._gaps()
            in_range = all(GAP_RANGE[0] <= low < high <= GAP_RANGE[1] for low, high in gaps)
            if not in_range or any(first[1] != second[0] for first, second in pairwise(gaps)):
                raise DecodeError("bucket.entries", "gaps do not follow one another")
            return
        elements = self._elements()
        if any(first >= second for first, second in pairwise(elements)):
            raise DecodeError("bucket.entries", "not in ascending order")
        if elements and elements[-1] >= R:
            raise DecodeError("bucket.entries", "not a scalar")

    def _elements(self) -> list[int]:
        width = _ELEMENT[self.place.kind]
        return [
            int.from_bytes(self.entries[i : i + width], "big")
            for i in range(0, len(self.entries), width + _TOKEN)
        ]

    def _gaps(self) -> list[tuple[int, int]]:
        starts = range(0, len(self.entries), 2 * _END + _SIGNATURE)
        return [(self._end(i), self._end(i + _END)) for i in starts]

    def _end(self, position: int) -> int:
        return int.from_bytes(self.entries[position : position + _END], "big")
