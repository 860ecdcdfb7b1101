"""Access to the packaged files by name."""

from __future__ import annotations

from functools import cache
from importlib import resources

from zkproof.errors import NotFoundError
from zkproof_circuits.schema import Schema
from zkproof_circuits.schema_text import parse_schema


def schema_names() -> tuple[str, ...]:
    """Names of the packaged schemas, ascending; each is the schema's id."""
    return names("schemas", ".toml")


def policy_names() -> tuple[str, ...]:
    """Names of the packaged policies, ascending; each is the policy's name."""
    return names("policies", ".policy")


def schema_text(name: str) -> str:
    """The TOML of a packaged schema; raises `NotFoundError` for an unknown name."""
    return text_of("schemas", name, ".toml", schema_names())


@cache
def schema(name: str) -> Schema:
    """A packaged schema; raises `NotFoundError` for an unknown name."""
    return parse_schema(schema_text(name))


def all_schemas() -> tuple[Schema, ...]:
    """Every packaged schema."""
    return tuple(schema(name) for name in schema_names())


def policy_text(name: str) -> str:
    """The text of a packaged policy; raises `NotFoundError` for an unknown name."""
    return text_of("policies", name, ".policy", policy_names())


def names(folder: str, suffix: str) -> tuple[str, ...]:
    """Names of the packaged files of one folder, ascending."""
    files = resources.files(__package__).joinpath(folder).iterdir()
    return tuple(sorted(f.name.removesuffix(suffix) for f in files if f.name.endswith(suffix)))


def text_of(folder: str, name: str, suffix: str, known: tuple[str, ...]) -> str:
    """The text of a packaged file; raises `NotFoundError` for a name that is not ``known``."""
    # Only listed names: a name is never a path.
    if name not in known:
        raise NotFoundError(f"{folder}: no {name}", hint=f"known: {', '.join(known)}")
    return resources.files(__package__).joinpath(folder, name + suffix).read_text(encoding="utf-8")
