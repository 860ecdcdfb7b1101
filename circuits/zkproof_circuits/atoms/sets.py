"""A slot whose value is one of a set, or none of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt
from typing import ClassVar, Self

from zkproof.errors import UsageError
from zkproof_circuits.atoms.base import AtomBase, Lists, Size, Values, argument_list, value_of
from zkproof_circuits.polynomial import Slot
from zkproof_circuits.types import Value

MAX_SET_SIZE = 1000
"""Most values of a membership: larger sets want a signed set."""

_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,79}", re.ASCII)


@dataclass(frozen=True, slots=True)
class _OfSet(AtomBase):
    """Common part: a slot, and values of one kind, ascending, at least one."""

    slot: Slot
    values: tuple[Value, ...]

    def __post_init__(self) -> None:
        _require_values(self.values)

    @property
    def reads(self) -> frozenset[Slot]:
        return frozenset({self.slot})

    def arguments(self) -> list[object]:
        return [str(self.slot), *_canonical_values(self.values)]

    @classmethod
    def from_arguments(cls, arguments: Sequence[object]) -> Self:
        slot, kind, values = argument_list(cls.NAME, arguments, 3)
        return cls(Slot.from_text(slot), _values(kind, values))


@dataclass(frozen=True, slots=True)
class Member(_OfSet):
    """The slot's value is one of ``values``.

    A single value stands here only for types that are not integers; for an integer it is a
    `LinearZero`.
    """

    NAME: ClassVar[str] = "member"

    def holds(self, values: Values, lists: Lists) -> bool:
        return value_of(self.slot, values) in self.values

    def size(self, *, guarded: bool) -> Size:
        count = len(self.values)
        if guarded:
            # Beneath a selector each value has a selector of its own.
            return count, 2 * count
        rows = isqrt(count - 1) + 1
        return (2 * rows, 2 * rows + 3) if count > 1 else (0, 0)


@dataclass(frozen=True, slots=True)
class NotMember(_OfSet):
    """The slot's value is none of ``values``."""

    NAME: ClassVar[str] = "not-member"

    def holds(self, values: Values, lists: Lists) -> bool:
        return value_of(self.slot, values) not in self.values

    def size(self, *, guarded: bool) -> Size:
        return len(self.values), len(self.values)


def _require_values(values: tuple[Value, ...]) -> None:
    if not 1 <= len(values) <= MAX_SET_SIZE:
        raise UsageError(f"set: 1 to {MAX_SET_SIZE} values")
    kinds = {type(value) for value in values}
    if len(kinds) != 1 or not kinds <= {int, str, bytes}:
        raise UsageError("set: values of one kind")
    if list(values) != sorted(set(values)):
        raise UsageError("set: values ascend, each once")


def _canonical_values(values: tuple[Value, ...]) -> list[object]:
    if isinstance(values[0], int):
        return ["int", [str(value) for value in values]]
    return ["text" if isinstance(values[0], str) else "bytes", list(values)]


def _values(kind: object, values: object) -> tuple[Value, ...]:
    if not isinstance(values, list) or len(values) > MAX_SET_SIZE:
        raise UsageError(f"set: 1 to {MAX_SET_SIZE} values")
    if kind == "int":
        if not all(isinstance(text, str) and _INTEGER.fullmatch(text) for text in values):
            raise UsageError("set: integers in decimal")
        return tuple(int(text) for text in values)
    wanted = {"text": str, "bytes": bytes}.get(kind) if isinstance(kind, str) else None
    if wanted is None or not all(isinstance(value, wanted) for value in values):
        raise UsageError("set: values of one kind")
    return tuple(values)
