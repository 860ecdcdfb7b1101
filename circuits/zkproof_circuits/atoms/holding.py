"""Holding a credential that a policy does not ask of everybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self, cast

from zkproof_circuits.atoms.base import AtomBase, Lists, Size, Values, argument_list
from zkproof_circuits.polynomial import Slot, require_alias


@dataclass(frozen=True, slots=True)
class Held(AtomBase):
    """The credential of that name is held, and one of its accepted issuers signed it.

    It stands in one way of an alternative, together with everything that reads the credential.
    """

    credential: str

    NAME: ClassVar[str] = "held"

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

    def holds(self, values: Values, lists: Lists) -> bool:
        return self.credential in values

    def size(self, *, guarded: bool) -> Size:
        """Gate and selector of one issuer; further issuers are counted with the credential."""
        return 2, 2
