"""Strict deterministic CBOR: one value, one encoding.

The data model is RFC 8949 without floats, tags, simple values other than booleans and
null, and indefinite lengths; map keys are unsigned or negative integers or text. The
encoding is the core deterministic one (RFC 8949, section 4.2.1): shortest heads, map
keys in bytewise order of their encodings. What is not exactly that is refused, so that
a digest over the bytes is a digest over the value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cbor2

from zkproof.errors import DecodeError, UsageError

MAX_DEPTH = 16
"""Deepest nesting of arrays and maps that is read or written."""

MAX_BYTES = 1 << 20
"""Largest document that is read unless the caller names another bound."""

# Tags that cbor2 would turn into dates, decimals, patterns, messages and the like. They are
# refused before their content is interpreted: building such objects from hostile bytes costs
# time and reaches code that has nothing to do with this format.
# The reference tags (25 and 256 for strings, 28 and 29 for any value) are the worst of them: a
# few hundred octets of nested references stand for more values than can ever be written out.
_KNOWN_TAGS = (*range(6), 25, 28, 29, 30, 35, 36, 37, 100, 256, 258, 260, 261, 1004, 43000, 55799)


def _refuse_tag(*_: object) -> Any:
    raise UsageError("CBOR tag")


_NO_TAGS = dict.fromkeys(_KNOWN_TAGS, _refuse_tag)

_INT_MIN, _INT_MAX = -(1 << 64), (1 << 64) - 1  # what CBOR major types 0 and 1 can carry


def encode(value: Any) -> bytes:
    """Encode a value of the data model above.

    Raises `UsageError` for anything outside it.
    """
    return cbor2.dumps(_ordered(value, MAX_DEPTH))


def decode(data: bytes, *, field: str, max_bytes: int = MAX_BYTES) -> Any:
    """Decode a document that must be exactly what `encode` would have written.

    ``field`` names the document in errors. Raises `DecodeError` for anything else:
    too long, cut short, trailing octets, too deep, not canonical, outside the model.
    """
    if not isinstance(data, bytes):
        raise UsageError(f"{field}: expected bytes, got {type(data).__name__}")
    if len(data) > max_bytes:
        raise DecodeError(field, f"{len(data)} octets, at most {max_bytes} allowed")
    try:
        value = cbor2.loads(
            data,
            max_depth=MAX_DEPTH + 1,
            allow_indefinite=False,
            allow_duplicate_keys=False,
            semantic_decoders=_NO_TAGS,
            tag_hook=_refuse_tag,
        )
        canonical = encode(value)
    except UsageError as error:
        raise DecodeError(field, f"not in the data model: {error.message}") from None
    except Exception:
        # cbor2 raises its own errors, but also ValueError, OverflowError, MemoryError and
        # TypeError (unhashable keys) for hostile input; none says anything a caller needs.
        raise DecodeError(field, "not well-formed deterministic CBOR") from None
    if canonical != data:
        raise DecodeError(field, "not the canonical encoding, or octets after the end")
    return value


_ORDERS: dict[tuple[Any, ...], tuple[Any, ...]] = {}
"""Keys of maps, all short texts, and their order: documents of one kind have the same keys."""

_MOST_ORDERS, _MOST_KEYS, _LONGEST_KEY = 512, 32, 64


def _order(value: Mapping[Any, Any]) -> tuple[Any, ...]:
    """The keys of a map in bytewise order of their encodings. Raises `UsageError`."""
    keys = tuple(value)
    known = _ORDERS.get(keys)
    if known is not None:
        return known
    for key in keys:
        if isinstance(key, bool) or not isinstance(key, int | str):
            raise UsageError(f"map key of type {type(key).__name__}")
    order = tuple(key for _, key in sorted((cbor2.dumps(key), key) for key in keys))
    plain = all(type(key) is str and len(key) <= _LONGEST_KEY for key in keys)
    if plain and len(keys) <= _MOST_KEYS and len(_ORDERS) < _MOST_ORDERS:
        _ORDERS[keys] = order
    return order


def _ordered(value: Any, depth: int) -> Any:
    """The same value with every map in canonical order; refuses what is not in the model."""
    kind = type(value)  # most values, without the chain of questions below
    if kind is str or kind is bytes:
        return value
    if kind is int and _INT_MIN <= value <= _INT_MAX:
        return value
    if kind is list and depth:
        return [_ordered(item, depth - 1) for item in value]
    if kind is dict and depth:
        return {key: _ordered(value[key], depth - 1) for key in _order(value)}
    if value is None or isinstance(value, bool | bytes | str):
        return value
    if isinstance(value, int):
        if not _INT_MIN <= value <= _INT_MAX:
            raise UsageError("integer outside the 64-bit range of CBOR")
        return value
    if depth == 0:
        raise UsageError(f"nested deeper than {MAX_DEPTH}")
    if isinstance(value, list | tuple):
        return [_ordered(item, depth - 1) for item in value]
    if isinstance(value, Mapping):
        return {key: _ordered(value[key], depth - 1) for key in _order(value)}
    raise UsageError(f"value of type {type(value).__name__}")
