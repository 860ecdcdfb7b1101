"""Watch a log for everybody: tail it and its witnesses, fold it, compare what each of them shows.

At every look:

1. Each address of the log, and each witness or other monitor, shows a checkpoint that the log's key
   signed. (unreachable, not signed)
2. An address does not show less than it showed before. (rolled back)
3. No two of all these checkpoints, and of those seen before, contradict each other. (split view,
   with evidence for anybody who has the pins)
4. What a witness saw is shown by the log, at the next look at the latest. (withheld)
5. The newest one is fresh and, where the pins ask for a quorum, has it. (stale, no quorum)
6. All entries follow the rules. (rule broken)
7. No issuer's key is about to end without a successor; no list's version is over. (key ends,
   version overdue)

A monitor trusts nothing but the pins. It keeps what it saw in its folder::

    believed.json, believed-<size>.state   as every reader
    checkpoint                              its view, for other monitors
    monitor.json                            what each address showed last, and what was raised
    evidence/<kind>-<digest>.json           split views, for anybody to check

Trusted: by the monitor. May be lost: the evidence no; the rest costs comparing with the past.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from zkproof import files
from zkproof.bounded import load_json
from zkproof.clock import Clock, system_clock
from zkproof.errors import DecodeError, LedgerError, UsageError
from zkproof.ledger.believed import BelievedFiles
from zkproof.ledger.checkpoint import Checkpoint
from zkproof.ledger.evidence import compare
from zkproof.ledger.following import follow
from zkproof.ledger.note import MAX_NOTE_BYTES
from zkproof.ledger.pins import Pins
from zkproof.ledger.reader import LedgerReader, RuleBroken, SplitView
from zkproof.ledger.source import LogAddress, Tree
from zkproof.ledger.state import LedgerState
from zkproof.web import Caller, require_private

KEY_ENDS_WITHIN = 30 * 86_400
"""Seconds before the end of an issuer's newest key at which it is raised."""

CHECKPOINT, SETTINGS, EVIDENCE = "checkpoint", "monitor.json", "evidence"
MAX_SETTINGS_BYTES = 1 << 24


class Kind(StrEnum):
    """What a monitor raises."""

    UNREACHABLE = "unreachable"
    ROLLED_BACK = "rolled-back"
    SPLIT_VIEW = "split-view"
    WITHHELD = "withheld"
    STALE = "stale"
    RULE_BROKEN = "rule-broken"
    KEY_ENDS = "key-ends"
    VERSION_OVERDUE = "version-overdue"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, where, and the file with evidence, if there is any."""

    kind: Kind
    subject: str
    detail: str
    evidence: Path | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found. ``new`` was not there at the look before."""

    size: int
    findings: tuple[Finding, ...]
    new: tuple[Finding, ...]


