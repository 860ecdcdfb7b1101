"""Atoms: what a constraint says of slots. One file for each family; here is the list of them.

An atom owns its slots, its canonical form, what it means for plain values and what it costs in a
proof. CONTRIBUTING.md says how to add one.
"""

from __future__ import annotations

from typing import get_args

from zkproof_circuits.atoms.base import AtomBase
from zkproof_circuits.atoms.disclosures import Encrypt, PseudonymFor
from zkproof_circuits.atoms.equality import Equal, NotEqual
from zkproof_circuits.atoms.holding import Held
from zkproof_circuits.atoms.lists import InList, NotInList, NotRevoked
from zkproof_circuits.atoms.polynomials import Inequality, LinearZero, NotZero, QuadraticZero
from zkproof_circuits.atoms.sets import Member, NotMember

ValueAtom = (
    Equal | NotEqual | LinearZero | QuadraticZero | NotZero | Inequality | Member | NotMember
)
"""Says something about values; may stand in any formula."""

ProtocolAtom = NotRevoked | InList | NotInList | PseudonymFor | Encrypt
"""Asks for a step of its own."""

GatedAtom = Held | NotRevoked | InList | NotInList
"""May stand in an alternative: where it does not hold, a gate is open, and nobody sees which."""

VisibleAtom = PseudonymFor | Encrypt
"""Shows a point that says something. It always has to hold, and stands in no alternative."""

Atom = ValueAtom | Held | ProtocolAtom

ATOMS: dict[str, type[AtomBase]] = {kind.NAME: kind for kind in get_args(Atom)}
"""Every kind of atom by the name that encodings use."""

__all__ = [
    "ATOMS",
    "Atom",
    "AtomBase",
    "Encrypt",
    "Equal",
    "GatedAtom",
    "Held",
    "InList",
    "Inequality",
    "LinearZero",
    "Member",
    "NotEqual",
    "NotInList",
    "NotMember",
    "NotRevoked",
    "NotZero",
    "ProtocolAtom",
    "PseudonymFor",
    "QuadraticZero",
    "ValueAtom",
    "VisibleAtom",
]
