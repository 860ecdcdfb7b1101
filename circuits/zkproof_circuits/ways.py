"""Ways: the parts of an alternative that bring credentials of their own.

A credential that somebody may lack is named by one `Held`, in one way, and everything that reads it
stands in a conjunction with that `Held`. Without this rule a prover would choose the values of a
credential that it does not have: docs/security.md, section "Hidden alternatives".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from zkproof.errors import UsageError
from zkproof_circuits.atoms import Atom, Held
from zkproof_circuits.formula import And, AtLeast, Connective, Formula, If, Or, Score, atoms


def conditional(formulas: Iterable[Formula]) -> frozenset[str]:
    """Names of the credentials that only one way asks for."""
    return frozenset(
        atom.credential for formula in formulas for atom in atoms(formula) if isinstance(atom, Held)
    )


def check_held_once(formulas: Iterable[Formula]) -> None:
    """Raises `UsageError` where the rule above is broken."""
    formulas = tuple(formulas)
    counts = Counter(
        atom.credential for each in formulas for atom in atoms(each) if isinstance(atom, Held)
    )
    if any(count > 1 for count in counts.values()):
        raise UsageError("held: one credential is named by two ways")
    for formula in formulas:
        for part in formula.parts if isinstance(formula, And) else (formula,):
            if isinstance(part, Held):
                raise UsageError("held: stands in an alternative only")
        _check_reads(formula, frozenset(), frozenset(counts))


def _check_reads(formula: Formula, held: frozenset[str], in_ways: frozenset[str]) -> None:
    match formula:
        case And(parts):
            here = held | {part.credential for part in parts if isinstance(part, Held)}
            for part in parts:
                _check_reads(part, here, in_ways)
        case Or() | AtLeast() | Score() | If():
            for part in formula.parts:
                _check_reads(part, held, in_ways)
        case Held():
            pass
        case _:
            missing = (formula.credentials & in_ways) - held
            if missing:
                raise UsageError(f"{min(missing)}: read outside the way that asks for it")


def open_atoms(formula: Formula, unavailable: Collection[str]) -> Iterator[Atom]:
    """The atoms of a formula, without those of ways that ask for a credential that is
    ``unavailable``: nobody can take these.
    """
    if isinstance(formula, And):
        if not any(isinstance(p, Held) and p.credential in unavailable for p in formula.parts):
            for part in formula.parts:
                yield from open_atoms(part, unavailable)
    elif isinstance(formula, Connective):
        for part in formula.parts:
            yield from open_atoms(part, unavailable)
    elif not (isinstance(formula, Held) and formula.credential in unavailable):
        yield formula


def ways(formula: Formula) -> Iterator[frozenset[Formula]]:
    """For each way to satisfy a formula's alternatives between credentials, what then has to hold.

    Alternatives without credentials of their own stay whole.
    """
    if isinstance(formula, And):
        found: list[frozenset[Formula]] = [frozenset()]
        for part in formula.parts:
            found = [before | more for before in found for more in ways(part)]
        yield from found
    elif isinstance(formula, Or) and conditional([formula]):
        for part in formula.parts:
            yield from ways(part)
    else:
        yield frozenset({formula})
