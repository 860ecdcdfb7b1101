"""The sentences of each language, from the files beside this one."""

from __future__ import annotations

import string
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from zkproof_circuits.labels import Language


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Patterns by section and key."""

    language: Language
    patterns: dict[str, dict[str, str]]

    def say(self, section: str, key: str, /, **parts: object) -> str:
        """A pattern with its parts filled in.

        Parts are inserted as they are and not read as patterns themselves. In Chinese a space
        parts them from the pattern where letters or figures meet characters.
        """
        pattern = self.patterns[section][key]
        if not self.language.startswith("zh"):
            return pattern.format(**parts)
        said = ""
        for literal, name, _, _ in _FORMATTER.parse(pattern):
            said = _joined(said, literal)
            if name is not None:
                said = _joined(said, str(parts[name]))
        return said

    def quoted(self, text: str) -> str:
        """Words of somebody else, in quotation marks that they cannot end."""
        end = self.patterns["words"]["quotation_end"]
        return self.say("words", "quotation", text=text.replace(end, 2 * end))

    def joined(self, key: str, items: list[str]) -> str:
        """The items with a sign or word between each two."""
        sign = self.patterns["words"][key]
        parts = [part for item in items for part in (sign, item)][1:]
        return _together(self.language, parts)

    def list_of(self, items: list[str], last: str = "separator") -> str:
        """The items, joined; ``last`` joins the last two."""
        words = self.patterns["words"]
        if len(items) < 2:
            return "".join(items)
        return words["separator"].join(items[:-1]) + words[last] + items[-1]


def _together(language: Language, parts: list[str]) -> str:
    if not language.startswith("zh"):
        return "".join(parts)
    said = ""
    for part in parts:
        said = _joined(said, part)
    return said


def _joined(first: str, second: str) -> str:
    """Both texts, with a space where a letter or figure of one meets a character of the other."""
    if not first or not second:
        return first + second
    meeting = first[-1], second[0]
    apart = any(map(_is_character, meeting)) and any(map(_is_letter, meeting))
    return f"{first} {second}" if apart else first + second


def _is_character(sign: str) -> bool:
    return "\u3400" <= sign <= "\u9fff"


def _is_letter(sign: str) -> bool:
    return sign == "%" or (sign.isalnum() and not _is_character(sign))


_FORMATTER = string.Formatter()


@cache
def catalogue(language: Language) -> Catalogue:
    """The catalogue of a language."""
    file = resources.files(__package__).joinpath(f"{language}.toml")
    return Catalogue(language, tomllib.loads(file.read_text(encoding="utf-8")))
