"""A PostgreSQL of the tests' own, from the packages of this machine; never one that is there."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

ROLE = "zkproof"


class Cluster:
    """A server that listens on this machine, over TCP."""

    def __init__(self, programs: Path, data: Path, user: str | None) -> None:
        self._programs = programs
        self._data = data
        self._user = user
        self._made = 0
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]

    def create(self) -> None:
        options = ("-U", ROLE, "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8")
        self._run("initdb", "-D", str(self._data), *options)

    def start(self) -> None:
        """Durable as in use: what is committed survives a kill, of this machine's power too."""
        settings = f"-c listen_addresses=127.0.0.1 -p {self.port} -k {self._data}"
        log = self._data / "log"
        self._run("pg_ctl", "-D", str(self._data), "-w", "-l", str(log), "-o", settings, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "stop")

    def kill(self) -> None:
        """As a crash does; `start` recovers."""
        pid = int((self._data / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        until = time.monotonic() + 10
        while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
            time.sleep(0.02)
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def new_database(self) -> str:
        """The address of an empty database."""
        self._made += 1
        name = f"service_{self._made}"
        with psycopg.connect(
            host="127.0.0.1", port=self.port, user=ROLE, dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql://{ROLE}@127.0.0.1:{self.port}/{name}"

    def files(self) -> bytes:
        """Every octet of tables and write-ahead log."""
        return b"".join(
            path.read_bytes()
            for folder in ("base", "pg_wal")
            for path in (self._data / folder).rglob("*")
            if path.is_file()
        )

    def _run(self, program: str, *arguments: str) -> None:
        """As another user when we are root: the server refuses to be."""
        command = [str(self._programs / program), *arguments]
        done = subprocess.run(
            command,
            user=self._user,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr


def _programs() -> Path | None:
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    there = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return there[-1].parent if there else None


@contextmanager
def start() -> Iterator[Cluster]:
    """Start one; the tests that need it are skipped where there is none."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not on this machine (Debian: apt-get install postgresql)")
    user = None
    if os.geteuid() == 0:
        try:
            user = pwd.getpwnam("nobody").pw_name
        except KeyError:
            pytest.skip("PostgreSQL does not run as root, and there is no user nobody")
    # Not below pytest's own folder, which other users cannot enter.
    with tempfile.TemporaryDirectory(prefix="zkproof-postgresql-") as folder:
        os.chmod(folder, 0o755)  # noqa: S103  # the server's user has to get in
        data = Path(folder) / "data"
        data.mkdir(mode=0o700)
        if user is not None:
            os.chown(data, pwd.getpwnam(user).pw_uid, -1)
        cluster = Cluster(programs, data, user)
        cluster.create()
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()
