"""A folded state as octets, so that a long log need not be folded from its first entry each time.

::

    {"format": 1, "rules": n, "shape": digest, "size": n, "peaks": [hash, ...], "state": [...]}

``rules`` and ``shape`` name the fold and the fields of the state that this program knows: what
another version folded is not read. ``peaks`` are those of the tree at ``size``, so whoever uses a
snapshot compares it with the log's hashes. Nothing here says who made it: a reader keeps the digest
of its own (`zkproof.ledger.believed`), a log signs its own (`zkproof.ledger.log`).

Trusted: less than the log. May be lost: yes, folding gives it again.
"""

from __future__ import annotations

import hashlib
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from zkproof.codec import decode, encode
from zkproof.errors import DecodeError, ZkProofError
from zkproof.ledger.fold import RULES_VERSION
from zkproof.ledger.merkle import HASH_BYTES, Frontier
from zkproof.ledger.state import LedgerState
from zkproof_circuits.schema import Schema

FORMAT = 1
MAX_SNAPSHOT_BYTES = 1 << 30
MAX_SIZE = 1 << 53
_FIELDS = frozenset(("format", "rules", "shape", "size", "peaks", "state"))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state after the entries whose tree ``frontier`` is."""

    state: LedgerState
    frontier: Frontier

    def to_bytes(self) -> bytes:
        return encode(
            {
                "format": FORMAT,
                "rules": RULES_VERSION,
                "shape": _shape_digest(),
                "size": self.frontier.size,
                "peaks": list(self.frontier.peaks),
                "state": _of(LedgerState).write(self.state),
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Snapshot:
        """Raises `DecodeError` for anything that this program's `to_bytes` would not have written,
        snapshots of other versions included.
        """
        table = decode(data, field="snapshot", max_bytes=MAX_SNAPSHOT_BYTES)
        if not isinstance(table, dict) or set(table) != _FIELDS:
            raise DecodeError("snapshot", "not the fields of a snapshot")
        if (
            type(table["format"]) is not int
            or table["format"] != FORMAT
            or table["rules"] != RULES_VERSION
            or table["shape"] != _shape_digest()
        ):
            raise DecodeError("snapshot.format", "of another version of this program")
        size, peaks = table["size"], table["peaks"]
        if type(size) is not int or not 0 < size < MAX_SIZE:
            raise DecodeError("snapshot.size", "a number of entries is needed")
        if not isinstance(peaks, list) or len(peaks) != size.bit_count():
            raise DecodeError("snapshot.peaks", "one hash for each set bit of the size")
        if not all(isinstance(each, bytes) and len(each) == HASH_BYTES for each in peaks):
            raise DecodeError("snapshot.peaks", "hashes are needed")
        try:
            state = _of(LedgerState).read(table["state"])
        except (ValueError, TypeError, KeyError, ZkProofError):
            raise DecodeError("snapshot.state", "not the fields of a state") from None
        return cls(state, Frontier.from_peaks(size, peaks))


@dataclass(frozen=True, slots=True)
class _Form:
    """How values of one type are written and read. ``text`` describes the type."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]
    text: str


@lru_cache(maxsize=1)
def _shape_digest() -> bytes:
    return hashlib.sha256(_of(LedgerState).text.encode()).digest()


@lru_cache(maxsize=256)
def _of(hint: Any) -> _Form:
    """The form of a type. Raises `TypeError` for one that a state has not had so far."""
    if hint in (str, int, bytes, bool):
        return _Form(_same, lambda value: _checked(value, hint), hint.__name__)
    if hint is type(None):
        return _Form(_same, lambda value: _checked(value, hint), "null")
    if hint is Schema:
        return _Form(lambda value: value.to_bytes(), Schema.from_bytes, "schema")
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _Form(lambda value: value.value, hint, f"enum {sorted(hint)}")
    if is_dataclass(hint) and isinstance(hint, type):
        return _record(hint)
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union) and len(inner) == 2 and inner[1] is type(None):
        return _optional(_of(inner[0]))
    if origin is tuple and inner[1:] == (Ellipsis,):
        return _several(_of(inner[0]), tuple, "tuple")
    if origin is tuple:
        return _fixed([_of(each) for each in inner])
    if origin in (set, frozenset):
        item = _of(inner[0])
        form = _several(item, origin, origin.__name__)
        # Sorted, so that one state has one encoding.
        return _Form(lambda value: form.write(sorted(value)), form.read, form.text)
    if origin in (dict, Mapping):
        pair = _fixed([_of(each) for each in inner])
        return _Form(
            lambda value: [pair.write(item) for item in value.items()],
            lambda value: dict(pair.read(item) for item in _checked(value, list)),
            f"map {pair.text}",
        )
    raise TypeError(f"{hint}: a type that snapshots do not know")


def _same(value: Any) -> Any:
    return value


def _checked(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise TypeError(f"not {kind.__name__}")
    return value


def _record(kind: type) -> _Form:
    hints = typing.get_type_hints(kind)
    names = [each.name for each in fields(kind)]
    row = _fixed([_of(hints[name]) for name in names])
    return _Form(
        lambda value: row.write([getattr(value, name) for name in names]),
        lambda value: kind(**dict(zip(names, row.read(value), strict=True))),
        f"{kind.__name__}({', '.join(names)}) {row.text}",
    )


def _optional(form: _Form) -> _Form:
    return _Form(
        lambda value: None if value is None else form.write(value),
        lambda value: None if value is None else form.read(value),
        f"{form.text} or null",
    )


def _several(form: _Form, collect: Callable[[Any], Any], name: str) -> _Form:
    return _Form(
        lambda value: [form.write(each) for each in value],
        lambda value: collect([form.read(each) for each in _checked(value, list)]),
        f"{name} of {form.text}",
    )


def _fixed(forms: list[_Form]) -> _Form:
    writers, readers = [form.write for form in forms], [form.read for form in forms]
    return _Form(
        lambda value: [write(each) for write, each in zip(writers, value, strict=True)],
        lambda value: tuple(
            [read(each) for read, each in zip(readers, _checked(value, list), strict=True)]
        ),
        f"[{', '.join(form.text for form in forms)}]",
    )
