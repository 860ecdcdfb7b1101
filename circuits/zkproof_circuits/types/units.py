"""Words for what integers count: one form for exactly one, one for every other number.

Units are names in a schema. Those that people use every day have words in each language; any
other unit is said by its name.
"""

from __future__ import annotations

from collections.abc import Mapping

from zkproof_circuits.labels import Language

AGE = "years of age"
"""Years that somebody has lived; no name of a unit in a schema."""

_Forms = tuple[str, str]
"""For exactly one, and for every other number."""


def counted(number: str, unit: str, language: Language, *, one: bool) -> str:
    """``number`` of a unit; ``one``: the number is exactly one."""
    forms = _WORDS.get(unit, {}).get(language, (f"{{}} {unit}", f"{{}} {unit}"))
    return forms[0 if one else 1].format(number)


def unit_name(unit: str, language: Language) -> str:
    """The unit alone, as it stands in a formula: ``days``."""
    return counted("", unit, language, one=False).strip()


_WORDS: Mapping[str, Mapping[Language, _Forms]] = {
    "seconds": {
        "en": ("{} second", "{} seconds"),
        "pt": ("{} segundo", "{} segundos"),
        "zh-Hans": ("{} 秒", "{} 秒"),
        "zh-Hant": ("{} 秒", "{} 秒"),
    },
    "minutes": {
        "en": ("{} minute", "{} minutes"),
        "pt": ("{} minuto", "{} minutos"),
        "zh-Hans": ("{} 分钟", "{} 分钟"),
        "zh-Hant": ("{} 分鐘", "{} 分鐘"),
    },
    "hours": {
        "en": ("{} hour", "{} hours"),
        "pt": ("{} hora", "{} horas"),
        "zh-Hans": ("{} 小时", "{} 小时"),
        "zh-Hant": ("{} 小時", "{} 小時"),
    },
    "days": {
        "en": ("{} day", "{} days"),
        "pt": ("{} dia", "{} dias"),
        "zh-Hans": ("{} 天", "{} 天"),
        "zh-Hant": ("{} 天", "{} 天"),
    },
    "weeks": {
        "en": ("{} week", "{} weeks"),
        "pt": ("{} semana", "{} semanas"),
        "zh-Hans": ("{} 周", "{} 周"),
        "zh-Hant": ("{} 星期", "{} 星期"),
    },
    "months": {
        "en": ("{} month", "{} months"),
        "pt": ("{} mês", "{} meses"),
        "zh-Hans": ("{} 个月", "{} 个月"),
        "zh-Hant": ("{} 個月", "{} 個月"),
    },
    "years": {
        "en": ("{} year", "{} years"),
        "pt": ("{} ano", "{} anos"),
        "zh-Hans": ("{} 年", "{} 年"),
        "zh-Hant": ("{} 年", "{} 年"),
    },
    AGE: {
        "en": ("{} year", "{} years"),
        "pt": ("{} ano", "{} anos"),
        "zh-Hans": ("{} 岁", "{} 岁"),
        "zh-Hant": ("{} 歲", "{} 歲"),
    },
    "percent": {
        "en": ("{}%", "{}%"),
        "pt": ("{}%", "{}%"),
        "zh-Hans": ("{}%", "{}%"),
        "zh-Hant": ("{}%", "{}%"),
    },
    "points": {
        "en": ("{} point", "{} points"),
        "pt": ("{} ponto", "{} pontos"),
        "zh-Hans": ("{} 分", "{} 分"),
        "zh-Hant": ("{} 分", "{} 分"),
    },
    "people": {
        "en": ("{} person", "{} people"),
        "pt": ("{} pessoa", "{} pessoas"),
        "zh-Hans": ("{} 人", "{} 人"),
        "zh-Hant": ("{} 人", "{} 人"),
    },
}
