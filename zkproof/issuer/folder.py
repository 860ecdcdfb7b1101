"""An issuer's folder: who it is, its keys under a passphrase, its salt, and where lists' keys are.

Every file is there whole or not at all. The keys are written last when an issuer is made, so that
a folder without them is one that was never finished, and can be made again.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from zkproof import bbs, files
from zkproof.bounded import load_json
from zkproof.credential.issuing import IssuerIdentity
from zkproof.errors import ConflictError, DecodeError
from zkproof.issuer.registration import issuer_entry
from zkproof.keys import keyring
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.ledger.bodies import MAX_KEY_ID
from zkproof.ledger.registrations import ISSUER, MAX_REGISTRATION_BYTES
from zkproof.record import Record, list_of, number, text

REGISTRATION = "issuer.json"
KEYS = "issuer.key"
RECORDS = "book.db"
SALT = "salt"
SALT_BYTES = 32
MAX_LATER_KEYS = 1000
_FIRST = "signing"


_ALONE = Record("issuer", {"issuer": text(), "name": text(), "key": text(MAX_KEY_ID)})
"""An issuer that no ledger asked for its registration yet."""

_LATER = list_of(
    Record("key", {"key": text(MAX_KEY_ID), "not_before": number()}), most=MAX_LATER_KEYS
)


@dataclass(frozen=True, slots=True)
class IssuerName:
    """Who an issuer is, on whichever ledger: identifier, name for people, key in use."""

    issuer_id: str
    name: str
    key_id: str

    def on(self, ledger_id: str) -> IssuerIdentity:
        """The issuer on one ledger."""
        return IssuerIdentity(self.issuer_id, self.name, self.key_id, ledger_id)


@dataclass(frozen=True, slots=True)
class Registration:
    """What ``issuer.json`` says: the registration, with the first key, and the keys after it."""

    name: IssuerName
    ledger_id: str | None
    later: tuple[tuple[str, int], ...] = ()
    """Identifier and beginning of each later key, in the order of their times."""

    @classmethod
    def read(cls, folder: Path) -> Registration:
        """Raises `NotFoundError` and `DecodeError` for a folder that holds no issuer."""
        path = folder / REGISTRATION
        table = _table(path)
        later = _LATER(table.pop("later", []), f"{path}.later")
        begun = [each["not_before"] for each in later]
        if begun != sorted(begun):
            raise DecodeError(f"{path}.later", "keys stand in the order of their times")
        record = ISSUER if "ledger" in table else _ALONE
        found = record.check(table, str(path))
        return cls(
            IssuerName(found["issuer"], found["name"], found["key"]),
            found.get("ledger"),
            tuple((each["key"], each["not_before"]) for each in later),
        )

    def save(self, folder: Path) -> None:
        """Name the later keys in the file, beside what stands there."""
        table = _table(folder / REGISTRATION)
        later = [{"key": key_id, "not_before": begins} for key_id, begins in self.later]
        write_registration(folder, {**table, "later": later})

    def with_key(self, key_id: str, begins: int) -> Registration:
        """The same with one more key, or as it is when it names that key already."""
        if key_id in self.key_ids:
            return self
        return replace(self, later=(*self.later, (key_id, begins)))

    @property
    def key_ids(self) -> tuple[str, ...]:
        """All keys, oldest first."""
        return (self.name.key_id, *(key_id for key_id, _ in self.later))

    def key_at(self, now: int) -> str:
        """The key that signs offers made at this time."""
        begun = [key_id for key_id, begins in self.later if begins <= now]
        return begun[-1] if begun else self.name.key_id


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """Signing keys by their identifiers, and the key of entries on the ledger."""

    signing: Mapping[str, bbs.SigningKey]
    admin: Ed25519Signer

    def __repr__(self) -> str:
        return f"<Keys {', '.join(self.signing)}>"

    @classmethod
    def load(cls, folder: Path, passphrase: str, first: str) -> Keys:
        """Raises `NotFoundError` and `DecodeError`, and `WalletError` for a wrong passphrase."""
        table = keyring.load_all(folder / KEYS, passphrase)
        try:
            signing = {
                name.partition(":")[2] or table.get("first", b"").decode() or first: (
                    bbs.SigningKey.from_octets(secret)
                )
                for name, secret in table.items()
                if name.partition(":")[0] == _FIRST
            }
            return cls(signing, Ed25519Signer.from_octets(table["admin"]))
        except (KeyError, UnicodeDecodeError):
            raise DecodeError(f"{folder}/{KEYS}", "does not hold an issuer's keys") from None

    def save(self, folder: Path, passphrase: str, *, new: bool = False) -> None:
        """Write them, in place of those that are there unless ``new``."""
        secret: dict[str, bytes] = {"admin": self.admin.export_secret()}
        for position, (key_id, key) in enumerate(self.signing.items()):
            name = f"{_FIRST}:{key_id}"
            if position == 0:
                name, secret["first"] = _FIRST, key_id.encode()
            secret[name] = key.export_secret()
        writer = keyring.save if new else keyring.replace
        writer(folder / KEYS, secret, passphrase)


def found_folder(
    folder: Path, registration: Registration, keys: Keys, passphrase: str, *, now: int
) -> None:
    """Write a new issuer's files, the keys last.

    With a ledger, ``issuer.json`` is what its governance is handed. Raises `ConflictError` when the
    folder holds an issuer already.
    """
    files.make_folder(folder)
    if (folder / KEYS).exists():
        raise ConflictError(f"{folder}: holds an issuer already", hint="choose another folder")
    name = registration.name
    table: Mapping[str, object] = {
        "issuer": name.issuer_id,
        "name": name.name,
        "key": name.key_id,
    }
    if registration.ledger_id is not None:
        identity = name.on(registration.ledger_id)
        entry = issuer_entry(identity, keys.signing[name.key_id], keys.admin, now=now)
        table = {"ledger": registration.ledger_id, **entry}
    write_registration(folder, table)
    keys.save(folder, passphrase, new=True)


def _table(path: Path) -> dict[str, Any]:
    table = load_json(files.read(path, max_bytes=MAX_REGISTRATION_BYTES), field=str(path))
    if not isinstance(table, dict):
        raise DecodeError(str(path), "an object is needed")
    return table


def write_registration(folder: Path, table: Mapping[str, object]) -> None:
    """Write ``issuer.json``: what governance reads has no name without a value."""
    said = {name: value for name, value in table.items() if value is not None}
    data = json.dumps(said, indent=2, default=bytes.hex, ensure_ascii=False).encode() + b"\n"
    files.replace(folder / REGISTRATION, data)


def read_salt(folder: Path) -> bytes:
    """The salt of account and document digests, made once.

    Raises `DecodeError` for one that was damaged: with another salt nobody would find documents
    that were certified before.
    """
    path = folder / SALT
    if not path.exists():
        files.write_new(path, secrets.token_bytes(SALT_BYTES), secret=True)
    salt = files.read(path, max_bytes=255)
    if len(salt) != SALT_BYTES:
        raise DecodeError(
            str(path),
            f"damaged ({len(salt)} octets of {SALT_BYTES})",
            hint="restore it from a backup; if nothing was issued yet, remove it",
        )
    return salt


def list_key_file(folder: Path, name: str) -> Path:
    """Where the key of one list is kept."""
    return folder / f"list-{quote(name, safe='')}.key"
