"""Choose certificates that answer a request, or say what is missing in those that come nearest.

Nothing leaves the wallet here: the circuit is evaluated on plain values before anything is proven.

Ways to answer (`zkproof.wallet.ways`) are tried in order, and the first that can be answered is
taken. In each, certificates that cannot stand for a credential by themselves are left out first
(`zkproof.wallet.candidates`). Then credentials are filled one after the other, those with the
largest share in a sum first; a branch is left as soon as what is filled already breaks a
requirement, or could not reach a sum even with the best of the rest. After `MAX_STEPS` the search
stops, and says so rather than that nothing fits.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from zkproof.credential.credential import Credential
from zkproof.errors import UsageError
from zkproof.wallet.candidates import Candidates, Search, candidates, not_met
from zkproof.wallet.reasons import Reason, ReasonCode
from zkproof.wallet.ways import MAX_WAYS, Part, Way, ways_of
from zkproof_circuits.atoms import Inequality
from zkproof_circuits.circuit import CredentialRequirement
from zkproof_circuits.evaluate import Values, evaluate_constraint
from zkproof_circuits.formula import credentials_of
from zkproof_circuits.polynomial import Polynomial

MAX_STEPS = 200_000
"""Certificates tried in one place of the search, all ways together; about a second."""

MAX_EXPLAINED = 5_000
"""Combinations looked at to find the one that comes nearest, all ways together."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Credentials by alias, and the names they have in the wallet; those of one way."""

    credentials: Mapping[str, Credential]
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Options:
    """Names of certificates that could stand for each credential, by alias; those of other ways
    are among them."""

    names: Mapping[str, Sequence[str]]


def choose(
    search: Search, *, preferred: Mapping[str, str] | None = None
) -> tuple[Chosen, Options] | tuple[Reason, ...]:
    """The first combination that satisfies the circuit, and what else could be chosen.

    ``preferred`` are names of certificates that the holder wants used, by alias; of the ways, only
    those that ask for all of these are tried. Raises `UsageError` when there is none.
    """
    wanted = preferred or {}
    ways = list(itertools.islice(ways_of(search.circuit), MAX_WAYS + 1))
    attempt = _Attempt(search, wanted, stopped=len(ways) > MAX_WAYS)
    unused = wanted.keys() & search.circuit.conditional
    fitting = [each for each in ways[:MAX_WAYS] if unused <= each.aliases]
    if not fitting:
        raise UsageError(f"use: no way to answer asks for {' and '.join(sorted(unused))} together")
    failed: list[_Failed] = []
    for way in fitting:
        found = attempt.answer(way)
        if isinstance(found, Chosen):
            return found, attempt.options(way, ways[:MAX_WAYS])
        failed.append(_Failed(found))
    if attempt.stopped:
        return (Reason(ReasonCode.SEARCH_STOPPED, fact=str(MAX_STEPS)),)
    return _told(failed)


@dataclass(frozen=True, slots=True)
class _Failed:
    """Why one way is not answerable."""

    reasons: tuple[Reason, ...]

    @property
    def about(self) -> frozenset[tuple[str, ...]]:
        """The parts in which it fails, each by its credentials."""
        return frozenset(each.way for each in self.reasons)

    @property
    def distance(self) -> tuple[int, int, int]:
        """Who holds the certificates of a way is nearer to it than who does not."""
        lacking = sum(each.code is ReasonCode.NO_CREDENTIAL for each in self.reasons)
        short = sum(each.missing.amount for each in self.reasons if each.missing is not None)
        return lacking, len(self.reasons), short


def _told(failed: Sequence[_Failed]) -> tuple[Reason, ...]:
    """Reasons of all ways, each once, the nearest way first.

    A way that fails wherever another one fails, and somewhere else besides, says nothing more.
    """
    kept = [each for each in failed if not any(other.about < each.about for other in failed)]
    kept.sort(key=lambda each: each.distance)
    return tuple(dict.fromkeys(reason for each in kept for reason in each.reasons))


