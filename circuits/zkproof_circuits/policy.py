"""From policy text to circuit.

Verifier and holder compile the same text with the same schemas, parameters and date, and come to
the same circuit digest. What cannot be proven soundly does not compile, with the reason and the
place.
"""

from __future__ import annotations

import datetime
import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from zkproof.errors import UsageError
from zkproof_circuits.circuit import (
    MAX_COMBINATIONS,
    MAX_HIDDEN_ISSUERS,
    MAX_PURPOSE_LENGTH,
    And,
    ChoiceWay,
    Circuit,
    Constraint,
    CredentialRequirement,
    Encrypt,
    Formula,
    InList,
    IssuerSet,
    NamedIssuers,
    NotInList,
    PseudonymFor,
    RegistryIssuers,
    Retention,
    Slot,
    atoms,
)
from zkproof_circuits.consequences import Domain, domain, known_slots
from zkproof_circuits.format import format_statement
from zkproof_circuits.labels import is_plain_text
from zkproof_circuits.language import syntax
from zkproof_circuits.language.parsing import parse_policy
from zkproof_circuits.lowering.advice import advise
from zkproof_circuits.lowering.contradictions import check_contradictions
from zkproof_circuits.lowering.days import DAY_SECONDS
from zkproof_circuits.lowering.limits import ProofLimits, check_text
from zkproof_circuits.lowering.record_ids import check_record_ids
from zkproof_circuits.lowering.scope import PolicyWarning, Scope, open_scope
from zkproof_circuits.lowering.statements import Statements
from zkproof_circuits.lowering.systems import check_equalities
from zkproof_circuits.lowering.ways import Borders, hidden_among
from zkproof_circuits.proof_size import guarded, validity_intervals
from zkproof_circuits.schema import Schema
from zkproof_circuits.types import Date, date_of
from zkproof_circuits.types.calendar import day_number


@dataclass(frozen=True, slots=True)
class Analysis:
    """A compiled policy with what was noticed on the way."""

    policy: syntax.Policy
    scope: Scope
    circuit: Circuit

    @property
    def warnings(self) -> tuple[PolicyWarning, ...]:
        """What compiles but is probably not meant, in the order of the text."""
        return tuple(sorted(self.scope.warnings, key=lambda each: (each.line, each.column)))


def compile_policy(
    text: str,
    schemas: Iterable[Schema],
    *,
    today: datetime.date | int,
    now: int | None = None,
    parameters: Mapping[str, object] | None = None,
) -> Circuit:
    """The circuit of a policy.

    ``schemas`` are those that the policy may name; ``today`` is the day that the policy's
    ``today`` stands for, or its number since 1970-01-01; ``now`` is the second of that day that its
    ``now`` stands for, in seconds since 1970-01-01, or its first one; ``parameters`` gives each
    parameter its value, as text or as the Python value that is natural for the type.

    Raises `PolicyError` with line, column, reason and, where there is one, a hint.
    """
    return analyse_policy(text, schemas, today=today, now=now, parameters=parameters).circuit


