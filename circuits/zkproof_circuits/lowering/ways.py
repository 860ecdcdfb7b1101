"""Ways: which credentials each asks for, what it may name, and "same holder" across its border.

A credential that stands in a way is known in that way only. "Same holder" is the exception: it may
name credentials of several ways, and then says in each way what is true of the ones held there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from zkproof_circuits.language import syntax

MAX_WAYS = 16
"""Most ways of one alternative."""

DEFAULT_MOST = 16
"""Of how many issuers a registry may consist that a hidden issuer is one of, unless a policy says
so: a proof speaks of every one."""

_ALLOWED = (
    syntax.Credential,
    syntax.SameHolder,
    syntax.Require,
    syntax.RequireNotRevoked,
    syntax.RequireDistinct,
    syntax.Either,
)


@dataclass(frozen=True)
class Border:
    """One way: the credentials declared in it, and those known in it besides."""

    own: frozenset[str]
    outer: frozenset[str]
    hidden: bool
    """Whether nobody learns that it is taken; so is every way inside of it."""

    always: frozenset[str]
    """Of those known in it, the credentials that everybody shows who takes it."""
    same_holder: list[syntax.SameHolder] = field(default_factory=list)
    """Statements from outside of it, as far as they concern it."""


def hidden_among(issuers: syntax.Issuers) -> int:
    """Of how many issuers at most a hidden one is one."""
    if issuers.registry is None:
        return len(issuers.names)
    return DEFAULT_MOST if issuers.most is None else issuers.most


class Borders:
    """The ways of a policy, nested ones included."""

    def __init__(self, policy: syntax.Policy) -> None:
        self._borders: dict[int, Border] = {}
        self.always = _declared(policy.statements)
        self.everything = frozenset(
            each.alias
            for each in syntax.every_statement(policy.statements)
            if isinstance(each, syntax.Credential)
        )
        self._enter(policy.statements, self.always, self.always, hidden=False)
        self._cross(policy.statements, self.always)

    def of(self, way: syntax.Way) -> Border:
        return self._borders[id(way)]

    @property
    def hidden(self) -> frozenset[str]:
        """Credentials of ways that nobody sees are taken."""
        return frozenset(
            alias for each in self._borders.values() if each.hidden for alias in each.own
        )

    def elsewhere(self, border: Border | None) -> frozenset[str]:
        """Credentials that cannot be named in a way, or outside of all."""
        known = self.always if border is None else border.own | border.outer
        return self.everything - known

    def inside(self, statement: syntax.SameHolder, known: frozenset[str]) -> syntax.SameHolder:
        """The part of a statement about credentials that are known where it stands."""
        names = tuple(name for name in statement.credentials if name.alias in known)
        return syntax.SameHolder(names, at=statement.at)

    def _enter(
        self,
        statements: Sequence[syntax.Statement],
        outer: frozenset[str],
        always: frozenset[str],
        *,
        hidden: bool,
    ) -> None:
        for statement in statements:
            if not isinstance(statement, syntax.Either | syntax.Choice):
                continue
            inside = hidden or isinstance(statement, syntax.Either)
            allowed = _ALLOWED if inside else (*_ALLOWED, *_VISIBLE)
            if len(statement.ways) > MAX_WAYS:
                raise statement.error(f"{len(statement.ways)} ways, at most {MAX_WAYS}")
            for way in statement.ways:
                for each in way.statements:
                    if not isinstance(each, allowed):
                        raise each.error(*_refused(each))
                own = _declared(way.statements)
                shown = always if inside else always | own
                self._borders[id(way)] = Border(own, outer, inside, shown)
                self._enter(way.statements, outer | own, shown, hidden=inside)

    def _cross(self, statements: Sequence[syntax.Statement], known: frozenset[str]) -> None:
        """Hand each "same holder" to the ways whose credentials it names."""
        inner = list(_ways(statements))
        for statement in statements:
            if isinstance(statement, syntax.SameHolder):
                self._hand_on(statement, known, inner)
        for way in inner:
            border = self.of(way)
            self._cross(way.statements, known | border.own)

    def _hand_on(
        self, statement: syntax.SameHolder, known: frozenset[str], ways: Sequence[syntax.Way]
    ) -> None:
        named = {name.alias for name in statement.credentials}
        joined = len(named & known) > 1
        for way in (each for outer in ways for each in (outer, *_ways_within(outer))):
            border = self.of(way)
            if border.own & named:
                # Those outside are of one holder by what is said there: one of them is enough.
                outside = [
                    name.alias for name in statement.credentials if name.alias in border.outer
                ]
                here = self.inside(statement, border.own | set(outside[:1]))
                if len(here.credentials) > 1:
                    border.same_holder.append(here)
                    joined = True
        if not joined and named & self.everything == named:
            raise statement.error(
                "no way asks for two of these",
                hint="name a credential that stands outside of the ways as well",
            )


def _declared(statements: Iterable[syntax.Statement]) -> frozenset[str]:
    return frozenset(each.alias for each in statements if isinstance(each, syntax.Credential))


def _ways(statements: Iterable[syntax.Statement]) -> Iterator[syntax.Way]:
    for statement in statements:
        if isinstance(statement, syntax.Either | syntax.Choice):
            yield from statement.ways


def _ways_within(way: syntax.Way) -> Iterator[syntax.Way]:
    for inner in _ways(way.statements):
        yield inner
        yield from _ways_within(inner)


_VISIBLE = (syntax.Reveal, syntax.Pseudonym, syntax.Tag, syntax.EncryptTo)
"""Allowed in a way that everybody sees is taken."""


def _refused(statement: syntax.Statement) -> tuple[str]:
    if isinstance(statement, syntax.Reveal):
        return ("what is revealed in one way only would tell which way it is",)
    if isinstance(statement, syntax.Pseudonym | syntax.Tag | syntax.EncryptTo):
        return ("a pseudonym, tag or ciphertext in one way only would tell which way it is",)
    return ("this stands outside of the ways",)
