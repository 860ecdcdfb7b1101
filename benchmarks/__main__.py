"""Measure, write results/*.json, results/report.md and plots, and print the table of targets.

    python -m benchmarks [--quick] [QUESTION ...]

Questions: control, operations, peers, scaling, presentations, ranges, constructs, ways, growth,
ledger, chain, cold-start, stories;
all of them when none is named.
Exit status 1 when the control shows that the harness would not notice a difference.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from benchmarks import (
    chain,
    cold_start,
    constructs,
    control,
    growth,
    ledger,
    operations,
    peers,
    presentations,
    ranges,
    report,
    scaling,
    stories,
    ways,
)
from benchmarks.measure import FULL, QUICK, Effort
from benchmarks.progress import Step
from benchmarks.targets import targets

RESULTS = Path(__file__).parent / "results"

Question = Callable[[bool, Step], dict[str, Any]]

QUESTIONS: dict[str, Question] = {
    "control": lambda quick, step: control.measure(_effort(quick), step),
    "operations": operations.measure_backends,
    "peers": lambda quick, step: peers.measure(_effort(quick), step),
    "scaling": lambda quick, step: scaling.measure(quick, _effort(quick), step),
    "presentations": lambda quick, step: presentations.measure(quick, _effort(quick), step),
    "ranges": lambda quick, step: ranges.measure(quick, _effort(quick), step),
    "constructs": lambda quick, step: constructs.measure(quick, QUICK, step),
    "ways": lambda quick, step: ways.measure(quick, _effort(quick), step),
    "growth": lambda quick, step: growth.measure(quick, QUICK, step),
    "ledger": ledger.measure,
    "chain": chain.measure,
    "cold-start": cold_start.measure,
    "stories": lambda quick, step: stories.measure(quick, QUICK, step),
}


def _effort(quick: bool) -> Effort:
    return QUICK if quick else FULL


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--quick", action="store_true", help="under two minutes, less precise")
    parser.add_argument("questions", nargs="*", metavar="QUESTION", help=", ".join(QUESTIONS))
    arguments = parser.parse_args()
    unknown = set(arguments.questions) - set(QUESTIONS)
    if unknown:
        parser.error(f"unknown question: {', '.join(sorted(unknown))}")
    chosen = [name for name in QUESTIONS if not arguments.questions or name in arguments.questions]

    started = time.monotonic()
    results: dict[str, Any] = {"environment": report.environment(arguments.quick)}
    for name, found in _ask(chosen, arguments.quick):
        results[name] = found
    results["environment"]["seconds"] = round(time.monotonic() - started)
    _write(results)
    _show(results)
    noticed: bool = results.get("control", {}).get("noticed", True)
    if not noticed:
        print("error: the control's delay was not seen; do not trust this run", file=sys.stderr)
    return 0 if noticed else 1


def _ask(chosen: list[str], quick: bool) -> list[tuple[str, dict[str, Any]]]:
    answers = []
    columns = (
        TextColumn("{task.fields[question]:>13}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    # Redrawn only between measurements: a refreshing thread would take the interpreter's lock
    # while a sample runs.
    with Progress(*columns, console=Console(stderr=True), auto_refresh=False) as progress:
        task = progress.add_task("", total=len(chosen), question="")
        for name in chosen:

            def step(text: str, question: str = name) -> None:
                progress.update(task, description=text, question=question, refresh=True)

            answers.append((name, QUESTIONS[name](quick, step)))
            progress.update(task, advance=1, description="", refresh=True)
    return answers


def _write(results: dict[str, Any]) -> None:
    from benchmarks import plots

    RESULTS.mkdir(exist_ok=True)
    for name, found in results.items():
        text = json.dumps(found, indent=1, ensure_ascii=False)
        (RESULTS / f"{name}.json").write_text(text + "\n")
    (RESULTS / "report.md").write_text(report.markdown(results))
    plots.draw(results, RESULTS)


def _show(results: dict[str, Any]) -> None:
    shown = Table(title="Targets")
    for column in ("target", "aim", "measured", "verdict", "remark"):
        shown.add_column(column)
    for target in targets(results):
        shown.add_row(
            target.what, target.bound_text, target.measured_text, target.verdict, target.remark
        )
    console = Console()
    if not console.is_terminal:
        console = Console(width=150)
    if shown.row_count:
        console.print(shown)
    else:
        console.print(report.markdown(results), markup=False)
    folder = RESULTS.relative_to(Path.cwd()) if RESULTS.is_relative_to(Path.cwd()) else RESULTS
    console.print(f"Tables, plots and raw figures: {folder}/")


if __name__ == "__main__":
    sys.exit(main())
