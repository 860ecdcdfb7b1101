"""``zkproof policy``: format, check and explain policies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zkproof.cli.terminal import Json, note, read, tell
from zkproof.clock import system_clock
from zkproof.errors import UsageError
from zkproof.presentation.cost import estimate
from zkproof_circuits import library
from zkproof_circuits.explain import explain as explain_circuit
from zkproof_circuits.format import format_policy
from zkproof_circuits.including import Library
from zkproof_circuits.including import expand as expand_text
from zkproof_circuits.policy import Analysis, analyse_policy

app = typer.Typer(help="Policies: what is asked.", no_args_is_help=True)

Policy = Annotated[str, typer.Argument(help="Name of a packaged policy, or a file.")]


def _text(policy: str) -> str:
    if policy in library.policy_names():
        return library.policy_text(policy)
    try:
        return read(Path(policy)).decode()
    except UnicodeDecodeError:
        raise UsageError(f"{policy}: not UTF-8") from None


def beside(policy: str) -> Library:
    """Policies that a policy may include: packaged ones, and files beside it."""

    def text_of(name: str) -> str:
        path = Path(policy).with_name(f"{name}.policy")
        if policy not in library.policy_names() and path.is_file():
            return path.read_text(encoding="utf-8")
        return library.policy_text(name)

    return text_of


def _analysed(policy: str) -> Analysis:
    text = expand_text(_text(policy), beside(policy))
    return analyse_policy(text, library.all_schemas(), today=_today())


def _today() -> int:
    """The UTC day, counted from 1970-01-01."""
    return system_clock() // 86_400


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
    formatted = format_policy(_text(policy))
    if write:
        Path(policy).write_text(formatted)
    else:
        typer.echo(formatted, nl=False)


@app.command("expand")
def expand(policy: Policy) -> None:
    """Print the text that stands alone: what is included, in its place."""
    typer.echo(expand_text(_text(policy), beside(policy)), nl=False)


@app.command("check")
def check(policy: Policy, as_json: Json = False) -> None:
    """Compile with the packaged schemas and today's date; say what it comes to."""
    analysis = _analysed(policy)
    for warning in analysis.warnings:
        note(f"line {warning.line}, column {warning.column}: {warning.message}")
    circuit = analysis.circuit
    cost = estimate(circuit, library.all_schemas(), today=_today())
    tell(
        {
            "policy": f"{circuit.name} v{circuit.version}",
            "digest": circuit.digest,
            "credentials": [each.alias for each in circuit.credentials],
            "revealed": [str(slot) for slot in circuit.revealed],
            "constraints": [each.source for each in circuit.constraints],
            "inequalities": f"{cost.inequalities}, in {cost.repetitions} repetitions",
            "exact constraints": cost.exact_constraints,
            "auxiliary secrets": cost.auxiliary_secrets,
            "pairings": cost.pairings,
            "proof octets": cost.proof_octets,
            "presentation octets": cost.presentation_octets,
            "prove, predicted here": f"{cost.prove_ms} ms",
            "verify, predicted here": f"{cost.verify_ms} ms",
        },
        as_json,
    )


@app.command("explain")
def explain(
    policy: Policy,
    language: Annotated[str, typer.Option(help="zh-Hant, zh-Hans, pt or en.")] = "en",
) -> None:
    """The sentences that a holder reads, from the compiled policy."""
    circuit = _analysed(policy).circuit
    typer.echo(explain_circuit(circuit, library.all_schemas(), language).text())
