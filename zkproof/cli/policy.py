"""``zkproof policy``: format, check and explain policies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zkproof.cli.terminal import Json, note, tell
from zkproof.clock import system_clock
from zkproof.errors import ConflictError, UsageError
from zkproof.files import read_text
from zkproof.presentation.cost import estimate
from zkproof.presentation.request import DAY_SECONDS
from zkproof_circuits import library
from zkproof_circuits.explain import explain as explain_circuit
from zkproof_circuits.format import format_policy
from zkproof_circuits.includes import Library, pointing_into
from zkproof_circuits.includes import expand as expand_text
from zkproof_circuits.policy import Analysis, analyse_policy
from zkproof_circuits.schema import Schema
from zkproof_circuits.schema_text import parse_schema

app = typer.Typer(help="Policies: what is asked.", no_args_is_help=True)

Policy = Annotated[str, typer.Argument(help="Name of a packaged policy, or a file.")]


Parameters = Annotated[
    list[str] | None,
    typer.Option("--param", help="A parameter's value, as name=value. Can stand several times."),
]
Schemas = Annotated[
    list[Path] | None,
    typer.Option("--schema", help="A schema file, besides the packaged ones."),
]


def text_of(policy: str) -> str:
    """The text of a packaged policy or of a file. Raises `NotFoundError` and `ConflictError`."""
    if policy in library.policy_names():
        return library.policy_text(policy)
    return read_text(Path(policy))


def parameters_of(given: list[str] | None) -> dict[str, str]:
    """Values by name from ``name=value``. Raises `UsageError`."""
    found: dict[str, str] = {}
    for each in given or ():
        name, sign, value = each.partition("=")
        if not sign or not name or name in found:
            raise UsageError(f"--param {each}: once for each parameter, as name=value")
        found[name] = value
    return found


def beside(policy: str) -> Library:
    """Policies that a policy may include: packaged ones, and files beside it."""

    def found(name: str) -> str:
        path = Path(policy).with_name(f"{name}.policy")
        if policy not in library.policy_names() and path.is_file():
            return read_text(path)
        return library.policy_text(name)

    return found


def _analysed(
    policy: str, given: list[str] | None, files: list[Path] | None
) -> tuple[Analysis, list[Schema]]:
    written, parameters = text_of(policy), parameters_of(given)
    schemas = [*library.all_schemas(), *(parse_schema(read_text(each)) for each in files or ())]
    text = expand_text(written, beside(policy))
    with pointing_into(text, written):
        now = system_clock()
        today = now // DAY_SECONDS
        found = analyse_policy(text, schemas, today=today, now=now, parameters=parameters)
        return found, schemas


def _today() -> int:
    """The UTC day, counted from 1970-01-01."""
    return system_clock() // DAY_SECONDS


@app.command("list")
def list_all(as_json: Json = False) -> None:
    """Policies and schemas that come with the program."""
    tell(
        {"policies": list(library.policy_names()), "schemas": list(library.schema_names())}, as_json
    )


@app.command("fmt")
def fmt(
    policy: Policy,
    write: Annotated[bool, typer.Option("--write", help="Write the file again.")] = False,
) -> None:
    """Print the policy in its one form; the meaning stays."""
    formatted = format_policy(text_of(policy))
    if write and policy in library.policy_names():
        raise ConflictError(f"{policy}: comes with the program and is not written")
    if write:
        Path(policy).write_text(formatted, encoding="utf-8")
    else:
        typer.echo(formatted, nl=False)


@app.command("expand")
def expand(policy: Policy) -> None:
    """Print the text that stands alone: what is included, in its place."""
    typer.echo(expand_text(text_of(policy), beside(policy)), nl=False)


@app.command("check")
def check(
    policy: Policy, param: Parameters = None, schema: Schemas = None, as_json: Json = False
) -> None:
    """Compile with today's date; say what it comes to."""
    analysis, schemas = _analysed(policy, param, schema)
    for warning in analysis.warnings:
        note(f"line {warning.line}, column {warning.column}: {warning.message}")
    circuit = analysis.circuit
    whole = circuit.at_once
    cost = estimate(circuit, schemas, today=_today())
    tell(
        {
            "policy": f"{circuit.name} v{circuit.version}",
            "digest": circuit.digest,
            "credentials": [each.alias for each in whole.credentials],
            "choices": [
                " or ".join(", ".join(sorted(way.shown)) or "nothing" for way in choice)
                for choice in circuit.choices
            ],
            "hidden issuers": {
                each.alias: f"one of {each.hidden_among} at most"
                + (", if used" if each.alias in whole.conditional else "")
                for each in whole.credentials
                if each.hidden_among is not None
            },
            "revealed": [str(slot) for slot in whole.revealed],
            "constraints": [each.source for each in whole.constraints],
            "inequalities": f"{cost.inequalities}, in {cost.repetitions} repetitions",
            "exact constraints": cost.exact_constraints,
            "auxiliary secrets": cost.auxiliary_secrets,
            "pairings": cost.pairings,
            "proof octets": cost.proof_octets,
            "presentation octets": cost.presentation_octets,
            "prove, predicted here": f"{cost.prove_ms} ms",
            "verify, predicted here": f"{cost.verify_ms} ms",
            **{
                f"way with {', '.join(each.credentials)} adds": f"{each.proof_octets} octets, "
                f"{each.prove_ms} ms to prove, {each.verify_ms} ms to verify"
                for each in cost.ways
            },
        },
        as_json,
    )


@app.command("explain")
def explain(
    policy: Policy,
    language: Annotated[str, typer.Option(help="zh-Hant, zh-Hans, pt or en.")] = "en",
    param: Parameters = None,
    schema: Schemas = None,
) -> None:
    """The sentences that a holder reads, from the compiled policy."""
    analysis, schemas = _analysed(policy, param, schema)
    typer.echo(explain_circuit(analysis.circuit, schemas, language).text())