class Monitor:
    """Watches one ledger. ``logs`` are addresses of its log, ``views`` addresses of checkpoints:
    of witnesses (``…/newest/<SHA-256 of the origin>``) or of other monitors.
    """

    def __init__(
        self,
        folder: Path,
        pins: Pins,
        logs: Sequence[str],
        views: Sequence[str] = (),
        *,
        clock: Clock = system_clock,
    ) -> None:
        if not logs:
            raise UsageError("monitor: the address of a log is needed")
        for address in (*logs, *views):
            require_private(address)
        self._folder, self._pins, self._clock = folder, pins, clock
        self._logs, self._views = tuple(logs), tuple(views)
        self._reader = LedgerReader(replace(pins, witnesses={}, quorum=0, policy=None))
        self._believed = BelievedFiles(folder, pins)
        self._shown, self._raised = self._load()
        files.make_folder(folder / EVIDENCE)

    def look(self) -> Look:
        """Look once, and keep what was seen."""
        found: list[Finding] = []
        with ExitStack() as stack:
            trees: list[tuple[Checkpoint, Tree]] = []
            seen: dict[str, Checkpoint] = {}
            for address in self._logs:  # 1.
                try:
                    source = stack.enter_context(LogAddress(address).reading())
                    newest = source.newest_checkpoint(self._reader.pins.required)
                    if newest is not None and self._signed(newest):
                        seen[address] = newest
                        trees.append((newest, source.at(newest.size)))
                except LedgerError as error:
                    found.append(Finding(Kind.UNREACHABLE, address, error.message))
            for address in self._views:
                try:
                    seen[address] = self._view_at(address)
                except (LedgerError, DecodeError, UsageError) as error:
                    found.append(Finding(Kind.UNREACHABLE, address, error.message))
            found += self._compared(seen, trees)  # 2. to 4.
        found += self._folded(seen)  # 5. to 7.
        found = list({(each.kind, each.subject): each for each in found[::-1]}.values())[::-1]
        new = tuple(each for each in found if f"{each.kind} {each.subject}" not in self._raised)
        self._keep(seen, found)
        return Look(self._reader.size, tuple(found), new)

    def _signed(self, checkpoint: Checkpoint) -> bool:
        pins = self._pins
        if checkpoint.origin != pins.origin or not checkpoint.signed_by_log(pins.log_key):
            raise LedgerError("checkpoint: not signed by the pinned log")
        return True

    def _view_at(self, address: str) -> Checkpoint:
        caller = Caller()
        try:
            reply = caller.call("GET", address, limit=MAX_NOTE_BYTES)
        finally:
            caller.close()
        if reply.status != 200:
            raise LedgerError(f"answers {reply.status}")
        checkpoint = Checkpoint.from_note(reply.body)
        self._signed(checkpoint)
        return checkpoint

    def _compared(
        self, seen: dict[str, Checkpoint], trees: list[tuple[Checkpoint, Tree]]
    ) -> list[Finding]:
        found: list[Finding] = []
        largest = max((newest.size for newest, _ in trees), default=0)
        for address, now in seen.items():
            before = self._shown.get(address)
            if before is not None and now.size < before.size:  # 2.
                detail = f"shows {now.size} entries, after {before.size}"
                found.append(Finding(Kind.ROLLED_BACK, address, detail))
            withheld = now.size > largest and trees and before is not None
            if withheld and before is not None and before.size == now.size:  # 4.
                detail = f"saw {now.size} entries, of which the log shows {largest}"
                found.append(Finding(Kind.WITHHELD, address, detail))
        every = [*seen.items(), *self._shown.items()]
        last = self._reader.last or self._believed.checkpoint()
        if last is not None:
            every.append(("what this monitor saw", last))
        for newest, tree in trees:  # 3.
            for name, other in every:
                if other.size > newest.size:
                    continue
                try:
                    split = compare(other, newest, tree)
                except LedgerError as error:
                    found.append(Finding(Kind.UNREACHABLE, name, error.message))
                    break
                if split is not None:
                    path = self._evidence(split.to_json())
                    detail = f"{other.size} and {newest.size} entries contradict each other"
                    found.append(Finding(Kind.SPLIT_VIEW, name, detail, path))
        return found

    def _folded(self, seen: dict[str, Checkpoint]) -> list[Finding]:
        found: list[Finding] = []
        now, reader = self._clock(), self._reader
        logs = sorted((each for each in self._logs if each in seen), key=lambda a: -seen[a].size)
        if not logs:
            return found
        newest = seen[logs[0]]
        try:
            self._believed.resume(reader)
            follow(reader, logs[0], now=now)
            self._believed.keep(reader)
        except RuleBroken as error:
            found.append(Finding(Kind.RULE_BROKEN, logs[0], error.message))
        except SplitView:
            pass  # found above, with evidence
        except LedgerError as error:
            found.append(Finding(Kind.STALE, logs[0], error.message))
        else:
            try:
                attested = self._pins.attested_at(newest, now=now)
                if attested + self._pins.max_age < now:
                    found.append(Finding(Kind.STALE, logs[0], "older than the age limit"))
            except LedgerError as error:
                found.append(Finding(Kind.STALE, logs[0], error.message))
        return found + overdue(reader.state, now=now)

    def _evidence(self, data: bytes) -> Path:
        digest = hashlib.sha256(data).hexdigest()[:16]
        path = self._folder / EVIDENCE / f"{Kind.SPLIT_VIEW}-{digest}.json"
        if not path.exists():
            files.write_new(path, data)
        return path

    def _keep(self, seen: dict[str, Checkpoint], found: Sequence[Finding]) -> None:
        for address, now in seen.items():
            before = self._shown.get(address)
            if before is None or now.size >= before.size:
                self._shown[address] = now
        self._raised = {f"{each.kind} {each.subject}" for each in found}
        table = {
            "shown": {name: each.to_note().decode() for name, each in self._shown.items()},
            "raised": sorted(self._raised),
        }
        data = json.dumps(table, indent=2, ensure_ascii=False).encode() + b"\n"
        files.replace(self._folder / SETTINGS, data)
        if self._reader.last is not None:
            files.replace(self._folder / CHECKPOINT, self._reader.last.to_note())

    def _load(self) -> tuple[dict[str, Checkpoint], set[str]]:
        path = self._folder / SETTINGS
        if not path.exists():
            return {}, set()
        data = files.read(path, max_bytes=MAX_SETTINGS_BYTES)
        table = load_json(data, field=SETTINGS, max_bytes=MAX_SETTINGS_BYTES)
        try:
            shown = {
                name: Checkpoint.from_note(note.encode()) for name, note in table["shown"].items()
            }
            return shown, {str(each) for each in table["raised"]}
        except (DecodeError, KeyError, TypeError, AttributeError):
            raise DecodeError(
                SETTINGS, "not what a monitor writes", hint="restore it, or delete it to begin anew"
            ) from None


def overdue(state: LedgerState, *, now: int) -> list[Finding]:
    """Keys that end soon without a successor, and lists whose newest version is over."""
    found: list[Finding] = []
    for issuer in state.issuers.values():
        usable = [
            key
            for key in issuer.keys.values()
            if key.revoked_at is None and (key.not_after is None or key.not_after > now)
        ]
        ends = max((key.not_after or now + KEY_ENDS_WITHIN + 1 for key in usable), default=now)
        if not issuer.suspended and ends <= now + KEY_ENDS_WITHIN:
            left = max(0, ends - now) // 86_400
            detail = f"its last signing key ends in {left} days" if usable else "has no signing key"
            found.append(Finding(Kind.KEY_ENDS, issuer.issuer_id, detail))
    for name, each in state.lists.items():
        if each.versions and each.versions[-1].not_after < now:
            late = (now - each.versions[-1].not_after) // 3600
            detail = f"version {each.versions[-1].version} has been over for {late} hours"
            found.append(Finding(Kind.VERSION_OVERDUE, name, detail))
    return found