def analyse_policy(
    text: str,
    schemas: Iterable[Schema],
    *,
    today: datetime.date | int,
    now: int | None = None,
    parameters: Mapping[str, object] | None = None,
) -> Analysis:
    """As `compile_policy`, with the syntax tree and the warnings."""
    policy = parse_policy(text)
    for statement in policy.statements:
        if isinstance(statement, syntax.Include):
            raise statement.error(
                "includes are expanded before a policy is compiled",
                hint="zkproof policy expand writes the text that stands alone",
            )
    check_text(policy)
    day = _day(today)
    scope = open_scope(policy, schemas, day, _second(now, day), parameters or {})
    borders = Borders(policy)
    scope.elsewhere = borders.elsewhere(None)
    statements = Statements(scope, borders)
    for statement in policy.statements:
        if isinstance(statement, syntax.SameHolder):
            statements.unite(borders.inside(statement, borders.always))
    always = Asked(
        _revealed(policy.statements, policy, scope), tuple(statements.all_of(policy.statements))
    )
    choices = tuple(
        tuple(_way(way, policy, statements) for way in statement.ways)
        for statement in _choices(policy)
    )
    _check_combinations(policy, choices)
    for ways in itertools.product(*choices):
        _check(policy, scope, borders, always.joined(ways))
    every = always.joined([way for choice in choices for way in choice])
    _check_repetition(
        [(statement, part) for statement, whole in every.required for part in _parts(whole)], scope
    )
    circuit = _assemble(policy, scope, borders, always, choices)
    advise(policy, scope, circuit.at_once)
    return Analysis(policy, scope, circuit)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is revealed and required, by a policy or by one way of a choice."""

    revealed: tuple[Slot, ...]
    required: tuple[tuple[syntax.Statement, Formula], ...]

    def joined(self, ways: Iterable[Asked]) -> Asked:
        """This and what ways ask."""
        every = (self, *ways)
        return Asked(
            tuple(sorted(slot for each in every for slot in each.revealed)),
            tuple(pair for each in every for pair in each.required),
        )


def _way(way: syntax.Way, policy: syntax.Policy, statements: Statements) -> Asked:
    with statements.inside(way) as border:
        revealed = _revealed(way.statements, policy, statements.scope)
        required = [*statements.all_of(way.statements)]
        required += [*statements.all_of(border.same_holder)]
    return Asked(revealed, tuple(required))


def _check_combinations(policy: syntax.Policy, choices: Sequence[Sequence[Asked]]) -> None:
    if math.prod(map(len, choices)) > MAX_COMBINATIONS:
        raise policy.error(
            f"the choices combine in more than {MAX_COMBINATIONS} ways",
            hint="write two policies",
        )


def _check(policy: syntax.Policy, scope: Scope, borders: Borders, asked: Asked) -> None:
    """Whether all this can be asked at once, and proven."""
    limits = _limits(policy, scope, borders, asked.revealed)
    for statement, formula in asked.required:
        limits.take(statement, formula)
    check_record_ids(
        asked.required,
        lambda slot: slot.attribute == scope.schemas[slot.credential].roles.record_id,
    )
    _check_hidden(asked.required, asked.revealed, scope)
    _check_issuers(asked.required, policy, scope, borders)
    parts = [(statement, part) for statement, whole in asked.required for part in _parts(whole)]
    check_equalities(parts, frozenset(asked.revealed))
    check_contradictions(parts, lambda slot: _domain(slot, scope))


def _day(today: object) -> datetime.date:
    if type(today) is int and 0 <= today <= Date().box[1]:
        return date_of(today)
    if type(today) is datetime.date:
        return today
    raise UsageError("today: a datetime.date or days since 1970-01-01 are needed")


def _second(now: object, day: datetime.date) -> int:
    first = day_number(day) * DAY_SECONDS
    if now is None:
        return first
    if type(now) is not int or not first <= now < first + DAY_SECONDS:
        raise UsageError("now: a second of the day that is today")
    return now


def reads_clock(text: str) -> bool:
    """Whether a policy speaks of the second in which it is asked, or of the day elsewhere.

    Raises `PolicyError` for a text that does not parse.
    """
    required = (
        each.condition for each in parse_policy(text).statements if isinstance(each, syntax.Require)
    )
    return any(map(_names_now, required))


def _names_now(node: syntax.Expression) -> bool:
    match node:
        case syntax.Name("now") | syntax.LocalToday():
            return True
        case _:
            return any(map(_names_now, syntax.parts_of(node)))


def _assemble(
    policy: syntax.Policy,
    scope: Scope,
    borders: Borders,
    always: Asked,
    choices: tuple[tuple[Asked, ...], ...],
) -> Circuit:
    purpose = _only(policy, syntax.Purpose)
    if purpose is None:
        raise policy.error("the policy states no purpose", hint='write: purpose "..."')
    retention = _only(policy, syntax.RetentionPeriod)
    if not borders.everything:
        raise policy.error("the policy asks for no credential")
    if not is_plain_text(purpose.text, MAX_PURPOSE_LENGTH):
        raise purpose.error(f"a purpose is 1 to {MAX_PURPOSE_LENGTH} printable characters in NFC")
    try:
        return Circuit(
            name=policy.name,
            version=policy.version,
            purpose=purpose.text,
            retention=None if retention is None else _retention(retention),
            credentials=_requirements(policy.statements, scope, borders),
            revealed=always.revealed,
            constraints=_constraints(always, policy),
            rates=tuple(
                rate
                for (target, base), rate in sorted(scope.rates.items())
                if f"{target} per {base}" in scope.used
            ),
            choices=tuple(
                tuple(
                    ChoiceWay(
                        _requirements(way.statements, scope, borders),
                        asked.revealed,
                        _constraints(asked, policy),
                    )
                    for way, asked in zip(statement.ways, ways, strict=True)
                )
                for statement, ways in zip(_choices(policy), choices, strict=True)
            ),
            today=day_number(scope.today),
        )
    except UsageError as error:
        raise policy.error(error.message, hint=error.hint) from None


def _choices(policy: syntax.Policy) -> list[syntax.Choice]:
    return [each for each in policy.statements if isinstance(each, syntax.Choice)]


def _constraints(asked: Asked, policy: syntax.Policy) -> tuple[Constraint, ...]:
    return tuple(
        Constraint(formula, _source(statement, policy)) for statement, formula in asked.required
    )


def _requirements(
    statements: Sequence[syntax.Statement], scope: Scope, borders: Borders
) -> tuple[CredentialRequirement, ...]:
    """Credentials that are declared here and in hidden ways, but not in those of choices."""
    outside = [each for each in statements if not isinstance(each, syntax.Choice)]
    declared = [
        each for each in syntax.every_statement(outside) if isinstance(each, syntax.Credential)
    ]
    return tuple(
        _requirement(each, scope, conditional=each.alias in borders.hidden)
        for each in sorted(declared, key=lambda each: each.alias)
    )


def _source(statement: syntax.Statement, policy: syntax.Policy) -> str:
    """The text of a requirement; with ways, also of what is said of one holder across them."""
    lines = [format_statement(statement)]
    if isinstance(statement, syntax.Either):
        own = {
            each.alias
            for each in syntax.every_statement([statement])
            if isinstance(each, syntax.Credential)
        }
        lines += [
            format_statement(each)
            for each in policy.statements
            if isinstance(each, syntax.SameHolder)
            and own.intersection(name.alias for name in each.credentials)
        ]
    return "\n".join(lines)


def _declared(policy: syntax.Policy) -> list[syntax.Credential]:
    every = syntax.every_statement(policy.statements)
    return [each for each in every if isinstance(each, syntax.Credential)]


def _requirement(
    node: syntax.Credential, scope: Scope, *, conditional: bool
) -> CredentialRequirement:
    issuers, among = _issuers(node.issuers), None
    if conditional or node.issuers.hidden:
        among = hidden_among(node.issuers)
        if among > MAX_HIDDEN_ISSUERS:
            raise node.error(f"hidden among {among} issuers, at most {MAX_HIDDEN_ISSUERS}")
    elif node.issuers.most is not None:
        raise node.issuers.error(
            "the size of a registry is limited where the issuer is hidden",
            hint='write: from hidden any of registry "..." up to ...',
        )
    try:
        return CredentialRequirement(node.alias, scope.schemas[node.alias].digest, issuers, among)
    except UsageError as error:
        raise node.error(error.message) from None


_T = TypeVar("_T", syntax.Purpose, syntax.RetentionPeriod)


def _only(policy: syntax.Policy, kind: type[_T]) -> _T | None:
    found = [statement for statement in policy.statements if isinstance(statement, kind)]
    if len(found) > 1:
        raise found[1].error("this is stated twice")
    return found[0] if found else None


def _retention(statement: syntax.RetentionPeriod) -> Retention:
    try:
        match statement.unit:
            case "day" | "month" | "year" as unit:
                return Retention(statement.count, unit)
            case "week":
                return Retention(7 * statement.count, "day")
            case _:
                raise statement.error("retention is in days, weeks, months or years")
    except UsageError as error:
        raise statement.error(error.message) from None


def _issuers(node: syntax.Issuers) -> IssuerSet:
    if len(set(node.names)) != len(node.names):
        raise node.error("an issuer is named twice")
    try:
        if node.registry is not None:
            return RegistryIssuers(node.registry)
        return NamedIssuers(tuple(sorted(node.names)))
    except UsageError as error:
        raise node.error(error.message) from None


def _revealed(
    statements: Sequence[syntax.Statement], policy: syntax.Policy, scope: Scope
) -> tuple[Slot, ...]:
    revealed: set[Slot] = set()
    hiding = {each.alias for each in _declared(policy) if each.issuers.hidden}
    for statement in statements:
        if isinstance(statement, syntax.Reveal):
            for node in statement.attributes:
                slot, attribute = scope.attribute(node)
                if attribute.type.holder_chosen:
                    raise node.error(
                        f"{slot} is the holder's secret and is never revealed",
                        hint='to recognise a holder again write: pseudonym for scope "..."',
                    )
                if slot.attribute == scope.schema(node).roles.record_id:
                    raise node.error(
                        f"{slot} would make all presentations of this credential linkable",
                        hint='encrypt it to an auditor: encrypt ... to "..."',
                    )
                if slot.attribute == scope.schema(node).roles.issuer_name and (
                    slot.credential in hiding
                ):
                    raise node.error(f"{slot} would show the issuer that is to stay hidden")
                if slot in revealed:
                    raise node.error(f"{slot} is revealed twice")
                revealed.add(slot)
    return tuple(sorted(revealed))


def _check_hidden(
    required: Sequence[tuple[syntax.Statement, Formula]],
    revealed: tuple[Slot, ...],
    scope: Scope,
) -> None:
    """What is encrypted, looked up or made into a tag is not known anyway."""
    seen = known_slots(
        [formula for _, formula in required], revealed, lambda slot: _domain(slot, scope)
    )
    for statement, formula in required:
        for atom in atoms(formula):
            match atom:
                case Encrypt(slot, _) if slot in seen:
                    reason = "encrypting it hides nothing"
                case InList(slot, _) | NotInList(slot, _) if slot in seen:
                    reason = "look it up in the list yourself"
                case PseudonymFor(_, (*_, slot)) if slot in seen:
                    reason = "a tag of it hides nothing"
                case _:
                    continue
            known = "is revealed" if slot in revealed else "follows from what is required"
            raise statement.error(f"the value of {slot} {known}; {reason}")


def _check_issuers(
    required: Sequence[tuple[syntax.Statement, Formula]],
    policy: syntax.Policy,
    scope: Scope,
    borders: Borders,
) -> None:
    """What an issuer writes of itself is not compared where the issuer is to stay hidden."""
    hiding = {each.alias for each in _declared(policy) if each.issuers.hidden} | borders.hidden
    for statement, formula in required:
        for atom in atoms(formula):
            for slot in sorted(atom.reads):
                named = scope.schemas[slot.credential].roles.issuer_name
                if slot.credential in hiding and slot.attribute == named:
                    raise statement.error(
                        f"{slot} says who issued it, which is to stay hidden",
                        hint="name the issuers that you accept: from hidden any of {...}",
                    )


def _domain(slot: Slot, scope: Scope) -> Domain:
    schema = scope.schemas[slot.credential]
    return domain(schema, slot.attribute, day_number(scope.today))


def _limits(
    policy: syntax.Policy, scope: Scope, borders: Borders, revealed: tuple[Slot, ...]
) -> ProofLimits:
    validity = [
        guarded(interval) if alias in borders.hidden else interval
        for alias, schema in scope.schemas.items()
        for interval in validity_intervals(
            schema,
            {slot.attribute for slot in revealed if slot.credential == alias},
            day_number(scope.today),
        )
    ]
    return ProofLimits(
        validity,
        lambda slot: scope.schemas[slot.credential].attribute(slot.attribute).type.box,
        {
            each.alias: hidden_among(each.issuers)
            for each in _declared(policy)
            if each.issuers.hidden or each.alias in borders.hidden
        },
    )


def _parts(formula: Formula) -> tuple[Formula, ...]:
    return formula.parts if isinstance(formula, And) else (formula,)


def _check_repetition(parts: list[tuple[syntax.Statement, Formula]], scope: Scope) -> None:
    seen: set[Formula] = set()
    for statement, part in parts:
        if part in seen:
            scope.warn(statement, "this was required before")
        seen.add(part)
