"""Sentences by code, from the files beside this one.

Names that others chose are quoted, so that they cannot pass for a part of the sentence; dates and
numbers of days are written as the language writes them; requirements and amounts come from the
explainer and stand as they are.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from string import Formatter

from zkproof.errors import NotFoundError, SchemaError, UsageError
from zkproof_circuits.explaining.catalogue import Catalogue
from zkproof_circuits.labels import Language, require_language
from zkproof_circuits.types.calendar import date_for_people, read_date
from zkproof_circuits.types.units import counted

Fact = str | int

QUOTED = frozenset(
    {
        "verifier",
        "issuer",
        "credential",
        "list",
        "ledger",
        "key",
        "entry",
        "auditor",
        "scope",
        "owner",
        "text",
    }
)
"""Facts that are names somebody chose."""


def say(code: str, language: str, /, **facts: Fact) -> str:
    """Why a wallet refuses or cannot answer, for its holder.

    ``code`` is one of `zkproof.wallet.reasons.ReasonCode`; `facts_of` names the facts it needs. A
    requirement can come with ``missing``, the amount that it is missed by.

    Raises `NotFoundError` and `UsageError` for an unknown code or language, and for a fact too few
    or too many.

    >>> say("credential-expired", "en", credential="savings", date="2026-10-31")
    'Your certificate “savings” expired on 2026-10-31.'
    """
    if "missing" in facts:
        code = f"{code}-by"
    return _say("reasons", code, language, facts)


def verdict(code: str, language: str) -> str:
    """What came of a presentation: ``proven``, or the code of a refusal. Raises `UsageError`."""
    return _say("verdicts", code, language, {})


def warn(code: str, language: str, /, **facts: Fact) -> str:
    """What a holder should hear before agreeing; ``code`` is one of
    `zkproof.wallet.warnings.WarningCode`, which names the facts. Raises `UsageError`.
    """
    return _say("warnings", code, language, facts)


def word(key: str, language: str, /, **facts: Fact) -> str:
    """A heading or line of a page, such as ``consent-sees``. Raises `UsageError`.

    >>> word("list-ends-in", "pt", days=1)
    'caduca dentro de 1 dia'
    """
    return _say("pages", key, language, facts)


def list_of(items: Sequence[str], language: str) -> str:
    """Names as one text, such as ``Identity, Tax statement``. Raises `UsageError`."""
    return _catalogue(require_language(language)).list_of(list(items))


def facts_of(code: str) -> frozenset[str]:
    """The names of the facts that a reason needs. Raises `NotFoundError` for an unknown code."""
    return frozenset(_names(_pattern("reasons", code, _catalogue("en"))))


def codes(section: str) -> frozenset[str]:
    """The codes of ``reasons``, ``warnings``, ``verdicts`` or ``pages``. Raises `UsageError`."""
    patterns = _catalogue("en").patterns
    if section not in patterns:
        raise UsageError("section: reasons, warnings, verdicts or pages")
    return frozenset(patterns[section])


def _say(section: str, code: str, language: str, facts: dict[str, Fact]) -> str:
    found = _catalogue(require_language(language))
    needed = set(_names(_pattern(section, code, found)))
    if needed != set(facts):
        raise UsageError(f"{code}: facts are {', '.join(sorted(needed)) or 'none'}")
    parts = {name: _said(name, fact, found) for name, fact in facts.items()}
    return found.say(section, code, **parts)


def _pattern(section: str, code: str, found: Catalogue) -> str:
    pattern = found.patterns[section].get(code)
    if pattern is None:
        raise NotFoundError(f"{section}: no words for this code")
    return pattern


def _names(pattern: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(pattern) if name is not None]


def _said(name: str, fact: Fact, found: Catalogue) -> str:
    if name == "days" and isinstance(fact, int):
        return counted(str(fact), "days", found.language, one=fact == 1)
    if not isinstance(fact, str):
        return str(fact)
    if name in QUOTED:
        return found.quoted(fact)
    if name == "date":
        try:
            return date_for_people(read_date(fact, "date"), found.language)
        except SchemaError as error:
            raise UsageError(error.message) from None
    return fact


@cache
def _catalogue(language: Language) -> Catalogue:
    text = resources.files(__package__).joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return Catalogue(language, tomllib.loads(text))
