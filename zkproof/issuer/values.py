"""Values of one record, as a program or a JSON file gives them."""

from __future__ import annotations

from collections.abc import Mapping

from zkproof.bounded import load_json
from zkproof.errors import SchemaError, UsageError
from zkproof_circuits.schema import Schema
from zkproof_circuits.types import Value


def typed_values(schema: Schema, values: Mapping[str, object]) -> dict[str, Value]:
    """Values in their types, but for the record identifier, which is drawn by the records.

    Raises `SchemaError` with every fault, each naming its attribute.
    """
    typed: dict[str, Value] = {}
    faults: list[str] = []
    for name, value in values.items():
        try:
            kind = schema.attribute(name).type
            if isinstance(value, str):
                typed[name] = kind.parse(value, field=name)
            else:
                typed[name] = kind.from_python(value, field=name)
        except SchemaError as error:
            faults.append(error.message)
    if faults:
        raise SchemaError("; ".join(faults))
    return typed


def read_values(data: bytes, *, field: str) -> dict[str, str]:
    """Texts by attribute from a JSON object.

    Raises `DecodeError` for what is not JSON, or has a name twice, `UsageError` for other values
    than texts.
    """
    table = load_json(data, field=field)
    if not isinstance(table, dict) or not all(isinstance(each, str) for each in table.values()):
        raise UsageError(f"{field}: an object of texts is needed")
    return table
