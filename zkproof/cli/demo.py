"""``zkproof demo``: see it work."""

from __future__ import annotations

from typing import Annotated

import typer


def demo(
    language: Annotated[
        str, typer.Option(help="Language of the explanation: zh-Hant, zh-Hans, pt or en.")
    ] = "en",
) -> None:
    """Issue two certificates, prove one fact from them, and verify the proof."""
    # Imported here because choosing a curve backend may fail, which `main` turns into an answer.
    from zkproof.cli.walkthrough import walk_through

    walk_through(language)
