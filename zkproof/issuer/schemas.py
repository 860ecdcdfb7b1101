"""Schemas as an issuer names them: packaged ones, files of its own, and those on the ledger."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from zkproof import files
from zkproof.errors import NotFoundError, SchemaError
from zkproof_circuits import library
from zkproof_circuits.schema import MAX_SCHEMA_BYTES, Schema
from zkproof_circuits.schema_text import parse_schema


def find_schema(named: str | Path | Schema, published: Collection[Schema] = ()) -> Schema:
    """The schema that a name means: a file, a packaged identifier, or a published identifier.

    An identifier may carry its version, as in ``payroll:2``; without one, a packaged schema comes
    first, then the newest version that is published.

    Raises `NotFoundError` when there is none, `SchemaError` for a file that is no schema.
    """
    if isinstance(named, Schema):
        return named
    if isinstance(named, Path) or named.endswith(".toml"):
        path = Path(named)
        text = files.read_text(path, max_bytes=MAX_SCHEMA_BYTES)
        try:
            return parse_schema(text)
        except SchemaError as error:
            raise SchemaError(
                f"{path}: {error.message}", hint=f"zkproof schema check {path}"
            ) from None
    identifier, _, version = named.partition(":")
    if not version and identifier in library.schema_names():
        return library.schema(identifier)
    known = [*published, *library.all_schemas()]
    found = [each for each in known if each.id == identifier]
    if version:
        found = [each for each in found if str(each.version) == version]
    if not found:
        names = ", ".join(library.schema_names())
        raise NotFoundError(
            f"{named}: no such schema",
            hint=f"a TOML file, one that is published on the ledger, or one of {names}",
        )
    return max(found, key=lambda each: each.version)
