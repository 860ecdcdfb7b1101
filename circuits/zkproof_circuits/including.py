"""Policies that build on others: ``include recent-deposit v1 (a = x, least = 500_000.00 MOP)``.

Including is done before anything is compiled or signed: `expand` writes one text that stands
alone, and that text is what a request carries and a holder reads. So both sides compile the same
words, and nobody has to have the other's library.

What is included brings its credentials, parameters, rates, lists and requirements. A binding gives
one of its credentials the name of one declared here, whose issuers are then the ones that count, or
one of its parameters a value; what is not bound joins under its own name. Its purpose and retention
are its own business and stay behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from zkproof.errors import PolicyError, UsageError
from zkproof_circuits.format import format_policy, format_statement
from zkproof_circuits.language import syntax
from zkproof_circuits.language.parsing import parse_policy
from zkproof_circuits.language.syntax import Expression

MAX_DEPTH = 4
"""Deepest chain of policies that include one another."""

EXPANDED = "the expanded text"
"""Where errors are that only show when an including policy is compiled."""

Library = Callable[[str], str]
"""The text of a policy by its name. Raises `UsageError` for one that is not there."""

_Node = TypeVar("_Node")


def expand(text: str, library: Library) -> str:
    """The policy with everything included in place; unchanged when it includes nothing.

    Raises `PolicyError` with line, column and reason, for the including text or the included one.
    """
    policy = parse_policy(text)
    if not any(isinstance(statement, syntax.Include) for statement in policy.statements):
        return text
    statements = _expanded(policy, library, (policy.name,))
    lines = [f"policy {policy.name} v{policy.version}", *map(format_statement, statements)]
    return format_policy("\n".join(lines) + "\n")


@contextmanager
def pointing_into(expanded: str, given: str) -> Iterator[None]:
    """While ``expanded`` is compiled: errors say which text their lines count in."""
    try:
        yield
    except PolicyError as error:
        if expanded == given:
            raise
        raise error.inside(EXPANDED) from None


def _expanded(
    policy: syntax.Policy, library: Library, chain: tuple[str, ...]
) -> list[syntax.Statement]:
    declared = {name for each in policy.statements if (name := _declared(each)) is not None}
    found: list[syntax.Statement] = []
    for statement in policy.statements:
        if isinstance(statement, syntax.Include):
            found += _included(statement, policy, declared, library, chain)
        else:
            found.append(statement)
    return _once(found)


def _included(
    include: syntax.Include,
    policy: syntax.Policy,
    declared: set[str],
    library: Library,
    chain: tuple[str, ...],
) -> list[syntax.Statement]:
    """The statements that take the place of an include."""
    if include.policy in chain:
        raise include.error(f"{include.policy} includes itself: {' -> '.join(chain)}")
    if len(chain) >= MAX_DEPTH:
        raise include.error(f"policies include one another more than {MAX_DEPTH} deep")
    try:
        inner = parse_policy(library(include.policy))
    except PolicyError as error:
        raise error.inside(include.policy) from None
    except UsageError as error:
        raise include.error(error.message, hint=error.hint) from None
    if (inner.name, inner.version) != (include.policy, include.version):
        raise include.error(f"what is found is {inner.name} v{inner.version}")
    statements = _expanded(inner, library, (*chain, inner.name))
    aliases, values = _bindings(include, policy, statements)
    kept: list[syntax.Statement] = []
    for statement in statements:
        name = _declared(statement)
        if isinstance(statement, syntax.Purpose | syntax.RetentionPeriod):
            continue
        if name is not None and name in (*aliases, *values):
            continue
        if name is not None and name in declared:
            raise include.error(
                f"{include.policy} declares {name}, which is declared here too",
                hint=f"bind it: include {include.policy} v{include.version} ({name} = ...)",
            )
        if name is not None:
            declared.add(name)
        kept.append(cast(syntax.Statement, _renamed(statement, aliases, values)))
    return kept


def _bindings(
    include: syntax.Include, policy: syntax.Policy, statements: Sequence[syntax.Statement]
) -> tuple[dict[str, str], dict[str, Expression]]:
    """Names of credentials by the included policy's names, and values of its parameters."""
    ours = {each.alias: each for each in policy.statements if isinstance(each, syntax.Credential)}
    theirs = {each.alias: each for each in statements if isinstance(each, syntax.Credential)}
    parameters = {each.name for each in statements if isinstance(each, syntax.Parameter)}
    aliases: dict[str, str] = {}
    values: dict[str, Expression] = {}
    for binding in include.bindings:
        if binding.name in (*aliases, *values):
            raise binding.error(f"{binding.name} is bound twice")
        if binding.name in parameters:
            values[binding.name] = binding.value
        elif binding.name not in theirs:
            raise binding.error(f"{include.policy} has no credential or parameter {binding.name}")
        elif not isinstance(binding.value, syntax.Name) or binding.value.name not in ours:
            raise binding.error(f"{binding.name} is a credential; name one that is declared here")
        elif ours[binding.value.name].schema != theirs[binding.name].schema:
            wanted = theirs[binding.name].schema
            raise binding.error(f"{binding.value.name} is not a {wanted}, as {binding.name} is")
        elif binding.value.name in aliases.values():
            raise binding.error(
                f"{binding.value.name} stands for two credentials of {include.policy}",
                hint="declare another credential here and bind it",
            )
        else:
            aliases[binding.name] = binding.value.name
    return aliases, values


