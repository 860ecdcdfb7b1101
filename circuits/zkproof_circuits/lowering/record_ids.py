"""What a policy may say of record identifiers.

A record identifier stands for one credential, and whoever learns it, or tests it against a few
values, recognises every presentation of that credential. So it is never compared with a value, a
set, a list of members or another kind of attribute. It serves ``not revoked``, ``distinct`` (two
credentials have different ones), a tag, encryption to an auditor, and ``not in list``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import assert_never

from zkproof_circuits.circuit import (
    Atom,
    Encrypt,
    Equal,
    Formula,
    Held,
    Inequality,
    InList,
    LinearZero,
    Member,
    NotEqual,
    NotInList,
    NotMember,
    NotRevoked,
    NotZero,
    PseudonymFor,
    QuadraticZero,
    Slot,
    atoms,
    slots_of,
)
from zkproof_circuits.language import syntax


def check_record_ids(
    required: Iterable[tuple[syntax.Node, Formula]], is_record_id: Callable[[Slot], bool]
) -> None:
    """Raises `PolicyError` at the statement that says more of a record identifier."""
    for node, formula in required:
        for atom in atoms(formula):
            named = sorted(slot for slot in slots_of(atom) if is_record_id(slot))
            if named and not _may_read(atom, len(named)):
                raise node.error(
                    f"{named[0]} stands for one record; what is compared with it could make all "
                    "presentations of this credential linkable",
                    hint="record identifiers are for not revoked, distinct, tags, encryption to an "
                    "auditor, and not in list",
                )


def _may_read(atom: Atom, record_ids: int) -> bool:
    match atom:
        case NotEqual():
            return record_ids == 2
        case Held() | NotRevoked() | NotInList() | PseudonymFor() | Encrypt():
            return True
        case (
            Equal()
            | Member()
            | NotMember()
            | InList()
            | LinearZero()
            | QuadraticZero()
            | NotZero()
            | Inequality()
        ):
            return False
        case _:
            assert_never(atom)
