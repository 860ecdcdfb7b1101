"""``python -m zkproof``: the same program as the ``zkproof`` command."""

from zkproof.cli.app import main

if __name__ == "__main__":
    main()
