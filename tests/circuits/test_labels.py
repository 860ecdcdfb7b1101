"""Labels: what a schema may call its attributes, and how a sentence keeps them names."""

from __future__ import annotations

import pytest

from tests.circuits.building import TODAY
from zkproof.errors import SchemaError
from zkproof_circuits import library
from zkproof_circuits.explain import explain
from zkproof_circuits.labels import LANGUAGES, Labels, reads_as_words
from zkproof_circuits.policy import compile_policy
from zkproof_circuits.schema import Schema
from zkproof_circuits.schema_text import parse_schema


def schema_of(*labels: str, title: str = "Pay", schema_id: str = "pay") -> Schema:
    return parse_schema(
        f"id = \"{schema_id}\"\nversion = 1\ntitle = {{ en = '{title}' }}\n"
        + "".join(
            f'[[attributes]]\nname = "x{position}"\n'
            'type = { kind = "int", minimum = 0, maximum = 99 }\n'
            f"label = {{ {label} }}\n"
            for position, label in enumerate(labels)
        )
    )


def said(schema: Schema, requirement: str) -> str:
    text = f'policy t v1 purpose "w" credential p: pay from "y" require {requirement}'
    return explain(compile_policy(text, (schema,), today=TODAY), (schema,)).constraints[0]


@pytest.mark.parametrize(
    ("first", "second", "language"),
    [
        ("en = 'income'", "en = 'income'", "en"),
        ("en = 'income'", "en = 'Income'", "en"),
        ("en = 'net income'", "en = 'net  income'", "en"),
        ("en = 'income'", "en = '\uff49ncome'", "en"),
        ("en = 'gross', pt = 'rendimento'", "en = 'net', pt = 'rendimento'", "pt"),
        ("en = 'gross', zh-Hant = '收入'", "en = 'net', zh-Hant = '收入'", "zh-Hant"),
        # Where a text is missing the English one stands.
        ("en = 'capital'", "en = 'net', pt = 'capital'", "pt"),
    ],
)
def test_labels_that_read_the_same_are_refused(first: str, second: str, language: str) -> None:
    schema_of(first, "en = 'something else'")
    with pytest.raises(SchemaError, match=f"x0 and x1 read the same in {language}"):
        schema_of(first, second)


@pytest.mark.parametrize(
    "character",
    ["\n", "\x00", "\u202e", "\u200b", "\u2066", "\u00a0", "\u2003", "\u3164", "\u2800", "\ufe0f"],
)
def test_labels_with_characters_that_cannot_be_seen_are_refused(character: str) -> None:
    Labels("in come")
    with pytest.raises(SchemaError, match="label en"):
        Labels(f"in{character}come")


def test_label_that_mixes_look_alike_alphabets_is_refused() -> None:
    Labels("balance")
    Labels("结余 A")
    with pytest.raises(SchemaError, match="another alphabet"):
        Labels("b\u0430lance")  # a Cyrillic letter


@pytest.mark.parametrize(
    "label",
    [
        "income is at least 5",
        "income; nothing else is asked, for",
        "income (gross), and",
        "balance (Deposit certificate a)",
        "a “quoted” word",
        "x" * 100,
        "收入不少於 5",
        "收入為五",
    ],
)
def test_label_that_reads_as_a_sentence_is_quoted(label: str) -> None:
    assert reads_as_words("income")
    schema = schema_of(f"en = '{label}'")
    assert said(schema, "p.x0 >= 90") == f"“{label.replace('”', '””')}” is at least 90"


def test_labels_of_the_packaged_schemas_read_as_names() -> None:
    for schema in library.all_schemas():
        for language in LANGUAGES:
            for attribute in schema.attributes:
                for labels in (attribute.label, *attribute.member_labels):
                    assert reads_as_words(labels.text(language)), labels.text(language)
            assert reads_as_words(schema.title.text(language))


def test_titles_that_look_like_another_ones_alias_are_told_apart() -> None:
    schemas = [
        schema_of("en = 'sum'", schema_id="pay"),
        schema_of("en = 'sum'", title="Pay a", schema_id="other"),
    ]
    text = (
        'policy t v1 purpose "w" credential a: pay from "y" credential b: pay from "y" '
        'credential c: other from "y" require a.x0 + b.x0 + c.x0 >= 5'
    )
    explained = explain(compile_policy(text, schemas, today=TODAY), schemas)
    titles = [each.title for each in explained.credentials]
    assert titles == ["“Pay” a", "Pay b", "“Pay a” c"]
    assert len({each.slot for each in explained.hidden}) == len(
        {each.label for each in explained.hidden}
    )
