"""What a circuit asks, in plain words, for the person who is asked.

The words come from the compiled circuit, not from the policy text: a text that hides something in
its layout, its comments or its names cannot make them say less.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from zkproof_circuits.circuit import (
    ChoiceWay,
    Circuit,
    CredentialRequirement,
    Encrypt,
    Formula,
    NamedIssuers,
    PseudonymFor,
    Slot,
    atoms,
    slots_of,
)
from zkproof_circuits.consequences import determined
from zkproof_circuits.explaining.catalogue import Catalogue, catalogue
from zkproof_circuits.explaining.naming import Naming
from zkproof_circuits.explaining.sentences import Sentences
from zkproof_circuits.labels import Language, require_language
from zkproof_circuits.schema import Schema
from zkproof_circuits.scopes import Scope
from zkproof_circuits.types import Date


@dataclass(frozen=True, slots=True)
class ExplainedCredential:
    """A credential that is to be shown."""

    alias: str
    title: str
    """The schema's title, with the alias where several credentials share it."""

    issuers: str
    sentence: str
    issuer_hidden: bool = False
    """Whether the verifier does not learn which of the issuers signed it."""

    in_a_way: bool = False
    """Whether only one way of an alternative asks for it; nobody learns whether it is held."""


@dataclass(frozen=True, slots=True)
class ExplainedAttribute:
    """An attribute by its slot and its label."""

    slot: Slot
    label: str
    """With its credential, where there are several."""

    name: str
    """Without."""

    technical: bool
    """Whether it serves the proofs and says nothing to its holder."""


@dataclass(frozen=True, slots=True)
class HiddenAttribute:
    """An attribute that the verifier does not see."""

    slot: Slot
    label: str
    """With its credential, where there are several."""

    name: str
    """Without."""

    proven: bool
    """Whether the circuit says something about it."""

    encrypted_to: tuple[str, ...]
    """Auditors who can read it nevertheless."""

    technical: bool
    """Whether it serves the proofs and says nothing to its holder."""


@dataclass(frozen=True, slots=True)
class ExplainedLink:
    """A mark by which the holder, or one record, is recognised again within a scope."""

    scope: str
    """As the circuit has it; `zkproof_circuits.scopes.Scope` reads owner and period."""

    shared: bool
    """Whether several verifiers recognise the holder by it."""

    kind: Literal["pseudonym", "tag"]
    slots: tuple[Slot, ...]
    """The link secret that it is made of; for a tag the attribute too."""

    sentence: str


@dataclass(frozen=True, slots=True)
class ExplainedEncryption:
    """An attribute that travels encrypted to somebody who can read it."""

    slot: Slot
    label: str
    auditor: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """A circuit in words of one language."""

    language: Language
    heading: str
    purpose: str
    """The policy's own words."""

    retention: str
    credentials: tuple[ExplainedCredential, ...]
    constraints: tuple[str, ...]
    """One sentence for each constraint of the circuit, in its order."""

    sentences: Mapping[str, str]
    """The sentence of each constraint by its text in the policy."""

    validity: tuple[str, ...]
    """What every presentation proves besides: that the credentials are valid on the day."""

    reveals: tuple[ExplainedAttribute, ...]
    follows: tuple[ExplainedAttribute, ...]
    """What the verifier knows besides: what has to equal a shown value or a constant."""

    hidden: tuple[HiddenAttribute, ...]
    links: tuple[ExplainedLink, ...]
    auditors: tuple[ExplainedEncryption, ...]
    rates: tuple[str, ...]
    choices: tuple[str, ...] = ()
    """One sentence for each choice; what its way asks is explained once it is taken."""

    @property
    def knows(self) -> tuple[str, ...]:
        """What the verifier learns to be true: one sentence each, without links and auditors."""
        apart = {each.sentence for each in self.links} | {each.sentence for each in self.auditors}
        return (*(each for each in self.constraints if each not in apart), *self.validity)

    @property
    def technical(self) -> tuple[HiddenAttribute, ...]:
        """The hidden attributes that a page folds away."""
        return tuple(each for each in self.hidden if each.technical)

    @property
    def quoted_purpose(self) -> str:
        """The purpose as a line of text, marked as the verifier's words."""
        words = catalogue(self.language)
        return words.say("layout", "purpose", purpose=words.quoted(self.purpose))

    def text(self) -> str:
        """All of it as lines of text."""
        say = catalogue(self.language).say
        lines = [self.heading, self.quoted_purpose, self.retention]
        sections = [
            (say("layout", "credentials"), [each.sentence for each in self.credentials]),
            (say("layout", "asks"), [*self.constraints, *self.validity]),
            (say("layout", "choices"), list(self.choices)),
            (say("layout", "reveals"), [each.label for each in self.reveals]),
            (say("layout", "follows"), [each.label for each in self.follows]),
            (say("layout", "hidden"), self.hidden_lines(technical=False)),
            (say("layout", "technical"), self.hidden_lines(technical=True)),
            (say("layout", "rates"), list(self.rates)),
        ]
        for heading, items in sections:
            if items:
                lines += ["", heading, *(f"- {item}" for item in items)]
        if not self.reveals:
            lines += ["", say("layout", "reveals_nothing")]
        return "\n".join(lines) + "\n"

    def hidden_lines(self, *, technical: bool) -> list[str]:
        """The hidden attributes as lines of text, one for each credential."""
        words = catalogue(self.language)
        lines: list[str] = []
        for credential in self.credentials:
            names = [
                each.name
                for each in self.hidden
                if each.slot.credential == credential.alias and each.technical == technical
            ]
            if names:
                listed = words.list_of(names)
                lines.append(
                    words.say("words", "attributes", credential=credential.title, labels=listed)
                )
        return lines


