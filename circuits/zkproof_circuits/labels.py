"""Texts for people in the four languages of the system."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from zkproof.errors import SchemaError, UsageError
from zkproof_circuits.characters import is_printable

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
            if not _is_readable(text):
                raise SchemaError(
                    f"label {language}: letters that look like those of another alphabet, or "
                    "characters that cannot be seen"
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


def folded(text: str) -> str:
    """A text without the differences that a reader overlooks: width, case, spacing."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def reads_as_words(text: str) -> bool:
    """Whether a label reads as the name of something, and not as a sentence or a part of one.

    Explanations quote any other label, so that it cannot end their sentence and go on by itself.
    """
    return (
        len(text) <= _LONGEST_NAME
        and not any(character in _PUNCTUATION for character in text)
        and _VERBS.isdisjoint(text.casefold().split())
        and not any(phrase in text for phrase in _PHRASES)
    )


def _is_readable(text: str) -> bool:
    scripts = {unicodedata.name(letter, "?").split()[0] for letter in text if letter.isalpha()}
    mixed = "LATIN" in scripts and not scripts.isdisjoint(_LOOK_ALIKE)
    # The one space that is a space; blank letters; signs that change how others are drawn.
    blank = any(
        character in _BLANK
        or (unicodedata.category(character) == "Zs" and character not in " \u3000")
        for character in text
    )
    return not mixed and not blank


_LONGEST_NAME = 80
_PUNCTUATION = frozenset(
    '()（）,;:!?=<>≥≤"“”„«»\u2039\u203a\u2018`\u00b4「」『』〈〉《》【】，。；：！？、×+…•'
)
_VERBS = frozenset(
    (
        *("is", "are", "was", "were", "be", "has", "have", "must", "shall", "will", "sees"),
        *("é", "são", "foi", "está", "tem", "têm", "deve", "prova", "vê"),
    )
)
_PHRASES = (
    "為",
    "为",
    "不少於",
    "不少于",
    "不多",
    "不超",
    "等於",
    "等于",
    "不是",
    "必須",
    "必须",
    "只會",
    "只会",
)
_LOOK_ALIKE = frozenset({"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU"})
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\ufe0e\ufe0f\u034f\u17b4\u17b5")


def is_plain_text(text: object, max_length: int) -> bool:
    """Whether ``text`` is non-empty printable text in normal form C, on one line.

    Control and format characters are out (a bidirectional override can make a label or a purpose
    read as something else), and so are unassigned code points, whose normal form may change.
    """
    return (
        isinstance(text, str)
        and 0 < len(text) <= max_length
        and text == text.strip()
        and is_printable(text)
        and unicodedata.is_normalized("NFC", text)
    )
