"""A schema file is checked before anybody issues under it: faults by line, likely mistakes."""

from __future__ import annotations

import pytest

from zkproof.issuer.schema_check import SchemaCheck, SchemaFault, check_schema
from zkproof_circuits import library

SALARY = """\
id = "salary"
version = 1

[title]
en = "Salary"

[roles]
holder = "holder"
record_id = "rid"
valid_until = "until"

[[attributes]]
name = "holder"
type = { kind = "link_secret" }
blind = true
label = { en = "secret", pt = "segredo", zh-Hans = "密钥", zh-Hant = "密鑰" }

[[attributes]]
name = "rid"
type = { kind = "id" }
label = { en = "record", pt = "registo", zh-Hans = "记录", zh-Hant = "紀錄" }

[[attributes]]
name = "salary"
label = { en = "salary", pt = "salário", zh-Hans = "薪金", zh-Hant = "薪金" }
[attributes.type]
kind = "money"
currency = "MOP"
scale = 2
maximum = 9_999_999_999

[[attributes]]
name = "until"
type = { kind = "date" }
label = { en = "until", pt = "até", zh-Hans = "至", zh-Hant = "至" }
"""


def checked(text: str) -> SchemaCheck:
    found = check_schema(text)
    assert isinstance(found, SchemaCheck), found
    return found


def test_attributes_are_explained_by_what_policies_may_do() -> None:
    found = checked(SALARY)
    assert found.schema.id == "salary"
    assert found.warnings == ()
    assert "compare, add and bound" in found.meanings["salary"]
    assert "drawn" in found.meanings["rid"]
    assert "last day of validity" in found.meanings["until"]


@pytest.mark.parametrize("name", library.schema_names())
def test_packaged_schemas_have_no_likely_mistakes(name: str) -> None:
    warnings = checked(library.schema_text(name)).warnings
    assert [each for each in warnings if "bits" not in each and "valid_until" not in each] == []


@pytest.mark.parametrize(
    ("change", "line", "said"),
    [
        (("version = 1", "version ="), 2, "not TOML"),
        (('id = "salary"', 'id = "Salary"'), 1, "id"),
        (('holder = "holder"', 'holder = "salary"'), 8, "roles.holder"),
        (('kind = "id"', 'kind = "it"'), 20, "attributes[1].type.kind"),
        (("scale = 2", 'scale = "two"'), 29, "attributes[2].type.scale"),
        (('currency = "MOP"', 'currency = "mop"'), 28, "attributes[2].type.currency"),
        (('name = "salary"', 'name = "rid"'), 24, "rid stands twice"),
        (('name = "until"', 'nom = "until"'), 32, "attributes[3]"),
        (('en = "Salary"', 'en = ""'), 5, "title"),
        (("version = 1", "version = 1\nsurplus = 1"), None, "surplus"),
    ],
)
def test_fault_is_named_by_its_line(change: tuple[str, str], line: int | None, said: str) -> None:
    assert SALARY.count(change[0]) >= 1
    fault = check_schema(SALARY.replace(*change, 1))
    assert isinstance(fault, SchemaFault)
    assert said in fault.reason
    assert fault.line == line


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('holder = "holder"\n', ""), "bound to nobody"),
        (('record_id = "rid"\n', ""), "cannot be revoked"),
        (('valid_until = "until"\n', ""), "never end"),
        (('currency = "MOP"', 'currency = "JPY"'), "JPY has 0 digits"),
        (("maximum = 9_999_999_999", f"maximum = {1 << 80}"), "more than 64 bits"),
        (('pt = "segredo", ', ""), "no pt for holder"),
        (('id = "salary"', 'id = "identity"'), "packaged"),
    ],
)
def test_likely_mistake_is_said(change: tuple[str, str], said: str) -> None:
    assert said not in " ".join(checked(SALARY).warnings)
    assert said in " ".join(checked(SALARY.replace(*change, 1)).warnings)
