"""How many answers does the service settle, beside verifying them and nothing else?

    python -m benchmarks.service [--answers N] [--clients N ...] [--workers N] [--rounds N]

The service runs as operators run it: worker processes, a ledger's folder, SQLite or PostgreSQL with
full durability. This process is the client, with a few octets of HTTP and no library, since it has
its part of the same processors. In every round the bare loop comes first: as many processes as the
service has workers, each verifying the same presentations. Ratios are between neighbours in time,
so that other load on the machine meets both.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from rich.console import Console
from rich.table import Table

from tests.presentation.building import ALICE, AUTHORITY, BANK, DEPOSIT, IDENTITY, POLICY, issued
from tests.server.building import bearer
from tests.server.postgresql import Cluster, start
from tests.server.program import Operator, credential_values, here, prepare
from zkproof.clock import system_clock
from zkproof.presentation.presentation import present
from zkproof.presentation.report import Report
from zkproof.presentation.request import Request
from zkproof.presentation.verify import verify
from zkproof_server.trust import FileLedger

UNLIMITED = "100000000"


@dataclass(frozen=True, slots=True)
class Load:
    """Requests that wait, each with its answer."""

    paths: list[str]
    requests: list[bytes]
    answers: list[bytes]


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of the service beside one of the bare loop."""

    clients: int
    bare: float
    served: float
    milliseconds: list[float]

    @property
    def ratio(self) -> float:
        return self.served / self.bare


def load(url: str, key: str, folder: Path, count: int) -> Load:
    """Open requests and prove them; nothing of that is measured."""
    view = FileLedger(folder / "ledger", system_clock).trust()
    held = {
        "a": issued(here(BANK), "deposit-certificate", credential_values(dict(DEPOSIT)), ALICE),
        "i": issued(here(AUTHORITY), "identity", credential_values(dict(IDENTITY)), ALICE),
    }
    made = Load([], [], [])
    with httpx.Client(headers=bearer(key), timeout=30) as client:
        for _ in range(count):
            opened = client.post(
                f"{url}/v1/requests", json={"policy": POLICY, "lifetime_seconds": 3600}
            ).json()
            asked = Request.from_bytes(bytes.fromhex(opened["request"]))
            circuit = asked.circuit(view.schemas)
            made.paths.append(f"{urlsplit(opened['url']).path}/presentation")
            made.requests.append(asked.to_bytes())
            made.answers.append(present(asked, circuit, held, ALICE, view).to_bytes())
    return made


def verify_all(folder: Path, work: Load, ready: Any, go: Any) -> None:
    """One process of the bare loop."""
    view, now = FileLedger(folder / "ledger", system_clock).trust(), system_clock()
    asked = (Request.from_bytes(each) for each in work.requests)
    pairs = list(zip(asked, work.answers, strict=True))
    verify(*pairs[0], view, now=now)  # tables are built on first use
    ready.release()
    go.wait()
    for request, answer in pairs:
        assert isinstance(verify(request, answer, view, now=now), Report)


def bare(folder: Path, work: Load, processes: int) -> float:
    """Verifications a second."""
    context = multiprocessing.get_context("spawn")
    ready, go = context.Semaphore(0), context.Event()
    running = [
        context.Process(target=verify_all, args=(folder, work, ready, go)) for _ in range(processes)
    ]
    for each in running:
        each.start()
    for _ in running:
        ready.acquire()
    begun = time.perf_counter()
    go.set()
    for each in running:
        each.join()
    assert {each.exitcode for each in running} == {0}
    return processes * len(work.answers) / (time.perf_counter() - begun)


async def served(port: int, work: Load, clients: int) -> tuple[float, list[float]]:
    """Answers a second, and how long each took, in milliseconds."""
    waiting = list(zip(work.paths, work.answers, strict=True))
    took: list[float] = []

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while waiting:
            path, answer = waiting.pop()
            head = (
                f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/cbor\r\n"
                f"Content-Length: {len(answer)}\r\n\r\n"
            )
            begun = time.perf_counter()
            writer.write(head.encode() + answer)
            reply = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(reply.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            body = await reader.readexactly(length)
            took.append((time.perf_counter() - begun) * 1000)
            assert b'"proven"' in body, body[:300]
        writer.close()

    begun = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return len(work.paths) / (time.perf_counter() - begun), took


@contextmanager
def service(folder: Path, address: str, workers: int) -> Iterator[tuple[Operator, str]]:
    """The program, serving; and a key for it."""
    operator = Operator(folder)
    operator.environment |= {
        "ZKPROOF_DATABASE": address,
        "ZKPROOF_WORKERS": str(workers),
        "ZKPROOF_CALLS_PER_KEY": UNLIMITED,
        "ZKPROOF_CALLS_PER_ADDRESS": UNLIMITED,
        "ZKPROOF_TRUST_REFRESH_SECONDS": "600",
    }
    key = operator.run("keys", "bench").stdout.strip()
    with operator.serving():
        yield operator, key


def measure(
    address: str, workers: int, answers: int, clients: list[int], rounds: int
) -> list[Measured]:
    """Every number of clients in every round."""
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder)
        target = address or f"sqlite:///{folder / 'service.db'}"
        with service(folder, target, workers) as (operator, key):
            warm = load(operator.url, key, folder, 20)
            asyncio.run(served(operator.port, warm, workers * 2))
            for _ in range(rounds):
                for count in clients:
                    work = load(operator.url, key, folder, answers)
                    loop = bare(folder, work, workers)
                    rate, took = asyncio.run(served(operator.port, work, count))
                    found.append(Measured(count, loop, rate, took))
    return found


def report(title: str, found: list[Measured], console: Console) -> None:
    """Medians over the rounds."""
    table = Table(title=title)
    for heading in ("clients", "bare /s", "served /s", "ratio", "p50 ms", "p99 ms"):
        table.add_column(heading, justify="right")
    for count in sorted({each.clients for each in found}):
        rows = [each for each in found if each.clients == count]
        took = sorted(each for row in rows for each in row.milliseconds)
        table.add_row(
            str(count),
            f"{statistics.median(row.bare for row in rows):.0f}",
            f"{statistics.median(row.served for row in rows):.0f}",
            f"{statistics.median(row.ratio for row in rows):.2f}",
            f"{took[len(took) // 2]:.1f}",
            f"{took[len(took) * 99 // 100]:.1f}",
        )
    console.print(table)


def main() -> None:
    """Both databases, PostgreSQL where there is one."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--answers", type=int, default=300)
    options.add_argument("--clients", type=int, nargs="+", default=[1, 4, 16])
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--only", choices=("sqlite", "postgresql"))
    given = options.parse_args()
    console = Console()
    for kind in ("sqlite", "postgresql"):
        if given.only not in (None, kind):
            continue
        server: Any = start() if kind == "postgresql" else nullcontext()
        with server as cluster:
            address = cluster.new_database() if isinstance(cluster, Cluster) else ""
            found = measure(address, given.workers, given.answers, given.clients, given.rounds)
        report(f"{kind}, {given.workers} workers", found, console)


if __name__ == "__main__":
    main()
