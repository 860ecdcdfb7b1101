"""``zkproof ledger monitor`` and ``check-evidence``: watch a log for everybody."""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from zkproof import files
from zkproof.cli.bundle import PinsFile
from zkproof.cli.terminal import Json, note, tell
from zkproof.errors import DecodeError, UsageError, ZkProofError
from zkproof.ledger.evidence import MAX_EVIDENCE_BYTES, Split
from zkproof.ledger.ledger import read_pins
from zkproof.ledger.monitor import Finding, Kind, Look, Monitor
from zkproof.ledger.pins import Pins
from zkproof.web import Caller, require_private

METRICS = "metrics.prom"
_MAX_REPLY_BYTES = 1 << 16


def monitor(
    logs: Annotated[list[str], typer.Argument(help="Addresses of the log.")],
    home: Annotated[
        Path, typer.Option(help="Folder with pins.json; what is seen is kept there.")
    ] = Path("monitor"),
    witness: Annotated[
        list[str] | None, typer.Option(help="Address of a witness. May be repeated.")
    ] = None,
    peer: Annotated[
        list[str] | None,
        typer.Option(help="Address of another monitor's checkpoint. May be repeated."),
    ] = None,
    every: Annotated[float, typer.Option(min=1, help="Seconds between looks.")] = 60,
    once: Annotated[
        bool, typer.Option("--once", help="One look; exit code 1 when something is wrong.")
    ] = False,
    webhook: Annotated[
        str | None, typer.Option(help="Where new findings are posted, as JSON.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Tail a log, fold it, compare what its addresses, witnesses and other monitors show.

    New findings are printed, one a line; evidence and a metrics file are kept in the folder.
    """
    if webhook is not None:
        require_private(webhook)
    pins = read_pins(home)
    log = hashlib.sha256(pins.origin.encode()).hexdigest()
    views = [f"{each.rstrip('/')}/newest/{log}" for each in witness or ()] + (peer or [])
    watching = Monitor(home, pins, logs, views)
    while True:
        try:
            look = watching.look()
        except ZkProofError as error:
            if once:
                raise
            note(f"error: {error.message}")
        else:
            _tell(look.findings if once else look.new, as_json)
            files.replace(home / METRICS, metrics(look).encode())
            if webhook is not None and look.new:
                _post(webhook, look)
            if once:
                raise typer.Exit(1 if look.findings else 0)
        time.sleep(every)


def check_evidence(
    file: Annotated[Path, typer.Argument(help="Evidence that a monitor kept.")],
    pins: PinsFile = Path("ledger/pins.json"),
    as_json: Json = False,
) -> None:
    """Check evidence against a log by its pins alone; exit code 1 when it proves nothing."""
    try:
        believed = Pins.from_json(files.read(pins))
    except DecodeError as error:
        raise UsageError(f"{pins}: {error.message}") from None
    split = Split.from_json(files.read(file, max_bytes=MAX_EVIDENCE_BYTES))
    split.check(believed)
    sizes = [split.smaller.size, split.larger.size]
    tell({"proves": "two histories", "log": believed.origin, "sizes": sizes}, as_json)


def metrics(look: Look) -> str:
    """The look in Prometheus's text format, for its textfile collector."""
    counts = Counter(each.kind for each in look.findings)
    lines = ["# TYPE zkproof_monitor_entries gauge", f"zkproof_monitor_entries {look.size}"]
    lines.append("# TYPE zkproof_monitor_findings gauge")
    lines += [f'zkproof_monitor_findings{{kind="{kind}"}} {counts[kind]}' for kind in Kind]
    lines += [
        "# TYPE zkproof_monitor_looked_at_seconds gauge",
        f"zkproof_monitor_looked_at_seconds {int(time.time())}",
    ]
    return "\n".join(lines) + "\n"


def _facts(each: Finding) -> dict[str, str]:
    facts = {"kind": each.kind.value, "subject": each.subject, "detail": each.detail}
    return facts if each.evidence is None else {**facts, "evidence": str(each.evidence)}


def _tell(findings: tuple[Finding, ...], as_json: bool) -> None:
    for each in findings:
        facts = _facts(each)
        line = json.dumps(facts, ensure_ascii=False) if as_json else "  ".join(facts.values())
        typer.echo(line)


def _post(webhook: str, look: Look) -> None:
    """What goes wrong here is said, and does not end the watching."""
    table = {"entries": look.size, "findings": [_facts(each) for each in look.new]}
    body = json.dumps(table, ensure_ascii=False).encode()
    caller = Caller()
    try:
        kind = "application/json"
        reply = caller.call(
            "POST", webhook, content=body, content_type=kind, limit=_MAX_REPLY_BYTES
        )
        if reply.status >= 300:
            note(f"note: the webhook answers {reply.status}")
    except UsageError as error:
        note(f"note: {error.message}")
    finally:
        caller.close()
