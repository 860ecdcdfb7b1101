# /// script
# requires-python = ">=3.11"
# dependencies = ["babel==2.18.0"]
# ///
"""Write the names of countries and currencies in the languages of the explainer.

Run from the root of the repository: ``uv run tools/code_names.py``. The names come from the
Unicode CLDR as Babel packages it. The result is kept in the repository, so that an explanation
reads the same whatever is installed, and no command pays for loading Babel.
"""

from __future__ import annotations

import csv
from pathlib import Path

from babel import Locale  # type: ignore[import-not-found,unused-ignore]
from babel.numbers import get_currency_name  # type: ignore[import-not-found,unused-ignore]

TYPES = Path(__file__).parent.parent / "circuits" / "zkproof_circuits" / "types"

LOCALES = {"en": "en", "pt": "pt_PT", "zh-Hans": "zh_Hans", "zh-Hant": "zh_Hant_MO"}

# Short names where the CLDR has a form that people in Macao do not use for themselves or for
# their neighbours, and names that the CLDR does not have in a language.
CHOSEN = {
    ("country", "HK"): ("Hong Kong", "Hong Kong", "香港", "香港"),
    ("country", "KP"): ("North Korea", "Coreia do Norte", "朝鲜", "朝鮮"),
    ("country", "KR"): ("South Korea", "Coreia do Sul", "韩国", "韓國"),
    ("country", "MO"): ("Macao", "Macau", "澳门", "澳門"),
    ("country", "NZ"): ("New Zealand", "Nova Zelândia", "新西兰", "新西蘭"),
    ("country", "PW"): ("Palau", "Palau", "帕劳", "帕勞"),
    ("country", "TW"): ("Taiwan", "Taiwan", "台湾", "台灣"),
    ("currency", "KPW"): ("North Korean won", "won norte-coreano", "朝鲜元", "朝鮮元"),
    ("currency", "MOP"): ("Macanese pataca", "pataca", "澳门元", "澳門元"),
    ("currency", "CNY"): ("Chinese yuan", "renminbi", "人民币", "人民幣"),
    ("currency", "UYW"): (
        "Uruguayan nominal wage index unit",
        "unidade previsional uruguaia",
        "乌拉圭名义工资指数单位",
        "烏拉圭名義工資指數單位",
    ),
    ("currency", "VED"): ("digital bolívar", "bolívar digital", "数字玻利瓦尔", "數字玻利瓦爾"),
    ("currency", "XAD"): (
        "Arab accounting dinar",
        "dinar árabe de conta",
        "阿拉伯记账第纳尔",
        "阿拉伯記賬第納爾",
    ),
    ("currency", "XCG"): ("Caribbean guilder", "florim das Caraíbas", "加勒比盾", "加勒比盾"),
    ("currency", "XSU"): ("sucre", "sucre", "苏克雷", "蘇克雷"),
    ("currency", "XUA"): (
        "ADB unit of account",
        "unidade de conta do BAfD",
        "非洲开发银行记账单位",
        "非洲開發銀行記賬單位",
    ),
    ("currency", "ZWG"): ("Zimbabwe gold", "ouro do Zimbabué", "津巴布韦金", "津巴布韋金"),
}


def names(code_list: str, code: str) -> list[str]:
    """The names of a code, in the order of `LOCALES`."""
    if (code_list, code) in CHOSEN:
        return list(CHOSEN[code_list, code])
    found: list[str] = []
    for locale in map(Locale.parse, LOCALES.values()):
        if code_list == "country":
            name = locale.territories[code]
        else:
            # The singular is written as in a sentence; the display name has capitals in English.
            name = str(get_currency_name(code, count=1, locale=locale))
        found.append(name.replace(" & ", " and "))
    return found


def main() -> None:
    """Write ``code_names.csv`` beside ``codes.csv``."""
    with (TYPES / "codes.csv").open(encoding="utf-8", newline="") as source:
        rows = [(row["list"], row["code"]) for row in csv.DictReader(source)]
    with (TYPES / "code_names.csv").open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(["list", "code", *LOCALES])
        for code_list, code in rows:
            writer.writerow([code_list, code, *names(code_list, code)])


if __name__ == "__main__":
    main()
