"""The sentences of each language, from the files beside this one."""

from __future__ import annotations

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

    def say(self, section: str, key: str, **parts: object) -> str:
        """A pattern with its parts filled in.

        Parts are inserted as they are and not read as patterns themselves.
        """
        return self.patterns[section][key].format(**parts)

    def list_of(self, items: list[str], last: str = "separator") -> str:
        """The items, joined; ``last`` joins the last two."""
        words = self.patterns["words"]
        if len(items) < 2:
            return "".join(items)
        return words["separator"].join(items[:-1]) + words[last] + items[-1]


@cache
def catalogue(language: Language) -> Catalogue:
    """The catalogue of a language."""
    file = resources.files(__package__).joinpath(f"{language}.toml")
    return Catalogue(language, tomllib.loads(file.read_text(encoding="utf-8")))
