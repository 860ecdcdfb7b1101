"""Ready schemas and policies, one file each, as they come with the package."""

from zkproof_circuits.library.reading import (
    all_schemas,
    policy_names,
    policy_text,
    schema,
    schema_names,
    schema_text,
)

__all__ = [
    "all_schemas",
    "policy_names",
    "policy_text",
    "schema",
    "schema_names",
    "schema_text",
]
