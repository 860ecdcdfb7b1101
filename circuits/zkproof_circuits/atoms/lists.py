"""What is published: a credential's standing, lists of members, lists of what is excluded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self, cast

from zkproof.errors import UsageError
from zkproof_circuits.atoms.base import (
    AtomBase,
    BoxOf,
    Lists,
    Size,
    Values,
    argument_list,
    require_name,
    value_of,
)
from zkproof_circuits.bounds import Interval, polynomial_interval
from zkproof_circuits.polynomial import Slot, require_alias

GAP_RANGE: Interval = (0, 1 << 40)
"""Lowest and highest end of a gap between listed integers: sentinels. What is listed, and what is
held against the list, lies strictly between them."""

_GATED: Size = (3, 3)
"""Beneath a selector: a gate, and the record of a token, or the product of a gap's differences."""


@dataclass(frozen=True, slots=True)
class NotRevoked(AtomBase):
    """The credential's record identifier is in good standing in the current status epoch."""

    credential: str

    NAME: ClassVar[str] = "not-revoked"

    def __post_init__(self) -> None:
        require_alias(self.credential)

    @property
    def reads(self) -> frozenset[Slot]:
        return frozenset()

    @property
    def credentials(self) -> frozenset[str]:
        return frozenset({self.credential})

    def arguments(self) -> list[object]:
        return [self.credential]

    @classmethod
    def from_arguments(cls, arguments: Sequence[object]) -> Self:
        return cls(cast(str, argument_list(cls.NAME, arguments, 1)[0]))

    def holds(self, values: Values, lists: Lists) -> None:
        return None

    def size(self, *, guarded: bool) -> Size:
        return _GATED if guarded else (0, 0)

    def inequality_intervals(self, box_of: BoxOf, *, guarded: bool) -> Iterator[Interval]:
        """One where the issuer's status list has gaps; where it has tokens, none is needed."""
        yield _gap((GAP_RANGE[0] + 1, GAP_RANGE[1] - 1))


@dataclass(frozen=True, slots=True)
class _OfList(AtomBase):
    """Common part: a slot, and the identifier of a published list."""

    slot: Slot
    list_id: str

    def __post_init__(self) -> None:
        _require_list(self.list_id)

    @property
    def reads(self) -> frozenset[Slot]:
        return frozenset({self.slot})

    def arguments(self) -> list[object]:
        return [str(self.slot), self.list_id]

    @classmethod
    def from_arguments(cls, arguments: Sequence[object]) -> Self:
        slot, list_id = argument_list(cls.NAME, arguments, 2)
        return cls(Slot.from_text(slot), cast(str, list_id))

    def size(self, *, guarded: bool) -> Size:
        return _GATED if guarded else (0, 0)

    def _listed(self, values: Values, lists: Lists) -> bool | None:
        if self.list_id not in lists:
            return None
        return value_of(self.slot, values) in lists[self.list_id]


@dataclass(frozen=True, slots=True)
class InList(_OfList):
    """The slot's value stands in the published list of that identifier."""

    NAME: ClassVar[str] = "in-list"

    def holds(self, values: Values, lists: Lists) -> bool | None:
        return self._listed(values, lists)


@dataclass(frozen=True, slots=True)
class NotInList(_OfList):
    """The slot's value, an integer, stands in no entry of the published exclusion list."""

    NAME: ClassVar[str] = "not-in-list"

    def holds(self, values: Values, lists: Lists) -> bool | None:
        listed = self._listed(values, lists)
        return None if listed is None else not listed

    def inequality_intervals(self, box_of: BoxOf, *, guarded: bool) -> Iterator[Interval]:
        yield _gap(box_of(self.slot))


def _gap(box: Interval) -> Interval:
    """The interval of ``(x - low) * (high - x) - 1``, the ends of the gap being hidden as well."""
    boxes = {"x": box, "low": GAP_RANGE, "high": GAP_RANGE}
    products = {("x", "high"): 1, ("x", "low"): 1, ("x", "x"): -1, ("low", "high"): -1}
    return polynomial_interval([*products.items(), ((), -1)], boxes.__getitem__)


def _require_list(list_id: object) -> None:
    require_name("list", list_id)
    owner, separator, name = str(list_id).partition("#")
    if not owner or not separator or not name:
        raise UsageError("list: its owner's identifier, a #, and its name")
