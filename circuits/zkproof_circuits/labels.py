"""Texts for people in the four languages of the system."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from zkproof.errors import SchemaError, UsageError

Language = Literal["zh-Hant", "zh-Hans", "pt", "en"]

LANGUAGES: tuple[Language, ...] = get_args(Language)

MAX_LABEL_LENGTH = 200
"""Longest label, in characters."""


def require_language(language: str) -> Language:
    """The language if it is one of the four; otherwise `UsageError`."""
    for known in LANGUAGES:
        if language == known:
            return known
    raise UsageError(f"language: one of {', '.join(LANGUAGES)}")


@dataclass(frozen=True, slots=True)
class Labels:
    """One text in English and, where known, in the other languages."""

    en: str
    pt: str | None = None
    zh_hans: str | None = None
    zh_hant: str | None = None

    def __post_init__(self) -> None:
        for language, text in self.to_mapping().items():
            if not is_plain_text(text, MAX_LABEL_LENGTH):
                raise SchemaError(
                    f"label {language}: 1 to {MAX_LABEL_LENGTH} printable characters in NFC"
                )

    def text(self, language: Language) -> str:
        """The text in ``language``, in English where that is missing."""
        return self.to_mapping().get(language, self.en)

    def to_mapping(self) -> dict[str, str]:
        """By language tag, without the languages that have no text."""
        texts = {
            "en": self.en,
            "pt": self.pt,
            "zh-Hans": self.zh_hans,
            "zh-Hant": self.zh_hant,
        }
        return {language: text for language, text in texts.items() if text is not None}

    @classmethod
    def from_mapping(cls, texts: Mapping[str, str], *, field: str) -> Labels:
        """Raises `SchemaError` for an unknown language, a missing English text, another type."""
        unknown = set(texts) - set(LANGUAGES)
        if unknown:
            raise SchemaError(f"{field}: unknown language {sorted(map(str, unknown))[0]}")
        if "en" not in texts:
            raise SchemaError(f"{field}: English text missing")
        if not all(isinstance(text, str) for text in texts.values()):
            raise SchemaError(f"{field}: labels are text")
        return cls(
            en=texts["en"],
            pt=texts.get("pt"),
            zh_hans=texts.get("zh-Hans"),
            zh_hant=texts.get("zh-Hant"),
        )


def is_plain_text(text: object, max_length: int) -> bool:
    """Whether ``text`` is non-empty printable text in normal form C, on one line.

    Control and format characters are out (a bidirectional override can make a label or a purpose
    read as something else), and so are unassigned code points, whose normal form may change.
    """
    return (
        isinstance(text, str)
        and 0 < len(text) <= max_length
        and text == text.strip()
        and unicodedata.is_normalized("NFC", text)
        and not any(unicodedata.category(character) in _REFUSED for character in text)
    )


_REFUSED = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