def explain(circuit: Circuit, schemas: Iterable[Schema], language: str = "en") -> Explanation:
    """The circuit in words. ``schemas`` are those it names by digest, others do no harm.

    Of a circuit with choices this is what is asked in any case, and a sentence for each choice.
    Raises `UsageError` for another language than the four, and when a schema is missing.
    """
    words = catalogue(require_language(language))
    known = tuple(schemas)
    naming = Naming(circuit, known, words)
    sentences = Sentences(circuit, naming)
    constraints = tuple(sentences.formula(each.formula) for each in circuit.constraints)
    return Explanation(
        language=words.language,
        heading=words.say("layout", "heading", policy=circuit.name, version=circuit.version),
        purpose=circuit.purpose,
        retention=words.say("layout", "no_retention")
        if circuit.retention is None
        else words.say("layout", "retention", period=naming.period(circuit.retention)),
        credentials=tuple(
            _credential(each, naming, in_a_way=each.alias in circuit.conditional)
            for each in circuit.credentials
        ),
        constraints=constraints,
        sentences=dict(
            zip((each.source for each in circuit.constraints), constraints, strict=True)
        ),
        validity=_validity(circuit, naming, sentences),
        reveals=_named(circuit.revealed, naming),
        follows=_named(_known(circuit, naming) - {*circuit.revealed}, naming),
        hidden=_hidden(circuit, naming),
        links=_links(circuit, sentences),
        auditors=_auditors(circuit, sentences),
        rates=tuple(
            words.say(
                "layout",
                "rate",
                base=rate.base,
                target=rate.target,
                rate=naming.quantities.number(rate.rate),
                source=naming.quoted(rate.source),
                day=naming.value(Date(), rate.at),
            )
            for rate in circuit.rates
        ),
        choices=_choices(circuit, known, words),
    )


def _choices(circuit: Circuit, schemas: Sequence[Schema], words: Catalogue) -> tuple[str, ...]:
    if not circuit.choices:
        return ()
    whole = circuit.at_once
    naming = Naming(whole, schemas, words)
    sentences = Sentences(whole, naming)

    def way_words(way: ChoiceWay) -> str:
        said = [
            _credential(each, naming, in_a_way=each.alias not in way.shown).sentence
            for each in way.credentials
        ]
        said += [sentences.formula(each.formula, inside=True) for each in way.constraints]
        if way.revealed:
            labels = words.list_of([naming.slot(slot) for slot in way.revealed])
            said.append(words.say("words", "sees", labels=labels))
        inner = words.patterns["words"]["and"].join(said) if said else words.say("words", "nothing")
        return words.say("words", "group", text=inner)

    alternatives = words.patterns["words"]["alternatives"]
    return tuple(
        words.say("words", "choose", ways=alternatives.join(map(way_words, choice)))
        for choice in circuit.choices
    )


