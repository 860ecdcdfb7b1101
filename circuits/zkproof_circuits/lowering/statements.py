"""Statements that ask for something, to formulas."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import combinations
from typing import assert_never

from zkproof.errors import UsageError
from zkproof_circuits import scopes
from zkproof_circuits.circuit import (
    Encrypt,
    Equal,
    Formula,
    Held,
    NotEqual,
    NotRevoked,
    PseudonymFor,
    Slot,
    conjunction,
    disjunction,
)
from zkproof_circuits.language import syntax
from zkproof_circuits.lowering.conditions import Conditions
from zkproof_circuits.lowering.limits import check_distinct
from zkproof_circuits.lowering.numbered import with_numbered
from zkproof_circuits.lowering.scope import Scope
from zkproof_circuits.lowering.settling import settle
from zkproof_circuits.lowering.ways import Border, Borders
from zkproof_circuits.schema import Schema

MAX_ENCRYPTED = 1 << 48
"""An auditor can recover integers up to here; the rest is out of reach of its tables."""


class Statements:
    """Reads the requirements of one policy, in its order."""

    def __init__(self, scope: Scope, borders: Borders) -> None:
        self.scope = scope
        self.borders = borders
        self.border: Border | None = None
        """The way that is read."""
        self.conditions = Conditions(scope)
        self.holders: dict[str, str] = {}
        """Credentials known to have one holder: each with the first name of its group."""

    def all_of(
        self, statements: Iterable[syntax.Statement]
    ) -> Iterator[tuple[syntax.Statement, Formula]]:
        """What each requires, without those that require nothing; choices are read way by way."""
        for statement in statements:
            formula = self.formula(statement)
            if formula is not None:
                yield statement, formula

    @contextmanager
    def inside(self, way: syntax.Way) -> Iterator[Border]:
        """Read what a way says, with the names that are known in it."""
        before = self.border, self.scope.elsewhere
        self.border = border = self.borders.of(way)
        self.scope.elsewhere = self.borders.elsewhere(border)
        yield border
        self.border, self.scope.elsewhere = before

    def formula(self, statement: syntax.Statement) -> Formula | None:
        """What a statement requires; ``None`` for those that require nothing."""
        try:
            return self._formula(statement)
        except UsageError as error:
            raise statement.error(error.message, hint=error.hint) from None

    def _formula(self, statement: syntax.Statement) -> Formula | None:
        match statement:
            case syntax.Require(condition, without_rate):
                self.scope.rates_apply = not without_rate
                left = settle(with_numbered(condition, self.scope), self.scope)
                if left is False:
                    raise statement.error("this never holds with the parameters that are given")
                if isinstance(left, bool):
                    return None
                return self.conditions.formula(left, alternative=self._hidden_way)
            case syntax.SameHolder():
                return self._same_holder_here(statement)
            case syntax.Either(ways):
                return self._either(statement, ways)
            case syntax.RequireNotRevoked(names):
                self._roles(names, lambda schema: schema.roles.record_id, "record identifier")
                return conjunction(NotRevoked(name.alias) for name in names)
            case syntax.RequireDistinct(attributes):
                return self._distinct(attributes)
            case syntax.Pseudonym(credential, scope, period):
                secret = self._pseudonym_slot(statement, credential)
                return PseudonymFor(self._scope_text(scope, period), (secret,))
            case syntax.Tag(attribute, scope, period):
                return self._tag(attribute, self._scope_text(scope, period))
            case syntax.EncryptTo(attributes, auditor):
                return conjunction(self._encrypt(node, auditor) for node in attributes)
            case _:
                return None

    def unite(self, statement: syntax.SameHolder) -> None:
        """Note which credentials have one holder, before anything asks for it."""
        for name in statement.credentials:
            self.scope.schema(name)
        groups = [self.holders.get(name.alias, name.alias) for name in statement.credentials]
        first = min(groups)
        known = {*self.holders, *(name.alias for name in statement.credentials)}
        self.holders.update(
            {alias: first for alias in known if self.holders.get(alias, alias) in groups}
        )

    def _roles(
        self,
        names: Sequence[syntax.CredentialName],
        role: Callable[[Schema], str | None],
        what: str,
    ) -> list[Slot]:
        """The slot with that role in each credential; refuses repeats and schemas without it."""
        slots: list[Slot] = []
        for name in names:
            schema = self.scope.schema(name)
            attribute = role(schema)
            if attribute is None:
                raise name.error(f"{schema.id} has no {what}")
            slot = Slot(name.alias, attribute)
            if slot in slots:
                raise name.error(f"{name.alias} is named twice")
            slots.append(slot)
        return slots

    @property
    def _hidden_way(self) -> bool:
        return self.border is not None and self.border.hidden

    def _same_holder_here(self, statement: syntax.SameHolder) -> Formula | None:
        """What it says where it stands; ways inside say the rest themselves."""
        for name in statement.credentials:
            if name.alias not in self.borders.everything:
                self.scope.schema(name)
        border, borders = self.border, self.borders
        known = borders.always if border is None else border.own | border.outer
        here = borders.inside(statement, known)
        if len(here.credentials) < 2:
            return None
        return self._same_holder(here, here.credentials)

    def _either(self, node: syntax.Either, ways: Sequence[syntax.Way]) -> Formula:
        found: list[Formula] = []
        for way in ways:
            with self.inside(way) as border:
                parts: list[Formula] = [Held(alias) for alias in sorted(border.own)]
                parts += [part for _, part in self.all_of((*way.statements, *border.same_holder))]
            formula = conjunction(parts)
            if formula in found:
                raise way.error("two ways ask the same")
            found.append(formula)
        return disjunction(found)

    def _same_holder(self, node: syntax.Node, names: Sequence[syntax.CredentialName]) -> Formula:
        slots = self._roles(names, lambda schema: schema.roles.holder, "holder's link secret")
        first, *others = sorted(slots)
        return conjunction(Equal(first, other) for other in others)

    def _distinct(self, attributes: Sequence[syntax.AttributeName]) -> Formula:
        check_distinct(attributes[-1], len(attributes))
        seen: list[Slot] = []
        keys = set()
        for node in attributes:
            slot, attribute = self.conditions.comparable(node)
            if slot in seen:
                raise node.error(f"{slot} is named twice")
            seen.append(slot)
            keys.add(attribute.type.comparison_key)
            if len(keys) > 1:
                raise node.error(f"{slot} is of another type than the attributes before it")
        pairs = combinations(sorted(seen), 2)
        return conjunction(NotEqual(first, second) for first, second in pairs)

    def _pseudonym_slot(self, node: syntax.Node, credential: syntax.CredentialName | None) -> Slot:
        always = self.borders.always if self.border is None else self.border.always
        with_holder = [
            alias
            for alias, schema in self.scope.schemas.items()
            if schema.roles.holder is not None and alias in always
        ]
        if credential is not None:
            slot = self._roles(
                [credential], lambda schema: schema.roles.holder, "holder's link secret"
            )[0]
            alias = slot.credential
        else:
            groups = {self.holders.get(alias, alias) for alias in with_holder}
            if len(groups) != 1:
                raise node.error(
                    "it is not clear whose pseudonym is meant",
                    hint="name a credential: pseudonym of a for scope ..., or require one holder",
                )
            alias = groups.pop()
        alias = self.holders.get(alias, alias)
        return Slot(alias, self.scope.schemas[alias].roles.holder or "")

    def _tag(self, node: syntax.AttributeName, scope: str) -> Formula:
        slot, attribute = self.scope.attribute(node)
        if attribute.blind:
            raise node.error(
                f"{slot} is chosen by the holder, who could choose another for a second tag",
                hint="name an attribute that the issuer filled in, such as an account number",
            )
        holder = self.scope.schema(node).roles.holder
        if holder is None:
            raise node.error("a tag needs a credential with a holder's link secret")
        return PseudonymFor(scope, (Slot(node.credential, holder), slot))

    def _scope_text(self, scope: str, unit: syntax.SpanUnit | None) -> str:
        """The scope, with the period that today lies in: ``pledge/2026-11``."""
        if scopes.OWNER_SEPARATOR in scope:
            return str(scopes.Scope.from_text(scope))
        match unit:
            case None:
                period = None
            case "day" | "month" | "year":
                period = scopes.period_of(scopes.PeriodUnit(unit), self.scope.today)
            case "hour" | "week":
                raise UsageError("scope: renewed per day, per month or per year")
            case _:
                assert_never(unit)
        return str(scopes.Scope(scope, period=period))

    def _encrypt(self, node: syntax.AttributeName, auditor: str) -> Formula:
        slot, attribute = self.conditions.comparisons.arithmetic.integer_slot(node)
        low, high = attribute.type.box or (0, 0)
        if low < 0 or high > MAX_ENCRYPTED:
            raise node.error(
                f"{slot} does not lie between 0 and 2^48, and an auditor could not recover it",
                hint="have the issuer split it into several smaller attributes",
            )
        return Encrypt(slot, auditor)
