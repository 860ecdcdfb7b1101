"""A witness in a folder: its name and the logs it watches, its sealed key, what it has seen.

::

    witness.json   {"name": key name, "logs": [vkey, ...]}
    witness.key    the sealed key
    witness.db     the last checkpoint of each log (`zkproof.ledger.witness`)

Trusted: by the witness. May be lost: no, a witness that forgets can be shown two histories.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from zkproof import files
from zkproof.bounded import load_json
from zkproof.errors import DecodeError, UsageError
from zkproof.keys import keyring
from zkproof.ledger.note import Kind, NoteKey, check_name
from zkproof.ledger.pins import Pins
from zkproof.ledger.witness import LogWitness

SETTINGS, KEY, SEEN = "witness.json", "witness.key", "witness.db"
_SECRET = "witness"  # noqa: S105  # the name of a key, not a key


def create(folder: Path, name: str, passphrase: str) -> NoteKey:
    """Make a witness that watches no log yet. Raises `UsageError` when there is one."""
    check_name(name)
    files.make_folder(folder)
    if (folder / SETTINGS).exists():
        raise UsageError(f"{folder}: holds a witness already", hint="choose another folder")
    key = Ed25519PrivateKey.generate()
    keyring.save(folder / KEY, {_SECRET: key.private_bytes_raw()}, passphrase)
    files.write_new(folder / SETTINGS, _settings(name, ()))
    return NoteKey(name, Kind.COSIGNATURE, key.public_key().public_bytes_raw())


def watch(folder: Path, log: NoteKey) -> None:
    """Watch one more log. Raises `UsageError` for a name that is watched under another key."""
    name, logs = read(folder)
    if log.kind is not Kind.SIGNATURE:
        raise UsageError("log: not the key of a log")
    known = {each.name: each for each in logs}.get(log.name)
    if known is not None and known != log:
        raise UsageError(
            f"log: {log.name} is watched under another key",
            hint="a log that changes its key is another log, with another name",
        )
    if known is None:
        files.replace(folder / SETTINGS, _settings(name, (*logs, log)))


def read(folder: Path) -> tuple[str, tuple[NoteKey, ...]]:
    """Name and watched logs. Raises `UsageError` and `DecodeError`."""
    if not (folder / SETTINGS).is_file():
        raise UsageError(f"{folder}: no witness here", hint="make one: zkproof witness init")
    data = files.read(folder / SETTINGS)
    table = load_json(data, field=SETTINGS)
    if not isinstance(table, dict) or set(table) != {"name", "logs"}:
        raise DecodeError(SETTINGS, "name and logs are needed")
    name, logs = table["name"], table["logs"]
    if not isinstance(name, str) or not isinstance(logs, list):
        raise DecodeError(SETTINGS, "a name and a list are needed")
    if not all(isinstance(each, str) for each in logs):
        raise DecodeError(f"{SETTINGS}.logs", "keys in vkey form are needed")
    check_name(name)
    return name, tuple(NoteKey.from_text(each) for each in logs)


def open_witness(folder: Path, passphrase: str) -> LogWitness:
    """The witness, ready to cosign. Raises `UsageError`, `DecodeError` and, for a wrong passphrase,
    `WalletError`.
    """
    name, logs = read(folder)
    (secret,) = keyring.load(folder / KEY, passphrase, _SECRET)
    key = Ed25519PrivateKey.from_private_bytes(secret)
    return LogWitness(folder / SEEN, name, key, {each.name: each.public_key for each in logs})


def log_key(text: str) -> NoteKey:
    """The key of a log, from a vkey or from the path of its pins. Raises `DecodeError`."""
    if "+" in text:
        return NoteKey.from_text(text.strip())
    pins = Pins.from_json(files.read(Path(text)))
    return NoteKey(pins.origin, Kind.SIGNATURE, pins.log_key)


def _settings(name: str, logs: Sequence[NoteKey]) -> bytes:
    table = {"name": name, "logs": [each.to_text() for each in logs]}
    return json.dumps(table, indent=2, ensure_ascii=False).encode() + b"\n"
