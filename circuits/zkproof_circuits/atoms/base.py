"""What every atom offers: its slots, canonical form, meaning for plain values, and size in a proof.

How an atom is proven stands in `zkproof.presentation.constraints`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import ClassVar, Self

from zkproof.errors import UsageError
from zkproof_circuits.bounds import Interval
from zkproof_circuits.labels import is_plain_text
from zkproof_circuits.polynomial import Slot
from zkproof_circuits.types import Value

MAX_NAME_LENGTH = 256
"""Longest issuer, list or auditor, in characters."""

Values = Mapping[str, Mapping[str, Value]]
"""Attributes by name, of credentials by their name in the policy."""

Lists = Mapping[str, Collection[Value]]
"""What stands in published lists, by their identifier."""

BoxOf = Callable[[Slot], Interval]
"""The interval of a slot's type; what it raises for a slot without one passes through."""

Size = tuple[int, int]
"""Auxiliary secrets and exact constraints."""


class AtomBase(ABC):
    """An atom of a formula. Instances check on construction that they are canonical."""

    __slots__ = ()

    NAME: ClassVar[str]
    """How encodings name it."""

    @property
    @abstractmethod
    def reads(self) -> frozenset[Slot]:
        """The slots whose values it speaks of."""

    @property
    def credentials(self) -> frozenset[str]:
        """The credentials that it speaks of."""
        return frozenset(slot.credential for slot in self.reads)

    @abstractmethod
    def arguments(self) -> list[object]:
        """For encodings: what follows the name."""

    @classmethod
    @abstractmethod
    def from_arguments(cls, arguments: Sequence[object]) -> Self:
        """The inverse of `arguments`; raises `UsageError` for anything else."""

    @abstractmethod
    def holds(self, values: Values, lists: Lists) -> bool | None:
        """Whether plain values satisfy it; ``None`` where values and lists decide nothing.

        Raises `UsageError`, which names the slot, when a value is missing.
        """

    def size(self, *, guarded: bool) -> Size:
        """An upper estimate of what it needs. ``guarded``: beneath the selector of a branch."""
        del guarded
        return 0, 0

    def inequality_intervals(self, box_of: BoxOf, *, guarded: bool) -> Iterator[Interval]:
        """The interval of every inequality that it needs."""
        del box_of, guarded
        return iter(())

    def exact_intervals(self, box_of: BoxOf) -> Iterator[Interval]:
        """The interval of every polynomial that is to be zero, or not."""
        del box_of
        return iter(())


def value_of(slot: Slot, values: Values) -> Value:
    """The value of a slot; raises `UsageError` where it is missing."""
    try:
        return values[slot.credential][slot.attribute]
    except KeyError:
        raise UsageError(f"{slot}: value missing") from None


def argument_list(name: str, arguments: Sequence[object], count: int) -> Sequence[object]:
    """The arguments where there are so many of them; otherwise `UsageError`."""
    if len(arguments) != count:
        raise UsageError(f"{name}: {count} arguments")
    return arguments


def require_name(name: str, text: object) -> None:
    """Raises `UsageError` unless ``text`` can name an issuer, a list or an auditor."""
    if not is_plain_text(text, MAX_NAME_LENGTH):
        raise UsageError(f"{name}: 1 to {MAX_NAME_LENGTH} printable characters in NFC")
