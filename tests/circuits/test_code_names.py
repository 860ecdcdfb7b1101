"""Names of countries and currencies: all of them, in every language, each for one code only."""

from __future__ import annotations

import pytest

from zkproof_circuits.labels import LANGUAGES, Language
from zkproof_circuits.types import Code
from zkproof_circuits.types.codes import CodeList, name_of, numbers


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code_list", ["country", "currency"])
def test_every_code_has_a_name_of_its_own(code_list: CodeList, language: Language) -> None:
    names = [name_of(code_list, code, language) for code in numbers(code_list)]
    assert len(set(names)) == len(names)
    assert not set(names) & set(numbers(code_list))
    assert not [name for name in names if "," in name or "、" in name or name != name.strip()]


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("MO", {"en": "Macao", "pt": "Macau", "zh-Hans": "澳门", "zh-Hant": "澳門"}),
        ("HK", {"en": "Hong Kong", "pt": "Hong Kong", "zh-Hans": "香港", "zh-Hant": "香港"}),
        ("TW", {"en": "Taiwan", "pt": "Taiwan", "zh-Hans": "台湾", "zh-Hant": "台灣"}),
        ("IT", {"en": "Italy", "pt": "Itália", "zh-Hans": "意大利", "zh-Hant": "意大利"}),
        ("IR", {"en": "Iran", "pt": "Irão", "zh-Hans": "伊朗", "zh-Hant": "伊朗"}),
    ],
)
def test_names_are_those_of_the_region(code: str, names: dict[Language, str]) -> None:
    kind = Code("country")
    assert {language: kind.format(kind.parse(code), language) for language in names} == names


def test_currency_is_named_with_its_letters() -> None:
    kind = Code("currency")
    assert kind.format(446) == "Macanese pataca (MOP)"
    assert kind.format(446, "zh-Hant") == "澳門元（MOP）"


def test_code_without_a_name_keeps_its_letters() -> None:
    assert name_of("country", "ZZ", "pt") == "ZZ"
