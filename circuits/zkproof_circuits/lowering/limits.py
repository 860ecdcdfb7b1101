"""Limits of one policy, each said at the statement that goes beyond it, and as early as possible.

Before anything is compiled, what is counted in the text: credentials, requirements, conditions,
values of sets. While a statement is read, the terms of its sums and products. After each statement,
what the proof needs for all statements up to here. So the time to compile is bounded, whatever the
text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from zkproof.errors import UsageError
from zkproof_circuits.bounds import Interval, Parameters, require_no_wrap
from zkproof_circuits.circuit import (
    MAX_CONSTRAINTS,
    MAX_CREDENTIALS,
    MAX_SOURCE_LENGTH,
    And,
    Formula,
    NotRevoked,
    Slot,
    atoms,
)
from zkproof_circuits.format import format_statement
from zkproof_circuits.language import syntax
from zkproof_circuits.language.syntax import Expression
from zkproof_circuits.proof_size import (
    MAX_AUXILIARY,
    MAX_EXACT,
    MAX_INEQUALITIES,
    exact_intervals,
    exact_size,
    inequality_intervals,
)

MAX_CONDITIONS = 500
"""Most comparisons and memberships of one policy, each use counted."""

MAX_SET_VALUES = 6400
"""Most values in the sets of one policy, each use of a named list counted."""

MAX_TERMS = 50_000
"""Most terms that the sums and products of one policy are worked out with."""


class Work:
    """Counts the terms that are worked out while a policy is compiled."""

    def __init__(self) -> None:
        self._terms = 0

    def spend(self, node: syntax.Node, terms: int) -> None:
        """Raises `PolicyError` at the expression that goes beyond the limit."""
        self._terms += terms
        if self._terms > MAX_TERMS:
            raise node.error(
                f"the sums and products up to here have more than {MAX_TERMS} terms to work out",
                hint="write fewer attributes in one expression",
            )


def check_text(policy: syntax.Policy) -> None:
    """Raises `PolicyError` at the first statement or condition that is one too many."""
    statements = tuple(syntax.every_statement(policy.statements))
    credentials = [each for each in statements if isinstance(each, syntax.Credential)]
    if len(credentials) > MAX_CREDENTIALS:
        raise credentials[MAX_CREDENTIALS].error(
            f"{len(credentials)} credentials, at most {MAX_CREDENTIALS} are possible",
            hint="ask an issuer for one certificate about several accounts, or write two policies",
        )
    required = [
        each
        for each in statements
        if isinstance(each, syntax.Requirement | syntax.Pseudonym | syntax.Tag | syntax.EncryptTo)
    ]
    if len(required) > MAX_CONSTRAINTS:
        raise required[MAX_CONSTRAINTS].error(
            f"{len(required)} requirements, at most {MAX_CONSTRAINTS} are possible",
            hint="join requirements by and",
        )
    sizes = {
        each.name: len(each.items)
        for each in policy.statements
        if isinstance(each, syntax.NamedList)
    }
    conditions = values = 0
    for statement in required:
        if (length := len(format_statement(statement))) > MAX_SOURCE_LENGTH:
            raise statement.error(
                f"a statement of {length} characters in canonical layout, "
                f"at most {MAX_SOURCE_LENGTH} are possible"
            )
        if not isinstance(statement, syntax.Require):
            continue
        for leaf in _leaves(statement.condition):
            conditions += 1
            if conditions > MAX_CONDITIONS:
                raise leaf.error(f"at most {MAX_CONDITIONS} conditions are possible")
            if isinstance(leaf, syntax.InSet):
                values += len(leaf.items)
            elif isinstance(leaf, syntax.InNamed):
                values += sizes.get(leaf.name, 0)
            if values > MAX_SET_VALUES:
                raise leaf.error(
                    f"the sets up to here have {values} values, at most {MAX_SET_VALUES} are "
                    "possible",
                    hint="have the list's owner publish it as a signed set",
                )


def _leaves(node: Expression) -> Iterator[Expression]:
    """The conditions that connectives join, from left to right."""
    match node:
        case syntax.AllOf() | syntax.AnyOf() | syntax.CountOf() | syntax.If() | syntax.Negated():
            for part in syntax.parts_of(node):
                yield from _leaves(part)
        case _:
            yield node
            for operand in syntax.parts_of(node):
                # A relation is asked of each part of a group; a score has conditions of its own.
                if isinstance(operand, syntax.Score | syntax.Group | syntax.CountOf):
                    for condition in syntax.parts_of(operand):
                        yield from _leaves(condition)


class ProofLimits:
    """What one presentation can hold, statement by statement.

    Every inequality fits parameters on its own, and all of them fit one presentation, those of
    validity among them; no equation can hold by wrapping around the group order.
    """

    def __init__(
        self,
        validity: Iterable[Interval],
        box_of: Callable[[Slot], Interval | None],
        hidden_among: Mapping[str, int],
    ) -> None:
        """``hidden_among``: for each credential whose issuer is hidden, among how many."""
        self._intervals = list(validity)
        self._validity = len(self._intervals)
        self._box_of = box_of
        self._hidden_among = hidden_among
        # A gate and a selector for each issuer.
        self._secrets = self._constraints = 2 * sum(hidden_among.values())

    def take(self, node: syntax.Node, formula: Formula) -> None:
        """Raises `PolicyError` when the formula does not fit beside those before it."""
        parts = formula.parts if isinstance(formula, And) else (formula,)
        try:
            found = [*inequality_intervals(parts, self._interval)]
            found += self._standing(parts)
            for interval in found:
                Parameters.select([interval])
            for interval in exact_intervals(parts, self._interval):
                require_no_wrap(interval)
        except UsageError as error:
            raise node.error(error.message, hint=error.hint) from None
        self._intervals.extend(found)
        self._check_inequalities(node, bool(found))
        secrets, constraints = exact_size(parts)
        for atom in (atom for part in parts for atom in atoms(part)):
            if isinstance(atom, NotRevoked):
                # Every hidden issuer has a list of its own.
                secrets += 3 * self._hidden_among.get(atom.credential, 0)
                constraints += 3 * self._hidden_among.get(atom.credential, 0)
        self._secrets += secrets
        self._constraints += constraints
        for count, limit, what in (
            (self._secrets, MAX_AUXILIARY, "auxiliary secrets"),
            (self._constraints, MAX_EXACT, "exact constraints"),
        ):
            if count > limit:
                raise node.error(
                    f"the alternatives and sets up to here need {count} {what}, at most {limit} "
                    "fit one presentation",
                    hint="split the policy in two",
                )

    def _standing(self, parts: Iterable[Formula]) -> Iterator[Interval]:
        """The inequalities of hidden issuers' status lists, after the first, which is counted."""
        for atom in (atom for part in parts for atom in atoms(part)):
            if isinstance(atom, NotRevoked):
                for _ in range(self._hidden_among.get(atom.credential, 1) - 1):
                    yield from atom.inequality_intervals(self._interval, guarded=True)

    def _check_inequalities(self, node: syntax.Node, some: bool) -> None:
        if not some:
            return
        if len(self._intervals) > MAX_INEQUALITIES:
            raise node.error(
                f"{len(self._intervals)} inequalities up to here, {self._validity} of them for "
                f"validity, and at most {MAX_INEQUALITIES} fit one presentation",
                hint="split the policy in two",
            )
        try:
            Parameters.select(self._intervals)
        except UsageError as error:
            raise node.error(
                f"taken together: {error.message}", hint="split the policy in two"
            ) from None

    def _interval(self, slot: Slot) -> Interval:
        box = self._box_of(slot)
        if box is None:
            raise UsageError(f"{slot} has no size")
        return box


def check_distinct(node: syntax.Node, attributes: int) -> None:
    """Each pair of what is to be distinct costs a secret of its own."""
    pairs = attributes * (attributes - 1) // 2
    if pairs > MAX_AUXILIARY:
        raise node.error(
            f"{attributes} attributes make {pairs} pairs, at most {MAX_AUXILIARY} are possible"
        )
