"""Schemas as people write them: TOML, checked against the JSON Schema beside this file."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from zkproof.bounded import load_toml
from zkproof.errors import DecodeError, SchemaError
from zkproof_circuits.schema import MAX_SCHEMA_BYTES, Schema, schema_from_mapping

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator


def parse_schema(text: str) -> Schema:
    """The schema that a TOML text describes.

    Raises `SchemaError` naming line and column for text that is not TOML, and the path of the
    offending entry, such as ``attributes[2].type.scale``, for everything else.

    >>> schema = parse_schema('''
    ... id = "membership"
    ... version = 1
    ... title = { en = "Membership", pt = "Inscrição" }
    ... [[attributes]]
    ... name = "since"
    ... type = { kind = "date" }
    ... label = { en = "member since" }
    ... ''')
    >>> schema.attribute("since").type.parse("2026-11-23")
    20780
    """
    try:
        document = load_toml(text, field="schema", max_bytes=MAX_SCHEMA_BYTES)
    except DecodeError as error:
        raise SchemaError(error.message) from None
    errors = sorted(_validator().iter_errors(document), key=lambda error: error.json_path)
    if errors:
        path = errors[0].json_path.removeprefix("$").removeprefix(".") or "schema"
        raise SchemaError(f"{path}: {errors[0].message}")
    return schema_from_mapping(document)


@cache
def _validator() -> Draft202012Validator:
    from jsonschema import Draft202012Validator  # slow to import, and rarely needed

    text = resources.files(__package__).joinpath("schema.schema.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))
