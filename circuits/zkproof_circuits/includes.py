"""Policies that build on others: ``include recent-deposit v1 (a = x, least = 500_000.00 MOP)``.

Including is done before anything is compiled or signed: `expand` writes one text that stands
alone, and that text is what a request carries and a holder reads. So both sides compile the same
words, and nobody has to have the other's library.

What is included brings its credentials, parameters, lists and requirements. A binding puts a
credential that is declared here, from the same issuers or fewer, in the place of one of its own, or
gives one of its parameters a constant or a parameter of the same type; what is not bound joins
under its own name. Its purpose and retention are its own business and stay behind.

Neither policy changes what the other means. Each uses only the constants and lists that it declares
itself. A rate that is included has to be stated here as well, in the same words. What is included
without a rate is required ``without rate``, so that a rate stated here does not convert it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from zkproof.errors import NotFoundError, PolicyError, UsageError
from zkproof_circuits.format import format_policy, format_statement
from zkproof_circuits.language import syntax
from zkproof_circuits.language.parsing import MAX_POLICY_CHARACTERS, parse_policy
from zkproof_circuits.lowering.literals import literal_value
from zkproof_circuits.lowering.parameters import parameter_type

MAX_DEPTH = 4
"""Deepest chain of policies that include one another."""

MAX_INCLUDES = 32
"""Most policies that are included in all."""

EXPANDED = "the expanded text"
"""Where errors are that only show when an including policy is compiled."""

Library = Callable[[str], str]
"""The text of a policy by its name. Raises `NotFoundError` for one that is not there."""

_Node = TypeVar("_Node")


def expand(text: str, library: Library) -> str:
    """The policy with everything included in place; unchanged when it includes nothing.

    Raises `PolicyError` with line, column and reason, for the including text or the included one.
    """
    policy = parse_policy(text)
    includes = [each for each in policy.statements if isinstance(each, syntax.Include)]
    if not includes:
        return text
    statements = _Expansion(library).expanded(policy, (policy.name,))
    lines = [f"policy {policy.name} v{policy.version}", *map(format_statement, statements)]
    expanded = "\n".join(lines) + "\n"
    if len(expanded) <= MAX_POLICY_CHARACTERS:
        expanded = format_policy(expanded)
    if len(expanded) > MAX_POLICY_CHARACTERS:
        raise _too_long(includes[-1], len(expanded))
    return expanded


def _too_long(include: syntax.Include, characters: int) -> PolicyError:
    return include.error(
        f"with everything included the policy has {characters} characters, "
        f"at most {MAX_POLICY_CHARACTERS} are possible",
        hint="a request carries the whole text; write two policies",
    )


@contextmanager
def pointing_into(expanded: str, given: str) -> Iterator[None]:
    """While ``expanded`` is compiled: errors say which text their lines count in."""
    try:
        yield
    except PolicyError as error:
        if expanded == given:
            raise
        raise error.inside(EXPANDED) from None


@dataclass(slots=True)
class _Expansion:
    """One run: where policies are found, and how much was included so far."""

    library: Library
    included: int = 0
    characters: int = 0

    def expanded(self, policy: syntax.Policy, chain: tuple[str, ...]) -> list[syntax.Statement]:
        """The statements of a policy with everything in place."""
        brought = [
            (statement, self._included(statement, chain))
            for statement in policy.statements
            if isinstance(statement, syntax.Include)
        ]
        names = _Names(policy)
        for _, statements in brought:
            every = syntax.every_statement(statements)
            names.brought.update(name for each in every if (name := _declared(each)))
        _require_own_constants(policy, names)
        found: list[syntax.Statement] = []
        own = [each for each in policy.statements if not isinstance(each, syntax.Include)]
        said = _Said(own)
        remaining = iter(brought)
        for statement in policy.statements:
            if isinstance(statement, syntax.Include):
                for each in _joined(statement, names, next(remaining)[1]):
                    found += said.unless_said(each)
            else:
                found.append(statement)
        return found

    def _included(self, include: syntax.Include, chain: tuple[str, ...]) -> list[syntax.Statement]:
        """The statements of the policy that is included, under its own names."""
        self.included += 1
        if include.policy in chain:
            raise include.error(f"{include.policy} includes itself: {' -> '.join(chain)}")
        if len(chain) >= MAX_DEPTH:
            raise include.error(f"policies include one another more than {MAX_DEPTH} deep")
        if self.included > MAX_INCLUDES:
            raise include.error(f"more than {MAX_INCLUDES} policies are included in all")
        try:
            inner = parse_policy(self.library(include.policy))
            if (inner.name, inner.version) != (include.policy, include.version):
                raise UsageError(f"what is found is {inner.name} v{inner.version}")
            _require_closed(inner)
            statements = self.expanded(inner, (*chain, inner.name))
        except PolicyError as error:
            raise error.inside(include.policy) from None
        except (UsageError, NotFoundError) as error:
            raise include.error(error.message, hint=error.hint) from None
        self.characters += sum(len(format_statement(each)) for each in statements)
        if self.characters > MAX_POLICY_CHARACTERS:
            raise _too_long(include, self.characters)
        return statements


class _Names:
    """What a policy declares, and what joins it."""

    def __init__(self, policy: syntax.Policy) -> None:
        self.policy = policy.name
        every = tuple(syntax.every_statement(policy.statements))
        self.credentials = {
            each.alias: each for each in every if isinstance(each, syntax.Credential)
        }
        self.parameters = {
            each.name: each for each in policy.statements if isinstance(each, syntax.Parameter)
        }
        self.lists = {
            each.name: each for each in policy.statements if isinstance(each, syntax.NamedList)
        }
        self.rates = _rates(policy.statements)
        self.taken = {name for each in every if (name := _declared(each)) is not None}
        self.own = frozenset(self.taken)
        self.brought: Counter[str] = Counter()
        """Names that what is included declares, each as often as it is declared."""

    def fresh(self, name: str) -> str:
        """The name, with a number if anything else has it; taken from now on."""
        found, count = name, 1
        while found in self.taken or self.brought[found] > (found == name):
            count += 1
            found = f"{name}_{count}"
        self.taken.add(found)
        return found


def _rates(statements: Iterable[syntax.Statement]) -> dict[frozenset[str], str]:
    """The rates that statements state, as text, by their pair of currencies."""
    return {
        frozenset({each.target, each.base}): format_statement(each)
        for each in statements
        if isinstance(each, syntax.Rate | syntax.CertifiedRate)
    }


def _joined(
    include: syntax.Include, names: _Names, statements: Sequence[syntax.Statement]
) -> list[syntax.Statement]:
    """What is included, under the names that it has here."""
    bound = {binding.name: binding for binding in include.bindings}
    for i, each in enumerate(include.bindings):
        if any(each.name == other.name for other in include.bindings[:i]):
            raise each.error(f"{each.name} is bound twice")
    aliases: dict[str, str] = {}
    values: dict[str, str] = {}
    kept: list[syntax.Statement] = []
    unconverted = _check_rates(include, names, statements)
    for statement in statements:
        name = _declared(statement)
        if isinstance(statement, syntax.Parameter) and statement.made_up:
            values[statement.name] = names.fresh(statement.name)
            kept.append(replace(statement, name=values[statement.name]))
            continue
        binding = None if name is None else bound.pop(name, None)
        match statement:
            case syntax.Purpose() | syntax.RetentionPeriod():
                continue
            case syntax.Credential() if binding is not None:
                ours = _bound_credential(include, binding, statement, names)
                if ours in aliases.values():
                    raise binding.error(
                        f"{ours} stands for two credentials of {include.policy}",
                        hint="declare another credential here and bind it",
                    )
                aliases[statement.alias] = ours
                continue
            case syntax.Parameter() if binding is not None:
                if _is_parameter_here(binding, statement, names):
                    values[statement.name] = cast(syntax.Name, binding.value).name
                    continue
                values[statement.name] = names.fresh(statement.name)
                kept.append(
                    replace(
                        statement,
                        name=values[statement.name],
                        default=binding.value,
                        made_up=True,
                    )
                )
                continue
            case syntax.NamedList() if binding is not None:
                raise binding.error(f"{binding.name} is a list; a list is not bound")
            case syntax.Require() if unconverted and _compares(statement):
                kept.append(replace(statement, without_rate=True))
                continue
        for inner in syntax.every_statement([statement]):
            declared = _declared(inner)
            if declared is None:
                continue
            if declared in names.taken:
                where = "here too" if declared in names.own else "by what is included before, too"
                bind = f"bind it: include {include.policy} v{include.version} ({declared} = ...)"
                raise include.error(
                    f"{include.policy} declares {declared}, which is declared {where}",
                    hint=bind if inner is statement else "give it another name here",
                )
            names.taken.add(declared)
        kept.append(statement)
    for unknown in bound.values():
        raise unknown.error(f"{include.policy} has no credential or parameter {unknown.name}")
    return [_renamed(each, aliases, values) for each in kept]


def _check_rates(
    include: syntax.Include, names: _Names, statements: Sequence[syntax.Statement]
) -> bool:
    """Whether what is included has to be required without the rates that are stated here.

    Raises `PolicyError` where both state rates and not the same ones: one would come to mean what
    the other says.
    """
    theirs = _rates(statements)
    for pair, written in theirs.items():
        if names.rates.get(pair) != written:
            pair_words = " and ".join(sorted(pair))
            other = "another" if pair in names.rates else "no"
            raise include.error(
                f"{include.policy} states a rate between {pair_words}, and {names.policy} states "
                f"{other} rate between them",
                hint=f"state the same one here: {written}",
            )
    if theirs and set(theirs) != set(names.rates):
        pair_words = " and ".join(sorted(min(set(names.rates) - set(theirs), key=sorted)))
        raise include.error(
            f"a rate between {pair_words} is stated here, which {include.policy} does not state",
            hint="it would convert what is included; write two policies",
        )
    return bool(names.rates) and not theirs


def _compares(statement: syntax.Require) -> bool:
    """Whether a rate could convert something in the statement."""
    return any(
        isinstance(node, syntax.Comparison | syntax.Between | syntax.Total)
        for node in _nodes(statement)
    )


def _bound_credential(
    include: syntax.Include, binding: syntax.Binding, theirs: syntax.Credential, names: _Names
) -> str:
    """The name of a credential declared here, which has to be at least what is asked for there."""
    value = binding.value
    if not isinstance(value, syntax.Name) or value.name not in names.credentials:
        raise binding.error(f"{binding.name} is a credential; name one that is declared here")
    ours = names.credentials[value.name]
    same_version = theirs.schema_version in (None, ours.schema_version)
    if ours.schema != theirs.schema or not same_version:
        wanted = theirs.schema + (f" v{theirs.schema_version}" if theirs.schema_version else "")
        raise binding.error(f"{value.name} is not a {wanted}, as {binding.name} is")
    # Whether issuers that are named here stand in a registry, only the ledger knows.
    ours_named = ours.issuers.registry is None
    narrower = (ours_named and theirs.issuers.registry is not None) or (
        ours.issuers.registry == theirs.issuers.registry
        and set(ours.issuers.names) <= set(theirs.issuers.names)
    )
    if not narrower:
        raise binding.error(
            f"{value.name} may come from issuers that {include.policy} does not accept",
            hint=f"declare {value.name} with the issuers of {include.policy}, or fewer of them",
        )
    return value.name


def _is_parameter_here(binding: syntax.Binding, theirs: syntax.Parameter, names: _Names) -> bool:
    """Whether the value is a parameter declared here, of the same type; otherwise it is checked to
    be a constant of that type.
    """
    value = binding.value
    if isinstance(value, syntax.Name):
        ours = names.parameters.get(value.name)
        if ours is None:
            raise binding.error(f"no parameter is called {value.name}")
        if (ours.type.name, ours.type.arguments) != (theirs.type.name, theirs.type.arguments):
            raise binding.error(f"{value.name} is not of the type that {binding.name} has")
        return True
    literal_value(value, parameter_type(theirs.type), scope=None)
    return False


def _require_closed(policy: syntax.Policy) -> None:
    """Raises `PolicyError` where a policy uses a name that it does not declare itself: where it is
    included, the name would come to mean something of the other policy's.
    """
    names = _Names(policy)
    for node, name, known in _used_names(policy, names):
        if not known and not (isinstance(node, syntax.Name) and name in ("today", "now")):
            raise node.error(f"nothing is called {name} in {policy.name} itself")


def _require_own_constants(policy: syntax.Policy, names: _Names) -> None:
    """Raises `PolicyError` where a policy uses a parameter or a list of what it includes. A
    credential that joins has to be named, for example beside ``same holder``.
    """
    for node, name, known in _used_names(policy, names):
        if not known and name in names.brought and isinstance(node, syntax.Name | syntax.InNamed):
            raise node.error(
                f"{name} is declared by what is included, not in {policy.name} itself",
                hint=f"declare {name} here and bind it",
            )


def _used_names(policy: syntax.Policy, names: _Names) -> Iterator[tuple[syntax.Node, str, bool]]:
    """Every use of a name, and whether the policy itself declares it."""
    for statement in policy.statements:
        if isinstance(statement, syntax.Include):
            continue
        for node in _nodes(statement):
            match node:
                case syntax.Name(name):
                    yield node, name, name in names.parameters
                case syntax.InNamed(_, name):
                    yield node, name, name in names.lists or name in names.parameters
                case (
                    syntax.AttributeName(name) | syntax.Numbered(name) | syntax.CredentialName(name)
                ):
                    yield node, name, name in names.credentials
                case _:
                    pass


def _nodes(node: object) -> Iterator[syntax.Node]:
    """A node and everything in it."""
    if isinstance(node, tuple):
        for each in node:
            yield from _nodes(each)
    elif isinstance(node, syntax.Node) and is_dataclass(node):
        yield node
        for each in fields(node):
            yield from _nodes(getattr(node, each.name))


def _declared(statement: syntax.Statement) -> str | None:
    """The name that a statement declares."""
    match statement:
        case syntax.Credential(alias):
            return alias
        case syntax.Parameter(name) | syntax.NamedList(name):
            return name
        case _:
            return None


def _renamed(node: _Node, aliases: Mapping[str, str], values: Mapping[str, str]) -> _Node:
    """The same tree with other names of credentials and parameters."""
    result: Any = node
    match node:
        case syntax.Name(name):
            result = replace(node, name=values.get(name, name))
        case syntax.AttributeName(credential) | syntax.Numbered(credential):
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
            if isinstance(node, syntax.InNamed):
                changes["name"] = values.get(node.name, node.name)
            result = replace(node, **changes)
        case _:
            # Text, numbers, nothing: they name nothing.
            pass
    return cast(_Node, result)


class _Said:
    """What was said already. Of two policies that are combined both may reveal an attribute, or say
    that credentials have one holder; what a policy says twice itself stays, and is refused.
    """

    def __init__(self, own: Sequence[syntax.Statement]) -> None:
        self.written: set[str] = set()
        self.revealed: set[tuple[str, str]] = set()
        self.holders: dict[str, str] = {}
        for statement in own:
            self.unless_said(statement)

    def unless_said(self, statement: syntax.Statement) -> list[syntax.Statement]:
        """What is new of a statement; said from now on."""
        match statement:
            case syntax.SameHolder():
                apart = self._apart(statement)
                return [replace(statement, credentials=apart)] if len(apart) > 1 else []
            case syntax.Reveal(attributes):
                fresh = tuple(
                    each
                    for each in attributes
                    if (each.credential, each.attribute) not in self.revealed
                )
                self.revealed |= {(each.credential, each.attribute) for each in fresh}
                return [replace(statement, attributes=fresh)] if fresh else []
            case _:
                pass
        written = format_statement(statement)
        if written in self.written:
            return []
        self.written.add(written)
        return [statement]

    def _apart(self, statement: syntax.SameHolder) -> tuple[syntax.CredentialName, ...]:
        """One credential of each group that is not yet known to have one holder; joins the
        groups.
        """
        holders = self.holders
        groups: dict[str, syntax.CredentialName] = {}
        for each in statement.credentials:
            groups.setdefault(holders.get(each.alias, each.alias), each)
        first = next(iter(groups))
        known = {*holders, *(each.alias for each in statement.credentials)}
        joined = {alias for alias in known if holders.get(alias, alias) in groups}
        holders.update(dict.fromkeys(joined, first))
        return tuple(groups.values())
