"""A wallet's reasons in its holder's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from zkproof.wallet.reasons import Reason, ReviewRefused
from zkproof.words.catalogue import facts_of, say
from zkproof_circuits.explain import explain
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
    """A sentence for each reason of a refusal. Raises `UsageError` for an unknown language."""
    sentences = {}
    if refused.circuit is not None:
        sentences = dict(explain(refused.circuit, schemas, language).sentences)
    return [said(reason, language, sentences) for reason in refused.reasons]
