"""``python -m zkproof_server``: serve, or make an API key with ``keys NAME``."""

from __future__ import annotations

import asyncio
import json
import sys

import uvicorn

from zkproof.clock import system_clock
from zkproof.errors import ZkProofError
from zkproof.ledger.pins import Pins
from zkproof_server.access import SCOPES, create_key
from zkproof_server.app import create_app
from zkproof_server.database import make_engine, migrate
from zkproof_server.settings import Settings
from zkproof_server.trust import FileLedger
from zkproof_server.verifier import open_verifier


def main() -> None:
    """Serve with the settings of the environment."""
    settings = Settings()
    try:
        if sys.argv[1:2] == ["keys"]:
            print(asyncio.run(_new_key(settings, sys.argv[2] if len(sys.argv) > 2 else "default")))
            return
        signer, identity = open_verifier(settings.verifier)
        table = json.loads((settings.ledger / "pins.json").read_bytes())
        pins = Pins(table["ledger"], table["origin"], bytes.fromhex(table["log_key"]))
        trust = FileLedger(settings.ledger, pins, system_clock)
        app = create_app(settings, signer, identity, trust)
    except (ZkProofError, OSError, KeyError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    uvicorn.run(app, host=settings.host, port=settings.port, log_level="warning")


async def _new_key(settings: Settings, name: str) -> str:
    engine = make_engine(settings.database)
    await migrate(engine)
    key = await create_key(engine, name, SCOPES)
    await engine.dispose()
    return key


if __name__ == "__main__":
    main()
