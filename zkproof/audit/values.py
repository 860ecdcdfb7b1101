"""Finding the value behind ``m*g_m``.

Two ways. `find_registered` tries the values that the auditor's registry holds: any scalar, one
multiplication each; this is the way to use. `ValueSearch` needs no registry and finds every
``0 <= m <= 2^48`` by Shanks' baby steps and giant steps: a table of ``j*g_m`` for small j, which
also stands for ``-j`` because both have one x coordinate, then steps of twice the table's length.

Work of a search: about one addition and one encoding (together some 2 us on the kernel) for each
entry of the table, once, and for each of at most ``bound / (2 * entries)`` steps. Memory: 9 octets
an entry and 65,536 small buffers. Both are bounded by the arguments, never by the input.

What this does not hide: the time of a search tells about where the value lies, to whoever can watch
the auditor's machine. Whoever sees the result sees more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import accumulate, repeat
from math import isqrt
from operator import add

from zkproof import curve
from zkproof.curve import G1, G1_BYTES, R
from zkproof.errors import UsageError
from zkproof.sigma.encryption import MAX_BITS, generators

MAX_VALUE = 1 << MAX_BITS
MAX_TABLE_BITS = 24
"""At most 16 million entries: about 200 MiB."""

Progress = Callable[[int, int], None]
"""Called with steps done and steps at most."""

_CHUNK = 4096  # points encoded in one call: one inversion for all of them
_KEY_BYTES, _INDEX_BYTES = 5, 4
_RECORD_BYTES = _KEY_BYTES + _INDEX_BYTES


def find_registered(point: G1, values: Iterable[int]) -> int | None:
    """The value, if it is among ``values`` (scalars, at most R - 1)."""
    _, g_m = generators()
    bases = curve.fixed_bases((g_m,))
    return next((value for value in values if bases.msm_vartime((value,)) == point), None)


class ValueSearch:
    """Finds values up to ``max_value``; the table is made once, for any number of searches."""

    def __init__(
        self, max_value: int = MAX_VALUE, *, table_bits: int = 22, progress: Progress | None = None
    ) -> None:
        """``table_bits`` bounds the table: less is taken where less is faster.

        Raises `UsageError` for a ``max_value`` not in ``0 .. 2^48`` or a table over
        `MAX_TABLE_BITS`.
        """
        if not 0 <= max_value <= MAX_VALUE:
            raise UsageError(f"max_value: 0 to 2^{MAX_BITS}")
        if not 0 <= table_bits <= MAX_TABLE_BITS:
            raise UsageError(f"table_bits: 0 to {MAX_TABLE_BITS}")
        self._max_value = max_value
        # Table and steps of one search cost the same where entries^2 = max_value / 2.
        self._entries = max(1, min(1 << table_bits, isqrt(max_value // 2)))
        self._buckets = [bytearray() for _ in range(1 << 16)]
        self._fill(progress)

    @property
    def entries(self) -> int:
        """Length of the table."""
        return self._entries

    @property
    def steps(self) -> int:
        """Giant steps of a search that finds nothing: the most there are."""
        return self._max_value // self._stride + 1

    @property
    def _stride(self) -> int:
        # A step's window is -entries .. entries.
        return 2 * self._entries + 1

    def find(self, point: G1, *, progress: Progress | None = None) -> int | None:
        """The value, or ``None`` when it is above ``max_value``."""
        _, g_m = generators()
        # Windows are centred on entries + i * stride, so that they begin at zero.
        first = point - curve.msm_vartime((g_m,), (self._entries,))
        back = -curve.msm_vartime((g_m,), (self._stride,))
        steps = self.steps
        for start in range(0, steps, _CHUNK):
            count = min(_CHUNK, steps - start)
            points = list(accumulate(repeat(back, count), add, initial=first))
            first = points.pop()
            encoded = curve.encode_g1_many(points)
            for i in range(count):
                centre = self._entries + (start + i) * self._stride
                octets = encoded[i * G1_BYTES : (i + 1) * G1_BYTES]
                found = self._look_up(octets, centre, point)
                if found is not None:
                    return found
            if progress is not None:
                progress(start + count, steps)
        return None

    def _fill(self, progress: Progress | None) -> None:
        _, g_m = generators()
        buckets, first = self._buckets, g_m
        for start in range(1, self._entries + 1, _CHUNK):
            count = min(_CHUNK, self._entries + 1 - start)
            points = list(accumulate(repeat(g_m, count), add, initial=first))
            first = points.pop()
            encoded = curve.encode_g1_many(points)
            for i in range(count):
                bucket, key = _place(encoded[i * G1_BYTES : (i + 1) * G1_BYTES])
                buckets[bucket] += key + (start + i).to_bytes(_INDEX_BYTES, "big")
            if progress is not None:
                progress(start + count - 1, self._entries)

    def _look_up(self, octets: bytes, centre: int, point: G1) -> int | None:
        """The value, where the point with this encoding is ``(m - centre)*g_m`` for a small one."""
        bucket, key = _place(octets)
        records = self._buckets[bucket]
        at = records.find(key)
        while at >= 0:
            # 56 bits of x are compared, and `find` may hit across two records: whatever it finds
            # is tried on the point itself.
            if at % _RECORD_BYTES == 0:
                index = int.from_bytes(records[at + _KEY_BYTES : at + _RECORD_BYTES], "big")
                for value in (centre - index, centre + index):
                    if self._is(value, point):
                        return value
            at = records.find(key, at + 1)
        # The identity has no place in the table.
        return centre if octets[0] & 0x40 and self._is(centre, point) else None

    def _is(self, value: int, point: G1) -> bool:
        _, g_m = generators()
        return 0 <= value <= self._max_value and curve.msm_vartime((g_m,), (value % R,)) == point


def _place(octets: bytes) -> tuple[int, bytes]:
    """Bucket and key of a point's x coordinate.

    The last octets of x serve: the first ones are not uniform and carry flags.
    """
    return int.from_bytes(octets[-2:], "big"), octets[-2 - _KEY_BYTES : -2]
