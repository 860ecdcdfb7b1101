"""One credential in one line of the holder's language: what it is, from whom, until when."""

from __future__ import annotations

from zkproof.credential.credential import Credential
from zkproof.words.catalogue import word
from zkproof_circuits.labels import require_language
from zkproof_circuits.types import date_of

SOON_DAYS = 30
"""What ends within so many days is marked."""


def described(credential: Credential, today: int, language: str) -> str:
    """``today`` is a day since 1970-01-01. Raises `UsageError` for an unknown language."""
    title = credential.schema.title.text(require_language(language))
    parts = [title, word("list-from", language, issuer=credential.issuer_name)]
    ends = _validity(credential, today, language)
    return ", ".join(parts if ends is None else [*parts, ends])


def _validity(credential: Credential, today: int, language: str) -> str | None:
    roles, values = credential.schema.roles, credential.values
    first = values[roles.valid_from] if roles.valid_from else None
    last = values[roles.valid_until] if roles.valid_until else None
    if isinstance(first, int) and first > today:
        return word("list-begins", language, date=date_of(first).isoformat())
    if not isinstance(last, int):
        return None
    if last < today:
        return word("list-ended", language, days=today - last)
    if last == today:
        return word("list-ends-today", language)
    if last <= today + SOON_DAYS:
        return word("list-ends-in", language, days=last - today)
    return word("list-valid-until", language, date=date_of(last).isoformat())
