"""One sentence for each formula."""

from __future__ import annotations

from typing import assert_never

from zkproof_circuits.circuit import (
    And,
    AtLeast,
    Circuit,
    Encrypt,
    Equal,
    Formula,
    Held,
    If,
    Inequality,
    InList,
    LinearZero,
    Member,
    NotEqual,
    NotInList,
    NotMember,
    NotRevoked,
    NotZero,
    Or,
    PseudonymFor,
    QuadraticZero,
    Score,
    Slot,
    seen_slots,
)
from zkproof_circuits.explaining.naming import Naming
from zkproof_circuits.explaining.polynomials import PolynomialWords
from zkproof_circuits.explaining.ranges import RangeWords
from zkproof_circuits.explaining.scores import points_of, score_key
from zkproof_circuits.types import LinkSecret, Value


class Sentences:
    """Sentences about one circuit, in one language."""

    def __init__(self, circuit: Circuit, naming: Naming) -> None:
        self.naming = naming
        self.say = naming.catalogue.say
        self.polynomials = PolynomialWords(circuit, naming)
        self.ranges = RangeWords(naming, self.polynomials)
        self.several_holders = _several_holders(circuit, naming)

    def formula(self, formula: Formula, *, inside: bool = False) -> str:
        """The sentence of a formula; ``inside``: as a part of another one."""
        quoted = self.naming.quoted
        match formula:
            case And(parts):
                words = self._all(parts)
                return self.say("words", "group", text=words) if inside else words
            case Or(parts):
                return self._alternatives("any", parts, inside)
            case AtLeast(count, parts):
                return self._alternatives("at_least_of", parts, inside, count=count)
            case Score():
                return self._score(formula, inside)
            case If((condition, consequence)):
                words = self.say(
                    "atoms",
                    "if",
                    condition=self.formula(condition, inside=True),
                    consequence=self.formula(consequence, inside=True),
                )
                return self.say("words", "group", text=words) if inside else words
            case Equal(first, second):
                if isinstance(self.naming.attribute(first).type, LinkSecret):
                    return self._one_holder({first, second})
                return self._pair("same", first, second)
            case NotEqual(first, second):
                return self._pair("different", first, second)
            case Inequality(polynomial):
                return self.polynomials.inequality(polynomial)
            case LinearZero(polynomial) | QuadraticZero(polynomial):
                return self.polynomials.equation(polynomial, differs=False)
            case NotZero(polynomial):
                return self.polynomials.equation(polynomial, differs=True)
            case Member(slot, values):
                return self._set("is" if len(values) == 1 else "one_of", slot, values)
            case NotMember(slot, values):
                return self._set("is_not" if len(values) == 1 else "none_of", slot, values)
            case Held(credential):
                return self.about("held", [credential])
            case NotRevoked(credential):
                return self.about("not_revoked", [credential])
            case InList(slot, list_id):
                return self.say(
                    "atoms", "in_list", left=self.naming.slot(slot), list=quoted(list_id)
                )
            case NotInList(slot, list_id):
                return self.say(
                    "atoms", "not_in_list", left=self.naming.slot(slot), list=quoted(list_id)
                )
            case PseudonymFor(scope, (_, attribute)):
                left = self.naming.slot(attribute)
                return self.say("atoms", "tag", left=left, scope=self.naming.scope(scope))
            case PseudonymFor(scope, (secret,)) if self.several_holders:
                whose = self.naming.credential(secret.credential)
                within = self.naming.scope(scope)
                return self.say("atoms", "pseudonym_of", credential=whose, scope=within)
            case PseudonymFor(scope, _):
                return self.say("atoms", "pseudonym", scope=self.naming.scope(scope))
            case Encrypt(slot, auditor):
                left = self.naming.slot(slot)
                return self.say("atoms", "encrypt", left=left, auditor=quoted(auditor))
            case _:
                assert_never(formula)

    def _all(self, parts: tuple[Formula, ...]) -> str:
        """A conjunction; what several parts say about whole credentials is said once."""
        holders: set[Slot] = set()
        standing: list[str] = []
        held: list[str] = []
        words: list[str] = []
        apart = _all_apart(parts)
        ranges = self.ranges.among(parts)
        for part in parts:
            if (apart and isinstance(part, NotEqual)) or part in ranges.upper:
                continue
            if part in ranges.sentences:
                words.append(ranges.sentences[part])
                continue
            if isinstance(part, Held):
                held.append(part.credential)
            elif isinstance(part, NotRevoked):
                standing.append(part.credential)
            elif isinstance(part, Equal) and isinstance(
                self.naming.attribute(part.first).type, LinkSecret
            ):
                holders |= {part.first, part.second}
            else:
                words.append(self.formula(part, inside=True))
        if apart:
            names = [self.naming.slot(slot) for slot in apart]
            listed = self.naming.catalogue.list_of(names, "last")
            words.insert(0, self.say("atoms", "all_different", slots=listed))
        if standing:
            words.insert(0, self.about("not_revoked", standing))
        if holders:
            words.insert(0, self._one_holder(holders))
        if held:
            words.insert(0, self.about("held", held))
        return self._joined("and", words)

    def _one_holder(self, slots: set[Slot]) -> str:
        return self.about("same_holder", [slot.credential for slot in sorted(slots)])

    def about(self, key: str, credentials: list[str]) -> str:
        """What a pattern says about whole credentials."""
        names = [self.naming.credential(alias) for alias in credentials]
        return self.say("atoms", key, credentials=self.naming.catalogue.list_of(names, "last"))

    def _joined(self, key: str, words: list[str]) -> str:
        return self.naming.catalogue.joined(key, words)

    def _alternatives(
        self, key: str, parts: tuple[Formula, ...], inside: bool, **more: object
    ) -> str:
        sentences = [self.formula(part, inside=True) for part in parts]
        words = self.say("atoms", key, parts=self._joined("alternatives", sentences), **more)
        return self.say("words", "group", text=words) if inside else words

    def _score(self, score: Score, inside: bool) -> str:
        """How many of the parts hold, or what points they make up."""
        sentences = [self.formula(part, inside=True) for part in score.parts]
        if set(score.weights) != {1}:
            sentences = [
                points_of(self.naming, weight, sentence)
                for weight, sentence in zip(score.weights, sentences, strict=True)
            ]
        key, bounds = score_key(self.naming, score)
        words = self.say("atoms", key, parts=self._joined("alternatives", sentences), **bounds)
        return self.say("words", "group", text=words) if inside else words

    def _pair(self, key: str, first: Slot, second: Slot) -> str:
        left, right = self.naming.slot(first), self.naming.slot(second)
        return self.say("atoms", key, left=left, right=right)

    def _set(self, key: str, slot: Slot, values: tuple[Value, ...]) -> str:
        if key == "is" and self.naming.has_words(slot):
            key = "is_named"
        words = [self._member(slot, each, several=len(values) > 1) for each in values]
        listed = self.naming.catalogue.list_of(words, "or" if key == "one_of" else "separator")
        return self.say("atoms", key, left=self.naming.slot(slot), right=listed, values=listed)

    def _member(self, slot: Slot, value: Value, *, several: bool) -> str:
        """A value of a set; quoted where it could pass for two of them."""
        words = self.naming.value_of(slot, value)
        patterns = self.naming.catalogue.patterns["words"]
        joined = any(patterns[key] in words for key in ("separator", "or"))
        if several and joined and self.naming.attribute(slot).member_labels:
            return self.naming.quoted(words)
        return words


def _several_holders(circuit: Circuit, naming: Naming) -> bool:
    """Whether the credentials may belong to several people, so that it matters whose is meant."""
    secrets = {
        Slot(alias, schema.roles.holder)
        for alias, schema in naming.schemas.items()
        if schema.roles.holder is not None
    }
    one = seen_slots(circuit.formulas, [min(secrets)]) if secrets else frozenset()
    return not secrets <= one


def _all_apart(parts: tuple[Formula, ...]) -> list[Slot]:
    """The slots of which each differs from every other, where the parts say so of three or more."""
    pairs = {frozenset((p.first, p.second)) for p in parts if isinstance(p, NotEqual)}
    slots = sorted({slot for pair in pairs for slot in pair})
    if len(slots) < 3 or len(pairs) != len(slots) * (len(slots) - 1) // 2:
        return []
    return slots
