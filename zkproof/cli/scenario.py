"""``zkproof scenario``: one of the packaged stories, played for real."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.panel import Panel
from rich.progress import Progress
from rich.table import Table

from zkproof.cli.playing import Attempt, Play, play
from zkproof.cli.terminal import Json, tell
from zkproof.clock import system_clock
from zkproof_circuits import library
from zkproof_circuits.explain import explain
from zkproof_circuits.labels import require_language
from zkproof_circuits.library.scenarios import scenario as packaged
from zkproof_circuits.library.scenarios import scenario_names


def scenario(
    name: Annotated[str | None, typer.Argument(help="Which; without one, all are listed.")] = None,
    language: Annotated[str, typer.Option(help="zh-Hant, zh-Hans, pt or en.")] = "en",
    entries: Annotated[
        int | None, typer.Option(min=1, help="Length of published lists, to make it quicker.")
    ] = None,
    as_json: Json = False,
) -> None:
    """A story from the region: who proves what to whom, and who fails for which reason.

    Exit code 1 when anything goes otherwise than the story says.
    """
    spoken = require_language(language)
    if name is None:
        tell({each: packaged(each).title[spoken] for each in scenario_names()}, as_json)
        return
    chosen = packaged(name)
    with (
        tempfile.TemporaryDirectory(prefix="zkproof-scenario-") as folder,
        Progress(console=Console(stderr=True), transient=True) as progress,
    ):
        task = progress.add_task("lists", total=None)

        def shown(what: str, done: int, total: int) -> None:
            progress.update(task, description=what, completed=done, total=total)

        played = play(chosen, Path(folder), now=system_clock(), entries=entries, progress=shown)
    if as_json:
        tell(_facts(played), True)
    else:
        _print(played, spoken)
    if not played.as_expected:
        raise typer.Exit(1)


def _print(played: Play, language: str) -> None:
    say = Console(highlight=False)
    spoken = require_language(language)
    chosen = played.scenario
    say.print(Panel(chosen.story[spoken], title=chosen.title[spoken], title_align="left"))
    say.print(explain(played.circuit, library.all_schemas(), spoken).text())
    table = Table(title=chosen.verifier, title_justify="left")
    for column in ("who", "", "what came of it", "octets", "prove ms", "verify ms"):
        table.add_column(column)
    for each in played.attempts:
        table.add_row(
            each.person.name,
            each.person.why[spoken],
            _outcome(each),
            str(each.octets or ""),
            f"{each.prove_ms:.1f}" if each.octets else "",
            f"{each.verify_ms:.1f}" if each.octets else "",
        )
    say.print(table)
    first = next((each.report for each in played.attempts if each.report is not None), None)
    if first is None:
        return
    for credential in first.credentials:
        disclosed = ", ".join(sorted(credential.disclosed)) or "-"
        say.print(f"[green]{credential.schema_id}: shown {disclosed}[/green]")
        say.print(f"[dim]stayed hidden: {', '.join(credential.hidden)}[/dim]")
    for pseudonym in first.pseudonyms:
        say.print(f"{pseudonym.scope}: {pseudonym.value.hex()[:32]}…")
    for ciphertext in first.ciphertexts:
        say.print(
            f"{ciphertext.slot} for {ciphertext.auditor_id}: {ciphertext.ciphertext.hex()[:32]}…"
        )


def _outcome(each: Attempt) -> str:
    colour = "green" if each.outcome == "proven" else "yellow"
    if not each.as_expected:
        colour = "red"
    said = f"\n[dim]{each.said}[/dim]" if each.said else ""
    return f"[{colour}]{each.outcome}[/{colour}]{said}"


def _facts(played: Play) -> dict[str, object]:
    return {
        "scenario": played.scenario.name,
        "attempts": [
            {
                "who": each.person.name,
                "why": each.person.why["en"],
                "expected": each.person.expect,
                "outcome": each.outcome,
                "said": each.said,
                "octets": each.octets,
                "prove_ms": round(each.prove_ms, 3),
                "verify_ms": round(each.verify_ms, 3),
            }
            for each in played.attempts
        ],
    }
