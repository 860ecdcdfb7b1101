"""The program itself: how an error looks on a terminal.

Results go to standard output; everything else, ``error:`` and ``hint:`` lines included, to
standard error. Exit code 0: done; 1: refused or failed; 2: a command line that cannot be read.
"""

from __future__ import annotations

import sys

from zkproof.errors import ZkProofError


def main() -> None:
    """Run the command line; the entry point of ``zkproof`` and ``python -m zkproof``."""
    try:
        # Imported here because choosing a curve backend may fail, and that failure is an answer.
        from zkproof.cli.commands import program

        program(sys.argv[1:])()
    except ZkProofError as error:
        print(f"error: {error.message}", file=sys.stderr)
        if error.hint is not None:
            print(f"hint: {error.hint}", file=sys.stderr)
        sys.exit(1)
