"""A wallet's reasons in its holder's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from zkproof.wallet.reasons import Reason, ReviewRefused
from zkproof.words.catalogue import facts_of, list_of, say, word
from zkproof_circuits.explain import explain, sentence_of
from zkproof_circuits.labels import require_language
from zkproof_circuits.schema import Schema


def said(reason: Reason, language: str, sentences: Mapping[str, str] | None = None) -> str:
    """The sentence of a reason.

    ``sentences`` are those of the requirements by their text in the policy
    (`zkproof_circuits.explain.Explanation.sentences`); without one, that text stands itself.
    Raises `UsageError` for an unknown language.
    """
    spoken = require_language(language)
    known = sentences or {}
    facts: dict[str, str] = {}
    for name in facts_of(reason.code):
        if name == "credential":
            facts[name] = reason.credential or reason.fact or ""
        elif name == "requirement":
            facts[name] = known.get(reason.requirement or "", reason.requirement or "")
        else:
            facts[name] = reason.fact or ""
    if reason.missing is not None:
        facts["missing"] = reason.missing.text(spoken)
    return say(reason.code, spoken, **facts)


def why_not(refused: ReviewRefused, schemas: Iterable[Schema], language: str) -> list[str]:
    """A sentence for each reason of a refusal, and which way it stands in where it is not all.

    Raises `UsageError` for an unknown language.
    """
    circuit, known = refused.circuit, tuple(schemas)
    if circuit is None:
        return [said(reason, language) for reason in refused.reasons]
    explained = explain(circuit, known, language)
    sentences = dict(explained.sentences)
    for reason in refused.reasons:
        if reason.formula is not None and reason.requirement is not None:
            sentences[reason.requirement] = sentence_of(reason.formula, circuit, known, language)
    titles = {each.alias: each.title for each in explained.credentials}
    told = []
    for reason in refused.reasons:
        line = said(reason, language, sentences)
        if reason.way:
            certificates = list_of([titles[alias] for alias in reason.way], language)
            line = word("reason-of-way", language, certificates=certificates, reason=line)
        told.append(line)
    return told
