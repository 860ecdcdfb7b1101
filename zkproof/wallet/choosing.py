"""Choose certificates that answer a request, or say what is missing in those that come nearest.

Nothing leaves the wallet here: the circuit is evaluated on plain values before anything is proven.

Ways to answer (`zkproof.wallet.ways`) are tried in order, and the first that can be answered is
taken; branches for which certificates are missing are left out before. In each way, certificates
that cannot stand for a credential by themselves are left out first (`zkproof.wallet.candidates`).
Then credentials are filled one after the other, those with the largest share in a sum first; a
branch is left as soon as what is filled already breaks a requirement, or could not reach a sum even
with the best of the rest. After `MAX_STEPS` the search stops, and says so rather than that nothing
fits.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from zkproof.credential.credential import Credential
from zkproof.errors import UsageError
from zkproof.wallet.candidates import Candidates, Search, candidates, fails, not_met
from zkproof.wallet.reasons import Reason, ReasonCode
from zkproof.wallet.ways import MAX_WAYS, Branch, Part, Way, branches_of, way_of
from zkproof_circuits.atoms import Inequality
from zkproof_circuits.circuit import CredentialRequirement
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
    circuit, attempt = search.circuit, _Attempt(search, preferred or {})
    every = [branches_of(each) for each in circuit.constraints]
    always = [branches[0] for branches in every if len(branches) == 1]
    blocks = [_wanted(each, preferred or {}) for each in every if len(each) > 1]
    reasons = attempt.lacking(way_of(circuit, always))
    common = bool(reasons)
    far: list[Failed] = []
    open_blocks: list[list[Branch]] = []
    for branches in blocks:
        failed, fitting = [], []
        for branch in branches:
            # What is missing in every way is said already.
            about = branch.own if common else None
            found = attempt.lacking(way_of(circuit, [*always, branch]), about)
            failed += [Failed(found)] if found else []
            fitting += [] if found else [branch]
        far += failed
        open_blocks.append(fitting)
        if not fitting:
            reasons = (*reasons, *told(failed))
    if reasons:
        return tuple(dict.fromkeys(reasons))
    combinations = itertools.product(*open_blocks)
    for chosen in itertools.islice(combinations, MAX_WAYS):
        way = way_of(circuit, [*always, *chosen])
        answer = attempt.answer(way)
        if isinstance(answer, Chosen):
            return answer, attempt.options(way, [each for block in every for each in block])
        far.append(Failed(answer))
    if attempt.stopped or next(combinations, None) is not None:
        return (Reason(ReasonCode.SEARCH_STOPPED, fact=str(MAX_STEPS)),)
    return told(far)


def _wanted(branches: Sequence[Branch], preferred: Mapping[str, str]) -> list[Branch]:
    """The branches that ask for all of the preferred credentials that one of them asks for."""
    wanted = preferred.keys() & {alias for branch in branches for alias in branch.own}
    fitting = [each for each in branches if wanted <= set(each.own)]
    if not fitting:
        raise UsageError(f"use: no way to answer asks for {' and '.join(sorted(wanted))} together")
    return fitting


@dataclass(frozen=True, slots=True)
class Failed:
    """Why one way, or one branch of it, is not answerable."""

    reasons: tuple[Reason, ...]

    @property
    def about(self) -> frozenset[tuple[str, ...]]:
        """The branches in which it fails, each by its credentials."""
        return frozenset(each.way for each in self.reasons)

    @property
    def distance(self) -> tuple[int, int, int]:
        """Who holds the certificates of a way is nearer to it than who does not."""
        lacking = sum(each.code is ReasonCode.NO_CREDENTIAL for each in self.reasons)
        short = sum(each.missing.amount for each in self.reasons if each.missing is not None)
        return lacking, len(self.reasons), short


def told(failed: Sequence[Failed]) -> tuple[Reason, ...]:
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

    def lacking(self, way: Way, aliases: Collection[str] | None = None) -> tuple[Reason, ...]:
        """Why no certificate fits some credential of a way; of ``aliases`` only, if given."""
        asked = [each for each in way.requirements if aliases is None or each.alias in aliases]
        found = [self._fitting(way, each) for each in asked]
        return tuple(each for each in found if isinstance(each, Reason))

    def answer(self, way: Way) -> Chosen | tuple[Reason, ...]:
        """What answers in this way, or why nothing does."""
        fitting: dict[str, tuple[str, ...]] = {}
        left_out: dict[str, Reason] = {}
        reasons: list[Reason] = []
        for requirement in way.requirements:
            found = self._fitting(way, requirement)
            if isinstance(found, Reason):
                reasons.append(found)
                continue
            fitting[requirement.alias] = found.names
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

    def options(self, taken: Way, others: Sequence[Branch]) -> Options:
        """Names for the way that is taken, and for other branches whose credentials are held."""
        found = self._names(taken, [each.alias for each in taken.requirements])
        for branch in others:
            way = way_of(self.search.circuit, [branch])
            names = self._names(way, branch.own)
            if len(names) == len(branch.own):
                found = {**names, **found}
        return Options(found)

    def _names(self, way: Way, aliases: Collection[str]) -> dict[str, Sequence[str]]:
        found = {
            each.alias: self._candidates(way, each)
            for each in way.requirements
            if each.alias in aliases
        }
        return {alias: each.names for alias, each in found.items() if isinstance(each, Candidates)}

    def _fitting(self, way: Way, requirement: CredentialRequirement) -> Candidates | Reason:
        """Candidates, of which only the one that is wanted if there is one."""
        alias = requirement.alias
        found, wanted = self._candidates(way, requirement), self.wanted.get(alias)
        if isinstance(found, Reason) or wanted is None:
            return found
        if wanted not in found.names:
            return Reason(ReasonCode.NO_CREDENTIAL, alias, wanted, way=way.own(alias))
        return replace(found, names=(wanted,))

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
        shared = [each for each in way.parts if len(credentials_of(each.formula)) > 1]
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
        return not any(
            fails(self._search, part, names)
            for part, about in self._shared
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
    return [not_met(search, part, names) for part in way.parts if fails(search, part, names)]
