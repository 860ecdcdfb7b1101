"""``zkproof scenario``: one of the packaged stories, played for real."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.progress import Progress
from rich.table import Table

from zkproof.cli.terminal import Json, tell
from zkproof.clock import system_clock
from zkproof.presentation.report import Report
from zkproof.scenarios.play import Attempt, Play, play
from zkproof.scenarios.words import WORDS
from zkproof.words.catalogue import verdict
from zkproof_circuits import library
from zkproof_circuits.explain import Explanation, explain
from zkproof_circuits.labels import Language, require_language
from zkproof_circuits.library.scenarios import scenario as packaged
from zkproof_circuits.library.scenarios import scenario_names
from zkproof_circuits.library.story import PROVEN


def scenario(
    name: Annotated[str | None, typer.Argument(help="Which; without one, all are listed.")] = None,
    language: Annotated[str, typer.Option(help="zh-Hant, zh-Hans, pt or en.")] = "en",
    entries: Annotated[
        int | None, typer.Option(min=1, help="Length of published lists, to make it quicker.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="Only list what there is.")] = False,
    as_json: Json = False,
) -> None:
    """A story from the region: who proves what to whom, and who fails for which reason.

    Exit code 1 when anything goes otherwise than the story says.
    """
    spoken = require_language(language)
    if name is None or listed:
        tell({each: packaged(each).title[spoken] for each in scenario_names()}, as_json)
        return
    chosen = packaged(name)
    with (
        tempfile.TemporaryDirectory(prefix="zkproof-scenario-") as folder,
        Progress(console=Console(stderr=True), transient=True) as progress,
    ):
        task = progress.add_task("", total=None)

        def shown(what: str, done: int, total: int) -> None:
            progress.update(task, description=what, completed=done, total=total)

        played = play(chosen, Path(folder), now=system_clock(), entries=entries, progress=shown)
    explained = explain(played.circuit, library.all_schemas(), spoken)
    if as_json:
        tell(_facts(played, explained), True)
    else:
        _print(played, explained)
    if not played.as_expected:
        raise typer.Exit(1)


def _print(played: Play, explained: Explanation) -> None:
    say, language = Console(highlight=False), explained.language
    story = played.scenario
    say.print(Panel(escape(story.story[language]), title=story.title[language], title_align="left"))
    words = WORDS[language]
    learnt = Table(
        title=words["pair"].format(name=story.verifier, value=explained.purpose),
        title_justify="left",
        show_header=False,
        show_lines=True,
    )
    learnt.add_column(style="bold", no_wrap=True)
    learnt.add_column(overflow="fold")  # a line of Chinese is one long word
    for key, items in _learnt(played, explained).items():
        if items or key == "shown":
            lines = items or [words["nothing"]]
            listed = "\n".join(words["item"].format(text=each) for each in lines)
            learnt.add_row(words[key], escape(listed))
    say.print(learnt)
    attempts = Table(show_lines=True)
    for key in ("who", "outcome"):
        attempts.add_column(words[key], overflow="fold")
    for key in ("octets", "prove", "verify"):
        attempts.add_column(words[key], justify="right", no_wrap=True)
    for each in played.attempts:
        sent = each.octets > 0
        attempts.add_row(
            f"[bold]{each.person.name}[/bold]\n{escape(each.person.why[language])}",
            _outcome(each, language),
            str(each.octets) if sent else "",
            f"{each.prove_ms:.1f}" if sent else "",
            f"{each.verify_ms:.1f}" if sent else "",
        )
    say.print(attempts)


def _learnt(played: Play, explained: Explanation) -> dict[str, list[str]]:
    """What the verifier learnt from the first who passed, and what it did not."""
    report = next((each.report for each in played.attempts if each.report is not None), None)
    titles = {each.alias: each.title for each in explained.credentials}
    hidden: dict[str, list[str]] = {}
    for attribute in explained.hidden:
        hidden.setdefault(attribute.slot.credential, []).append(attribute.name)
    words = WORDS[explained.language]
    learnt: dict[str, list[tuple[str, str]]] = {
        "shown": [],
        "recognised": [],
        "encrypted": [],
        "hidden": [
            (titles[alias], words["separator"].join(names)) for alias, names in hidden.items()
        ],
    }
    if report is not None:
        learnt["shown"] = _shown(report, explained)
        for pseudonym in report.pseudonyms:
            learnt["recognised"].append((pseudonym.scope, f"{pseudonym.value.hex()[:16]}…"))
        for each in report.ciphertexts:
            sent = f"{each.slot} → {each.auditor_id}"
            learnt["encrypted"].append((sent, f"{each.ciphertext.hex()[:16]}…"))
    pairs = {
        key: [words["pair"].format(name=name, value=value) for name, value in items]
        for key, items in learnt.items()
    }
    return {"proven": [*explained.constraints, *explained.validity], **pairs}


def _shown(report: Report, explained: Explanation) -> list[tuple[str, str]]:
    """Disclosed values by their labels, as people write them."""
    values: list[tuple[str, str]] = []
    for each in explained.reveals:
        (credential,) = [c for c in report.credentials if c.alias == each.slot.credential]
        attribute = library.schema(credential.schema_id).attribute(each.slot.attribute)
        value = credential.disclosed[each.slot.attribute]
        values.append((each.label, attribute.format(value, explained.language)))
    return values


def _outcome(each: Attempt, language: Language) -> str:
    words = WORDS[language]
    said = words.get(each.outcome) or words["refused"].format(
        verdict=verdict(each.outcome, language)
    )
    colour = "green" if each.outcome == PROVEN else "yellow"
    if not each.as_expected:
        colour, said = "red", f"{words['otherwise']}: {said}"
    reason = f"\n[dim]{escape(each.said)}[/dim]" if each.said else ""
    return f"[{colour}]{said}[/{colour}]{reason}"


def _facts(played: Play, explained: Explanation) -> dict[str, object]:
    return {
        "scenario": played.scenario.name,
        "policy": played.scenario.policy,
        "as_expected": played.as_expected,
        **_learnt(played, explained),
        "attempts": [
            {
                "who": each.person.name,
                "why": each.person.why[explained.language],
                "expected": each.person.expect,
                "outcome": each.outcome,
                "because": each.person.because,
                "said": each.said,
                "as_expected": each.as_expected,
                "octets": each.octets,
                "prove_ms": round(each.prove_ms, 3),
                "verify_ms": round(each.verify_ms, 3),
            }
            for each in played.attempts
        ],
    }
