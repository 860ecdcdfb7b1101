"""``zkproof demo``: the whole trip, with real files, a real ledger and a service over HTTP."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer


def demo(
    language: Annotated[
        str, typer.Option(help="Language of the explanation: zh-Hant, zh-Hans, pt or en.")
    ] = "en",
    people: Annotated[
        int, typer.Option(min=3, max=100_000, help="How many made-up customers the bank has.")
    ] = 200,
    keep: Annotated[
        Path | None, typer.Option(help="Work in this folder and leave the files there.")
    ] = None,
) -> None:
    """From a bank's export file to a verified "balance at least", and five attacks refused.

    Exit code 1 when any step goes otherwise than it says.
    """
    from zkproof.scenarios.demo import Demo

    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        Demo(keep, language, people).run()
        return
    with tempfile.TemporaryDirectory(prefix="zkproof-demo-") as folder:
        Demo(Path(folder), language, people).run()
