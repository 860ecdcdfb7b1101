"""Choose certificates that answer a request, or say what is missing in those that come nearest.

Nothing leaves the wallet here: the circuit is evaluated on plain values before anything is proven.

Certificates that cannot stand for a credential by themselves are left out first
(`zkproof.wallet.candidates`). Then credentials are filled one after the other, those with the
largest share in a sum first; a branch is left as soon as what is filled already breaks a
requirement, or could not reach a sum even with the best of the rest. After `MAX_STEPS` the search
stops, and says so rather than that nothing fits.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from zkproof.credential.credential import Credential
from zkproof.wallet.candidates import Search, candidates, not_met
from zkproof.wallet.reasons import Reason, ReasonCode
from zkproof_circuits.atoms import Inequality
from zkproof_circuits.circuit import Constraint
from zkproof_circuits.evaluate import Values, evaluate_constraint
from zkproof_circuits.formula import credentials_of
from zkproof_circuits.polynomial import Polynomial

MAX_STEPS = 200_000
"""Certificates tried in one place of the search, all together; about a second."""

MAX_EXPLAINED = 5_000
"""Combinations looked at to find the one that comes nearest."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Credentials by alias, and the names they have in the wallet."""

    credentials: Mapping[str, Credential]
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Options:
    """Names of certificates that could stand for each credential, by alias."""

    names: Mapping[str, Sequence[str]]


def choose(
    search: Search, *, preferred: Mapping[str, str] | None = None
) -> tuple[Chosen, Options] | tuple[Reason, ...]:
    """The first combination that satisfies the circuit, and what else could be chosen.

    ``preferred`` are names of certificates that the holder wants used, by alias.
    """
    fitting: dict[str, tuple[str, ...]] = {}
    options: dict[str, tuple[str, ...]] = {}
    left_out: dict[str, Reason] = {}
    reasons: list[Reason] = []
    for requirement in search.circuit.credentials:
        alias = requirement.alias
        found = candidates(search, requirement)
        wanted = (preferred or {}).get(alias)
        if isinstance(found, Reason):
            reasons.append(found)
        elif wanted is not None and wanted not in found.names:
            reasons.append(Reason(ReasonCode.NO_CREDENTIAL, alias, wanted))
        else:
            options[alias] = found.names
            fitting[alias] = found.names if wanted is None else (wanted,)
            for each in found.left_out:
                left_out.setdefault(each.credential or "", each)
    if reasons:
        return tuple(reasons)
    walk = _Walk(search, fitting)
    for names in walk.combinations():
        picked = {alias: search.held[name] for alias, name in names.items()}
        ordered = {each.alias: names[each.alias] for each in search.circuit.credentials}
        return Chosen(picked, ordered), Options(options)
    if walk.stopped:
        return (Reason(ReasonCode.SEARCH_STOPPED, fact=str(MAX_STEPS)),)
    # Who has enough only with a certificate that was left out wants to hear of that one.
    return (*_nearest(search, fitting), *left_out.values())


class _Walk:
    """The search over combinations."""

    def __init__(self, search: Search, fitting: Mapping[str, Sequence[str]]) -> None:
        self._search = search
        shared = [
            each for each in search.circuit.constraints if len(credentials_of(each.formula)) > 1
        ]
        self._sums = [
            _Sum(each.formula.polynomial, search, fitting)
            for each in shared
            if isinstance(each.formula, Inequality) and _separable(each.formula.polynomial)
        ]
        self._shared = [(each, credentials_of(each.formula)) for each in shared]
        # Few choices first: what has one certificate only is settled before anything is tried.
        self._order = sorted(fitting, key=lambda alias: len(fitting[alias]))
        self._fitting = {
            alias: sorted(names, key=lambda name: self._weight(alias, name), reverse=True)
            for alias, names in fitting.items()
        }
        self._steps = 0
        self.stopped = False

    def combinations(self) -> Iterator[dict[str, str]]:
        """Names by alias, of every combination that satisfies the circuit."""
        yield from self._fill({}, 0)

    def _fill(self, names: dict[str, str], depth: int) -> Iterator[dict[str, str]]:
        if depth == len(self._order):
            yield dict(names)
            return
        alias = self._order[depth]
        for name in self._fitting[alias]:
            self._steps += 1
            if self._steps > MAX_STEPS:
                self.stopped = True
                return
            names[alias] = name
            if self._possible(names, alias):
                yield from self._fill(names, depth + 1)
            del names[alias]

    def _possible(self, names: Mapping[str, str], added: str) -> bool:
        if not all(each.reachable(names) for each in self._sums):
            return False
        values: Values = {alias: self._search.values[name] for alias, name in names.items()}
        return all(
            evaluate_constraint(constraint, values) is not False
            for constraint, about in self._shared
            if added in about and about <= names.keys()
        )

    def _weight(self, alias: str, name: str) -> int:
        return sum(each.share(alias, name) for each in self._sums)


class _Sum:
    """An inequality whose terms each read one credential: what each certificate adds to it."""

    def __init__(
        self, polynomial: Polynomial, search: Search, fitting: Mapping[str, Sequence[str]]
    ) -> None:
        self._constant = polynomial.constant
        self._shares: dict[str, dict[str, int]] = {}
        for alias, names in fitting.items():
            terms = [(m, c) for m, c in polynomial.terms if m and m[0].credential == alias]
            if not terms:
                continue
            part = Polynomial(tuple(terms))
            self._shares[alias] = {}
            for name in names:
                values = search.values[name]
                integers = {slot: values[slot.attribute] for slot in part.slots}
                self._shares[alias][name] = part.evaluate(
                    {slot: value for slot, value in integers.items() if isinstance(value, int)}
                )
        self._best = {alias: max(shares.values()) for alias, shares in self._shares.items()}

    def share(self, alias: str, name: str) -> int:
        return self._shares.get(alias, {}).get(name, 0)

    def reachable(self, names: Mapping[str, str]) -> bool:
        """Whether the inequality can hold still, whatever is chosen for the rest."""
        total = self._constant
        for alias, best in self._best.items():
            total += self._shares[alias][names[alias]] if alias in names else best
        return total >= 0


def _separable(polynomial: Polynomial) -> bool:
    return all(len({slot.credential for slot in monomial}) <= 1 for monomial, _ in polynomial.terms)


def _nearest(search: Search, fitting: Mapping[str, Sequence[str]]) -> tuple[Reason, ...]:
    """What the combination breaks that breaks least.

    Who has three accounts wants to hear that their sum is short, not that one of them cannot be
    counted twice: of equals, the combination of different certificates counts.
    """
    best: tuple[tuple[int, int, int], list[Reason]] | None = None
    for names in itertools.islice(itertools.product(*fitting.values()), MAX_EXPLAINED):
        named = dict(zip(fitting, names, strict=True))
        broken = _broken(search, named)
        short = sum(each.missing.amount for each in broken if each.missing is not None)
        distance = (len(broken), len(names) - len(set(names)), short)
        if best is None or distance < best[0]:
            best = (distance, broken)
    return tuple(best[1]) if best is not None else ()


def _broken(search: Search, names: Mapping[str, str]) -> list[Reason]:
    values: Values = {alias: search.values[name] for alias, name in names.items()}

    def breaks(constraint: Constraint) -> bool:
        return evaluate_constraint(constraint, values) is False

    return [
        not_met(search, constraint, names)
        for constraint in search.circuit.constraints
        if breaks(constraint)
    ]
