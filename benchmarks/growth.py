"""How does cost grow with the size of a set, and what does it cost to publish a list?

Sets         that stand in the policy, from 4 to 1000 elements: octets and times of the whole proof
Lists        that are published, from ten entries to a million (a thousandth of that when quick):
             time, octets and memory of publishing a status epoch, and of signing the gaps of an
             exclusion list; and the proof, which does not grow
"""

from __future__ import annotations

import random
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.constructs import a_set, prepared
from benchmarks.measure import Effort, interleaved
from benchmarks.progress import Step
from zkproof import bbs
from zkproof.lists.fetch import fetch
from zkproof.lists.layout import Edition
from zkproof.lists.publish import publish_gaps, publish_status
from zkproof.lists.source import folder_source
from zkproof.lists.writing import Published
from zkproof.trust import ListKind, ListVersion, Spread

SETS = (4, 16, 64, 256, 1000)
IDS = (10, 100, 1000, 10_000, 100_000, 1_000_000)
GAPS = (10, 100, 1000, 10_000, 100_000)
QUICK_LIMIT = 10_000
_LIST = "did:web:owner.example#list"

Result = dict[str, Any]
Publish = Callable[[Path, bbs.SigningKey, list[int]], Published]


def measure(quick: bool, effort: Effort, step: Step) -> Result:
    """Three series."""
    limit = QUICK_LIMIT if quick else max(IDS)
    return {
        "sets": [_set(count, effort, step) for count in SETS],
        "status": [
            _published("status", count, _status, effort, step) for count in IDS if count <= limit
        ],
        "gaps": [
            _published("gaps", count, _gaps, effort, step) for count in GAPS if count <= limit
        ],
    }


def _set(count: int, effort: Effort, step: Step) -> Result:
    step(f"growth: a set of {count} in the policy")
    made = prepared(a_set(count))
    times = interleaved({name: made.case(name) for name in ("prove", "verify")}, effort)
    return {
        "elements": count,
        "octets": made.octets,
        **{name: samples.as_json() for name, samples in times.items()},
    }


def _edition(kind: ListKind) -> Edition:
    return Edition(
        ledger_id="ledger.example",
        list_id=_LIST,
        kind=kind,
        spread=Spread.PREFIX,
        version=1,
    )


def _status(root: Path, key: bbs.SigningKey, ids: list[int]) -> Published:
    return publish_status(root, key, _edition(ListKind.STATUS), iter(ids), len(ids))


def _gaps(root: Path, key: bbs.SigningKey, ids: list[int]) -> Published:
    return publish_gaps(root, key, _edition(ListKind.GAPS), ids)


def _published(kind: str, count: int, publish: Publish, effort: Effort, step: Step) -> Result:
    step(f"growth: {kind} of {count} entries")
    key = bbs.keygen(b"\x51" * 32)
    ids = sorted(random.Random(count).sample(range(1, 1 << 40), count))
    with tempfile.TemporaryDirectory(prefix="zkproof-bench-") as folder:
        start = time.perf_counter()
        made = publish(Path(folder), key, ids)
        seconds = time.perf_counter() - start
        version = ListVersion(
            ledger_id="ledger.example",
            list_id=_LIST,
            kind=ListKind(kind),
            spread=Spread.PREFIX,
            public_key=key.public_key.octets,
            version=1,
            not_before=0,
            not_after=86_400,
            count=made.count,
            root=made.root,
            used_from=0,
            position=0,
        )
        read = folder_source(Path(folder))
        received: list[int] = []

        def source(path: str, most: int) -> bytes:
            data = read(path, most)
            received.append(len(data))
            return data

        wanted = ids[0] if kind == "status" else ids[0] + 1
        shown = fetch(source, version, Spread.PREFIX, [wanted]).bits
        downloaded = sum(received)
        times = interleaved(
            {"fetch": lambda: fetch(read, version, Spread.PREFIX, [wanted])}, effort
        )
    return {
        "entries": count,
        "seconds": round(seconds, 3),
        "octets": made.octets,
        "fetched_octets": downloaded,
        "shown_bits": shown,
        "fetch": times["fetch"].as_json(),
        "peak_octets": _peak(publish, key, ids) if count <= 100_000 else None,
    }


def _peak(publish: Publish, key: bbs.SigningKey, ids: list[int]) -> int:
    """Python memory of publishing, beyond the input: in a run of its own, since tracing is slow."""
    with tempfile.TemporaryDirectory(prefix="zkproof-bench-") as folder:
        tracemalloc.start()
        try:
            publish(Path(folder), key, ids)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
