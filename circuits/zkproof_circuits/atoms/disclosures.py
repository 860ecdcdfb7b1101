"""What the holder shows or sends: a pseudonym, a tag, a value encrypted to an auditor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self, cast

from zkproof.errors import UsageError
from zkproof_circuits.atoms.base import AtomBase, Lists, Values, argument_list, require_name
from zkproof_circuits.polynomial import Slot
from zkproof_circuits.scopes import Scope


@dataclass(frozen=True, slots=True)
class PseudonymFor(AtomBase):
    """The holder shows a pseudonym for ``scope``: of its link secret, or, with a second slot of the
    same credential, the tag of one record. `zkproof_circuits.scopes` reads the scope's text.
    """

    scope: str
    slots: tuple[Slot, ...]

    NAME: ClassVar[str] = "pseudonym"

    def __post_init__(self) -> None:
        Scope.from_text(self.scope)
        if len(self.slots) not in (1, 2) or len(set(self.slots)) != len(self.slots):
            raise UsageError("pseudonym: a link secret, and at most one attribute")
        if len({slot.credential for slot in self.slots}) != 1:
            raise UsageError("tag: both slots are of one credential")

    @property
    def reads(self) -> frozenset[Slot]:
        return frozenset(self.slots)

    def arguments(self) -> list[object]:
        return [self.scope, *map(str, self.slots)]

    @classmethod
    def from_arguments(cls, arguments: Sequence[object]) -> Self:
        if not arguments:
            raise UsageError("pseudonym: a scope is needed")
        scope, *slots = arguments
        return cls(cast(str, scope), tuple(map(Slot.from_text, slots)))

    def holds(self, values: Values, lists: Lists) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Encrypt(AtomBase):
    """The slot's value travels encrypted to ``auditor``, and provably so."""

    slot: Slot
    auditor: str

    NAME: ClassVar[str] = "encrypt"

    def __post_init__(self) -> None:
        require_name("auditor", self.auditor)

    @property
    def reads(self) -> frozenset[Slot]:
        return frozenset({self.slot})

    def arguments(self) -> list[object]:
        return [str(self.slot), self.auditor]

    @classmethod
    def from_arguments(cls, arguments: Sequence[object]) -> Self:
        slot, auditor = argument_list(cls.NAME, arguments, 2)
        return cls(Slot.from_text(slot), cast(str, auditor))

    def holds(self, values: Values, lists: Lists) -> None:
        return None