def _declared(statement: syntax.Statement) -> str | None:
    """The name that a statement declares."""
    match statement:
        case syntax.Credential(alias):
            return alias
        case syntax.Parameter(name) | syntax.NamedList(name):
            return name
        case _:
            return None


def _renamed(node: _Node, aliases: Mapping[str, str], values: Mapping[str, Expression]) -> _Node:
    """The same tree with credentials renamed and parameters replaced by their values."""
    result: Any = node
    match node:
        case syntax.Name(name) if name in values:
            result = values[name]
        case syntax.AttributeName(credential):
            result = replace(node, credential=aliases.get(credential, credential))
        case syntax.CredentialName(alias) | syntax.Credential(alias):
            result = replace(node, alias=aliases.get(alias, alias))
        case tuple():
            result = tuple(_renamed(each, aliases, values) for each in node)
        case syntax.Node() if is_dataclass(node):
            changes = {
                each.name: _renamed(getattr(node, each.name), aliases, values)
                for each in fields(node)
                if each.init
            }
            result = replace(node, **changes)
    return cast(_Node, result)


def _once(statements: Sequence[syntax.Statement]) -> list[syntax.Statement]:
    """Without what an earlier statement said: two policies that are combined may both reveal an
    attribute, or both say that credentials have one holder.
    """
    seen: set[str] = set()
    revealed: set[tuple[str, str]] = set()
    holders: dict[str, str] = {}
    kept: list[syntax.Statement] = []
    for statement in statements:
        if isinstance(statement, syntax.SameHolder):
            apart = _apart(statement, holders)
            if len(apart) > 1:
                kept.append(replace(statement, credentials=apart))
            continue
        if isinstance(statement, syntax.Reveal):
            fresh = tuple(
                each
                for each in statement.attributes
                if (each.credential, each.attribute) not in revealed
            )
            revealed |= {(each.credential, each.attribute) for each in fresh}
            if not fresh:
                continue
            kept.append(replace(statement, attributes=fresh))
            continue
        written = format_statement(statement)
        if written not in seen:
            kept.append(statement)
        seen.add(written)
    return kept


def _apart(
    statement: syntax.SameHolder, holders: dict[str, str]
) -> tuple[syntax.CredentialName, ...]:
    """One credential of each group that is not yet known to have one holder; joins the groups."""
    groups: dict[str, syntax.CredentialName] = {}
    for each in statement.credentials:
        groups.setdefault(holders.get(each.alias, each.alias), each)
    first = next(iter(groups))
    known = {*holders, *(each.alias for each in statement.credentials)}
    joined = {alias for alias in known if holders.get(alias, alias) in groups}
    holders.update(dict.fromkeys(joined, first))
    return tuple(groups.values())
