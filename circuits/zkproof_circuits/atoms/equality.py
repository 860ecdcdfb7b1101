"""Two slots with the same value, or with different ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from zkproof.errors import UsageError
from zkproof_circuits.atoms.base import AtomBase, Lists, Size, Values, argument_list, value_of
from zkproof_circuits.polynomial import Slot


@dataclass(frozen=True, slots=True)
class _Pair(AtomBase):
    """Common part: two slots, ascending."""

    first: Slot
    second: Slot

    def __post_init__(self) -> None:
        if self.first >= self.second:
            raise UsageError(f"{self.NAME}: two slots, ascending")

    @property
    def reads(self) -> frozenset[Slot]:
        return frozenset({self.first, self.second})

    def arguments(self) -> list[object]:
        return [str(self.first), str(self.second)]

    @classmethod
    def from_arguments(cls, arguments: Sequence[object]) -> Self:
        first, second = argument_list(cls.NAME, arguments, 2)
        return cls(Slot.from_text(first), Slot.from_text(second))


@dataclass(frozen=True, slots=True)
class Equal(_Pair):
    """Two slots hold the same value: of one comparison key, or both the link secret."""

    NAME: ClassVar[str] = "equal"

    def holds(self, values: Values, lists: Lists) -> bool:
        return value_of(self.first, values) == value_of(self.second, values)

    def size(self, *, guarded: bool) -> Size:
        return 0, int(guarded)


@dataclass(frozen=True, slots=True)
class NotEqual(_Pair):
    """Two slots of one comparison key hold different values; they need not be integers."""

    NAME: ClassVar[str] = "not-equal"

    def holds(self, values: Values, lists: Lists) -> bool:
        return value_of(self.first, values) != value_of(self.second, values)

    def size(self, *, guarded: bool) -> Size:
        return 1, 1
