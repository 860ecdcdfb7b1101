"""Numbers with units: one and many, percentages, units that only a schema knows."""

from __future__ import annotations

import pytest

from zkproof_circuits.types import Integer


@pytest.mark.parametrize(
    ("unit", "value", "en", "pt", "simplified", "traditional"),
    [
        ("months", 1, "1 month", "1 mês", "1 个月", "1 個月"),
        ("months", 0, "0 months", "0 meses", "0 个月", "0 個月"),
        ("months", 1200, "1,200 months", "1.200 meses", "1,200 个月", "1,200 個月"),
        ("days", 1, "1 day", "1 dia", "1 天", "1 天"),
        ("years", 2, "2 years", "2 anos", "2 年", "2 年"),
        ("people", 1, "1 person", "1 pessoa", "1 人", "1 人"),
        ("people", 2, "2 people", "2 pessoas", "2 人", "2 人"),
        ("points", 1, "1 point", "1 ponto", "1 分", "1 分"),
        ("percent", 35, "35%", "35%", "35%", "35%"),
        ("crates", 3, "3 crates", "3 crates", "3 crates", "3 crates"),
        ("", 2025, "2025", "2025", "2025", "2025"),
    ],
)
def test_values_of_integers_are_said_with_their_units(
    unit: str, value: int, en: str, pt: str, simplified: str, traditional: str
) -> None:
    kind = Integer(0, 10_000, unit)
    assert kind.format(value, "en") == en
    assert kind.format(value, "pt") == pt
    assert kind.format(value, "zh-Hans") == simplified
    assert kind.format(value, "zh-Hant") == traditional
