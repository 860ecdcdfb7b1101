"""``zkproof schema``: what certificates hold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zkproof.cli.terminal import Json, note, tell
from zkproof.errors import SchemaError
from zkproof.files import read_text
from zkproof.issuer.schema_check import SchemaFault, check_schema
from zkproof_circuits import library

app = typer.Typer(help="Schemas: what certificates hold.", no_args_is_help=True)


@app.command("check")
def check(
    schema: Annotated[str, typer.Argument(help="A TOML file, or the name of a packaged schema.")],
    as_json: Json = False,
) -> None:
    """Read a schema: faults with their line, what each attribute is for, likely mistakes."""
    packaged = schema in library.schema_names()
    text = library.schema_text(schema) if packaged else read_text(Path(schema))
    checked = check_schema(text)
    if isinstance(checked, SchemaFault):
        raise SchemaError(f"{schema}: {checked}", hint=checked.hint)
    for warning in checked.warnings:
        note(f"warning: {warning}")
    found = checked.schema
    tell(
        {
            "schema": found.id,
            "version": found.version,
            "digest": found.digest,
            "attributes": checked.meanings,
            "warnings": list(checked.warnings),
        },
        as_json,
    )


@app.command("list")
def list_schemas(as_json: Json = False) -> None:
    """List the packaged schemas."""
    tell({each.id: each.title.text("en") for each in library.all_schemas()}, as_json)


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="Name of a packaged schema.")],
) -> None:
    """Print a packaged schema, to begin one of your own from."""
    typer.echo(library.schema_text(name), nl=False)