@dataclass(slots=True)
class _Attempt:
    """One search over several ways: what was found for one serves the others."""

    search: Search
    wanted: Mapping[str, str]
    stopped: bool = False
    _steps: int = 0
    _explained: int = 0
    _known: dict[tuple[str, tuple[Part, ...]], Candidates | Reason] = field(default_factory=dict)

    def answer(self, way: Way) -> Chosen | tuple[Reason, ...]:
        """What answers in this way, or why nothing does."""
        fitting: dict[str, tuple[str, ...]] = {}
        left_out: dict[str, Reason] = {}
        reasons: list[Reason] = []
        for requirement in way.requirements:
            alias = requirement.alias
            found, wanted = self._candidates(way, requirement), self.wanted.get(alias)
            if isinstance(found, Reason):
                reasons.append(found)
            elif wanted is not None and wanted not in found.names:
                own = way.own(alias)
                reasons.append(Reason(ReasonCode.NO_CREDENTIAL, alias, wanted, way=own))
            else:
                fitting[alias] = found.names if wanted is None else (wanted,)
                for each in found.left_out:
                    left_out.setdefault(each.credential or "", each)
        if reasons:
            return tuple(reasons)
        walk = _Walk(self.search, way, fitting, MAX_STEPS - self._steps)
        names = next(walk.combinations(), None)
        self._steps += walk.steps
        self.stopped |= walk.stopped
        if names is not None:
            picked = {alias: self.search.held[name] for alias, name in names.items()}
            return Chosen(picked, {each.alias: names[each.alias] for each in way.requirements})
        # Who has enough only with a certificate that was left out wants to hear of that one.
        return (*self._nearest(way, fitting), *left_out.values())

    def options(self, taken: Way, ways: Sequence[Way]) -> Options:
        """Names for the way that is taken, and for others as far as their credentials are held."""
        found: dict[str, Sequence[str]] = {}
        for way in (taken, *ways):
            if way is not taken and way.aliases <= found.keys():
                continue
            names = {}
            for requirement in way.requirements:
                each = self._candidates(way, requirement)
                if isinstance(each, Candidates):
                    names[requirement.alias] = each.names
            if way.aliases == names.keys():
                found = {**names, **found}
        return Options(found)

    def _candidates(self, way: Way, requirement: CredentialRequirement) -> Candidates | Reason:
        key = requirement.alias, way.about(requirement.alias)
        if key not in self._known:
            self._known[key] = candidates(self.search, way, requirement)
        return self._known[key]

    def _nearest(self, way: Way, fitting: Mapping[str, Sequence[str]]) -> tuple[Reason, ...]:
        """What the combination breaks that breaks least.

        Who has three accounts wants to hear that their sum is short, not that one of them cannot be
        counted twice: of equals, the combination of different certificates counts.
        """
        best: tuple[tuple[int, int, int], list[Reason]] | None = None
        left = max(1, MAX_EXPLAINED - self._explained)
        for names in itertools.islice(itertools.product(*fitting.values()), left):
            self._explained += 1
            named = dict(zip(fitting, names, strict=True))
            broken = _broken(self.search, way, named)
            short = sum(each.missing.amount for each in broken if each.missing is not None)
            distance = (len(broken), len(names) - len(set(names)), short)
            if best is None or distance < best[0]:
                best = (distance, broken)
        return tuple(best[1]) if best is not None else ()


class _Walk:
    """The search over combinations of one way."""

    def __init__(
        self, search: Search, way: Way, fitting: Mapping[str, Sequence[str]], most: int
    ) -> None:
        self._search = search
        shared = [each.constraint for each in way.parts if len(credentials_of(each.formula)) > 1]
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
        self._most = most
        self.steps = 0
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
            self.steps += 1
            if self.steps > self._most:
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


def _broken(search: Search, way: Way, names: Mapping[str, str]) -> list[Reason]:
    values: Values = {alias: search.values[name] for alias, name in names.items()}

    def breaks(part: Part) -> bool:
        return evaluate_constraint(part.constraint, values) is False

    return [not_met(search, part, names) for part in way.parts if breaks(part)]