def sentence_of(
    formula: Formula, circuit: Circuit, schemas: Iterable[Schema], language: str
) -> str:
    """One part of what the circuit asks, in words. Raises as `explain` does."""
    words = catalogue(require_language(language))
    return Sentences(circuit, Naming(circuit, schemas, words)).formula(formula)


def _credential(
    requirement: CredentialRequirement, naming: Naming, *, in_a_way: bool
) -> ExplainedCredential:
    issuers = requirement.issuers
    title, words = naming.credential(requirement.alias), naming.issuers(issuers)
    one = isinstance(issuers, NamedIssuers) and len(issuers.issuers) == 1
    if in_a_way:
        key = "credential_of_way"
    elif one:
        key = "credential"
    else:
        hidden = requirement.hidden_among is not None
        key = "credential_hidden" if hidden else "credential_of_several"
    sentence = naming.catalogue.say("layout", key, credential=title, issuers=words)
    return ExplainedCredential(
        requirement.alias,
        title,
        words,
        sentence,
        issuer_hidden=requirement.hidden_among is not None,
        in_a_way=in_a_way,
    )


def _named(slots: Iterable[Slot], naming: Naming) -> tuple[ExplainedAttribute, ...]:
    return tuple(
        ExplainedAttribute(slot, naming.slot(slot), naming.label(slot), naming.is_technical(slot))
        for slot in sorted(slots)
    )


def _validity(circuit: Circuit, naming: Naming, sentences: Sentences) -> tuple[str, ...]:
    limited = [
        alias
        for alias, schema in naming.schemas.items()
        if schema.roles.valid_from or schema.roles.valid_until
    ]
    in_ways = circuit.conditional
    always = [alias for alias in limited if alias not in in_ways]
    said = [sentences.about("valid", always)] if always else []
    said += [sentences.about("valid_if_used", [each]) for each in limited if each in in_ways]
    return tuple(said)


def _links(circuit: Circuit, sentences: Sentences) -> tuple[ExplainedLink, ...]:
    return tuple(
        ExplainedLink(
            formula.scope,
            Scope.from_text(formula.scope).owner is not None,
            "tag" if len(formula.slots) == 2 else "pseudonym",
            formula.slots,
            sentences.formula(formula),
        )
        for formula in circuit.formulas
        if isinstance(formula, PseudonymFor)
    )


def _auditors(circuit: Circuit, sentences: Sentences) -> tuple[ExplainedEncryption, ...]:
    return tuple(
        ExplainedEncryption(
            formula.slot,
            sentences.naming.slot(formula.slot),
            formula.auditor,
            sentences.formula(formula),
        )
        for formula in circuit.formulas
        if isinstance(formula, Encrypt)
    )


def _known(circuit: Circuit, naming: Naming) -> frozenset[Slot]:
    """What the verifier knows of values, on the day of the circuit."""
    return determined(circuit, naming.schemas, today=circuit.today)


def _hidden(circuit: Circuit, naming: Naming) -> tuple[HiddenAttribute, ...]:
    seen = _known(circuit, naming)
    read = {
        slot for formula in circuit.formulas for atom in atoms(formula) for slot in slots_of(atom)
    }
    auditors: dict[Slot, list[str]] = {}
    for formula in circuit.formulas:
        if isinstance(formula, Encrypt):
            auditors.setdefault(formula.slot, []).append(formula.auditor)
    hidden: list[HiddenAttribute] = []
    for alias, schema in naming.schemas.items():
        for name in schema.names:
            slot = Slot(alias, name)
            if slot not in seen:
                encrypted_to = tuple(auditors.get(slot, ()))
                hidden.append(
                    HiddenAttribute(
                        slot,
                        naming.slot(slot),
                        naming.label(slot),
                        slot in read,
                        encrypted_to,
                        naming.is_technical(slot),
                    )
                )
    return tuple(hidden)
